"""Candidates weighted for one task, ready to be compared with any number of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from app.matching.encoding import Counts, Encoded, Kind
from app.matching.frequencies import Frequencies, locate
from app.matching.recipes import Layer, Part, Rarity, Recipe
from app.matching.rows import Floats, Rows, side_by_side


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """One (candidates, terms) matrix per layer of the recipe, rows of length at most 1; and their transposes below one
    another, `turned` (terms of all layers, candidates).
    """

    recipe: Recipe
    keys: Mapping[Kind, NDArray[np.uint64]]
    own: Frequencies
    background: Frequencies
    targets: tuple[csr_array, ...]
    turned: csr_array

    @classmethod
    def build(cls, candidates: Encoded, recipe: Recipe, background: Frequencies) -> "Index":
        own = Frequencies.of(candidates)
        keys = {kind: counts.keys for kind, counts in candidates.counts.items()}
        bare = cls(recipe, keys, own, background, (), csr_array((0, 0)))
        places = {kind: np.arange(len(keys[kind])) for kind in recipe.kinds}
        rarity = bare._rarities(candidates, places, source=False)
        targets = tuple(bare._target(candidates, layer, rarity) for layer in recipe.layers)
        turned = csr_array(vstack([matrix.T for matrix in targets], format="csr"))
        return cls(recipe, keys, own, background, targets, turned)

    def scores(self, documents: Encoded) -> NDArray[np.float64]:
        """Shares times cosines, summed over the layers: (documents, candidates), in [0, 1]."""
        return self.scores_of(self.sources(documents))

    def scores_of(self, sources: Sequence[Rows]) -> NDArray[np.float64]:
        """`scores` of documents that `sources` has put into the layers' spaces."""
        shares = [
            Rows(source.starts, source.columns, layer.share * source.data, source.width)
            for layer, source in zip(self.recipe.layers, sources, strict=True)
        ]
        return np.clip(side_by_side(shares).times(self.turned), 0.0, 1.0)

    def cosines(self, documents: Encoded) -> list[Floats]:
        """Per layer, the cosines (documents, candidates) in [0, 1]."""
        found, start = [], 0
        for source in self.sources(documents):
            rows = Rows(source.starts, source.columns + start, source.data, self.turned.shape[0])
            found.append(rows.times(self.turned))
            start += source.width
        return found

    def sources(self, documents: Encoded) -> list[Rows]:
        """Per layer, the documents in its space: (documents, candidates' terms), rows of length at most 1.

        Terms that no candidate has are left out after the length is taken, so that a source of which little
        is recognised scores low everywhere.
        """
        places = {kind: locate(self.keys[kind], documents.counts[kind].keys) for kind in self.recipe.kinds}
        rarity = self._rarities(documents, places, source=True)
        known: dict[tuple[Part, tuple[tuple[Kind, float], ...]], Rows] = {}
        for layer in self.recipe.layers:
            if (layer.source, layer.kinds) in known:
                continue
            weighted = self._weighted(documents, layer.source, layer, rarity)
            length = _lengths(weighted)
            moved = [
                rows.moved(places[kind], len(self.keys[kind]))
                for rows, (kind, _) in zip(weighted, layer.kinds, strict=True)
            ]
            scale = 1.0 / np.where(length > 0, length, 1.0)
            known[layer.source, layer.kinds] = side_by_side(moved).scaled(scale)
        return [known[layer.source, layer.kinds] for layer in self.recipe.layers]

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

    def _rarities(
        self, documents: Encoded, places: Mapping[Kind, NDArray[np.int64]], *, source: bool
    ) -> dict[Kind, Floats]:
        return {
            kind: self._rarity(kind, documents.counts[kind].keys, places[kind], source=source)
            for kind in self.recipe.kinds
        }

    def _rarity(
        self, kind: Kind, keys: NDArray[np.uint64], places: NDArray[np.int64], *, source: bool
    ) -> Floats:
        """Of the terms `keys`, which are the candidates' terms at `places`, -1 for none."""
        if self.recipe.rarity is Rarity.PRODUCT and not source:
            return np.ones(len(keys))
        counts = self.own.terms[kind][1]
        own = np.where(places >= 0, counts[places], 0.0) if len(counts) else np.zeros(len(keys))
        if self.recipe.rarity is Rarity.PRODUCT:
            rare: Floats = np.log((1.0 + self.own.documents) / (1.0 + own)) + 1.0
            return rare * self.background.inverse(kind, keys)
        documents = self.own.documents + self.background.documents
        rarity: Floats = np.log((1.0 + documents) / (1.0 + own + self.background.counts(kind, keys))) + 1.0
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
