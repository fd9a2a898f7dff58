"""The search for a cheap placement of a large instance: patterns, a dive, and the best choice of all patterns met."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from app.planning.placement_columns import Generated, generate, master
from app.planning.placement_dive import dive
from app.planning.placement_patterns import Prices, plain_rows
from app.planning.placement_problem import ClassProblem, Floats, Ints, cost_of
from app.planning.placement_relaxation import Relaxation

_TOLERANCE = 5e-4
"""Distance of the bound from the mixture at which no more patterns are priced."""
_ROUNDS = 60
_CHOICE_GAP = 5e-4
_CHOICE_NODES = 100


@dataclass(frozen=True, slots=True)
class Decomposed:
    classes: Ints
    bound: float
    """At the costs searched with."""
    generated: Generated
    """To begin with, where the same is solved again with shares."""


def decompose(
    problem: ClassProblem,
    cost: Floats,
    relaxation: Relaxation,
    stop: Callable[[], bool],
    begun: Generated | None = None,
) -> Decomposed:
    """Column generation (`generate`) for the bound, a dive for a first placement, then the best whole choice among all
    columns by branch and cut: the dive's own are among them, so that it is never worse."""
    problem = replace(problem, cost=cost)
    prices = Prices(relaxation.seat_price, relaxation.teacher_price, relaxation.share_price)
    found = generate(problem, prices, tolerance=_TOLERANCE, rounds=_ROUNDS, stop=stop, begun=begun)
    heads, classes = dive(problem, found)
    if stop():
        return Decomposed(classes, found.bound, found)
    columns = found.columns
    choice = master(columns, problem, plain_rows(problem), np.arange(len(columns.posting)))
    bound = np.diff(choice.matrix.indptr) > 0
    solved = milp(
        -choice.saved,
        integrality=np.ones(len(choice.saved), np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(choice.matrix[bound], -np.inf, choice.most[bound]),
        options={"node_limit": _CHOICE_NODES, "mip_rel_gap": _CHOICE_GAP},
    )
    if solved.x is not None and problem.all_unmet + float(solved.fun) < cost_of(problem, heads, classes):
        taken = np.isin(columns.column, np.flatnonzero(solved.x > 0.5))
        pairs, amount = columns.pairs[taken], columns.amount[taken]
        classes = np.zeros_like(classes)
        classes[pairs] = -(-amount // problem.large[pairs])
    return Decomposed(classes, found.bound, found)
