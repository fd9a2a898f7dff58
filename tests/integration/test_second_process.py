"""A second process that reads and makes ready: what is stored is the same to the last value, whatever goes wrong too."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.errors import ChanjiaoError, ReaderLostError, UnreadableFileError
from app.ingest import ingest_file, second_process
from app.ingest.mappings import ColumnMapping
from app.ingest.preparation import Prepared
from app.models import (
    Batch,
    EnrolmentPlan,
    EnterpriseStatus,
    Outcome,
    Posting,
    QuarantinedRow,
    RepeatedRow,
    RowNote,
)
from tests.conftest import emptied

TABLES: tuple[Any, ...] = (
    EnrolmentPlan,
    EnterpriseStatus,
    Outcome,
    Posting,
    QuarantinedRow,
    RepeatedRow,
    RowNote,
)
NEVER = sys.maxsize
CREDIT_CODE = "91990000DEMA00013U"

PLAN = "学校,层次,年份,生源省份,专业名称,备注,计划数"
PLAN_TOP = ["招生计划,,,,,,", "单位：百人,,,,,,", PLAN]
PROVINCES = ("北京", "江苏", "上海", "天津")
SCHOOLS = ("复旦大学", "上海交通大学", "上海电子信息职业技术学院")


def plan_lines(rows: int, first: int = 0) -> list[str]:
    """Good rows, repeats (in the first chunk and across two), guesses, personal numbers, and what is no record."""
    lines = [
        f"{SCHOOLS[n % 2]},本科,{2020 + n % 8},{PROVINCES[n % 4]},法学,第{n}行,0.{n % 90 + 10}"
        for n in range(first, first + rows)
    ]
    odd = {
        7: "复旦大学,本科,2025,北京,炼金学,联系 13812345678,0.05",
        13: lines[3],
        55: PLAN,
        99: "合计,,,,,,1.5",
        101: "上海电子信息职业技术学院,高职,2025,上海,会计,电话 13987654321,0.3",
        150: "复旦大学,本科,2025,北京,法学,多一格,0.4,多,余",
        160: "复旦大学,本科,2025,北京,法\0学,零字节,0.41",
        300: "复旦大学,本科,2025,北京,法学,负数,-1",
        301: lines[5],
        302: '复旦大学,本科,2025,北京,法学,"引号里\n换行 hr@example.com",0.43',
        303: "注：以上为第一批,,,,,,",
    }
    return [odd.get(place, line) for place, line in enumerate(lines)]


def plan_file(folder: Path, rows: int, first: int = 0, name: str = "plan.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([*PLAN_TOP, *plan_lines(rows, first)]) + "\n", "utf-8")
    return path


def outcomes_file(folder: Path) -> Path:
    path = folder / "outcomes.tsv"
    rates = ["93.5", "0.8", "88", "0.75%", "101", "77.25"]
    lines = [f"上海电子信息职业技术学院\t高职\t会计\t{2020 + n}\t{rate}" for n, rate in enumerate(rates)]
    path.write_text("\n".join(["学校\t层次\t专业\t届别\t对口率（%）", *lines]) + "\n", "gb18030")
    return path


def postings_file(folder: Path) -> Path:
    path = folder / "postings.csv"
    lines = [
        "a1,示例芯片有限公司,测试工程师,电话 13812345678,3",
        "a2,示例芯片有限公司,护士,写明,2",
        "a1,示例企业,装调工,电话 13912345678,3",
        "a3,示例芯片公司,焊工,像是名单里的企业,1",
        "a4,示例企业,焊工,,负三",
        ",示例企业,焊工,,4",
    ]
    path.write_text("\n".join(["编号,企业,岗位名称,岗位描述,人数", *lines]) + "\n", "utf-8")
    return path


def register_file(folder: Path) -> Path:
    path = folder / "register.csv"
    path.write_text(
        f"统一社会信用代码,企业名称,状态,起始日期\n{CREDIT_CODE},示例芯片有限公司,储备,2020-01-01\n", "utf-8"
    )
    return path


@pytest.fixture
def sqlite(sqlite_engine: Engine) -> Iterator[Engine]:
    yield sqlite_engine
    emptied(sqlite_engine)


@pytest.fixture
def short_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is a chunk or two ahead, no more."""
    monkeypatch.setattr(second_process, "_PIPE", 1 << 12)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[second_process.Child]:
    """Every child that takes over, which is after the first chunk; for files of any size and on any number of cores."""
    at_work: list[second_process.Child] = []
    receive = second_process._received

    def received(child: second_process.Child, path: Path) -> Iterator[Prepared]:
        at_work.append(child)
        return receive(child, path)

    def there(answer: second_process._Answer) -> bool:
        answer.join()
        return answer._there

    monkeypatch.setattr(second_process, "_received", received)
    monkeypatch.setattr(second_process._Answer, "there", there)
    monkeypatch.setattr(second_process, "_cores", lambda: 2)
    monkeypatch.setattr(second_process, "FROM_SIZE", 0)
    return at_work


