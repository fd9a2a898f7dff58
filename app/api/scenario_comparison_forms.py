"""What is answered where scenarios 情景 are compared."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from app.api.listing import Listing, Model
from app.api.naming import ACTIONS, ProgramName, SchoolName, program_names, school_name
from app.api.openapi import RUN_ID
from app.api.scenario_forms import RESULT_EXAMPLE, TOTALS_EXAMPLE
from app.runs.scenario_comparison import Comparison, Figures, ProgramComparison


class FiguresItem(Model):
    """A program in one run, heads per year 人/年."""

    demand: float
    supply: float
    gap: float
    gap_p10: float | None
    gap_p90: float | None
    ratio: float | None
    offerings: int
    actions: dict[str, int] = Field(description="各类建议的专业点数。Offerings by action.")


class ChangedActionItem(SchoolName):
    """An offering on which the runs do not agree; the published run first, then the scenarios in their order."""

    actions: list[str | None]
    action_names: list[str | None]
    seats: list[float | None] = Field(description="建议计划人数 人/年")


class ProgramComparisonItem(ProgramName):
    """A program in the published run and in each scenario."""

    base: FiguresItem | None
    scenarios: list[FiguresItem | None] = Field(description="按所给情景的次序。In the order asked for.")
    change: float = Field(description="缺口与已发布结果的最大差别 人/年。Largest difference of the gap.")
    changed_actions: list[ChangedActionItem]


class ScenarioComparison(Listing[ProgramComparisonItem]):
    """Scenarios beside the published run; `items` has the programs that differ, the largest change first."""

    kind: str = Field(description="总是 scenario：情景（假设）。")
    base_run: str
    simulated: bool
    scenarios: list[str] = Field(description="情景的名称，按所给次序。")
    runs: list[str] = Field(description="它们的测算编号。")
    totals: list[dict[str, Any]] = Field(description="合计：先是已发布的，再按情景的次序。Published first.")
    unchanged: int = Field(description="没有变化的专业数。Programs that do not differ.")


def comparison_items(programs: Sequence[ProgramComparison]) -> list[ProgramComparisonItem]:
    return [
        ProgramComparisonItem(
            **program_names(each.level, each.program_code),
            base=_figures(each.figures[0]),
            scenarios=[_figures(figures) for figures in each.figures[1:]],
            change=each.change,
            changed_actions=[
                ChangedActionItem(
                    school_code=changed.school_code,
                    school_name=school_name(changed.school_code),
                    actions=list(changed.actions),
                    action_names=[ACTIONS[action] if action else None for action in changed.actions],
                    seats=list(changed.seats),
                )
                for changed in each.changed
            ],
        )
        for each in programs
    ]


def _figures(figures: Figures | None) -> FiguresItem | None:
    if figures is None:
        return None
    return FiguresItem(
        demand=figures.demand,
        supply=figures.supply,
        gap=figures.gap,
        gap_p10=figures.gap_p10,
        gap_p90=figures.gap_p90,
        ratio=figures.ratio,
        offerings=figures.offerings,
        actions=dict(figures.actions),
    )


def comparison_members(comparison: Comparison) -> dict[str, Any]:
    """The members of ScenarioComparison beside those of its page."""
    base, *others = comparison.runs
    return {
        "kind": "scenario",
        "base_run": base.id,
        "simulated": base.simulated,
        "scenarios": [scenario.name for scenario in comparison.scenarios],
        "runs": [run.id for run in others],
        "totals": [dict(total) for total in comparison.totals],
        "unchanged": comparison.unchanged,
    }


COMPARISON_EXAMPLE = ScenarioComparison(
    run=RUN_ID,
    total=1,
    limit=50,
    offset=0,
    items=[
        ProgramComparisonItem(
            **program_names("bachelor", "080710T"),
            base=FiguresItem(
                demand=235.8,
                supply=26.2,
                gap=209.6,
                gap_p10=159.2,
                gap_p90=262.7,
                ratio=0.111,
                offerings=2,
                actions={"expand": 2},
            ),
            scenarios=[
                FiguresItem(
                    demand=277.4,
                    supply=26.2,
                    gap=251.3,
                    gap_p10=192.3,
                    gap_p90=316.2,
                    ratio=0.094,
                    offerings=2,
                    actions={"expand": 2, "open": 1},
                )
            ],
            change=41.6,
            changed_actions=[
                ChangedActionItem(
                    school_code="4131010856",
                    school_name=school_name("4131010856"),
                    actions=[None, "open"],
                    action_names=[None, "增设"],
                    seats=[None, 30.0],
                )
            ],
        )
    ],
    kind="scenario",
    base_run=RUN_ID,
    simulated=True,
    scenarios=["ic-demand-30"],
    runs=[RESULT_EXAMPLE.run],
    totals=[TOTALS_EXAMPLE, TOTALS_EXAMPLE],
    unchanged=8,
)
