"""One batch: how it was read, what became of its rows, and what may be done with it: accept, reject, undo."""

from typing import Annotated, Any

from fastapi import Depends
from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.console.batches import as_row
from app.console.desk import Desk, typed
from app.console.frame import (
    console_page,
    counted,
    facts,
    framed,
    how_read,
    moment,
    outside,
    simulated_chip,
    table_columns,
)
from app.errors import NotFoundError
from app.ingest import KINDS
from app.ingest.batch_moves import accept, get_batch, moves_of, reject, undo
from app.ingest.batch_records import ACCEPTED, STATES, VALIDATED
from app.ingest.quarantine import count, quarantined
from app.models import Batch

_MOVES = {"accept": ("接收", accept), "reject": ("拒绝", reject), "undo": ("撤回", undo)}


def register(desk: Desk) -> None:
    @console_page("/batches/{batch_id}")
    async def one_batch(
        principal: Annotated[Principal, Depends(require(Permission.READ_RECORDS))], batch_id: str
    ) -> None:
        try:
            shown = await desk.look_up(_shown, batch_id)
        except NotFoundError as error:
            with framed("没有这个批次", error.message):
                ui.link("全部批次", "/batches")
            return
        batch: Batch = shown["batch"]
        with framed(batch.filename or "批次", shown["kind"]):
            _state(batch)
            counted(
                [
                    ("读到", batch.read),
                    ("接收", batch.accepted),
                    ("重复", batch.repeated),
                    ("隔离", batch.quarantined),
                ]
            )
            _ways(batch, shown["waiting"])
            if principal.may(Permission.MANAGE_BATCHES):
                _decisions(desk, principal, batch)
            for warning in batch.warnings:
                with ui.row().classes("items-center gap-2 text-accent"):
                    ui.icon("warning")
                    ui.label(warning)
            _origin(batch)
            _columns(batch)
            _history(shown["moves"], shown["children"])


def _shown(session: Session, batch_id: str) -> dict[str, Any]:
    batch = get_batch(session, batch_id)
    kind = KINDS.get(batch.kind)
    return {
        "batch": batch,
        "kind": kind.title if kind else batch.kind,
        "waiting": count(session, quarantined(batch=batch.id)),
        "moves": [
            {
                "at": moment(move.at),
                "to": STATES.get(move.to_state, move.to_state),
                "who": move.who,
                "note": move.note,
            }
            for move in moves_of(session, batch.id)
        ],
        "children": [
            as_row(child)
            for child in session.scalars(select(Batch).where(Batch.parent_id == batch.id).order_by(Batch.id))
        ],
    }


def _state(batch: Batch) -> None:
    with ui.row().classes("items-center gap-2"):
        colour = {ACCEPTED: "positive", VALIDATED: "accent"}.get(batch.state, "grey")
        ui.badge(STATES.get(batch.state, batch.state), color=colour).classes("text-sm px-3 py-1")
        if batch.simulated:
            simulated_chip()


def _ways(batch: Batch, waiting: int) -> None:
    """To what belongs to the batch."""
    with ui.row().classes("gap-6"):
        if waiting:
            ui.link(f"改正隔离的 {waiting:,} 行", f"/quarantine/{batch.id}")
            outside("导出隔离的行（XLSX）", f"/v1/quarantine/export?batch={batch.id}")
        ui.link("数据质量", f"/quality/{batch.id}")
        if batch.parent_id:
            ui.link("所属的批次", f"/batches/{batch.parent_id}")


def _decisions(desk: Desk, principal: Principal, batch: Batch) -> None:
    may = {VALIDATED: ("accept", "reject"), ACCEPTED: ("undo",)}.get(batch.state, ())
    with ui.row().classes("gap-3"):
        for name in may:
            title = _MOVES[name][0]
            button = ui.button(title, on_click=lambda name=name: _decide(desk, principal, batch.id, name))
            button.props("" if name == "accept" else "outline")


async def _decide(desk: Desk, principal: Principal, batch_id: str, name: str) -> None:
    """Ask for the reason, then make the move."""
    title, move = _MOVES[name]
    with ui.dialog() as dialog, ui.card().classes("min-w-96"):
        ui.label(f"{title}这个批次？从下一次测算起生效，已发布的结果不变。")
        reason = ui.input("理由（可不写）").classes("w-full").props("maxlength=2000")
        with ui.row().classes("self-end"):
            ui.button("取消", on_click=lambda: dialog.submit(False)).props("flat")
            ui.button(title, on_click=lambda: dialog.submit(True))
    confirmed = await dialog
    dialog.delete()
    if confirmed and await desk.attempt(move, batch_id, principal.id, typed(reason.value, 2000)):
        ui.navigate.reload()


def _origin(batch: Batch) -> None:
    ui.label("来历").classes("text-lg font-medium")
    facts(
        [
            ("来源", batch.source),
            ("使用许可", batch.licence or "—"),
            ("由谁装入", batch.who or "—"),
            ("收到", moment(batch.received_at)),
            ("开始计入", moment(batch.accepted_at)),
            ("SHA-256", batch.sha256),
            ("大小", f"{batch.size_bytes:,} 字节"),
            ("批次编号", batch.id),
            *how_read(batch.reading),
        ]
    )


def _columns(batch: Batch) -> None:
    columns, kind = batch.reading.get("columns"), KINDS.get(batch.kind)
    if not columns or kind is None:
        return
    titles = {column.name: column.title for column in kind.columns}
    rows = [
        {"header": header, "column": titles.get(columns.get(header, ""), "（不用）")}
        for header in batch.reading.get("headers", columns)
    ]
    rows += [
        {"header": f"整个文件：{value}", "column": titles.get(name, name)}
        for name, value in batch.reading.get("constants", {}).items()
    ]
    with ui.expansion("列的对应", icon="view_column").classes("w-full"):
        ui.table(columns=table_columns([("header", "文件中的列"), ("column", "成为")]), rows=rows).classes(
            "w-full"
        )


def _history(moves: list[dict[str, Any]], children: list[dict[str, Any]]) -> None:
    named = [("at", "时间"), ("to", "成为"), ("who", "由谁"), ("note", "理由")]
    with ui.expansion("状态的改动", icon="history").classes("w-full"):
        ui.table(columns=table_columns(named), rows=moves).classes("w-full")
    if children:
        ui.label("由它而来的批次").classes("text-lg font-medium")
        for child in children:
            ui.link(
                f"{child['file']}：接收 {child['accepted']}，隔离 {child['quarantined']}（{child['state']}）",
                f"/batches/{child['id']}",
            )
