"""The search for the cheapest placement over all pairs at once: for instances that HiGHS can hold whole."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csc_array, csr_array, diags_array, eye_array

from app.planning.placement_problem import ClassProblem, Floats, Ints, incidence, least


@dataclass(frozen=True, slots=True)
class Searched:
    classes: Ints
    """(p,) classes of each pair in the best placement found; all 0 where none was."""
    bound: float
    """No placement costs less at the costs searched with; −inf where nothing was proved."""
    complete: bool
    """The search ended by itself."""


def search(
    problem: ClassProblem, cost: Floats, *, gap: float, node_limit: int, time_limit: float
) -> Searched:
    """Branch and cut over heads x and classes y of each pair and unmet heads u of each posting.

    Σ_j x_ij + u_i = heads_i; Σ_i x_ij ≤ seats_j; small·y ≤ x ≤ large·y, y whole; teachers and shares suffice. How many
    classes fit at all is implied for whole classes, but the relaxation does not know it. Only y is branched on.
    """
    p, n, m = len(problem.posting), len(problem.heads), len(problem.seats)
    one, by_posting = eye_array(p), incidence(problem.posting, n)
    by_offering = incidence(problem.offering, m)
    small, large = diags_array(problem.small.astype(float)), diags_array(problem.large.astype(float))
    most = problem.most // problem.small
    rows: list[tuple[list[Any], Floats | Ints, Floats | Ints]] = [
        ([by_posting, None, eye_array(n)], problem.heads, problem.heads),
        ([by_offering, None, None], np.full(m, -np.inf), problem.seats),
        ([one, -small, None], np.zeros(p), np.full(p, np.inf)),
        ([one, -large, None], np.full(p, -np.inf), np.zeros(p)),
        (
            [None, by_posting, None],
            np.full(n, -np.inf),
            problem.heads // least(problem.small, problem.posting, n),
        ),
        (
            [None, by_offering, None],
            np.full(m, -np.inf),
            problem.seats // least(problem.small, problem.offering, m),
        ),
    ]
    if problem.teaching is not None and problem.teachers is not None:
        rows.append(
            ([None, problem.teaching, None], np.full(len(problem.teachers), -np.inf), problem.teachers)
        )
    if problem.share is not None and problem.shares is not None:
        count = len(problem.shares)
        rows.append(([incidence(problem.share, count), None, None], np.full(count, -np.inf), problem.shares))
    wide = [
        [
            block if block is not None else csr_array((len(low), size))
            for block, size in zip(blocks, (p, p, n), strict=True)
        ]
        for blocks, low, _ in rows
    ]
    solved = milp(
        np.concatenate([cost, np.full(p, problem.class_cost), problem.unmet_cost]),
        integrality=np.repeat([0, 1, 0], [p, p, n]),
        bounds=Bounds(0.0, np.concatenate([problem.most, most, problem.heads])),
        constraints=LinearConstraint(
            csc_array(block_array(wide)),
            np.concatenate([low for _, low, _ in rows]).astype(float),
            np.concatenate([high for _, _, high in rows]).astype(float),
        ),
        options={"node_limit": node_limit, "mip_rel_gap": gap, "time_limit": time_limit},
    )
    classes = np.zeros(p, np.int64)
    if solved.x is not None:
        classes = np.rint(solved.x[p : 2 * p]).astype(np.int64)
    bound = -np.inf if solved.mip_dual_bound is None else float(solved.mip_dual_bound)
    return Searched(classes, bound, solved.status == 0)
