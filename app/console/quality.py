"""Data quality 数据质量: of everything that counts, kind by kind, and of one batch against the one before."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends
from nicegui import ui

from app.access import Permission, Principal, require
from app.console.desk import Desk
from app.console.frame import console_page, counted, framed, outside, simulated_chip, table_columns
from app.errors import NotFoundError
from app.ingest.quality import QualityReport, batch_quality, whole_quality

MOST = 20
"""Lines of a table shown at once."""
_NOTE = "完整度、超出范围的值、与上年相比异常的数、代码的变化、用字的漂移。"


def register(desk: Desk) -> None:
    @console_page("/quality")
    async def whole(_: Annotated[Principal, Depends(require(Permission.READ_RECORDS))]) -> None:
        reports = await desk.look_up(whole_quality)
        with framed("数据质量", _NOTE):
            if not reports:
                ui.label("还没有计入的批次。").classes("text-gray-600")
                return
            outside("导出（XLSX）", "/v1/data-quality/export")
            for report in reports:
                title = f"{report.kind_name}：{report.records:,} 条记录"
                with ui.expansion(title, caption=_summary(report)).classes(
                    "w-full border border-gray-300 rounded"
                ):
                    _report(report)

    @console_page("/quality/{batch_id}")
    async def of_batch(
        _: Annotated[Principal, Depends(require(Permission.READ_RECORDS))], batch_id: str
    ) -> None:
        try:
            report = await desk.look_up(batch_quality, batch_id)
        except NotFoundError as error:
            with framed("没有这个批次", error.message):
                ui.link("全部数据的质量", "/quality")
            return
        with framed(f"数据质量：{report.kind_name}", _NOTE):
            with ui.row().classes("gap-6"):
                ui.link("这个批次", f"/batches/{batch_id}")
                outside("导出（XLSX）", f"/v1/batches/{batch_id}/quality/export")
                if report.compared_with:
                    ui.link("对比的批次", f"/batches/{report.compared_with}")
            _report(report)


def _summary(report: QualityReport) -> str:
    return "；".join(report.findings) or "没有值得注意的地方"


def _report(report: QualityReport) -> None:
    """All parts of a report that have something to say."""
    if report.simulated:
        simulated_chip()
    counted(
        [
            ("读到", report.read),
            ("接收", report.accepted),
            ("重复", report.repeated),
            ("隔离", report.quarantined),
            ("遮去的个人信息", report.masked),
        ]
    )
    for finding in report.findings:
        with ui.row().classes("items-center gap-2 text-accent"):
            ui.icon("flag")
            ui.label(finding)
    _part(
        "完整度",
        [("title", "列"), ("filled", "有值"), ("share", "份额")],
        [
            {"title": each.title, "filled": each.filled, "share": f"{each.share:.1%}"}
            for each in report.completeness
        ],
    )
    _part(
        "隔离的原因",
        [
            ("column", "列"),
            ("reason", "原因"),
            ("rows", "行"),
            ("waiting", "等待改正"),
            ("range", "超出范围"),
        ],
        [
            {
                "column": each.column or "—",
                "reason": each.reason,
                "rows": each.rows,
                "waiting": each.waiting,
                "range": "是" if each.out_of_range else "",
            }
            for each in report.refused
        ],
    )
    _part(
        "与上年相比异常",
        [
            ("name", "对象"),
            ("column", "列"),
            ("year", "年份"),
            ("before", "上年"),
            ("value", "今年"),
            ("score", "修正 z 分数"),
        ],
        [
            {
                "name": each.name,
                "column": report.title(each.column),
                "year": each.year,
                "before": f"{each.before:g}",
                "value": f"{each.value:g}",
                "score": "—" if each.score is None else f"{each.score:.1f}",
            }
            for each in report.outliers
        ],
    )
    _part(
        "代码的变化",
        [("column", "列"), ("known", "现有"), ("new", "新出现"), ("vanished", "不再出现")],
        [
            {
                "column": report.title(each.column),
                "known": each.known,
                "new": _some(each.new, each.new_count),
                "vanished": _some(each.vanished, each.vanished_count),
            }
            for each in report.codes
        ],
    )
    _part(
        "用字的漂移",
        [
            ("column", "列"),
            ("divergence", "JS 散度（比特）"),
            ("chance", "偶然有的"),
            ("drifted", "明显不同"),
            ("characters", "差别最大的字"),
        ],
        [
            {
                "column": report.title(each.column),
                "divergence": f"{each.divergence:.3f}",
                "chance": f"{each.chance:.3f}",
                "drifted": "是" if each.drifted else "",
                "characters": " ".join(each.characters),
            }
            for each in report.drift
        ],
    )


def _part(title: str, named: Sequence[tuple[str, str]], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    ui.label(title).classes("text-lg font-medium")
    numbers = [
        name for name, _ in named[1:] if name in ("filled", "share", "rows", "waiting", "known", "year")
    ]
    table = ui.table(
        columns=table_columns(named, numbers), rows=rows, pagination=MOST if len(rows) > MOST else None
    )
    table.classes("w-full tabular").props("dense flat bordered")


def _some(codes: Sequence[str], of: int) -> str:
    return f"{of}：{'、'.join(codes)}" + (" …" if of > len(codes) else "") if of else "0"
