"""Pages of the console without a browser: what they say, and that they heed permissions. A process has one console."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from nicegui import core
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access import Permission, Principal
from app.access.principal import current_principal
from app.console import mount
from app.ingest import ingest_file
from app.main import create_app
from app.models import Pull
from app.settings import Settings
from tests.conftest import emptied

PAGES = ("/", "/load", "/batches", "/quarantine", "/quality", "/sources")
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


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
def records(sqlite_engine: Engine) -> str:
    """A simulated batch; its id."""
    with Session(sqlite_engine) as session:
        report = ingest_file(session, EXAMPLES / "enrolment-plan.csv", "enrolment-plan", simulated=True)
    assert report.batch
    return report.batch


@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers(client: TestClient, records: str, page: str) -> None:
    answer = client.get(f"/console{page}")
    assert answer.status_code == 200
    assert 'lang="zh-CN"' in answer.text


def test_a_batch_says_that_it_is_simulated(client: TestClient, records: str) -> None:
    for page in (f"/batches/{records}", f"/quality/{records}", "/batches", "/"):
        assert "模拟数据" in client.get(f"/console{page}").text, page


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
