"""`chanjiao pull`: configured sources to batches."""

from typing import Annotated, Any, cast

import typer
from rich.markup import escape
from sqlalchemy import Engine

from app.cli.terminal import Json, emit, err, opened, out, table
from app.database import session_factory
from app.errors import InvalidInputError
from app.settings import get_settings

pull_app = typer.Typer()
_STATES = {"succeeded": "已装入", "unchanged": "没有变化", "failed": "失败", "running": "进行中"}


@pull_app.command()
def pull(
    source: Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="来源名称；不写则拉取全部")] = None,
    listed: Annotated[bool, typer.Option("--list", help="列出来源，不拉取")] = False,
    again: Annotated[bool, typer.Option("--again", help="当作从未拉取过：不问是否变化，不接着上次")] = False,
    as_json: Json = False,
) -> None:
    """从 sources.toml 中的来源拉取数据，各成一批；有失败时退出码为 2，其余来源照常拉取。"""
    from app.ingest.pull import Puller, read_sources

    settings = get_settings()
    sources = read_sources(settings.resolved_sources_file)
    chosen = [sources[source]] if source else [entry for entry in sources.entries.values() if entry.enabled]
    if listed:
        _list(list(sources.entries.values()) if source is None else chosen, as_json)
        return
    if not chosen:
        raise InvalidInputError(
            "没有可拉取的来源",
            remedy="写法见 docs/sources.md",
            where={"文件": str(settings.resolved_sources_file)},
        )
    failed = 0
    with opened() as session:
        puller = Puller(session_factory(cast(Engine, session.get_bind())), settings.pulls_folder)
        outcomes = []
        for entry in chosen:
            for outcome in puller.pull(entry, again=again):
                failed += outcome.failed
                outcomes.append(outcome.as_dict())
                if not as_json:
                    _say(outcome.as_dict())
    if as_json:
        emit({"pulls": outcomes, "failed": failed})
    if failed:
        raise typer.Exit(2)


def _say(outcome: dict[str, Any]) -> None:
    name = outcome["source"] + (f"（{outcome['item']}）" if outcome["item"] else "")
    if outcome["state"] == "failed":
        err.print(
            "[bold red]失败[/] " + escape(f"{name} [{outcome['error_code']}] {outcome['error']}"),
            soft_wrap=True,
        )
    else:
        resumed = "，接着上次中断处" if outcome["resumed"] else ""
        out.print(
            escape(
                f"{name} {_STATES[outcome['state']]}：读 {outcome['rows']} 行，接收 {outcome['accepted']}，"
                f"重复 {outcome['repeated']}，隔离 {outcome['quarantined']}，{outcome['requests']} 次请求，"
                f"{outcome['bytes']} 字节，{outcome['seconds']:.1f} 秒，批次 {outcome['batch'] or '—'}{resumed}"
            ),
            soft_wrap=True,
        )
    for warning in outcome["warnings"]:
        err.print(f"[yellow]提醒[/] {escape(warning)}", soft_wrap=True)


def _list(entries: list[Any], as_json: bool) -> None:
    from app.ingest.pull.history import last_pulls

    with opened() as session:
        last = last_pulls(session, [entry.name for entry in entries])
    rows = [
        {
            "name": entry.name,
            "title": entry.title,
            "connector": entry.connector,
            "kind": entry.kind,
            "address": entry.address,
            "enabled": entry.enabled,
            "schedule": entry.schedule,
            "every_seconds": entry.every,
            "last_state": last[entry.name].state if entry.name in last else None,
            "last_started_at": last[entry.name].started_at.isoformat() if entry.name in last else None,
            "last_error": last[entry.name].error if entry.name in last else "",
        }
        for entry in entries
    ]
    if as_json:
        emit({"sources": rows})
        return
    table(
        "来源",
        ["名称", "说明", "连接", "种类", "地址", "何时", "最近一次"],
        [
            [
                escape(str(cell))
                for cell in (
                    row["name"],
                    row["title"],
                    row["connector"],
                    row["kind"],
                    row["address"],
                    _when(row),
                    _STATES.get(str(row["last_state"]), "—"),
                )
            ]
            for row in rows
        ],
    )


def _when(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return "停用"
    if row["every_seconds"]:
        return f"每 {row['every_seconds']:g} 秒"
    return row["schedule"] or "手动"
