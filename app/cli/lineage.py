"""`chanjiao lineage`: from a served figure back to files and rows."""

from typing import Annotated

import typer

from app.cli.terminal import Json, emit, opened, out, table

lineage_app = typer.Typer()


@lineage_app.command()
def lineage(
    kind: Annotated[str, typer.Argument(help="balance、offering、recommendation 或 placement")],
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="层次:专业代码；院校:层次:专业代码；建议编号；岗位编号[:院校:层次:专业代码]"
        ),
    ],
    as_json: Json = False,
) -> None:
    """追溯已发布的一个数字：出自哪些批次、哪个文件的哪一行。"""
    from app.ingest.lineage import trace
    from app.runs.publish import current_run

    with opened() as session:
        run = current_run(session)
        traced = trace(session, run, kind, name)
        if as_json:
            emit({"run": run.id, **traced.as_dict()})
            return
        figures = "，".join(f"{key} {value:g}" for key, value in traced.figures.items() if value is not None)
        out.print(f"测算 {run.id}，{kind} {name}：{figures}", soft_wrap=True)
        if traced.demand_named is not None:
            out.print(f"所列需求行占全部需求的 {traced.demand_named:.0%}（测算只留下最大的几行）")
        table(
            "批次",
            ["批次", "来源", "文件", "SHA-256", "收到", "状态"],
            [
                [b.id, b.source, b.filename, b.sha256[:16], b.received_at.isoformat()[:19], b.state]
                for b in traced.batches
            ],
        )
        table(
            "行",
            ["部分", "文件", "工作表", "行", "数量", "内容"],
            [
                [
                    row.part,
                    traced.file_of(row),
                    row.sheet,
                    str(row.row),
                    "" if row.value is None else f"{row.value:g} {row.unit}",
                    row.text + ("（模拟）" if row.simulated else ""),
                ]
                for row in traced.rows
            ],
        )
        for note in traced.notes:
            out.print(f"[yellow]提醒[/] {note}", soft_wrap=True)
