"""Scenarios side by side with the published run they were asked about: each program's figures and actions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError
from app.models import Balance, Recommendation, Run, Scenario
from app.runs.publish import current_run
from app.runs.scenarios import result_of

ProgramKey = tuple[str, str]
MOST = 6
_FIGURES = ("demand", "supply", "gap", "gap_p10", "gap_p90", "ratio", "offerings")


@dataclass(frozen=True, slots=True)
class Figures:
    """One program in one run, 人/年; the gap with its P10 and P90; how many offerings have which action."""

    demand: float
    supply: float
    gap: float
    gap_p10: float | None
    gap_p90: float | None
    ratio: float | None
    offerings: int
    actions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ChangedAction:
    """An offering on which the runs do not agree: action (None: no such offering) and seats proposed in each."""

    school_code: str
    actions: tuple[str | None, ...]
    seats: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ProgramComparison:
    """A program in the published run (first) and in each scenario; None where it has no offering there."""

    level: str
    program_code: str
    figures: tuple[Figures | None, ...]
    change: float
    """Largest difference of its gap from the published one, 人/年."""
    changed: tuple[ChangedAction, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The published run and scenarios on it; columns of every row are `runs` in their order."""

    runs: tuple[Run, ...]
    scenarios: tuple[Scenario, ...]
    totals: tuple[Mapping[str, Any], ...]
    programs: tuple[ProgramComparison, ...]
    """Those that differ, the largest change of the gap first."""
    unchanged: int


def compare_scenarios(session: Session, scenarios: Sequence[Scenario]) -> Comparison:
    """Compare results on the published run. Raises ConflictError naming the scenarios that were not run on it yet."""
    if not 1 <= len(scenarios) <= MOST or len({s.id for s in scenarios}) < len(scenarios):
        raise InvalidInputError(f"请给出 1 到 {MOST} 个不同的情景")
    published = current_run(session)
    results = [result_of(session, scenario, published.id) for scenario in scenarios]
    missing = [s.name for s, result in zip(scenarios, results, strict=True) if result is None]
    if missing:
        raise ConflictError(
            f"情景 {'、'.join(missing)} 还没有在已发布的测算上运行过",
            remedy="POST /v1/scenarios/{id}/run，或 chanjiao scenario run 名称",
        )
    runs = (published, *(result for result in results if result is not None))
    balances = [_balances(session, run.id) for run in runs]
    actions = [_actions(session, run.id) for run in runs]
    keys = sorted(set().union(*balances, *(of_run.keys() for of_run in actions)))
    rows = [_compared(key, balances, actions) for key in keys]
    changed = [row for row in rows if row.change >= 0.0005 or row.changed or len(set(row.figures)) > 1]
    return Comparison(
        runs=runs,
        scenarios=tuple(scenarios),
        totals=tuple(_totals(run) for run in runs),
        programs=tuple(sorted(changed, key=lambda row: (-row.change, row.level, row.program_code))),
        unchanged=len(rows) - len(changed),
    )


_Actions = Mapping[ProgramKey, Mapping[str, tuple[str, float]]]


def _compared(
    key: ProgramKey, balances: Sequence[Mapping[ProgramKey, Any]], actions: Sequence[_Actions]
) -> ProgramComparison:
    schools = sorted(set().union(*(of_run.get(key, {}) for of_run in actions)))
    changed = []
    for school in schools:
        found = [of_run.get(key, {}).get(school) for of_run in actions]
        if len(set(found)) > 1:
            changed.append(
                ChangedAction(
                    school,
                    tuple(each[0] if each else None for each in found),
                    tuple(each[1] if each else None for each in found),
                )
            )
    figures = []
    for balance, of_run in zip(balances, actions, strict=True):
        row = balance.get(key)
        counts: dict[str, int] = defaultdict(int)
        for action, _ in of_run.get(key, {}).values():
            counts[action] += 1
        figures.append(Figures(**row, actions=_Counts(sorted(counts.items()))) if row else None)
    gaps = [each.gap if each else 0.0 for each in figures]
    change = max(abs(gap - gaps[0]) for gap in gaps[1:])
    return ProgramComparison(key[0], key[1], tuple(figures), round(change, 3), tuple(changed))


class _Counts(dict[str, int]):
    """Counts that can be told apart in a set."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


def _balances(session: Session, run_id: str) -> dict[ProgramKey, dict[str, Any]]:
    columns = [getattr(Balance, name) for name in _FIGURES]
    found = select(Balance.level, Balance.program_code, *columns).where(Balance.run_id == run_id)
    return {
        (level, code): dict(zip(_FIGURES, rest, strict=True)) for level, code, *rest in session.execute(found)
    }


def _actions(session: Session, run_id: str) -> _Actions:
    found = select(
        Recommendation.level,
        Recommendation.program_code,
        Recommendation.school_code,
        Recommendation.action,
        Recommendation.seats_proposed,
    ).where(Recommendation.run_id == run_id)
    actions: dict[ProgramKey, dict[str, tuple[str, float]]] = defaultdict(dict)
    for level, code, school, action, seats in session.execute(found):
        actions[level, code][school] = (action, seats)
    return dict(actions)


def _totals(run: Run) -> dict[str, Any]:
    names = ("offerings", "seats", "supply", "demand", "unmet", "actions")
    return {name: run.summary.get(name) for name in names}
