"""Programs 专业: the catalogue, what schools offer of it, and what each program fits."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.balance import BalanceItem, balance_item
from app.api.catalogue import ProgramFilters
from app.api.fits import FitItem, TargetKind, fit_items
from app.api.listing import Listing, OfRun, Paging
from app.api.naming import Named, ProgramName, occupations_named, program_names
from app.api.offerings import EVERYTHING, OfferingItem, offering_item
from app.api.openapi import CATALOGUE, RUN_ID, answers
from app.api.parameters import program_at
from app.api.reader import Reading
from app.reference import load_reference
from app.reference.programs import Program
from app.runs.published_counts import OfferingCount, offering_counts

router = APIRouter(tags=[CATALOGUE], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class ProgramItem(ProgramName, OfRun):
    """An entry of the catalogue."""

    class_code: str
    class_name: str = Field(description="专业类")
    category_code: str
    category_name: str = Field(description="门类或专业大类")
    offerings: int = Field(description="已发布测算中的专业点数。Offerings in the run.")
    seats: float = Field(description="计划人数 人/年")


class ProgramDetail(ProgramItem):
    """An entry of the catalogue with its contents, and what the run says about it."""

    foundation_courses: list[str]
    core_courses: list[str]
    certificates: list[str]
    continues_to: list[str] = Field(description="接续专业。Programs it continues to, by name.")
    occupations: list[Named] = Field(description="官方对应的职业。Officially linked occupations.")
    balance: BalanceItem | None
    schools: list[OfferingItem] = Field(description="各校的专业点，至多 500 个。")


class ProgramListFilters(ProgramFilters):
    offered: bool | None = Field(None, description="是否有学校开设。Only programs (not) offered.")


class FitFilters(Paging):
    kind: TargetKind | None = Field(None, description="目标种类：行业、职业或岗位需求。")


def _members(run: str, program: Program, count: OfferingCount | None) -> dict[str, Any]:
    return {
        "run": run,
        "simulated": count is not None and count.simulated,
        **program_names(*program.key),
        "class_code": program.class_code,
        "class_name": program.class_name,
        "category_code": program.category_code,
        "category_name": program.category_name,
        "offerings": count.offerings if count else 0,
        "seats": count.seats if count else 0.0,
    }


EXAMPLE = ProgramItem(
    **_members(RUN_ID, load_reference().programs.get("bachelor", "080703"), OfferingCount(6, 310.0, True))
)
DETAIL_EXAMPLE = ProgramDetail(
    **EXAMPLE.model_dump(),
    foundation_courses=[],
    core_courses=[],
    certificates=[],
    continues_to=[],
    occupations=occupations_named(["2-02-10-03"]),
    balance=None,
    schools=[],
)
FIT_EXAMPLE = FitItem(
    run=RUN_ID,
    simulated=False,
    **program_names("bachelor", "080703"),
    target_kind="industry",
    target_code="C39",
    target_name="计算机、通信和其他电子设备制造业",
    score=0.44,
    rank=1,
    explanation={"terms": [["通信", 0.21], ["电子", 0.12]], "layers": {"lexical": 0.44}, "links": []},
)


@router.get(
    "/programs",
    summary="专业目录 List programs",
    responses=answers(EXAMPLE, listed=True),
)
def list_programs(reader: Reading, filters: Annotated[ProgramListFilters, Query()]) -> Listing[ProgramItem]:
    """官方专业目录，按层次、专业类、门类与名称筛选，附专业点数与计划人数。

    The official catalogue in its own order, with what schools offer of each program.
    """
    chosen = filters.programs()
    if chosen is None:
        every = load_reference().programs
        chosen = tuple(each for each in every if filters.level in (None, each.level))
    with reader.published() as published:
        counts = offering_counts(published)
    if filters.offered is not None:
        chosen = tuple(each for each in chosen if (each.key in counts) == filters.offered)
    run = published.run.id
    return reader.cut(
        run, filters, chosen, lambda each: ProgramItem(**_members(run, each, counts.get(each.key)))
    )


@router.get(
    "/programs/{level}/{code}",
    summary="一个专业 One program",
    responses=answers(DETAIL_EXAMPLE, missing=True, refuses=False),
)
def get_program(reader: Reading, level: str, code: str) -> ProgramDetail:
    """专业的课程、证书、接续专业、对应职业，及其供需平衡与开设学校。

    A program with its courses, certificates, continuations, linked occupations, balance and schools.
    """
    program = program_at(level, code)
    with reader.published() as published:
        run = published.run.id
        count = offering_counts(published).get(program.key)
        balance = published.balance(*program.key)
        offerings = published.offerings(EVERYTHING, programs={program.key}).items
        return ProgramDetail(
            **_members(run, program, count),
            foundation_courses=list(program.foundation_courses),
            core_courses=list(program.core_courses),
            certificates=list(program.certificates),
            continues_to=list(program.continues_to),
            occupations=occupations_named(load_reference().crosswalk.occupations_of(*program.key)),
            balance=balance_item(run, balance) if balance else None,
            schools=[offering_item(run, row) for row in offerings],
        )


@router.get(
    "/programs/{level}/{code}/fit",
    summary="专业适配的行业、职业与岗位 What a program fits",
    responses=answers(FIT_EXAMPLE, listed=True, missing=True),
)
def list_program_fits(
    reader: Reading, level: str, code: str, filters: Annotated[FitFilters, Query()]
) -> Listing[FitItem]:
    """专业与行业（大类、中类）、职业、岗位需求的适配度，附匹配的词与官方对应。每类只保留最适配的若干个。

    Fit of a program with industries, occupations and postings, with the reasons; the best of each kind.
    """
    program = program_at(level, code)
    with reader.published() as published:
        rows = published.fits_of_program(filters.window, *program.key, kind=filters.kind)
        items = fit_items(published, rows.items)
        return reader.listing(published.run.id, filters, rows.total, items)
