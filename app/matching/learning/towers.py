"""Learning the space: a bag of terms as a point, pulled towards what it belongs to and away from the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Singles = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Texts that belong together: `left` and `right` (n,) are rows of the features; drawn `weight` times as often.

    Where two pairs of a batch share a left or a right text, or a number in `same` (n,), neither is a wrong answer
    for the other.
    """

    name: str
    left: Indices
    right: Indices
    weight: float
    same: Indices | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How the space is learned: `dimensions`, `steps` of `batch` pairs, rate of learning, sharpness of the softmax."""

    dimensions: int = 128
    steps: int = 4000
    batch: int = 192
    rate: float = 4e-3
    sharpness: float = 20.0
    longest: int = 160
    seed: int = 0


_FIRST, _SECOND = 0.9, 0.999
"""Decay of the two moments of Adam."""


def learn_space(
    features: csr_array, pairs: Sequence[Pairs], settings: Settings, progress: Callable[[int, float], None]
) -> Singles:
    """Vectors of the terms, (terms, dimensions), such that the two texts of a pair lie close together.

    `features` (texts, terms) ≥ 0. Each step draws a source of pairs by weight and a batch of them, and lowers the
    symmetric cross-entropy of finding each text's partner among those of the batch (InfoNCE, van den Oord et al.
    2018), by Adam (Kingma & Ba 2015) on the terms that occur, with one second moment per term. Terms are dropped
    at random, so that no text is known by a single word. One seed, one result. `progress` hears step and mean loss.
    """
    random = np.random.default_rng(settings.seed)
    rows = csr_array(features.astype(np.float32))
    terms = rows.shape[1]
    vectors = random.normal(0, settings.dimensions**-0.5, (terms, settings.dimensions)).astype(np.float32)
    first = np.zeros_like(vectors)
    second = np.zeros(terms, dtype=np.float32)
    weights = np.array([p.weight for p in pairs])
    drawn = random.choice(len(pairs), settings.steps, p=weights / weights.sum())
    mean = 0.0
    for step, source in enumerate(drawn):
        chosen = pairs[source]
        places = random.integers(0, len(chosen.left), min(settings.batch, max(32, len(chosen.left))))
        columns, data, starts = _bags(
            rows, np.concatenate([chosen.left[places], chosen.right[places]]), settings, random
        )
        used, columns = np.unique(columns, return_inverse=True)
        bags = csr_array((data, columns, starts), shape=(2 * len(places), len(used)))
        loss, gradient = _contrast(bags @ vectors[used], _excused(chosen, places), settings.sharpness)
        slope = np.asarray(bags.T @ gradient)
        first[used] = moment = _FIRST * first[used] + (1 - _FIRST) * slope
        second[used] = square = _SECOND * second[used] + (1 - _SECOND) * (slope**2).mean(axis=1)
        size = (1 - _SECOND ** (step + 1)) ** 0.5 / (1 - _FIRST ** (step + 1)) * _pace(step, settings)
        vectors[used] -= np.float32(size) * moment / (np.sqrt(square) + 1e-8)[:, None]
        mean = loss if step == 0 else 0.99 * mean + 0.01 * loss
        progress(step + 1, mean)
    return vectors


def _pace(step: int, settings: Settings) -> float:
    """Warm-up over 100 steps, then a straight line down to a twentieth."""
    return settings.rate * min(1.0, (step + 1) / 100) * (0.05 + 0.95 * (1 - step / settings.steps))


def _bags(
    rows: csr_array, places: Indices, settings: Settings, random: np.random.Generator
) -> tuple[Indices, Singles, Indices]:
    """Columns, weights and starts of the rows, with about a third of a long row's terms left out at random."""
    begin, count = rows.indptr[places], np.diff(rows.indptr)[places]
    ends = np.cumsum(count)
    at = np.arange(ends[-1]) + np.repeat(begin - (ends - count), count)
    kept_share = np.where(count > 24, np.minimum(0.7, settings.longest / np.maximum(count, 1)), 0.9)
    kept = random.random(len(at)) < np.repeat(np.where(count > 4, kept_share, 1.0), count)
    owner = np.repeat(np.arange(len(places)), count)[kept]
    starts = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(places)))])
    at = at[kept]
    return rows.indices[at].astype(np.int64), rows.data[at], starts


def _excused(pairs: Pairs, places: Indices) -> NDArray[np.bool_]:
    """Which right texts (columns) are no wrong answer for which left ones, (n, n), the own one aside."""
    same = np.zeros((len(places), len(places)), dtype=bool)
    for group in (pairs.left, pairs.right, pairs.same):
        if group is not None:
            same |= group[places][:, None] == group[places][None, :]
    np.fill_diagonal(same, False)
    return same


def _contrast(sums: Singles, excused: NDArray[np.bool_], sharpness: float) -> tuple[float, Singles]:
    """Loss, and its gradient by the sums (2n, d): first the left texts, then the right ones."""
    length = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    points = sums / length
    n = len(points) // 2
    left, right = points[:n], points[n:]
    logits = sharpness * (left @ right.T)
    logits[excused] = -1e4
    across, down = _softmax(logits, 1), _softmax(logits, 0)
    own = np.arange(n)
    loss = -float(np.log(across[own, own] + 1e-12).mean() + np.log(down[own, own] + 1e-12).mean()) / 2
    slope = (across + down) / 2
    slope[own, own] -= 1
    slope *= sharpness / n
    gradient = np.concatenate([slope @ right, slope.T @ left])
    # A point has length 1 whatever its sum: only the part across it counts.
    gradient -= points * (gradient * points).sum(axis=1, keepdims=True)
    return loss, np.asarray(gradient / length, dtype=np.float32)


def _softmax(logits: Singles, axis: int) -> Singles:
    raised = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return np.asarray(raised / raised.sum(axis=axis, keepdims=True))
