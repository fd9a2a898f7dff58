"""Why a ranker scores as it does: what each layer adds, and which labelled neighbours speak for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from app.matching.ranker import Ranker
from app.matching.sheet import Candidates, Lessons, Queries, Sheet, family
from app.matching.space import unit

_NEIGHBOURS: Final = 3
LAYERS: Final = {
    "words": "lexical",
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
    places: Sequence[int],
) -> list[Reasons]:
    """Reasons of the one query of a block for the candidates at `places`, in their order; none for one that is not on the
    short list.
    """
    if not len(places):
        return []
    at = {int(candidate): row for row, candidate in enumerate(sheet.chosen[0])}
    listed = [place for place in places if place in at]
    rows = sheet.rows(ranker.features)[[at[place] for place in listed]]
    parts = dict(zip(listed, ranker.log_odds(rows), strict=True))
    layers = [layer_of(feature) for feature in ranker.features]
    document = block.encoded.documents[0]
    point = unit(block.sided_points())[0]
    found = []
    for place in places:
        if place not in parts:
            found.append(Reasons())
            continue
        added = {"base": float(parts[place][-1])}
        for layer, value in zip(layers, parts[place][:-1], strict=True):
            added[layer] = added.get(layer, 0.0) + float(value)
        near = (
            lessons.neighbours.told(point, family(document), candidates.documents[place].id, _NEIGHBOURS)
            if lessons.neighbours
            else []
        )
        found.append(Reasons(added, tuple(near)))
    return found
