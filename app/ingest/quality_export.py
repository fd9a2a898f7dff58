"""The data-quality report as a workbook: an overview, and a sheet for each part."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.ingest.quality import QualityReport
from app.ingest.spreadsheet import Sheet, write_xlsx


def export_quality(reports: Sequence[QualityReport], path: Path) -> None:
    """Write reports to an XLSX file. Raises InvalidInputError where it cannot be written."""
    write_xlsx(path, sheets_of(reports))


def sheets_of(reports: Sequence[QualityReport]) -> Iterator[Sheet]:
    """Title, headers and rows of each sheet."""
    yield (
        "总览",
        (
            "种类",
            "批次数",
            "对比的批次",
            "读",
            "接收",
            "重复",
            "隔离",
            "遮去个人信息",
            "含模拟数据",
            "值得一看",
        ),
        [
            (
                report.kind_name,
                len(report.batches),
                report.compared_with or "",
                report.read,
                report.accepted,
                report.repeated,
                report.quarantined,
                report.masked,
                "是" if report.simulated else "否",
                "；".join(report.findings),
            )
            for report in reports
        ],
    )
    yield _sheet(
        "完整度", ("列", "名称", "有值", "份额"), reports, "completeness", "column title filled share"
    )
    yield _sheet(
        "隔离原因",
        ("列", "原因", "原因代码", "行数", "超出范围", "等待改正"),
        reports,
        "refused",
        "column reason reason_code rows out_of_range waiting",
    )
    yield _sheet(
        "与上年相比异常",
        ("对象", "代码", "列", "年份", "上年", "今年", "修正 z 分数"),
        reports,
        "outliers",
        "name key column year before value score",
    )
    yield _sheet(
        "代码变化",
        ("列", "现有代码数", "新出现（至多 20 个）", "新出现数", "不再出现（至多 20 个）", "不再出现数"),
        reports,
        "codes",
        "column known new new_count vanished vanished_count",
    )
    yield _sheet(
        "用字变化",
        ("列", "JS 散度", "偶然水平", "明显不同", "变化最大的字"),
        reports,
        "drift",
        "column divergence chance drifted characters",
    )


def _sheet(
    title: str, headers: tuple[str, ...], reports: Sequence[QualityReport], part: str, members: str
) -> Sheet:
    rows = [
        (report.kind_name, *(_cell(getattr(entry, name)) for name in members.split()))
        for report in reports
        for entry in getattr(report, part)
    ]
    return title, ("种类", *headers), rows


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(value) if isinstance(value, tuple) else value
