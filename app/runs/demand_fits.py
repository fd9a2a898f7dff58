"""Demand cells against the offered programs: their fits, how their heads are divided, and what of a field they cover."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.planning.allocation import Allocation, allocate
from app.planning.balance import ProgramKey
from app.planning.cells import DemandCell
from app.planning.coverage import covered_industries, covered_occupations, demand_coverage
from app.planning.profile import Profile
from app.runs.fits import FitTables, level_compatibility

OCCUPATION_WEIGHT = 0.8
"""Weight 0-1 of the occupation where a demand names its industry too: what people do says more of what they studied
than where they do it."""


def cell_fits(
    cells: Sequence[DemandCell], programs: Sequence[ProgramKey], fits: FitTables
) -> NDArray[np.float64]:
    """Fit (cells, programs) in [0, 1] of each demand cell with each offered program, level compatibility included.

    A posting is matched by its text, and by its occupation where it names one; a forecast by its occupation, its
    industries, or the geometric mean of both, the occupation weighing `OCCUPATION_WEIGHT`.
    """
    places = [fits.programs.index[f"{level}:{code}"] for level, code in programs]
    answers = {
        asked: np.array([level_compatibility(asked, level) for level, _ in programs])
        for asked in {cell.level for cell in cells}
    }
    result = np.zeros((len(cells), len(programs)))
    for i, cell in enumerate(cells):
        parts: list[NDArray[np.float64]] = []
        if cell.posting_id is not None:
            parts.append(fits.posting[places, fits.postings.index[cell.posting_id]])
        if cell.occupation_code in fits.occupations.index:
            column = fits.occupations.index[cell.occupation_code]
            parts.append(fits.occupation[places, column])
        if cell.industry_codes and cell.posting_id is None:
            columns = [c for code in cell.industry_codes for c in fits.industry_columns(code)]
            if columns:
                parts.append(fits.industry[places][:, columns].max(axis=1))
        if not parts:
            continue
        if cell.posting_id:
            combined = np.maximum.reduce(parts)
        elif len(parts) == 2:
            combined = parts[0] ** OCCUPATION_WEIGHT * parts[1] ** (1 - OCCUPATION_WEIGHT)
        else:
            combined = parts[0]
        result[i] = combined * answers[cell.level]
    return result


def allocate_cells(
    cells: Sequence[DemandCell],
    programs: Sequence[ProgramKey],
    supply: Mapping[ProgramKey, float],
    fit: NDArray[np.float64],
    profile: Profile,
    start: NDArray[np.float64] | None = None,
) -> Allocation:
    """Demand divided among programs with `supply` 人/年 by `fit` (cells, programs); `start` is a near one's scaling."""
    return allocate(
        np.array([cell.central for cell in cells]),
        np.array([supply[key] for key in programs]),
        fit,
        fit_floor=profile.allocation.fit_floor.value,
        temperature=profile.allocation.temperature.value,
        supply_pull=profile.allocation.supply_pull.value,
        start=start,
    )


def demand_coverage_of(
    cells: Sequence[DemandCell], programs: Sequence[ProgramKey], fits: FitTables
) -> NDArray[np.float64]:
    """Coverage (programs,) of each program's field by forecasts and figures, by industry or by occupation."""
    places = [fits.programs.index[f"{level}:{code}"] for level, code in programs]
    industries = [document.id for document in fits.industries.documents]
    occupations = [document.id for document in fits.occupations.documents]
    groups = [column for column, code in enumerate(industries) if len(code) > 3]
    by_industry = demand_coverage(
        fits.industry[np.ix_(places, groups)], covered_industries(industries, cells)[groups]
    )
    by_occupation = demand_coverage(fits.occupation[places], covered_occupations(occupations, cells))
    coverage: NDArray[np.float64] = np.maximum(by_industry, by_occupation)
    return coverage
