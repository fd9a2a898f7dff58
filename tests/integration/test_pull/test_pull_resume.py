"""A download that breaks off goes on where it stopped, and is never made of two files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulled import Configured, figures, only, stored
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest.pull import Puller, Source
from app.models import DemandFigure, Pull
from tests.source_server import Behaviour, Reply, SourceServer, cut_off, refuses, send

LONG_AGO = "Wed, 01 Jan 2025 00:00:00 GMT"


@pytest.fixture
def file_source(configured: Configured) -> Any:
    def make(**changes: Any) -> Source:
        apart = {"connector": "http-file", "items": None, "paging": None}
        return configured("/plans.csv", **{**apart, **changes})

    return make


@pytest.fixture(params=["etag", "date"])
def resumable(server: SourceServer, request: pytest.FixtureRequest) -> SourceServer:
    server.ranges = True
    server.etag, server.modified = request.param == "etag", LONG_AGO
    return server


def size_of(server: SourceServer) -> int:
    return len(server._body(server.asked[0])[0])


def ranges(server: SourceServer) -> list[str | None]:
    return [asked.headers.get("Range") for asked in server.asked]


def test_the_rest_is_asked_for_and_every_byte_is_sent_once(
    puller: Puller, file_source: Any, resumable: SourceServer, session: Session, tmp_path: Path
) -> None:
    resumable.then(cut_off, refuses(503), cut_off, send)
    outcome = only(puller.pull(file_source(retry={"attempts": 4, "first_wait": 0.01})))
    assert (outcome.accepted, outcome.requests, outcome.resumed) == (35, 4, True)
    size = size_of(resumable)
    half = size // 2
    assert outcome.bytes == size
    assert ranges(resumable) == [None, *[f"bytes={half}-"] * 2, f"bytes={half + (size - half) // 2}-"]
    validator = resumable.asked[1].headers["If-Range"]
    assert validator.startswith('"') if resumable.etag else validator == LONG_AGO
    assert stored(session) == 35
    record = session.get_one(Pull, outcome.pull)
    assert record.resumed and validator in (record.etag, record.last_modified)
    assert {path.name for path in (tmp_path / "pulls" / "figures").iterdir()} <= {"work", "lock"}
    assert only(puller.pull(file_source())).state == "unchanged"


def test_the_next_pull_goes_on_where_one_that_failed_stopped(
    puller: Puller, file_source: Any, resumable: SourceServer, session: Session, tmp_path: Path
) -> None:
    resumable.then(cut_off, refuses(500), refuses(500))
    first = only(puller.pull(file_source()))
    assert (first.state, first.error_code, stored(session)) == ("failed", "server_error", 0)
    part = tmp_path / "pulls" / "figures" / "download"
    assert part.stat().st_size == first.bytes > 0 and part.stat().st_mode & 0o077 == 0
    second = only(puller.pull(file_source()))
    assert (second.accepted, second.requests, second.resumed) == (35, 1, True)
    assert first.bytes + second.bytes == size_of(resumable)
    assert not part.exists() and not part.with_suffix(".json").exists()


@pytest.mark.parametrize("how", ["again", "configured otherwise"])
def test_what_is_kept_is_not_gone_on_from_where_it_should_not(
    puller: Puller, file_source: Any, server: SourceServer, how: str
) -> None:
    server.etag = server.ranges = True
    server.then(cut_off, refuses(500), refuses(500))
    puller.pull(file_source())
    changes = {} if how == "again" else {"params": {"year": "2025"}}
    outcome = only(puller.pull(file_source(**changes), again=how == "again"))
    assert (outcome.accepted, outcome.resumed, ranges(server)[-1]) == (35, False, None)


def test_a_file_that_changed_meanwhile_is_taken_whole(
    puller: Puller, file_source: Any, server: SourceServer, session: Session
) -> None:
    server.etag = server.ranges = True

    def cut_and_changed(handler: Any, reply: Reply) -> None:
        server.rows = [{**row, "value": row["value"] + 1000} for row in figures(20)]
        cut_off(handler, reply)

    server.then(cut_and_changed)
    outcome = only(puller.pull(file_source()))
    assert (outcome.accepted, outcome.requests, outcome.resumed) == (20, 2, False)
    assert min(session.scalars(select(DemandFigure.central))) == 1001


def no_part(**headers: str) -> Callable[[SourceServer], None]:
    def change(server: SourceServer) -> None:
        def told(cut: bool) -> Behaviour:
            def behaviour(handler: Any, reply: Reply) -> None:
                reply.headers |= headers
                (cut_off if cut else send)(handler, reply)

            return behaviour

        server.then(told(True))
        server.always(told(False))

    return change


@pytest.mark.parametrize(
    "change",
    [
        no_part(ETag='W/"1"'),
        no_part(ETag='"1"', **{"Accept-Ranges": "none"}),
        no_part(),
        no_part(**{"Last-Modified": "Wed, 01 Jan 2099 00:00:00 GMT"}),
        no_part(**{"Last-Modified": "yesterday"}),
    ],
)
def test_without_a_sure_sign_of_the_same_file_the_whole_is_asked_for(
    puller: Puller, file_source: Any, server: SourceServer, change: Callable[[SourceServer], None]
) -> None:
    server.ranges = True
    change(server)
    outcome = only(puller.pull(file_source()))
    assert (outcome.accepted, outcome.resumed, ranges(server)) == (35, False, [None, None])


def wrong_range(says: str, **headers: str) -> Behaviour:
    def behaviour(handler: Any, reply: Reply) -> None:
        body = reply.body
        send(handler, Reply(206, reply.headers | {"Content-Range": says} | headers, body))

    return behaviour


REST = {
    "ignored": send,
    "another place": wrong_range("bytes 3-9/99"),
    "no place": wrong_range("pages 1-2/3"),
    "refused": lambda handler, reply: send(handler, Reply(416, {"Content-Range": "bytes */1"})),
}


@pytest.mark.parametrize("how", REST)
def test_a_rest_that_does_not_fit_makes_no_file(
    puller: Puller, file_source: Any, server: SourceServer, session: Session, how: str
) -> None:
    """Neither does a server that does not know of ranges."""
    server.etag, server.ranges = True, how != "ignored"
    server.then(cut_off, REST[how], send)
    outcome = only(puller.pull(file_source()))
    assert (outcome.accepted, outcome.resumed, stored(session)) == (35, False, 35)
    assert ranges(server)[1] and (how == "ignored" or ranges(server)[2] is None)


def test_the_rest_of_another_file_under_a_fitting_range_is_refused(
    puller: Puller, file_source: Any, server: SourceServer
) -> None:
    server.etag = server.ranges = True

    def other(handler: Any, reply: Reply) -> None:
        reply.headers["ETag"] = '"another"'
        send(handler, reply)

    server.then(cut_off, other, send)
    outcome = only(puller.pull(file_source()))
    assert (outcome.accepted, outcome.requests, outcome.resumed) == (35, 3, False)


def test_less_than_was_promised_is_never_loaded(
    puller: Puller, file_source: Any, server: SourceServer, session: Session
) -> None:
    """A server may send less of the rest than was asked for."""
    server.etag = server.ranges = True

    def a_little(handler: Any, reply: Reply) -> None:
        start = int(reply.headers["Content-Range"].split()[1].split("-")[0])
        total = reply.headers["Content-Range"].split("/")[1]
        stands = {"Content-Range": f"bytes {start}-{start + 9}/{total}"}
        send(handler, Reply(206, reply.headers | stands, reply.body[:10]))

    server.then(cut_off)
    server.always(
        lambda handler, reply: a_little(handler, reply) if reply.status == 206 else send(handler, reply)
    )
    outcome = only(puller.pull(file_source()))
    assert (outcome.state, outcome.error_code, outcome.requests) == ("failed", "truncated", 3)
    server.always(None)
    outcome = only(puller.pull(file_source()))
    assert (outcome.accepted, outcome.resumed, stored(session)) == (35, True, 35)


def test_parts_do_not_add_up_beyond_the_limit(
    puller: Puller, file_source: Any, server: SourceServer, tmp_path: Path
) -> None:
    server.etag = server.ranges = True
    server.rows = figures(100)
    server.then(cut_off, refuses(500), refuses(500))
    first = only(puller.pull(file_source()))
    limits = {"limits": {"bytes": first.bytes + 100}}
    outcome = only(puller.pull(file_source(**limits)))
    assert (outcome.error_code, outcome.bytes <= first.bytes + 100) == ("too_large", True)
    assert not (tmp_path / "pulls" / "figures" / "download").exists()