def everything(session: Session) -> dict[str, list[Any]]:
    """All that batches hold, without the keys that the database gives and without times."""
    numbers = {batch: str(n) for n, batch in enumerate(session.scalars(select(Batch.id).order_by(Batch.id)))}
    found: dict[str, list[Any]] = {}
    for table in TABLES:
        rows = session.execute(select(table.__table__).order_by(table.id)).mappings()
        found[table.__tablename__] = [
            {
                name: numbers.get(value, value) if isinstance(value, str) else value
                for name, value in row.items()
                if not isinstance(value, datetime) and (name != "id" or isinstance(value, str))
            }
            for row in rows
        ]
    batches = session.scalars(select(Batch).order_by(Batch.id))
    found["batch"] = [
        (
            b.kind,
            b.state,
            b.simulated,
            b.reading,
            b.read,
            b.accepted,
            b.repeated,
            b.quarantined,
            b.masked,
            b.warnings,
        )
        for b in batches
    ]
    return found


def test_what_two_processes_store_is_what_one_stores(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    children: list[second_process.Child],
) -> None:
    (more := tmp_path / "more").mkdir()
    register = register_file(tmp_path)
    files = [
        (plan_file(tmp_path, 700), "enrolment-plan"),
        (plan_file(more, 620, first=300), "enrolment-plan"),  # many of them in the batch before
        (outcomes_file(tmp_path), "outcomes"),
        (postings_file(tmp_path), "postings"),
    ]

    def loaded(size: int) -> list[Any]:
        monkeypatch.setattr(second_process, "FROM_SIZE", NEVER)
        found: list[Any] = []
        with session_factory(engine)() as session:
            ingest_file(session, register, "enterprise-register")
            monkeypatch.setattr(second_process, "FROM_SIZE", size)
            for path, kind in files:
                report = ingest_file(session, path, kind)
                found.append(report.as_dict() | {"batch": None, "seconds": 0})
            found.append(everything(session))
        emptied(engine)
        return found

    one, two = loaded(NEVER), loaded(0)
    assert two == one
    assert len(children) == len(files)
    assert all(child.returncode is not None for child in children)
    # and it is no small thing that is the same
    stored = one[-1]
    assert {name for name, rows in stored.items() if not rows} == set()
    reasons = {code for report in one[:-1] for code in report["reasons"]}
    assert {"unknown_program", "header_again", "not_a_program", "surplus_cells", "note_row"} <= reasons
    assert {"ambiguous_rate", "id_taken"} <= reasons
    assert any("百人" in warning for warning in one[0]["warnings"])
    assert (one[0]["repeated"], one[3]["masked"]) == (2, 2)
    assert one[1]["repeated"] > 300 and len(stored["repeated_row"]) > 300
    assert {row["plan"] for row in stored["enrolment_plan"]} == set(range(10, 100))


def some_stored(session: Session) -> int:
    found = sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Batch, *TABLES))
    session.commit()
    return found


def failure(session: Session, path: Path) -> ChanjiaoError:
    with pytest.raises(ChanjiaoError) as caught:
        ingest_file(session, path, "enrolment-plan")
    assert some_stored(session) == 0
    return caught.value


def test_an_error_in_the_middle_of_the_file_is_the_same_error(
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    children: list[second_process.Child],
) -> None:
    path = plan_file(tmp_path, 400)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"复旦大学,本科,2025,北京,法学,{'字' * 5_000_001},3\n")
    two = failure(session, path)
    assert [child.returncode is not None for child in children] == [True]
    monkeypatch.setattr(second_process, "FROM_SIZE", NEVER)
    one = failure(session, path)
    assert type(two) is type(one) is UnreadableFileError
    assert (str(two), two.remedy, two.where) == (str(one), one.remedy, one.where)
    assert two.where["行"] == 405
    assert len(children) == 1


