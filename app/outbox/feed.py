"""The change feed 变更流: events after a number, in the order in which they became visible."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Event, EventCounter


@dataclass(frozen=True, slots=True)
class Page:
    events: tuple[Event, ...]
    latest: int
    """Number of the latest event there is; 0 where there is none."""


def events_after(session: Session, after: int, limit: int, kind: str | None = None) -> Page:
    """At most `limit` events with a larger number than `after`, oldest first; of a kind, or all that begin `kind.`.

    Reading never waits for writers, and an event that is not shown now has a larger number than all that are.
    """
    # The counter first: an event committed between the two looks is then on the page and larger than `latest`.
    latest = session.scalar(select(EventCounter.latest)) or 0
    found = select(Event).where(Event.sequence > after).order_by(Event.sequence).limit(limit)
    if kind is not None:
        found = found.where((Event.kind == kind) | Event.kind.startswith(f"{kind}.", autoescape=True))
    events = tuple(session.scalars(found))
    return Page(events, max(latest, events[-1].sequence if events else 0))
