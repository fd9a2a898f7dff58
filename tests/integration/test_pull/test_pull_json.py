"""Pulling a JSON interface: every way of paging, and every way in which servers go wrong."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pulled import Configured, figures, only, stored
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.ingest.batch_moves import undo
from app.ingest.pull import Puller
from app.models import Batch, DemandFigure, Pull
from tests.source_server import (
    SourceServer,
    changed,
    cut_off,
    drips,
    half,
    redirects,
    refuses,
    says,
    send,
    silent,
)

PAGINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "offset": ("/offset", {"type": "offset", "size_param": "size", "total": "data.total"}),
    "offset without a total": ("/offset", {"type": "offset", "size_param": "size", "size": 500}),
    "page": ("/page", {"type": "page", "size_param": "size", "size": 7, "total": "data.total"}),
    "page without a total": ("/page", {"type": "page"}),
    "cursor": ("/cursor", {"type": "cursor", "param": "cursor", "next": "data.next"}),
    "links": ("/links", {"type": "cursor", "next": "data.next"}),
    "all at once": ("/all", {"type": "none", "total": "data.total"}),
}


@pytest.mark.parametrize("name", PAGINGS)
def test_each_way_of_paging_brings_every_row_once(
    puller: Puller, configured: Configured, session: Session, name: str
) -> None:
    path, paging = PAGINGS[name]
    outcome = only(puller.pull(configured(path, paging=paging)))
    assert (outcome.state, outcome.error) == ("succeeded", "")
    assert (outcome.rows, outcome.accepted, stored(session)) == (35, 35, 35)
    batch = session.get_one(Batch, outcome.batch)
    assert (batch.source, batch.filename) == ("figures", "figures.jsonl")
    record = session.get_one(Pull, outcome.pull)
    assert (record.state, record.rows, record.batch_id) == ("succeeded", 35, batch.id)
    assert record.ended_at is not None and record.bytes > 1000 and record.requests == outcome.requests > 0


def test_fields_are_found_by_path_and_the_rest_by_constants(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    server.rows = [
        {"what": {"name": "人工智能"}, "numbers": [{"n": 400}]},
        {"what": {"name": "航空"}, "numbers": []},
    ]
    fields = {"item": "what.name", "value": "numbers.0.n", "unit": "nowhere"}
    source = configured(fields=fields, constants={"indicator": "人才缺口", "year": 2025}, title="某市人社局")
    outcome = only(puller.pull(source))
    assert (outcome.accepted, outcome.quarantined) == (1, 1)
    assert "unit（nowhere）" in outcome.warnings[0]
    assert session.get_one(Batch, outcome.batch).source == "某市人社局"


def test_a_needed_field_that_is_nowhere_fails_the_pull(
    puller: Puller, configured: Configured, session: Session
) -> None:
    outcome = only(puller.pull(configured(fields={"item": "item", "indicator": "renamed", "value": "value"})))
    assert outcome.error_code == "unexpected_answer"
    assert "indicator（renamed）" in outcome.error and "年份" in outcome.error
    assert stored(session) == 0


def test_the_same_again_changes_nothing(puller: Puller, configured: Configured, session: Session) -> None:
    first, second = (only(puller.pull(configured())) for _ in range(2))
    assert (second.state, second.batch, second.repeated) == ("unchanged", first.batch, 35)
    assert stored(session) == 35


def test_what_has_not_changed_is_not_sent_again(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    server.etag = True
    source = configured("/all", paging={"type": "none"})
    first = only(puller.pull(source))
    second = only(puller.pull(source))
    third = only(puller.pull(source))
    assert (second.state, second.batch, second.bytes, second.requests) == ("unchanged", first.batch, 0, 1)
    assert third.bytes == 0  # what 304 confirmed is known on
    assert only(puller.pull(source, again=True)).bytes > 0
    assert only(puller.pull(configured("/all", paging={"type": "none"}, constants={"unit": "人"}))).bytes > 0
    server.rows.append({"item": "航空", "indicator": "人才缺口", "value": 9, "year": 2025})
    assert only(puller.pull(source)).accepted == 36
    session.execute(Batch.__table__.update().values(state="superseded"))
    session.commit()
    assert only(puller.pull(source)).bytes > 0  # its batch no longer stands, so nothing is taken as known


def values(session: Session) -> list[float | None]:
    """The figures that count."""
    found = session.scalars(
        select(DemandFigure.central)
        .join(Batch, Batch.id == DemandFigure.batch_id)
        .where(Batch.state == "accepted")
    )
    return sorted(found, key=lambda value: value or 0)


def test_what_a_source_shows_now_takes_the_place_of_what_it_showed(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    """A row that changed would otherwise count twice, as it was and as it is."""
    source = configured(licence="开放数据许可")
    first = only(puller.pull(source))
    server.rows[0]["value"] = 500
    del server.rows[1]
    second = only(puller.pull(source))
    assert (second.accepted, second.repeated, second.superseded) == (34, 0, [first.batch])
    assert values(session) == [*range(3, 36), 500]
    batch = session.get_one(Batch, second.batch)
    assert (batch.licence, batch.who) == ("开放数据许可", "chanjiao pull figures")
    session.rollback()
    server.rows = figures(35)
    third = only(puller.pull(source))  # as it was at first, which no longer counted
    assert third.superseded == [second.batch] and values(session) == [*range(1, 36)]


def test_a_source_that_gives_only_what_is_new_adds_to_what_is_there(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    adding = configured(replaces=False)
    puller.pull(adding)
    server.rows = figures(37)[33:]
    outcome = only(puller.pull(adding))
    assert (outcome.accepted, outcome.repeated, outcome.superseded) == (2, 2, [])
    assert values(session) == [*range(1, 38)]


def test_a_source_that_suddenly_shows_little_takes_the_place_of_nothing(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    puller.pull(configured())
    server.rows = figures(17)
    outcome = only(puller.pull(configured()))
    assert outcome.error_code == "shrunk" and "17 条，此前有 35 条" in outcome.error
    assert len(values(session)) == 35
    session.rollback()
    assert only(puller.pull(configured(least=0.4))).accepted == 17
    assert len(values(session)) == 17


def test_what_a_person_took_out_does_not_come_back_by_itself(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    first = only(puller.pull(configured()))
    undo(session, str(first.batch), "审核员")
    second = only(puller.pull(configured()))
    assert (second.state, second.batch) == ("unchanged", first.batch)
    assert "撤回" in second.warnings[0] and values(session) == []
    session.rollback()
    assert only(puller.pull(configured(), again=True)).accepted == 35
    assert only(puller.pull(configured())).state == "unchanged"
    assert len(values(session)) == 35


def test_the_etag_of_a_first_page_is_not_taken_for_all_pages(
    puller: Puller, configured: Configured, server: SourceServer
) -> None:
    server.etag = True
    source = configured(paging={"type": "offset", "size_param": "size"})
    assert only(puller.pull(source)).accepted == 35
    server.rows[30]["value"] = 999
    assert only(puller.pull(source)).state == "succeeded"


PASSING = {
    "429 with Retry-After": refuses(429, "0"),
    "500": refuses(500),
    "503": refuses(503),
    "bytes missing": cut_off,
    "JSON broken off": half,
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again(
    puller: Puller, configured: Configured, server: SourceServer, session: Session, fault: str
) -> None:
    server.then(send, PASSING[fault], PASSING[fault], send)
    outcome = only(puller.pull(configured()))
    assert (outcome.state, stored(session)) == ("succeeded", 35)
    assert outcome.requests == 4 + 2


LASTING = {
    "429": (refuses(429), "overloaded"),
    "500": (refuses(500), "server_error"),
    "401": (refuses(401), "status_401"),
    "404": (refuses(404), "status_404"),
    "bytes missing": (cut_off, "truncated"),
    "JSON broken off": (half, "truncated"),
    "too long a wait": (refuses(503, "99999"), "server_error"),
    "a login page": (says(b"<html>login</html>", "text/html"), "unexpected_answer"),
    "a key of two values": (says(b'{"data": {"total": 1, "rows": [{"a": 1, "a": 2}]}}'), "unexpected_answer"),
    "an error in the body": (says(b'{"code": 401, "msg": "token"}'), "unexpected_answer"),
    "deep JSON": (says(b'{"data":' * 100_000), "unexpected_answer"),
    "304 to no condition": (refuses(304), "unexpected_answer"),
    "redirects without end": (redirects("/offset"), "too_many_redirects"),
    "nowhere": (redirects("http://["), "redirect_refused"),
    "another scheme": (redirects("ftp://127.0.0.1/x"), "redirect_refused"),
    "another host": (redirects("http://localhost:1/x"), "redirect_refused"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_what_lasts_fails_the_pull_and_changes_nothing(
    puller: Puller, configured: Configured, server: SourceServer, session: Session, fault: str
) -> None:
    assert only(puller.pull(configured())).accepted == 35
    server.rows += figures(45)[35:]
    behaviour, code = LASTING[fault]
    server.then(send)
    server.always(behaviour)
    outcome = only(puller.pull(configured()))
    assert (outcome.state, outcome.error_code, outcome.batch) == ("failed", code, None)
    assert "。" in outcome.error  # what is wrong, and what to do
    record = session.get_one(Pull, outcome.pull)
    assert (record.state, record.error_code, record.error) == ("failed", code, outcome.error)
    assert (stored(session), len(session.scalars(select(Batch)).all())) == (35, 1)


@pytest.mark.parametrize(
    ("behaviour", "limits", "code"),
    [
        (silent(1.0), {"request_seconds": 0.2}, "timed_out"),
        (drips(3.0), {"request_seconds": 0.3}, "timed_out"),
        (drips(3.0, head=True), {"request_seconds": 0.3}, "timed_out"),
        (drips(3.0), {"seconds": 0.3}, "too_slow"),
    ],
)
def test_a_server_cannot_hold_a_pull(
    puller: Puller, configured: Configured, server: SourceServer, behaviour: Any, limits: Any, code: str
) -> None:
    server.always(behaviour)
    started = time.monotonic()
    outcome = only(puller.pull(configured(limits=limits, retry={"attempts": 2, "first_wait": 0.01})))
    assert outcome.error_code == code
    assert time.monotonic() - started < 5


def test_a_page_or_a_pull_that_is_too_large_is_given_up(
    puller: Puller, configured: Configured, server: SourceServer, tmp_path: Path
) -> None:
    server.always(says(b'{"data": {"rows": [], "total": 0}}' + b" " * 100_000))
    for limits in ({"page_bytes": 50_000}, {"bytes": 50_000}):
        outcome = only(puller.pull(configured(limits=limits)))
        assert (outcome.error_code, outcome.requests) == ("too_large", 1)
    server.always(None)
    many = configured(paging={"type": "offset", "size_param": "size", "max_pages": 2})
    assert only(puller.pull(many)).error_code == "too_large"
    assert not (tmp_path / "pulls" / "figures" / "pages").exists()


def repeat_first(data: Any) -> None:
    data["rows"] = figures(10)


def test_repeating_pages_and_cursor_loops_are_noticed(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    server.then(send, send, changed(repeat_first))
    outcome = only(puller.pull(configured("/page", paging={"type": "page"})))
    assert outcome.error_code == "repeating_pages" and "第 3 页与第 1 页相同" in outcome.error
    paging = {"type": "cursor", "param": "cursor", "next": "data.next"}
    server.then(send, send, changed(lambda data: data.update(next="c10")))
    assert only(puller.pull(configured("/cursor", paging=paging))).error_code == "cursor_loop"
    server.always(changed(lambda data: data.update(next="", rows=[])))
    assert only(puller.pull(configured("/cursor", paging=paging))).state == "unchanged"
    server.always(changed(lambda data: data.update(next="c10", rows=[])))
    assert only(puller.pull(configured("/cursor", paging=paging))).error_code == "cursor_loop"
    assert stored(session) == 0


def test_a_total_that_changes_once_begins_the_pull_anew(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    def one_more(handler: Any, reply: Any) -> None:
        server.rows.insert(0, {"item": "新增", "indicator": "人才缺口", "value": 7, "year": 2025})
        changed(lambda data: data.update(total=36))(handler, reply)

    server.then(send, send, one_more)
    outcome = only(puller.pull(configured()))
    assert (outcome.state, outcome.accepted, stored(session)) == ("succeeded", 36, 36)


def test_a_total_that_never_holds_fails_the_pull(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    for said, code in ((36, "incomplete"), (34, "total_changed")):
        server.total = said
        assert only(puller.pull(configured())).error_code == code
    seen = [0]

    def growing(data: Any) -> None:
        seen[0] += 1
        data["total"] = 100 + seen[0]

    server.always(changed(growing))
    outcome = only(puller.pull(configured()))
    assert outcome.error_code == "total_changed" and outcome.requests == 3 * 2
    server.always(changed(lambda data: data.update(total="many")))
    assert only(puller.pull(configured())).error_code == "unexpected_answer"
    assert stored(session) == 0


def test_an_interrupted_pull_goes_on_where_it_stopped(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    server.then(send, send, refuses(500), refuses(500), refuses(500))
    assert only(puller.pull(configured())).error_code == "server_error"
    before = len(server.asked)
    outcome = only(puller.pull(configured()))
    assert (outcome.state, outcome.resumed, outcome.accepted) == ("succeeded", True, 35)
    assert [query["offset"] for query in server.queries[before:]] == ["0", "20", "30"]
    assert session.get_one(Pull, outcome.pull).resumed
    again = only(puller.pull(configured()))
    assert not again.resumed and again.state == "unchanged"


@pytest.mark.parametrize("change", ["rows", "configuration", "again"])
def test_it_begins_anew_where_the_source_is_another(
    puller: Puller, configured: Configured, server: SourceServer, change: str
) -> None:
    server.then(send, send, refuses(500), refuses(500), refuses(500))
    puller.pull(configured())
    if change == "rows":
        server.rows[0]["value"] = 77
    source = configured(constants={"unit": "人"}) if change == "configuration" else configured()
    outcome = only(puller.pull(source, again=change == "again"))
    assert (outcome.resumed, outcome.requests, outcome.accepted) == (False, 4, 35)


def test_a_stop_ends_the_pull_and_keeps_its_pages(
    engine: Engine, configured: Configured, server: SourceServer, tmp_path: Path
) -> None:
    stop = threading.Event()

    def stopped(handler: Any, reply: Any) -> None:
        stop.set()
        refuses(503)(handler, reply)

    server.then(send, send, stopped)
    puller = Puller(session_factory(engine), tmp_path / "pulls", stop=stop)
    slow = configured(retry={"first_wait": 60})
    assert only(puller.pull(slow)).error_code == "interrupted"
    stop.clear()
    assert only(puller.pull(slow)).resumed


def test_requests_keep_to_the_rate(puller: Puller, configured: Configured) -> None:
    started = time.monotonic()
    assert only(puller.pull(configured(rate="20/s"))).requests == 4
    assert time.monotonic() - started > 3 / 20


def test_no_rows_at_all_change_nothing_and_say_so(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    server.rows = []
    outcome = only(puller.pull(configured()))
    assert (outcome.state, outcome.batch) == ("unchanged", None)
    assert "没有任何数据" in outcome.warnings[0]


def test_what_is_no_object_ends_in_the_quarantine(
    puller: Puller, configured: Configured, server: SourceServer
) -> None:
    server.rows = [*figures(2), "stray", ["a"], None]  # type: ignore[list-item]
    outcome = only(puller.pull(configured()))
    assert (outcome.rows, outcome.accepted, outcome.quarantined) == (5, 2, 3)


def test_nested_answers_are_refused_or_quarantined_whatever_their_depth(
    puller: Puller, configured: Configured, server: SourceServer
) -> None:
    good = json.dumps(figures(1)[0]).encode()
    for depth in (200, 900, 940, 980, 1100):
        nested = b"[" * depth + b"]" * depth
        more = good.replace(b"}", b', "more": ' + nested + b"}").replace(b": 1,", b": 2,")
        server.always(says(b'{"data": {"total": 3, "rows": [' + b",".join((good, nested, more)) + b"]}}"))
        outcome = only(puller.pull(configured(), again=True))
        if depth == 200:
            assert outcome.accepted >= 1 and outcome.accepted + outcome.quarantined == 3
        else:
            assert outcome.state == "succeeded" or outcome.error_code == "unexpected_answer"


def test_a_column_that_appears_late_is_read(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    server.rows = [*figures(60), {**figures(61)[60], "unit": "万人"}]
    assert only(puller.pull(configured("/all", paging={"type": "none"}))).accepted == 61
    batch = session.scalars(select(Batch)).one()
    assert "unit" in batch.reading["columns"]
