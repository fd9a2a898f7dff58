"""The terms a trained model knows, and documents as rows of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.encoding import Counts, Encoded, Kind
from app.matching.frequencies import locate
from app.matching.rows import Floats, Rows, side_by_side, unit_rows


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Per kind of term ascending keys (terms,) and their inverse document frequency (terms,).

    Keys are numbers; no text of the training data can be read from them.
    """

    keys: Mapping[Kind, NDArray[np.uint64]]
    rarity: Mapping[Kind, NDArray[np.float32]]

    def __len__(self) -> int:
        return sum(len(keys) for keys in self.keys.values())

    def features(self, documents: Encoded) -> csr_array:
        """Documents as rows (documents, terms): the rows of titles and of texts added."""
        return csr_array(self.title_rows(documents).matrix() + self.text_rows(documents).matrix())

    def title_rows(self, documents: Encoded) -> Rows:
        """Titles as rows (documents, terms): (1 + ln tf) · idf, of length 1, empty where no term is known."""
        return self._rows(documents, "title", self._places(documents))

    def text_rows(self, documents: Encoded) -> Rows:
        """Texts as rows (documents, terms), as `title_rows`, without single characters: a long text has them all."""
        return self._rows(documents, "text", self._places(documents))

    def all_rows(self, documents: Encoded) -> tuple[Rows, Rows, Rows]:
        """Rows of titles, leads (as those of texts) and texts, each (documents, terms)."""
        places = self._places(documents)
        return (
            self._rows(documents, "title", places),
            self._rows(documents, "lead", places),
            self._rows(documents, "text", places),
        )

    def _places(self, documents: Encoded) -> dict[Kind, NDArray[np.int64]]:
        return {kind: locate(self.keys[kind], documents.counts[kind].keys) for kind in Kind}

    def _rows(self, documents: Encoded, side: str, places: Mapping[Kind, NDArray[np.int64]]) -> Rows:
        blocks = [self._block(documents.counts[kind], kind, side, places[kind]) for kind in Kind]
        return unit_rows(side_by_side(blocks))

    def _block(self, counts: Counts, kind: Kind, side: str, places: NDArray[np.int64]) -> Rows:
        count: Floats = getattr(counts, side)
        if side != "title" and kind is Kind.SINGLES:
            return Rows(np.zeros_like(counts.starts), places[:0], count[:0], len(self.keys[kind]))
        rows = counts.weighed(count).moved(places, len(self.keys[kind]))
        data = (1.0 + np.log(rows.data)) * self.rarity[kind][rows.columns]
        return Rows(rows.starts, rows.columns, data, rows.width)
