"""Clause by clause: the best that any piece of one text has to do with any name on the other side."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.documents import Document
from app.matching.encoding import encode
from app.matching.normalise import normalise
from app.matching.rows import Rows, unit_rows
from app.matching.space import Singles, Space
from app.matching.wording import purposes, substance
from app.matching.words import Words

_PIECES = re.compile(r"[,;、。:!?\n|/]|\s{2,}")
_JOINED = re.compile(r"[,;、。:!?\n|/]|以及|和|与|及")
_BRACKETED = re.compile(r"\([^()]*\)")
_MOST: Final = 40
_LONGEST: Final = 24
_FADING: Final = 0.35
"""How fast a clause counts less with its place: 1 / (1 + 0.35 · place). A business scope opens with the main business."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Short pieces of documents: `rows` (pieces, terms) of length 1, `points` (pieces, d), `owner` (pieces,)."""

    rows: csr_array
    points: Singles
    owner: NDArray[np.int64]
    place: NDArray[np.int64]
    documents: int

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each piece counts by its place, (pieces,)."""
        return np.asarray(1.0 / (1.0 + _FADING * self.place), dtype=np.float64)

    def faded(self) -> Rows:
        """Documents as rows (documents, terms) of length 1: the sum of their pieces, early ones counting more."""
        shares = csr_array(
            (self.weights, (self.owner, np.arange(len(self.owner)))), shape=(self.documents, len(self.owner))
        )
        summed = shares @ self.rows
        summed.sort_indices()
        starts, columns = summed.indptr.astype(np.int64), summed.indices.astype(np.int64)
        return unit_rows(Rows(starts, columns, summed.data, summed.shape[1]))


def names_of(document: Document) -> list[str]:
    """A candidate's title, and the short entries of its text where that is a list of names."""
    entries = [piece.strip() for piece in re.split(r"[、\n]", document.text)]
    return [document.title, *(e for e in entries if 2 <= len(e) <= _LONGEST // 2)]


def clauses_of(document: Document) -> list[str]:
    """What a text does for work (从事…工作), piece by piece, where it says so, else its first clauses."""
    text = normalise(document.text)
    if stated := purposes(text):
        found = [piece for purpose in stated for piece in _JOINED.split(purpose)]
    else:
        found = _PIECES.split(_BRACKETED.sub("", substance(text)))
    listed = [document.title, *(piece.strip()[: 2 * _LONGEST] for piece in found)]
    return [piece for piece in listed if len(piece) >= 2][:_MOST] or [""]


def pieces(parts: Sequence[Iterable[str]], words: Words, space: Space) -> Pieces:
    """The pieces of documents, in the terms and the space of a model."""
    listed = [(owner, place, piece) for owner, part in enumerate(parts) for place, piece in enumerate(part)]
    encoded = encode([Document("", piece) for *_, piece in listed], words)
    rows = space.vocabulary.title_rows(encoded)
    return Pieces(
        rows.matrix(),
        space.points(rows),
        np.array([owner for owner, *_ in listed], dtype=np.int64),
        np.array([place for _, place, _ in listed], dtype=np.int64),
        len(parts),
    )


def agreement(clauses: Pieces, names: Pieces) -> dict[str, Singles]:
    """How clauses (of queries) and names (of candidates) agree, each (queries, candidates), in [0, 1] or so.

    `clause`: best cosine of any clause with any name; `clause_mean`: mean over the clauses of the square of the best,
    early ones counting more; `clause_first`: best of the first clause; `clause_point`: `clause` in the space.
    """
    cosines = (clauses.rows @ names.rows.T).toarray()
    best = _best_of(cosines, names)
    near = _best_of(np.asarray(clauses.points @ names.points.T), names)
    starts = np.searchsorted(clauses.owner, np.arange(clauses.documents))
    fading = clauses.weights
    weight = np.maximum(np.add.reduceat(fading, starts), 1e-9)
    return {
        "clause": np.maximum.reduceat(best, starts, axis=0).astype(np.float32),
        "clause_mean": (np.add.reduceat(fading[:, None] * best**2, starts, axis=0) / weight[:, None]).astype(
            np.float32
        ),
        "clause_first": np.maximum.reduceat(
            np.where(clauses.place[:, None] < 3, best, 0.0), starts, axis=0
        ).astype(np.float32),
        "clause_point": np.maximum.reduceat(near, starts, axis=0).astype(np.float32),
    }


def _best_of(values: NDArray[np.floating], names: Pieces) -> NDArray[np.float32]:
    """The largest of each candidate's names, (n, candidates)."""
    starts = np.searchsorted(names.owner, np.arange(names.documents))
    return np.maximum.reduceat(values, starts, axis=1).astype(np.float32)
