"""Rates 率 under a header that says per cent: beside numbers such as 93.5 one such as 0.8 may be 0.8% or 80%."""

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


def per_cents(columns: Mapping[str, str], kind: Kind, top: Sequence[Row]) -> tuple[str, ...]:
    """Headers of rates (→ our columns) that say per cent and have numbers above 1 among the first rows."""
    rates = {column.name for column in kind.columns if column.type is ValueType.RATE}
    return tuple(
        header
        for header, name in columns.items()
        if name in rates
        and re.search(r"%|百分", normalised(header))
        and any((number := _number(row.cells.get(header))) is not None and number > 1 for row in top)
    )


def with_doubts(rows: Iterable[Row], headers: Sequence[str]) -> Iterator[Row]:
    """The rows; those with a number up to 1 under one of the headers have a fault."""
    for row in rows:
        if row.fault is None and (fault := _fault(row.cells, headers)):
            row = row._replace(fault=fault)
        yield row


def _fault(cells: Mapping[str, Any], headers: Sequence[str]) -> RowFault | None:
    for header in headers:
        number = _number(cells.get(header))
        if number is not None and 0 < number <= 1:
            return RowFault(
                "ambiguous_rate",
                f"“{header}”多为百分数，{number} 是 {number}% 还是 {number * 100:g}%，不能确定",
                f"请写明百分号，如 {number}%",
                header,
                str(number),
            )
    return None


def _number(value: Any) -> Decimal | None:
    text = clean(value) if isinstance(value, str | int | float) else ""
    return Decimal(text) if _PLAIN.fullmatch(text) else None
