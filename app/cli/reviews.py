"""`chanjiao review …`: recommendations accepted, rejected, deferred and reopened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy import func, select

from app.cli.terminal import Json, emit, opened, said, table

review_app = typer.Typer(help="审核调整建议 Reviewing recommendations.", no_args_is_help=True)
Who = Annotated[str, typer.Option("--who", help="由谁决定")]
Reason = Annotated[str, typer.Option("--reason", help="理由")]


@review_app.command("list")
def review_list(
    state: Annotated[
        str | None, typer.Option(help="proposed（等待审核）、under_review、accepted、rejected、deferred")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="至多列出几条")] = 50,
    as_json: Json = False,
) -> None:
    """列出审核；--state proposed 为已发布的测算中等待审核的建议。"""
    from app.errors import InvalidInputError
    from app.planning.review import STATES
    from app.runs.publish import current_run
    from app.runs.review_lists import moved, waiting

    if state is not None and state not in STATES:
        raise InvalidInputError(f"没有状态 {state}", remedy=f"可用：{'、'.join(STATES)}")
    with opened() as session:
        rows: list[dict[str, Any]] = []
        found: Any = waiting(current_run(session).id) if state == "proposed" else moved(state=state)
        total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
        for one, other in session.execute(found.limit(top)):
            review = other if state == "proposed" else one
            rows.append(
                {
                    "recommendation": one.id if state == "proposed" else None,
                    "review": review.id if review else None,
                    "state": review.state if review else "proposed",
                    "version": review.version if review else 0,
                    "action": one.action,
                    "school_code": one.school_code,
                    "level": one.level,
                    "program_code": one.program_code,
                    "who": "" if state == "proposed" else other.who,
                    "reason": "" if state == "proposed" else other.reason,
                }
            )
        if as_json:
            emit({"total": total, "reviews": rows})
            return
        table(
            f"审核（共 {total} 条）",
            ["编号", "状态", "建议", "学校", "专业", "谁", "理由"],
            [_review_row(row) for row in rows],
        )


def _review_row(row: dict[str, Any]) -> list[str]:
    from app.planning.decision import LABELS
    from app.planning.review import STATES
    from app.reference import load_reference

    reference = load_reference()
    school = reference.schools.find(row["school_code"])
    program = reference.programs.find(row["level"], row["program_code"])
    return [
        str(row["recommendation"] or row["review"]),
        STATES[row["state"]],
        LABELS[row["action"]],
        school.name if school else row["school_code"],
        f"{program.name}（{program.level.label}）" if program else row["program_code"],
        row["who"],
        escape(row["reason"]),
    ]


Which = Annotated[str, typer.Argument(metavar="ID", help="建议的编号，或审核的编号，见 chanjiao review list")]
Code = Annotated[str, typer.Option("--reason-code", help="理由的种类，如 fit_wrong、policy")]
Industry = Annotated[str | None, typer.Option("--industry", help="fit_wrong、fit_right 所说的行业")]
Occupation = Annotated[str | None, typer.Option("--occupation", help="或职业")]


@review_app.command("accept")
def review_accept(
    which: Which,
    who: Who,
    reason: Reason,
    code: Code = "",
    year: Annotated[int | None, typer.Option(help="自哪年招生起落实，默认为所依据计划的次年")] = None,
    industry: Industry = None,
    occupation: Occupation = None,
    as_json: Json = False,
) -> None:
    """接受一条建议：下次测算按它落实后的供给计算，不再重复提出。"""
    _decide(which, "accepted", as_json, who, reason, code, industry, occupation, year=year)


@review_app.command("reject")
def review_reject(
    which: Which,
    who: Who,
    reason: Reason,
    code: Code = "",
    industry: Industry = None,
    occupation: Occupation = None,
    as_json: Json = False,
) -> None:
    """否决一条建议：数字没有较大变化之前不再提出。"""
    _decide(which, "rejected", as_json, who, reason, code, industry, occupation)


@review_app.command("defer")
def review_defer(
    which: Which,
    who: Who,
    reason: Reason,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="到哪一天")],
    code: Code = "",
    as_json: Json = False,
) -> None:
    """暂缓一条建议，到某一天再提。"""
    _decide(which, "deferred", as_json, who, reason, code, until=until.date())


@review_app.command("reopen")
def review_reopen(which: Which, who: Who, reason: Reason = "", as_json: Json = False) -> None:
    """重新打开已有的决定。"""
    _decide(which, "under_review", as_json, who, reason)


def _decide(
    which: str,
    to: str,
    as_json: bool,
    who: str,
    reason: str,
    code: str = "",
    industry: str | None = None,
    occupation: str | None = None,
    **more: Any,
) -> None:
    """Move a review to `to`; one that nobody has taken up yet is taken up first, as a move of its own."""
    from app.planning.review import STATES
    from app.runs.published import Published
    from app.runs.reviews import (
        Move,
        Standing,
        get_review,
        move_recommendation,
        move_review,
        recommendation_of,
        review_of,
    )

    with opened() as session:
        if which.isdecimal():
            published = Published.current(session)
            standing = review_of(session, recommendation_of(published, int(which)))
        else:
            published = None
            standing = get_review(session, which)
        steps: Sequence[str] = ("under_review", to) if standing.state == "proposed" else (to,)
        for step in dict.fromkeys(steps):
            last = step == to
            move = Move(
                to=step,
                version=standing.version,
                who=who,
                reason=reason if last else "",
                reason_code=code if last else "",
                industry_code=industry if last else None,
                occupation_code=occupation if last else None,
                **(more if last else {}),
            )
            done: Standing = (
                move_recommendation(session, published, int(which), move, "command line")
                if published is not None
                else move_review(session, which, move, "command line")
            )
            standing = done
        data = {"review": standing.id, "state": standing.state, "version": standing.version}
        said(data, as_json, f"审核 {standing.id}：{STATES[standing.state]}（第 {standing.version} 次改动）")
