"""What stands below a header: rows of the table, the header printed once more, other tables below or beside it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from app.ingest.fault import RowFault
from app.ingest.reading.header import Header
from app.ingest.reading.rows import Recognised, Row, Table, row_of

Texts = tuple[int, list[str], RowFault | None]
"""A filled row below the header: its number in the file, its clean cells, and why it can be no record."""


def body_rows(
    lines: Iterable[Texts], header: Header, recognised: Recognised, sheet: str = ""
) -> Iterator[Row]:
    """Rows under the header. A header printed again is a row that says so; where it has the same columns in another
    order, the rows after it are read by it, and where it has others, they are none of this table.

    Of tables side by side each row gives one per table that has anything in it, those to the right named in `sheet`.
    """
    starts = header.starts or (0,)
    first = [
        _Block(names, start, _beside(sheet, n), end)
        for n, (names, start, end) in enumerate(zip(header.parts, starts, [*starts[1:], None], strict=True))
    ]
    known = {name for name in header.names if recognised(name)} | {t for row in header.rows for t in row if t}
    same = {name for block in first for name in block.names if recognised(name)}
    blocks = first
    for number, texts, fault in lines:
        if not known.isdisjoint(texts) and (again := _names_again(texts, header, recognised)) is not None:
            fault = RowFault("header_again", "这一行是重复的表头", "删去这一行")
            other = len(first) > 1 or any(recognised(name) and name not in same for name in again)
            blocks = [_Block(again, 0, sheet, foreign=other)] if again else first
            yield row_of(number, blocks[0].names, texts, sheet, fault)
            continue
        if len(blocks) == 1:
            block = blocks[0]
            yield row_of(number, block.names, texts, sheet, fault or (_other() if block.foreign else None))
            continue
        for block in blocks:
            part = texts[block.start : block.end]
            if any(part):
                yield row_of(number, block.names, part, block.sheet, fault)


def _other() -> RowFault:
    return RowFault(
        "other_table",
        "这一行在另一张表里：上方有列名不同的第二个表头",
        "请把两张表分成两个文件或两个工作表提交",
    )


def table_under(header: Header, rows: Iterable[Row], reading: dict[str, Any]) -> Table:
    """The table of a single header; tables side by side are its parts."""
    parts = header.parts
    if len(parts) > 1:
        reading["side_by_side"] = len(parts)
    names = tuple(dict.fromkeys(chain.from_iterable(parts)))
    return Table(names, rows, reading, parts)


@dataclass(frozen=True, slots=True)
class _Block:
    """One of the tables that stand under a header."""

    names: tuple[str, ...]
    start: int
    sheet: str
    end: int | None = None
    foreign: bool = False
    """Whether its columns are others than those of the first table."""


def units_under(header: Header, unit: str, sheet: str = "") -> dict[str, str]:
    """A unit by the name of each sheet that the rows under a header are given."""
    return {_beside(sheet, place): unit for place in range(len(header.parts))} if unit else {}


def _beside(sheet: str, place: int) -> str:
    return sheet if place == 0 else f"{sheet}·并排第{place + 1}张表".removeprefix("·")


def _names_again(texts: list[str], header: Header, recognised: Recognised) -> tuple[str, ...] | None:
    """The columns that a row names, empty where it only repeats the header; None where it is no header."""
    bare = tuple(texts)
    while bare and not bare[-1]:
        bare = bare[:-1]
    if bare in header.rows or bare == header.names:
        return ()
    filled = [text for text in bare if text]
    found = sum(map(recognised, filled))
    if found < 2 or 2 * found < len(filled) or len(set(filled)) < len(filled):
        return None
    return tuple(text or f"第{place}列" for place, text in enumerate(bare, start=1))
