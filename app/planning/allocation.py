"""Allocation 分配: demand heads divided among programs, each head once, what nobody trains for left visible."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Allocation:
    """`shares` (n, m) heads of demand i given to program j, `unmet` (n,) heads given to none."""

    shares: Array
    unmet: Array
    iterations: int
    residual: float
    """Largest change of a log scaling in the last iteration."""


def allocate(
    demand: Array,
    supply: Array,
    fit: Array,
    *,
    fit_floor: float,
    temperature: float,
    supply_pull: float,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
) -> Allocation:
    """Divide `demand` (n,) heads among m programs with `supply` (m,) heads by `fit` (n, m) in [0, 1].

    Unbalanced entropic transport (Chizat et al. 2018, Math. Comp. 87) in the log domain on the cost −log fit:
    minimise ⟨P, C⟩ + ε·Σ P(log P − 1) + τ·KL(Pᵀ1 | t) subject to the row sums being the demand exactly. A sink
    column of cost −log(fit_floor) takes what stays unmet; a fit below the floor is not eligible. The column target
    t is the supply scaled to the total demand, so that supply decides how demand is divided, not how much of it
    there is; `supply_pull` = τ/(τ+ε) in [0, 1): 0 divides by fit alone. ε is `temperature`.

    Each iteration contracts the log scalings by `supply_pull`; it stops at `tolerance` or `max_iterations`.
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
    total, capacity = float(demand.sum()), float(supply.sum())
    if n == 0 or m == 0 or total <= 0 or capacity <= 0:
        return Allocation(np.zeros((n, m)), demand.astype(np.float64), 0, 0.0)
    eligible = (fit >= fit_floor) & (supply > 0)
    with np.errstate(divide="ignore"):
        kernel = np.where(eligible, np.log(np.where(eligible, fit, 1.0)) / temperature, -np.inf)
        log_demand = np.log(demand)
        log_target = np.log(supply * (total / capacity))
    sink = np.log(fit_floor) / temperature
    usable = eligible[demand > 0].any(axis=0)
    scaling = np.where(usable, 0.0, -np.inf)
    residual, iterations = 0.0, 0
    while supply_pull > 0 and iterations < max_iterations:
        iterations += 1
        log_row = np.logaddexp(_log_sum(kernel + scaling, axis=1), sink)
        reached = _log_sum(kernel + (log_demand - log_row)[:, None], axis=0)
        updated = scaling.copy()
        updated[usable] = supply_pull * (log_target[usable] - reached[usable])
        residual = float(np.max(np.abs(updated[usable] - scaling[usable]), initial=0.0))
        scaling = updated
        if residual < tolerance:
            break
    log_row = np.logaddexp(_log_sum(kernel + scaling, axis=1), sink)
    shares = np.exp(kernel + scaling - log_row[:, None]) * demand[:, None]
    return Allocation(shares, np.exp(sink - log_row) * demand, iterations, residual)


def _log_sum(values: Array, axis: int) -> Array:
    """log Σ exp along an axis without overflow; −inf where every term is −inf."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis))
