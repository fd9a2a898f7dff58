"""Events for the change feed, written in the transaction of what they tell, one writer at a time.

Readers ask for what comes after the latest number they have seen. That is safe only if a number becomes visible after
every smaller one. So a writer takes the counter's row first (`hold_feed`) and keeps it until it commits: the next
writer waits, gets the next number and commits later. A transaction that is rolled back gives its number back, so
there are no gaps either. All that change order classes take this lock before any other, so they cannot wait for each
other in a ring. What it costs is that they follow one another; each holds the row for milliseconds.
"""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import Event, EventCounter, now

_ONLY = 1


def hold_feed(session: Session) -> None:
    """Wait for other writers, then be the only one until this transaction ends.

    Ends the transaction before it, so that what is read from here on is what those others have left. On SQLite this
    takes the lock of the whole database, and fails with an OperationalError after the 30 s of its connection.
    """
    session.commit()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(EventCounter).values(id=_ONLY, latest=0)
    # The update, not a select, is what takes the lock on both databases; where there is no row yet, the insert is.
    session.execute(
        first.on_conflict_do_update(index_elements=["id"], set_={"latest": EventCounter.latest + 0})
    )
    session.expire_all()


def record_event(session: Session, kind: str, subject: str, payload: dict[str, Any]) -> None:
    """Append to the feed, in the caller's transaction. The caller holds the feed already."""
    number = session.scalar(
        update(EventCounter)
        .where(EventCounter.id == _ONLY)
        .values(latest=EventCounter.latest + 1)
        .returning(EventCounter.latest)
    )
    if number is None:
        raise RuntimeError("an event is recorded without holding the feed")
    session.add(Event(sequence=number, at=now(), kind=kind, subject=subject, payload=payload))
