"""Corrected rows of the quarantine come back: each becomes a record, a repeat, or is quarantined anew, exactly once."""

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError
from app.ingest.batch import store
from app.ingest.batch_moves import get_batch
from app.ingest.batch_records import ACCEPTED, STATES
from app.ingest.delivery import Delivery
from app.ingest.intake import BatchReport
from app.ingest.kinds import KINDS
from app.ingest.quarantine import LINE, SURPLUS, cell_text
from app.ingest.reading import Row
from app.ingest.reading.json_records import row_of_line
from app.ingest.values import clean
from app.models import Batch, QuarantinedRow, now

_PART = 500
Cells = Mapping[str, Any]


@dataclass(slots=True)
class CorrectionReport:
    """What became of corrected rows. `submitted == unchanged + resolved_before + read`, and
    `read == accepted + repeated + quarantined`."""

    of: str
    """The batch whose quarantine they come from."""
    submitted: int = 0
    unchanged: int = 0
    """Rows that came back as they were: they wait on."""
    resolved_before: int = 0
    """Rows that had been resolved already: nothing happens to them."""
    read: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    """Rows that still cannot be records: they wait in the new batch, with the reason they have now."""
    waiting: int = 0
    """Open rows of the old batch that are left."""
    batch: str | None = None
    """The new batch; None where nothing was changed, or in a dry run."""
    dry_run: bool = False
    reasons: dict[str, int] = field(default_factory=dict)
    quarantine_sample: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def correct_rows(
    session: Session,
    batch_id: str,
    changes: Mapping[int, Cells],
    *,
    who: str = "",
    dry_run: bool = False,
) -> CorrectionReport:
    """Take corrected cells by quarantined row and header; cells that are not named stay as they came. Raises as above."""
    batch = get_batch(session, batch_id)
    held = held_rows(session, changes)
    if foreign := sorted(key for key, row in held.items() if row.batch_id != batch.id):
        raise InvalidInputError(
            f"隔离编号 {foreign[0]} 不属于批次 {batch.id}", remedy="用 GET /v1/quarantine?batch=… 查看编号"
        )
    known = {name for row in held.values() for name in row.raw} | set(batch.reading.get("headers", ()))
    if unknown := sorted({name for cells in changes.values() for name in cells} - known):
        raise InvalidInputError(f"原来的文件没有列“{unknown[0]}”", remedy=f"可用：{'、'.join(sorted(known))}")
    return submit_corrections(session, held, changes, who=who, dry_run=dry_run)


def submit_corrections(
    session: Session,
    held: Mapping[int, QuarantinedRow],
    changes: Mapping[int, Cells],
    *,
    who: str,
    dry_run: bool,
) -> CorrectionReport:
    """Store what was changed as a new batch that refers to the old one, and mark the old rows as resolved by it."""
    batch = get_batch(session, next(iter(held.values())).batch_id)
    if batch.state != ACCEPTED:
        raise ConflictError(
            f"批次 {batch.id} 的状态是“{STATES[batch.state]}”，不能改正它的行",
            remedy="留存的批次请先接收；撤出的批次请改正原文件后重新装入",
        )
    report = CorrectionReport(of=batch.id, submitted=len(changes), dry_run=dry_run)
    rows: list[tuple[QuarantinedRow, Row]] = []
    for key, cells in changes.items():
        old = held[key]
        if old.resolved_by is not None:
            report.resolved_before += 1
        elif (row := _corrected(old, cells)) is None:
            report.unchanged += 1
        else:
            rows.append((old, row))
    if rows:
        _count(report, _store(session, batch, rows, who=who, dry_run=dry_run))
    waiting = select(QuarantinedRow.id).where(
        QuarantinedRow.batch_id == batch.id, QuarantinedRow.resolved_by.is_(None)
    )
    report.waiting = len(session.scalars(waiting).all())
    return report


