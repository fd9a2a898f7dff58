"""Uncertainty 不确定性: the balance drawn many times over what is not known exactly, and what the draws say of a gap.

What varies in a draw, each by a spread of the profile (`profile.uncertainty`):

- the heads of a forecast: a normal in two pieces, its median the central figure, low and high the quantiles that
  `range_share` says (0.8: P10 and P90; the split normal of forecast practice, Wallis 2014, Statistical Science 29,
  here given by quantiles), cut off at 0; one without a range log-normal with `forecast_spread`. Errors of one batch
  go together with correlation `source_correlation`: a forecaster who is too hopeful is so for all industries;
- the heads of a posting (`posting_spread`) and of a published figure (`figure_spread`, common to all figures: it is
  the regional share that is not known), log-normal;
- the shares by which a staffing pattern divides the heads of an industry: as widely as the postings behind them say
  (`_shared_out`), the heads of a record kept;
- the fits: log-normal, with one error for each target and program (`fit_spread`) and one for each program over all
  targets (`program_spread`);
- the rates: normal on the logit scale; a rate of the data has an error of its own (`rate_spread_data`, or
  `rate_spread_stated` where it is the mean of other offerings), a rate of the profile one that all offerings of the
  level share (`rate_spread_stated`).

Demand is divided anew in every draw. Each draw starts from the scalings of the central allocation, which is the same
as solving it from the beginning (the optimum is unique), but a few steps away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit, logit, ndtri

from app.planning.allocation import Allocation, Array
from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.cells import DemandCell
from app.planning.profile import Profile
from app.planning.rates import OF_LEVEL, OF_PROGRAM, OWN, RATES
from app.planning.supply import OfferingSupply

QUANTILES = (0.1, 0.5, 0.9)
_TOLERANCE = 1e-4
"""Log scalings of a draw are exact to this: heads to about 0.03 %, far below what a draw moves."""
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Draws:
    """Demand and supply (draws, programs) of each draw, 人/年; column j is `programs[j]`."""

    programs: tuple[ProgramKey, ...]
    demand: Array
    supply: Array
    unmet: Array
    """(draws,) heads that no program took."""
    seed: int

    @property
    def gap(self) -> Array:
        """Gap = demand − supply (draws, programs), 人/年."""
        return self.demand - self.supply

    def quantiles(self) -> Array:
        """P10, P50 and P90 (3, programs) of the gap."""
        if not self.programs:
            return np.zeros((3, 0))
        return np.asarray(np.quantile(self.gap, QUANTILES, axis=0))


def draw_balances(
    programs: Sequence[ProgramKey],
    offerings: Sequence[OfferingSupply],
    cells: Sequence[DemandCell],
    fit: Array,
    allocation: Allocation,
    profile: Profile,
    seed: int,
) -> Draws:
    """Draw the balances of `programs` (columns of `fit` and of the central `allocation`) `profile.uncertainty.draws` times.

    `seed` (any integer ≥ 0) decides everything: the same inputs and seed give the same bits. Each kind of error has
    a stream of random numbers of its own, so that a change of one side of the inputs leaves the draws of the other
    as they were.
    """
    streams = [np.random.Generator(np.random.PCG64(s)) for s in np.random.SeedSequence(seed).spawn(4)]
    count = int(profile.uncertainty.draws.value)
    supply = _supply(programs, offerings, profile, count, streams[0])
    heads = _heads(cells, profile, count, streams[1], streams[3])
    demand, unmet = _divided(cells, heads, supply, fit, allocation, profile, streams[2])
    return Draws(tuple(programs), demand, supply, unmet, seed)


def with_intervals(balances: Sequence[ProgramBalance], draws: Draws) -> tuple[ProgramBalance, ...]:
    """The balances with P10, P50 and P90 of their gap; `draws` has the programs in the same order."""
    low, middle, high = draws.quantiles()
    return tuple(
        replace(item, gap_p10=float(low[j]), gap_p50=float(middle[j]), gap_p90=float(high[j]))
        for j, item in enumerate(balances)
    )


def _supply(
    programs: Sequence[ProgramKey],
    offerings: Sequence[OfferingSupply],
    profile: Profile,
    count: int,
    random: np.random.Generator,
) -> Array:
    """Graduates (count, programs): seats × the product of the rates, each rate drawn."""
    spread = profile.uncertainty
    levels = sorted({offering.level for offering in offerings})
    common = random.standard_normal((count, len(levels), len(RATES)))
    own = random.standard_normal((count, len(offerings), len(RATES)))
    drawn = np.zeros((count, len(programs)))
    if not offerings:
        return drawn
    rates = np.array([[offering.rates[name].value for name in RATES] for offering in offerings])
    source = np.array([[offering.rates[name].source for name in RATES] for offering in offerings])
    lent = np.isin(source, (OF_PROGRAM, OF_LEVEL))
    level = np.array([levels.index(offering.level) for offering in offerings])
    errors = np.where(
        (source == OWN) | lent,
        np.where(lent, spread.rate_spread_stated.value, spread.rate_spread_data.value) * own,
        spread.rate_spread_stated.value * common[:, level],
    )
    # A rate of exactly 0 or 1 has no logit: it is moved as its neighbour would be.
    inner = np.clip(rates, 0.01, 0.99)
    moved = np.clip(rates + expit(logit(inner) + errors) - inner, 0.0, 1.0)
    further = RATES.index("further_study")
    moved[:, :, further] = 1.0 - moved[:, :, further]
    registration = RATES.index("registration")
    later = np.delete(moved, registration, axis=2).prod(axis=2)
    seats = np.array([offering.counted_seats for offering in offerings])
    graduates = (seats * moved[:, :, registration] + [offering.entrants for offering in offerings]) * later
    column = {key: j for j, key in enumerate(programs)}
    for i, offering in enumerate(offerings):
        if (j := column.get((offering.level, offering.program_code))) is not None:
            drawn[:, j] += graduates[:, i]
    return drawn


def _heads(
    cells: Sequence[DemandCell],
    profile: Profile,
    count: int,
    random: np.random.Generator,
    staffing: np.random.Generator,
) -> Array:
    """Heads (count, cells) asked for, each cell drawn over its range, and what a staffing pattern divided anew."""
    spread = profile.uncertainty
    sources = sorted({cell.batch_id for cell in cells})
    shared = random.standard_normal((count, len(sources)))
    figures = random.standard_normal(count)[:, None]
    records: dict[str, int] = {}
    record = [records.setdefault(cell.record or cell.key, len(records)) for cell in cells]
    own = random.standard_normal((count, len(records)))[:, record]
    if not cells:
        return own
    low, central, high = (
        np.array([getattr(cell, name) for cell in cells]) for name in ("low", "central", "high")
    )
    kind = np.array([cell.kind for cell in cells])
    source = np.array([sources.index(cell.batch_id) for cell in cells])
    together = np.where(kind == "posting", 0.0, spread.source_correlation.value)
    errors = np.sqrt(together) * shared[:, source] + np.sqrt(1 - together) * own
    side = np.where(errors < 0, central - low, high - central)
    ranged = np.maximum(central + side * errors / ndtri((1 + spread.range_share.value) / 2), 0.0)
    width = np.where(kind == "posting", spread.posting_spread.value, spread.forecast_spread.value)
    free = central * np.exp(width * errors)
    heads = np.where(high > low, ranged, free)
    drawn: Array = np.where(kind == "figure", heads * np.exp(spread.figure_spread.value * figures), heads)
    return _shared_out(cells, record, drawn, profile.demand.staffing_strength.value, staffing)


def _shared_out(
    cells: Sequence[DemandCell],
    record: Sequence[int],
    heads: Array,
    strength: float,
    random: np.random.Generator,
) -> Array:
    """Heads (count, cells) with the shares of the staffing pattern drawn; those of each record stay as many.

    A share p of a pattern that n postings and the strength κ of what is above them stand for has the posterior variance
    p(1 − p)/(n + κ + 1) (Dirichlet); its log is drawn with the standard deviation √((1 − p)/(p(n + κ + 1))), 1 at most.
    """
    places = [i for i, cell in enumerate(cells) if cell.staffing is not None]
    if not places:
        return heads
    share = np.array([cell.staffing.share for cell in cells if cell.staffing is not None])
    seen = np.array([cell.staffing.postings for cell in cells if cell.staffing is not None])
    share = np.clip(share, 1e-6, 1.0)
    width = np.minimum(np.sqrt((1 - share) / (share * (seen + strength + 1))), 1.0)
    moved = heads.copy()
    moved[:, places] *= np.exp(width * random.standard_normal((len(heads), len(places))))
    whole, then = (np.zeros((len(heads), max(record) + 1)) for _ in range(2))
    np.add.at(whole.T, record, heads.T)
    np.add.at(then.T, record, moved.T)
    kept = np.divide(whole, then, out=np.ones_like(whole), where=then > 0)
    shared: Array = moved * kept[:, record]
    return shared


def _divided(
    cells: Sequence[DemandCell],
    heads: Array,
    supply: Array,
    fit: Array,
    allocation: Allocation,
    profile: Profile,
    random: np.random.Generator,
) -> tuple[Array, Array]:
    """Demand (draws, programs) and unmet heads (draws,): the allocation of every draw.

    Cells of one target and level have the same fits and are one row: cutting a record in two changes nothing.
    """
    count, m = supply.shape
    rules, spread = profile.allocation, profile.uncertainty
    demand, unmet = np.zeros((count, m)), heads.sum(axis=1)
    columns = np.flatnonzero(np.isfinite(allocation.scaling))
    if not len(cells) or not len(columns):
        return demand, unmet
    row_of, target_of, first = _rows(cells)
    asked = np.zeros((count, len(first)))
    np.add.at(asked.T, row_of, heads.T)
    eligible = fit[np.ix_(first, columns)] >= rules.fit_floor.value
    with np.errstate(divide="ignore"):
        logs = np.where(eligible, np.log(fit[np.ix_(first, columns)]) / rules.temperature.value, -np.inf)
    logs += allocation.scaling[columns]
    sink = np.log(rules.fit_floor.value) / rules.temperature.value
    top = np.maximum(logs.max(axis=1), sink)
    none = np.exp(sink - top)
    # Few programs train for a target: what is drawn and divided are these pairs alone.
    rows, at = np.nonzero(eligible)
    certain = np.exp(logs[rows, at] - top[rows])
    pairs, pair_of = np.unique(target_of[rows] * len(columns) + at, return_inverse=True)
    starts = np.searchsorted(rows, np.arange(len(first) + 1))
    for d in range(count):
        error: Array = spread.fit_spread.value * random.standard_normal((len(pairs),))
        shared: Array = random.standard_normal((m,))
        error += spread.program_spread.value * shared[columns][pairs % len(columns)]
        values = certain * np.exp(error / rules.temperature.value)[pair_of]
        noisy = csr_array((values, at, starts), shape=eligible.shape)
        demand[d, columns], unmet[d] = _column_heads(
            noisy,
            none,
            asked[d],
            supply[d, columns],
            supply[d].sum(),
            rules.supply_pull.value,
            allocation.scaling[columns],
        )
    return demand, unmet


def _rows(cells: Sequence[DemandCell]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row of each cell, target of each row, and the first cell of each row."""
    rows: dict[object, int] = {}
    targets: dict[object, int] = {}
    row_of, target_of, first = [], [], []
    for i, cell in enumerate(cells):
        target = (cell.industry_codes, cell.occupation_code, cell.posting_id)
        key = (target, cell.level)
        if key not in rows:
            rows[key] = len(rows)
            target_of.append(targets.setdefault(target, len(targets)))
            first.append(i)
        row_of.append(rows[key])
    return np.array(row_of), np.array(target_of), np.array(first)


def _column_heads(
    kernel: csr_array,
    sink: Array,
    demand: Array,
    supply: Array,
    capacity: float,
    pull: float,
    base: Array,
) -> tuple[Array, float]:
    """Heads (m,) given to each column and heads given to none; `kernel` holds the scalings `base` already."""
    weights = np.ones(len(base))
    total = float(demand.sum())
    if total <= 0 or capacity <= 0:
        return np.zeros(len(base)), total
    with np.errstate(divide="ignore"):
        goal = np.log(supply * (total / capacity))
    logs = np.zeros(len(base))
    for _ in range(_STEPS if pull > 0 else 0):
        given = (demand / (kernel @ weights + sink)) @ kernel
        with np.errstate(divide="ignore"):
            reached = np.log(given) - base
        updated = np.where(np.isfinite(reached), pull * (goal - reached) - base, logs)
        # A draw may leave a column without graduates or without anyone who asks for it: it takes next to nothing.
        updated = np.clip(updated, -300.0, 300.0)
        moved = float(np.max(np.abs(updated - logs), initial=0.0))
        logs, weights = updated, np.exp(updated)
        if moved < _TOLERANCE:
            break
    share = demand / (kernel @ weights + sink)
    return weights * (share @ kernel), float(share @ sink)
