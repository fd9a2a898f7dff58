"""`chanjiao order-classes …`: proposed, listed, shown, moved, and their agreements written."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy import func, select

from app.cli.terminal import Json, emit, opened, out, said, table

if TYPE_CHECKING:
    from app.models import OrderClass

order_class_app = typer.Typer(help="订单班 Order classes.", no_args_is_help=True)
Which = Annotated[str, typer.Argument(metavar="ID", help="订单班编号，见 chanjiao order-classes list")]
PRINCIPAL = "command line"


@order_class_app.command("propose")
def propose(as_json: Json = False) -> None:
    """把已发布的测算的订单班安排变为提议；再次运行不会重复。"""
    from app.runs.order_classes import propose_classes

    with opened() as session:
        found = propose_classes(session, PRINCIPAL)
        counts = {name: getattr(found, name) for name in ("kept", "superseded", "refused", "waiting")}
        data = {"run": found.run_id, "proposed": [row.id for row in found.proposed], **counts}
        text = (
            f"测算 {found.run_id}：新提出 {len(found.proposed)} 个订单班，已有 {found.kept} 个，"
            f"取代 {found.superseded} 个，已谢绝或撤回 {found.refused} 个，待下次测算 {found.waiting} 个"
        )
        said(data, as_json, text)


@order_class_app.command("list")
def list_classes(
    state: Annotated[str | None, typer.Option(help="状态，如 proposed、signed")] = None,
    school: Annotated[str | None, typer.Option(help="院校代码")] = None,
    posting: Annotated[str | None, typer.Option(help="岗位需求编号")] = None,
    enterprise: Annotated[str | None, typer.Option(help="企业名称或统一社会信用代码")] = None,
    top: Annotated[int, typer.Option(min=1, help="至多列出几个")] = 50,
    as_json: Json = False,
) -> None:
    """列出订单班，最近动过的在前。"""
    from app.errors import InvalidInputError
    from app.reference import load_reference
    from app.runs.order_class_states import STATES
    from app.runs.order_classes import listed_classes

    if state is not None and state not in STATES:
        raise InvalidInputError(f"没有状态 {state}", remedy=f"可用：{'、'.join(STATES)}")
    code = load_reference().schools.get(school).code if school else None
    with opened() as session:
        found = listed_classes(
            states=(state,) if state else (), school=code, posting=posting, enterprise=enterprise
        )
        total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
        rows = session.scalars(found.limit(top)).all()
        if as_json:
            emit({"total": total, "order_classes": [_data(row) for row in rows]})
            return
        table(
            f"订单班（共 {total} 个）",
            ["编号", "状态", "企业", "岗位", "学校", "专业", "届", "人数"],
            [_line(row) for row in rows],
        )


@order_class_app.command("show")
def show(which: Which, as_json: Json = False) -> None:
    """一个订单班：现在的状态、可以变为哪些状态、历史与成效。"""
    from app.runs.order_class_outcomes import outcomes_of
    from app.runs.order_class_states import MOVES, STATES
    from app.runs.order_classes import get_class

    with opened() as session:
        standing = get_class(session, which)
        row = standing.row
        outcomes = outcomes_of(session, which)
        history = [
            {
                "version": move.version,
                "at": move.at.isoformat(),
                "to_state": move.to_state,
                "effective": move.effective.isoformat() if move.effective else None,
                "who": move.who,
                "reason": move.reason,
            }
            for move in standing.history
        ]
        if as_json:
            counts = [
                {name: getattr(each, name) for name in ("day", "filled", "graduated", "hired", "staying")}
                for each in outcomes
            ]
            emit({**_data(row), "history": history, "outcomes": counts})
            return
        table(f"订单班 {row.id}", ["状态", "企业", "岗位", "学校", "专业", "届", "人数"], [_line(row)[1:]])
        table(
            "历史",
            ["版本", "时间", "状态", "谁", "理由"],
            [
                [
                    str(m.version),
                    f"{m.at:%Y-%m-%d %H:%M}",
                    STATES[m.to_state],
                    escape(m.who),
                    escape(m.reason),
                ]
                for m in standing.history
            ],
        )
        following = "、".join(f"{STATES[each]}（{each}）" for each in MOVES[row.state])
        out.print(f"现在可以变为：{following or '没有，这是最后的状态'}", soft_wrap=True)
        for each in outcomes:
            out.print(
                f"{each.day}：到班 {each.filled}，毕业 {_known(each.graduated)}，录用 {_known(each.hired)}，"
                f"一年后在职 {_known(each.staying)}"
            )


@order_class_app.command("move")
def move(
    which: Which,
    to: Annotated[str, typer.Argument(help="新的状态，如 school_accepted")],
    who: Annotated[str, typer.Option("--who", help="由谁决定")],
    reason: Annotated[str, typer.Option("--reason", help="理由；谢绝、撤回、结束时必填")] = "",
    effective: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="生效日期，如签约日")
    ] = None,
    version: Annotated[int | None, typer.Option(help="读到的版本；不填为现在的版本")] = None,
    as_json: Json = False,
) -> None:
    """接受、谢绝、确认、撤回、签约、开班或结束；学校谢绝后随即为这份需求另找专业点。"""
    from app.errors import InvalidInputError
    from app.runs.order_class_replacement import place_anew
    from app.runs.order_class_states import STATES
    from app.runs.order_classes import Move, get_class, move_class

    if to not in STATES:
        raise InvalidInputError(f"没有状态 {to}", remedy=f"可用：{'、'.join(STATES)}")
    with opened() as session:
        seen = get_class(session, which).row.version if version is None else version
        day = effective.date() if effective else None
        done = move_class(session, which, Move(to, seen, who, reason, day), PRINCIPAL)
        data: dict[str, Any] = {"order_class": which, "state": done.row.state, "version": done.row.version}
        text = f"订单班 {which}：{STATES[done.row.state]}（第 {done.row.version} 次改动）"
        if done.row.state == "school_declined":
            anew = place_anew(session, done.row, PRINCIPAL)
            data["replacement"] = {
                "classes": [_data(row) for row in anew.classes],
                "unmet": anew.unmet,
                "reason": anew.reason,
            }
            text += f"；另行提出 {len(anew.classes)} 个班，仍未安排 {anew.unmet} 人"
            text += f"（{anew.reason}）" if anew.reason else ""
        said(data, as_json, text)


@order_class_app.command("agreement")
def agreement(
    which: Which,
    target: Annotated[Path, typer.Option("--out", help="写到哪个 DOCX 文件")],
    as_json: Json = False,
) -> None:
    """写出协议草案（DOCX）；模板可用 CHANJIAO_AGREEMENT_TEMPLATE 替换。"""
    from app.errors import InvalidInputError
    from app.runs.order_class_agreement import agreement_of

    with opened() as session:
        content = agreement_of(session, which)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise InvalidInputError(
            f"无法写入：{error.strerror}", remedy="请检查目录是否存在、可写", where={"文件": str(target)}
        ) from error
    said({"order_class": which, "file": str(target), "bytes": len(content)}, as_json, f"已写出 {target}")


def _data(row: "OrderClass") -> dict[str, Any]:
    from app.runs.order_class_states import MOVES

    names = (
        "id", "posting_id", "enterprise", "title", "mode", "school_code", "level", "program_code", "start_year",
        "heads", "fit", "state", "version", "simulated",
    )  # fmt: skip
    return {**{name: getattr(row, name) for name in names}, "next_states": list(MOVES[row.state])}


def _line(row: "OrderClass") -> list[str]:
    from app.reference import load_reference
    from app.runs.order_class_states import STATES

    reference = load_reference()
    school = reference.schools.find(row.school_code)
    program = reference.programs.find(row.level, row.program_code)
    return [
        row.id,
        STATES[row.state],
        escape(row.enterprise),
        escape(row.title),
        school.name if school else row.school_code,
        f"{program.name}（{program.level.label}）" if program else row.program_code,
        str(row.start_year),
        str(row.heads),
    ]


def _known(count: int | None) -> str:
    return "未知" if count is None else str(count)
