"""Sheets of labelled queries: what the ranker is grown on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.documents import Document, Task
from app.matching.encoding import Encoded
from app.matching.frequencies import Frequencies
from app.matching.index import Index
from app.matching.knowledge import Knowledge
from app.matching.recipes import RECIPES
from app.matching.sheet import Candidates, Lessons, Queries, sheet_of
from app.matching.space import Singles, Space
from app.matching.words import Words

Indices = NDArray[np.int64]
BLOCK = 128
KEPT = {Task.PROGRAM_OCCUPATION: 150, Task.TITLE_TITLE: 150}
"""Candidates of a query that the ranker judges, the best by their base; all where a task is not named."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Pairs as rows: `query` (n,) and `candidate` (n,) are numbers, `values` (n, features) what `names` say."""

    names: tuple[str, ...]
    query: Indices
    candidate: Indices
    values: Singles

    @classmethod
    def joined(cls, parts: "Sequence[Rows]") -> "Rows":
        """All parts, by query."""
        query = np.concatenate([part.query for part in parts])
        order = np.argsort(query, kind="stable")
        return cls(
            parts[0].names,
            query[order],
            np.concatenate([part.candidate for part in parts])[order],
            np.concatenate([part.values for part in parts])[order],
        )


def fill_rows(
    encode: Callable[[Sequence[Document]], Encoded],
    queries: Sequence[Document],
    numbers: Indices,
    candidates: Encoded,
    background: Frequencies,
    task: Task,
    space: Space,
    words: Words,
    lessons: Lessons,
    knowledge: Knowledge,
) -> Rows:
    """Rows of the queries, which are known by `numbers` (queries,)."""
    index = Index.build(candidates, RECIPES[task], background)
    side = Candidates.of(candidates, index, task, space, words, lessons, knowledge)
    kept = KEPT.get(task, 0)
    names: tuple[str, ...] = ()
    owners, chosen, values = [], [], []
    for start in range(0, len(queries), BLOCK):
        block = Queries.of(encode(queries[start : start + BLOCK]), task, space, words)
        sheet = sheet_of(block, side, task, lessons, knowledge, kept)
        names = names or tuple(sheet.layers)
        owners.append(np.repeat(numbers[start : start + len(sheet.base)], sheet.chosen.shape[1]))
        chosen.append(np.ravel(sheet.chosen))
        values.append(sheet.rows(names))
    return Rows(names, np.concatenate(owners), np.concatenate(chosen), np.concatenate(values))
