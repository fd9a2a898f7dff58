"""The batches 批次: what arrived, from where, and what became of its rows; the latest first."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends
from nicegui import ui
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.console.desk import Desk
from app.console.frame import (
    PageNumber,
    console_page,
    framed,
    linked_column,
    moment,
    pager,
    table_columns,
)
from app.ingest import KINDS
from app.ingest.batch_records import STATES
from app.models import Batch

PAGE = 50
COLUMNS = (
    ("file", "文件"),
    ("kind", "种类"),
    ("source", "来源"),
    ("state", "状态"),
    ("read", "读到"),
    ("accepted", "接收"),
    ("repeated", "重复"),
    ("quarantined", "隔离"),
    ("received", "收到"),
)
NUMBERS = ("read", "accepted", "repeated", "quarantined")


def register(desk: Desk) -> None:
    @console_page("/batches")
    async def batches(
        _: Annotated[Principal, Depends(require(Permission.READ_RECORDS))],
        kind: str = "",
        state: str = "",
        page: PageNumber = 1,
    ) -> None:
        total, rows = await desk.look_up(_listed, kind, state, page)
        with framed("批次", "读到 = 接收 + 重复 + 隔离。点文件名查看一批数据，并接收、拒绝或撤回它。"):
            _filters(kind, state)
            batch_table(rows)
            pager(total, PAGE, page, "/batches", kind=kind, state=state)


def batch_table(rows: list[dict[str, Any]]) -> None:
    """Batches, one a line, each with a link to its own page."""
    if not rows:
        ui.label("没有批次。").classes("text-gray-600")
        return
    table = ui.table(columns=table_columns(COLUMNS, NUMBERS), rows=rows, row_key="id").classes(
        "w-full tabular"
    )
    table.add_slot("body-cell-file", linked_column("batches"))


def as_row(batch: Batch) -> dict[str, Any]:
    """A batch as a line of the table."""
    kind = KINDS.get(batch.kind)
    return {
        "id": batch.id,
        "file": batch.filename or "（无文件）",
        "kind": kind.title if kind else batch.kind,
        "source": batch.source,
        "state": STATES.get(batch.state, batch.state),
        "simulated": batch.simulated,
        "received": moment(batch.received_at),
        **{name: getattr(batch, name) for name in NUMBERS},
    }


def _filters(kind: str, state: str) -> None:
    def go(**chosen: str) -> None:
        asked = {"kind": kind, "state": state, **chosen}
        ui.navigate.to("/batches?" + urlencode({name: value for name, value in asked.items() if value}))

    kinds = {"": "全部种类", **{name: entry.title for name, entry in KINDS.items()}}
    states = {"": "全部状态", **STATES}
    with ui.row().classes("items-center"):
        ui.select(
            kinds, value=kind if kind in kinds else "", label="种类", on_change=lambda e: go(kind=e.value)
        )
        ui.select(
            states,
            value=state if state in states else "",
            label="状态",
            on_change=lambda e: go(state=e.value),
        )


def _listed(session: Session, kind: str, state: str, page: int) -> tuple[int, list[dict[str, Any]]]:
    found: Select[Batch] = select(Batch)
    if kind in KINDS:
        found = found.where(Batch.kind == kind)
    if state in STATES:
        found = found.where(Batch.state == state)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    latest = found.order_by(Batch.received_at.desc(), Batch.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    return total, [as_row(batch) for batch in session.scalars(latest)]
