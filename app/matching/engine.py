"""The matching engine: build, encode, score, rank, explain."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.matching.documents import Document, Task
from app.matching.encoding import Encoded, encode
from app.matching.explanation import Explanation, asked_of, explain
from app.matching.frequencies import Frequencies
from app.matching.index import Index
from app.matching.knowledge import Knowledge
from app.matching.model import Model
from app.matching.ranker import Ranker
from app.matching.reasons import Reasons, reasons
from app.matching.recipes import RECIPES
from app.matching.rows import Rows
from app.matching.sheet import CLAUSED, Candidates, Lessons, Queries, Sheet, sheet_of
from app.matching.words import Words

_BLOCK: Final = 1024
_SHEETS: Final = 128
_KEPT: Final = 100
_FORMAT: Final = "chanjiao-2"
_MOSTLY: Final = 0.8
"""Share of the candidates that must be known answers for what was learned of answers to take part in the score."""
_SHORT: Final = 20
"""Characters below which a text hardly tells anything beside the name."""
_POINT_SHARE: Final = 0.4
"""What meaning counts beside words where no ranker was learned."""
_TEXTUAL: Final = {Task.SCOPE_INDUSTRY, Task.DUTY_CLASS}
"""Tasks asked by a text alone: a title without a text is read as one."""


@dataclass(frozen=True, slots=True)
class Match:
    """A ranked candidate: its place in the sequence of candidates, its code and its score (0 to 1)."""

    index: int
    code: str
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What was found for a block of queries: `scores` (queries, candidates), and the sheet they were judged by, or the
    `sources` of words they were compared by.
    """

    candidates: Encoded
    sheet: Sheet | None
    scores: NDArray[np.float64]
    sources: tuple[Rows, ...]


