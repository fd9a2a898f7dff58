"""Moves of a batch 批次状态: received → validated → accepted | rejected | superseded; and undoing an accepted one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.ingest.batch_records import (
    ACCEPTED,
    OUT,
    REJECTED,
    STATES,
    SUPERSEDED,
    VALIDATED,
    release,
    restore,
    withhold,
)
from app.ingest.batch_transaction import whole
from app.models import Batch, BatchMove, QuarantinedRow, now


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did, beside the batch itself."""

    batch: Batch
    taken_out: tuple[str, ...] = ()
    """Other batches that do not count any more: superseded ones, or those that hang on an undone one."""
    restored: tuple[str, ...] = ()
    """Batches made of rows that had been repeats of what was taken out."""
    reopened: int = 0
    """Quarantined rows that wait again, since their correction was taken out."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "batch": self.batch.id,
            "state": self.batch.state,
            **{name: getattr(self.batch, name) for name in ("read", "accepted", "repeated", "quarantined")},
            "taken_out": list(self.taken_out),
            "restored": list(self.restored),
            "reopened": self.reopened,
        }


def get_batch(session: Session, batch_id: str) -> Batch:
    """Raises NotFoundError."""
    batch = session.get(Batch, batch_id) if batch_id.isprintable() else None
    if batch is None:
        raise NotFoundError(f"没有批次 {batch_id}", remedy="用 chanjiao batches list 或 GET /v1/batches 查看")
    return batch


def accept(session: Session, batch_id: str, who: str, note: str = "") -> Moved:
    """Let a held batch count, in one transaction that this function commits.

    Raises NotFoundError, and ConflictError where the batch is not held or another process was first.
    """
    with whole(session), _alone(batch_id):
        batch = get_batch(session, batch_id)
        _only_from(batch, VALIDATED, "接收")
        out = supersede_earlier(session, batch, who) if batch.supersedes else TakenOut()
        move(session, batch, ACCEPTED, who, note)
        batch.accepted_at = now()
        release(session, batch)
        session.flush()
        restored = restore(session, out.batches, who)
        session.commit()
    return Moved(batch, out.ids, tuple(each.id for each in restored), out.reopened)


def reject(session: Session, batch_id: str, who: str, note: str = "") -> Moved:
    """Turn a held batch down, in one transaction. Raises as `accept`."""
    with whole(session):
        batch = get_batch(session, batch_id)
        _only_from(batch, VALIDATED, "拒绝")
        out = take_out(session, batch, REJECTED, who, note)
        session.commit()
    return Moved(batch, tuple(each for each in out.ids if each != batch.id), (), out.reopened)


def undo(session: Session, batch_id: str, who: str, note: str = "") -> Moved:
    """Take an accepted batch out, with what hangs on it (corrections of its quarantine, rows brought back).

    The next run reads none of it. Rows of other batches that had been repeats of its rows are brought back; rows of
    a quarantine that it had resolved wait again. Runs that read it stay as they are. One transaction; raises as `accept`.
    """
    with whole(session), _alone(batch_id):
        batch = get_batch(session, batch_id)
        _only_from(batch, ACCEPTED, "撤回")
        out = take_out(session, batch, REJECTED, who, note or "撤回")
        restored = restore(session, out.batches, who)
        session.commit()
    return Moved(
        batch,
        tuple(each for each in out.ids if each != batch.id),
        tuple(each.id for each in restored),
        out.reopened,
    )


@dataclass(frozen=True, slots=True)
class TakenOut:
    batches: tuple[Batch, ...] = ()
    reopened: int = 0

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(batch.id for batch in self.batches)


def supersede_earlier(session: Session, batch: Batch, who: str) -> TakenOut:
    """Take out the accepted batches of the same kind and source, but for the batch itself."""
    gone: dict[str, Batch] = {}
    reopened = 0
    for each in standing_of(session, batch):
        if each.id not in gone:
            out = take_out(session, each, SUPERSEDED, who, f"由批次 {batch.id} 取代")
            gone |= {other.id: other for other in out.batches}
            reopened += out.reopened
    return TakenOut(tuple(gone.values()), reopened)


def standing_of(session: Session, batch: Batch) -> tuple[Batch, ...]:
    """The accepted batches of its kind and source, but for itself."""
    return tuple(
        session.scalars(
            select(Batch)
            .where(
                Batch.kind == batch.kind,
                Batch.source == batch.source,
                Batch.state == ACCEPTED,
                Batch.id != batch.id,
            )
            .order_by(Batch.id)
        )
    )


def take_out(session: Session, batch: Batch, state: str, who: str, note: str) -> TakenOut:
    """Let a batch and those that hang on it count no more, in the caller's transaction; nothing is brought back yet."""
    out = [batch]
    for each in out:
        out += session.scalars(
            select(Batch).where(Batch.parent_id == each.id, Batch.state.not_in(OUT)).order_by(Batch.id)
        )
    for each in out:
        move(session, each, state, who, note if each is batch else f"随批次 {batch.id}：{note}")
        withhold(session, each)
    ids = [each.id for each in out]
    reopened = session.scalar(
        select(func.count())
        .select_from(QuarantinedRow)
        .join(Batch, Batch.id == QuarantinedRow.batch_id)
        .where(QuarantinedRow.resolved_by.in_(ids), Batch.state.not_in(OUT))
    )
    session.execute(
        update(QuarantinedRow)
        .where(QuarantinedRow.resolved_by.in_(ids))
        .values(resolved_by=None, resolution="", resolved_at=None)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    return TakenOut(tuple(out), reopened or 0)


def move(session: Session, batch: Batch, state: str, who: str, note: str = "") -> None:
    """Change the state of a batch and note it. Raises ConflictError where somebody else was first."""
    session.flush()
    changed = session.execute(
        update(Batch)
        .where(Batch.id == batch.id, Batch.state == batch.state)
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError(
            f"批次 {batch.id} 的状态刚刚被改动，没有保存任何内容", remedy="请查看批次的状态后再试"
        )
    noted(session, batch.id, [(batch.state, state)], who, note)
    session.refresh(batch, ["state"])


def noted(
    session: Session, batch_id: str, steps: Sequence[tuple[str, str]], who: str, note: str = ""
) -> None:
    moment = now()
    session.execute(
        insert(BatchMove),
        [
            {
                "batch_id": batch_id,
                "from_state": one,
                "to_state": other,
                "at": moment,
                "who": who,
                "note": note,
            }
            for one, other in steps
        ],
    )


def moves_of(session: Session, batch_id: str) -> list[BatchMove]:
    """Every change of state, oldest first."""
    return list(
        session.scalars(select(BatchMove).where(BatchMove.batch_id == batch_id).order_by(BatchMove.id))
    )


def _only_from(batch: Batch, state: str, verb: str) -> None:
    if batch.state != state:
        raise ConflictError(
            f"批次 {batch.id} 的状态是“{STATES.get(batch.state, batch.state)}”，不能{verb}",
            remedy=f"只有“{STATES[state]}”的批次可以{verb}",
        )


@contextmanager
def _alone(batch_id: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(
            f"另一个进程正在写入与批次 {batch_id} 相同的内容，没有保存任何改动", remedy="请稍后再试"
        ) from error
