"""Coverage 需求覆盖: how much of what a program trains for the demand at hand speaks of at all."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.planning.cells import DemandCell

BEST = 8
"""Targets of a program that count: those it fits best."""
Array = NDArray[np.float64]


def demand_coverage(fit: Array, covered: NDArray[np.bool_]) -> Array:
    """Share (p,) in [0, 1] of each program's field for which there is a forecast or figure.

    coverage_p = Σ_{t ∈ best(p)} fit_pt · covered_t / Σ_{t ∈ best(p)} fit_pt over the `BEST` targets of highest fit
    (of equals the first); `fit` (p, t) in [0, 1], `covered` (t,). 0 for a program that fits nothing.
    """
    if fit.shape[1] == 0:
        return np.zeros(fit.shape[0])
    best = np.argsort(-fit, axis=1, kind="stable")[:, :BEST]
    weights = np.take_along_axis(fit, best, axis=1)
    total = weights.sum(axis=1)
    found = (weights * covered[best]).sum(axis=1)
    share: Array = np.divide(found, total, out=np.zeros_like(total), where=total > 0)
    return share


def covered_industries(codes: Sequence[str], cells: Iterable[DemandCell]) -> NDArray[np.bool_]:
    """Which of the industry `codes` (t,) a forecast or figure names, in whole, in part, or by what it belongs to.

    Postings cover nothing: one enterprise asking says nothing about the others of its industry.
    """
    named = {code for cell in cells if cell.kind != "posting" for code in cell.industry_codes}
    starts = {code[:length] for code in named for length in range(1, len(code) + 1)}
    return np.array(
        [code in starts or any(code[:n] in named for n in range(1, len(code) + 1)) for code in codes],
        dtype=bool,
    )


def covered_occupations(codes: Sequence[str], cells: Iterable[DemandCell]) -> NDArray[np.bool_]:
    """Which of the occupation `codes` (t,) a forecast or figure names."""
    named = {
        cell.occupation_code
        for cell in cells
        # What came to an occupation by a staffing pattern is a forecast of its industry, not of it.
        if cell.kind != "posting" and cell.occupation_code and cell.staffing is None
    }
    return np.array([code in named for code in codes], dtype=bool)
