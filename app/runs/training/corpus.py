"""The texts a model is trained on, each counted once, as rows of the terms worth knowing."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from app.matching.documents import Document
from app.matching.encoding import Encoded, Kind
from app.matching.engine import Engine
from app.matching.frequencies import Frequencies
from app.matching.vocabulary import Vocabulary

_BLOCK = 4000
_RARE = {Kind.WORDS: (2, 10), Kind.SINGLES: (3, 25), Kind.PAIRS: (3, 25), Kind.TRIPLES: (12, 150)}
"""A term is kept from so many texts of the field on, or from so many texts in all."""
_WORTH = {Kind.WORDS: 1.0, Kind.SINGLES: 0.5, Kind.PAIRS: 0.8, Kind.TRIPLES: 0.6}
"""What a kind of term counts: a word says more than the characters in it."""


class Corpus:
    """Collects titles and texts by name, the same one once; row numbers stand for them from then on."""

    def __init__(self) -> None:
        self._rows: dict[tuple[bool, str], int] = {}
        self._posted: set[int] = set()

    def titles(self, titles: Iterable[str]) -> NDArray[np.int64]:
        """Rows of short names, (n,)."""
        return self._add(titles, True)

    def texts(self, texts: Iterable[str], *, posted: bool = False) -> NDArray[np.int64]:
        """Rows of running texts, (n,); `posted`: they come from postings, which are many and wordy."""
        rows = self._add(texts, False)
        if posted:
            self._posted.update(rows.tolist())
        return rows

    def _add(self, texts: Iterable[str], short: bool) -> NDArray[np.int64]:
        return np.array(
            [self._rows.setdefault((short, text), len(self._rows)) for text in texts], dtype=np.int64
        )

    def counted(self, engine: Engine) -> tuple[Vocabulary, csr_array]:
        """The terms worth knowing, and every title and text as a row of them, (rows, terms)."""
        documents = [
            Document(str(number), text if short else "", "" if short else text)
            for (short, text), number in self._rows.items()
        ]
        blocks = [engine.encode(documents[at : at + _BLOCK]) for at in range(0, len(documents), _BLOCK)]
        posted = np.zeros(len(documents), dtype=bool)
        posted[list(self._posted)] = True
        vocabulary = _vocabulary(blocks, posted)
        rows = [vocabulary.features(block) for block in blocks]
        return vocabulary, csr_array(vstack(rows, format="csr"))


def _vocabulary(blocks: list[Encoded], posted: NDArray[np.bool_]) -> Vocabulary:
    every = Frequencies.none()
    field = Frequencies.none()
    start = 0
    for block in blocks:
        own = ~posted[start : start + len(block)]
        every += Frequencies.of(block)
        field += Frequencies.of(block, own)
        start += len(block)
    keys, rarity = {}, {}
    for kind in Kind:
        terms, counts = every.terms[kind]
        own_counts = field.counts(kind, terms)
        kept = (own_counts >= _RARE[kind][0]) | (counts >= _RARE[kind][1])
        keys[kind] = terms[kept]
        rarity[kind] = (_WORTH[kind] * every.inverse(kind, terms[kept])).astype(np.float32)
    return Vocabulary(keys, rarity)
