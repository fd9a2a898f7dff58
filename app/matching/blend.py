"""Blend: the layers of a score joined by a logistic function, so that it can be read as a probability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
LAYERS = ("lexical", "head")


def signs(layer: Floats) -> Floats:
    """What a layer (queries, candidates) says of each pair, (queries, candidates, 3).

    Its value, how far it is behind the query's best, and how many standard deviations it lies above the query's
    mean: a ranking needs the first two, a short list of candidates is told from a long one by the third.
    """
    if not layer.size:
        return np.zeros((*layer.shape, 3))
    best = layer.max(axis=1, keepdims=True)
    spread = layer.std(axis=1, keepdims=True)
    above = (layer - layer.mean(axis=1, keepdims=True)) / np.where(spread > 1e-9, spread, 1.0)
    return np.stack([layer, layer - best, above], axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Logistic weights of the signs of each layer: `weights` (layers, 3) and `bias`."""

    weights: Floats
    bias: float

    def scores(self, layers: list[Floats]) -> Floats:
        """Probability-like scores (queries, candidates) in [0, 1] from layers of that shape."""
        logit = np.full(layers[0].shape, self.bias)
        for layer, weight in zip(layers, self.weights, strict=True):
            logit += signs(layer) @ weight
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))

    def parts(self, layers: list[Floats], query: int, candidate: int) -> list[float]:
        """How much each layer adds to the log-odds of one pair."""
        return [
            float(signs(layer[[query]])[0, candidate] @ weight)
            for layer, weight in zip(layers, self.weights, strict=True)
        ]


def fit_blend(layers: list[Floats], gains: Floats) -> Blend:
    """Logistic regression of whether a candidate is right on the signs of the layers, all (queries, candidates).

    A graded gain counts as a share of the query's largest: each pair enters once as right and once as wrong, with
    these weights. `layers` must come from heads that were not trained on these queries.
    """
    inputs = np.concatenate([signs(layer) for layer in layers], axis=2).reshape(-1, 3 * len(layers))
    right = (gains / np.maximum(gains.max(axis=1, keepdims=True), 1e-12)).ravel()
    middle, spread = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-9)
    scaled = (inputs - middle) / spread
    counted = right > 0
    rows = np.concatenate([scaled[counted], scaled])
    labels = np.concatenate([np.ones(int(counted.sum())), np.zeros(len(scaled))])
    weights = np.concatenate([right[counted], 1 - right])
    kept = weights > 0
    regression = LogisticRegression(max_iter=1000)
    regression.fit(rows[kept], labels[kept], sample_weight=weights[kept])
    slopes = regression.coef_[0] / spread
    bias = float(regression.intercept_[0] - slopes @ middle)
    return Blend(slopes.reshape(len(layers), 3), bias)
