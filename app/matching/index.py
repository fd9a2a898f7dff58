"""Candidates weighted for one task, ready to be compared with any number of sources."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, hstack

from app.matching.encoding import Counts, Encoded, Kind
from app.matching.frequencies import Frequencies, locate
from app.matching.recipes import Layer, Part, Rarity, Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """One (candidates, terms) matrix per layer of the recipe, rows of length at most 1."""

    recipe: Recipe
    keys: Mapping[Kind, NDArray[np.uint64]]
    own: Frequencies
    background: Frequencies
    matrices: tuple[csr_array, ...]

    @classmethod
    def build(cls, candidates: Encoded, recipe: Recipe, background: Frequencies) -> "Index":
        own = Frequencies.of(candidates)
        keys = {kind: counts.keys for kind, counts in candidates.counts.items()}
        index = cls(recipe, keys, own, background, ())
        matrices = tuple(index._targets(candidates, layer) for layer in recipe.layers)
        return cls(recipe, keys, own, background, matrices)

    def scores(self, sources: Encoded, number: int) -> NDArray[np.float64]:
        """Cosines of layer `number`, shape (sources, candidates), in [0, 1]."""
        product = self.sources(sources, number) @ self.matrices[number].T
        cosines: NDArray[np.float64] = np.clip(product.toarray(), 0.0, 1.0)
        return cosines

    def sources(self, sources: Encoded, number: int) -> csr_array:
        """The sources in the space of layer `number`: (sources, candidates' terms), rows of length at most 1.

        Terms that no candidate has are left out after the length is taken, so that a source of which little
        is recognised scores low everywhere.
        """
        layer = self.recipe.layers[number]
        weighted = []
        for kind, weight in layer.kinds:
            counts = sources.counts[kind]
            matrix = _dampened(counts, layer.source, self.recipe.title_weight)
            weighted.append(matrix @ diags_array(weight * self._rarity(kind, counts.keys, source=True)))
        length = _lengths(weighted)
        scale = diags_array(1.0 / np.where(length > 0, length, 1.0))
        return _joined(
            [
                _moved(
                    scale @ matrix, locate(self.keys[kind], sources.counts[kind].keys), len(self.keys[kind])
                )
                for matrix, (kind, _) in zip(weighted, layer.kinds, strict=True)
            ]
        )

    def _targets(self, candidates: Encoded, layer: Layer) -> csr_array:
        weighted = []
        for kind, weight in layer.kinds:
            counts = candidates.counts[kind]
            matrix = _dampened(counts, layer.target, self.recipe.title_weight)
            weighted.append(matrix @ diags_array(weight * self._rarity(kind, counts.keys, source=False)))
        length = _lengths(weighted)
        filled = length[length > 0]
        pivot = float(filled.mean()) if len(filled) else 1.0
        # The factor keeps every row at length 1 or less, so scores stay within [0, 1].
        divisor = ((1.0 - layer.pivot) * pivot + layer.pivot * length) / layer.pivot
        return csr_array(diags_array(1.0 / np.where(length > 0, divisor, 1.0)) @ _joined(weighted))

    def _rarity(self, kind: Kind, keys: NDArray[np.uint64], *, source: bool) -> NDArray[np.float64]:
        if self.recipe.rarity is Rarity.PRODUCT:
            if not source:
                return np.ones(len(keys))
            return self.own.inverse(kind, keys) * self.background.inverse(kind, keys)
        documents = self.own.documents + self.background.documents
        counts = self.own.counts(kind, keys) + self.background.counts(kind, keys)
        return np.log((1.0 + documents) / (1.0 + counts)) + 1.0


def _dampened(counts: Counts, part: Part, title_weight: float) -> csr_array:
    """1 + ln(tf), with what stands in the title counted `title_weight` times."""
    matrix = counts.title if part is Part.TITLE else title_weight * counts.title + counts.text
    matrix = csr_array(matrix, copy=True)
    matrix.data = 1.0 + np.log(np.maximum(matrix.data, 1.0))
    return matrix


def _lengths(matrices: list[csr_array]) -> NDArray[np.float64]:
    """Euclidean length of each row over several matrices, (rows,)."""
    squares = np.zeros(matrices[0].shape[0])
    for matrix in matrices:
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        squares += np.bincount(rows, weights=matrix.data**2, minlength=matrix.shape[0])
    return np.sqrt(squares)


def _moved(matrix: csr_array, columns: NDArray[np.int64], width: int) -> csr_array:
    """The matrix with column i at `columns[i]` of `width` columns; columns at -1 are dropped."""
    matrix = csr_array(matrix)
    target = columns[matrix.indices]
    kept = target >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    return csr_array((matrix.data[kept], target[kept], before[matrix.indptr]), shape=(matrix.shape[0], width))


def _joined(matrices: list[csr_array]) -> csr_array:
    return matrices[0] if len(matrices) == 1 else csr_array(hstack(matrices, format="csr"))
