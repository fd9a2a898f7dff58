"""Years 逐年: demand of each year beside the graduates of that year, program by program."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.planning.balance import ProgramKey
from app.planning.cells import ForecastRow
from app.planning.forecasts import within
from app.planning.indicators import supply_demand_ratios
from app.planning.profile import Profile
from app.planning.supply import OfferingSupply

MOST = 8
"""Years that are compared, the planned one among them."""


@dataclass(frozen=True, slots=True)
class YearBalance:
    """Supply and demand of one program in one year, heads 人/年; gap = demand − supply."""

    year: int
    demand: float
    supply: float
    gap: float
    ratio: float | None
    known_share: float | None
    """Share 0-1 of the supply from cohorts that graduate in this very year; the rest is of the nearest. None of nothing."""


@dataclass(frozen=True, slots=True)
class SupplyInYear:
    """Graduates 人/年 of the programs in one year (m,), and those of them whose own cohort is known."""

    graduates: np.ndarray
    known: np.ndarray


def years_compared(forecasts: Sequence[ForecastRow], profile: Profile) -> tuple[int, ...]:
    """The planned year and those that the region's forecasts name: of more than MOST the nearest to it; ascending."""
    planned = int(profile.demand.year.value)
    named = {row.year for row in forecasts if within(row.region, profile)} - {planned}
    return tuple(sorted([planned, *sorted(named, key=lambda year: (abs(year - planned), year))[: MOST - 1]]))


def supply_in_year(
    offerings: Sequence[OfferingSupply], programs: Sequence[ProgramKey], year: int
) -> SupplyInYear:
    """Graduates of each offering's cohort of `year`, else of the nearest, of two as near the later."""
    graduates: dict[ProgramKey, float] = defaultdict(float)
    known: dict[ProgramKey, float] = defaultdict(float)
    for offering in offerings:
        if (cohort := offering.in_year(year)) is not None:
            key = (offering.level, offering.program_code)
            graduates[key] += cohort.graduates
            known[key] += cohort.graduates if cohort.graduation_year == year else 0.0
    return SupplyInYear(
        np.array([graduates[key] for key in programs]), np.array([known[key] for key in programs])
    )


def year_balances(year: int, demand: np.ndarray, supply: SupplyInYear) -> tuple[YearBalance, ...]:
    """The balance of each program (m,) in one year; `demand` (m,) as allocated."""
    return tuple(
        YearBalance(
            year=year,
            demand=heads,
            supply=graduates,
            gap=heads - graduates,
            ratio=ratio,
            known_share=known / graduates if graduates > 0 else None,
        )
        for heads, graduates, known, ratio in zip(
            demand.tolist(),
            supply.graduates.tolist(),
            supply.known.tolist(),
            supply_demand_ratios(supply.graduates, demand).tolist(),
            strict=True,
        )
    )
