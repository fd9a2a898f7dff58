"""The quarantine 隔离区: rows that could not become records, listed, and exported to be corrected."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.errors import InvalidInputError
from app.ingest.batch_moves import get_batch
from app.ingest.batch_records import OUT
from app.ingest.spreadsheet import write_csv, write_xlsx
from app.ingest.values import clean
from app.models import Batch, QuarantinedRow

BEFORE = ("隔离编号", "文件", "工作表", "行")
"""Columns of an export before the original ones; the first tells which row is corrected."""
AFTER = ("出错的列", "出错的值", "原因", "如何改正")
SURPLUS, LINE = "多余", "line"
"""Where a row keeps cells beyond the header, and a line that could not be taken apart at all."""
OPEN, RESOLVED = "open", "resolved"
RESOLUTIONS = {"accepted": "已接收", "repeated": "与已有的行相同", "quarantined": "改正后仍被隔离"}


def quarantined(
    *, batch: str | None = None, kind: str | None = None, reason: str | None = None, state: str | None = OPEN
) -> Select[QuarantinedRow, Batch]:
    """Rows of the quarantine with their batches, in order of batch, sheet and row.

    `state`: `open` rows wait to be corrected, those of batches taken out do not; `resolved` ones came again in another
    batch; None gives all.
    """
    found = select(QuarantinedRow, Batch).join(Batch, Batch.id == QuarantinedRow.batch_id)
    if batch is not None:
        found = found.where(QuarantinedRow.batch_id == batch)
    if kind is not None:
        found = found.where(Batch.kind == kind)
    if reason is not None:
        found = found.where(QuarantinedRow.reason_code == reason)
    if state == OPEN:
        found = found.where(QuarantinedRow.resolved_by.is_(None), Batch.state.not_in(OUT))
    elif state == RESOLVED:
        found = found.where(QuarantinedRow.resolved_by.is_not(None))
    return found.order_by(
        QuarantinedRow.batch_id, QuarantinedRow.sheet, QuarantinedRow.row, QuarantinedRow.id
    )


def count(session: Session, found: Any) -> int:
    """How many rows a selection finds."""
    return session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0


def export_quarantine(session: Session, batch_id: str, path: Path) -> int:
    """Write the open rows of a batch to `path` (.xlsx or .csv), the original cells in the original order; how many.

    The person who corrects changes the original cells and sends the file back: see `quarantine_corrections`.
    """
    batch = get_batch(session, batch_id)
    open_rows = quarantined(batch=batch.id)
    total = count(session, open_rows)
    if total == 0:
        raise InvalidInputError(
            f"批次 {batch.id} 没有等待改正的行",
            remedy="用 chanjiao quarantine list 或 GET /v1/quarantine 查看",
        )
    headers = original_headers(session, batch)
    columns = [*BEFORE, *headers, *AFTER]

    def rows() -> Iterator[list[str]]:
        for row, _ in session.execute(open_rows.execution_options(yield_per=1000)):
            before = [str(row.id), batch.filename, row.sheet, str(row.row)]
            cells = [cell_text(row.raw.get(header)) for header in headers]
            yield [*before, *cells, row.column, row.value, row.reason, row.remedy]

    suffix = path.suffix.lower()
    if suffix == ".csv":
        write_csv(path, columns, rows())
    elif suffix == ".xlsx":
        write_xlsx(path, [("隔离的行（含模拟数据）" if batch.simulated else "隔离的行", columns, rows())])
    else:
        raise InvalidInputError(f"不认识的文件类型 {suffix or '（无）'}", remedy="请用 .xlsx 或 .csv")
    return total


def original_headers(session: Session, batch: Batch) -> list[str]:
    """The headers of the file, in their order, and where a row has more, `多余` or `line`."""
    names: dict[str, None] = dict.fromkeys(batch.reading.get("headers", ()))
    raws = select(QuarantinedRow.raw).where(QuarantinedRow.batch_id == batch.id).order_by(QuarantinedRow.id)
    for raw in session.scalars(raws.execution_options(yield_per=1000)):
        names |= dict.fromkeys(raw)
    return list(names)


def cell_text(value: Any) -> str:
    """An original cell as the text it is exported as."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else clean(value)


def sample(rows: Sequence[tuple[QuarantinedRow, Batch]]) -> list[dict[str, Any]]:
    """Rows as they are shown: where, what and how to mend it, and what became of them."""
    return [
        {
            "id": row.id,
            "batch": batch.id,
            "kind": batch.kind,
            "file": batch.filename,
            "sheet": row.sheet,
            "row": row.row,
            "column": row.column,
            "value": row.value,
            "reason_code": row.reason_code,
            "reason": row.reason,
            "remedy": row.remedy,
            "cells": row.raw,
            "resolved_by": row.resolved_by,
            "resolution": row.resolution,
            "resolved_at": row.resolved_at,
        }
        for row, batch in rows
    ]
