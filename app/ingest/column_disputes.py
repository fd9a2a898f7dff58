"""Headers that name one column and yet are not one: a part of it, another year, another table beside."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.ingest.schema import Column, Kind
from app.ingest.value_types import ValueType
from app.ingest.values import clean, is_empty
from app.reference.codes import normalised

_NUMBERS = (ValueType.YEAR, ValueType.WHOLE, ValueType.NUMBER, ValueType.RATE, ValueType.HEADS)
_PART = re.compile(r"[(\[【][^)\]】]*(?:其中|男|女|外省|外地|省外|上年|去年|上届|未)")
"""What brackets say where the numbers are a part of the column's: 毕业生数（女）, 计划数（其中：外省）."""
AGAIN = re.compile(r"#\d+$")
"""What reading adds to a header that stands in the table once more."""


def parts_of_columns(exact: Mapping[str, Column | None]) -> dict[str, bool]:
    """Headers (→ the column that they name) that name but a part of a column of numbers, and whether each stands alone:
    not beside a header of the whole. Where all headers of the column have brackets, they are no parts but rivals.
    """
    named: dict[str, list[str]] = {}
    for header, column in exact.items():
        if column and column.type in _NUMBERS:
            named.setdefault(column.name, []).append(header)
    return {
        header: len(headers) == 1
        for headers in named.values()
        if len(headers) == 1 or any(not re.search(r"[(（]", header) for header in headers)
        for header in headers
        if _PART.search(normalised(header))
    }


def disputed(
    headers: Sequence[str], how: Mapping[str, str], rows: Sequence[Mapping[str, Any]], kind: Kind
) -> dict[str, str]:
    """Headers that name one column of numbers, or that stand there twice, with different values, and the column: one
    of them is a part, another year, or another table beside, and which is meant is not ours to guess.
    """
    found: dict[str, list[str]] = {}
    for header in headers:
        if how.get(header) in ("name", "repeated") and (column := kind.column_for(AGAIN.sub("", header))):
            found.setdefault(column.name, []).append(header)
    types = {column.name: column.type for column in kind.columns}
    return {
        header: name
        for name, named in found.items()
        if how[named[0]] == "name"
        if types.get(name, ValueType.TEXT) is not ValueType.TEXT
        for exact in [types[name] in _NUMBERS]
        if any((exact or AGAIN.search(other)) and _differ(named[0], other, rows) for other in named[1:])
        for header in named
    }


def _differ(first: str, other: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the second column says something else than the first in any row."""
    for row in rows:
        text = clean(row.get(other))
        if not is_empty(text) and first in row and text.rstrip("人名%") != clean(row[first]).rstrip("人名%"):
            return True
    return False
