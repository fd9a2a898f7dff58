"""The mixed-integer program behind the portfolio 整体方案, on plain arrays, solved by HiGHS."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_array, csc_array, csr_array, eye_array, vstack

from app.planning.portfolio_pools import value
from app.planning.portfolio_problem import (
    TIE,
    TOLERANCE,
    Bools,
    Floats,
    PortfolioProblem,
    Rows,
    incidence,
    ties,
)


@dataclass(frozen=True, slots=True)
class Solved:
    """What HiGHS found: `chosen` (c,) or None, the proven bound, the bound of the linear relaxation and its prices."""

    chosen: Bools | None
    bound: float
    """No portfolio costs less, as the search proved; −inf where infeasible."""
    lp_bound: float
    prices: tuple[Floats, ...]
    """For each limit (r,): by how much the relaxation's cost falls with one unit more of the limit; ≥ 0."""
    infeasible: bool
    complete: bool
    """The search ended by its gap, not by its number of nodes."""


def solve(problem: PortfolioProblem, *, gap: float, node_limit: int) -> Solved:
    """Minimise Σ cost·x + Σ_p (unmet_cost·u + surplus_cost·o + pooled_cost·b) + constant.

    Variables: x (c,) binary; for each program heads unmet u, in surplus o, borrowed b from and lent l to its pool:

        supply + heads·x + u + b = demand + o + l,   b ≤ pooled_share · demand,   Σ_pool b = Σ_pool l,

    at most one x of an item (a multiple-choice formulation: its relaxation is the convex hull of each item's own
    choices, Wolsey 2020, Integer Programming, ch. 8 on knapsacks), and the limits. Equals are decided by a cost
    that grows with the place of the choice, TIE at most. Limits in nodes, never in seconds: a run repeats.
    """
    c, p = len(problem.cost), len(problem.demand)
    if c == 0:
        alone = value(problem, np.zeros(0, dtype=bool))
        met = all((rows.lower <= TOLERANCE).all() for rows in problem.limits)
        nothing = tuple(np.zeros(len(rows.members)) for rows in problem.limits)
        chosen = np.zeros(0, dtype=bool) if met else None
        return Solved(chosen, alone if met else -np.inf, alone, nothing, not met, True)
    pools = int(problem.pool.max()) + 1
    one, by_pool = csr_array(eye_array(p)), incidence(problem.pool, pools)
    limits = csr_array(vstack([rows.matrix for rows in problem.limits]))
    blocks: list[list[csr_array | None]] = [
        [incidence(problem.item, problem.items), None, None, None, None],
        [problem.heads, one, -one, one, -one],
        [None, None, None, by_pool, -by_pool],
        [limits, None, None, None, None],
    ]
    matrix = csc_array(block_array(blocks))
    items, missing = problem.items, problem.demand - problem.supply
    lower = np.concatenate(
        [np.full(items, -np.inf), missing, np.zeros(pools), *(rows.lower for rows in problem.limits)]
    )
    upper = np.concatenate(
        [np.ones(items), missing, np.zeros(pools), *(rows.upper for rows in problem.limits)]
    )
    tie = ties(c)
    cost = np.concatenate(
        [
            problem.cost + tie,
            problem.unmet_cost,
            np.full(p, problem.surplus_cost),
            np.full(p, problem.pooled_cost),
            np.zeros(p),
        ]
    )
    most = np.concatenate(
        [np.ones(c), np.full(2 * p, np.inf), problem.pooled_share * problem.demand, np.full(p, np.inf)]
    )
    lp_bound, marginals = _relaxed(cost, matrix, lower, upper, most)
    prices = _by_limit(marginals[items + p + pools :], problem.limits)
    if lp_bound == np.inf:
        return Solved(None, -np.inf, -np.inf, prices, True, True)
    solved = milp(
        cost,
        integrality=np.repeat([1, 0], [c, 4 * p]),
        bounds=Bounds(0.0, most),
        constraints=LinearConstraint(matrix, lower, upper),
        options={"node_limit": node_limit, "mip_rel_gap": gap},
    )
    chosen = None if solved.x is None else np.asarray(solved.x[:c] > 0.5)
    proved = lp_bound if solved.mip_dual_bound is None else max(lp_bound, float(solved.mip_dual_bound))
    # what decides between equals adds at most TIE for each item
    shift = problem.constant - TIE * min(items, c)
    return Solved(
        chosen=chosen,
        bound=proved + shift,
        lp_bound=lp_bound + shift,
        prices=prices,
        infeasible=solved.status == 2,
        complete=solved.status == 0,
    )


def _relaxed(
    cost: Floats, matrix: csc_array, lower: Floats, upper: Floats, most: Floats
) -> tuple[float, Floats]:
    """Cost of the linear relaxation (inf: infeasible, −inf: not solved) and the marginal of each row, per unit of its bound."""
    equal = lower == upper
    above, below = ~equal & np.isfinite(upper), ~equal & np.isfinite(lower)
    by_row = csr_array(matrix)
    solved = linprog(  # type: ignore[call-overload]  # its stubs know no sparse arrays
        cost,
        A_ub=vstack([by_row[above], -by_row[below]]),
        b_ub=np.concatenate([upper[above], -lower[below]]),
        A_eq=by_row[equal],
        b_eq=upper[equal],
        bounds=np.column_stack([np.zeros_like(most), most]),
        method="highs",
    )
    marginals = np.zeros(len(lower))
    if solved.status != 0:
        return np.inf if solved.status == 2 else -np.inf, marginals
    given = np.asarray(solved.ineqlin.marginals, float)
    marginals[above] += given[: int(above.sum())]
    marginals[below] += given[int(above.sum()) :]
    return float(solved.fun), marginals


def _by_limit(marginals: Floats, limits: Sequence[Rows]) -> tuple[Floats, ...]:
    ends = np.cumsum([len(rows.members) for rows in limits])
    return tuple(np.maximum(-part, 0.0) for part in np.split(marginals, ends[:-1])) if limits else ()
