"""In how many documents each term occurs: what tells rare terms from common ones."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.encoding import Encoded, Kind


@dataclass(frozen=True, slots=True, eq=False)
class Frequencies:
    """Per kind of term: ascending keys (terms,) and in how many of `documents` each occurs, (terms,)."""

    documents: float
    terms: Mapping[Kind, tuple[NDArray[np.uint64], NDArray[np.float64]]]

    @classmethod
    def none(cls) -> "Frequencies":
        return cls(0, {kind: (np.zeros(0, dtype=np.uint64), np.zeros(0)) for kind in Kind})

    @classmethod
    def of(cls, encoded: Encoded, which: NDArray[np.bool_] | None = None) -> "Frequencies":
        """Of all documents, or of those `which` (documents,) says."""
        terms = {
            kind: (counts.keys, counts.document_frequencies(which)) for kind, counts in encoded.counts.items()
        }
        return cls(len(encoded) if which is None else float(which.sum()), terms)

    def at_most(self, documents: int) -> "Frequencies":
        """The same shares of documents, as if no more than so many had been seen."""
        factor = min(1.0, documents / self.documents) if self.documents else 1.0
        terms = {kind: (keys, counts * factor) for kind, (keys, counts) in self.terms.items()}
        return Frequencies(self.documents * factor, terms)

    def only(self, keys: Mapping[Kind, NDArray[np.uint64]]) -> "Frequencies":
        """Of these terms alone."""
        return Frequencies(
            self.documents, {kind: (keys[kind], self.counts(kind, keys[kind])) for kind in Kind}
        )

    def __add__(self, other: "Frequencies") -> "Frequencies":
        merged = {}
        for kind in Kind:
            (keys, counts), (more_keys, more_counts) = self.terms[kind], other.terms[kind]
            union, place = np.unique(np.concatenate([keys, more_keys]), return_inverse=True)
            total = np.bincount(place, weights=np.concatenate([counts, more_counts]), minlength=len(union))
            merged[kind] = (union, total.astype(np.float64))
        return Frequencies(self.documents + other.documents, merged)

    def counts(self, kind: Kind, keys: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Document frequency of each of `keys` (n,); 0 where unknown."""
        known, counts = self.terms[kind]
        found = np.zeros(len(keys))
        at = locate(known, keys)
        found[at >= 0] = counts[at[at >= 0]]
        return found

    def inverse(self, kind: Kind, keys: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Smooth inverse document frequency ln((1+N)/(1+df)) + 1, (n,), at least 1."""
        return np.log((1.0 + self.documents) / (1.0 + self.counts(kind, keys))) + 1.0


def locate(known: NDArray[np.integer], keys: NDArray[np.integer]) -> NDArray[np.int64]:
    """Position of each of `keys` in the ascending array `known`, -1 where absent."""
    if not len(known):
        return np.full(len(keys), -1, dtype=np.int64)
    at = np.searchsorted(known, keys)
    at[at == len(known)] = 0
    return np.where(known[at] == keys, at, -1)
