"""The parts of the `chanjiao` command about what-if questions and decisions: `scenario …` and `review …`.

Sub-commands of `app.cli`, in a file of their own; `cli.py` adds them.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy import func, select

from app.cli_terminal import Json, Steps, emit, opened, out, said, table

scenario_app = typer.Typer(help="情景：假设会怎样 What-if questions.", no_args_is_help=True)
review_app = typer.Typer(help="审核调整建议 Reviewing recommendations.", no_args_is_help=True)
Who = Annotated[str, typer.Option("--who", help="由谁决定")]
Reason = Annotated[str, typer.Option("--reason", help="理由")]
_LISTED = 20


# --- scenarios --------------------------------------------------------------------------------------------------


@scenario_app.command("add")
def scenario_add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TOML 文件，例子在 app/data/scenarios")],
    who: Annotated[str, typer.Option("--who", help="由谁提出")] = "local",
    as_json: Json = False,
) -> None:
    """检查并存下一个情景。"""
    from app.runs.scenarios import add_scenario, read_definition

    definition = read_definition(file)
    with opened() as session:
        row, new = add_scenario(session, definition, who)
        data = {"id": row.id, "name": row.name, "title": row.title, "new": new, "definition": row.definition}
        said(data, as_json, f"{'已存下' if new else '此前已有'}情景 {row.name}：{escape(row.title)}")


@scenario_app.command("list")
def scenario_list(as_json: Json = False) -> None:
    """列出情景与最近一次结果。"""
    from app.models import Scenario
    from app.runs.scenarios import result_of

    with opened() as session:
        rows = session.scalars(select(Scenario).order_by(Scenario.at, Scenario.id)).all()
        found = [(row, result_of(session, row)) for row in rows]
        if as_json:
            items = [
                {"id": row.id, "name": row.name, "title": row.title, "run": result.id if result else None}
                for row, result in found
            ]
            emit({"scenarios": items})
            return
        table(
            "情景（假设，不是正式结果）",
            ["名称", "说明", "提出", "最近一次结果"],
            [[row.name, row.title, row.who, result.id if result else "—"] for row, result in found],
        )


@scenario_app.command("run")
def scenario_run(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: Json = False) -> None:
    """在已发布的测算上运行一个情景。"""
    run_named(name, as_json)


def run_named(name: str, as_json: bool) -> None:
    """Run a stored scenario and say what it altered and what came of it."""
    from app.runs.scenarios import find_scenario, run_scenario

    with opened() as session:
        scenario = find_scenario(session, name)
        with Steps() as steps:
            done, new = run_scenario(session, scenario, steps)
        if as_json:
            emit(
                {
                    "run": done.id,
                    "kind": done.kind,
                    "scenario": scenario.name,
                    "base_run": done.parameters["base_run"],
                    "new": new,
                    "digest": done.digest,
                    "seconds": done.seconds,
                    "summary": done.summary,
                }
            )
            return
        out.print(
            f"情景 {scenario.name} {'已算出' if new else '此前已算过'}：{done.id}（{done.seconds:.1f} 秒，不会发布）",
            soft_wrap=True,
        )
        for each in done.summary["scenario"]["alterations"]:
            out.print(
                escape(
                    f"  {each['text']}：{each['records']} 条，{each['before']:.0f} → {each['after']:.0f} {each['unit']}"
                ),
                soft_wrap=True,
            )


@scenario_app.command("delete")
def scenario_delete(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: Json = False) -> None:
    """删除一个情景，连同它的结果。"""
    from app.runs.scenarios import delete_scenario, find_scenario

    with opened() as session:
        runs = delete_scenario(session, find_scenario(session, name))
        said({"deleted": name, "runs": runs}, as_json, f"已删除情景 {name} 与它的 {runs} 次结果")


@scenario_app.command("compare")
def scenario_compare(
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="情景，须先运行过")],
    as_json: Json = False,
) -> None:
    """把情景与已发布的测算并排：变化大的专业在前。"""
    from dataclasses import asdict

    from app.runs.scenario_comparison import compare_scenarios
    from app.runs.scenarios import find_scenario

    with opened() as session:
        compared = compare_scenarios(session, [find_scenario(session, name) for name in names])
        titles = ["已发布", *(scenario.name for scenario in compared.scenarios)]
        if as_json:
            emit(
                {
                    "kind": "scenario",
                    "base_run": compared.runs[0].id,
                    "scenarios": titles[1:],
                    "runs": [run.id for run in compared.runs[1:]],
                    "totals": [dict(total) for total in compared.totals],
                    "unchanged": compared.unchanged,
                    "programs": [asdict(each) for each in compared.programs],
                }
            )
            return
        names_of = {
            "supply": "供给 人/年",
            "demand": "需求 人/年",
            "unmet": "无人培养 人/年",
            "seats": "招生 人/年",
        }
        table(
            "合计（情景是假设，不是正式结果）",
            ["", *titles],
            [[label, *(f"{t[name]:.0f}" for t in compared.totals)] for name, label in names_of.items()]
            + [["建议", *(_counts(total["actions"]) for total in compared.totals)]],
        )
        table(
            f"缺口变化最大的专业（共 {len(compared.programs)} 个有变化，列出 {min(_LISTED, len(compared.programs))} 个）",
            ["专业", *(f"缺口（P10–P90）{title}" for title in titles), "建议的变化"],
            [_program_row(each) for each in compared.programs[:_LISTED]],
        )


def _program_row(each: Any) -> list[str]:
    from app.planning.actions import LABELS
    from app.reference import load_reference

    reference = load_reference()
    program = reference.programs.find(each.level, each.program_code)
    name = f"{program.name}（{program.level.label}）" if program else each.program_code
    gaps = [
        "—"
        if figures is None
        else f"{figures.gap:+.0f}"
        + (f"（{figures.gap_p10:+.0f}–{figures.gap_p90:+.0f}）" if figures.gap_p10 is not None else "")
        for figures in each.figures
    ]
    changes = []
    for changed in each.changed:
        school = reference.schools.find(changed.school_code)
        moves = " → ".join(
            f"{LABELS[action]} {seats:.0f}" if action else "无"
            for action, seats in zip(changed.actions, changed.seats, strict=True)
        )
        changes.append(f"{school.name if school else changed.school_code}：{moves}")
    return [name, *gaps, "；".join(changes[:3]) + ("…" if len(changes) > 3 else "")]


def _counts(actions: dict[str, int]) -> str:
    from app.planning.actions import LABELS

    return "、".join(f"{LABELS[action]} {count}" for action, count in actions.items())


# --- reviews ----------------------------------------------------------------------------------------------------


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
    from app.runs.reviews import moved, waiting

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
    from app.planning.actions import LABELS
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
