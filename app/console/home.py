"""The first page: what waits for somebody, and what came last."""

from typing import Annotated, Any

from fastapi import Depends
from nicegui import ui
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.console.batches import as_row, batch_table
from app.console.desk import Desk
from app.console.frame import console_page, counted, framed
from app.ingest.batch_records import ACCEPTED, VALIDATED
from app.ingest.pull.history import last_pulls
from app.ingest.quarantine import count, quarantined
from app.models import Batch, Pull

LATEST = 8


def register(desk: Desk) -> None:
    @console_page("/")
    async def home(_: Annotated[Principal, Depends(require(Permission.READ_RECORDS))]) -> None:
        shown = await desk.look_up(_shown)
        with framed("总览", "收到的数据、等待决定的批次与等待改正的行。"):
            counted(
                [
                    ("计入的批次", shown["accepted"]),
                    ("计入的记录", shown["records"]),
                    ("等待决定的批次", shown["held"]),
                    ("等待改正的行", shown["waiting"]),
                ]
            )
            with ui.row().classes("gap-3"):
                ui.button("装入文件", icon="upload_file", on_click=lambda: ui.navigate.to("/load"))
                if shown["held"]:
                    ui.button(
                        "等待决定的批次", on_click=lambda: ui.navigate.to(f"/batches?state={VALIDATED}")
                    ).props("outline")
                if shown["waiting"]:
                    ui.button("改正隔离的行", on_click=lambda: ui.navigate.to("/quarantine")).props("outline")
            for source in shown["failed"]:
                with ui.row().classes("items-center gap-2 text-accent"):
                    ui.icon("warning")
                    ui.link(f"来源 {source} 最近一次拉取失败", "/sources")
            ui.label("最近的批次").classes("text-lg font-medium")
            batch_table(shown["latest"])


def _shown(session: Session) -> dict[str, Any]:
    states = dict(session.execute(select(Batch.state, func.count()).group_by(Batch.state)).all())
    sources = session.scalars(select(Pull.source).distinct().order_by(Pull.source)).all()
    records = session.scalar(select(func.sum(Batch.accepted)).where(Batch.state == ACCEPTED)) or 0
    latest = session.scalars(select(Batch).order_by(Batch.received_at.desc(), Batch.id.desc()).limit(LATEST))
    return {
        "accepted": states.get(ACCEPTED, 0),
        "held": states.get(VALIDATED, 0),
        "records": int(records),
        "waiting": count(session, quarantined()),
        "failed": [name for name, pull in last_pulls(session, sources).items() if pull.state == "failed"],
        "latest": [as_row(batch) for batch in latest],
    }
