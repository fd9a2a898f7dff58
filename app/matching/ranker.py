"""The learned ranker: small decision trees over the layers of a score, and the probability they stand for."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.matching.space import Singles

Floats = NDArray[np.float64]
_ROWS: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Regression trees whose leaves add up to a score (Friedman 2001), as arrays (trees, nodes).

    At an inner node the row goes `left` where its `feature` is at most `threshold`, else `right`; a leaf leads to
    itself. `depth` steps from the root, node 0, end in a leaf. `value`: of a leaf what it adds, of an inner node the
    mean of the leaves below it, as the rows it was grown on fell.
    """

    feature: NDArray[np.int16]
    threshold: Singles
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: Singles
    depth: int

    def sums(self, rows: Singles) -> Floats:
        """Sums of the leaves (n,) of rows (n, features)."""
        found = np.zeros(len(rows))
        for begin in range(0, len(rows), _ROWS):
            for at, _ in self._steps(rows[begin : begin + _ROWS]):
                last = at
            found[begin : begin + _ROWS] = self.value.ravel()[last].sum(axis=1, dtype=np.float64)
        return found

    def contributions(self, rows: Singles) -> Floats:
        """What each feature adds to the sums, (n, features + 1); the last column is what every row has.

        A step from a node to the next one is credited with the change of the mean to the feature that was asked
        (Saabas 2014, "Interpreting random forests"; what is called the decision path method), so that rows add up.
        """
        value, feature = self.value.ravel().astype(np.float64), self.feature.ravel()
        found = np.zeros((len(rows), rows.shape[1] + 1))
        own = np.arange(len(rows))[:, None]
        for at, before in self._steps(rows):
            if before is None:
                found[:, -1] += value[at].sum(axis=1)
            else:
                np.add.at(found, (own, feature[before]), value[at] - value[before])
        return found

    def _steps(self, rows: Singles) -> "list[tuple[NDArray[np.int32], NDArray[np.int32] | None]]":
        """Nodes (n, trees) the rows are at, and were at before, from the roots to the leaves."""
        trees, nodes = self.feature.shape
        offset = (np.arange(trees, dtype=np.int32) * nodes)[None, :]
        own = np.arange(len(rows), dtype=np.int32)[:, None] * np.int32(rows.shape[1])
        flat = np.ascontiguousarray(rows, dtype=np.float32).ravel()
        feature, threshold = self.feature.ravel().astype(np.int32), self.threshold.ravel()
        # Children as distances from the roots of all trees, so that a step is a look-up and a choice.
        left = (self.left.astype(np.int32) + offset.T).ravel()
        right = (self.right.astype(np.int32) + offset.T).ravel()
        at = np.broadcast_to(offset, (len(rows), trees))
        steps: list[tuple[NDArray[np.int32], NDArray[np.int32] | None]] = [(at, None)]
        for _ in range(self.depth):
            asked = flat.take(own + feature.take(at))
            goes_left = asked <= threshold.take(at)
            steps.append((np.where(goes_left, left.take(at), right.take(at)), at))
            at = steps[-1][0]
        return steps


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