@pytest.mark.usefixtures("short_pipe")
def test_a_reader_that_is_killed_is_a_clear_error_and_nothing_is_stored(
    session: Session, tmp_path: Path, children: list[second_process.Child]
) -> None:
    path = plan_file(tmp_path, 2000)

    def kill(read: int) -> None:
        if read == 500:
            os.kill(children[-1].pid, signal.SIGKILL)

    with pytest.raises(ReaderLostError, match=r"信号 9.*没有保存任何内容.*plan\.csv.*再装一次"):
        ingest_file(session, path, "enrolment-plan", progress=kill)
    assert some_stored(session) == 0
    report = ingest_file(session, path, "enrolment-plan")
    assert report.accepted == session.scalar(select(func.count()).select_from(EnrolmentPlan)) > 1900


@pytest.mark.usefixtures("short_pipe")
def test_a_reader_ends_with_whoever_waits_for_it(
    session: Session, tmp_path: Path, children: list[second_process.Child]
) -> None:
    path = plan_file(tmp_path, 2000)

    def interrupt(read: int) -> None:
        if read == 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest_file(session, path, "enrolment-plan", progress=interrupt)
    assert some_stored(session) == 0
    assert [child.returncode for child in children] == [-signal.SIGKILL]


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false", ""])
def test_where_no_reader_can_be_started_one_process_does_it_all(
    sqlite: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    children: list[second_process.Child],
    program: str,
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with session_factory(sqlite)() as session:
        report = ingest_file(session, plan_file(tmp_path, 320), "enrolment-plan")
    assert report.read == 320
    assert children == []


def test_a_file_put_in_its_place_meanwhile_is_not_mixed_with_it(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, children: list[second_process.Child]
) -> None:
    path = plan_file(tmp_path, 320)
    start = second_process._started

    def replaced(again: second_process.Again) -> second_process.Child | None:
        (other := tmp_path / "other").write_text(PLAN.replace("计划数", "计划招生数") + "\n", "utf-8")
        other.replace(path)
        return start(again)

    monkeypatch.setattr(second_process, "_started", replaced)
    with session_factory(sqlite)() as session:
        assert ingest_file(session, path, "enrolment-plan").read == 320
    assert children == []


@pytest.mark.usefixtures("short_pipe")
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_reader_ends_when_its_parent_is_killed(
    sqlite: Engine, tmp_path: Path, children: list[second_process.Child]
) -> None:
    path = plan_file(tmp_path, 2000)
    told, tell = os.pipe()

    def die(read: int) -> None:
        if read < 500:
            return
        os.write(tell, str(children[-1].pid).encode())
        os.kill(os.getpid(), signal.SIGKILL)

    parent = os.fork()
    if parent == 0:
        try:
            with session_factory(sqlite)() as session:
                ingest_file(session, path, "enrolment-plan", progress=die)
        finally:
            os._exit(1)
    os.close(tell)
    reader = os.read(told, 20).decode()
    os.close(told)
    assert os.waitpid(parent, 0)[1] == signal.SIGKILL
    until = time.monotonic() + 60
    while running(reader):
        assert time.monotonic() < until, "the reader goes on without its parent"
        time.sleep(0.01)
    with session_factory(sqlite)() as session:
        assert some_stored(session) == 0


def running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_second_process_is_for_large_delimited_files_and_a_second_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plan_file(tmp_path, 10)
    size = path.stat().st_size

    def worthwhile(format_: str, from_size: int, cores: int) -> bool:
        monkeypatch.setattr(second_process, "FROM_SIZE", from_size)
        monkeypatch.setattr(second_process, "_cores", lambda: cores)
        again = second_process.Again(path, "enrolment-plan", ColumnMapping(), (), {"format": format_})
        return again.worthwhile()

    assert worthwhile("csv", size, 2)
    assert not worthwhile("csv", size + 1, 2)
    assert not worthwhile("csv", size, 1)
    assert not worthwhile("jsonl", size, 2)
