"""States of batches: held, accepted, rejected, undone, superseded; nothing lost and nothing counted twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.ingest import BatchReport, ingest_file
from app.ingest.batch_moves import accept, moves_of, reject, undo
from app.models import Batch, EnrolmentPlan, Posting, RepeatedRow, Run, now
from app.runs.snapshot import take_snapshot

HEADER = "院校代码,年份,生源省份,专业名称,计划数"
Load = Callable[..., BatchReport]
PROGRAMS = ("法学", "人工智能", "软件工程", "护理学", "会计学", "数学与应用数学")


def line(number: int, plan: int = 10) -> str:
    return f"10246,2025,北京,{PROGRAMS[number]},{plan}"


@pytest.fixture
def load(session: Session, tmp_path: Path) -> Load:
    def loaded(name: str, lines: list[str], kind: str = "enrolment-plan", **more: object) -> BatchReport:
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([HEADER, *lines] if kind == "enrolment-plan" else lines) + "\n", "utf-8")
        return ingest_file(session, path, kind, **more)  # type: ignore[arg-type]

    return loaded


def counted(session: Session) -> list[tuple[str, int]]:
    """What the next run would read."""
    by_code = {"030101K": "法学", "080717T": "人工智能", "080902": "软件工程"}
    by_code |= {"101101": "护理学", "101101K": "护理学", "120203K": "会计学", "070101": "数学与应用数学"}
    return sorted((by_code[row.program_codes[0]], row.plan) for row in take_snapshot(session).plans)


def named(*numbers: int, plan: int = 10) -> list[tuple[str, int]]:
    return sorted((PROGRAMS[number], plan) for number in numbers)


def states(session: Session) -> dict[str, str]:
    session.expire_all()
    return {batch.id: batch.state for batch in session.scalars(select(Batch))}


def adds_up(session: Session) -> bool:
    session.expire_all()
    batches = session.scalars(select(Batch)).all()
    stored = dict(
        session.execute(select(EnrolmentPlan.batch_id, func.count()).group_by(EnrolmentPlan.batch_id)).all()  # type: ignore[arg-type]
    )
    return all(
        b.read == b.accepted + b.repeated + b.quarantined and stored.get(b.id, 0) == b.accepted
        for b in batches
    )


def test_by_default_a_batch_counts_at_once_and_says_who_and_under_which_terms(
    session: Session, load: Load
) -> None:
    report = load("a", [line(0)], who="张三", licence="公开信息")
    batch = session.get_one(Batch, report.batch)
    assert (report.state, batch.state, batch.who, batch.licence) == (
        "accepted",
        "accepted",
        "张三",
        "公开信息",
    )
    steps = [(move.from_state, move.to_state, move.who) for move in moves_of(session, batch.id)]
    assert steps == [
        ("", "received", "张三"),
        ("received", "validated", "张三"),
        ("validated", "accepted", "张三"),
    ]


def test_a_held_batch_counts_only_once_it_is_accepted(session: Session, load: Load) -> None:
    load("a", [line(0)])
    held = load("b", [line(0), line(1), line(2)], hold=True)
    assert held.state == "validated"
    assert (held.read, held.accepted, held.repeated) == (3, 2, 1)
    assert counted(session) == named(0)
    again = load("b", [line(0), line(1), line(2)])
    assert again.already and again.state == "validated"
    moved = accept(session, str(held.batch), "李四", "核对过")
    assert (moved.batch.state, moved.batch.accepted, moved.batch.repeated) == ("accepted", 2, 1)
    assert counted(session) == named(0, 1, 2)
    last = moves_of(session, str(held.batch))[-1]
    assert (last.from_state, last.to_state, last.who, last.note) == (
        "validated",
        "accepted",
        "李四",
        "核对过",
    )
    with pytest.raises(ConflictError, match="已接收"):
        accept(session, str(held.batch), "李四")
    assert adds_up(session)


def test_what_others_did_while_a_batch_was_held_is_heeded(session: Session, load: Load) -> None:
    first = load("a", [line(0)])
    held = load("b", [line(0), line(1), line(2)], hold=True)
    other = load("c", [line(1)])  # the held row is no record yet, so this one is
    assert other.accepted == 1
    undo(session, str(first.batch), "local")  # the held batch's repeat has lost its first copy
    assert counted(session) == named(1)
    moved = accept(session, str(held.batch), "local")
    assert (moved.batch.accepted, moved.batch.repeated) == (2, 1)
    assert counted(session) == named(0, 1, 2)
    assert adds_up(session)


def test_a_rejected_batch_never_counts_and_may_come_again(session: Session, load: Load) -> None:
    held = load("a", [line(0), line(1)], hold=True)
    assert reject(session, str(held.batch), "local", "不是正式数").batch.state == "rejected"
    assert counted(session) == []
    with pytest.raises(ConflictError, match="不能接收"):
        accept(session, str(held.batch), "local")
    again = load("a", [line(0), line(1)])
    assert (again.already, again.accepted, again.repeated) == (False, 2, 0)
    assert counted(session) == named(0, 1)
    with pytest.raises(NotFoundError):
        undo(session, "none", "local")


def test_undoing_brings_back_the_rows_that_had_been_repeats_of_it(session: Session, load: Load) -> None:
    a = load("a", [line(0), line(1), line(2)])
    b = load("b", [line(1), line(2), line(3)])
    c = load("c", [line(2), line(4)])
    before = counted(session)
    run = Run(
        profile="shanghai", profile_digest="", parameters={}, model_version="", reference_digest="",
        snapshot_digest=take_snapshot(session).digest, batch_ids=list(take_snapshot(session).batch_ids),
        summary={}, warnings=[], state="finished", started_at=now(),
    )  # fmt: skip
    moved = undo(session, str(a.batch), "local", "发错了")
    assert counted(session) == named(1, 2, 3, 4)
    assert len(moved.restored) == 1
    back = session.get_one(Batch, moved.restored[0])
    assert (back.parent_id, back.read, back.accepted) == (b.batch, 2, 2)
    assert str(b.batch) < back.id < str(c.batch)  # what was sent later goes on being later
    assert adds_up(session)
    # the run that was made keeps what it read, bit for bit
    assert len(take_snapshot(session, of=run).plans) == len(before)
    # b goes, and with it what had been brought back for it; c's repeat is brought back in its turn
    moved = undo(session, str(b.batch), "local")
    assert moved.taken_out == (back.id,)
    assert counted(session) == named(2, 4)
    assert session.get_one(Batch, moved.restored[0]).parent_id == c.batch
    undo(session, str(c.batch), "local")
    assert counted(session) == []
    assert load("a", [line(0), line(1), line(2)]).accepted == 3
    assert counted(session) == named(0, 1, 2)
    assert adds_up(session)


def test_a_newer_batch_takes_the_place_of_an_older_one(session: Session, load: Load) -> None:
    old = load("old", [line(0), line(1), line(2)], source="学校甲")
    other = load("other", [line(1), line(3)], source="学校乙")
    new = load("new", [line(0), line(2, plan=20)], source="学校甲", supersede=True)
    assert (new.accepted, new.repeated, new.superseded) == (2, 0, [old.batch])
    assert states(session)[str(old.batch)] == "superseded"
    assert counted(session) == sorted(named(0, 1, 3) + named(2, plan=20))
    assert states(session)[str(other.batch)] == "accepted"
    assert adds_up(session)


def test_a_held_batch_supersedes_when_it_is_accepted(session: Session, load: Load) -> None:
    old = load("old", [line(0), line(1)], source="学校甲")
    held = load("new", [line(0), line(2)], source="学校甲", supersede=True, hold=True)
    assert (held.accepted, held.repeated) == (2, 0)
    assert counted(session) == named(0, 1)
    moved = accept(session, str(held.batch), "local")
    assert moved.taken_out == (old.batch,)
    assert counted(session) == named(0, 2)
    assert adds_up(session)


POSTINGS = ["编号,企业,岗位名称,人数", "P-1,甲公司,焊工,3", "P-2,甲公司,钳工,2"]


def test_postings_with_ids_of_their_own_can_be_undone_and_come_again(session: Session, load: Load) -> None:
    first = load("p", POSTINGS, "postings")
    undo(session, str(first.batch), "local")
    assert take_snapshot(session).postings == ()
    second = load("q", [*POSTINGS[:2], "P-2,甲公司,钳工,5"], "postings")
    assert (second.accepted, second.quarantined) == (2, 0)
    assert sorted((row.id, row.heads) for row in take_snapshot(session).postings) == [("P-1", 3), ("P-2", 5)]
    assert session.scalar(select(func.count()).select_from(Posting)) == 4
    third = load("r", [*POSTINGS[:2], "P-3,甲公司,钳工,5"], "postings")
    assert third.repeated == 1
    undo(session, str(second.batch), "local")
    assert sorted((row.id, row.heads) for row in take_snapshot(session).postings) == [("P-1", 3), ("P-3", 5)]
    with pytest.raises(InvalidInputError, match="自带编号"):
        load("s", [*POSTINGS, "P-4,甲公司,焊工,1"], "postings", hold=True, supersede=True)


def test_a_dry_run_changes_nothing(session: Session, load: Load) -> None:
    load("a", [line(0)], source="甲")
    report = load("b", [line(0), line(1)], source="甲", dry_run=True, supersede=True)
    assert (report.read, report.accepted, report.state) == (2, 2, "")
    assert counted(session) == named(0)
    assert len(states(session)) == 1
    assert session.scalar(select(func.count()).select_from(RepeatedRow)) == 0
