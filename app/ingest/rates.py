"""Rates 率 in a column of per cents or of shares of 1: beside numbers such as 93.5 one such as 0.8 may be 0.8% or 80%."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.ingest.fault import RowFault
from app.ingest.reading import Row
from app.ingest.schema import Kind
from app.ingest.value_types import ValueType
from app.ingest.values import clean
from app.reference.codes import normalised

_PLAIN = re.compile(r"\d+(?:\.\d+)?")


def per_cents(columns: Mapping[str, str], kind: Kind, top: Sequence[Row]) -> dict[str, bool]:
    """Headers of rates (→ our columns) of which it can be told that the plain numbers below are per cents, or shares of 1:
    by the header, else by most of the first rows, three at least. True: per cents.
    """
    rates = {column.name for column in kind.columns if column.type is ValueType.RATE}
    found: dict[str, bool] = {}
    for header in (header for header, name in columns.items() if name in rates):
        numbers = [number for row in top if (number := _number(row.cells.get(header)))]
        above = sum(number > 1 for number in numbers)
        below = len(numbers) - above
        if re.search(r"%|百分", normalised(header)):
            if above:
                found[header] = True
        elif above != below and max(above, below) >= _ENOUGH:
            found[header] = above > below
    return found


_ENOUGH = 3


def with_doubts(rows: Iterable[Row], headers: Mapping[str, bool]) -> Iterator[Row]:
    """The rows; those with a number under one of the headers that may be meant in the other way have a fault."""
    for row in rows:
        if row.fault is None and (fault := _fault(row.cells, headers)):
            row = row._replace(fault=fault)
        yield row


def _fault(cells: Mapping[str, Any], headers: Mapping[str, bool]) -> RowFault | None:
    for header, are_per_cents in headers.items():
        number = _number(cells.get(header))
        if number is None or not (0 < number <= 1 if are_per_cents else 1 < number < _SURELY_PER_CENT):
            continue
        usual = "百分数" if are_per_cents else "0–1 的小数"
        return RowFault(
            "ambiguous_rate",
            f"“{header}”多为{usual}，{number} 是 {number}% 还是 {number * 100:g}%，不能确定",
            f"请写明百分号，如 {number}%",
            header,
            str(number),
        )
    return None


_SURELY_PER_CENT = 2
"""No rate is twice the whole: 93 among numbers such as 0.93 are per cents."""


def _number(value: Any) -> Decimal | None:
    text = clean(value) if isinstance(value, str | int | float) else ""
    return Decimal(text) if _PLAIN.fullmatch(text) else None
