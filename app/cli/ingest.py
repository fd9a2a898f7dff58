"""`chanjiao ingest`: files to batches."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.prompt import Prompt

from app.cli.terminal import Json, Steps, emit, err, opened, out, said, table
from app.errors import InvalidInputError

if TYPE_CHECKING:
    from app.ingest.column_proposal import HeaderProposal
    from app.ingest.columns import Ask

ingest_app = typer.Typer()


@ingest_app.command()
def ingest(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…", help="要装入的文件；写 kinds 列出种类，写 template KIND 得到可填写的模板"
        ),
    ],
    kind: Annotated[str | None, typer.Option(help="文件种类，见 chanjiao ingest kinds")] = None,
    source: Annotated[str | None, typer.Option(help="来源名称，默认为文件名")] = None,
    mapping: Annotated[Path | None, typer.Option(help="列对应关系 TOML")] = None,
    save_mapping: Annotated[
        bool, typer.Option("--save-mapping", help="记住列的对应，此来源的同种文件以后自动采用")
    ] = False,
    to: Annotated[Path | None, typer.Option("--out", help="模板写到哪里，默认 KIND.xlsx")] = None,
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
    from app.ingest.reasons import reason_title

    if files == ["kinds"]:
        if as_json:
            emit({name: entry.title for name, entry in KINDS.items()})
        else:
            table("文件种类", ["种类", "说明"], [[name, entry.title] for name, entry in KINDS.items()])
        return
    if files[0] == "template" and not Path("template").is_file():
        _template(files[1:], to, as_json)
        return
    if kind is None:
        raise InvalidInputError("没有给出 --kind", remedy=_kinds_to_choose(Path(files[0])))
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
                    ask=None if as_json or not sys.stdin.isatty() else _asker(steps),
                    save_mapping=save_mapping,
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
                out.print(f"  隔离原因 {reason_title(reason)}（{reason}）：{rows} 行")
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


def _kinds_to_choose(file: Path) -> str:
    """What to write after --kind: those that the headers of the file speak for, else all."""
    from app.errors import ChanjiaoError
    from app.ingest import KINDS
    from app.ingest.proposing import likely_kinds

    try:
        likely = likely_kinds(file)[:3]
    except ChanjiaoError:
        likely = []
    if likely:
        named = "、".join(f"{name}（{KINDS[name].title}）" for name in likely)
        return f"这个文件像是 {named}，请用 --kind 写明；chanjiao ingest kinds 列出全部种类"
    return f"可用的种类：{'、'.join(KINDS)}"


def _template(names: list[str], to: Path | None, as_json: bool) -> None:
    """`ingest template KIND`: a workbook to fill in."""
    from app.ingest import KINDS
    from app.ingest.templates import write_template

    if len(names) != 1 or names[0] not in KINDS:
        raise InvalidInputError(
            f"没有种类 {' '.join(names) or '（未写）'}",
            remedy=f"写法：chanjiao ingest template KIND [--out F.xlsx]；可用的种类：{'、'.join(KINDS)}",
        )
    path = to or Path(f"{names[0]}.xlsx")
    write_template(KINDS[names[0]], path)
    said({"kind": names[0], "file": str(path)}, as_json, f"已写出“{KINDS[names[0]].title}”的模板：{path}")


class _Choice(Prompt):
    illegal_choice_message = "[red]请输入列出的数字之一"


def _asker(steps: Steps) -> "Ask":
    """Puts a header in doubt to the person at the terminal."""

    def ask(header: "HeaderProposal") -> str | None:
        values = "、".join(header.samples) or "无"
        with steps.paused():
            err.print(f"列“{escape(header.header)}”不能确定是哪一列；值如：{escape(values)}", soft_wrap=True)
            for number, candidate in enumerate(header.candidates, start=1):
                err.print(f"  {number}  {candidate.title} {candidate.column}（{candidate.score:.2f}）")
            err.print("  0  都不是，不用这一列")
            numbers = [str(number) for number in range(len(header.candidates) + 1)]
            try:
                choice = int(_Choice.ask("请选择", console=err, choices=numbers))
            except EOFError:
                raise InvalidInputError(
                    f"列“{header.header}”没有回答，没有保存任何内容",
                    remedy="请重新运行并回答，或用 --mapping",
                ) from None
        return header.candidates[choice - 1].column if choice else None

    return ask
