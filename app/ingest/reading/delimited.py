"""CSV and TSV, as a stream: the delimiter and the header are found, quotes left open are noticed."""

import csv
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import TextIO

from app.ingest.reading.body import Texts, body_rows, table_under, units_under
from app.ingest.reading.header import HEADER_SEARCH, find_header
from app.ingest.reading.limits import MAX_FIELD, MAX_LINE, MOST_COLUMNS
from app.ingest.reading.rows import Recognised, Table, refused
from app.ingest.values import clean, clean_all

DELIMITERS = (",", "\t", ";", "|", "，")
_TOP = HEADER_SEARCH * 4
"""Lines from which the delimiter is told, and rows among which the header may stand."""

csv.field_size_limit(MAX_FIELD)


def read_delimited(text: TextIO, file: str, encoding: str, recognised: Recognised, zeros: int = 0) -> Table:
    """The table of a text whose columns are separated; `zeros`: zero bytes in it, which are dropped."""
    lines = limited(text, file)
    top = list(islice(lines, _TOP))
    delimiter = _delimiter(top, recognised)

    everything = chain(top, lines)
    plain = (line.replace("\0", "") for line in everything) if zeros else everything
    located = _numbered(csv.reader(plain, delimiter=delimiter), file)
    first = [_not_too_wide(line, file) for line in islice(located, _TOP)]
    header = find_header(first, recognised, file)

    def texts_below() -> Iterator[Texts]:
        width = len(header.names)
        for number, values in chain(first, located):
            if number <= header.last:
                continue
            if len(values) < width and _swallowed(values, width, delimiter):
                raise refused(
                    "引号没有成对，后面的行都被并进了一格", "请补上或删去这一行多余的引号", file, 行=number
                )
            texts = clean_all(values)
            if any(texts):
                yield number, texts, None

    reading = {"format": "csv", "encoding": encoding, "delimiter": delimiter, "header_row": header.first}
    if header.last > header.first:
        reading["header_rows"] = header.last - header.first + 1
    if units := units_under(header, header.unit):
        reading["units"] = units
    if zeros:
        reading["zero_bytes"] = zeros
    reading["notes_above"] = header.notes
    return table_under(header, body_rows(texts_below(), header, recognised), reading)


def _not_too_wide(line: tuple[int, list[str]], file: str) -> tuple[int, list[str]]:
    number, values = line
    if len(values) > MOST_COLUMNS:
        raise refused(
            f"一行有 {len(values):,} 列，至多 {MOST_COLUMNS:,} 列", "请检查分隔符；删去空列", file, 行=number
        )
    return line


def limited(text: TextIO, file: str) -> Iterator[str]:
    """Lines of a text. Raises UnreadableFileError before a line longer than `MAX_LINE` is in memory."""
    for number, line in enumerate(iter(partial(text.readline, MAX_LINE + 1), ""), start=1):
        if len(line) > MAX_LINE:
            raise refused(
                f"一行超过 {MAX_LINE:,} 个字符",
                "请检查引号与换行；单元格里不要放文件内容",
                file,
                行=number,
            )
        yield line


def _delimiter(top: list[str], recognised: Recognised) -> str:
    """The one under which a line has most headers that are known; else the one that gives the widest line.

    Running text may hold more commas or semicolons than the table has columns.
    """

    def known(delimiter: str) -> int:
        return max(
            sum(
                recognised(cell.strip('" '))
                for cell in map(clean, line.split(delimiter, MOST_COLUMNS))
                if cell
            )
            for line in top[:HEADER_SEARCH]
        )

    return max(
        DELIMITERS, key=lambda d: (known(d), max(len(line.split(d)) for line in top), -DELIMITERS.index(d))
    )


def _swallowed(values: list[str], width: int, delimiter: str) -> bool:
    """Whether the last cell of a row that is too short holds whole rows: a quotation mark was left open there."""
    last = values[-1].strip() if values else ""
    lines = last.count("\n")
    return lines > 0 and last.count(delimiter) >= lines * (width - 1)


def _numbered(reader: Iterable[list[str]], file: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin in."""
    line = 1
    try:
        for values in reader:
            yield line, values
            line = reader.line_num + 1  # type: ignore[attr-defined]
    except csv.Error as error:
        raise refused(
            f"CSV 格式有误：{error}", "请检查引号是否成对、单元格是否过长", file, 行=line
        ) from error
