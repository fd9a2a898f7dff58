"""The change feed under writers at once: numbers become visible in order, and none is missing."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import session_factory
from app.outbox.feed import events_after
from app.outbox.recording import hold_feed, record_event


def seen(session: Session, after: int = 0) -> list[tuple[int, str]]:
    session.rollback()
    return [(event.sequence, event.kind) for event in events_after(session, after, 100).events]


@pytest.mark.parametrize(
    ("end", "left"),
    [(Session.commit, [(1, "test.first"), (2, "test.second")]), (Session.rollback, [(1, "test.second")])],
)
def test_a_later_event_is_not_seen_before_an_earlier_one(
    engine: Engine, session: Session, end: Callable[[Session], None], left: list[tuple[int, str]]
) -> None:
    with session_factory(engine)() as first:
        hold_feed(first)
        record_event(first, "test.first", "tests/1", {})
        first.flush()
        done = threading.Event()

        def write() -> None:
            with session_factory(engine)() as second:
                hold_feed(second)
                record_event(second, "test.second", "tests/2", {})
                second.commit()
            done.set()

        thread = threading.Thread(target=write)
        thread.start()
        # The second has no number while the first may still get a smaller one; a reader waits for neither.
        assert not done.wait(0.3)
        assert seen(session) == []
        end(first)
    thread.join(30)
    assert done.is_set()
    assert seen(session) == left
    assert seen(session, after=1) == left[1:]


def test_of_many_writers_a_reader_sees_every_event_once_and_in_order(
    engine: Engine, session: Session
) -> None:
    writers, each = 4, 5

    def write(name: int) -> None:
        with session_factory(engine)() as own:
            for number in range(each):
                hold_feed(own)
                record_event(own, f"test.w{name}", f"tests/{number}", {})
                own.commit()

    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
    for thread in threads:
        thread.start()
    read: list[int] = []
    while len(read) < writers * each:
        read += [number for number, _ in seen(session, read[-1] if read else 0)]
        if not any(thread.is_alive() for thread in threads):
            read += [number for number, _ in seen(session, read[-1] if read else 0)]
            break
    for thread in threads:
        thread.join(30)
    assert read == list(range(1, writers * each + 1))


def test_an_event_is_not_written_by_who_does_not_hold_the_feed(session: Session) -> None:
    with pytest.raises(RuntimeError, match="without holding"):
        record_event(session, "test.first", "tests/1", {})
