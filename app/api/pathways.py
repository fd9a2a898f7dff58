"""Pathways 贯通: pairs of programs, and of the schools that offer them, that continue each other."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, Model, OfRun, Paging
from app.api.naming import PATHWAYS, offering_names, program_names
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import SchoolCode
from app.api.reader import Reading
from app.models import Pathway

router = APIRouter(tags=[CLASSES], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
PathwayKind = Literal["secondary_higher", "secondary_bachelor", "higher_bachelor"]


class PathwaySide(Model):
    """One side of a pathway; without a school where no school's plans at that level are at hand."""

    school_code: str | None = None
    school_name: str | None = None
    level: str
    level_name: str
    program_code: str
    program_name: str


class PathwayItem(OfRun):
    """A pair for a pathway."""

    kind: PathwayKind
    kind_name: str
    from_: PathwaySide = Field(serialization_alias="from", validation_alias="from")
    to: PathwaySide
    score: float = Field(description="接续适合程度 0–1")
    distance_km: float | None = Field(description="两区中心的距离 公里；未知为空。")
    capacity: float | None = Field(
        description="可衔接规模 人/年：两端招生计划的较小者；未知为空。The smaller of both sides' seats."
    )
    shared_courses: list[str]
    reasons: list[str]


class PathwayFilters(Paging):
    kind: PathwayKind | None = Field(None, description="中高贯通、中本贯通或高本贯通。")
    school: SchoolCode | None = Field(None, description="任一端的学校。School on either side.")
    program: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{4,10}$")] | None = Field(
        None, description="任一端的专业代码。Program code on either side."
    )


def _side(school: str | None, level: str, code: str) -> PathwaySide:
    return PathwaySide(**(offering_names(school, level, code) if school else program_names(level, code)))


def _item(run: str, row: Pathway) -> PathwayItem:
    return PathwayItem(
        **{
            "run": run,
            "simulated": False,
            "kind": row.kind,
            "kind_name": PATHWAYS[row.kind],
            "from": _side(row.from_school_code, row.from_level, row.from_program_code),
            "to": _side(row.to_school_code, row.to_level, row.to_program_code),
            "score": row.score,
            "distance_km": row.distance_km,
            "capacity": row.capacity,
            "shared_courses": row.shared_courses,
            "reasons": row.reasons,
        }
    )


EXAMPLE = PathwayItem(
    **{
        "run": RUN_ID,
        "simulated": False,
        "kind": "higher_bachelor",
        "kind_name": "高本贯通",
        "from": _side(None, "higher_vocational", "510301"),
        "to": _side("4131010856", "bachelor", "080703"),
        "score": 0.71,
        "distance_km": 21.4,
        "capacity": 60.0,
        "shared_courses": ["通信原理"],
        "reasons": ["专业目录列为接续专业"],
    }
)


@router.get(
    "/pathways",
    summary="贯通培养 List pathways",
    responses=answers(EXAMPLE, listed=True),
)
def list_pathways(reader: Reading, filters: Annotated[PathwayFilters, Query()]) -> Listing[PathwayItem]:
    """可贯通的专业对：中高、中本、高本，附共同课程与理由，适合的在前。

    Pairs of programs for pathways with shared courses and reasons, best first.
    """
    with reader.published() as published:
        rows = published.pathways(
            filters.window, kind=filters.kind, school=filters.school, program=filters.program
        )
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: _item(run, row))
