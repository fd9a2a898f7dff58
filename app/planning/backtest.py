"""Back-test 回测: had the engine been asked in past years, how early and how often would it have said so?

Each year every program gets a risk from what was known then; later decisions (a warning, a withdrawal) say which risks
came true. Pure: years, risks and decisions in, measures out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.planning.balance import ProgramKey

Array = NDArray[np.float64]
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Decided:
    """A program that was warned of, suspended or withdrawn, in `year` or in the years up to `until`."""

    program: ProgramKey
    year: int
    until: int
    decision: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in one year: a risk for each program (p,), any scale, and the programs that were to be cut."""

    year: int
    programs: tuple[ProgramKey, ...]
    risk: Array
    flagged: frozenset[ProgramKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before a decision its program was flagged, in every year from then on; None where it was not."""

    program: ProgramKey
    decided: int
    years: int | None


@dataclass(frozen=True, slots=True)
class BackTest:
    auc: float | None
    """Probability that of two programs of one year the one decided on later had the higher risk; None: no such pair."""
    auc_low: float | None
    auc_high: float | None
    """95 % interval, programs drawn anew."""
    hit_rate: float
    """Share of the `k` highest risks of each year that were decided on."""
    base_rate: float
    """The same share of all programs: what drawing by lot would hit."""
    k: int
    programs: int
    positives: int
    """Programs that were decided on, among those that had a risk."""
    flagged: int
    """Program-years that were flagged."""
    flagged_right: int
    """Of those, decided on within the time."""
    leads: tuple[Lead, ...]

    @property
    def median_lead(self) -> float | None:
        """Median lead in years of the decisions that were foreseen."""
        years = [lead.years for lead in self.leads if lead.years is not None]
        return float(np.median(years)) if years else None


def back_test(
    said: Sequence[Said], decided: Sequence[Decided], *, within: int | None, k: int, seed: int = 0
) -> BackTest:
    """Measure what was `said` against what was `decided`.

    A program of a year counts as positive where a decision on it came in the `within` years after; it leaves with its
    first decision. With `within` None it counts wherever a decision was ever taken, before or after: that says whether
    the risk describes such programs, not whether it foresees them, and there is no lead time.
    """
    kept = [_open_in(one, decided) if within is not None else one for one in said]
    positive = [_positive(one, decided, within) for one in kept]
    codes = sorted({key for one in kept for key in one.programs})
    place = {key: i for i, key in enumerate(codes)}
    rows = [np.array([place[key] for key in one.programs], dtype=np.int64) for one in kept]
    random = np.random.default_rng(seed)
    central = _auc(kept, positive, [np.ones(len(r)) for r in rows])
    drawn = []
    for _ in range(RESAMPLES if central is not None else 0):
        weight = np.bincount(random.integers(0, len(codes), len(codes)), minlength=len(codes)).astype(float)
        if (value := _auc(kept, positive, [weight[r] for r in rows])) is not None:
            drawn.append(value)
    low, high = (float(v) for v in np.quantile(drawn, (0.025, 0.975))) if drawn else (None, None)
    hits = [
        positive[i][np.argsort(-one.risk, kind="stable")[:k]].mean()
        for i, one in enumerate(kept)
        if len(one.programs)
    ]
    every = np.concatenate(positive) if positive else np.zeros(0, dtype=bool)
    flags = [
        (key, bool(p))
        for one, found in zip(kept, positive, strict=True)
        for key, p in zip(one.programs, found, strict=True)
        if key in one.flagged
    ]
    return BackTest(
        auc=central,
        auc_low=low,
        auc_high=high,
        hit_rate=float(np.mean(hits)) if hits else 0.0,
        base_rate=float(every.mean()) if len(every) else 0.0,
        k=k,
        programs=len(codes),
        positives=len(
            {
                key
                for one, found in zip(kept, positive, strict=True)
                for key, p in zip(one.programs, found, strict=True)
                if p
            }
        ),
        flagged=len(flags),
        flagged_right=sum(right for _, right in flags),
        leads=_leads(said, decided) if within is not None else (),
    )


def _first(decided: Sequence[Decided]) -> Mapping[ProgramKey, Decided]:
    return {d.program: d for d in sorted(decided, key=lambda d: (-d.year, d.decision))}


def _open_in(one: Said, decided: Sequence[Decided]) -> Said:
    """What was said of the programs on which nothing had been decided by then."""
    first = _first(decided)
    keep = [i for i, key in enumerate(one.programs) if key not in first or first[key].until > one.year]
    return Said(one.year, tuple(one.programs[i] for i in keep), one.risk[keep], one.flagged)


def _positive(one: Said, decided: Sequence[Decided], within: int | None) -> NDArray[np.bool_]:
    hit = {
        d.program for d in decided if within is None or (d.until > one.year and d.year <= one.year + within)
    }
    return np.array([key in hit for key in one.programs], dtype=bool)


def _auc(
    said: Sequence[Said], positive: Sequence[NDArray[np.bool_]], weights: Sequence[Array]
) -> float | None:
    """Area under the ROC curve within years, weighted by the pairs each year has; ties count half.

    By ranks (Mann & Whitney 1947), so that a thousand resamples take a moment.
    """
    right, pairs = 0.0, 0.0
    for one, found, weight in zip(said, positive, weights, strict=True):
        _, place = np.unique(one.risk, return_inverse=True)
        hits = np.bincount(place, weight * found)
        others = np.bincount(place, weight * ~found)
        right += float(hits @ (np.cumsum(others) - others / 2))
        pairs += float(hits.sum() * others.sum())
    return right / pairs if pairs > 0 else None


def _leads(said: Sequence[Said], decided: Sequence[Decided]) -> tuple[Lead, ...]:
    leads = []
    for key, decision in sorted(_first(decided).items()):
        before = sorted(
            (one for one in said if one.year < decision.year and key in one.programs), key=lambda o: -o.year
        )
        years: int | None = None
        for one in before:
            if key not in one.flagged:
                break
            years = decision.year - one.year
        if before:
            leads.append(Lead(key, decision.year, years))
    return tuple(leads)
