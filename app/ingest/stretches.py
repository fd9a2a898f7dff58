"""Stretches of rows under the same headers: their cells can be taken column by column, many rows at a time."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from app.ingest.reading import Row

Stretch = tuple[tuple[str, ...], list[Row]]
"""The headers, and the rows that have a cell under each of them, in that order."""
_SHAPE = attrgetter("headers", "surplus", "broken", "fault")


def stretches(rows: Sequence[Row]) -> Iterator[Stretch]:
    """All rows, in their order. Rows that are no plain cells under headers (broken, at fault, with cells beyond the
    header) make stretches of their own, without headers.
    """
    for (headers, *odd), run in groupby(rows, _SHAPE):
        yield () if any(odd) else headers, list(run)


def columns_of(headers: Sequence[str], rows: Sequence[Row]) -> dict[str, tuple[Any, ...]]:
    """The cells of a stretch, by header."""
    return dict(zip(headers, zip(*map(_VALUES, rows), strict=True), strict=True))


_VALUES = attrgetter("values")
