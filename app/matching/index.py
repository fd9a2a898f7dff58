"""Candidates weighted for one task, ready to be compared with any number of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.encoding import Counts, Encoded, Kind
from app.matching.frequencies import Frequencies, locate
from app.matching.recipes import Layer, Part, Rarity, Recipe
from app.matching.rows import Floats, Rows, side_by_side


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
            moved = [
                rows.moved(places[kind], len(self.keys[kind]))
                for rows, (kind, _) in zip(weighted, layer.kinds, strict=True)
            ]
            scale = 1.0 / np.where(length > 0, length, 1.0)
            sources.append(side_by_side(moved).scaled(scale).matrix())
        return sources

    def _target(self, candidates: Encoded, layer: Layer, rarity: Mapping[Kind, Floats]) -> csr_array:
        weighted = self._weighted(candidates, layer.target, layer, rarity)
        length = _lengths(weighted)
        filled = length[length > 0]
        pivot = float(filled.mean()) if len(filled) else 1.0
        # The last factor keeps every row at length 1 or less, so that scores stay within [0, 1].
        divisor = ((1.0 - layer.pivot) * pivot + layer.pivot * length) / layer.pivot
        return side_by_side(weighted).scaled(1.0 / np.where(length > 0, divisor, 1.0)).matrix()

    def _weighted(
        self, documents: Encoded, part: Part, layer: Layer, rarity: Mapping[Kind, Floats]
    ) -> list[Rows]:
        """Dampened counts times rarity times the weight of the kind in the layer, per kind of the layer."""
        return [
            _dampened(documents.counts[kind], part, self.recipe).weighted(weight * rarity[kind])
            for kind, weight in layer.kinds
        ]

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


def _dampened(counts: Counts, part: Part, recipe: Recipe) -> Rows:
    """Terms of one part with their dampened counts, titles and leads weighted as the recipe says."""
    if part is Part.TITLE:
        count = counts.title
    elif part is Part.LEAD:
        count = counts.title + counts.lead
    else:
        count = recipe.title_weight * counts.title + counts.text + recipe.lead_weight * counts.lead
    if recipe.power is None:
        return counts.weighed(np.where(count > 0, 1.0 + np.log(np.maximum(count, 1.0)), 0.0))
    return counts.weighed(count**recipe.power)


def _lengths(parts: Sequence[Rows]) -> Floats:
    """Euclidean length of each row over several parts, (rows,)."""
    return np.sqrt(sum((rows.squares() for rows in parts), start=np.zeros(len(parts[0]))))
