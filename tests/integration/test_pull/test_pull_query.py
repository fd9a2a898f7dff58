"""Querying a database that is somebody else's."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import only, stored
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.database import session_factory
from app.ingest.pull import Puller, Source
from app.ingest.pull.query import fetch_query
from app.ingest.pull.secrets import Secrets
from app.ingest.pull.source import Query, read_source

SELECT = "SELECT name AS item, '缺口' AS indicator, heads AS value, 2025 AS year FROM wanted ORDER BY id"


def asked(query: str = SELECT, **changes: Any) -> Source:
    section = {
        "connector": "sql",
        "kind": "demand-figures",
        "url": "${SCHOOL_DB}",
        "query": query,
        "allow_private": True,
    }
    return read_source("school", {**section, **changes})


@pytest.fixture
def school(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A table of 2,500 rows: an SQLite file, or a schema of the PostgreSQL server."""
    rows = [{"id": n, "name": f"集成电路{n}", "heads": n + 1} for n in range(2500)]
    if engine.dialect.name == "sqlite":
        path = tmp_path / "school.db"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE wanted (id INTEGER, name TEXT, heads INTEGER)")
            database.executemany("INSERT INTO wanted VALUES (:id, :name, :heads)", rows)
        database.close()
        url = f"sqlite:///{path}"
    else:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS wanted"))
            connection.execute(text("CREATE TABLE wanted (id integer, name text, heads numeric(9,1))"))
            connection.execute(text("INSERT INTO wanted VALUES (:id, :name, :heads)"), rows)
        url = engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("SCHOOL_DB", url)
    return url


@pytest.fixture(autouse=True)
def tidy(engine: Engine) -> Any:
    yield
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS wanted"))


def test_the_rows_of_a_query_become_a_batch(puller: Puller, school: str, session: Session) -> None:
    first = only(puller.pull(asked()))
    assert (first.state, first.error, first.accepted, stored(session)) == ("succeeded", "", 2500, 2500)
    assert only(puller.pull(asked())).state == "unchanged"
    mapped = "WITH w AS (SELECT * FROM wanted WHERE id < 3) SELECT name, heads FROM w;"
    fields = {"item": "name", "value": "heads"}
    constants = {"indicator": "人才缺口: 急需", "year": 2025}
    assert only(puller.pull(asked(mapped, fields=fields, constants=constants))).accepted == 3
    assert only(puller.pull(asked(SELECT.replace("ORDER", "WHERE id < 0 ORDER")))).state == "unchanged"


def test_the_database_itself_refuses_to_be_written(
    school: str, engine: Engine, tmp_path: Path, puller: Puller
) -> None:
    """The check of the text is passed over here: what it might miss, the transaction stops."""
    source = asked()
    writing = ["DELETE FROM wanted", "UPDATE wanted SET heads = 0", "CREATE TABLE extra (id integer)"]
    if engine.dialect.name == "postgresql":
        writing += [
            "WITH gone AS (DELETE FROM wanted RETURNING *) SELECT name AS item FROM gone",
            "SELECT lo_create(0) AS item",  # reads, by its looks
        ]
    for query in writing:
        outcome = only(puller.pull(source.model_copy(update={"query": query})))
        assert outcome.error_code == "query_failed", query
    assert "read" in outcome.error
    assert only(puller.pull(source)).accepted == 2500


def test_a_query_that_fails_or_never_ends_changes_nothing(
    school: str, engine: Engine, puller: Puller, session: Session
) -> None:
    assert only(puller.pull(asked("SELECT nothing FROM wanted"))).error_code == "query_failed"
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"
    outcome = only(puller.pull(asked(endless, limits={"seconds": 0.3})))
    assert outcome.error_code == "query_failed" and outcome.seconds < 5
    assert only(puller.pull(asked(limits={"bytes": 10_000}))).error_code == "too_large"
    assert stored(session) == 0


def test_a_stop_ends_it_between_chunks(school: str, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    source = asked(chunk=100)
    assert isinstance(source, Query)
    with pytest.raises(Exception, match="中止"):
        fetch_query(source, Secrets(), stop, tmp_path)


def test_its_address_is_checked_and_never_told(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    puller = Puller(session_factory(engine), tmp_path)
    addresses = {
        "postgresql://u:pa55@127.0.0.1:1/x": "address_refused",
        "postgresql://u:pa55@/x?host=/tmp": "address_refused",
        "postgresql://u:pa55@/x?host=93.184.215.14,10.0.0.1": "address_refused",
        "mysql+pymysql://u:pa55@10.1.2.3/x": "address_refused",
        "sqlite:////nowhere/pa55.db": "query_failed",
        "pa55": "secret_invalid",
    }
    for address, code in addresses.items():
        monkeypatch.setenv("SCHOOL_DB", address)
        outcome = only(puller.pull(asked(allow_private=False)))
        assert (outcome.error_code, "pa55" in outcome.error) == (code, False), address
    monkeypatch.setenv("SCHOOL_DB", "postgresql://u:pa55@127.0.0.1:1/x")
    outcome = only(puller.pull(asked()))
    assert (outcome.error_code, "pa55" in outcome.error) == ("query_failed", False)
    monkeypatch.setenv("SCHOOL_DB", "nosuch://u:pa55@127.0.0.1:1/x")
    assert only(puller.pull(asked())).error_code == "query_failed"
