"""The placement 订单班安排 as plain arrays: what is to be solved, and what a solution says."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ROUNDING = 1e-6
"""What counts as whole, or as equal, among the results of a solver."""


@dataclass(frozen=True, slots=True)
class ClassProblem:
    """n postings, m lots of seats and the p pairs between them that may open classes, sorted by posting.

    Every pair can hold at least one class: small ≤ min(heads, seats) of its posting and lot.
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
    largest: Ints | None = None
    """(p,) most heads of one class if there were seats for more; None: `large`."""
    teaching: csr_array | None = None
    """(g, p) teachers of group g that one class of a pair needs …"""
    teachers: Floats | None = None
    """… and (g,) how many the group has."""
    share: Ints | None = None
    """(p,) the share a pair is held to, −1 for none …"""
    shares: Ints | None = None
    """… and (c,) the most heads 人 of all its pairs together."""

    @property
    def most(self) -> Ints:
        """(p,) most heads a pair can hold in whole classes."""
        room = np.minimum(self.heads[self.posting], self.seats[self.offering])
        if self.share is not None and self.shares is not None and len(self.shares):
            room = np.where(self.share >= 0, np.minimum(room, self.shares[self.share]), room)
        most: Ints = np.minimum(self.large * (room // self.small), room)
        return most

    @property
    def all_unmet(self) -> float:
        """Cost of placing nobody."""
        return float(self.unmet_cost @ self.heads)

    def of_pairs(self, kept: Ints) -> "ClassProblem":
        """The same with only these pairs."""
        return replace(
            self,
            posting=self.posting[kept],
            offering=self.offering[kept],
            cost=self.cost[kept],
            small=self.small[kept],
            large=self.large[kept],
            largest=None if self.largest is None else self.largest[kept],
            teaching=None if self.teaching is None else csr_array(self.teaching[:, kept]),
            share=None if self.share is None else self.share[kept],
        )


@dataclass(frozen=True, slots=True)
class ClassSolution:
    seats: Ints
    classes: Ints
    """(p,) heads and number of classes of each pair."""
    objective: float
    bound: float
    """No placement costs less, as was proved."""
    lp_bound: float
    """The same from the linear relaxation alone."""
    gap: float
    """(objective − bound) / objective, 0 where nothing costs anything."""
    status: str
    """optimal (within the gap asked for), node_limit, time_limit, or restricted: the search of a large instance ended
    with a wider gap."""


def incidence(owner: Ints, size: int, weight: Floats | None = None) -> csr_array:
    """(size, p) with a one, or the weight, where pair k belongs to row i; pairs of owner −1 belong to none."""
    pairs = np.flatnonzero(owner >= 0)
    values = np.ones(pairs.size) if weight is None else weight[pairs]
    matrix: csr_array = coo_array((values, (owner[pairs], pairs)), shape=(size, len(owner))).tocsr()
    return matrix


def least(sizes: Ints, owner: Ints, count: int) -> Ints:
    """(count,) the smallest size each owner has; 1 where it has none."""
    found = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, owner, sizes)
    return np.where(found == np.iinfo(np.int64).max, 1, found)


def cost_of(problem: ClassProblem, x: Ints, classes: Ints) -> float:
    """The objective: Σ unmet_cost·u + Σ cost·x + class_cost·Σ y."""
    placed = np.bincount(problem.posting, weights=x, minlength=len(problem.heads))
    return float(
        problem.cost @ x + problem.class_cost * classes.sum() + problem.unmet_cost @ (problem.heads - placed)
    )
