"""Allocation 分配: demand heads divided among programs, each head once, what nobody trains for left visible."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_FAR = 40.0
"""Log scalings further than this from those taken into the kernel are taken in anew: exp(40) leaves no doubt of range."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """`shares` (n, m) heads of demand i given to program j, `unmet` (n,) heads given to none."""

    shares: Array
    unmet: Array
    iterations: int
    residual: float
    """Largest change of a log scaling in the last iteration."""
    scaling: Array
    """Log scalings (m,) of the columns: where a similar problem may start. −inf for a column that takes nothing."""
    tolerance: float = 0.0
    """The residual at which the iteration was to stop; above it, `max_iterations` came first."""


def allocate(
    demand: Array,
    supply: Array,
    fit: Array,
    *,
    fit_floor: float,
    temperature: float,
    supply_pull: float,
    part: Array | None = None,
    start: Array | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
) -> Allocation:
    """Divide `demand` (n,) heads among m programs with `supply` (m,) heads by `fit` (n, m) in [0, 1].

    Unbalanced entropic transport (Chizat et al. 2018, Math. Comp. 87) in the log domain on the cost −log fit:
    minimise ⟨P, C⟩ + ε·Σ P(log P − 1) + τ·KL(Pᵀ1 | t) subject to the row sums being the demand exactly. A sink
    column of cost −log(fit_floor) takes what stays unmet; a fit below the floor is not eligible. The column target
    t is the supply scaled to the total demand, so that supply decides how demand is divided, not how much of it
    there is; `supply_pull` = τ/(τ+ε) in [0, 1): 0 divides by fit alone. ε is `temperature`.

    Columns may be offerings instead of programs: `part` (m,) in (0, 1] is then the share of its program that each
    column stands for (the entropy is taken relative to it), so that a program cut into offerings takes the heads it
    would take whole, divided among them by `part` where fit does not tell them apart.

    Each iteration contracts the log scalings by `supply_pull`; it stops at `tolerance` or `max_iterations`. `start`
    (m,) is the `scaling` of a similar problem: the result is the same, reached sooner. The kernel holds the scalings
    as they were when it was last built and is built anew when they have moved far (log-domain stabilisation,
    Schmitzer 2019, SIAM J. Sci. Comput. 41), so that an iteration is two matrix–vector products.

    `shares.sum(1) + unmet == demand` up to rounding; all values are non-negative and finite. A program without supply takes no
    head. Zero demand, no programs and no supply are valid. Raises ValueError for shapes that do not match, negative or
    non-finite heads, and parameters out of range; a fit that is not a number is not eligible.
    """
    n, m = fit.shape
    if demand.shape != (n,) or supply.shape != (m,):
        raise ValueError(f"demand {demand.shape} and supply {supply.shape} do not match fit {fit.shape}")
    for name, heads in (("demand", demand), ("supply", supply)):
        if not (np.isfinite(heads) & (heads >= 0)).all():
            raise ValueError(f"{name} has heads that are negative or not finite")
    if not (0 < fit_floor < 1 and temperature > 0 and 0 <= supply_pull < 1):
        raise ValueError("fit_floor, temperature or supply_pull out of range")
    if part is not None and (part.shape != (m,) or not ((part > 0) & (part <= 1)).all()):
        raise ValueError("part is not a share in (0, 1] for each column of fit")
    total, capacity = float(demand.sum()), float(supply.sum())
    if n == 0 or m == 0 or total <= 0 or capacity <= 0:
        nothing = np.full(m, -np.inf)
        return Allocation(np.zeros((n, m)), demand.astype(np.float64), 0, 0.0, nothing, tolerance)
    eligible = (fit >= fit_floor) & (supply > 0)
    with np.errstate(divide="ignore"):
        kernel = np.where(eligible, np.log(np.where(eligible, fit, 1.0)) / temperature, -np.inf)
        log_demand = np.log(demand)
        log_target = np.log(supply * (total / capacity))
    if part is not None:
        kernel += np.log(part)
    sink = float(np.log(fit_floor) / temperature)
    usable = eligible[demand > 0].any(axis=0)
    scaling = np.where(usable, 0.0, -np.inf)
    if start is not None and start.shape == (m,) and supply_pull > 0:
        scaling = np.where(usable & np.isfinite(start), start, scaling)
    held = _Held(kernel, scaling, sink)
    residual, iterations = 0.0, 0
    while supply_pull > 0 and iterations < max_iterations:
        iterations += 1
        weights = np.exp(np.where(usable, scaling - held.base, -np.inf))
        rows = held.kernel @ weights + held.sink
        columns = (demand / rows) @ held.kernel
        if (columns[usable] > 0).all():
            reached = np.log(columns[usable]) - held.base[usable]
        else:  # so small a share that it is lost beside others of its row: sum it up in the log domain
            log_row = np.logaddexp(_log_sum(kernel + scaling, axis=1), sink)
            reached = _log_sum(kernel + (log_demand - log_row)[:, None], axis=0)[usable]
        updated = scaling.copy()
        updated[usable] = supply_pull * (log_target[usable] - reached)
        residual = float(np.max(np.abs(updated[usable] - scaling[usable]), initial=0.0))
        scaling = updated
        if residual < tolerance:
            break
        if np.max(np.abs(scaling[usable] - held.base[usable]), initial=0.0) > _FAR:
            held = _Held(kernel, scaling, sink)
    held = _Held(kernel, scaling, sink)
    shares = held.kernel
    factor = demand / (shares.sum(axis=1) + held.sink)
    shares *= factor[:, None]
    return Allocation(shares, held.sink * factor, iterations, residual, scaling, tolerance)


class _Held:
    """The kernel with scalings taken in, each row divided by its largest entry (the sink's included)."""

    def __init__(self, kernel: Array, scaling: Array, sink: float) -> None:
        logs = kernel + scaling
        top = np.maximum(logs.max(axis=1), sink)
        self.base = np.where(np.isfinite(scaling), scaling, 0.0)
        self.kernel: Array = np.exp(logs - top[:, None])
        self.sink: Array = np.exp(sink - top)


def _log_sum(values: Array, axis: int) -> Array:
    """log Σ exp along an axis without overflow; −inf where every term is −inf."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis))
