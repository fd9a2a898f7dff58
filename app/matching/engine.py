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
from app.matching.heads import Head
from app.matching.index import Index
from app.matching.judgement import Judgement
from app.matching.model import Model
from app.matching.recipes import RECIPES
from app.matching.words import Words

_BLOCK: Final = 1024
_KEPT: Final = 100
_FORMAT: Final = "lexical-1"
_MOSTLY: Final = 0.8
"""Share of the candidates that a head must know to take part in the score."""
_LIKE: Final = {Task.DUTY_CLASS: Task.POSTING_CLASS}
"""Tasks without labels of their own, and the one they are answered like."""


@dataclass(frozen=True, slots=True)
class Match:
    """A ranked candidate: its place in the sequence of candidates, its code and its score (0 to 1)."""

    index: int
    code: str
    score: float


class Engine:
    """Scores any documents against any candidates. Never changes once built: threads may share it."""

    def __init__(
        self, words: Words, background: Frequencies, version: str, model: Model | None = None
    ) -> None:
        self._words = words
        self.background = background
        self._model = model
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
        return Engine(self._words, known, self.version, self._model)

    def with_model(self, model: Model) -> "Engine":
        """An engine that joins what the words say with what `model` has learned, for the tasks it knows."""
        return Engine(self._words, self.background, f"{self.version}+{model.version}", model)

    def encode(self, documents: Sequence[Document]) -> Encoded:
        """Count the terms of documents, once for all comparisons. None, and empty ones, are allowed."""
        return encode(documents, self._words)

    def scores(self, queries: Encoded, candidates: Encoded, task: Task = Task.GENERIC) -> NDArray[np.float64]:
        """Fit of every query with every candidate, shape (queries, candidates), in [0, 1], never NaN."""
        return self.judge(queries, candidates, task).scores

    def judge(self, queries: Encoded, candidates: Encoded, task: Task = Task.GENERIC) -> Judgement:
        """The scores of `scores`, with the layers they are made of."""
        if not len(queries) or not len(candidates):
            return Judgement(np.zeros((len(queries), len(candidates))), (), None)
        lexical = self._index(candidates, task).scores(queries)
        head = self._head(task)
        if head is None:
            return Judgement(lexical, (lexical,), None)
        places = head.places(candidates.documents)
        if (places >= 0).mean() < _MOSTLY:
            return Judgement(lexical, (lexical,), None)
        expected = np.where(places >= 0, head.expected(queries)[:, np.maximum(places, 0)], 0.0)
        # A text of which no word is known fits nothing, however common an answer is.
        heard = lexical.any(axis=1, keepdims=True)
        scores = np.where(heard, head.blend.scores([lexical, expected]), 0.0)
        return Judgement(scores, (lexical, expected), head.blend)

    def _head(self, task: Task) -> Head | None:
        return self._model.heads.get(_LIKE.get(task, task)) if self._model else None

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
        """Which terms query number `i` and candidate number `j` share: the lexical layer taken apart."""
        return self.explain_each(query, i, candidates, [j], task, top)[0]

    def explain_each(
        self,
        query: Encoded,
        i: int,
        candidates: Encoded,
        places: Sequence[int],
        task: Task = Task.GENERIC,
        top: int = 8,
    ) -> list[Explanation]:
        """`explain` for several candidates of one query, which is taken apart once."""
        index = self._index(candidates, task)
        sources = index.sources(query.only(i))
        return [explain(index, sources, candidates, place, top) for place in places]

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
