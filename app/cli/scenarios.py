"""`chanjiao scenario …`: what-if questions stored, run and compared."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy import select

from app.cli.terminal import Json, Steps, emit, opened, out, said, table

scenario_app = typer.Typer(help="情景：假设会怎样 What-if questions.", no_args_is_help=True)
_LISTED = 20


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
    from app.planning.decision import LABELS
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
    from app.planning.decision import LABELS

    return "、".join(f"{LABELS[action]} {count}" for action, count in actions.items())
