"""The choice of a portfolio 整体方案 as plain arrays: what is to be chosen from, and under which limits."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

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


def incidence(owner: Ints, size: int) -> csr_array:
    """(size, n) with a one where n belongs to a row."""
    n = len(owner)
    matrix: csr_array = coo_array((np.ones(n), (owner, np.arange(n))), shape=(size, n)).tocsr()
    return matrix


def satisfied(rows: Rows, chosen: Bools) -> Bools:
    """(r,) which members of a limit a set of choices keeps to."""
    used = rows.matrix @ chosen.astype(float)
    return np.asarray((used <= rows.upper + TOLERANCE) & (used >= rows.lower - TOLERANCE))
