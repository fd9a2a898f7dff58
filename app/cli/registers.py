"""`chanjiao registers …`: the registers on a day, and how far the pilot is."""

from datetime import date
from typing import Annotated, Any

import typer

from app.cli.terminal import Json, emit, opened, said, table
from app.errors import InvalidInputError

registers_app = typer.Typer(help="登记：产教融合型企业、试点进展、行业动态 Registers.", no_args_is_help=True)
On = Annotated[str | None, typer.Option("--on", help="哪一天，如 2026-12-31；不填为今天")]


@registers_app.command("enterprises")
def registers_enterprises(
    on: On = None,
    status: Annotated[
        str | None, typer.Option("--status", help="reserve、cultivating、certified、expired 或 removed")
    ] = None,
    as_json: Json = False,
) -> None:
    """列出产教融合型企业与当天的状态。"""
    from app.reference import load_reference
    from app.runs.enterprises import STATUSES, enterprises_at

    if status is not None and status not in STATUSES:
        raise InvalidInputError(f"没有状态 {status}", remedy=f"可用：{'、'.join(STATUSES)}")
    reference, day = load_reference(), _day(on)
    with opened() as session:
        found = [row for row in enterprises_at(session, day) if status in (None, row.status)]
        if as_json:
            own = ("credit_code", "name", "status", "since", "until", "round", "industry_code", "simulated")
            rows = [{name: getattr(row, name) for name in (*own, "district_code")} for row in found]
            emit({"on": day, "enterprises": rows})
            return

        def named(entries: Any, code: str | None) -> str:
            entry = entries.find(code) if code else None
            return entry.name if entry else ""

        table(
            f"产教融合型企业（{day}，{len(found)} 家）",
            ["信用代码", "企业", "状态", "起", "有效期至", "批次", "行业", "区"],
            [
                [
                    row.credit_code,
                    row.name + ("（模拟）" if row.simulated and "模拟" not in row.name else ""),
                    STATUSES[row.status],
                    str(row.since),
                    str(row.until or ""),
                    row.round,
                    named(reference.industries, row.industry_code) or row.industry_name,
                    named(reference.districts, row.district_code),
                ]
                for row in found
            ],
        )


@registers_app.command("progress")
def registers_progress(on: On = None, as_json: Json = False) -> None:
    """试点进展：对照试点方案的目标数。"""
    from dataclasses import asdict

    from app.runs.pilot import pilot_progress

    day = _day(on)
    with opened() as session:
        found = pilot_progress(session, day)
        if as_json:
            emit({"on": day, "targets": [{**asdict(each.target), **asdict(each.count)} for each in found]})
            return
        table(
            f"试点进展（{day}）",
            ["目标", "任务", "目标数", "已达到", "储备与在建", "其中模拟", "什么计入"],
            [
                [
                    each.target.name,
                    each.target.task,
                    f"{each.target.value} {each.target.unit}",
                    str(each.count.reached),
                    str(each.count.underway),
                    str(each.count.simulated),
                    each.count.what,
                ]
                for each in found
            ],
        )


@registers_app.command("tag-bulletins")
def registers_tag_bulletins(
    again: Annotated[bool, typer.Option("--again", help="以前的测算标注的也重新标注")] = False,
    as_json: Json = False,
) -> None:
    """用已发布的测算给行业动态标出行业与专业（装入的动态在此之后才有标注）。"""
    from app.runs.bulletins import tag_bulletins

    with opened() as session:
        tagged = tag_bulletins(session, again=again)
        said({"tagged": tagged}, as_json, f"标注了 {tagged} 条行业动态")


def _day(text: str | None) -> date:
    from app.models import now

    if text is None:
        return now().date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"“{text}”不是日期", remedy="请按 2026-12-31 的形式填写") from error
