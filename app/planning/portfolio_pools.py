"""The programs of a pool: the surplus of one serves the shortage of another, at least cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.planning.portfolio_problem import Bools, PortfolioProblem


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
