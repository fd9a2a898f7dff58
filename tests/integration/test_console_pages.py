"""Pages of the console without a browser: what they say, and that they heed permissions. A process has one console."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from nicegui import Client, core, ui
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.access import Permission, Principal
from app.access.principal import current_principal
from app.console import desk, mount, quality
from app.ingest import ingest_file
from app.main import create_app
from app.models import Pull
from app.settings import Settings
from tests.conftest import emptied

PAGES = ("/", "/load", "/batches", "/quarantine", "/quality", "/sources")


@pytest.fixture(scope="module")
def client(sqlite_engine: Engine) -> Iterator[TestClient]:
    address = sqlite_engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(database_url=address, _env_file=None))  # type: ignore[call-arg]
    with TestClient(app, raise_server_exceptions=False) as client:
        with pytest.raises(RuntimeError, match="already"):
            mount(app, app.state.sessions, app.state.sources_file)
        yield client
    emptied(sqlite_engine)


@pytest.fixture
def records(sqlite_engine: Engine, tmp_path: Path) -> str:
    """A simulated batch of one record and one row in the quarantine; its id."""
    path = tmp_path / "plans.csv"
    path.write_text(
        "院校名称,专业名称,层次,年份,计划数\n复旦大学,法学,本科,2025,5\n复旦大学,炼金学,本科,2025,5\n",
        "utf-8",
    )
    with Session(sqlite_engine) as session:
        report = ingest_file(session, path, "enrolment-plan", simulated=True)
    assert report.batch
    return report.batch


@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers(client: TestClient, records: str, page: str) -> None:
    answer = client.get(f"/console{page}")
    assert answer.status_code == 200
    assert 'lang="zh-CN"' in answer.text


def test_a_batch_says_that_it_is_simulated(client: TestClient, records: str) -> None:
    for page in (f"/batches/{records}", f"/quality/{records}", f"/quarantine/{records}"):
        assert '"icon":"science"' in client.get(f"/console{page}").text, page  # the mark itself
    for page in ("/batches", "/quarantine", "/"):
        assert '"simulated":true' in client.get(f"/console{page}").text, page


def test_a_failed_pull_is_told_with_its_reason(client: TestClient, sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session:
        session.add(
            Pull(
                source="plans",
                connector="http-json",
                kind="enrolment-plan",
                fingerprint="",
                state="failed",
                error_code="total_changed",
                error="来源在拉取期间有变化。没有保存任何内容",
            )
        )
        session.commit()
    assert "来源 plans 最近一次拉取失败" in client.get("/console/").text
    assert "来源在拉取期间有变化" in client.get("/console/sources").text


def test_the_way_in_leads_to_the_console(client: TestClient) -> None:
    assert client.get("/", follow_redirects=False).headers["location"] == "/console/"


def test_nobody_sees_a_page_without_the_permission(client: TestClient, records: str) -> None:
    reader = Principal("reader", "只读者", frozenset({Permission.READ_RECORDS}))
    nobody = Principal("nobody", "无权者", frozenset())
    try:
        core.app.dependency_overrides[current_principal] = lambda: nobody
        for page in (*PAGES, f"/batches/{records}", f"/quality/{records}"):
            answer = client.get(f"/console{page}")
            assert (answer.status_code, "没有权限" in answer.text) == (403, True), page
        core.app.dependency_overrides[current_principal] = lambda: reader
        assert client.get("/console/load").status_code == 403
        assert client.get("/console/quarantine").status_code == 403
        shown = client.get(f"/console/batches/{records}")
        assert shown.status_code == 200
        assert "撤回" not in shown.text
    finally:
        core.app.dependency_overrides.clear()
    assert "撤回" in client.get(f"/console/batches/{records}").text


def test_a_page_that_takes_long_answers_first_and_is_filled_in(
    client: TestClient, records: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PATIENCE", 0)
    for page in ("/quality", f"/quality/{records}"):
        answer = client.get(f"/console{page}")
        assert (answer.status_code, "正在汇总" in answer.text, "完整度" in answer.text) == (200, True, False)
        found = re.search(r"'client_id': '([-0-9a-f]+)'", answer.text)
        assert found and client.portal
        opened = Client.instances[found[1]]
        client.portal.call(opened.handle_handshake, "socket", "tab", None, "document", None)
        for _ in range(200):
            said = {each.text for each in opened.elements.values() if isinstance(each, ui.label)}
            if "完整度" in said:
                break
            time.sleep(0.02)
        assert "完整度" in said
        assert "正在汇总 …" not in said
        assert sum(isinstance(each, ui.header) for each in opened.elements.values()) == 1


@pytest.mark.parametrize(
    ("page", "status", "said"),
    [
        ("/nowhere", 404, "没有这一页"),
        ("/batches?page=x", 422, "地址中的参数不对"),
        ("/batches?page=99999999999999999999", 422, "地址中的参数不对"),
        ("/quarantine/x?page=0", 422, "地址中的参数不对"),
        ("/quarantine/%00?reason=%00", 200, "没有这个批次"),
        ("/batches?kind=%00&state=%00", 200, "批次"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(client: TestClient, page: str, status: int, said: str) -> None:
    answer = client.get(f"/console{page}")
    assert (answer.status_code, said in answer.text) == (status, True)


def test_a_page_that_fails_tells_nothing_of_the_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Session) -> list[object]:
        raise LookupError("secret")

    def busy(_: Session) -> list[object]:
        raise OperationalError("SELECT secret", {}, Exception("locked"))

    for fault, status, said in ((broken, 500, "已记入日志"), (busy, 503, "数据库暂时不可用或正忙")):
        monkeypatch.setattr(quality, "whole_quality", fault)
        answer = client.get("/console/quality")
        assert (answer.status_code, said in answer.text, "secret" in answer.text) == (status, True, False)


def test_nobody_can_put_the_console_in_a_frame_or_a_cache(client: TestClient) -> None:
    for page in ("/", "/load", "/nowhere"):
        headers = client.get(f"/console{page}").headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


def test_rows_of_a_held_batch_are_not_offered_for_correction(
    client: TestClient, sqlite_engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "held.csv"
    head = "院校名称,专业名称,层次,年份,省份,计划数\n"
    path.write_text(f"{head}复旦大学,法学,本科,2021,上海,5\n复旦大学,炼金学,本科,2021,上海,5\n", "utf-8")
    with Session(sqlite_engine) as session:
        batch = ingest_file(session, path, "enrolment-plan", hold=True).batch
    answer = client.get(f"/console/quarantine/{batch}")
    assert ("炼金学" in answer.text, "请先接收它" in answer.text) == (True, True)
    assert "用表格改正" not in answer.text
