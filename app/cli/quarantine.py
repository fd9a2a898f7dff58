"""`chanjiao quarantine …`: rows that could not become records, exported, corrected and taken back."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.terminal import Json, emit, opened, out, said, table

quarantine_app = typer.Typer(help="隔离区 Quarantine: list, export, import.", no_args_is_help=True)


@quarantine_app.command("list")
def quarantine_list(
    batch: Annotated[str | None, typer.Option(help="批次编号")] = None,
    kind: Annotated[str | None, typer.Option(help="种类，见 chanjiao ingest kinds")] = None,
    reason: Annotated[str | None, typer.Option(help="原因代码，如 unknown_program")] = None,
    state: Annotated[str, typer.Option(help="open（等待改正）、resolved（已解决）或 all")] = "open",
    top: Annotated[int, typer.Option(min=1, help="至多列出几行")] = 50,
    as_json: Json = False,
) -> None:
    """列出隔离的行：文件、工作表、行、列、值、原因、如何改正。"""
    from app.errors import InvalidInputError
    from app.ingest.quarantine import OPEN, RESOLUTIONS, RESOLVED, count, quarantined, sample

    if state not in (OPEN, RESOLVED, "all"):
        raise InvalidInputError(f"没有状态 {state}", remedy="可用：open、resolved、all")
    found = quarantined(batch=batch, kind=kind, reason=reason, state=None if state == "all" else state)
    with opened() as session:
        total = count(session, found)
        rows = sample([(row, of) for row, of in session.execute(found.limit(top))])
    if as_json:
        emit({"total": total, "rows": rows})
        return
    names = ("id", "file", "sheet", "row", "column", "value", "reason", "remedy")
    table(
        f"隔离的行：共 {total} 行",
        ["编号", "文件", "工作表", "行", "列", "值", "原因", "如何改正", "结果"],
        [[*(str(row[name])[:80] for name in names), RESOLUTIONS.get(row["resolution"], "")] for row in rows],
    )


@quarantine_app.command("export")
def quarantine_export(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="批次编号")],
    out_file: Annotated[Path, typer.Option("--out", help="输出 .xlsx 或 .csv")],
    as_json: Json = False,
) -> None:
    """导出一个批次等待改正的行：原来的列在中间，改好后用 quarantine import 交回。"""
    from app.ingest.quarantine import export_quarantine

    with opened() as session:
        rows = export_quarantine(session, batch, out_file)
    said({"batch": batch, "rows": rows, "file": str(out_file)}, as_json, f"{rows} 行 → {out_file}")


@quarantine_app.command("import")
def quarantine_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="改正后的导出文件")],
    who: Annotated[str, typer.Option("--who", help="由谁改正")] = "local",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存")] = False,
    as_json: Json = False,
) -> None:
    """交回改正的行：成为新的批次，原来的行注明由它解决；没有改动的行继续等待。"""
    from app.ingest.quarantine_import import import_corrections

    with opened() as session:
        report = import_corrections(session, file, who=who, dry_run=dry_run)
    if as_json:
        emit(report.as_dict())
        return
    out.print(
        f"{file} {'检查完毕（未保存）' if dry_run else '已交回'}：{report.submitted} 行，"
        f"未改动 {report.unchanged}，此前已解决 {report.resolved_before}；"
        f"改动的 {report.read} 行中接收 {report.accepted}，重复 {report.repeated}，仍被隔离 {report.quarantined}；"
        f"原批次还有 {report.waiting} 行等待；新批次 {report.batch or '—'}",
        soft_wrap=True,
    )
    if report.quarantine_sample:
        table(
            "改正后仍被隔离的行（每种原因至多 3 行）",
            ["行", "列", "值", "原因", "如何改正"],
            [
                [str(row["row"]), row["column"], str(row["value"])[:60], row["reason"], row["remedy"]]
                for row in report.quarantine_sample
            ],
        )
