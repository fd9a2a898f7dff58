"""Order classes 订单班: which school runs a class for which posting, and what could not be placed."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, Model, OfRun, Paging
from app.api.naming import MODES, OfferingName, district_name, level_name, offering_names
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import Identifier, SchoolCode
from app.api.reader import Reading
from app.models import Placement, Posting, UnplacedPosting
from app.runs.published import Published

router = APIRouter(tags=[CLASSES], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class PostingName(Model):
    """The posting a class is for."""

    posting_id: str
    posting_title: str
    enterprise: str
    mode: str
    mode_name: str
    posting_level: str | None = Field(description="要求的最低层次；不限为空。")
    posting_level_name: str | None
    posting_district_code: str | None
    posting_district_name: str | None


class PlacementItem(OfferingName, PostingName, OfRun):
    """An order class: seats of an offering for a posting."""

    seats: int = Field(description="班级人数 人")
    fit: float = Field(description="适配度 0–1")
    distance_km: float | None = Field(description="区中心之间的距离 公里；不知为空。")
    reasons: list[str]


class UnplacedItem(PostingName, OfRun):
    """A posting whose heads could not all be placed."""

    heads: int = Field(description="需求 人")
    unmet: int = Field(description="未能安排 人")
    reason_code: str
    reason: str


class PlacementFilters(ProgramFilters):
    school: SchoolCode | None = None
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")


class UnplacedFilters(Paging):
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")] | None = Field(
        None, description="原因代码 reason_code。"
    )


def posting_names(posting_id: str, posting: Posting | None) -> dict[str, Any]:
    """The members of PostingName."""
    return {
        "posting_id": posting_id,
        "posting_title": posting.title if posting else "",
        "enterprise": posting.enterprise if posting else "",
        "mode": posting.mode if posting else "",
        "mode_name": MODES.get(posting.mode, posting.mode) if posting else "",
        "posting_level": posting.level if posting else None,
        "posting_level_name": level_name(posting.level) if posting and posting.level else None,
        "posting_district_code": posting.district_code if posting else None,
        "posting_district_name": district_name(posting.district_code) if posting else None,
    }


def placement_items(published: Published, rows: Sequence[Placement]) -> list[PlacementItem]:
    postings = published.postings(row.posting_id for row in rows)
    return [
        PlacementItem(
            run=published.run.id,
            simulated=row.simulated,
            **posting_names(row.posting_id, postings.get(row.posting_id)),
            **offering_names(row.school_code, row.level, row.program_code),
            seats=row.seats,
            fit=row.fit,
            distance_km=row.distance_km,
            reasons=row.reasons,
        )
        for row in rows
    ]


def unplaced_items(published: Published, rows: Sequence[UnplacedPosting]) -> list[UnplacedItem]:
    postings = published.postings(row.posting_id for row in rows)
    return [
        UnplacedItem(
            run=published.run.id,
            simulated=_simulated(postings.get(row.posting_id)),
            **posting_names(row.posting_id, postings.get(row.posting_id)),
            heads=row.heads,
            unmet=row.unmet,
            reason_code=row.reason_code,
            reason=row.reason,
        )
        for row in rows
    ]


def _simulated(posting: Posting | None) -> bool:
    return posting is not None and posting.simulated


_POSTING = {
    "posting_id": "01939c51-6a02-7f11-b0c4-5e8f7d2a1b33",
    "posting_title": "集成电路测试工程师",
    "enterprise": "示例企业",
    "mode": "order_class",
    "mode_name": "订单班",
    "posting_level": "bachelor",
    "posting_level_name": "普通本科",
    "posting_district_code": "310115",
    "posting_district_name": "浦东新区",
}
EXAMPLE = PlacementItem(
    run=RUN_ID,
    simulated=True,
    **_POSTING,
    **offering_names("4131010856", "bachelor", "080703"),
    seats=30,
    fit=0.46,
    distance_km=33.1,
    reasons=["适配度 0.46", "人数不低于最小开班人数 25"],
)
UNPLACED_EXAMPLE = UnplacedItem(
    run=RUN_ID,
    simulated=True,
    **_POSTING,
    heads=60,
    unmet=30,
    reason_code="seats_below_class",
    reason="适配的专业点没有足够的名额",
)


@router.get(
    "/order-classes/placements",
    summary="订单班安排 List order-class placements",
    responses=answers(Listing[PlacementItem](run=RUN_ID, total=1, limit=50, offset=0, items=[EXAMPLE])),
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


@router.get(
    "/order-classes/unplaced",
    summary="未能安排的岗位需求 List unplaced postings",
    responses=answers(
        Listing[UnplacedItem](run=RUN_ID, total=1, limit=50, offset=0, items=[UNPLACED_EXAMPLE])
    ),
)
def list_unplaced(reader: Reading, filters: Annotated[UnplacedFilters, Query()]) -> Listing[UnplacedItem]:
    """没有全部安排的岗位需求、缺多少人，以及起约束作用的原因。

    Postings whose heads could not all be placed, and the reason that binds.
    """
    with reader.published() as published:
        rows = published.unplaced(filters.window, posting=filters.posting, reason=filters.reason)
        return reader.listing(published.run.id, filters, rows.total, unplaced_items(published, rows.items))
