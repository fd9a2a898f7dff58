"""Meaning without a download: texts as points in a space learned from the field's own texts and links.

Two texts about the same work lie close even where they share no word. The space is learned once
(`app.matching.learning.towers`); applying it takes NumPy alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.encoding import Encoded
from app.matching.rows import Rows
from app.matching.vocabulary import Vocabulary

Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """A learned space of d dimensions: `vectors` (terms, d) in steps of `scales` (terms,)."""

    vocabulary: Vocabulary
    vectors: NDArray[np.int8]
    scales: Singles

    def titles(self, documents: Encoded) -> Singles:
        """Points of the titles, (documents, d), of length 1; the origin where no term is known."""
        return self.points(self.vocabulary.title_rows(documents))

    def texts(self, documents: Encoded) -> Singles:
        """Points of the texts, (documents, d), of length 1; the origin where no term is known."""
        return self.points(self.vocabulary.text_rows(documents))

    def points(self, rows: Rows) -> Singles:
        """Rows of terms (n, terms) as points (n, d) of length 1 or 0."""
        return unit(rows.weighted(self.scales).weighing(self.vectors))


def unit(points: Singles) -> Singles:
    """Rows scaled to length 1; zero rows stay."""
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(length > 1e-9, length, 1.0), dtype=np.float32)


def pack_space(vocabulary: Vocabulary, vectors: Singles) -> Space:
    """A space in 8 bits: each term's vector (terms, d) in 127 steps of its own."""
    scales = np.maximum(np.abs(vectors).max(axis=1) / 127, 1e-12).astype(np.float32)
    return Space(vocabulary, np.rint(vectors / scales[:, None]).astype(np.int8), scales)