class Engine:
    """Scores any documents against any candidates. Never changes once built: threads may share it."""

    def __init__(
        self,
        words: Words,
        background: Frequencies,
        version: str,
        model: Model | None = None,
        knowledge: Knowledge | None = None,
    ) -> None:
        self.words = words
        self.background = background
        self.version = version
        self._model = model
        self._knowledge = knowledge or Knowledge()
        self._indexes: WeakKeyDictionary[Encoded, dict[Task, Index]] = WeakKeyDictionary()
        self._sides: WeakKeyDictionary[Encoded, dict[Task, Candidates]] = WeakKeyDictionary()
        self._answers: WeakKeyDictionary[Encoded, dict[Task, _Answer]] = WeakKeyDictionary()
        self._blocks: WeakKeyDictionary[Encoded, Queries] = WeakKeyDictionary()

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
        frequencies = Frequencies.none()
        for start in range(0, len(texts), _BLOCK):  # never all of them in memory at once
            block = [
                Document(str(number), "", text) for number, text in enumerate(texts[start : start + _BLOCK])
            ]
            frequencies += Frequencies.of(encode(block, words))
        return cls(words, frequencies, f"{_FORMAT}-{digest.hexdigest()}")

    def acquainted(self, documents: Encoded) -> "Engine":
        """An engine that has seen `documents`, so that what most of their kind say counts for little.

        What it knew before stays as no more than 100 documents: how common a word is among the texts that are
        asked about matters more than how common it is in general. A trained task knows its texts already.
        """
        known = self.background.at_most(_KEPT) + Frequencies.of(documents)
        return Engine(self.words, known, self.version, self._model, self._knowledge)

    def with_model(self, model: Model, knowledge: Knowledge) -> "Engine":
        """An engine that ranks by what `model` has learned, and by `knowledge`, for the tasks the model knows."""
        return Engine(self.words, self.background, f"{self.version}+{model.version}", model, knowledge)

    def encode(self, documents: Sequence[Document]) -> Encoded:
        """Count the terms of documents, once for all comparisons. None, and empty ones, are allowed."""
        return encode(documents, self.words)

    def scores(self, queries: Encoded, candidates: Encoded, task: Task = Task.GENERIC) -> NDArray[np.float64]:
        """Fit of every query with every candidate, shape (queries, candidates), in [0, 1], never NaN.

        Where a ranker was learned for the task the score is the probability that the pair is right. A text of
        which no term is known fits nothing: its row is 0.
        """
        if not len(queries) or not len(candidates):
            return np.zeros((len(queries), len(candidates)))
        if self._model is None:
            return self._index(candidates, task).scores(queries)
        return np.concatenate([self._answer(part, candidates, task).scores for part in _parts(queries)])

    def rank(
        self, queries: Iterable[Document], candidates: Sequence[Document], top: int, task: Task = Task.GENERIC
    ) -> Iterator[tuple[Document, list[Match]]]:
        """The `top` best candidates of each query, best first, as a stream; ties keep the candidates' order.

        Candidates with the same id are one answer in several wordings: the best of them stands for all.

        Queries are read in blocks of 1,024 and never all held. Where nothing was learned for the task, the first
        block also serves as background: which words are common among queries of this kind is learnt from it. The
        same queries in the same order give the same result.
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
            sources = self.encode([posed(document, task) for document in block])
            if engine is None:
                engine = self if self.has_learned(task) else self.acquainted(sources)
            for document, row in zip(block, engine.scores(sources, encoded, task), strict=True):
                places = top_places(row, len(row) if repeated else top)
                best = {candidates[place].id: place for place in reversed(places)} if repeated else {}
                kept = [place for place in places if not repeated or best[candidates[place].id] == place][
                    :top
                ]
                yield document, [Match(int(place), candidates[place].id, float(row[place])) for place in kept]

    def answers(self, task: Task) -> tuple[str, ...]:
        """The answers that are known for the task, by code; none where nothing was learned."""
        lessons = self._model.lessons.get(task) if self._model else None
        return lessons.known.answers if lessons and lessons.known else ()

    def has_learned(self, task: Task) -> bool:
        """Whether a ranker was learned for the task."""
        return self._model is not None and task in self._model.rankers

    def explain(
        self, query: Encoded, i: int, candidates: Encoded, j: int, task: Task = Task.GENERIC, top: int = 8
    ) -> Explanation:
        """Which terms query number `i` and candidate number `j` share: the lexical layer taken apart."""
        return self.explain_each(query.rows([i]), candidates, [[j]], task, top)[0][0]

    def explain_each(
        self,
        queries: Encoded,
        candidates: Encoded,
        places: Sequence[Sequence[int]],
        task: Task = Task.GENERIC,
        top: int = 8,
    ) -> list[list[Explanation]]:
        """`explain` for each query with each of the candidates at its `places`."""
        index = self._index(candidates, task)
        kept = self._answers.get(queries, {}).get(task)
        if kept is not None and kept.candidates is candidates and kept.sources:
            sources: Sequence[Rows] = kept.sources
        else:
            sources = index.sources(queries)
        return [
            explain(index, asked_of(sources, row), candidates, wanted, top) if len(wanted) else []
            for row, wanted in enumerate(places)
        ]

    def reasons(
        self, queries: Encoded, candidates: Encoded, places: Sequence[Sequence[int]], task: Task
    ) -> list[list[Reasons]]:
        """For each query with each of the candidates at its `places`: what each layer adds to the log-odds, and the labelled
        neighbours that speak for them; empty where no ranker was learned.
        """
        ranker, lessons = self._learned(candidates, task) if len(candidates) else (None, Lessons())
        if ranker is None or not len(queries):
            return [[Reasons() for _ in wanted] for wanted in places]
        side = self._side(candidates, task)
        found: list[list[Reasons]] = []
        for part in _parts(queries):
            wanted = places[len(found) : len(found) + len(part)]
            sheet = self._answer(part, candidates, task).sheet
            assert sheet is not None
            found += reasons(sheet, ranker, self._block(part, task), side, lessons, wanted)
        return found

    def _answer(self, part: Encoded, candidates: Encoded, task: Task) -> "_Answer":
        """A block of queries judged; kept with the block, as it is asked for its reasons next."""
        kept = self._answers.get(part, {}).get(task)
        if kept is not None and kept.candidates is candidates:
            return kept
        assert self._model is not None
        ranker, lessons = self._learned(candidates, task)
        block = self._block(part, task)
        heard = block.heard()
        if ranker is None:
            index = self._index(candidates, task)
            sources = index.sources(part)
            lexical = index.scores_of(sources)
            side = self._side(candidates, Task.GENERIC)
            # Likeness of words and of meaning, where nothing was learned of what is right.
            meant = np.clip(block.both @ side.both.T, 0.0, 1.0)
            found = (1 - _POINT_SHARE) * lexical + _POINT_SHARE * meant
            answer = _Answer(candidates, None, found, tuple(sources))
        else:
            side = self._side(candidates, task)
            sheet = sheet_of(block, side, task, lessons, self._knowledge, ranker.kept)
            heard |= sheet.layers["words"].any(axis=1)
            found = np.where(heard[:, None], judged(sheet, ranker), 0.0)
            answer = _Answer(candidates, sheet, found, ())
        self._answers.setdefault(part, {})[task] = answer
        return answer

    def _block(self, part: Encoded, task: Task) -> Queries:
        """The queries' rows and points; kept for their next task."""
        assert self._model is not None
        kept = self._blocks.get(part)
        if kept is not None and (kept.clauses is not None) == (task in CLAUSED):
            return kept
        block = Queries.of(part, task, self._model.space, self.words)
        self._blocks[part] = block
        return block

    def _learned(self, candidates: Encoded, task: Task) -> tuple[Ranker | None, Lessons]:
        """The ranker of the task and what goes with it; no ranker where it would not know the candidates."""
        if self._model is None:
            return None, Lessons()
        lessons = self._model.lessons.get(task, Lessons())
        ranker = self._model.rankers.get(task)
        if (bare := self._model.bare.get(task)) and _bare(candidates):
            return bare, lessons
        if ranker and lessons.known:
            places = self._side(candidates, task).places
            if (places >= 0).mean() < _MOSTLY:
                return None, lessons
        return ranker, lessons

    def _side(self, candidates: Encoded, task: Task) -> Candidates:
        assert self._model is not None
        sides = self._sides.setdefault(candidates, {})
        if task not in sides:
            lessons = self._model.lessons.get(task, Lessons())
            index = self._index(candidates, task)
            sides[task] = Candidates.of(
                candidates, index, task, self._model.space, self.words, lessons, self._knowledge
            )
        return sides[task]

    def _index(self, candidates: Encoded, task: Task) -> Index:
        indexes = self._indexes.setdefault(candidates, {})
        if task not in indexes:
            known = self._model.backgrounds.get(task) if self._model and self.has_learned(task) else None
            indexes[task] = Index.build(candidates, RECIPES[task], known or self.background)
        return indexes[task]


