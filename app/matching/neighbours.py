"""Neighbours: what texts like this one are officially linked to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.space import Singles

_NEAREST: Final = 15
_STEEP, _FAR = 12.0, 0.3
_DAMP: Final = 0.5


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Labelled texts as points (n, d) of length 1, the family each belongs to (n,), and what they are linked to:
    `links` (n, codes) with gains, for `codes`. `labels` (n,) say which they are, where that may be told.
    """

    points: Singles
    families: NDArray[np.str_]
    links: csr_array
    codes: tuple[str, ...]
    labels: tuple[str, ...] = ()

    def links_to(self, candidates: Mapping[str, int]) -> Singles:
        """The links with one column per candidate (code → column), (n, candidates)."""
        entries = [
            (column, candidates[code], 1.0) for column, code in enumerate(self.codes) if code in candidates
        ]
        chosen = matrix_of(entries, (len(self.codes), len(candidates)))
        return np.asarray((self.links @ chosen).toarray(), dtype=np.float32)

    def votes(self, points: Singles, families: Sequence[str], links: Singles) -> Singles:
        """How far the nearest labelled texts are linked to each candidate, (documents, candidates).

        The 15 nearest by cosine vote, the nearer the more; a text of the document's own family has no vote, so that
        what is known of a thing itself does not stand in for what is like it. `links`: see `links_to`.
        """
        likeness, nearest = self._nearest(points, families)
        pull = np.exp((np.take_along_axis(likeness, nearest, axis=1) - _FAR) * _STEEP)
        pull /= 1.0 + _DAMP * pull.sum(axis=1, keepdims=True)
        return np.stack([row @ links[near] for row, near in zip(pull, nearest, strict=True)]).astype(
            np.float32
        )

    def near(self, points: Singles, families: Sequence[str]) -> list[list[tuple[int, float]]]:
        """The 15 labelled texts nearest to each point that are not of its family, nearest first: place and cosine."""
        likeness, nearest = self._nearest(points, families)
        cosines = np.take_along_axis(likeness, nearest, axis=1)
        return [list(zip(*row, strict=True)) for row in zip(nearest.tolist(), cosines.tolist(), strict=True)]

    def told(self, near: Sequence[tuple[int, float]], code: str, most: int) -> list[tuple[str, float]]:
        """Of `near` those that are linked to `code`: label and cosine, nearest first."""
        linked = [(place, cosine) for place, cosine in near if cosine > 0 and code in self._linked(place)]
        return [(self.labels[place], cosine) for place, cosine in linked[:most]]

    def _linked(self, place: int) -> set[str]:
        """The codes that a labelled text is linked to."""
        columns = self.links.indices[self.links.indptr[place] : self.links.indptr[place + 1]]
        return {self.codes[column] for column in columns.tolist()}

    @cached_property
    def _members(self) -> dict[str, list[int]]:
        """The places of the texts of each family."""
        found: dict[str, list[int]] = {}
        for place, family in enumerate(self.families.tolist()):
            found.setdefault(family, []).append(place)
        return found

    def _nearest(
        self, points: Singles, families: Sequence[str]
    ) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        likeness = points @ self.points.T
        for row, family in enumerate(families):
            likeness[row, self._members.get(family, [])] = -1.0
        return likeness, nearest_places(likeness, _NEAREST)


def nearest_places(likeness: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Places of the `count` largest of each row, largest first, equal ones in their order, (rows, ≤ count)."""
    if likeness.shape[1] > count:
        chosen = np.sort(np.argpartition(-likeness, count - 1, axis=1)[:, :count], axis=1)
    else:
        chosen = np.broadcast_to(np.arange(likeness.shape[1]), likeness.shape)
    order = np.argsort(-np.take_along_axis(likeness, chosen, axis=1), axis=1, kind="stable")
    return np.take_along_axis(chosen, order, axis=1)


def link_matrix(gold: Sequence[Mapping[str, float]]) -> tuple[csr_array, tuple[str, ...]]:
    """Links (texts, codes) and the codes, of code → gain for each text."""
    codes = tuple(sorted({code for gains in gold for code in gains}))
    columns = {code: column for column, code in enumerate(codes)}
    entries = [(row, columns[code], gain) for row, gains in enumerate(gold) for code, gain in gains.items()]
    return matrix_of(entries, (len(gold), len(codes))), codes


def matrix_of(entries: Sequence[tuple[int, int, float]], shape: tuple[int, int]) -> csr_array:
    """A sparse matrix of (row, column, value) entries."""
    rows = np.array([row for row, _, _ in entries], dtype=np.int64)
    columns = np.array([column for _, column, _ in entries], dtype=np.int64)
    values = np.array([value for *_, value in entries], dtype=np.float64)
    return csr_array((values, (rows, columns)), shape=shape)
