"""Candidates weighted for one task, ready to be compared with any number of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from app.matching.encoding import Counts, Encoded, Kind
from app.matching.frequencies import Frequencies, locate
from app.matching.recipes import Layer, Part, Rarity, Recipe

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """One (candidates, terms) matrix per layer of the recipe, rows of length at most 1, and its transpose."""

    recipe: Recipe
    keys: Mapping[Kind, NDArray[np.uint64]]
    own: Frequencies
    background: Frequencies
    targets: tuple[csr_array, ...]
    turned: tuple[csr_array, ...]

    @classmethod
    def build(cls, candidates: Encoded, recipe: Recipe, background: Frequencies) -> "Index":
        own = Frequencies.of(candidates)
        keys = {kind: counts.keys for kind, counts in candidates.counts.items()}
        bare = cls(recipe, keys, own, background, (), ())
        rarity = bare._rarities(candidates, source=False)
        targets = tuple(bare._target(candidates, layer, rarity) for layer in recipe.layers)
        return cls(recipe, keys, own, background, targets, tuple(csr_array(matrix.T) for matrix in targets))

    def scores(self, documents: Encoded) -> NDArray[np.float64]:
        """Shares times cosines, summed over the layers: (documents, candidates), in [0, 1]."""
        return self.scores_of(self.sources(documents))

    def scores_of(self, sources: Sequence[csr_array]) -> NDArray[np.float64]:
        """`scores` of documents that `sources` has put into the layers' spaces."""
        total = np.zeros((sources[0].shape[0], self.targets[0].shape[0]))
        for layer, source, turned in zip(self.recipe.layers, sources, self.turned, strict=True):
            total += layer.share * (source @ turned).toarray()
        return np.clip(total, 0.0, 1.0)

    def cosines(self, documents: Encoded) -> list[Floats]:
        """Per layer, the cosines (documents, candidates) in [0, 1]."""
        return [
            (source @ turned).toarray()
            for source, turned in zip(self.sources(documents), self.turned, strict=True)
        ]

    def sources(self, documents: Encoded) -> list[csr_array]:
        """Per layer, the documents in its space: (documents, candidates' terms), rows of length at most 1.

        Terms that no candidate has are left out after the length is taken, so that a source of which little
        is recognised scores low everywhere.
        """
        rarity = self._rarities(documents, source=True)
        places = {kind: locate(self.keys[kind], documents.counts[kind].keys) for kind in self.recipe.kinds}
        sources = []
        for layer in self.recipe.layers:
            weighted = self._weighted(documents, layer.source, layer, rarity)
            length = _lengths(weighted)
            scale = 1.0 / np.where(length > 0, length, 1.0)
            moved = [
                _moved(matrix, places[kind], len(self.keys[kind]))
                for matrix, (kind, _) in zip(weighted, layer.kinds, strict=True)
            ]
            sources.append(_scaled(_joined(moved), scale))
        return sources

    def _target(self, candidates: Encoded, layer: Layer, rarity: Mapping[Kind, Floats]) -> csr_array:
        weighted = self._weighted(candidates, layer.target, layer, rarity)
        length = _lengths(weighted)
        filled = length[length > 0]
        pivot = float(filled.mean()) if len(filled) else 1.0
        # The last factor keeps every row at length 1 or less, so that scores stay within [0, 1].
        divisor = ((1.0 - layer.pivot) * pivot + layer.pivot * length) / layer.pivot
        return _scaled(_joined(weighted), 1.0 / np.where(length > 0, divisor, 1.0))

    def _weighted(
        self, documents: Encoded, part: Part, layer: Layer, rarity: Mapping[Kind, Floats]
    ) -> list[csr_array]:
        """Dampened counts times rarity times the weight of the kind in the layer, per kind of the layer."""
        weighted = []
        for kind, weight in layer.kinds:
            matrix = _dampened(documents.counts[kind], part, self.recipe)
            matrix.data *= weight * rarity[kind][matrix.indices]
            weighted.append(matrix)
        return weighted

    def _rarities(self, documents: Encoded, *, source: bool) -> dict[Kind, Floats]:
        return {
            kind: self._rarity(kind, documents.counts[kind].keys, source=source) for kind in self.recipe.kinds
        }

    def _rarity(self, kind: Kind, keys: NDArray[np.uint64], *, source: bool) -> Floats:
        if self.recipe.rarity is Rarity.PRODUCT:
            if not source:
                return np.ones(len(keys))
            return self.own.inverse(kind, keys) * self.background.inverse(kind, keys)
        documents = self.own.documents + self.background.documents
        counts = self.own.counts(kind, keys) + self.background.counts(kind, keys)
        rarity: Floats = np.log((1.0 + documents) / (1.0 + counts)) + 1.0
        return rarity


def _dampened(counts: Counts, part: Part, recipe: Recipe) -> csr_array:
    """Terms of one part with their dampened counts, titles and leads weighted as the recipe says."""
    if part is Part.TITLE:
        matrix = counts.title.copy()
    elif part is Part.LEAD:
        matrix = counts.title + counts.lead
    else:
        matrix = recipe.title_weight * counts.title + counts.text
        if recipe.lead_weight:
            matrix = matrix + recipe.lead_weight * counts.lead
    if recipe.power is None:
        matrix.data = 1.0 + np.log(np.maximum(matrix.data, 1.0))
    else:
        matrix.data = matrix.data**recipe.power
    return matrix


def _rows(matrix: csr_array) -> NDArray[np.int64]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _lengths(matrices: list[csr_array]) -> Floats:
    """Euclidean length of each row over several matrices, (rows,)."""
    squares = np.zeros(matrices[0].shape[0])
    for matrix in matrices:
        squares += np.bincount(_rows(matrix), weights=matrix.data**2, minlength=len(squares))
    return np.sqrt(squares)


def _scaled(matrix: csr_array, factors: Floats) -> csr_array:
    matrix.data *= factors[_rows(matrix)]
    return matrix


def _moved(matrix: csr_array, columns: NDArray[np.int64], width: int) -> csr_array:
    """The matrix with column i at `columns[i]` of `width` columns; columns at -1 are dropped."""
    target = columns[matrix.indices]
    kept = target >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    return csr_array((matrix.data[kept], target[kept], before[matrix.indptr]), shape=(matrix.shape[0], width))


def _joined(matrices: list[csr_array]) -> csr_array:
    return matrices[0] if len(matrices) == 1 else hstack(matrices, format="csr")
