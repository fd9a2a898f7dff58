"""The terms a trained model knows, and documents as rows of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from app.matching.encoding import Counts, Encoded, Kind
from app.matching.frequencies import locate


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
        return csr_array(self.title_rows(documents) + self.text_rows(documents))

    def title_rows(self, documents: Encoded) -> csr_array:
        """Titles as rows (documents, terms): (1 + ln tf) · idf, of length 1, empty where no term is known."""
        return self._rows(documents, "title")

    def text_rows(self, documents: Encoded) -> csr_array:
        """Texts as rows (documents, terms), as `title_rows`, without single characters: a long text has them all."""
        return self._rows(documents, "text")

    def lead_rows(self, documents: Encoded) -> csr_array:
        """Leads of the texts as rows (documents, terms), as `text_rows`."""
        return self._rows(documents, "lead")

    def _rows(self, documents: Encoded, side: str) -> csr_array:
        blocks = [self._block(documents.counts[kind], kind, side) for kind in Kind]
        return _unit(csr_array(hstack(blocks, format="csr")))

    def _block(self, counts: Counts, kind: Kind, side: str) -> csr_array:
        matrix: csr_array = getattr(counts, side)
        if side != "title" and kind is Kind.SINGLES:
            return csr_array((matrix.shape[0], len(self.keys[kind])))
        places = locate(self.keys[kind], counts.keys)[matrix.indices]
        kept = places >= 0
        before = np.concatenate([[0], np.cumsum(kept)])
        columns = places[kept]
        data = (1.0 + np.log(matrix.data[kept])) * self.rarity[kind][columns]
        return csr_array(
            (data, columns, before[matrix.indptr]), shape=(matrix.shape[0], len(self.keys[kind]))
        )


def _unit(matrix: csr_array) -> csr_array:
    """Rows scaled to length 1; empty rows stay empty."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    length = np.sqrt(np.bincount(rows, weights=matrix.data**2, minlength=matrix.shape[0]))
    matrix.data /= np.where(length > 0, length, 1.0)[rows]
    return matrix
