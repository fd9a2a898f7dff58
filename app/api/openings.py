"""Openings 增设条件: the programs every school could open, how ready it is, and what stands against it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, Model, OfRun
from app.api.naming import OfferingName, offering_names
from app.api.openapi import RESULTS, RUN_ID, answers
from app.api.parameters import SchoolCode
from app.api.reader import Reading
from app.models import OpeningCandidate

router = APIRouter(tags=[RESULTS], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class ReadinessPart(Model):
    """One part of a school's readiness."""

    name: str = Field(
        description="siblings 同类专业点、need 缺口、duplication 布点、distance 距集聚区、teachers 师资、bases 实训基地"
    )
    value: float | None = Field(description="依据的数；未知为空。The figure, null where unknown.")
    score: float | None = Field(ge=0, le=1, description="得分 0–1；未知为空，不计入。Null does not count.")
    weight: float
    text: str


class Barrier(Model):
    """A limit of the profile that an opening would break."""

    value: float | None
    text: str


class OpeningItem(OfferingName, OfRun):
    """A program that a school could open."""

    score: float = Field(ge=0, le=1, description="条件得分 0–1：已知各项的加权平均。Readiness.")
    parts: list[ReadinessPart]
    barriers: list[Barrier] = Field(description="不宜增设的理由；为空则没有。What stands against it.")
    chosen: bool = Field(description="是否已列入增设建议。Among the openings recommended.")


class OpeningFilters(ProgramFilters):
    school: SchoolCode | None = None
    chosen: bool | None = Field(
        None, description="只看（不看）已列入建议的。Only (not) the recommended ones."
    )


def opening_item(run: str, row: OpeningCandidate) -> OpeningItem:
    return OpeningItem(
        run=run,
        simulated=row.simulated,
        **offering_names(row.school_code, row.level, row.program_code),
        score=row.score,
        parts=[ReadinessPart(**part) for part in row.parts],
        barriers=[Barrier(**barrier) for barrier in row.barriers],
        chosen=row.chosen,
    )


EXAMPLE = OpeningItem(
    run=RUN_ID,
    simulated=True,
    **offering_names("4131010856", "bachelor", "080710T"),
    score=0.71,
    parts=[
        ReadinessPart(
            name="siblings",
            value=3.0,
            score=0.75,
            weight=3.0,
            text="同层次同专业类已有 3 个专业点（4 个为满分）",
        ),
        ReadinessPart(
            name="teachers", value=None, score=None, weight=2.0, text="专任教师情况未知，请院校补充"
        ),
    ],
    barriers=[],
    chosen=True,
)


@router.get(
    "/openings",
    summary="各校可增设的专业 List openings every school could make",
    responses=answers(EXAMPLE, listed=True),
)
def list_openings(reader: Reading, filters: Annotated[OpeningFilters, Query()]) -> Listing[OpeningItem]:
    """每所院校可考虑增设的短缺专业：条件得分、各项说明，以及按规则不宜增设的理由；得分高的在前。

    Programs in short supply that each school could open, with a readiness score, its parts and the limits against it.
    """
    with reader.published() as published:
        rows = published.openings(
            filters.window,
            school=filters.school,
            level=filters.level,
            programs=filters.keys(),
            chosen=filters.chosen,
        )
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: opening_item(run, row))
