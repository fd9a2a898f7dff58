"""Postings 岗位需求 whose heads could not all be placed in order classes 订单班, and the reason that binds."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, Model, OfRun, Paging
from app.api.naming import OfferingName, offering_names
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import Identifier
from app.api.posting_names import POSTING_EXAMPLE, PostingName, posting_names
from app.api.reader import Reading
from app.models import Posting, UnplacedPosting
from app.runs.published import Published

router = APIRouter(tags=[CLASSES], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


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


class UnplacedFilters(Paging):
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")] | None = Field(
        None, description="原因代码 reason_code。"
    )


def unplaced_items(published: Published, rows: Sequence[UnplacedPosting]) -> list[UnplacedItem]:
    postings = published.postings(row.posting_id for row in rows)
    return [_item(published.run.id, row, postings.get(row.posting_id)) for row in rows]


def _item(run: str, row: UnplacedPosting, posting: Posting | None) -> UnplacedItem:
    return UnplacedItem(
        run=run,
        simulated=posting is not None and posting.simulated,
        **posting_names(row.posting_id, posting),
        heads=row.heads,
        unmet=row.unmet,
        reason_code=row.reason_code,
        reason=row.reason,
        nearest=_nearest(row.nearest),
    )


def _nearest(found: dict[str, Any] | None) -> NearestOffering | None:
    if not found:
        return None
    return NearestOffering(
        **offering_names(found["school_code"], found["level"], found["program_code"]),
        shortfalls=[ShortfallItem(**short) for short in found["shortfalls"]],
    )


EXAMPLE = UnplacedItem(
    run=RUN_ID,
    simulated=True,
    **POSTING_EXAMPLE,
    heads=60,
    unmet=30,
    reason_code="seats_below_class",
    reason="适配的专业点没有足够的名额",
)


@router.get(
    "/order-classes/unplaced",
    summary="未能安排的岗位需求 List unplaced postings",
    responses=answers(EXAMPLE, listed=True),
)
def list_unplaced(reader: Reading, filters: Annotated[UnplacedFilters, Query()]) -> Listing[UnplacedItem]:
    """没有全部安排的岗位需求、缺多少人，以及起约束作用的原因。

    Postings whose heads could not all be placed, and the reason that binds.
    """
    with reader.published() as published:
        rows = published.unplaced(filters.window, posting=filters.posting, reason=filters.reason)
        return reader.listing(published.run.id, filters, rows.total, unplaced_items(published, rows.items))
