"""The frame of every page: the name, the way to the other pages, and how numbers and times look."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from nicegui import ui

from app.console.fault import say_fault

PATH = "/console"
"""Where the service has the console; links between pages leave it out."""
_PAGES = (
    ("总览", "/"),
    ("装入", "/load"),
    ("批次", "/batches"),
    ("隔离区", "/quarantine"),
    ("数据质量", "/quality"),
    ("来源", "/sources"),
)
_STYLE = """
body { font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif; }
.q-table th { font-weight: 600; }
.q-table td { white-space: normal; min-width: 5em; }
.q-page-container a:not(.q-btn) { color: var(--q-primary); text-decoration: underline; text-underline-offset: 3px; }
.tabular { font-variant-numeric: tabular-nums; }
"""
SIMULATED = "模拟数据"
_READING = {
    "format": "格式",
    "encoding": "编码",
    "delimiter": "分隔符",
    "sheet": "工作表",
    "header_row": "表头所在行",
    "notes_above": "表头上方的说明行",
}
WORK = 600
"""Seconds for which work begun on a page is kept."""
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]


def console_page(path: str, *, away: float = 30) -> ui.page:
    """A page of the console at `path`, for which a busy process has time; see also `Desk.look_up`.

    What a person did on it and has not handed in is kept for `away` seconds without the browser: in another window, or
    where the line is broken or the computer asleep.
    """
    return ui.page(path, response_timeout=30, reconnect_timeout=away)


@contextmanager
def framed(title: str, note: str = "") -> Iterator[None]:
    """A page named `title`, below the way to the other pages."""
    ui.page_title(f"{title} · 产教")
    _header()
    with ui.column().classes("w-full max-w-7xl mx-auto px-4 py-4 gap-4"):
        with ui.column().classes("gap-1 max-w-full"):
            ui.label(title).classes("text-2xl font-semibold break-all")
            if note:
                ui.label(note).classes("text-gray-600 break-all")
        yield


def _header() -> None:
    """The colours, and the way to the other pages, once on a page that is drawn anew when its figures are there."""
    client = ui.context.client
    if any(isinstance(element, ui.header) for element in client.elements.values()):
        return
    ui.on_exception(say_fault)
    here = f"/{client.page.path.split('/')[1]}" if client.page.path else ""
    ui.colors(
        primary="#1f4e79", secondary="#5b7c99", accent="#b5542c", positive="#2e7d5b", negative="#b3261e"
    )
    ui.add_css(_STYLE)
    with ui.header().classes("items-center gap-6 px-6 py-2"):
        ui.link("产教 Chanjiao", "/").classes("text-white text-lg font-semibold no-underline")
        for name, path in _PAGES:
            weight = (
                "font-semibold underline underline-offset-8" if path == here else "no-underline opacity-90"
            )
            ui.link(name, path).classes(f"text-white {weight}")
        ui.space()
        outside("接口文档", "/docs").classes("text-white no-underline opacity-90")


def outside(text: str, address: str) -> ui.element:
    """A link to an address of the service that is no page of the console, such as a file of the API."""
    with ui.element("a") as link:
        ui.label(text)
    link.props["href"] = address
    return link


def facts(pairs: Sequence[tuple[str, object]]) -> None:
    """Names and values side by side."""
    with ui.grid(columns="auto 1fr").classes("gap-x-6 gap-y-1"):
        for name, value in pairs:
            ui.label(name).classes("text-gray-600")
            ui.label(str(value)).classes("break-all")


def how_read(reading: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What there is to say of how a file was read."""
    return [(title, reading[name]) for name, title in _READING.items() if reading.get(name)]


def counted(pairs: Sequence[tuple[str, int]]) -> None:
    """Figures in a row of small cards."""
    with ui.row().classes("gap-3"):
        for name, value in pairs:
            with ui.card().classes("px-5 py-3 gap-0 items-start").props("flat bordered"):
                ui.label(f"{value:,}").classes("text-2xl tabular")
                ui.label(name).classes("text-gray-600 text-sm")


def simulated_chip() -> None:
    ui.chip(SIMULATED, icon="science").props("dense color=orange-2 text-color=orange-10")


def moment(at: datetime | None) -> str:
    """A time as it is shown, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "—"


def linked_column(page: str, field: str = "id") -> str:
    """The slot of a column whose cells lead to `page` of what `field` of the row names, if it names anything; a row that
    is `simulated` says so there.
    """
    return f"""
<q-td :props="props">
  <a v-if="props.row.{field}" :href="'{PATH}/{page}/' + props.row.{field}">{{{{ props.value }}}}</a>
  <span v-else>{{{{ props.value }}}}</span>
  <q-chip v-if="props.row.simulated" dense color="orange-2" text-color="orange-10">{SIMULATED}</q-chip>
</q-td>
"""


def table_columns(named: Sequence[tuple[str, str]], numbers: Sequence[str] = ()) -> list[dict[str, str]]:
    """Columns of a table: field and heading; `numbers` are set to the right."""
    return [
        {"name": field, "label": label, "field": field, "align": "right" if field in numbers else "left"}
        for field, label in named
    ]


def pager(total: int, size: int, page: int, path: str, **asked: str) -> None:
    """Links to the pages of a listing of `total` entries, `size` a page; `asked` are the filters to keep."""
    last = max(1, -(-total // size))
    kept = {name: value for name, value in asked.items() if value}
    with ui.row().classes("items-center gap-4 text-sm"):
        ui.label(f"共 {total:,} 条，第 {page} / {last} 页").classes("text-gray-600")
        for text, to in (("上一页", page - 1), ("下一页", page + 1)):
            if 1 <= to <= last:
                ui.link(text, f"{path}?{urlencode({**kept, 'page': to})}")
