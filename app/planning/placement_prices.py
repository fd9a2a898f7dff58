"""Shadow prices of a placement: what one more seat of an offering would bring, in cost and in heads."""

from dataclasses import dataclass, replace

import numpy as np

from app.planning.placement_problem import ClassProblem, Floats
from app.planning.placement_relaxation import relaxed

_MORE = 1e-3
"""Part of a seat by which all lots are raised: prices are then those of one more seat, not of one less, where the two
differ; a little more for each lot than for the one before, so that no two constraints bind at the same point."""
_PREFERENCE = 1e-3
"""What all costs together may weigh against one head where heads are maximised."""


@dataclass(frozen=True, slots=True)
class LotPrices:
    cost: Floats
    """(m,) by how much one more seat lowers the cost of the relaxation."""
    heads: Floats
    """(m,) heads 人 more that one more seat lets the relaxation place, 0-1."""


def lot_prices(problem: ClassProblem) -> LotPrices:
    """Dual prices of the seats in two relaxations: of the cost, and of the heads left unmet (costs only decide between
    equals there). A relaxation opens parts of classes: the price is a mean over many seats rather than the jump when
    one seat completes a class.
    """
    problem, m = raised(problem), len(problem.seats)
    more = _MORE * (1 + np.arange(m) / max(m, 1))
    cost = relaxed(problem, seats_more=more).seat_price
    low, high = (float(f(problem.cost)) for f in (np.min, np.max)) if len(problem.cost) else (0.0, 0.0)
    spread = (problem.cost - low) / (high - low) if high > low else np.zeros_like(problem.cost)
    counted = replace(
        problem, unmet_cost=np.ones_like(problem.unmet_cost), cost=_PREFERENCE * spread, class_cost=0.0
    )
    heads = relaxed(counted, seats_more=more).seat_price
    return LotPrices(np.maximum(cost, 0.0), np.where(heads > 10 * _PREFERENCE, np.minimum(heads, 1.0), 0.0))


def raised(problem: ClassProblem) -> ClassProblem:
    """The problem in which a class that takes all seats of its lot could take one more."""
    if problem.largest is None:
        return problem
    return replace(problem, large=np.minimum(problem.largest, problem.seats[problem.offering] + 1))
