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
from app.matching.wording import lead, substance
from app.matching.words import Words


class Kind(StrEnum):
    """The kinds of terms a text is taken apart into: words, and runs of one, two and three characters."""

    WORDS = "words"
    SINGLES = "singles"
    PAIRS = "pairs"
    TRIPLES = "triples"


_SIZES: Final = {Kind.SINGLES: 1, Kind.PAIRS: 2, Kind.TRIPLES: 3}


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Term counts of one kind.

    `keys` (terms,) are the numbers of the terms, ascending; `title`, `lead` and `text` are (documents, terms)
    counts in the titles, in the leads of the texts and in the texts. `names` (terms,) holds the words; None
    where the number itself spells the term (n-grams).
    """

    keys: NDArray[np.uint64]
    title: csr_array
    lead: csr_array
    text: csr_array
    names: tuple[str, ...] | None = None

    def name(self, column: int) -> str:
        return gram_text(int(self.keys[column])) if self.names is None else self.names[column]

    def only(self, row: int) -> "Counts":
        title, lead, text = self.title[[row]], self.lead[[row]], self.text[[row]]
        used = np.union1d(title.indices, text.indices)
        names = None if self.names is None else tuple(self.names[column] for column in used)
        return Counts(self.keys[used], title[:, used], lead[:, used], text[:, used], names)

    def document_frequencies(self, which: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """In how many documents, or in how many of those `which` (documents,) says, each term occurs, (terms,)."""
        both = self.title + self.text
        if which is not None:
            both = both[which]
        return np.bincount(both.indices, minlength=len(self.keys)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Encoded:
    """Documents ready to be scored. Made by `Engine.encode`; two of them are equal only if they are one."""

    documents: tuple[Document, ...]
    counts: Mapping[Kind, Counts]

    def __len__(self) -> int:
        return len(self.documents)

    def rows(self, rows: slice) -> "Encoded":
        """Some documents, with the terms of all."""
        parts = {
            kind: Counts(c.keys, c.title[rows], c.lead[rows], c.text[rows], c.names)
            for kind, c in self.counts.items()
        }
        return Encoded(self.documents[rows], parts)

    def only(self, row: int) -> "Encoded":
        """One document alone, with no other terms than its own."""
        if len(self) == 1:
            return self
        return Encoded(
            (self.documents[row],), {kind: counts.only(row) for kind, counts in self.counts.items()}
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
    matrices = [_count(rows, place[columns], (len(parts[0]), len(names))) for rows, columns in sides]
    return Counts(keys[order], matrices[0], matrices[1], matrices[2], tuple(names[index] for index in order))


def _gram_counts(parts: Sequence[Points], size: int, documents: int) -> Counts:
    grams = [part.grams(size) for part in parts]
    keys, columns = np.unique(np.concatenate([codes for _, codes in grams]), return_inverse=True)
    ends = np.cumsum([len(codes) for _, codes in grams])[:-1]
    title, lead_, text = (
        _count(rows, places, (documents, len(keys)))
        for (rows, _), places in zip(grams, np.split(columns, ends), strict=True)
    )
    return Counts(keys, title, lead_, text)


def _count(rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> csr_array:
    counted = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    counted.sum_duplicates()
    return counted
