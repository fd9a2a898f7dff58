"""The learned ranker: small decision trees over the layers of a score, and the probability they stand for."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.matching.space import Singles

Floats = NDArray[np.float64]
_ROWS: Final = 256
_LEAVES: Final = 16
"""Leaves a tree may have: one bit of a number each."""


@dataclass(frozen=True, eq=False)
class Trees:
    """Regression trees whose leaves add up to a score (Friedman 2001), as arrays (trees, nodes).

    At an inner node the row goes `left` where its `feature` is at most `threshold`, else `right`; a leaf leads to
    itself. A tree has at most 16 leaves, and at most `depth` steps lead from the root, node 0, to one. `value`: of a leaf
    what it adds, of an inner node the mean of the leaves below it, as the rows it was grown on fell.
    """

    feature: NDArray[np.int16]
    threshold: Singles
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: Singles
    depth: int

    def sums(self, rows: Singles) -> Floats:
        """Sums of the leaves (n,) of rows (n, features)."""
        paths = self._paths
        found = np.zeros(len(rows))
        for begin in range(0, len(rows), _ROWS):
            part = slice(begin, begin + _ROWS)
            found[part] = paths.value.take(self._leaves(rows[part])).sum(axis=0)
        return found

    def contributions(self, rows: Singles) -> Floats:
        """What each feature adds to the sums, (n, features + 1); the last column is what every row has.

        A step from a node to the next one is credited with the change of the mean to the feature that was asked
        (Saabas 2014, "Interpreting random forests"; what is called the decision path method), so that rows add up.
        """
        paths = self._paths
        n, width = len(rows), rows.shape[1] + 1
        leaves = self._leaves(rows).T
        own = np.arange(n, dtype=np.int64)[:, None, None] * width
        places, added = own + paths.feature[leaves], paths.added[leaves]
        summed = np.bincount(places.ravel(), weights=added.ravel(), minlength=n * width)
        found: Floats = summed.astype(np.float64).reshape(n, width)
        found[:, -1] += self.value[:, 0].sum(dtype=np.float64)
        return found

    def _leaves(self, rows: Singles) -> NDArray[np.intp]:
        """The leaves (trees, n) that rows (n, features) end in, numbered through all trees.

        All questions are asked at once (QuickScorer: Lucchese and others 2015): one that is answered with no rules out the
        leaves to its left, and of those that remain the leftmost is the one.
        """
        paths = self._paths
        turned = np.ascontiguousarray(rows.T, dtype=np.float32)
        ruled_out = np.zeros((len(self.feature), len(rows)), dtype=np.uint16)
        for feature, threshold, left_of in zip(paths.asked, paths.bounds, paths.left_of, strict=True):
            no = turned.take(feature, axis=0) > threshold[:, None]
            ruled_out |= no * left_of[:, None]
        return np.asarray(_leftmost().take(ruled_out) + paths.first[:, None])

    @cached_property
    def _paths(self) -> "_Paths":
        return _Paths.of(self)


@lru_cache(maxsize=1)
def _leftmost() -> NDArray[np.int8]:
    """The lowest bit that is not set in each number of 16 bits, (65536,)."""
    ruled_out = np.arange(1 << _LEAVES)
    lowest = ~ruled_out & (ruled_out + 1)
    return np.asarray(np.frexp(lowest.astype(np.float64))[1] - 1, dtype=np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    """Trees by their leaves, from left to right, numbered through all trees.

    Questions (most of a tree, trees): the feature `asked`, its bound, and the bits of the leaves `left_of` it. `first` (trees,):
    the number of a tree's first leaf. Per leaf its `value`, and on the way to it (leaves, depth) the `feature` asked and
    what each step `added`.
    """

    asked: NDArray[np.intp]
    bounds: Singles
    left_of: NDArray[np.uint16]
    first: NDArray[np.intp]
    value: Floats
    feature: NDArray[np.intp]
    added: Floats

    @classmethod
    def of(cls, trees: Trees) -> "_Paths":
        parts = (trees.feature, trees.threshold, trees.left, trees.right, trees.value)
        unrolled = [_unrolled(tree, 0) for tree in zip(*(part.tolist() for part in parts), strict=True)]
        most = max((len(questions) for _, questions in unrolled), default=0)
        if most >= _LEAVES:
            raise InvalidInputError(
                f"一棵树至多 {_LEAVES} 个叶，现有 {most + 1} 个", remedy="请用 chanjiao train 重新训练"
            )
        asked = np.zeros((most, len(unrolled)), dtype=np.intp)
        bounds = np.zeros((most, len(unrolled)), dtype=np.float32)
        left_of = np.zeros((most, len(unrolled)), dtype=np.uint16)
        for tree, (_, questions) in enumerate(unrolled):
            for number, question in enumerate(questions):
                asked[number, tree], bounds[number, tree], left_of[number, tree] = question
        leaves = [leaf for leaves, _ in unrolled for leaf in leaves]
        feature = np.zeros((len(leaves), max((len(way) for _, way in leaves), default=0)), dtype=np.intp)
        added = np.zeros(feature.shape)
        for leaf, (_, way) in enumerate(leaves):
            for step, (name, change) in enumerate(way):
                feature[leaf, step], added[leaf, step] = name, change
        first = np.cumsum([0, *(len(leaves) for leaves, _ in unrolled)])[:-1]
        return cls(asked, bounds, left_of, first, np.array([value for value, _ in leaves]), feature, added)


_Way = list[tuple[int, float]]
"""The features asked on the way to a leaf, and how each answer changed the mean."""


def _unrolled(
    tree: tuple[list[int], list[float], list[int], list[int], list[float]], node: int
) -> tuple[list[tuple[float, _Way]], list[tuple[int, float, int]]]:
    """The leaves below a node from left to right, each with its value and the way to it, and the questions: feature, bound
    and bits of the leaves to the left of the question.
    """
    features, thresholds, left, right, values = tree
    if left[node] == node:
        return [(values[node], [])], []
    leaves: list[tuple[float, _Way]] = []
    questions: list[tuple[int, float, int]] = []
    for child in (left[node], right[node]):
        below, asked = _unrolled(tree, child)
        step = (features[node], values[child] - values[node])
        questions += [(feature, bound, bits << len(leaves)) for feature, bound, bits in asked]
        if child == left[node]:
            questions.append((features[node], thresholds[node], (1 << len(below)) - 1))
        leaves += [(value, [step, *way]) for value, way in below]
    return leaves, questions


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Trees over the named features of a pair, and `slope` and `bias` that turn their sums into probabilities
    (Platt 1999). `kept`: only so many candidates of a query, the best by its base, are judged; 0 for all.
    """

    features: tuple[str, ...]
    trees: Trees
    slope: float
    bias: float
    kept: int

    def probabilities(self, rows: Singles) -> Floats:
        """Probability (n,) in (0, 1) that a pair (n, features) is right."""
        return probability(self.slope * self.trees.sums(rows) + self.bias)

    def log_odds(self, rows: Singles) -> Floats:
        """What each feature adds to the log-odds of pairs (n, features), (n, features + 1); the last is the base."""
        found = self.slope * self.trees.contributions(rows)
        found[:, -1] += self.bias
        return found


def probability(log_odds: Floats) -> Floats:
    """1 / (1 + exp(−x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))
