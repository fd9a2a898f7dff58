"""What goes wrong around a batch: killed at any moment, disk full, read-only, connection lost. All of it or nothing."""

import gc
import os
import random
import signal
import statistics
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, insert, select, text
from sqlalchemy.orm import Session

from app.database import make_engine, session_factory, upgrade
from app.errors import DatabaseStateError
from app.ingest import batch as batch_module
from app.ingest import ingest_file, writing
from app.ingest.batch_moves import accept, undo
from app.models import Batch, BatchMove, EnrolmentPlan, Posting, QuarantinedRow, RepeatedRow
from tests.conftest import emptied

HEADER = "院校代码,年份,生源省份,专业名称,计划数"
KIND = "enrolment-plan"
MOMENTS = 200
"""Of an ingest, and as many of an accept, on each database: 800 in all."""
TABLES: tuple[Any, ...] = (Batch, BatchMove, EnrolmentPlan, QuarantinedRow, RepeatedRow)


def plan_file(folder: Path, name: str = "plans", rows: int = 24, start: int = 1) -> Path:
    path = folder / f"{name}.csv"
    lines = [f"10246,2025,北京,法学,{start + number}" for number in range(rows)]
    lines[5] = "10246,2025,北京,炼金学,5"
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several statements a file, between which something can happen."""
    monkeypatch.setattr(batch_module, "CHUNK", 8)
    monkeypatch.setattr(writing, "_COPIED", 8)


def data(session: Session) -> dict[str, list[Any]]:
    """Everything of all batches but for what differs from run to run: ids and times."""
    columns: dict[Any, tuple[Any, ...]] = {
        Batch: (
            Batch.filename,
            Batch.state,
            Batch.read,
            Batch.accepted,
            Batch.repeated,
            Batch.quarantined,
        ),
        BatchMove: (BatchMove.to_state,),
        EnrolmentPlan: (EnrolmentPlan.row, EnrolmentPlan.plan, func.length(EnrolmentPlan.fingerprint)),
        QuarantinedRow: (QuarantinedRow.row,),
        RepeatedRow: (RepeatedRow.row,),
    }
    return {
        table.__tablename__: sorted(map(tuple, session.execute(select(*wanted))))
        for table, wanted in columns.items()
    }


class Killing:
    """Forks, lets the child work, and kills it at a random moment.

    How long the work takes is learned as it goes, so that about half of the children are killed before their commit
    and half after, however busy the machine is.
    """

    def __init__(self, engine: Engine, work: Callable[[Session], Any], seconds: float) -> None:
        self._engine = engine
        self._work = work
        self._seconds, self._most = seconds, 20 * seconds
        self._random = random.Random(20261125)

    def once(self, session: Session) -> None:
        before = others(self._engine, session)
        session.commit()
        self._engine.dispose()  # no connection of ours goes along; the child opens its own
        gc.freeze()  # the child then copies less of our memory
        ready, told = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                with session_factory(self._engine)() as own:
                    os.write(told, b".")
                    self._work(own)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(told)
        os.read(ready, 1)
        os.close(ready)
        time.sleep(self._random.uniform(0.0, 2.0 * self._seconds))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert status in (0, signal.SIGKILL), "the child failed by itself"
        while others(self._engine, session) - before:
            time.sleep(0.001)  # the server has yet to notice that the child is gone

    def learn(self, done: bool) -> None:
        self._seconds = min(self._seconds * (0.9 if done else 1.11), self._most)


def others(engine: Engine, session: Session) -> set[int]:
    """Server processes of a PostgreSQL database but for our own; other tests may keep some."""
    if engine.dialect.name != "postgresql":
        return set()
    found = session.scalars(
        text(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )
    pids = set(found)
    session.commit()
    return pids


def seconds_of(work: Callable[[], Any], again: Callable[[], Any]) -> float:
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
        again()
    return statistics.median(taken)


def kept_rows(session: Session) -> list[tuple[Any, list[dict[str, Any]]]]:
    return [
        (table, [dict(row) for row in session.execute(select(table.__table__)).mappings()])
        for table in TABLES
    ]


def put_back(session: Session, kept: list[tuple[Any, list[dict[str, Any]]]]) -> None:
    """The tables of batches as they were."""
    for table in reversed(TABLES):
        session.execute(delete(table))
    for table, rows in kept:
        if rows:
            session.execute(insert(table.__table__), rows)
    session.commit()


def test_killed_at_any_moment_of_an_ingest_a_batch_is_wholly_there_or_wholly_absent(
    engine: Engine, tmp_path: Path
) -> None:
    path = plan_file(tmp_path)
    with session_factory(engine)() as session:

        def load() -> None:
            ingest_file(session, path, KIND)

        seconds = seconds_of(load, lambda: put_back(session, []))
        load()
        whole = data(session)
        assert (len(whole["enrolment_plan"]), len(whole["quarantined_row"])) == (23, 1)
        put_back(session, [])
        nothing = data(session)
        killing = Killing(engine, lambda child: ingest_file(child, path, KIND), seconds)
        there = 0
        for _ in range(MOMENTS):
            killing.once(session)
            found = data(session)
            assert found in (whole, nothing)
            there += found == whole
            killing.learn(found == whole)
            load()  # the same file again: whether it was there or not, the data are the same
            assert data(session) == whole
            put_back(session, [])
        assert MOMENTS // 10 <= there <= MOMENTS - MOMENTS // 10


def test_killed_at_any_moment_of_an_accept_it_is_accepted_or_held_as_before(
    engine: Engine, tmp_path: Path
) -> None:
    with session_factory(engine)() as session:
        waiting = str(ingest_file(session, plan_file(tmp_path, "b", start=13), KIND, hold=True).batch)
        # Loaded while the other waits, so that accepting has repeats to find and numbers to set.
        ingest_file(session, plan_file(tmp_path, "a"), KIND)
        held, kept = data(session), kept_rows(session)
        seconds = seconds_of(lambda: accept(session, waiting, "local"), lambda: put_back(session, kept))
        accept(session, waiting, "local")
        accepted = data(session)
        assert accepted["repeated_row"] and accepted != held
        put_back(session, kept)
        assert data(session) == held
        killing = Killing(engine, lambda child: accept(child, waiting, "local"), seconds)
        done = 0
        for _ in range(MOMENTS):
            killing.once(session)
            found = data(session)
            assert found in (held, accepted)
            done += found == accepted
            killing.learn(found == accepted)
            if found == held:
                accept(session, waiting, "local")
                assert data(session) == accepted
            put_back(session, kept)
        assert MOMENTS // 10 <= done <= MOMENTS - MOMENTS // 10


@pytest.fixture
def file_engine(tmp_path: Path) -> Iterator[Engine]:
    """An SQLite file of its own, whose limits a test may set."""
    engine = make_engine(f"sqlite:///{tmp_path / 'own.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


def test_a_full_disk_says_so_and_leaves_nothing_half_done(file_engine: Engine, tmp_path: Path) -> None:
    with session_factory(file_engine)() as session:
        ingest_file(session, plan_file(tmp_path), KIND)
        before = data(session)
        big = plan_file(tmp_path, "big", rows=1500, start=100)
        pages = session.scalar(text("PRAGMA page_count"))
        session.execute(text(f"PRAGMA max_page_count = {pages + 20}"))
        with pytest.raises(DatabaseStateError, match=r"full.*没有保存任何内容"):
            ingest_file(session, big, KIND)
        assert data(session) == before
        session.execute(text("PRAGMA max_page_count = 1000000"))
        assert ingest_file(session, big, KIND).accepted == 1499


def test_a_read_only_database_says_so(engine: Engine, session: Session, tmp_path: Path) -> None:
    report = ingest_file(session, plan_file(tmp_path), KIND)
    before = data(session)
    session.commit()
    on, off = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if engine.dialect.name == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    other = plan_file(tmp_path, "other", start=100)
    with engine.connect() as connection:
        connection.execute(text(on))
        connection.commit()
        with Session(connection) as bound:
            with pytest.raises(DatabaseStateError, match=r"(readonly|read-only).*没有保存任何内容"):
                ingest_file(bound, other, KIND)
            with pytest.raises(DatabaseStateError, match=r"readonly|read-only"):
                undo(bound, str(report.batch), "local")
        connection.rollback()
        connection.execute(text(off))
        connection.commit()
    assert data(session) == before
    assert ingest_file(session, other, KIND).accepted == 23


class Losing:
    """Ends the server's side of a connection just before its statement number `at`."""

    def __init__(self, engine: Engine, at: int) -> None:
        self._engine, self._at = engine, at
        self.statements = 0

    def __enter__(self) -> "Losing":
        event.listen(self._engine, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._count)

    def _count(self, connection: Any, *_: object) -> None:
        self.statements += 1
        if self.statements == self._at:
            pid = connection.connection.driver_connection.info.backend_pid
            with make_engine(self._engine.url.render_as_string(hide_password=False)).connect() as other:
                other.execute(text(f"SELECT pg_terminate_backend({pid}, 5000)"))


