"""The linear relaxation of a placement: a bound on its cost, and what a seat, a head or a teacher is worth in it."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, diags_array, vstack

from app.planning.placement_problem import ClassProblem, Floats, incidence, least


@dataclass(frozen=True, slots=True)
class Relaxation:
    value: float
    """Its cost: no placement costs less."""
    heads: Floats
    """(p,) heads of each pair."""
    posting_price: Floats
    seat_price: Floats
    """(n,) and (m,) by how much one more head to place, or one more seat, lowers the cost."""
    teacher_price: Floats
    share_price: Floats
    """(g,) and (c,) of one more teacher, or a share larger by one."""
    saving: Floats
    """(p,) what a head placed there saves beyond the prices of all it takes; at most 0 where it is not used."""


def relaxed(
    problem: ClassProblem, *, seats_more: Floats | None = None, cost: Floats | None = None
) -> Relaxation:
    """Solve the relaxation, whose classes y are x / large: the fewest that hold x heads.

    So only x is left: min Σ cost·x + class_cost·x/large + unmet, heads ≤ asked, heads ≤ seats, and the numbers of
    classes that fit at all: Σ x/large ≤ ⌊heads / least size⌋ and ⌊seats / least size⌋, which whole classes imply and
    the relaxation does not know. `seats_more` (m,) is added to the seats, `cost` (p,) taken in place of the costs.
    """
    p, n, m = len(problem.posting), len(problem.heads), len(problem.seats)
    none = np.zeros(0)
    if not p:
        return Relaxation(problem.all_unmet, none, np.zeros(n), np.zeros(m), none, none, none)
    part = 1 / problem.large
    rows = [
        (incidence(problem.posting, n), problem.heads.astype(float)),
        (incidence(problem.offering, m), problem.seats + (0.0 if seats_more is None else seats_more)),
        (incidence(problem.posting, n, part), problem.heads // least(problem.small, problem.posting, n)),
        (incidence(problem.offering, m, part), problem.seats // least(problem.small, problem.offering, m)),
    ]
    if problem.teaching is not None and problem.teachers is not None:
        rows.append((csr_array(problem.teaching @ diags_array(part)), problem.teachers))
    if problem.share is not None and problem.shares is not None:
        rows.append((incidence(problem.share, len(problem.shares)), problem.shares.astype(float)))
    matrix = csr_array(vstack([block for block, _ in rows]))
    most = np.concatenate([np.asarray(limit, float) for _, limit in rows])
    used = np.diff(matrix.indptr) > 0
    value = (problem.cost if cost is None else cost) + problem.class_cost * part
    room = np.minimum(problem.heads[problem.posting], problem.seats[problem.offering])
    highest = np.minimum(problem.large * (room // problem.small), problem.heads[problem.posting])
    solved = linprog(  # type: ignore[call-overload]  # its stubs know no sparse arrays
        value - problem.unmet_cost[problem.posting],
        A_ub=matrix[used],
        b_ub=most[used],
        bounds=np.column_stack([np.zeros(p), highest]),
        method="highs",
    )
    price = np.zeros(len(most))
    price[used] = -np.asarray(solved.ineqlin.marginals, float)
    ends = np.cumsum([block.shape[0] for block, _ in rows])
    prices = np.split(price, ends[:-1])
    taught = problem.teaching is not None and problem.teachers is not None
    return Relaxation(
        value=float(solved.fun) + problem.all_unmet,
        heads=np.asarray(solved.x, float),
        posting_price=prices[0],
        seat_price=prices[1],
        teacher_price=prices[4] if taught else none,
        share_price=prices[-1] if problem.share is not None else none,
        saving=problem.unmet_cost[problem.posting] - value - matrix.T @ price,
    )
