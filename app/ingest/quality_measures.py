"""Measures of data quality: what is filled, what jumps, which codes come and go, how far texts drift. Pure."""

import math
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import jensenshannon

OUTLYING = 3.5
"""Modified z-score beyond which a change is outlying (Iglewicz & Hoaglin, How to Detect and Handle Outliers, 1993)."""
COMPARABLE = 8
"""Changes at least that many for their spread to be estimated; else the size of a change alone decides."""
AMOUNT_CHANGE, AMOUNT_SPREAD, AMOUNT_LEAST = math.log(1.5), 0.1, 5.0
"""Smallest change of an amount (as a logarithm of the ratio; and heads 人) worth telling, and the least spread (MAD)."""
RATE_CHANGE, RATE_SPREAD = 0.1, 0.02
"""The same of a rate 0-1, as a difference."""
SURE = 2.0
"""A change this many times the smallest worth telling is told where there are too few to compare with."""
DRIFTED, BEYOND_CHANCE = 0.05, 3.0
"""Divergence in bits from which texts have drifted, if it is that many times what chance alone gives. Assumptions."""
FEWEST_TEXTS = 20
NAMED = 20
"""Codes and characters named in a report; all are counted."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A figure that changed against the year before unlike the others."""

    key: str
    column: str
    year: int
    before: float
    value: float
    score: float | None
    """Modified z-score of the change among all; None where there were too few to compare with."""
    name: str = ""
    """What `key` names, in words."""


@dataclass(frozen=True, slots=True)
class CodeChange:
    """Codes of a column that the earlier batch had not, and that it alone had."""

    column: str
    known: int
    new: tuple[str, ...]
    new_count: int
    vanished: tuple[str, ...]
    vanished_count: int


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the characters of a text column differ from those of the earlier batch."""

    column: str
    divergence: float
    """Jensen-Shannon divergence 0-1 in bits (Lin 1991, doi:10.1109/18.61115)."""
    chance: float
    """What two samples of these sizes from one source give on average."""
    drifted: bool
    characters: tuple[str, ...]
    """Those that differ most, + more frequent now, - less."""


def outliers(
    column: str,
    now: Mapping[str, float],
    before: Mapping[str, float],
    year: int,
    *,
    rate: bool,
) -> list[Outlier]:
    """Figures by key that changed unlike the rest, the largest change first.

    A change is the logarithm of the ratio of amounts 人 (each + 1), or the difference of rates 0-1; it is outlying where
    its modified z-score 0.6745 · (change − median) / MAD is beyond 3.5 and the change itself is worth telling.
    """
    changes = {
        key: now[key] - before[key] if rate else math.log((now[key] + 1.0) / (before[key] + 1.0))
        for key in now.keys() & before.keys()
    }
    least, spread = (RATE_CHANGE, RATE_SPREAD) if rate else (AMOUNT_CHANGE, AMOUNT_SPREAD)
    told = {
        key: change
        for key, change in changes.items()
        if abs(change) >= least and (rate or abs(now[key] - before[key]) >= AMOUNT_LEAST)
    }
    scores: dict[str, float | None]
    if len(changes) >= COMPARABLE:
        middle = statistics.median(changes.values())
        mad = max(spread, statistics.median(abs(change - middle) for change in changes.values()))
        scores = {key: round(0.6745 * (change - middle) / mad, 2) for key, change in told.items()}
        told = {key: change for key, change in told.items() if abs(scores[key] or 0.0) > OUTLYING}
    else:
        scores = dict.fromkeys(told)
        told = {key: change for key, change in told.items() if abs(change) >= SURE * least}
    return [
        Outlier(key, column, year, round(before[key], 4), round(now[key], 4), scores[key])
        for key in sorted(told, key=lambda key: (-abs(told[key]), key))
    ]


def code_change(column: str, now: Mapping[str, int], before: Mapping[str, int]) -> CodeChange:
    """Codes new and vanished, the most frequent first; at most NAMED of each are named."""
    new = sorted(now.keys() - before.keys(), key=lambda code: (-now[code], code))
    gone = sorted(before.keys() - now.keys(), key=lambda code: (-before[code], code))
    return CodeChange(column, len(now), tuple(new[:NAMED]), len(new), tuple(gone[:NAMED]), len(gone))


def drift(column: str, now: "Counter[str]", before: "Counter[str]") -> Drift:
    """Divergence of two counts of characters, neither empty.

    Chance: of two samples of n and m characters out of K kinds it is (K − 1) / (8 ln 2) · (1/n + 1/m) bits on average
    (second-order expansion, as the chi-squared statistic).
    """
    kinds = sorted(now.keys() | before.keys())
    here = np.array([now[each] for each in kinds], dtype=float)
    there = np.array([before[each] for each in kinds], dtype=float)
    n, m = here.sum(), there.sum()
    distance = float(jensenshannon(here, there, base=2)) if len(kinds) > 1 else 0.0
    divergence = 0.0 if math.isnan(distance) else distance * distance
    chance = (len(kinds) - 1) / (8 * math.log(2)) * (1 / n + 1 / m)
    gap = here / n - there / m
    largest = np.argsort(-np.abs(gap), kind="stable")[:NAMED]
    return Drift(
        column,
        round(divergence, 4),
        round(float(chance), 4),
        bool(divergence > DRIFTED and divergence > BEYOND_CHANCE * chance),
        tuple(f"{'+' if gap[i] > 0 else '-'}{kinds[i]}" for i in largest if gap[i] != 0),
    )
