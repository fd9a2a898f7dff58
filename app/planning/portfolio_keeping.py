"""Whether limits of a portfolio 整体方案 can be kept together, and how far one must give way."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csc_array, csr_array, hstack, vstack

from app.planning.portfolio_problem import TOLERANCE, Floats, PortfolioProblem, Rows, incidence


def keeps(problem: PortfolioProblem, limits: Sequence[Rows], node_limit: int = 300) -> bool | None:
    """Whether some set of choices keeps to all `limits`; None where the search ended before it knew.

    What asks for change gives way by a common share t of itself, so that doing nothing is where the search begins;
    the limits can be kept if t = 0 is found, and cannot if it is proved that t > 0.
    """
    asking = {id(rows): rows.lower for rows in limits if rows.demands}
    if not asking:
        return True
    if not len(problem.cost):
        return False
    solved = _elastic(problem, limits, asking, node_limit, gap=0.9)
    if solved.x is not None and solved.x[-1] <= TOLERANCE:
        return True
    bound = solved.mip_dual_bound
    return False if solved.status == 2 or (bound is not None and bound > TOLERANCE) else None


def gives_way(
    problem: PortfolioProblem, limits: Sequence[Rows], relaxed: Rows, node_limit: int = 300
) -> float | None:
    """How far t ≥ 0 all members of `relaxed` must give way for all `limits` to be kept, to 2 %; None if no t is found.

    Elastic programming (Chinneck 2008, Feasibility and Infeasibility in Optimization, ch. 6).
    """
    give = np.full(len(relaxed.members), 1.0 if relaxed.demands else -1.0)
    solved = _elastic(problem, limits, {id(relaxed): give}, node_limit, gap=0.02)
    return None if solved.x is None else float(solved.x[-1])


def _elastic(
    problem: PortfolioProblem,
    limits: Sequence[Rows],
    give: Mapping[int, Floats],
    node_limit: int,
    gap: float,
) -> OptimizeResult:
    """Minimise t where each row of the limits in `give` (by id) gives way by t times what stands there (r,)."""
    c, items = len(problem.cost), incidence(problem.item, problem.items)
    column = [np.zeros(problem.items)]
    column += [give.get(id(rows), np.zeros(len(rows.members))) for rows in limits]
    choices = vstack([items, *(rows.matrix for rows in limits)])
    lower = np.concatenate([np.full(problem.items, -np.inf), *(rows.lower for rows in limits)])
    upper = np.concatenate([np.ones(problem.items), *(rows.upper for rows in limits)])
    return milp(
        np.concatenate([np.zeros(c), [1.0]]),
        integrality=np.repeat([1, 0], [c, 1]),
        bounds=Bounds(0.0, np.concatenate([np.ones(c), [np.inf]])),
        constraints=LinearConstraint(
            csc_array(hstack([choices, csr_array(np.concatenate(column)[:, None])])), lower, upper
        ),
        options={"node_limit": node_limit, "mip_rel_gap": gap},
    )
