"""Units that a table states once for many cells: 单位：万人 above its header, or per cent in the name of a column."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.errors import UnreadableFileError
from app.ingest.fault import RowFault
from app.ingest.reading import Row, Table
from app.ingest.schema import Column, Kind
from app.ingest.value_types import ValueType
from app.ingest.values import clean
from app.reference.codes import normalised

_OF_PEOPLE = frozenset(("low", "central", "high", "growth", "replacement", "value"))
_OF_MONEY = frozenset(("tuition", "stipend", "salary_min", "salary_max", "funds", "price"))
"""Columns of numbers whose type does not tell what they count."""
_OWN_UNIT = re.compile(r"[(\[【][^)\]】]*(?:[人名个元年%百千万亿])[^)\]】]*[)\]】]|[万千百亿][人元]|%")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")


def with_stated_units(
    table: Table, top: Sequence[Row], columns: Mapping[str, str], kind: Kind, place: Mapping[str, str | int]
) -> dict[str, str]:
    """Our column of each header, those that a note above gives a unit under names that say it, such as 需求人数(万人);
    the rows of the table change with them. `top` are its first rows.

    Rows with a rate such as 0.8 under a header that says %, beside others such as 93.5, get a fault: it may be 0.8% or
    80%. Raises UnreadableFileError where it is not clear to which columns a unit belongs.
    """
    ours = {column.name: column for column in kind.columns}
    named = {header: ours[name] for header, name in columns.items() if name in ours}
    per_cent = _per_cent(named, top)
    if per_cent:
        table.rows = _doubting(table.rows, per_cent)
    if "unit" in columns.values():
        return dict(columns)  # each row names its own
    renamed = {
        header: f"{header}({unit})"
        for header, column in named.items()
        if (unit := _unit_of(column, header, table, place)) and not _OWN_UNIT.search(normalised(header))
    }
    if renamed:
        table.rows = _renaming(table.rows, renamed)
        table.headers = tuple(renamed.get(header, header) for header in table.headers)
        table.parts = tuple(tuple(renamed.get(h, h) for h in part) for part in table.parts)
    return {renamed.get(header, header): name for header, name in columns.items()}


def _unit_of(column: Column, header: str, table: Table, place: Mapping[str, str | int]) -> str:
    """The unit above the tables that have the header, where it is one of a thousand and more of what the column counts."""
    of_people = column.type in (ValueType.WHOLE, ValueType.HEADS) or column.name in _OF_PEOPLE
    if not of_people and column.name not in _OF_MONEY:
        return ""
    stated = [
        tuple(unit for unit in dict.fromkeys(units) if unit.endswith("元") != of_people)
        for part, units in zip(table.parts, table.units, strict=True)
        if header in part
    ]
    if not any(unit[:1] in "百千万亿十" for units in stated for unit in units):
        return ""
    if len(set(stated)) == 1 and len(stated[0]) == 1:
        return stated[0][0]
    said = "；".join("、".join(units) or "没有写" for units in dict.fromkeys(stated))
    raise UnreadableFileError(
        f"不能确定“{header}”的单位：表头上方写的是 {said}",
        remedy=f"请把单位写进列名，如“{header}（万人）”；各表单位不同的请分开提交",
        where=place,
    )


def _renaming(rows: Iterable[Row], renamed: Mapping[str, str]) -> Iterator[Row]:
    for row in rows:
        yield row._replace(cells={renamed.get(header, header): value for header, value in row.cells.items()})


def _per_cent(named: Mapping[str, Column], top: Sequence[Row]) -> tuple[str, ...]:
    """Headers of rates that say per cent and have numbers above 1: one below may be a share or a per cent."""
    return tuple(
        header
        for header, column in named.items()
        if column.type is ValueType.RATE
        and re.search(r"%|百分", normalised(header))
        and any((number := _number(row.cells.get(header))) is not None and number > 1 for row in top)
    )


def _doubting(rows: Iterable[Row], headers: Sequence[str]) -> Iterator[Row]:
    for row in rows:
        for header in headers:
            number = _number(row.cells.get(header))
            if row.fault is None and number is not None and 0 < number <= 1:
                row = row._replace(
                    fault=RowFault(
                        "ambiguous_rate",
                        f"“{header}”多为百分数，{number} 是 {number}% 还是 {number * 100:g}%，不能确定",
                        f"请写明百分号，如 {number}%",
                        header,
                        str(number),
                    )
                )
        yield row


def _number(value: Any) -> Decimal | None:
    text = clean(value) if isinstance(value, str | int | float) else ""
    return Decimal(text) if _PLAIN.fullmatch(text) else None
