"""The matching engine: build, encode, score, rank, explain."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.matching.documents import Document, Task
from app.matching.encoding import Encoded, encode
from app.matching.explanation import Explanation, explain
from app.matching.frequencies import Frequencies
from app.matching.index import Index
from app.matching.recipes import RECIPES
from app.matching.words import Words

_BLOCK: Final = 1024
_KEPT: Final = 100
_FORMAT: Final = "lexical-1"


@dataclass(frozen=True, slots=True)
class Match:
    """A ranked candidate: its place in the sequence of candidates, its code and its score (0 to 1)."""

    index: int
    code: str
    score: float


class Engine:
    """Scores any documents against any candidates. Never changes once built: threads may share it."""

    def __init__(self, words: Words, background: Frequencies, version: str) -> None:
        self._words = words
        self.background = background
        self._indexes: WeakKeyDictionary[Encoded, dict[Task, Index]] = WeakKeyDictionary()
        self.version = version

    @classmethod
    def build(cls, lexicon: Iterable[str], background: Iterable[str] = ()) -> "Engine":
        """An engine that knows the names in `lexicon` and how common terms are in the texts of `background`.

        The `version` names the form of the engine and a digest of what it was built from.
        """
        names, texts = sorted(set(lexicon)), list(background)
        digest = blake2b(digest_size=6)
        for part in (*names, "\x00", *texts, "\x00", repr(sorted(RECIPES.items()))):
            digest.update(part.encode("utf-8", "replace") + b"\x1f")
        words = Words(names)
        documents = [Document(str(number), "", text) for number, text in enumerate(texts)]
        frequencies = Frequencies.of(encode(documents, words)) if documents else Frequencies.none()
        return cls(words, frequencies, f"{_FORMAT}-{digest.hexdigest()}")

    def acquainted(self, documents: Encoded) -> "Engine":
        """An engine that has seen `documents`, so that what most of their kind say counts for little.

        What it knew before stays as no more than 100 documents: how common a word is among the texts that are
        asked about matters more than how common it is in general.
        """
        known = self.background.at_most(_KEPT) + Frequencies.of(documents)
        return Engine(self._words, known, self.version)

    def encode(self, documents: Sequence[Document]) -> Encoded:
        """Count the terms of documents, once for all comparisons. None, and empty ones, are allowed."""
        return encode(documents, self._words)

    def scores(self, queries: Encoded, candidates: Encoded, task: Task = Task.GENERIC) -> NDArray[np.float64]:
        """Fit of every query with every candidate, shape (queries, candidates), in [0, 1], never NaN."""
        if not len(queries) or not len(candidates):
            return np.zeros((len(queries), len(candidates)))
        return self._index(candidates, task).scores(queries)

    def rank(
        self, queries: Iterable[Document], candidates: Sequence[Document], top: int, task: Task = Task.GENERIC
    ) -> Iterator[tuple[Document, list[Match]]]:
        """The `top` best candidates of each query, best first, as a stream; ties keep the candidates' order.

        Candidates with the same id are one answer in several wordings: the best of them stands for all.

        Queries are read in blocks of 1,024 and never all held. The first block also serves as background:
        which words are common among queries of this kind is learnt from it. The same queries in the same
        order give the same result.
        """
        if top < 1:
            raise InvalidInputError(
                f"返回个数应为不小于 1 的整数，现为 {top}", remedy="请把 --top 设为 1 或更大"
            )
        remaining = iter(queries)
        encoded = self.encode(candidates)
        repeated = len({candidate.id for candidate in candidates}) < len(candidates)
        engine: Engine | None = None
        while block := list(islice(remaining, _BLOCK)):
            sources = self.encode(block)
            if engine is None:
                engine = self.acquainted(sources)
            for document, row in zip(block, engine.scores(sources, encoded, task), strict=True):
                places = top_places(row, len(row) if repeated else top)
                best = {candidates[place].id: place for place in reversed(places)} if repeated else {}
                kept = [place for place in places if not repeated or best[candidates[place].id] == place][
                    :top
                ]
                yield document, [Match(int(place), candidates[place].id, float(row[place])) for place in kept]

    def explain(
        self, query: Encoded, i: int, candidates: Encoded, j: int, task: Task = Task.GENERIC, top: int = 8
    ) -> Explanation:
        """Why query number `i` and candidate number `j` have the score they have."""
        return explain(self._index(candidates, task), query.only(i), candidates, j, top)

    def _index(self, candidates: Encoded, task: Task) -> Index:
        indexes = self._indexes.setdefault(candidates, {})
        if task not in indexes:
            indexes[task] = Index.build(candidates, RECIPES[task], self.background)
        return indexes[task]


def top_places(row: NDArray[np.float64], top: int) -> NDArray[np.int64]:
    """Places of the `top` (≥ 1) largest values of `row` (n,), largest first, equal values in their order."""
    if top < len(row):
        floor = np.partition(row, len(row) - top)[len(row) - top]
        chosen = np.flatnonzero(row >= floor)
    else:
        chosen = np.arange(len(row))
    return chosen[np.argsort(-row[chosen], kind="stable")][:top]
