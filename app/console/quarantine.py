"""The quarantine 隔离区: rows that could not become records, corrected here or in a workbook."""

from typing import Annotated, Any

from fastapi import Depends
from nicegui import events, ui
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.console.batches import as_row
from app.console.corrections import Corrections, offer_workbook
from app.console.desk import Desk
from app.console.frame import (
    WORK,
    PageNumber,
    console_page,
    framed,
    linked_column,
    outside,
    pager,
    simulated_chip,
    table_columns,
)
from app.ingest.batch_records import OUT, VALIDATED
from app.ingest.quarantine import quarantined, sample
from app.ingest.reasons import reason_title
from app.models import Batch, QuarantinedRow

PAGE = 100
_COLUMNS = (
    ("place", "行"),
    ("column", "列"),
    ("value", "值"),
    ("reason", "原因"),
    ("remedy", "如何改正"),
    ("edit", ""),
)
_EDIT = """
<q-td :props="props">
  <q-btn dense flat no-wrap color="primary" :label="props.row.changed ? '已改，再改' : '改正'"
         @click="$parent.$emit('edit', props.row.id)" />
</q-td>
"""


def register(desk: Desk) -> None:
    @console_page("/quarantine")
    async def quarantine(
        principal: Annotated[Principal, Depends(require(Permission.MANAGE_BATCHES))],
    ) -> None:
        waiting = await desk.look_up(_waiting)
        with framed("隔离区", "不能成为记录的行，原样保存。选一个批次，在这里或用表格改正后交回。"):
            _batches(waiting)
            offer_workbook(desk, principal)

    @console_page("/quarantine/{batch_id}", away=WORK)
    async def of_batch(
        principal: Annotated[Principal, Depends(require(Permission.MANAGE_BATCHES))],
        batch_id: str,
        reason: str = "",
        page: PageNumber = 1,
    ) -> None:
        shown = await desk.look_up(_rows, batch_id, reason, page)
        with framed("改正隔离的行", shown["file"]):
            if not shown["reasons"]:
                ui.label("这个批次没有等待改正的行。").classes("text-gray-600")
                ui.link("隔离区", "/quarantine")
                return
            if shown["simulated"]:
                simulated_chip()
            with ui.row().classes("gap-6"):
                ui.link("这个批次", f"/batches/{batch_id}")
                outside("导出（XLSX）", f"/v1/quarantine/export?batch={batch_id}")
            _reasons(batch_id, reason, shown["reasons"])
            corrections = None if shown["held"] else Corrections(desk, principal, batch_id)
            if corrections is None:
                ui.label("这个批次还在等待决定：请先接收它，再改正它的行。").classes("text-accent")
            _table(shown["rows"], corrections)
            pager(shown["total"], PAGE, page, f"/quarantine/{batch_id}", reason=reason)
            if corrections is None:
                return
            corrections.bar()
            offer_workbook(desk, principal)


def _table(rows: list[dict[str, Any]], corrections: Corrections | None) -> None:
    """The rows, each with a button that opens it where they can be corrected."""
    if corrections is None:
        ui.table(columns=table_columns(_COLUMNS[:-1]), rows=rows, row_key="id").classes("w-full")
        return
    table = ui.table(columns=table_columns(_COLUMNS), rows=rows, row_key="id").classes("w-full")
    table.add_slot("body-cell-edit", _EDIT)

    async def edit(event: events.GenericEventArguments) -> None:
        if await corrections.edit(int(event.args)):
            for row in table.rows:
                row["changed"] = row["id"] in corrections
            table.update()

    table.on("edit", edit)


def _batches(waiting: list[dict[str, Any]]) -> None:
    if not waiting:
        ui.label("没有等待改正的行。").classes("text-gray-600")
        return
    named = [
        ("file", "文件"),
        ("kind", "种类"),
        ("source", "来源"),
        ("state", "状态"),
        ("rows", "等待改正的行"),
    ]
    table = ui.table(columns=table_columns(named, ["rows"]), rows=waiting, row_key="id", pagination=50)
    table.classes("w-full tabular").add_slot("body-cell-file", linked_column("quarantine"))


def _reasons(batch: str, chosen: str, reasons: dict[str, int]) -> None:
    """The reasons as filters, each with its rows."""
    titles = {"": "全部", **{code: reason_title(code) for code in reasons}}
    counts = {"": sum(reasons.values()), **reasons}
    with ui.row().classes("gap-2"):
        for code, title in titles.items():
            target = f"/quarantine/{batch}" + (f"?reason={code}" if code else "")
            button = ui.button(
                f"{title} {counts[code]:,}", on_click=lambda target=target: ui.navigate.to(target)
            )
            button.props(f"dense no-caps padding='2px 10px' {'' if code == chosen else 'outline'}")


def _waiting(session: Session) -> list[dict[str, Any]]:
    """Batches with rows that wait, the latest first."""
    rows = (
        select(QuarantinedRow.batch_id, func.count().label("rows"))
        .where(QuarantinedRow.resolved_by.is_(None))
        .group_by(QuarantinedRow.batch_id)
        .subquery()
    )
    found = (
        select(Batch, rows.c.rows)
        .join(rows, rows.c.batch_id == Batch.id)
        .where(Batch.state.not_in(OUT))
        .order_by(Batch.id.desc())
    )
    return [{**as_row(batch), "rows": waiting} for batch, waiting in session.execute(found)]


def _rows(session: Session, batch_id: str, reason: str, page: int) -> dict[str, Any]:
    batch = session.get(Batch, batch_id) if batch_id.isprintable() else None
    if batch is None or batch.state in OUT:
        return {"file": batch.filename if batch else "没有这个批次", "reasons": {}}
    by_reason = (
        select(QuarantinedRow.reason_code, func.count())
        .where(QuarantinedRow.batch_id == batch_id, QuarantinedRow.resolved_by.is_(None))
        .group_by(QuarantinedRow.reason_code)
        .order_by(func.count().desc())
    )
    reasons = dict(session.execute(by_reason).all())
    found = quarantined(batch=batch_id, reason=reason if reason in reasons else None)
    listed = session.execute(found.limit(PAGE).offset((page - 1) * PAGE))
    return {
        "file": batch.filename,
        "held": batch.state == VALIDATED,
        "simulated": batch.simulated,
        "reasons": reasons,
        "total": reasons.get(reason) or sum(reasons.values()),
        "rows": [
            {
                "id": row["id"],
                "place": f"{row['sheet']} {row['row']}".strip(),
                "changed": False,
                **{name: str(row[name])[:200] for name in ("column", "value", "reason", "remedy")},
            }
            for row in sample([(row, of) for row, of in listed])
        ],
    }
