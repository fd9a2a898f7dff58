"""Learning what is known of answers: ridge regressions on words and points."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from app.matching.documents import Document
from app.matching.known import Known, sided_points
from app.matching.space import Singles, unit

Floats = NDArray[np.float64]
_POINTS_RIDGE = 2.0
_OWN_NAME = 2.0
"""A candidate's own name counts like so many texts that asked for it."""


def learn_known(
    rows: csr_array,
    points: Singles,
    gains: Floats,
    weights: Floats,
    candidates: Sequence[Document],
    names: Singles,
    *,
    kept: int,
    ridge: float,
) -> Known:
    """What labelled texts say of each candidate.

    `rows` (n, 3·terms) and `points` (n, 3d) of the texts (see `sided`), `gains` (n, candidates) ≥ 0, `weights` (n,):
    how far a text is believed. `names` (candidates, d): points of the candidates themselves. `kept`: number of terms
    with the largest weights that are kept, in 8 bits. `ridge`: λ of the regression on words; the more, the less is believed
    of words that few texts have.
    """
    shares = gains / np.maximum(gains.sum(axis=1, keepdims=True), 1e-12)
    offset = weights @ shares / weights.sum()
    slopes = _words_ridge(rows, shares - offset, weights, ridge)
    norms = np.linalg.norm(slopes, axis=1)
    terms = np.sort(np.argsort(-norms, kind="stable")[: min(kept, int((norms > 0).sum()))])
    scales = np.maximum(np.abs(slopes[terms]).max(axis=0, initial=0.0) / 127, 1e-12)
    own = _OWN_NAME * sided_points(names, names, names)
    return Known(
        tuple(d.id for d in candidates),
        tuple(d.title for d in candidates),
        terms.astype(np.int32),
        np.rint(slopes[terms] / scales).astype(np.int8),
        scales,
        _points_ridge(points, shares - offset, weights),
        unit(np.asarray((shares * weights[:, None]).T @ points + own, dtype=np.float32)),
        offset,
    )


def _words_ridge(rows: csr_array, targets: Floats, weights: Floats, ridge: float) -> Floats:
    """Xᵀ(XXᵀ + λ diag(1/w))⁻¹ Y: weighted ridge regression in its kernel form (Saunders et al. 1998)."""
    kernel = (rows @ rows.T).toarray().astype(np.float64)
    kernel[np.diag_indices_from(kernel)] += ridge / weights
    return np.asarray(rows.T @ cho_solve(cho_factor(kernel, lower=True, overwrite_a=True), targets))


def _points_ridge(points: Singles, targets: Floats, weights: Floats) -> Singles:
    weighted = points * weights[:, None]
    normal = weighted.T @ points + _POINTS_RIDGE * np.eye(points.shape[1])
    return np.linalg.solve(normal, weighted.T @ targets).astype(np.float32)
