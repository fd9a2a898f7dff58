"""Sources 来源: what is configured to be pulled, and how each pull went; a failed one says why and what to do."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends
from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.console.desk import Desk
from app.console.frame import console_page, framed, linked_column, moment, table_columns
from app.errors import ChanjiaoError
from app.ingest import KINDS
from app.ingest.pull import read_sources
from app.ingest.pull.history import last_pulls
from app.ingest.pull.source import Source
from app.models import Pull

LATEST = 50
STATES = {
    "running": "正在拉取",
    "succeeded": "成功",
    "unchanged": "没有变化",
    "failed": "失败，没有改变任何内容",
}


def register(desk: Desk, sources_file: Path) -> None:
    @console_page("/sources")
    async def sources(_: Annotated[Principal, Depends(require(Permission.READ_RECORDS))]) -> None:
        with framed("来源", "定时拉取的来源（sources.toml）与每次拉取的结果；失败的拉取不改变任何内容。"):
            try:
                configured, pulls = await desk.look_up(_shown, sources_file)
            except ChanjiaoError as error:
                ui.label(str(error)).classes("text-negative whitespace-pre-wrap")
                return
            if not configured:
                ui.label(f"还没有配置来源：在数据目录的 {sources_file.name} 中写明。").classes(
                    "text-gray-600"
                )
            else:
                named = [
                    ("title", "来源"),
                    ("kind", "种类"),
                    ("address", "地址"),
                    ("when", "何时拉取"),
                    ("last", "最近一次"),
                ]
                ui.table(columns=table_columns(named), rows=configured).classes("w-full")
            if pulls:
                ui.label("最近的拉取").classes("text-lg font-medium")
                named = [
                    ("at", "开始"),
                    ("source", "来源"),
                    ("state", "结果"),
                    ("rows", "行"),
                    ("said", "说明"),
                ]
                table = ui.table(columns=table_columns(named, ["rows"]), rows=pulls, row_key="id")
                table.classes("w-full tabular").add_slot("body-cell-state", linked_column("batches", "batch"))


def _shown(session: Session, sources_file: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The sources as configured, and the latest pulls of any."""
    entries = list(read_sources(sources_file, may_lack=True).entries.values())
    last = last_pulls(session, [source.name for source in entries])
    latest = session.scalars(select(Pull).order_by(Pull.started_at.desc(), Pull.id.desc()).limit(LATEST))
    return [_source(source, last.get(source.name)) for source in entries], [_pull(pull) for pull in latest]


def _source(source: Source, last: Pull | None) -> dict[str, Any]:
    when = source.schedule or (f"每 {source.every:g} 秒" if source.every else "只在有人要求时")
    return {
        "title": f"{source.title or source.name}{'（模拟数据）' if source.simulated else ''}",
        "kind": KINDS[source.kind].title,
        "address": source.address,
        "when": when if source.enabled else "停用",
        "last": f"{STATES[last.state]}，{moment(last.started_at)}" if last else "从未拉取",
    }


def _pull(pull: Pull) -> dict[str, Any]:
    return {
        "id": pull.id,
        "at": moment(pull.started_at),
        "source": f"{pull.source} {pull.item}".strip(),
        "state": STATES[pull.state],
        "batch": pull.batch_id,
        "rows": pull.rows,
        "said": pull.error or "；".join(pull.warnings),
    }
