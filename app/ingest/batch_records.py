"""Records of batches: those that count, and those that do not (held, rejected, undone, superseded).

A record that does not count stays in its table, for runs that read it; the id of its batch stands before its
fingerprint, so that the same content may come again. Which batches count is told by their state alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, func, insert, literal, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from app.ingest.kinds import KINDS
from app.models import Base, Batch, BatchMove, RepeatedRow, new_id, now

RECEIVED, VALIDATED, ACCEPTED = "received", "validated", "accepted"
REJECTED, SUPERSEDED = "rejected", "superseded"
STANDING = (RECEIVED, VALIDATED, ACCEPTED)
OUT = (REJECTED, SUPERSEDED)
STATES = {
    RECEIVED: "已收到",
    VALIDATED: "已检查，等待决定",
    ACCEPTED: "已接收",
    REJECTED: "已拒绝或撤回",
    SUPERSEDED: "已被取代",
}
RESTORED = "restored"
SHA256 = 64
_PART = 500
_AFTER_THE_BATCH: Any = literal_column(str(len(new_id()) + 2))
"""Where the fingerprint begins, 1-based; no parameter, so that PostgreSQL can group by it."""


class Place(NamedTuple):
    """A record, and the row of another batch that has the same content."""

    record: Any
    sheet: str
    row: int
    fingerprint: str


def model_of(batch: Batch) -> Any:
    return KINDS[batch.kind].model


def names_its_own(model: type[Base]) -> bool:
    """Whether records of the table bring their ids along, as postings do."""
    column = model.__table__.columns["id"]
    return column.type.python_type is str and column.default is None


def withhold(session: Session, batch: Batch) -> None:
    """Let the records of a batch count no more."""
    model = model_of(batch)
    session.execute(
        update(model)
        .where(model.batch_id == batch.id, func.length(model.fingerprint) == SHA256)
        .values(fingerprint=literal(f"{batch.id}:") + model.fingerprint)
        .execution_options(synchronize_session=False)
    )


def unwithhold(session: Session, batch: Batch) -> None:
    """The opposite, where no other record can have taken the place meanwhile."""
    model = model_of(batch)
    session.execute(
        update(model)
        .where(model.batch_id == batch.id, func.length(model.fingerprint) > SHA256)
        .values(fingerprint=_content(model))
        .execution_options(synchronize_session=False)
    )


def release(session: Session, batch: Batch) -> None:
    """Let the records of a held batch count, and set its numbers by what other batches did since it was checked.

    A row that another batch has by now becomes a repeat; a repeat whose first copy is gone becomes a record again.
    """
    model = model_of(batch)
    other = aliased(model)
    taken = session.execute(
        select(model.id, model.sheet, model.row, _content(model)).where(
            model.batch_id == batch.id, exists().where(other.fingerprint == _content(model))
        )
    ).all()
    for part in _parts(taken):
        session.execute(
            insert(RepeatedRow),
            [
                {"batch_id": batch.id, "sheet": sheet, "row": row, "fingerprint": content}
                for _, sheet, row, content in part
            ],
        )
        session.execute(delete(model).where(model.id.in_([key for key, *_ in part])))
    unwithhold(session, batch)
    lost = session.execute(
        select(RepeatedRow.id, RepeatedRow.sheet, RepeatedRow.row, RepeatedRow.fingerprint).where(
            RepeatedRow.batch_id == batch.id, ~exists().where(other.fingerprint == RepeatedRow.fingerprint)
        )
    ).all()
    found = 0
    for part in _parts(lost):
        rows = {content: (sheet, row) for _, sheet, row, content in part}
        copies = session.execute(
            select(_content(model), func.min(model.id))
            .join(Batch, Batch.id == model.batch_id)
            .where(Batch.state.in_(OUT), _content(model).in_(rows))
            .group_by(_content(model))
        ).all()
        _copy(session, model, batch.id, [Place(key, *rows[content], content) for content, key in copies])
        gone = [key for key, *_, content in part if content in {c for c, _ in copies}]
        session.execute(delete(RepeatedRow).where(RepeatedRow.id.in_(gone)))
        found += len(copies)
    batch.accepted += found - len(taken)
    batch.repeated += len(taken) - found


def restore(session: Session, taken_out: Sequence[Batch], who: str) -> list[Batch]:
    """Bring back rows of batches that count, which were repeats of rows taken out just now.

    They come as a batch of their own beside the one they were sent in: what a run read of that one stays as it was.
    """
    made: list[Batch] = []
    for out in taken_out:
        model = model_of(out)
        live = aliased(model)
        found = session.execute(
            select(
                RepeatedRow.batch_id, RepeatedRow.sheet, RepeatedRow.row, RepeatedRow.fingerprint, model.id
            )
            .join(Batch, Batch.id == RepeatedRow.batch_id)
            .join(model, model.fingerprint == literal(f"{out.id}:") + RepeatedRow.fingerprint)
            .where(Batch.state == ACCEPTED, ~exists().where(live.fingerprint == RepeatedRow.fingerprint))
            .order_by(RepeatedRow.batch_id, RepeatedRow.sheet, RepeatedRow.row)
        ).all()
        first: dict[str, tuple[str, Place]] = {}
        for batch_id, sheet, row, content, key in found:
            first.setdefault(content, (batch_id, Place(key, sheet, row, content)))
        grouped: dict[str, list[Place]] = defaultdict(list)
        for batch_id, place in first.values():
            grouped[batch_id].append(place)
        made += [
            _restored(session, session.get_one(Batch, batch_id), out, rows, who)
            for batch_id, rows in sorted(grouped.items())
        ]
    return made


def _restored(session: Session, parent: Batch, out: Batch, rows: Sequence[Place], who: str) -> Batch:
    content = "\n".join([parent.id, out.id, *(place.fingerprint for place in rows)])
    moment = now()
    batch = Batch(
        id=_just_after(session, parent),
        kind=out.kind,
        source=parent.source,
        licence=parent.licence,
        filename=parent.filename,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        size_bytes=0,
        state=ACCEPTED,
        who=who,
        parent_id=parent.id,
        simulated=parent.simulated,
        reading={
            "format": RESTORED,
            "of": parent.id,
            "undone": out.id,
            **{key: parent.reading[key] for key in ("sheet", "columns") if key in parent.reading},
        },
        read=len(rows),
        accepted=len(rows),
        repeated=0,
        quarantined=0,
        warnings=[f"这些行在批次 {parent.id} 中是批次 {out.id} 的重复；后者撤出后，在此补回"],
        accepted_at=moment,
        seconds=0.0,
    )
    session.add(batch)
    session.flush()
    session.execute(
        insert(BatchMove),
        [{"batch_id": batch.id, "to_state": ACCEPTED, "at": moment, "who": who, "note": batch.warnings[0]}],
    )
    _copy(session, model_of(out), batch.id, rows)
    return batch


def _just_after(session: Session, parent: Batch) -> str:
    """An id that sorts right behind the parent's: where later entries go before earlier ones, they do so still."""
    start, number = parent.id[:-12], int(parent.id[-12:], 16)
    while True:
        number += 1
        made = f"{start}{number % 16**12:012x}"
        if session.get(Batch, made) is None:
            return made


