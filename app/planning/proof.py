"""Proof 验证: how well an answer recovers the shortages and surpluses that were planted, and what simple counting answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.planning.actions import Action
from app.planning.allocation import Allocation, Array
from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.portfolio_result import Difference
from app.planning.profile import Profile

ADD = ("open", "expand")
CUT = ("shrink", "suspend", "close")
OF_ITSELF = ("destination.", "enrolment.", "warning.", "crowded.")
"""Rules that look at an offering's own outcomes and enrolment, not at its balance."""
TURN = "class.short"
"""The rule by which a surplus is turned towards a short program of its class: the surplus was found all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one method says of each program (p,), 人/年: the gap, its interval, and where to move: 1 add, −1 cut, 0 keep."""

    gap: Array
    low: Array
    high: Array
    move: NDArray[np.int64]
    """As the rules ask, one by one."""
    together: NDArray[np.int64]
    """As the portfolio of a year does, within its limits."""


def answer_of(
    programs: Sequence[ProgramKey],
    balances: Sequence[ProgramBalance],
    actions: Sequence[Action],
    differences: Sequence[Difference] = (),
) -> Answer:
    """The answer that balances with intervals and the actions on offerings give for each program.

    A program moves where any of its offerings is moved for its balance; rules on outcomes and enrolment alone do not
    count. `differences`: where the actions, of a portfolio, are not what the rules ask for one by one.
    """
    move, together = dict.fromkeys(programs, 0), dict.fromkeys(programs, 0)
    by_rule = {difference.key: difference.rule_action for difference in differences}
    for action in actions:
        key = (action.school_code, action.level, action.program_code)
        for moved, what in ((together, action.action), (move, by_rule.pop(key, action.action))):
            if (way := _way(what, action.rules)) != 0:
                moved[key[1:]] = way
    for (_, *program), what in by_rule.items():  # openings that the portfolio leaves out
        if what in ADD:
            move[program[0], program[1]] = 1
    by_program = {(b.level, b.program_code): b for b in balances}
    rows = [by_program[key] for key in programs]
    return Answer(
        gap=np.array([b.gap for b in rows]),
        low=np.array([b.gap if b.gap_p10 is None else b.gap_p10 for b in rows]),
        high=np.array([b.gap if b.gap_p90 is None else b.gap_p90 for b in rows]),
        move=np.array([move[key] for key in programs], dtype=np.int64),
        together=np.array([together[key] for key in programs], dtype=np.int64),
    )


def _way(action: str, rules: Sequence[str]) -> int:
    if action in ADD:
        return 1
    cut = action in CUT and not rules[0].startswith(OF_ITSELF)
    return -1 if cut or (action == "upgrade" and TURN in rules) else 0


def crosswalk_counting(demand: Array, linked: NDArray[np.bool_]) -> Allocation:
    """Openings minus completions: the heads of each demand (n,) in full to every program `linked` (n, p) to it."""
    return _counted(np.where(linked, demand[:, None], 0.0), demand)


def fit_weighted_counting(demand: Array, fit: Array, floor: float = 0.0) -> Allocation:
    """The heads of each demand (n,) divided in proportion to `fit` (n, p), where it is at least `floor`."""
    weight = np.where(fit >= floor, fit, 0.0)
    total = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return _counted(demand[:, None] * share, demand)


def _counted(shares: Array, demand: Array) -> Allocation:
    unmet = np.maximum(demand - shares.sum(axis=1), 0.0)
    return Allocation(shares, unmet, 0, 0.0, np.zeros(shares.shape[1]))


def with_range(balances: Sequence[ProgramBalance]) -> tuple[ProgramBalance, ...]:
    """The interval that counting can give: every forecast at its low, and every one at its high."""
    return tuple(
        replace(b, gap_p10=b.demand_low - b.supply, gap_p50=b.gap, gap_p90=b.demand_high - b.supply)
        for b in balances
    )


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over programs that add up over regions; the measures are their quotients."""

    programs: int = 0
    right: int = 0
    """Programs moved as their true balance asks."""
    moved: int = 0
    right_together: int = 0
    moved_together: int = 0
    """The same of the portfolio of a year."""
    wanted: int = 0
    """Programs that their true balance asks to move."""
    right_short: int = 0
    wanted_short: int = 0
    right_surplus: int = 0
    wanted_surplus: int = 0
    error: float = 0.0
    """Σ |gap said − true gap|, heads."""
    covered: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def measures(self) -> dict[str, float]:
        """Precision and recall of actions, also of those that fit into the limits of a year; recall of each kind; mean
        absolute error of gaps in heads; coverage of P10–P90. 0 where undefined.
        """

        def quotient(part: float, whole: float) -> float:
            return part / whole if whole else 0.0

        return {
            "action_precision": quotient(self.right, self.moved),
            "action_recall": quotient(self.right, self.wanted),
            "portfolio_precision": quotient(self.right_together, self.moved_together),
            "portfolio_recall": quotient(self.right_together, self.wanted),
            "shortage_recall": quotient(self.right_short, self.wanted_short),
            "surplus_recall": quotient(self.right_surplus, self.wanted_surplus),
            "gap_mae": quotient(self.error, self.programs),
            "coverage": quotient(self.covered, self.programs),
        }


def score(answer: Answer, demand: Array, supply: Array, profile: Profile) -> Score:
    """Compare an answer with the true `demand` and `supply` (p,), by the same limits that the profile gives the rules."""
    ratio = np.divide(supply, demand, out=np.full_like(supply, np.inf), where=demand > 0)
    short = ratio < profile.actions.expand_below.value
    surplus = ratio > profile.actions.shrink_above.value
    wanted = short.astype(np.int64) - surplus.astype(np.int64)
    right = (answer.move == wanted) & (wanted != 0)
    gap = demand - supply
    return Score(
        programs=len(demand),
        right=int(right.sum()),
        moved=int((answer.move != 0).sum()),
        right_together=int(((answer.together == wanted) & (wanted != 0)).sum()),
        moved_together=int((answer.together != 0).sum()),
        wanted=int((wanted != 0).sum()),
        right_short=int((right & short).sum()),
        wanted_short=int(short.sum()),
        right_surplus=int((right & surplus).sum()),
        wanted_surplus=int(surplus.sum()),
        error=float(np.abs(answer.gap - gap).sum()),
        covered=int(((answer.low <= gap) & (gap <= answer.high)).sum()),
    )
