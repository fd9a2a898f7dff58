"""Placements 订单班安排: which school runs an order class for which posting."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, OfRun
from app.api.naming import OfferingName, offering_names
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import Identifier, SchoolCode
from app.api.posting_names import POSTING_EXAMPLE, PostingName, posting_names
from app.api.reader import Reading
from app.models import Placement
from app.runs.published import Published

router = APIRouter(tags=[CLASSES], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class PlacementItem(OfferingName, PostingName, OfRun):
    """An order class: seats of an offering for a posting."""

    seats: int = Field(description="班级人数 人")
    classes: int = Field(1, description="这些人分成几个班。Classes they make up.")
    fit: float = Field(description="适配度 0–1")
    distance_km: float | None = Field(description="区中心之间的距离 公里；不知为空。")
    reasons: list[str]


class PlacementFilters(ProgramFilters):
    school: SchoolCode | None = None
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")


def placement_items(published: Published, rows: Sequence[Placement]) -> list[PlacementItem]:
    postings = published.postings(row.posting_id for row in rows)
    return [
        PlacementItem(
            run=published.run.id,
            simulated=row.simulated,
            **posting_names(row.posting_id, postings.get(row.posting_id)),
            **offering_names(row.school_code, row.level, row.program_code),
            seats=row.seats,
            classes=row.classes,
            fit=row.fit,
            distance_km=row.distance_km,
            reasons=row.reasons,
        )
        for row in rows
    ]


EXAMPLE = PlacementItem(
    run=RUN_ID,
    simulated=True,
    **POSTING_EXAMPLE,
    **offering_names("4131010856", "bachelor", "080703"),
    seats=30,
    fit=0.46,
    distance_km=33.1,
    reasons=["适配度 0.46", "人数不低于最小开班人数 25"],
)


@router.get(
    "/order-classes/placements",
    summary="订单班安排 List order-class placements",
    responses=answers(EXAMPLE, listed=True),
)
def list_placements(reader: Reading, filters: Annotated[PlacementFilters, Query()]) -> Listing[PlacementItem]:
    """哪所学校的哪个专业为哪份岗位需求开班，人数、适配度、距离与理由。

    Order classes placed by the run, with seats, fit, distance and reasons.
    """
    with reader.published() as published:
        rows = published.placements(
            filters.window,
            posting=filters.posting,
            school=filters.school,
            level=filters.level,
            programs=filters.keys(),
        )
        return reader.listing(published.run.id, filters, rows.total, placement_items(published, rows.items))
