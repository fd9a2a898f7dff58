"""Downloading a file."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Configured, figures, only, stored
from sqlalchemy.orm import Session

from app.ingest.pull import Puller, Source
from app.models import Batch, Pull
from tests.source_server import Reply, SourceServer, cut_off, drips, refuses, says, send


@pytest.fixture
def file_source(configured: Configured) -> Any:
    def make(**changes: Any) -> Source:
        apart = {"connector": "http-file", "items": None, "paging": None}
        return configured("/plans.csv", **{**apart, **changes})

    return make


def test_a_file_becomes_a_batch_and_is_asked_for_again_only_if_it_changed(
    puller: Puller, file_source: Any, server: SourceServer, session: Session, tmp_path: Path
) -> None:
    server.etag = True
    first = only(puller.pull(file_source(title="某局下载页")))
    assert (first.state, first.accepted, first.item) == ("succeeded", 35, "plans.csv")
    batch = session.get_one(Batch, first.batch)
    assert (batch.filename, batch.source, batch.reading["encoding"]) == (
        "plans.csv",
        "某局下载页",
        "gb18030",
    )
    assert session.get_one(Pull, first.pull).sha256 == batch.sha256
    second = only(puller.pull(file_source(title="某局下载页")))
    assert (second.state, second.batch, second.bytes) == ("unchanged", first.batch, 0)
    server.rows += figures(36)[35:]
    third = only(puller.pull(file_source()))
    assert (third.state, third.accepted, third.repeated) == ("succeeded", 0, 0) or third.accepted >= 1
    assert not list((tmp_path / "pulls" / "figures").glob("work/*"))


def test_last_modified_serves_where_there_is_no_etag(
    puller: Puller, file_source: Any, server: SourceServer
) -> None:
    when = "Wed, 01 Jan 2025 00:00:00 GMT"

    def dated(handler: Any, reply: Reply) -> None:
        reply.headers["Last-Modified"] = when
        unchanged = handler.headers.get("If-Modified-Since") == when
        send(handler, Reply(304, reply.headers) if unchanged else reply)

    server.always(dated)
    assert only(puller.pull(file_source())).state == "succeeded"
    assert only(puller.pull(file_source())).bytes == 0
    assert only(puller.pull(file_source(conditional=False))).bytes > 0


NAMES = {
    'attachment; filename="2025.csv"': "2025.csv",
    "attachment; filename*=UTF-8''%E8%AE%A1%E5%88%92.csv": "计划.csv",
    'attachment; filename="../../etc/passwd.csv"': "passwd.csv",
    'attachment; filename="..\\\\..\\\\x.csv"': "x.csv",
    'attachment; filename=".."': "figures.dat",
    "": "plans.csv",
}


@pytest.mark.parametrize("disposition", NAMES)
def test_the_name_of_a_file_never_leads_out_of_its_folder(
    puller: Puller, file_source: Any, server: SourceServer, disposition: str
) -> None:
    def named(handler: Any, reply: Reply) -> None:
        reply.headers["Content-Disposition"] = disposition
        send(handler, reply)

    server.always(named)
    outcome = only(puller.pull(file_source()))
    assert (outcome.item, outcome.accepted) == (NAMES[disposition], 35)


def test_a_download_that_breaks_off_begins_anew_and_is_whole(
    puller: Puller, file_source: Any, server: SourceServer, session: Session
) -> None:
    server.then(cut_off, refuses(502), send)
    outcome = only(puller.pull(file_source()))
    assert (outcome.accepted, outcome.requests, stored(session)) == (35, 3, 35)


FAULTS = {
    "truncated": (cut_off, {}),
    "timed_out": (drips(2.0), {"request_seconds": 0.2}),
    "too_slow": (drips(2.0), {"seconds": 0.3}),
    "too_large": (says(b"x" * 20_000, "text/csv"), {"bytes": 10_000}),
    "unreadable_file": (says(b"", "text/csv"), {}),
    "status_410": (refuses(410), {}),
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_download_that_fails_changes_nothing(
    puller: Puller, file_source: Any, server: SourceServer, session: Session, tmp_path: Path, code: str
) -> None:
    behaviour, limits = FAULTS[code]
    server.always(behaviour)
    outcome = only(puller.pull(file_source(limits=limits)))
    assert (outcome.state, outcome.error_code) == ("failed", code)
    assert stored(session) == 0
    assert not list((tmp_path / "pulls" / "figures").glob("work/*"))
