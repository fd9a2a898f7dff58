"""Known answers: for classes and industries that texts were labelled with, what texts asked for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.matching.documents import Document
from app.matching.frequencies import locate
from app.matching.rows import Rows, side_by_side
from app.matching.space import Singles, unit

Floats = NDArray[np.float64]
TITLE, LEAD = 0.7, 0.7
"""What a title and a lead count beside a text."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What labelled texts say of each answer.

    `answers` are codes of candidates, `names` their names. Words: a ridge regression with `weights` (n, answers) in
    steps of `scales` (answers,) on the columns `terms` (n,) of titles, leads and texts side by side. Points: a ridge
    regression `slopes` (3d, answers) on those of title, lead and text, and `centres` (answers, 3d), the mean point of what
    asked for an answer. `offset` (answers,): how often each is right.
    """

    answers: tuple[str, ...]
    names: tuple[str, ...]
    terms: NDArray[np.int32]
    weights: NDArray[np.int8]
    scales: Floats
    slopes: Singles
    centres: Singles
    offset: Floats

    def places(self, candidates: Sequence[Document]) -> NDArray[np.int64]:
        """Number of the answer that each candidate is, by code, else by name; -1 where it is none."""
        names = {name: place for place, name in enumerate(self.names)}
        codes = {answer: place for place, answer in enumerate(self.answers)}
        return np.array([codes.get(d.id, names.get(d.title, -1)) for d in candidates], dtype=np.int64)

    def layers(self, rows: Rows, points: Singles) -> dict[str, Singles]:
        """Each (documents, answers), of `sided` rows (documents, 3·terms) and `sided_points` (documents, 3d)."""
        words = self._words(rows)
        return {
            "known_words": (words + self.offset).astype(np.float32),
            "known_points": (points @ self.slopes + self.offset).astype(np.float32),
            "known_centre": np.asarray(unit(points) @ self.centres.T),
            "known_share": np.broadcast_to(
                np.log(self.offset + 5e-4).astype(np.float32), (len(points), len(self.answers))
            ),
        }

    def _words(self, rows: Rows) -> Singles:
        """Rows of all terms times the weights of those that are kept, (documents, answers)."""
        at = locate(self.terms, rows.columns)
        kept = replace(rows.only(at >= 0), columns=at[at >= 0], width=len(self.terms))
        return np.asarray(kept.weighing(self.weights) * self.scales.astype(np.float32))


def sided(titles: Rows, leads: Rows, texts: Rows) -> Rows:
    """Rows of titles, leads and texts side by side, (documents, 3·terms): a word in a title is another sign."""
    return side_by_side(
        [replace(titles, data=TITLE * titles.data), replace(leads, data=LEAD * leads.data), texts]
    )


def sided_points(titles: Singles, leads: Singles, texts: Singles) -> Singles:
    """Points of titles, leads and texts side by side, (documents, 3d)."""
    return np.concatenate([TITLE * titles, LEAD * leads, texts], axis=1).astype(np.float32)
