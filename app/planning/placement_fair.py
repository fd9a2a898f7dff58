"""Fairness of a placement: no enterprise takes a whole offering while another that could use it lacks a class."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.planning.placement_problem import ClassProblem, ClassSolution, Flags, Ints

Stake = tuple[int, int]
"""An enterprise, by number, and a lot of seats."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """Who asks, and what is held already: none of it changes while shares are dealt out."""

    enterprise: Ints
    """(n,) the number of each posting's enterprise."""
    seats: Ints
    """(m,) seats of each lot before any class."""
    held: Mapping[Stake, int]
    """Heads 人 in fixed classes."""
    most: float | None
    """0-1 of the seats that one enterprise may hold where another lacks a class; None: all of them."""


def overreached(problem: ClassProblem, solution: ClassSolution, stakes: Stakes) -> dict[Stake, int]:
    """Enterprises that hold more of a lot than their share, while another lacks a class it could have had there.

    The share leaves room for the smallest class of those who lack one, and is at most `stakes.most` of the seats. Where
    it would hold no class of the enterprise itself, the seats are too few to be shared, and nothing is overreached. The
    value is what remains of the share beside fixed classes.
    """
    placed = np.bincount(problem.posting, weights=solution.seats, minlength=len(problem.heads))
    lacking = (problem.heads - placed)[problem.posting] >= problem.small
    return _shares(problem, stakes, lacking, _holding(problem, solution, stakes))


def contested(problem: ClassProblem, stakes: Stakes) -> dict[Stake, int]:
    """The shares of all enterprises wherever another could have a class, whether it lacks one or not."""
    every = np.ones(len(problem.posting), bool)
    pairs = zip(stakes.enterprise[problem.posting].tolist(), problem.offering.tolist(), strict=True)
    return _shares(problem, stakes, every, {stake: np.iinfo(np.int64).max for stake in pairs})


def with_shares(problem: ClassProblem, stakes: Stakes, shares: Mapping[Stake, int]) -> ClassProblem:
    """The problem with each enterprise held to its shares."""
    number = {stake: index for index, stake in enumerate(sorted(shares))}
    owners = zip(stakes.enterprise[problem.posting].tolist(), problem.offering.tolist(), strict=True)
    share = np.array([number.get(stake, -1) for stake in owners], dtype=np.int64)
    return replace(problem, share=share, shares=np.array([shares[stake] for stake in number], dtype=np.int64))


def _holding(problem: ClassProblem, solution: ClassSolution, stakes: Stakes) -> dict[Stake, int]:
    holding: defaultdict[Stake, int] = defaultdict(int, stakes.held)
    for k in np.flatnonzero(solution.seats > 0).tolist():
        holding[int(stakes.enterprise[problem.posting[k]]), int(problem.offering[k])] += int(
            solution.seats[k]
        )
    return holding


def _shares(
    problem: ClassProblem, stakes: Stakes, asking: Flags, holding: Mapping[Stake, int]
) -> dict[Stake, int]:
    if stakes.most is None:
        return {}
    own: dict[Stake, int] = {}
    wanted: defaultdict[int, dict[int, int]] = defaultdict(dict)
    owner = stakes.enterprise[problem.posting]
    for k in range(len(problem.posting)):
        stake, small = (int(owner[k]), int(problem.offering[k])), int(problem.small[k])
        own[stake] = min(own.get(stake, small), small)
        if asking[k]:
            here = wanted[stake[1]]
            here[stake[0]] = min(here.get(stake[0], small), small)
    shares = {}
    for (enterprise, lot), heads in holding.items():
        others = [small for other, small in wanted.get(lot, {}).items() if other != enterprise]
        if not others or (enterprise, lot) not in own:
            continue
        seats = int(stakes.seats[lot])
        share = min(int(stakes.most * seats), seats - min(others))
        left = share - stakes.held.get((enterprise, lot), 0)
        if share >= own[enterprise, lot] and heads > share and left >= 0:
            shares[enterprise, lot] = left
    return shares
