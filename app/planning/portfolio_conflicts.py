"""Conflicts 冲突: which limits of a portfolio cannot be kept together, and how far each would have to give way."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.portfolio_keeping import gives_way, keeps
from app.planning.portfolio_problem import PortfolioProblem, Rows


@dataclass(frozen=True, slots=True)
class Relief:
    """A limit of a conflict: where it stands, and where it would have to stand for all others to be kept."""

    code: str
    limit: float
    """As set; of a limit with many members the largest."""
    needed: float | None
    """None where giving way here alone does not help."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The smallest set of limits that cannot be kept together; of equally small ones the first in their order."""

    reliefs: tuple[Relief, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(relief.code for relief in self.reliefs)


def find_conflict(problem: PortfolioProblem) -> Conflict | None:
    """The smallest set of limits that no choice keeps; None where all can be kept (or the search was cut short).

    Doing nothing keeps every upper limit, so a conflict has at least one limit that asks for change. A deletion filter
    (Chinneck & Dravnieks 1991, ORSA Journal on Computing 3) finds a set of which every limit is needed; then all
    smaller sets are tried, so that what is named is the smallest and not just one that cannot be made smaller.
    """
    needed = [rows for rows in problem.limits if len(rows.members)]
    if keeps(problem, needed) is not False:
        return None
    for rows in needed:
        if rows.demands and keeps(problem, [rows]) is False:
            return _reliefs(problem, [rows])
    for rows in tuple(needed):
        without = [other for other in needed if other is not rows]
        if keeps(problem, without) is False:
            needed = without
    asking = [rows for rows in problem.limits if rows.demands]
    others = [rows for rows in problem.limits if not rows.demands and len(rows.members)]
    for size in range(2, len(needed)):
        for count in range(1, min(size, len(asking)) + 1):
            for some in itertools.combinations(asking, count):
                for more in itertools.combinations(others, size - count):
                    if keeps(problem, (*some, *more)) is False:
                        return _reliefs(problem, (*some, *more))
    return _reliefs(problem, needed)


def _reliefs(problem: PortfolioProblem, limits: Sequence[Rows]) -> Conflict:
    order = {id(rows): place for place, rows in enumerate(problem.limits)}
    asking_first = sorted(limits, key=lambda rows: (not rows.demands, order[id(rows)]))
    return Conflict(tuple(_relief(problem, rows) for rows in asking_first))


def _relief(problem: PortfolioProblem, rows: Rows) -> Relief:
    bound = float((rows.lower if rows.demands else rows.upper).max())
    if rows.shown is not None:
        return Relief(rows.code, float(rows.shown.bound.max(initial=0.0)), None)
    give = gives_way(problem, problem.limits, rows)
    if give is None:
        return Relief(rows.code, bound, None)
    return Relief(rows.code, bound, bound - give if rows.demands else bound + give)


def in_words(conflict: Conflict, names: dict[str, tuple[str, str]]) -> str:
    """The conflict in one sentence; `names` gives name and unit of each limit."""

    def named(relief: Relief) -> str:
        name, unit = names[relief.code]
        if relief.code in ("gap", "surplus", "mean_enrolment"):
            return f"“{name}”"
        return f"“{name} {relief.limit:g} {unit}”"

    together = "与".join(named(relief) for relief in conflict.reliefs)
    said = (
        f"{together}相互冲突" if len(conflict.reliefs) > 1 else f"{together}做不到：规则允许的调整都做也不够"
    )
    ways = [
        f"把“{names[relief.code][0]}”改为 {relief.needed:g} {names[relief.code][1]}"
        for relief in conflict.reliefs
        if relief.needed is not None and relief.code not in ("gap", "surplus")
    ]
    return said + (f"；其余不变时，{'，或'.join(ways)}，即可行" if ways else "")