def _store(
    session: Session,
    parent: Batch,
    rows: Sequence[tuple[QuarantinedRow, Row]],
    *,
    who: str,
    dry_run: bool,
) -> BatchReport:
    ordered = sorted(rows, key=lambda pair: (pair[1].sheet, pair[1].number, pair[0].id))
    content = json.dumps(
        [parent.id, [[old.id, row.cells, row.surplus, row.broken] for old, row in ordered]],
        ensure_ascii=False,
        sort_keys=True,
    ).encode()
    reading = parent.reading
    delivery = Delivery(
        source=parent.source,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        reading={
            "format": "corrections",
            "of": parent.id,
            **{
                name: reading[name]
                for name in ("headers", "columns", "constants", "units")
                if name in reading
            },
        },
        simulated=bool(reading.get("simulated", parent.simulated)),
        licence=parent.licence,
        who=who,
        parent_id=parent.id,
    )
    report = BatchReport(kind=parent.kind, file=parent.filename, dry_run=dry_run)

    def settle(batch: Batch) -> None:
        _resolve(session, batch, [(old.id, (row.sheet, row.number)) for old, row in ordered])

    try:
        return store(
            session,
            KINDS[parent.kind],
            (row for _, row in ordered),
            delivery,
            report,
            started=time.monotonic(),
            settle=settle,
        )
    except IntegrityError as error:
        raise ConflictError(
            "另一个进程正在提交同样的改正，没有保存任何内容", remedy="请查看隔离区后再试"
        ) from error


def _resolve(session: Session, batch: Batch, rows: Sequence[tuple[int, tuple[str, int]]]) -> None:
    """Mark old rows (id, and sheet and row in the new batch as in the old) by what they became there."""

    def places(table: Any) -> set[tuple[str, int]]:
        found = session.execute(select(table.sheet, table.row).where(table.batch_id == batch.id))
        return {(sheet, row) for sheet, row in found}

    stored, failed = places(KINDS[batch.kind].model), places(QuarantinedRow)
    became: dict[str, list[int]] = defaultdict(list)
    for key, place in rows:
        became["accepted" if place in stored else "quarantined" if place in failed else "repeated"].append(
            key
        )
    moment = now()
    for resolution, keys in became.items():
        for start in range(0, len(keys), _PART):
            part = keys[start : start + _PART]
            done = session.execute(
                update(QuarantinedRow)
                .where(QuarantinedRow.id.in_(part), QuarantinedRow.resolved_by.is_(None))
                .values(resolved_by=batch.id, resolution=resolution, resolved_at=moment)
                .execution_options(synchronize_session=False)
            )
            if done.rowcount != len(part):  # type: ignore[attr-defined]
                raise ConflictError("有的行刚刚由别人改正，没有保存任何内容", remedy="请重新导出等待改正的行")


def held_rows(session: Session, keys: Mapping[int, Any]) -> dict[int, QuarantinedRow]:
    """Rows of the quarantine by id. Raises InvalidInputError where one is not there."""
    wanted = list(keys)
    found: dict[int, QuarantinedRow] = {}
    for start in range(0, len(wanted), _PART):
        part = session.scalars(
            select(QuarantinedRow)
            .where(QuarantinedRow.id.in_(wanted[start : start + _PART]))
            .execution_options(populate_existing=True)
        )
        found |= {row.id: row for row in part}
    if absent := [key for key in wanted if key not in found]:
        raise InvalidInputError(
            f"隔离区没有编号 {absent[0]}", remedy="请用最近一次导出的文件，不要改动隔离编号"
        )
    return found


def _corrected(old: QuarantinedRow, cells: Cells) -> Row | None:
    """The row with its corrected cells; None where nothing was changed."""
    changed = {
        name: value
        for name, value in cells.items()
        if clean(cell_text(value)) != clean(cell_text(old.raw.get(name)))
    }
    if not changed:
        return None
    if LINE in old.raw and LINE in changed:
        return row_of_line(old.row, str(changed[LINE]))._replace(sheet=old.sheet)
    merged = {**old.raw, **changed}
    surplus = merged.pop(SURPLUS, None)
    if isinstance(surplus, str):
        surplus = [surplus]
    kept = tuple(map(str, surplus)) if surplus and any(map(clean, surplus)) else ()
    return Row(old.row, merged, kept, sheet=old.sheet)


def _count(report: CorrectionReport, part: BatchReport) -> None:
    for name in ("read", "accepted", "repeated", "quarantined"):
        setattr(report, name, getattr(report, name) + getattr(part, name))
    for code, rows in part.reasons.items():
        report.reasons[code] = report.reasons.get(code, 0) + rows
    report.quarantine_sample += part.quarantine_sample
    report.batch = part.batch
