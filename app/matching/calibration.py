"""How far scores can be read as probabilities."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def reliability(scores: Floats, right: Floats, bins: int = 15) -> list[tuple[float, float, int]]:
    """Mean score, share of right pairs and number of pairs of each bin of equal width that is not empty.

    `scores` (n,) in [0, 1]; `right` (n,) from 0 to 1.
    """
    number = np.minimum((scores * bins).astype(np.int64), bins - 1)
    count = np.bincount(number, minlength=bins)
    stated = np.bincount(number, weights=scores, minlength=bins)
    found = np.bincount(number, weights=right, minlength=bins)
    return [(float(stated[i] / n), float(found[i] / n), int(n)) for i, n in enumerate(count) if n]


def calibration_error(scores: Floats, right: Floats, bins: int = 15) -> float:
    """Expected calibration error: mean distance of score and share of right pairs over the bins, weighted by pairs
    (Naeini, Cooper & Hauskrecht 2015). 0 is perfect.
    """
    curve = reliability(scores, right, bins)
    total = max(sum(n for *_, n in curve), 1)
    return sum(n * abs(stated - found) for stated, found, n in curve) / total
