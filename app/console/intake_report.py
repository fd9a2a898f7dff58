"""What became of a file, as it is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from app.console.frame import counted, outside, table_columns
from app.ingest import BatchReport
from app.ingest.reasons import reason_title

_SAMPLE = (("row", "行"), ("column", "列"), ("value", "值"), ("reason", "原因"), ("remedy", "如何改正"))


def show_intake(report: BatchReport) -> None:
    """Counts, warnings, reasons and some quarantined rows; and where to go on."""
    with ui.card().classes("w-full").props("flat bordered"):
        ui.label(_verdict(report)).classes("text-lg font-medium")
        counted(
            [
                ("读到", report.read),
                ("接收", report.accepted),
                ("重复", report.repeated),
                ("隔离", report.quarantined),
            ]
        )
        ui.label(
            f"{report.read} = {report.accepted} + {report.repeated} + {report.quarantined}，{report.seconds:.1f} 秒"
        )
        for warning in report.warnings:
            with ui.row().classes("items-center gap-2 text-accent"):
                ui.icon("warning")
                ui.label(warning)
        with ui.row().classes("gap-6"):
            if report.batch:
                ui.link("查看这个批次", f"/batches/{report.batch}")
                if report.quarantined and report.state == "accepted":
                    ui.link(f"改正隔离的 {report.quarantined:,} 行", f"/quarantine/{report.batch}")
                    outside("导出隔离的行（XLSX）", f"/v1/quarantine/export?batch={report.batch}")
        if report.reasons:
            ui.label(
                "隔离的原因："
                + "、".join(f"{reason_title(code)} {rows:,} 行" for code, rows in report.reasons.items())
            )
        show_sample(report.quarantine_sample)


def show_sample(sample: Sequence[Mapping[str, Any]]) -> None:
    """Some quarantined rows, at most a few of each reason."""
    if not sample:
        return
    ui.label("隔离的行（每种原因至多 3 行）").classes("font-medium")
    rows = [{name: str(row[name])[:200] for name, _ in _SAMPLE} for row in sample]
    ui.table(columns=table_columns(_SAMPLE), rows=rows).props("dense flat bordered").classes("w-full")


def _verdict(report: BatchReport) -> str:
    if report.dry_run:
        return "检查完毕，没有保存任何内容"
    if report.already:
        return "此前已装入，没有改变" if report.state == "accepted" else "此前已留存，等待决定"
    return "已检查并留存，接收后才计入" if report.state == "validated" else "已装入"
