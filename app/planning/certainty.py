"""Certainty 把握: how probable it is that an action stays right, over the draws of uncertainty.py."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.planning.balance import ProgramKey
from app.planning.copies import Copies
from app.planning.rules import by_balance, by_enrolment_alone
from app.planning.situation import ClassBalance, ClassKey, Region, Situation
from app.planning.uncertainty import Draws

AT_LEAST = {
    "shrink": ("shrink", "suspend", "close"),
    "suspend": ("suspend", "close"),
    "close": ("close",),
}
"""A cut is right where the rules ask for it or for more."""
_ANCHORS = 9
Answer = TypeVar("Answer")


class Certainty:
    """The draws of one region, ready to be asked of each of its offerings."""

    def __init__(self, region: Region, draws: Draws) -> None:
        self.region, self.draws = region, draws
        self._column = {key: j for j, key in enumerate(draws.programs)}
        members: dict[ClassKey, list[int]] = {}
        for key, j in self._column.items():
            if key in region.facts:
                members.setdefault((key[0], region.facts[key].class_code), []).append(j)
        self._classes = {
            of_class: (draws.demand[:, columns].sum(axis=1), draws.supply[:, columns].sum(axis=1))
            for of_class, columns in members.items()
        }

    def of(self, situation: Situation, action: str, rules: Sequence[str] = ()) -> float | None:
        """Share 0-1 of the draws in which the rules, told the figures of the draw exactly, ask for `action`.

        None where the program was not drawn, and where it is kept for want of evidence (`rules` beginning with
        `evidence.`) or of a reviewer's decision (`review.`): then nothing says how probable it is.
        """
        program = (situation.offering.level, situation.offering.program_code)
        column = self._column.get(program)
        if (
            column is None
            or situation.balance is None
            or next(iter(rules), "").startswith(("evidence.", "review."))
        ):
            return None
        wanted = AT_LEAST.get(action, (action,))
        demand, supply = self.draws.demand[:, column], self.draws.supply[:, column]
        of_class = self._class_draws(program)

        if (own := by_enrolment_alone(situation, self.region)) is not None and len(demand):
            return float(own.action in wanted)
        drawn = self._drawn(situation, demand, supply, of_class)

        def in_draw(d: int) -> bool:
            return by_balance(drawn(d), self.region).action in wanted

        few = demand < self.region.profile.actions.evidence_min_heads.value
        short = of_class[0] >= of_class[1] if of_class else np.zeros(len(demand), dtype=bool)
        right = 0
        for part in (few & short, few & ~short, ~few & short, ~few & ~short):
            right += count_in_order(np.flatnonzero(part), supply / np.maximum(demand, 1e-12), in_draw)
        return right / len(demand) if len(demand) else None

    def of_opening(self, program: ProgramKey) -> float | None:
        """Share 0-1 of the draws in which the program is short by as much as an opening asks for."""
        column = self._column.get(program)
        if column is None:
            return None
        rules = self.region.profile.actions
        demand, supply = self.draws.demand[:, column], self.draws.supply[:, column]
        return stays(demand, supply, below=rules.expand_below.value, gap=rules.open_min_gap.value)

    def _class_draws(self, program: ProgramKey) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        facts = self.region.facts.get(program)
        return self._classes.get((program[0], facts.class_code)) if facts else None

    def _drawn(
        self,
        situation: Situation,
        demand: NDArray[np.float64],
        supply: NDArray[np.float64],
        of_class: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    ) -> Callable[[int], Situation]:
        """The situation with the figures of a draw."""
        assert situation.balance is not None
        balances = Copies(situation.balance, "demand_low", "demand", "demand_high", "supply", "gap", "ratio")
        situations = Copies(situation, "balance", "of_class")

        def at(d: int) -> Situation:
            heads, graduates = float(demand[d]), float(supply[d])
            shown: ClassBalance | None = situation.of_class
            if shown is not None and of_class is not None:
                shown = replace(shown, demand=float(of_class[0][d]), supply=float(of_class[1][d]))
            ratio = graduates / heads if heads > 0 else None
            return situations(balances(heads, heads, heads, graduates, heads - graduates, ratio), shown)

        return at


def stays(
    demand: NDArray[np.float64],
    supply: NDArray[np.float64],
    *,
    below: float = np.inf,
    above: float = -np.inf,
    gap: float = -np.inf,
) -> float:
    """Share 0-1 of the draws (n,) with above ≤ supply/demand < below and demand − supply ≥ gap.

    A draw without demand has a ratio above every limit.
    """
    if not len(demand):
        return 0.0
    ratio = np.divide(supply, demand, out=np.full(len(demand), np.finfo(float).max), where=demand > 0)
    return float(np.mean((ratio >= above) & (ratio < below) & (demand - supply >= gap)))


def count_in_order(
    places: NDArray[np.int64], figures: NDArray[np.float64], holds: Callable[[int], bool]
) -> int:
    """How many of `places` hold, asking as few as the order of their `figures` allows.

    The rules compare figures with limits, so what holds at two figures near each other holds between them: a few
    places spread over the whole range are asked, then the borders between unlike neighbours are looked for.
    """
    order = places[np.argsort(figures[places], kind="stable")]
    if not len(order):
        return 0
    known: dict[int, bool] = {}

    def ask(i: int) -> bool:
        if i not in known:
            known[i] = holds(int(order[i]))
        return known[i]

    anchors = sorted(set(np.linspace(0, len(order) - 1, _ANCHORS).astype(int).tolist()))
    total = int(ask(anchors[0]))
    for left, right in itertools.pairwise(anchors):
        if ask(left) == ask(right):
            total += (right - left) * ask(right)
            continue
        low, high = left, right
        while high - low > 1:
            middle = (low + high) // 2
            if ask(middle) == ask(left):
                low = middle
            else:
                high = middle
        total += (low - left) * ask(left) + (right - low) * ask(right)
    return total