@pytest.fixture
def postgres(postgres_engine: Engine) -> Iterator[Engine]:
    yield postgres_engine
    emptied(postgres_engine)


def test_a_connection_lost_before_any_statement_leaves_nothing_half_done(
    postgres: Engine, tmp_path: Path
) -> None:
    path, other = plan_file(tmp_path), plan_file(tmp_path, "other", start=13)
    with session_factory(postgres)() as session:
        held = str(ingest_file(session, other, KIND, hold=True).batch)
        before = data(session)
        session.commit()
        for work in (lambda: ingest_file(session, path, KIND), lambda: accept(session, held, "local")):
            at = 1
            while True:
                with Losing(postgres, at) as losing:
                    try:
                        work()
                    except DatabaseStateError as error:
                        assert "没有保存任何内容" in str(error)
                if losing.statements < at:
                    break  # it ended before the statement came, and well
                assert data(session) == before, at
                session.commit()
                at += 1
            assert at > 8
            before = data(session)
            session.commit()
        assert [batch[1] for batch in before["batch"]] == ["accepted", "accepted"]


def test_personal_data_is_masked_before_it_is_stored_and_counted(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "postings.csv"
    path.write_text(
        "企业,岗位名称,岗位描述,人数\n"
        "甲公司,焊工,联系 13812345678 或 zhang@example.com,3\n"
        "甲公司,钳工,电话 13987654321,负三\n",
        "utf-8",
    )
    report = ingest_file(session, path, "postings")
    batch = session.get_one(Batch, report.batch)
    assert (report.accepted, report.quarantined) == (1, 1)
    assert batch.masked == report.masked == 3
    assert any("3 处个人信息" in warning for warning in batch.warnings)
    stored = [
        session.scalars(select(Posting)).one().description,
        str(session.scalars(select(QuarantinedRow.raw)).one()),
    ]
    for secret in ("13812345678", "zhang@example.com", "13987654321"):
        assert not any(secret in each for each in stored)
    assert session.scalar(select(func.count()).select_from(Posting)) == 1
