"""The mixed-integer program behind the portfolio 整体方案, on plain arrays, solved by HiGHS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import block_array, coo_array, csc_array, csr_array, eye_array, hstack, vstack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TIE = 1e-4
"""Largest cost of a choice that decides between equals: no real difference is as small."""
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """How rows that hold only where something is made are told of: base + matrix·x ≤ bound, where when·x > 0."""

    matrix: csr_array
    """(r, c), as `when`: of the first r rows; any others are no limits of their own."""
    when: csr_array
    base: Floats
    bound: Floats


@dataclass(frozen=True, slots=True)
class ClassTaught:
    """A class at a school, as one more choice that is made where any offering of it goes on or opens."""

    opened_by: tuple[int, ...]
    """Choices that open an offering of it."""
    kept_by: tuple[tuple[int, frozenset[int]], ...]
    """Its offerings now: item, and the choices that end it."""

    def holds(self, made: Callable[[int], int], chosen: Callable[[int], bool]) -> bool:
        """Whether it is taught; `made` gives the choice of an item (−1: none), `chosen` whether a choice is made."""
        return any(chosen(k) for k in self.opened_by) or any(
            made(item) not in ending for item, ending in self.kept_by
        )


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A limit as rows of one family: lower ≤ matrix·x ≤ upper for each of its members (schools, programs, the city)."""

    code: str
    matrix: csr_array
    """(r, c)."""
    lower: Floats
    upper: Floats
    members: tuple[str, ...]
    """(r,) what each row is about; one empty word where it is the whole city."""
    shown: Shown | None = None

    @property
    def demands(self) -> bool:
        """Whether it asks for change: doing nothing satisfies every other limit."""
        return bool((self.lower > 0).any())


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioProblem:
    """c choices on n items, p programs in pools. At most one choice of an item is made; none is to leave it as it is."""

    items: int
    """n; some may have no choice."""
    item: Ints
    """(c,) the item of each choice, ascending."""
    cost: Floats
    """(c,) cost of making the choice, heads not counted; may be negative where it mends something."""
    heads: csr_array
    """(p, c) graduates 人/年 by which the choice changes the supply of each program."""
    demand: Floats
    supply: Floats
    """(p,) 人/年 before any choice."""
    unmet_cost: Floats
    """(p,) cost of a head of demand that stays unmet."""
    surplus_cost: float
    pooled_cost: float
    """Cost of a head of demand that a graduate of another program of the pool meets."""
    pooled_share: float
    """Largest share 0-1 of a program's demand that others may meet."""
    pool: Ints
    """(p,) the pool of each program, 0 … k − 1."""
    limits: tuple[Rows, ...]
    constant: float = 0.0
    """Cost that no choice changes."""
    taught: tuple[ClassTaught, ...] = ()
    """What the last choices and items stand for: each costs nothing and follows from the others."""

    @property
    def free(self) -> int:
        """Choices that are choices: those before the ones of `taught`."""
        return len(self.cost) - len(self.taught)


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
    one, by_pool = csr_array(eye_array(p)), _incidence(problem.pool, pools)
    limits = csr_array(vstack([rows.matrix for rows in problem.limits]))
    blocks: list[list[csr_array | None]] = [
        [_incidence(problem.item, problem.items), None, None, None, None],
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


def ties(choices: int) -> Floats:
    """(c,) the cost by which an earlier choice goes before an equal one."""
    tie: Floats = TIE * np.arange(1, choices + 1) / max(choices, 1)
    return tie


def completed(problem: PortfolioProblem, chosen: Bools) -> Bools:
    """The set with what follows from it: whether each class of `taught` is."""
    full = chosen.copy()
    made = dict.fromkeys(range(problem.items), -1)
    for k in np.flatnonzero(chosen[: problem.free]).tolist():
        made[int(problem.item[k])] = k
    for j, taught in enumerate(problem.taught):
        full[problem.free + j] = taught.holds(made.__getitem__, lambda k: bool(chosen[k]))
    return full


def value(problem: PortfolioProblem, chosen: Bools) -> float:
    """The objective of a set of choices, by itself: what `solve` minimises, without the cost of ties."""
    gaps = (problem.demand - problem.supply - problem.heads @ chosen.astype(float)).tolist()
    split = (settle(problem, members, gaps) for members in pools_of(problem))
    return float(problem.constant + problem.cost[chosen].sum() + sum(part.cost for part in split))


@dataclass(frozen=True, slots=True)
class Settled:
    """How the programs of a pool stand: heads unmet, in surplus, borrowed and lent, by place in the pool."""

    cost: float
    unmet: tuple[float, ...]
    surplus: tuple[float, ...]
    borrowed: tuple[float, ...]
    lent: tuple[float, ...]


def pools_of(problem: PortfolioProblem) -> tuple[tuple[int, ...], ...]:
    """The programs of each pool, the dearest unmet demand first, then in order."""
    members: list[list[int]] = [[] for _ in range(int(problem.pool.max(initial=-1)) + 1)]
    for j in np.lexsort((np.arange(len(problem.pool)), -problem.unmet_cost)).tolist():
        members[int(problem.pool[j])].append(j)
    return tuple(map(tuple, members))


def settle(problem: PortfolioProblem, members: Sequence[int], gaps: Sequence[float]) -> Settled:
    """The cheapest use of a pool's surplus for its shortages; `gaps` (p,) = demand − supply of every program.

    What a head lent saves is unmet_cost of the borrower + surplus_cost − pooled_cost, the same for whichever lends
    it: so surplus goes to the dearest shortages first while that is above nothing, which is optimal. No program lends
    what it needs itself, since pooled_cost is at least the difference of any two unmet costs.
    """
    surplus = [max(-gaps[j], 0.0) for j in members]
    unmet = [max(gaps[j], 0.0) for j in members]
    borrowed = [0.0] * len(members)
    spare = sum(surplus)
    for k, j in enumerate(members):
        if problem.unmet_cost[j] + problem.surplus_cost <= problem.pooled_cost:
            break
        borrowed[k] = min(unmet[k], problem.pooled_share * float(problem.demand[j]), spare)
        unmet[k] -= borrowed[k]
        spare -= borrowed[k]
    lent, left = [], sum(borrowed)
    for k, heads in enumerate(surplus):
        lent.append(min(heads, left))
        left -= lent[k]
        surplus[k] -= lent[k]
    cost = (
        sum(float(problem.unmet_cost[j]) * unmet[k] for k, j in enumerate(members))
        + problem.surplus_cost * sum(surplus)
        + problem.pooled_cost * sum(borrowed)
    )
    return Settled(cost, tuple(unmet), tuple(surplus), tuple(borrowed), tuple(lent))


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


def _incidence(owner: Ints, size: int) -> csr_array:
    """(size, n) with a one where n belongs to a row."""
    n = len(owner)
    matrix: csr_array = coo_array((np.ones(n), (owner, np.arange(n))), shape=(size, n)).tocsr()
    return matrix


def satisfied(rows: Rows, chosen: Bools) -> Bools:
    """(r,) which members of a limit a set of choices keeps to."""
    used = rows.matrix @ chosen.astype(float)
    return np.asarray((used <= rows.upper + TOLERANCE) & (used >= rows.lower - TOLERANCE))


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
    c, items = len(problem.cost), _incidence(problem.item, problem.items)
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
