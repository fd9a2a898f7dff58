"""Blocking pairs: a posting and an offering that would both rather have each other than what they got."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, OfRun, Paging
from app.api.naming import OfferingName, offering_names
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import Identifier, SchoolCode
from app.api.posting_names import POSTING_EXAMPLE, PostingName, posting_names
from app.api.reader import Reading
from app.models import BlockingPair
from app.runs.published import Published

router = APIRouter(tags=[CLASSES], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class BlockingPairItem(OfferingName, PostingName, OfRun):
    """A posting and an offering that would both rather have each other than what they got."""

    heads: int = Field(description="双方可以商定的人数 人，至少一个班")
    gain: float = Field(description="双方每人合计可得的改善，以目标函数计。Gain of both per head.")


class BlockingFilters(Paging):
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")
    school: SchoolCode | None = None


def _items(published: Published, rows: Sequence[BlockingPair]) -> list[BlockingPairItem]:
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


EXAMPLE = BlockingPairItem(
    run=RUN_ID,
    simulated=True,
    **POSTING_EXAMPLE,
    **offering_names("4131010856", "bachelor", "080703"),
    heads=25,
    gain=1.7,
)


@router.get(
    "/order-classes/blocking-pairs",
    summary="双方都更愿意的配对 List blocking pairs",
    responses=answers(EXAMPLE, listed=True),
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
        return reader.listing(published.run.id, filters, rows.total, _items(published, rows.items))
