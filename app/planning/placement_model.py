"""The mixed-integer program behind the placement 订单班安排, on plain arrays, solved by HiGHS."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_array, coo_array, csc_array, csr_array, diags_array, eye_array, vstack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIE = 1e-4
"""Largest cost per head that decides between equals: no real difference of fit or distance is as small."""
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class ClassProblem:
    """n postings, m offerings and the p pairs between them that may open classes, sorted by posting.

    Every pair can hold at least one class: small ≤ min(heads, seats) of its posting and offering.
    """

    heads: Ints
    """(n,) 人."""
    unmet_cost: Floats
    """(n,) cost of a head that stays unmet."""
    seats: Ints
    """(m,) 人."""
    posting: Ints
    offering: Ints
    """(p,) row and column of each pair."""
    cost: Floats
    """(p,) cost of a head that is placed."""
    small: Ints
    large: Ints
    """(p,) least and most heads of one class."""
    class_cost: float = 0.0
    """Cost of each class that opens."""


@dataclass(frozen=True, slots=True)
class ClassSolution:
    seats: Ints
    classes: Ints
    """(p,) heads and number of classes of each pair."""
    objective: float
    bound: float
    """No placement costs less, as the search proved."""
    lp_bound: float
    """The same from the linear relaxation alone."""
    gap: float
    """(objective − bound) / objective, 0 where nothing costs anything."""
    status: str
    """optimal (within the gap asked for), node_limit, time_limit, or restricted: not all pairs were searched."""


@dataclass(frozen=True, slots=True)
class _Program:
    """min cost·v where lower ≤ matrix·v ≤ upper, 0 ≤ v ≤ most; v = heads x, classes y, unmet heads u."""

    matrix: csc_array
    lower: Floats
    upper: Floats
    most: Floats
    cost: Floats


def solve(
    problem: ClassProblem,
    *,
    gap: float,
    node_limit: int,
    time_limit: float | None = None,
    search_pairs: int = 10_000,
) -> ClassSolution:
    """The cheapest placement: minimise Σ unmet_cost·u + Σ cost·x + class_cost·Σ y.

    Variables: heads x and classes y of each pair, unmet heads u of each posting. Σ_j x_ij + u_i = heads_i;
    Σ_i x_ij ≤ seats_j; small·y ≤ x ≤ large·y, y a whole number. Only y is branched on: with y fixed, what is left is
    a transportation problem with whole bounds, whose vertices are whole (Hoffman & Kruskal 1956), so x is found at
    the end as a vertex of it by dual simplex.

    Equals are decided by a cost of TIE·√((k + 1)/p) per head of pair k: it grows with the place of the pair, and
    less and less, so that of two postings that could swap offerings the earlier gets the earlier one. HiGHS itself
    is deterministic (one search, its fixed default seed), and a limit in nodes stops at the same point everywhere.
    A `time_limit` in seconds does not: then the result depends on the machine, and `status` says so.

    With more than `search_pairs` pairs only those are searched that the linear relaxation uses or values most (by
    reduced cost; Danna, Rothberg & Le Pape 2005 do so with its support alone). The bound is then that of the whole
    relaxation, so the gap stays honest.
    """
    started = time.perf_counter()
    p, n = len(problem.posting), len(problem.heads)
    if not p:
        nothing = np.zeros(0, dtype=np.int64)
        constant = float(problem.unmet_cost @ problem.heads)
        return ClassSolution(nothing, nothing, constant, constant, constant, 0.0, "optimal")
    program = _program(problem)
    lp_bound, reduced = _relaxed(program)
    searched = _promising(reduced, p, search_pairs)
    q = searched.size
    columns = np.concatenate([searched, p + searched, np.arange(2 * p, 2 * p + n)])
    tie = TIE * np.sqrt(np.arange(1, p + 1) / p)
    cost = program.cost.copy()
    cost[:p] += tie
    limit = np.inf if time_limit is None else max(time_limit - (time.perf_counter() - started), 0.1)
    solved = milp(
        cost[columns],
        integrality=np.repeat([0, 1, 0], [q, q, n]),
        bounds=Bounds(0.0, program.most[columns]),
        constraints=LinearConstraint(program.matrix[:, columns], program.lower, program.upper),
        options={"node_limit": node_limit, "mip_rel_gap": gap, "time_limit": limit},
    )
    found = np.zeros(p, dtype=np.int64)
    if solved.x is not None:
        found[searched] = np.rint(solved.x[q : 2 * q]).astype(np.int64)
    x, y = _whole(problem, found, cost[:p])
    unmet = problem.heads - np.bincount(problem.posting, weights=x, minlength=n)
    objective = float(problem.cost @ x + problem.class_cost * y.sum() + problem.unmet_cost @ unmet)
    bound = lp_bound
    if q == p and solved.mip_dual_bound is not None:
        # what decides between equals adds at most TIE a head
        bound = max(bound, float(solved.mip_dual_bound) - TIE * float(problem.heads.sum()))
    bound = min(bound, objective)
    left = (objective - bound) / abs(objective) if objective else 0.0
    if left <= gap or (q == p and solved.status == 0):
        status = "optimal"
    elif solved.status == 0:
        status = "restricted"
    else:
        timed_out = time_limit is not None and time.perf_counter() - started >= time_limit
        status = "time_limit" if timed_out else "node_limit"
    return ClassSolution(x, y, objective, bound, lp_bound, left, status)


def _program(problem: ClassProblem) -> _Program:
    p, n, m = len(problem.posting), len(problem.heads), len(problem.seats)
    one = eye_array(p)
    by_posting, by_offering = _incidence(problem.posting, n), _incidence(problem.offering, m)
    small, large = diags_array(problem.small.astype(float)), diags_array(problem.large.astype(float))
    # how many classes fit at all: implied for whole classes, but the relaxation does not know it
    of_posting = problem.heads // _least(problem.small, problem.posting, n)
    of_offering = problem.seats // _least(problem.small, problem.offering, m)
    rows = (
        ([by_posting, None, eye_array(n)], problem.heads, problem.heads),
        ([by_offering, None, csr_array((m, n))], np.full(m, -np.inf), problem.seats),
        ([one, -small, csr_array((p, n))], np.zeros(p), np.full(p, np.inf)),
        ([one, -large, csr_array((p, n))], np.full(p, -np.inf), np.zeros(p)),
        ([None, by_posting, csr_array((n, n))], np.full(n, -np.inf), of_posting),
        ([None, by_offering, csr_array((m, n))], np.full(m, -np.inf), of_offering),
    )
    most = np.minimum(problem.heads[problem.posting], problem.seats[problem.offering]) // problem.small
    return _Program(
        matrix=csc_array(block_array([blocks for blocks, _, _ in rows])),
        lower=np.concatenate([lower for _, lower, _ in rows]).astype(float),
        upper=np.concatenate([upper for _, _, upper in rows]).astype(float),
        most=np.concatenate(
            [np.minimum(problem.large * most, problem.seats[problem.offering]), most, problem.heads]
        ).astype(float),
        cost=np.concatenate([problem.cost, np.full(p, problem.class_cost), problem.unmet_cost]),
    )


def _least(sizes: Ints, owner: Ints, count: int) -> Ints:
    """(count,) the smallest size each owner has; 1 where it has none."""
    least = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(least, owner, sizes)
    return np.where(least == np.iinfo(np.int64).max, 1, least)


def _relaxed(program: _Program) -> tuple[float, Floats]:
    """Cost of the linear relaxation, and the reduced cost of each variable: what a unit of it adds."""
    equal = program.lower == program.upper
    above, below = ~equal & np.isfinite(program.upper), ~equal & np.isfinite(program.lower)
    by_row = csr_array(program.matrix)
    solved = linprog(  # type: ignore[call-overload]  # its stubs know no sparse arrays
        program.cost,
        A_ub=vstack([by_row[above], -by_row[below]]),
        b_ub=np.concatenate([program.upper[above], -program.lower[below]]),
        A_eq=by_row[equal],
        b_eq=program.upper[equal],
        bounds=np.column_stack([np.zeros_like(program.most), program.most]),
        method="highs",
    )
    return float(solved.fun), np.asarray(solved.lower.marginals + solved.upper.marginals, float)


def _promising(reduced: Floats, pairs: int, limit: int) -> Ints:
    """The pairs to search, in order: all, or the `limit` that the relaxation values most."""
    if pairs <= limit:
        return np.arange(pairs)
    added = np.maximum(reduced[:pairs], 0) + np.maximum(reduced[pairs : 2 * pairs], 0)
    return np.sort(np.argsort(added, kind="stable")[:limit])


def _incidence(owner: Ints, size: int) -> csr_array:
    """(size, p) with a one where pair k belongs to row i."""
    pairs = len(owner)
    matrix: csr_array = coo_array((np.ones(pairs), (owner, np.arange(pairs))), shape=(size, pairs)).tocsr()
    return matrix


def _whole(problem: ClassProblem, classes: Ints, cost: Floats) -> tuple[Ints, Ints]:
    """Whole heads for the classes found, after opening what still pays.

    A search that stops within its gap may leave seats free that a posting could use: nobody would understand that.
    """
    x = _heads_of(problem, classes, cost)
    if x is None:  # no solution, or one that only holds within the solver's tolerance
        classes = np.zeros_like(classes)
        x = np.zeros_like(classes)
    opened = _filled(problem, x, classes, cost)
    if (opened[1] != classes).any():
        better = _heads_of(problem, opened[1], cost)
        x, classes = (better if better is not None else opened[0]), opened[1]
    # fewest classes that hold these heads: a class more than needed costs a teacher
    return x, np.where(x > 0, np.ceil(x / problem.large), 0).astype(np.int64)


def _heads_of(problem: ClassProblem, classes: Ints, cost: Floats) -> Ints | None:
    """The cheapest heads x for given classes: the transportation problem, at a vertex, or None if there is none."""
    open_ = np.flatnonzero(classes > 0)
    x = np.zeros(len(classes), dtype=np.int64)
    if not open_.size:
        return x
    sides = ((problem.posting, problem.heads), (problem.offering, problem.seats))
    solved = milp(
        (cost - problem.unmet_cost[problem.posting])[open_],
        bounds=Bounds((problem.small * classes)[open_], (problem.large * classes)[open_]),
        constraints=[
            LinearConstraint(_incidence(owner[open_], len(most)), -np.inf, most) for owner, most in sides
        ],
    )
    if solved.x is None or np.abs(solved.x - np.rint(solved.x)).max() > ROUNDING:
        return None
    x[open_] = np.rint(solved.x).astype(np.int64)
    return x


def _filled(problem: ClassProblem, x: Ints, classes: Ints, cost: Floats) -> tuple[Ints, Ints]:
    """Greedily: classes that still fit in what is free, for the costliest unmet heads first."""
    x, classes = x.copy(), classes.copy()
    n = len(problem.heads)
    unmet = problem.heads - np.bincount(problem.posting, weights=x, minlength=n).astype(np.int64)
    free = problem.seats - np.bincount(problem.offering, weights=x, minlength=len(problem.seats)).astype(
        np.int64
    )
    starts = np.searchsorted(problem.posting, np.arange(n + 1))
    for i in sorted(np.flatnonzero(unmet > 0).tolist(), key=lambda i: (-problem.unmet_cost[i], i)):
        for k in (starts[i] + np.argsort(cost[starts[i] : starts[i + 1]], kind="stable")).tolist():
            j, small, large = problem.offering[k], problem.small[k], problem.large[k]
            saved = problem.unmet_cost[i] - cost[k]
            room = min(unmet[i], free[j], large * classes[k] - x[k])
            if saved > 0 and room > 0:
                x[k], unmet[i], free[j] = x[k] + room, unmet[i] - room, free[j] - room
            while (take := min(unmet[i], free[j], large)) >= small and saved * take > problem.class_cost:
                x[k], unmet[i], free[j] = x[k] + take, unmet[i] - take, free[j] - take
                classes[k] += 1
    return x, classes
