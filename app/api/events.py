"""The change feed 变更流: what happened since a number, for platforms that keep up."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from app.access import Permission, require
from app.api.listing import LARGEST_PAGE, Model
from app.api.openapi import SERVICE, answers
from app.api.reader import Reading
from app.outbox.feed import events_after

router = APIRouter(tags=[SERVICE])


class EventItem(Model):
    """One thing that happened."""

    sequence: int = Field(description="编号，从 1 起逐一递增。Number: 1, 2, 3, …")
    at: datetime
    kind: str = Field(description="如 order_class.signed。")
    subject: str = Field(description="事情的对象，/v1 下的路径。Path below /v1 of what it happened to.")
    payload: dict[str, Any]


class EventPage(Model):
    """Events after a number."""

    after: int
    next_after: int = Field(description="下一次以此为 after。What to ask for next.")
    latest: int = Field(description="现有的最大编号。Number of the latest event.")
    more: bool = Field(description="后面是否还有。Whether there are more.")
    events: list[EventItem] = Field(description="编号小的在前。Smallest number first.")


class EventFilters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**62, description="已经读到的编号；0 从头读。The number seen last.")
    limit: int = Field(100, ge=1, le=LARGEST_PAGE, description="至多几条。Most events.")
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,30}(\.[a-z_]{1,29})?$")] | None = Field(
        None, description="种类，或一类的开头，如 order_class。Kind, or what begins it."
    )


_EXAMPLE = EventPage(
    after=7,
    next_after=8,
    latest=8,
    more=False,
    events=[
        EventItem(
            sequence=8,
            at=datetime.fromisoformat("2026-11-25T02:00:00+00:00"),
            kind="order_class.school_accepted",
            subject="order-classes/01939c5a-1f20-7b31-9c44-3d2e1f0a9b8c",
            payload={
                "order_class": "01939c5a-1f20-7b31-9c44-3d2e1f0a9b8c",
                "from_state": "proposed",
                "to_state": "school_accepted",
                "heads": 30,
            },
        )
    ],
)


@router.get(
    "/events",
    summary="变更流 Change feed",
    responses=answers(_EXAMPLE, published=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def list_events(reader: Reading, filters: Annotated[EventFilters, Query()]) -> EventPage:
    """编号大于 `after` 的变更，按发生的先后，一条不漏、次序不变：编号小的总是先可见。读完一页后以 `next_after` 再读。

    Changes after a number, in order, none missing: a smaller number is always visible first.
    """
    with reader.records() as session:
        page = events_after(session, filters.after, filters.limit, filters.kind)
        full = len(page.events) == filters.limit
        # Of a page that is not full, all that is there has been looked at, also what was of other kinds.
        seen = page.events[-1].sequence if full else max(filters.after, page.latest)
        return EventPage(
            after=filters.after,
            next_after=seen,
            latest=page.latest,
            more=full and seen < page.latest,
            events=[
                EventItem(
                    sequence=row.sequence,
                    at=row.at,
                    kind=row.kind,
                    subject=row.subject,
                    payload=row.payload,
                )
                for row in page.events
            ],
        )