def judged(sheet: Sheet, ranker: Ranker) -> NDArray[np.float64]:
    """Probabilities (queries, candidates); what is not on the short list comes after it, by its base."""
    base = sheet.base.astype(np.float64)
    chosen = ranker.probabilities(sheet.rows(ranker.features)).reshape(sheet.chosen.shape)
    low, high = base.min(axis=1, keepdims=True), base.max(axis=1, keepdims=True)
    found = chosen.min(axis=1, keepdims=True) * (base - low) / np.maximum(high - low, 1e-9)
    np.put_along_axis(found, np.asarray(sheet.chosen), chosen, axis=1)
    return np.asarray(found)


def posed(document: Document, task: Task) -> Document:
    """A question as its task is asked: of a scope or a duty that stands where the title belongs, the text is that."""
    if task in _TEXTUAL and document.title and not document.text:
        return replace(document, title="", text=document.title)
    return document


def top_places(row: NDArray[np.float64], top: int) -> NDArray[np.int64]:
    """Places of the `top` (≥ 1) largest values of `row` (n,), largest first, equal values in their order."""
    if top < len(row):
        floor = np.partition(row, len(row) - top)[len(row) - top]
        chosen = np.flatnonzero(row >= floor)
    else:
        chosen = np.arange(len(row))
    return chosen[np.argsort(-row[chosen], kind="stable")][:top]


def _bare(candidates: Encoded) -> bool:
    """Whether most candidates have hardly a text."""
    return float(np.median([len(d.text) for d in candidates.documents])) < _SHORT


def _parts(encoded: Encoded) -> Iterator[Encoded]:
    """Documents in blocks of 128 at most, so that their sheets stay small."""
    for start in range(0, len(encoded), _SHEETS):
        yield encoded.rows(range(start, min(start + _SHEETS, len(encoded))))
