"""Occupations 职业: 职业分类大典 (2022), and the programs that fit each."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import contains_words
from app.api.fits import ProgramFitFilters, ProgramFitItem, fitting_programs
from app.api.listing import Listing, OfRun, Paging
from app.api.naming import ProgramName, program_names
from app.api.openapi import CATALOGUE, RUN_ID, answers
from app.api.parameters import Words, occupation_at
from app.api.reader import Reading
from app.reference import load_reference
from app.reference.occupations import Occupation

router = APIRouter(tags=[CATALOGUE], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class OccupationItem(OfRun):
    """An entry of 职业分类大典."""

    code: str
    name: str
    minor_code: str
    minor_name: str = Field(description="小类")
    middle_code: str
    middle_name: str = Field(description="中类")
    major_code: str
    major_name: str = Field(description="大类")


class OccupationDetail(OccupationItem):
    """An occupation with the programs officially linked to it."""

    programs: list[ProgramName]


class OccupationFilters(Paging):
    under: Annotated[str, Field(pattern=r"^[1-8](-\d{2}){0,2}$")] | None = Field(
        None,
        description="大类、中类或小类代码。Major, middle or minor group.",
        examples=["2", "2-02", "2-02-10"],
    )
    q: Words | None = None


def _members(run: str, occupation: Occupation) -> dict[str, Any]:
    return {
        "run": run,
        "simulated": False,
        "code": occupation.code,
        "name": occupation.name,
        "minor_code": occupation.minor_code,
        "minor_name": occupation.minor_name,
        "middle_code": occupation.middle_code,
        "middle_name": occupation.middle_name,
        "major_code": occupation.major_code,
        "major_name": occupation.major_name,
    }


EXAMPLE = OccupationItem(**_members(RUN_ID, load_reference().occupations.get("2-02-10-03")))
DETAIL_EXAMPLE = OccupationDetail(
    **EXAMPLE.model_dump(), programs=[ProgramName(**program_names("bachelor", "080901"))]
)
PROGRAM_EXAMPLE = ProgramFitItem(
    run=RUN_ID,
    simulated=False,
    **program_names("bachelor", "080901"),
    target_kind="occupation",
    target_code=EXAMPLE.code,
    target_name=EXAMPLE.name,
    score=0.61,
    rank=2,
    explanation={"terms": [["计算机", 0.3]], "layers": {"lexical": 0.61}, "links": []},
    offerings=20,
    seats=1500.0,
)


@router.get(
    "/occupations",
    summary="职业分类 List occupations",
    responses=answers(EXAMPLE, listed=True),
)
def list_occupations(
    reader: Reading, filters: Annotated[OccupationFilters, Query()]
) -> Listing[OccupationItem]:
    """职业分类大典（2022）及其后的新职业，按上级代码与名称筛选。

    The occupations of the official classification in its order.
    """
    occupations = load_reference().occupations
    chosen = [
        each
        for each in (occupations.under(filters.under) if filters.under else occupations)
        if contains_words(filters.q, each.code, each.name)
    ]
    with reader.published() as published:
        run = published.run.id
    return reader.cut(run, filters, chosen, lambda each: OccupationItem(**_members(run, each)))


@router.get(
    "/occupations/{code}",
    summary="一个职业 One occupation",
    responses=answers(DETAIL_EXAMPLE, missing=True, refuses=False),
)
def get_occupation(reader: Reading, code: str) -> OccupationDetail:
    """职业及官方指引中与它对应的专业。

    An occupation with the programs that the official guide links to it.
    """
    occupation = occupation_at(code)
    with reader.published() as published:
        run = published.run.id
    linked = load_reference().crosswalk.programs_of(occupation.code)
    return OccupationDetail(
        **_members(run, occupation), programs=[ProgramName(**program_names(*key)) for key in linked]
    )


@router.get(
    "/occupations/{code}/programs",
    summary="适配一个职业的专业 Programs that fit an occupation",
    responses=answers(PROGRAM_EXAMPLE, listed=True, missing=True),
)
def list_occupation_programs(
    reader: Reading, code: str, filters: Annotated[ProgramFitFilters, Query()]
) -> Listing[ProgramFitItem]:
    """与职业最适配的专业，适配度高的在前，附匹配的词与官方对应。

    Programs that fit the occupation, best first, with the reasons.
    """
    occupation = occupation_at(code)
    return fitting_programs(reader, filters, "occupation", [occupation.code])
