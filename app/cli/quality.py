"""`chanjiao quality [BATCH]`: how good the data are."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.terminal import Json, emit, opened, out, table

quality_app = typer.Typer()


@quality_app.command()
def quality(
    batch: Annotated[
        str | None, typer.Argument(metavar="[BATCH]", help="批次编号；不写为全部计入的数据")
    ] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="另存为 XLSX")] = None,
    as_json: Json = False,
) -> None:
    """数据质量：完整度、超出范围、与上年相比的异常、代码与用字的变化。"""
    from app.ingest.quality import batch_quality, whole_quality
    from app.ingest.quality_export import export_quality

    with opened() as session:
        reports = [batch_quality(session, batch)] if batch else whole_quality(session)
    if out_file is not None:
        export_quality(reports, out_file)
    if as_json:
        emit({"reports": [report.as_dict() for report in reports]})
        return
    table(
        "数据质量",
        ["种类", "批次", "读", "接收", "重复", "隔离", "值得一看"],
        [
            [
                report.kind_name,
                str(len(report.batches)),
                *(str(getattr(report, name)) for name in ("read", "accepted", "repeated", "quarantined")),
                "；".join(report.findings) or "—",
            ]
            for report in reports
        ],
    )
    for report in reports if batch else ():
        table(
            "完整度",
            ["列", "有值", "份额"],
            [[each.title, str(each.filled), f"{each.share:.1%}"] for each in report.completeness],
        )
    if out_file is not None:
        out.print(f"详情 → {out_file}")
