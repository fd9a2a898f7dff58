"""BM25: what a shared term is worth grows with its rarity and levels off with its count (Robertson and Zaragoza 2009)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.encoding import Counts
from app.matching.frequencies import locate
from app.matching.rows import Floats

K1: Final = 1.5
"""How fast a count levels off."""
B: Final = 0.75
"""How far long candidates are held to their length."""


@dataclass(frozen=True, slots=True, eq=False)
class Bm25:
    """Candidates by terms of one kind: ascending `keys` (terms,), their `rarity` (terms,), that of a term no candidate has
    (`unknown`), and `weights` (terms, candidates).
    """

    keys: NDArray[np.uint64]
    rarity: Floats
    unknown: float
    weights: csr_array

    @classmethod
    def of(cls, candidates: Counts) -> "Bm25":
        """Of n candidates, title and text as one: rarity ln(1 + (n − df + ½) / (df + ½)), as Lucene has it, and weight
        rarity · tf / (tf + k1 · (1 − b + b · length / mean length)).
        """
        counted = candidates.weighed(candidates.title + candidates.text)
        n, found = len(counted), candidates.document_frequencies()
        rarity = np.log1p((n - found + 0.5) / (found + 0.5))
        lengths = np.bincount(counted.owners, weights=counted.data, minlength=n)
        held = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if n else 0.0, 1e-9))
        weights = rarity[counted.columns] * counted.data / (counted.data + held[counted.owners])
        matrix = csr_array((weights, counted.columns, counted.starts), shape=(n, counted.width))
        return cls(candidates.keys, rarity, float(np.log1p((n + 0.5) / 0.5)), csr_array(matrix.T))

    def scores(self, queries: Counts) -> Floats:
        """Each (queries, candidates) in [0, 1): the sum over the terms of a query, each as often as it stands there, as a share
        of the most that any text could reach.
        """
        asked = queries.weighed(queries.title + queries.text)
        places = locate(self.keys, queries.keys)
        rarity = np.full(len(places), self.unknown)
        rarity[places >= 0] = self.rarity[places[places >= 0]]
        most = np.bincount(asked.owners, weights=asked.data * rarity[asked.columns], minlength=len(asked))
        found = asked.moved(places, len(self.keys)).times(self.weights)
        return np.asarray(found / np.maximum(most, 1e-9)[:, None])
