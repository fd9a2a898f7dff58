"""Years of a synthetic region in which surpluses grow, and the decisions that somebody took on them, some without reason."""

from dataclasses import dataclass, replace

import numpy as np

from app.planning.backtest import Decided
from app.planning.synthetic_world import Array, Shape, World, hired, make_world


@dataclass(frozen=True, slots=True)
class History:
    worlds: tuple[World, ...]
    """One a year, the same region."""
    years: tuple[int, ...]
    decisions: tuple[tuple[int, int], ...]
    """(program, year)."""

    def decided(self, programs: tuple[tuple[str, str], ...]) -> tuple[Decided, ...]:
        return tuple(Decided(programs[p], year, year, "撤销") for p, year in self.decisions)


def make_history(shape: Shape, seed: int, first_year: int = 2016, years: int = 8) -> History:
    """A region over `years`: planted surpluses set in at some year and reach their size two years later.

    Whoever decides sees the truth late: a program above twice its demand is withdrawn with probability 0.35 a year;
    any other with 0.005, for reasons of which no record tells.
    """
    base = make_world(shape, seed)
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 3])))
    surplus = np.array([kind == "surplus" for kind in base.planted])
    final = np.divide(base.supply, base.demand, out=np.ones_like(base.supply), where=base.demand > 0)
    onset = random.integers(0, max(years - 3, 1), shape.programs)
    worlds, decisions = [], []
    open_still = np.ones(shape.programs, dtype=bool)
    for t in range(years):
        grown = np.clip((t - onset) / 2.0, 0.0, 1.0)
        ratio: Array = np.where(surplus, 1.0 + (final - 1.0) * grown, final)
        supply = base.demand * ratio
        worlds.append(
            replace(base, supply=supply, flows=hired(base.heads, base.choice, supply, shape.displaced))
        )
        chance = np.where(ratio > 2.0, 0.35, 0.005)
        chosen = open_still & (random.random(shape.programs) < chance)
        # What is seen in a year comes before what is decided at its end.
        decisions += [(int(p), first_year + t + 1) for p in np.flatnonzero(chosen)]
        open_still &= ~chosen
    return History(tuple(worlds), tuple(range(first_year, first_year + years)), tuple(decisions))
