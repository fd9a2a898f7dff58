"""Pulls under way: one at a time, on a time table, killed, stopped; and what the command line and the API tell."""

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pulled import Configured, only, stored
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app import cli
from app.database import make_engine, session_factory
from app.errors import DatabaseStateError
from app.ingest.pull import Outcome, Puller, Source, Sources, Worker, read_sources
from app.ingest.pull import pull as pulling
from app.main import create_app
from app.models import Pull
from app.settings import get_settings
from tests.source_server import SourceServer, refuses, send, silent


@pytest.fixture
def home(
    engine: Engine, server: SourceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The data folder of a command; of its sources one fails, one works, and one is switched off."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "sources.toml").write_text(
        f"""
        [sources.broken]
        title = "坏的来源"
        connector = "http-file"
        kind = "demand-figures"
        url = "{server.url}/plans.csv"
        headers = {{ Authorization = "Bearer ${{NOT_SET}}" }}

        [sources.figures]
        connector = "http-json"
        kind = "demand-figures"
        url = "{server.url}/offset"
        params = {{ dataset = "7" }}
        items = "data.rows"
        paging = {{ type = "offset", size_param = "size", total = "data.total" }}
        allow_private = true
        every = "1h"

        [sources.off]
        enabled = false
        connector = "directory"
        kind = "demand-figures"
        path = "incoming"
        """,
        "utf-8",
    )
    settings = {
        "CHANJIAO_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "CHANJIAO_DATA_DIR": str(folder),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield folder
    monkeypatch.undo()
    get_settings.cache_clear()


Command = Callable[..., BaseProcess]


@pytest.fixture
def command(home: Path) -> Iterator[Command]:
    """Starts `chanjiao …` in a process of its own, a fork: starting Python anew takes a second."""
    started: list[BaseProcess] = []

    def run(words: tuple[str, ...]) -> None:
        with (home / "told").open("wb") as told:
            os.dup2(told.fileno(), 1)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
        sys.argv = ["chanjiao", *words]
        cli.main()

    def start(*words: str) -> BaseProcess:
        process = multiprocessing.get_context("fork").Process(target=run, args=(words,))
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_command_pulls_all_and_tells_of_the_one_that_failed(home: Path, session: Session) -> None:
    done = CliRunner().invoke(cli.app, ["pull", "--json"])
    told = done.stdout
    assert done.exit_code == 2
    answer = json.loads(told)
    states = {pull["source"]: (pull["state"], pull["error_code"]) for pull in answer["pulls"]}
    assert states == {"broken": ("failed", "secret_missing"), "figures": ("succeeded", "")}
    assert answer["failed"] == 1 and stored(session) == 35

    with TestClient(create_app(get_settings(), console=False)) as client:
        pulls = client.get("/v1/pulls?limit=1").json()
        assert (pulls["total"], pulls["items"][0]["source"], pulls["items"][0]["rows"]) == (2, "figures", 35)
        assert client.get("/v1/pulls?state=failed").json()["items"][0]["error_code"] == "secret_missing"
        assert client.get("/v1/pulls?source=off").json()["total"] == 0
        assert client.get("/v1/pulls?state=odd").status_code == 422
        sources = client.get("/v1/sources").json()
        assert [(s["name"], s["enabled"], s["every_seconds"]) for s in sources["items"]] == [
            ("broken", True, None),
            ("figures", True, 3600.0),
            ("off", False, None),
        ]
        assert sources["items"][1]["last_pull"]["state"] == "succeeded"
        assert sources["items"][2]["last_pull"] is None
        assert client.get("/v1/sources?limit=1&offset=1").json()["items"][0]["name"] == "figures"
        text = client.get("/v1/sources").text
        assert "Bearer" not in text and "dataset" not in text
        (home / "sources.toml").write_text("[sources.a]\n", "utf-8")
        wrong = client.get("/v1/sources")
        assert (wrong.status_code, wrong.json()["code"]) == (500, "invalid_sources")
        (home / "sources.toml").unlink()
        assert client.get("/v1/sources").json()["total"] == 0


def test_a_killed_pull_is_marked_and_resumed(
    command: Command, server: SourceServer, session: Session, engine: Engine, home: Path
) -> None:
    """Killed while the third page is on its way; the worker finds it, then is told to stop in the middle of its own pull."""
    server.then(send, send, silent(1.0))
    process = command("pull", "figures")
    until(lambda: len(server.asked) == 3)
    process.kill()
    process.join()
    assert [pull.state for pull in session.scalars(select(Pull))] == ["running"]
    session.rollback()

    server.then(send, silent(1.0))
    asked = len(server.asked)
    process = command("worker", "--json")
    until(lambda: len(server.asked) == asked + 2)
    process.terminate()
    process.join(60)
    assert process.exitcode == 0
    told = json.loads((home / "told").read_text("utf-8"))
    assert told["interrupted"] == 1 and list(told["scheduled"]) == ["figures"]
    states = session.execute(select(Pull.state, Pull.error_code).order_by(Pull.started_at)).all()
    assert [tuple(row) for row in states] == [("failed", "interrupted")] * 2
    assert stored(session) == 0
    session.rollback()

    puller = Puller(session_factory(engine), home / "pulls")
    outcome = only(puller.pull(read_sources(home / "sources.toml")["figures"]))
    assert (outcome.state, outcome.resumed, stored(session)) == ("succeeded", True, 35)
    assert outcome.requests < 4 + 1


def test_one_pull_of_a_source_at_a_time(
    puller: Puller, configured: Configured, server: SourceServer, session: Session
) -> None:
    server.then(silent(0.5))
    outcomes: list[Outcome] = []
    slow = threading.Thread(target=lambda: outcomes.extend(puller.pull(configured())))
    slow.start()
    until(lambda: len(server.asked) == 1)
    busy = only(puller.pull(configured()))
    assert (busy.error_code, busy.pull) == ("conflict", None)
    assert puller.close_interrupted("figures") == 0  # it is at work, not left behind
    slow.join()
    assert only(outcomes).state == "succeeded"
    assert [pull.state for pull in session.scalars(select(Pull))] == ["succeeded"]


def test_a_lost_database_is_a_clear_failure(
    configured: Configured, tmp_path: Path, server: SourceServer
) -> None:
    gone = make_engine("postgresql://nobody@127.0.0.1:1/none")
    outcome = only(Puller(session_factory(gone), tmp_path).pull(configured()))
    assert outcome.error_code == "database_state" and "没有保存任何内容" in outcome.error
    assert server.asked == []


def test_pages_outlast_a_database_that_fails_at_the_end(
    puller: Puller,
    configured: Configured,
    server: SourceServer,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise DatabaseStateError("数据库写入失败：disk full", remedy="请检查磁盘空间")

    with monkeypatch.context() as patched:
        patched.setattr(pulling, "ingest_file", full)
        assert only(puller.pull(configured())).error_code == "database_state"
    asked = len(server.asked)
    outcome = only(puller.pull(configured()))
    assert (outcome.state, outcome.resumed, len(server.asked) - asked) == ("succeeded", True, 1)


def test_the_time_table(configured: Configured, tmp_path: Path) -> None:
    hourly = configured(every="1h")
    daily = configured(schedule="0 3 * * *").model_copy(update={"name": "daily"})
    by_hand = configured().model_copy(update={"name": "by-hand"})
    off = configured(every="1h", enabled=False).model_copy(update={"name": "off"})
    sources = Sources(tmp_path, {source.name: source for source in (hourly, daily, by_hand, off)})
    now = datetime.now(UTC)

    def due(last: dict[str, datetime]) -> dict[str, datetime]:
        return Worker(sources, lambda _: [], threading.Event(), last).due

    assert set(due({})) == {"figures", "daily"}
    assert abs(due({})["figures"] - now) < timedelta(seconds=5)
    recent = due({"figures": now - timedelta(minutes=20)})["figures"]
    assert abs(recent - now - timedelta(minutes=40)) < timedelta(seconds=5)
    assert abs(due({"figures": now - timedelta(days=3)})["figures"] - now) < timedelta(seconds=5)
    at = due({})["daily"]
    assert (at.hour, at.minute, str(at.tzinfo)) == (3, 0, "Asia/Shanghai") and at > now


def test_the_worker_pulls_again_and_again_and_goes_on_after_failures(
    configured: Configured, server: SourceServer, puller: Puller, tmp_path: Path
) -> None:
    """In this process, so that it is quick; the signal is real."""
    server.then(refuses(404))
    source = configured(every=0.2)
    stop = threading.Event()
    outcomes: list[Outcome] = []

    def pull(one: Source) -> list[Outcome]:
        outcomes.extend(puller.pull(one))
        if len(outcomes) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return outcomes[-1:]

    before = signal.getsignal(signal.SIGTERM)
    Worker(Sources(tmp_path, {source.name: source}), pull, stop, {}).run()
    assert signal.getsignal(signal.SIGTERM) is before
    assert stop.is_set()
    assert [outcome.state for outcome in outcomes[:3]] == ["failed", "succeeded", "unchanged"]
