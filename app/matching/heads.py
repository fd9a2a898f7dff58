"""Heads: for answers that are known beforehand (classes, everyday industries), what texts asked for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.blend import Blend
from app.matching.documents import Document
from app.matching.encoding import Encoded
from app.matching.vocabulary import Vocabulary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A ridge regression from the terms of `vocabulary` to known answers.

    `answers` are codes of candidates, `names` their names. `weights` (terms, answers) in steps of `scales` (answers,),
    `offset` (answers,) the mean: how often each is right. `blend` joins the words' score with the head's.
    """

    vocabulary: Vocabulary
    answers: tuple[str, ...]
    names: tuple[str, ...]
    weights: NDArray[np.int8]
    scales: Floats
    offset: Floats
    blend: Blend

    def expected(self, documents: Encoded) -> Floats:
        """Expected share of each answer, (documents, answers); about 0 to 1, the mean for an unknown text."""
        return np.asarray(self.vocabulary.features(documents) @ (self.weights * self.scales)) + self.offset

    def places(self, candidates: Sequence[Document]) -> NDArray[np.int64]:
        """Column of each candidate in the head, by code, else by name; -1 where it is not a known answer."""
        names = {name: place for place, name in enumerate(self.names)}
        codes = {answer: place for place, answer in enumerate(self.answers)}
        return np.array([codes.get(d.id, names.get(d.title, -1)) for d in candidates], dtype=np.int64)


def ridge_weights(features: csr_array, gains: Floats, ridge: float) -> tuple[Floats, Floats]:
    """Weights (terms, answers) and offset (answers,) from `features` (n, terms) and `gains` (n, answers) ≥ 0.

    Rows of gains are scaled to add up to 1. Kernel form of ridge regression (Hoerl & Kennard 1970; Saunders et al.
    1998): weights = Xᵀ(XXᵀ + λI)⁻¹(Y − mean).
    """
    shares = gains / np.maximum(gains.sum(axis=1, keepdims=True), 1e-12)
    offset = shares.mean(axis=0)
    kernel = (features @ features.T).toarray()
    dual = np.linalg.solve(kernel + ridge * np.eye(len(kernel)), shares - offset)
    return np.asarray(features.T @ dual), offset


def pack_head(
    vocabulary: Vocabulary,
    weights: Floats,
    offset: Floats,
    candidates: Sequence[Document],
    blend: Blend,
    *,
    kept: int,
) -> Head:
    """A head of the `kept` terms with the largest weights, in 8 bits."""
    norms = np.linalg.norm(weights, axis=1)
    terms = np.sort(np.argsort(-norms, kind="stable")[: min(kept, int((norms > 0).sum()))])
    scales = np.maximum(np.abs(weights[terms]).max(axis=0, initial=0.0) / 127, 1e-12)
    return Head(
        vocabulary.only(terms),
        tuple(d.id for d in candidates),
        tuple(d.title for d in candidates),
        np.rint(weights[terms] / scales).astype(np.int8),
        scales,
        offset,
        blend,
    )
