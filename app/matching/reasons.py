"""Why a ranker scores as it does: what each layer adds, and which labelled neighbours speak for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from app.matching.ranker import Ranker
from app.matching.sheet import Candidates, Lessons, Queries, Sheet, family
from app.matching.space import unit

_NEIGHBOURS: Final = 3
LAYERS: Final = {
    "words": "lexical",
    "bm25": "lexical",
    "base": "lexical",
    "clause": "clauses",
    "point": "meaning",
    "known": "known_answers",
    "votes": "neighbours",
    "title_votes": "titles",
    "duties": "knowledge",
    "book": "knowledge",
    "destination": "knowledge",
    "group": "structure",
    "level": "structure",
    "major": "structure",
    "technical": "structure",
    "length": "size",
}
"""First part of a feature's name → the layer it belongs to."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """`log_odds`: layer → what it adds, with `base` what every pair has; they add up to ln(p / (1 − p)) of the score.

    `neighbours`: labelled programs like the source that are linked to the target, with their cosine, nearest first.
    """

    log_odds: dict[str, float] = field(default_factory=dict)
    neighbours: tuple[tuple[str, float], ...] = ()


@cache
def layer_of(feature: str) -> str:
    """The layer a feature belongs to."""
    name = feature.split("|")[0]
    start = next((s for s in sorted(LAYERS, key=len, reverse=True) if name.startswith(s)), None)
    return LAYERS[start] if start else "other"


def reasons(
    sheet: Sheet,
    ranker: Ranker,
    block: Queries,
    candidates: Candidates,
    lessons: Lessons,
    places: Sequence[Sequence[int]],
) -> list[list[Reasons]]:
    """Reasons of each query of a block for the candidates at its `places`, in their order; none for one that is not on the
    short list.
    """
    width = sheet.chosen.shape[1]
    listed: list[tuple[int, int]] = []
    rows: list[int] = []
    for query, wanted in enumerate(places):
        at = {candidate: column for column, candidate in enumerate(sheet.chosen[query].tolist())}
        listed += [(query, int(place)) for place in wanted if place in at]
        rows += [query * width + at[place] for place in wanted if place in at]
    names = [layer_of(feature) for feature in ranker.features]
    layers = list(dict.fromkeys(names))
    whose = np.array([[name == layer for layer in layers] for name in names], dtype=np.float64)
    parts = ranker.log_odds(sheet.rows(ranker.features, np.array(rows, dtype=np.int64)))
    added = np.concatenate([parts[:, -1:], parts[:, :-1] @ whose], axis=1).tolist()
    told = _told(block, candidates, lessons, listed)
    found = {
        pair: Reasons(dict(zip(("base", *layers), values, strict=True)), told.get(pair, ()))
        for pair, values in zip(listed, added, strict=True)
    }
    return [
        [found.get((query, int(place)), Reasons()) for place in wanted] for query, wanted in enumerate(places)
    ]


def _told(
    block: Queries, candidates: Candidates, lessons: Lessons, pairs: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[tuple[str, float], ...]]:
    """The labelled neighbours of queries that are linked to candidates, by (query, candidate)."""
    if lessons.neighbours is None or not lessons.neighbours.labels:
        return {}
    asked = sorted({query for query, _ in pairs})
    points = unit(block.sided_points())[asked]
    near = lessons.neighbours.near(points, [family(block.encoded.documents[query]) for query in asked])
    by_query = dict(zip(asked, near, strict=True))
    return {
        (query, place): tuple(
            lessons.neighbours.told(by_query[query], candidates.documents[place].id, _NEIGHBOURS)
        )
        for query, place in pairs
    }
