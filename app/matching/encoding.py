"""Documents as counts of terms: what an engine computes once and compares many times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.documents import Document
from app.matching.grams import Points, gram_text
from app.matching.normalise import normalise
from app.matching.rows import Floats, Ints, Rows
from app.matching.wording import lead, substance
from app.matching.words import Words


class Kind(StrEnum):
    """The kinds of terms a text is taken apart into: words, and runs of one, two and three characters."""

    WORDS = "words"
    SINGLES = "singles"
    PAIRS = "pairs"
    TRIPLES = "triples"


_BITS: Final = (20, 20, 23)
"""Bits for the count of a term in a title, a lead and a text: no file's field is longer than that."""
_SHIFTS: Final = (0, 20, 40)
_SIZES: Final = {Kind.SINGLES: 1, Kind.PAIRS: 2, Kind.TRIPLES: 3}


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Term counts of one kind.

    `keys` (terms,) are the numbers of the terms, ascending. Document i has the terms `columns` from `starts[i]` up to
    `starts[i + 1]`, so often in its `title`, in the `lead` of its text and in its `text`. `names` (terms,) holds the words;
    None where the number itself spells the term (n-grams).
    """

    keys: NDArray[np.uint64]
    starts: Ints
    columns: Ints
    title: Floats
    lead: Floats
    text: Floats
    names: tuple[str, ...] | None = None

    def name(self, column: int) -> str:
        return gram_text(int(self.keys[column])) if self.names is None else self.names[column]

    def rows(self, rows: Ints) -> "Counts":
        """The documents `rows`, in this order, with no other terms than their own."""
        sizes = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        part = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], sizes)
        used, columns = np.unique(self.columns[part], return_inverse=True)
        names = None if self.names is None else tuple(self.names[column] for column in used.tolist())
        sides = (self.title[part], self.lead[part], self.text[part])
        return Counts(self.keys[used], starts, columns, *sides, names)

    def weighed(self, values: Floats) -> Rows:
        """Documents as rows (documents, terms) of `values`, one for each count; those that are 0 are left out."""
        return Rows(self.starts, self.columns, values, len(self.keys)).only(values > 0)

    def document_frequencies(self, which: NDArray[np.bool_] | None = None) -> Floats:
        """In how many documents, or in how many of those `which` (documents,) says, each term occurs, (terms,)."""
        rows = self.weighed(self.title + self.text)
        columns = rows.columns if which is None else rows.columns[which[rows.owners]]
        return np.bincount(columns, minlength=len(self.keys)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Encoded:
    """Documents ready to be scored. Made by `Engine.encode`; two of them are equal only if they are one."""

    documents: tuple[Document, ...]
    counts: Mapping[Kind, Counts]

    def __len__(self) -> int:
        return len(self.documents)

    def rows(self, rows: Sequence[int]) -> "Encoded":
        """The documents `rows`, in this order."""
        if list(rows) == list(range(len(self))):
            return self
        chosen = np.asarray(rows, dtype=np.int64)
        return Encoded(
            tuple(self.documents[row] for row in rows),
            {kind: counts.rows(chosen) for kind, counts in self.counts.items()},
        )


def encode(documents: Sequence[Document], words: Words) -> Encoded:
    """Count the terms of titles and texts. No document and empty documents are allowed and have no terms."""
    titles = [normalise(document.title) for document in documents]
    texts = [substance(normalise(document.text)) for document in documents]
    parts = (titles, [lead(text) for text in texts], texts)
    counts = {Kind.WORDS: _word_counts(parts, words)}
    points = [Points(part) for part in parts]
    for kind, size in _SIZES.items():
        counts[kind] = _gram_counts(points, size, len(titles))
    return Encoded(tuple(documents), counts)


def word_key(word: str) -> int:
    """A number for a word that is the same in every process."""
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")


def _word_counts(parts: Sequence[Sequence[str]], words: Words) -> Counts:
    known: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, int] = {}
    sides = []
    for part in parts:
        rows: list[int] = []
        columns: list[int] = []
        for row, text in enumerate(part):
            found = [numbers.setdefault(word, len(numbers)) for word in words.split(text, known)]
            columns.extend(found)
            rows.extend([row] * len(found))
        sides.append((np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)))
    names = list(numbers)
    keys = np.fromiter((word_key(name) for name in names), dtype=np.uint64, count=len(names))
    order = np.argsort(keys, kind="stable")
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    columns_of = [(rows, place[columns]) for rows, columns in sides]
    return _counts(keys[order], len(parts[0]), columns_of, tuple(names[index] for index in order.tolist()))


def _gram_counts(parts: Sequence[Points], size: int, documents: int) -> Counts:
    grams = [part.grams(size) for part in parts]
    keys, columns = np.unique(np.concatenate([codes for _, codes in grams]), return_inverse=True)
    ends = np.cumsum([len(codes) for _, codes in grams])[:-1]
    sides = [(rows, places) for (rows, _), places in zip(grams, np.split(columns, ends), strict=True)]
    return _counts(keys, documents, sides)


def _counts(
    keys: NDArray[np.uint64],
    documents: int,
    sides: Sequence[tuple[Ints, Ints]],
    names: tuple[str, ...] | None = None,
) -> Counts:
    """Counts of the (document, term) pairs of each side; every term occurs in some document."""
    if documents == 1:
        counted_sides = [np.bincount(columns, minlength=len(keys)).astype(np.float64) for _, columns in sides]
        title, lead_, text = counted_sides
        return Counts(keys, np.array([0, len(keys)]), np.arange(len(keys)), title, lead_, text, names)
    # All sides are counted at once, each in its own bits.
    rows = np.concatenate([rows for rows, _ in sides])
    columns = np.concatenate([columns for _, columns in sides])
    ones = np.repeat([1 << shift for shift in _SHIFTS], [len(rows) for rows, _ in sides])
    counted = csr_array((ones, (rows, columns)), shape=(documents, len(keys)))
    counted.sum_duplicates()
    title, lead_, text = (
        ((counted.data >> shift) & ((1 << bits) - 1)).astype(np.float64)
        for shift, bits in zip(_SHIFTS, _BITS, strict=True)
    )
    return Counts(
        keys,
        counted.indptr.astype(np.int64),
        counted.indices.astype(np.int64),
        title,
        lead_,
        text,
        names,
    )
