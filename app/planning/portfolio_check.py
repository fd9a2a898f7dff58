"""A check on a portfolio: what the balance becomes when demand is divided anew among the changed supply."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.planning.allocation import Allocation, Array, allocate
from app.planning.balance import ProgramKey
from app.planning.portfolio_result import ProgramStanding
from app.planning.profile import Profile


@dataclass(frozen=True, slots=True)
class Reallocated:
    """Heads 人/年 of a set of changes once demand has moved with supply, which the portfolio itself takes as fixed."""

    unmet: float
    """Demand above supply of its program, and demand that no program trains for."""
    surplus: float


def reallocated(
    standings: Sequence[ProgramStanding],
    programs: Sequence[ProgramKey],
    demand: Array,
    fit: Array,
    allocation: Allocation,
    profile: Profile,
) -> Reallocated:
    """Divide `demand` (n,) anew among `programs` (m,) by `fit` (n, m), with the supply that the set of changes leaves.

    `allocation` is the one before any change, from whose scalings the iteration starts. A program that is in no
    standing keeps nothing.
    """
    left = {standing.key: standing.supply for standing in standings}
    supply = np.array([max(left.get(key, 0.0), 0.0) for key in programs])
    rules = profile.allocation
    found = allocate(
        demand,
        supply,
        fit,
        fit_floor=rules.fit_floor.value,
        temperature=rules.temperature.value,
        supply_pull=rules.supply_pull.value,
        start=allocation.scaling,
    )
    gaps = found.shares.sum(axis=0) - supply
    return Reallocated(
        unmet=float(found.unmet.sum() + np.maximum(gaps, 0.0).sum()),
        surplus=float(np.maximum(-gaps, 0.0).sum()),
    )
