"""`chanjiao ingest`: files to batches."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.cli.terminal import Json, Steps, emit, err, opened, out, table
from app.errors import InvalidInputError

ingest_app = typer.Typer()


@ingest_app.command()
def ingest(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="要装入的文件；写 kinds 列出种类")],
    kind: Annotated[str | None, typer.Option(help="文件种类，见 chanjiao ingest kinds")] = None,
    source: Annotated[str | None, typer.Option(help="来源名称，默认为文件名")] = None,
    mapping: Annotated[Path | None, typer.Option(help="列对应关系 TOML")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存")] = False,
    simulated: Annotated[bool, typer.Option("--simulated", help="整个文件是模拟数据")] = False,
    licence: Annotated[str, typer.Option("--licence", help="来源的使用许可说明")] = "",
    who: Annotated[str, typer.Option("--who", help="由谁装入")] = "local",
    hold: Annotated[
        bool, typer.Option("--hold", help="只检查并留存，等 chanjiao batches accept 才计入")
    ] = False,
    supersede: Annotated[bool, typer.Option("--supersede", help="取代同一来源、同一种类的已有批次")] = False,
    as_json: Json = False,
) -> None:
    """装入文件：每一行要么成为记录，要么进入隔离区并说明原因。"""
    from app.ingest import KINDS, ingest_file

    if files == ["kinds"]:
        if as_json:
            emit({name: entry.title for name, entry in KINDS.items()})
        else:
            table("文件种类", ["种类", "说明"], [[name, entry.title] for name, entry in KINDS.items()])
        return
    if kind is None:
        raise InvalidInputError("没有给出 --kind", remedy=f"可用的种类：{'、'.join(KINDS)}")
    with opened() as session:
        for name in files:
            with Steps() as steps:
                report = ingest_file(
                    session,
                    Path(name),
                    kind,
                    source=source,
                    mapping=mapping,
                    dry_run=dry_run,
                    simulated=simulated,
                    licence=licence,
                    who=who,
                    hold=hold,
                    supersede=supersede,
                    progress=lambda _rows, name=name: steps(f"装入 {Path(name).name}"),  # type: ignore[misc]
                )
            if as_json:
                emit(report.as_dict())
                continue
            verb = "检查完毕（未保存）" if dry_run else "此前已装入，没有改变" if report.already else "已装入"
            if report.state == "validated":
                verb = "已检查并留存，尚未计入" if not report.already else "此前已留存，等待决定"
            out.print(
                f"{name} {verb}：读 {report.read} 行，接收 {report.accepted}，重复 {report.repeated}，"
                f"隔离 {report.quarantined}，{report.seconds:.1f} 秒，批次 {report.batch or '—'}",
                soft_wrap=True,
            )
            if report.state == "validated":
                out.print(
                    f"  计入：chanjiao batches accept {report.batch}；不要：batches reject", soft_wrap=True
                )
            if report.quarantined and report.batch and not report.already:
                out.print(
                    f"  改正：chanjiao quarantine export {report.batch} --out 改正.xlsx", soft_wrap=True
                )
            if report.superseded:
                out.print(f"  取代批次 {'、'.join(report.superseded)}", soft_wrap=True)
            for reason, rows in sorted(report.reasons.items(), key=lambda item: -item[1]):
                out.print(f"  隔离原因 {reason}：{rows} 行")
            for warning in report.warnings:
                err.print(f"[yellow]提醒[/] {escape(warning)}", soft_wrap=True)
            if report.quarantine_sample:
                table(
                    f"{Path(name).name} 隔离的行（每种原因至多 3 行）",
                    ["行", "列", "值", "原因", "如何改正"],
                    [
                        [str(row["row"]), row["column"], str(row["value"])[:60], row["reason"], row["remedy"]]
                        for row in report.quarantine_sample
                    ],
                )
