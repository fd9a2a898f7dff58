"""Balances of every year that forecasts name: what the planned year's balance would be in the others."""

from collections.abc import Sequence

import numpy as np

from app.planning.allocation import Allocation
from app.planning.balance import ProgramKey
from app.planning.profile import Profile
from app.planning.years import (
    YearBalance,
    supply_in_year,
    year_balances,
    years_compared,
)
from app.runs.demand_fits import allocate_cells, cell_fits
from app.runs.fits import FitTables
from app.runs.inputs import Inputs, demand_of
from app.runs.snapshot import Snapshot


def balances_by_year(
    snapshot: Snapshot,
    inputs: Inputs,
    fits: FitTables,
    programs: Sequence[ProgramKey],
    allocation: Allocation,
) -> dict[ProgramKey, tuple[YearBalance, ...]]:
    """Demand and supply of each program in each year, ascending; demand is divided anew in every year.

    `allocation` is that of the planned year. A scenario speaks of the planned year, and only that is given.
    """
    planned = int(inputs.profile.demand.year.value)
    years = years_compared(snapshot.forecasts, inputs.profile) if inputs.scenario is None else (planned,)
    columns = []
    for year in years:
        supply = supply_in_year(inputs.supply.offerings, programs, year)
        shares = allocation.shares
        if year != planned:
            profile = _planned_for(inputs.profile, year)
            cells = demand_of(snapshot, profile, fits).cells
            fit = cell_fits(cells, programs, fits)
            graduates = dict(zip(programs, supply.graduates.tolist(), strict=True))
            shares = allocate_cells(cells, programs, graduates, fit, profile, allocation.scaling).shares
        columns.append(year_balances(year, np.asarray(shares.sum(axis=0)), supply))
    return {key: tuple(of_year[j] for of_year in columns) for j, key in enumerate(programs)}


def _planned_for(profile: Profile, year: int) -> Profile:
    number = profile.demand.year.model_copy(update={"value": float(year)})
    return profile.model_copy(update={"demand": profile.demand.model_copy(update={"year": number})})
