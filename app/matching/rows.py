"""Sparse rows as plain arrays: what one query needs of a sparse matrix, without the price of making one each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Row i holds `data` at `columns` (ascending, below `width`) from `starts[i]` up to `starts[i + 1]`."""

    starts: Ints
    columns: Ints
    data: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Ints:
        """How many values each row has, (rows,)."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Ints:
        """The row of each value."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def only(self, which: NDArray[np.bool_]) -> "Rows":
        """The values that `which` says, in their rows."""
        before = np.concatenate([[0], np.cumsum(which)])
        return Rows(before[self.starts], self.columns[which], self.data[which], self.width)

    def moved(self, places: Ints, width: int) -> "Rows":
        """Column i at `places[i]` (ascending) of `width` columns; columns at -1 are dropped."""
        target = places[self.columns]
        kept = self.only(target >= 0)
        return Rows(kept.starts, target[target >= 0], kept.data, width)

    def weighted(self, weights: NDArray[np.floating]) -> "Rows":
        """Values times the weight of their column, `weights` (width,)."""
        return Rows(self.starts, self.columns, self.data * weights[self.columns], self.width)

    def scaled(self, factors: Floats) -> "Rows":
        """Values times the factor of their row, `factors` (rows,)."""
        return Rows(self.starts, self.columns, self.data * factors[self.owners], self.width)

    def squares(self) -> Floats:
        """The sum of squares of each row, (rows,)."""
        return np.bincount(self.owners, weights=self.data**2, minlength=len(self)).astype(np.float64)

    def matrix(self) -> csr_array:
        return csr_array((self.data, self.columns, self.starts), shape=(len(self), self.width))

    def times(self, other: csr_array) -> Floats:
        """The product with `other` (width, n), dense (rows, n)."""
        if len(self) > 1:
            return np.asarray((self.matrix() @ other).toarray())
        # One row is gathered by hand: it takes less time than SciPy needs to make a matrix of it.
        starts = other.indptr[self.columns]
        sizes = other.indptr[self.columns + 1] - starts
        ends = np.cumsum(sizes)
        part = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)
        weights = np.repeat(self.data, sizes) * other.data[part]
        return np.bincount(other.indices[part], weights, other.shape[1]).astype(np.float64)[None, :]

    def weighing(self, table: NDArray[Any]) -> NDArray[np.float32]:
        """The product with a dense `table` (width, n) of which only the rows in use are read, (rows, n)."""
        if len(self) == 1:
            return np.asarray(self.data.astype(np.float32) @ table[self.columns].astype(np.float32))[None, :]
        used, columns = np.unique(self.columns, return_inverse=True)
        compact = csr_array((self.data.astype(np.float32), columns, self.starts), (len(self), len(used)))
        return np.asarray(compact @ table[used].astype(np.float32))


def side_by_side(parts: Sequence[Rows]) -> Rows:
    """The rows of several parts after one another, each part's columns behind those of the part before."""
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0, *(part.width for part in parts)])
    columns = np.concatenate([part.columns + offset for part, offset in zip(parts, offsets, strict=False)])
    data = np.concatenate([part.data for part in parts])
    starts = np.sum([part.starts for part in parts], axis=0)
    if len(starts) > 2:
        order = np.argsort(np.concatenate([part.owners for part in parts]), kind="stable")
        columns, data = columns[order], data[order]
    return Rows(starts, columns, data, int(offsets[-1]))


def unit_rows(rows: Rows) -> Rows:
    """Rows scaled to length 1; empty rows stay empty."""
    length = np.sqrt(rows.squares())
    return rows.scaled(1.0 / np.where(length > 0, length, 1.0))