def free_ids(session: Session, model: type[Base], ids: Iterable[str]) -> None:
    """Let ids that records of rejected, undone or superseded batches have be given again: those get new ones."""
    key: Any = model.__table__.columns["id"]
    of: Any = model.__table__.columns["batch_id"]
    held = session.scalars(
        select(key).join(Batch, Batch.id == of).where(key.in_(list(ids)), Batch.state.in_(OUT))
    )
    for old in held.all():
        session.execute(update(model.__table__).where(key == old).values(id=new_id()))  # type: ignore[arg-type]


def _copy(session: Session, model: Any, batch_id: str, rows: Sequence[Place]) -> None:
    """Records once more, as rows of another batch."""
    table = model.__table__
    own = names_its_own(model)
    for part in _parts(rows):
        places = {place.record: place for place in part}
        found = session.execute(select(table).where(table.c.id.in_(places))).mappings().all()
        if own:
            free_ids(session, model, places)
        copies = []
        for record in found:
            place = places[record["id"]]
            copy = {**record, "batch_id": batch_id, "sheet": place.sheet, "row": place.row}
            copies.append(copy | {"fingerprint": place.fingerprint})
            if not own:
                del copies[-1]["id"]
        session.execute(insert(table), copies)


def _content(model: Any) -> Any:
    """The fingerprint without the batch before it."""
    return func.substr(model.fingerprint, _AFTER_THE_BATCH)


def _parts(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + _PART] for start in range(0, len(rows), _PART))
