"""Order classes 订单班: which school runs a class for which posting, and what could not be placed."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, Model, OfRun, Paging
from app.api.naming import (
    MODES,
    OfferingName,
    district_name,
    level_name,
    offering_names,
    program_names,
    school_name,
)
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import Identifier, SchoolCode
from app.api.reader import Reading
from app.models import BlockingPair, Placement, Posting, SeatPrice, UnplacedPosting
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
    classes: int = Field(1, description="这些人分成几个班。Classes they make up.")
    fit: float = Field(description="适配度 0–1")
    distance_km: float | None = Field(description="区中心之间的距离 公里；不知为空。")
    reasons: list[str]


class ShortfallItem(Model):
    """A condition that the offering does not meet."""

    condition: str = Field(
        description="level 层次、excluded 被排除、fit 适配度、heads 人数、seats 名额、teachers 师资或 cost 成本"
    )
    has: float
    needs: float
    text: str = Field(description="差多少。By how much.")


class NearestOffering(OfferingName):
    """The offering that comes nearest to serving a posting nobody can serve."""

    shortfalls: list[ShortfallItem]


class UnplacedItem(PostingName, OfRun):
    """A posting whose heads could not all be placed."""

    heads: int = Field(description="需求 人")
    unmet: int = Field(description="未能安排 人")
    reason_code: str
    reason: str
    nearest: NearestOffering | None = Field(
        None,
        description="没有专业点能承接时，最接近的一个，以及它差在哪里、差多少。The nearest where nobody can.",
    )


class SeatPriceItem(OfRun):
    """What one more seat would bring to the placement of order classes."""

    by: Literal["program", "offering"]
    school_code: str | None = Field(description="按专业汇总时为空。")
    school_name: str | None
    level: str
    level_name: str
    program_code: str
    program_name: str
    heads: float = Field(description="多一个名额能多安排的人数 0–1。Heads one more seat would place.")
    cost: float = Field(description="多一个名额使目标值下降多少。By how much the objective would fall.")
    seats: int = Field(description="可用于订单班的名额 人")
    taken: int = Field(description="其中已安排的 人")
    text: str


class BlockingPairItem(OfferingName, PostingName, OfRun):
    """A posting and an offering that would both rather have each other than what they got."""

    heads: int = Field(description="双方可以商定的人数 人，至少一个班")
    gain: float = Field(description="双方每人合计可得的改善，以目标函数计。Gain of both per head.")


class PlacementFilters(ProgramFilters):
    school: SchoolCode | None = None
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")


class SeatPriceFilters(ProgramFilters):
    by: Literal["program", "offering"] = Field(
        "program", description="按专业（名额按各专业点现有名额分摊）或按专业点。By program or by offering."
    )
    school: SchoolCode | None = None


class BlockingFilters(Paging):
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")
    school: SchoolCode | None = None


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
            classes=row.classes,
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
            nearest=_nearest(row.nearest),
        )
        for row in rows
    ]


def _nearest(found: dict[str, Any] | None) -> NearestOffering | None:
    if not found:
        return None
    return NearestOffering(
        **offering_names(found["school_code"], found["level"], found["program_code"]),
        shortfalls=[ShortfallItem(**short) for short in found["shortfalls"]],
    )


def seat_price_item(run: str, row: SeatPrice) -> SeatPriceItem:
    return SeatPriceItem(
        run=run,
        simulated=row.simulated,
        by="offering" if row.school_code else "program",
        school_code=row.school_code,
        school_name=school_name(row.school_code) if row.school_code else None,
        **program_names(row.level, row.program_code),
        heads=row.heads,
        cost=row.cost,
        seats=row.seats,
        taken=row.taken,
        text=f"这里多一个名额，约可多安排 {row.heads:.1f} 人",
    )


def blocking_pair_items(published: Published, rows: Sequence[BlockingPair]) -> list[BlockingPairItem]:
    postings = published.postings(row.posting_id for row in rows)
    return [
        BlockingPairItem(
            run=published.run.id,
            simulated=row.simulated,
            **posting_names(row.posting_id, postings.get(row.posting_id)),
            **offering_names(row.school_code, row.level, row.program_code),
            heads=row.heads,
            gain=row.gain,
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
SEAT_PRICE_EXAMPLE = SeatPriceItem(
    run=RUN_ID,
    simulated=True,
    by="program",
    school_code=None,
    school_name=None,
    **program_names("bachelor", "080703"),
    heads=0.8,
    cost=5.6,
    seats=120,
    taken=120,
    text="这里多一个名额，约可多安排 0.8 人",
)
BLOCKING_EXAMPLE = BlockingPairItem(
    run=RUN_ID,
    simulated=True,
    **_POSTING,
    **offering_names("4131010856", "bachelor", "080703"),
    heads=25,
    gain=1.7,
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


@router.get(
    "/order-classes/unplaced",
    summary="未能安排的岗位需求 List unplaced postings",
    responses=answers(UNPLACED_EXAMPLE, listed=True),
)
def list_unplaced(reader: Reading, filters: Annotated[UnplacedFilters, Query()]) -> Listing[UnplacedItem]:
    """没有全部安排的岗位需求、缺多少人，以及起约束作用的原因。

    Postings whose heads could not all be placed, and the reason that binds.
    """
    with reader.published() as published:
        rows = published.unplaced(filters.window, posting=filters.posting, reason=filters.reason)
        return reader.listing(published.run.id, filters, rows.total, unplaced_items(published, rows.items))


@router.get(
    "/order-classes/seat-prices",
    summary="一个名额的价值 List shadow prices of seats",
    responses=answers(SEAT_PRICE_EXAMPLE, listed=True),
)
def list_seat_prices(
    reader: Reading, filters: Annotated[SeatPriceFilters, Query()]
) -> Listing[SeatPriceItem]:
    """每个专业或专业点多一个可用于订单班的名额，能多安排多少人；最有用的在前，多了也没有用的不列。

    What one more seat of a program or an offering would bring to the placement, from the duals of its linear
    relaxation; programs and offerings where it would bring nothing are left out.
    """
    with reader.published() as published:
        rows = published.seat_prices(
            filters.window,
            by=filters.by,
            school=filters.school,
            level=filters.level,
            programs=filters.keys(),
        )
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: seat_price_item(run, row))


@router.get(
    "/order-classes/blocking-pairs",
    summary="双方都更愿意的配对 List blocking pairs",
    responses=answers(BLOCKING_EXAMPLE, listed=True),
)
def list_blocking_pairs(
    reader: Reading, filters: Annotated[BlockingFilters, Query()]
) -> Listing[BlockingPairItem]:
    """岗位需求与专业点彼此都比现有安排更愿意的配对，改善最大的在前；至多列出一百对，总数见测算摘要的
    order_classes.blocking_pairs。

    Postings and offerings that would both rather have each other than what they got, largest gain first: a hundred
    at most; how many there are in all is in the run's summary.
    """
    with reader.published() as published:
        rows = published.blocking_pairs(filters.window, posting=filters.posting, school=filters.school)
        return reader.listing(
            published.run.id, filters, rows.total, blocking_pair_items(published, rows.items)
        )
