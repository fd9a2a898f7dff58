"""The header of a table: found below notes and titles, and joined where it takes more than one row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.ingest.reading.rows import Recognised, refused
from app.ingest.units import stated_unit
from app.ingest.values import clean

HEADER_SEARCH = 25
"""Filled rows at the top among which the header is looked for: notes and titles may stand above it."""
DEEPEST = 4
"""Rows that a header may take."""
_NUMBER = re.compile(r"[-+]?[\d,.]+%?$")
_OF_UNITS = re.compile(r"[(\[【]?\w{0,4}单位[:：]")
"""填报单位：…, 单位：万人: lines of a form above its table."""
_YEAR = re.compile(r"(?:19|20)\d\d(?:年|届|级)?$")

Span = tuple[int, int, int, int]
"""A merged area: first row, first column, last row, last column; rows as numbered in the file, columns from 0."""
Line = tuple[int, Sequence[Any]]
"""A row of cells with its number in the file."""


@dataclass(frozen=True, slots=True)
class Header:
    """Names of the columns, each once; the rows they stand in (`first` to `last`) and how many filled rows above."""

    names: tuple[str, ...]
    first: int
    last: int
    notes: int
    known: int
    """How many of the names are columns of the wanted kind."""
    unit: str = ""
    """The unit that a title or note above states for the whole table, such as `万人`."""


def find_header(
    top: Sequence[Line], recognised: Recognised, file: str, merged: Sequence[Span] = (), sheet: str = ""
) -> Header:
    """The header among the first rows of a table: the first row that has two known columns at least, with the rows of
    group names above it and of parts below it; else two rows that have them together; else the widest row.

    A column under a group name is called by the longest of `group name part`, `part` and `group` that the kind knows,
    if no other column is; else by both, as `group/part`. Raises UnreadableFileError where there is no row at all.
    """
    lines = [(number, [clean(cell) for cell in cells]) for number, cells in top]
    filled = [place for place, (_, cells) in enumerate(lines) if any(cells)][:HEADER_SEARCH]
    if not filled:
        where = {"工作表": sheet} if sheet else {}
        raise refused("文件里没有数据", "请检查导出是否成功", file, **where)
    for place in filled:
        if _known(lines[place][1], recognised) >= 2:
            return _header(lines, *_extent(lines, place, merged), filled, recognised, merged, file)
    for upper, lower in pairwise(filled):
        if lower - upper == 1:
            joined = _header(lines, upper, lower, filled, recognised, merged, file)
            if joined.known >= 2:
                return joined
    widest = max(filled, key=lambda place: sum(map(bool, lines[place][1])))
    return _header(lines, widest, widest, filled, recognised, merged, file)


def _known(names: Sequence[str], recognised: Recognised) -> int:
    return sum(recognised(name) for name in names if name)


def _header(
    lines: Sequence[tuple[int, list[str]]],
    first: int,
    last: int,
    filled: Sequence[int],
    recognised: Recognised,
    merged: Sequence[Span],
    file: str,
) -> Header:
    rows = _spread(lines[first : last + 1], merged)
    names = rows[0] if len(rows) == 1 else _joined(rows, recognised)
    while names and not names[-1]:
        names.pop()
    above = sum(place < first for place in filled)
    unit = stated_unit(cell for _, cells in lines[:first] for cell in cells)
    return Header(_unique(names), lines[first][0], lines[last][0], above, _known(names, recognised), unit)


def _extent(lines: Sequence[tuple[int, list[str]]], place: int, merged: Sequence[Span]) -> tuple[int, int]:
    """First and last row of the header of which `place` is one."""
    first = last = place
    number = lines[place][0]
    numbers = {line: at for at, (line, _) in enumerate(lines)}
    for top, _, bottom, _ in merged:
        if top <= number <= bottom and top < bottom < top + DEEPEST:
            first, last = min(first, numbers.get(top, first)), max(last, numbers.get(bottom, last))
    if first > 0 and _groups(lines[first - 1], lines[first], merged):
        first -= 1
    while (
        last + 1 < len(lines) and last - first + 1 < DEEPEST and _parts(lines[last], lines[last + 1], merged)
    ):
        last += 1
    return first, last


def _groups(above: tuple[int, list[str]], below: tuple[int, list[str]], merged: Sequence[Span]) -> bool:
    """Whether a row holds names of groups of the columns below: several, short, and none a number; no title or note."""
    number, names = above
    texts = [name for name in names if name]
    if below[0] - number != 1 or any(
        len(text) > 30 or _NUMBER.match(text) or _OF_UNITS.match(text) for text in texts
    ):
        return False
    fills = any(
        name and not under for name, under in zip(names, [*below[1], *[""] * len(names)], strict=False)
    )
    widths = [right - left + 1 for top, left, bottom, right in merged if top == bottom == number]
    whole = any(width >= max(2, sum(map(bool, below[1]))) for width in widths)
    return not whole and (len(texts) >= 2 and (bool(widths) or fills) and _has_gap(names))


def _has_gap(names: Sequence[str]) -> bool:
    """A group name covers the columns to its right, which are blank in its row."""
    return any(name and not after for name, after in zip(names, [*names[1:], "x"], strict=True)) or not all(
        names
    )


def _parts(above: tuple[int, list[str]], below: tuple[int, list[str]], merged: Sequence[Span]) -> bool:
    """Whether a row goes on with the header above it: it names parts, and is blank under columns that are complete."""
    number, names = above
    texts = below[1]
    if below[0] - number != 1 or not any(texts):
        return False
    wide = {
        column
        for top, left, bottom, right in merged
        if top <= number <= bottom and right > left
        for column in range(left, right + 1)
    }
    padded = [*names, *[""] * (len(texts) - len(names))]
    parts = closed = 0
    for column, text in enumerate(texts):
        name = padded[column]
        after = padded[column + 1] if column + 1 < len(padded) else "x"
        is_open = not name or not after or column in wide
        if not text:
            closed += bool(name) and not is_open
            continue
        if text == name and not is_open:
            closed += 1
            continue
        if not is_open or len(text) > 30 or (_NUMBER.match(text) and not _YEAR.match(text)):
            return False
        parts += not name or column in wide
    return parts > 0 and closed > 0


def _spread(lines: Sequence[tuple[int, list[str]]], merged: Sequence[Span]) -> list[list[str]]:
    """The header's rows at one width, each merged text in all the cells it covers; without marks of merging, a group
    name in the blank cells to its right that have parts below.
    """
    width = max(len(cells) for _, cells in lines)
    rows = [[*cells, *[""] * (width - len(cells))] for _, cells in lines]
    if len(rows) == 1:
        return rows
    first = lines[0][0]
    for top, left, bottom, right in merged:
        if first <= top and bottom - first < len(rows) and left < width:
            text = rows[top - first][left]
            for row in range(top - first, bottom - first + 1):
                for column in range(left, min(right + 1, width)):
                    rows[row][column] = rows[row][column] or text
    for upper, lower in pairwise(rows):
        for column in range(1, width):
            if not upper[column] and lower[column]:
                upper[column] = upper[column - 1]
    return rows


def _joined(rows: Sequence[Sequence[str]], recognised: Recognised) -> list[str]:
    chosen: list[str] = []
    full: list[str] = []
    for column in zip(*rows, strict=True):
        texts = [text for text in dict.fromkeys(column) if text]
        whole = "/".join(texts)
        forms = [whole, texts[-1], "/".join(texts[-2:]), texts[0]] if texts else [""]
        chosen.append(next((form for form in forms if form and recognised(form)), whole))
        full.append(whole)
    return [whole if chosen.count(name) > 1 else name for name, whole in zip(chosen, full, strict=True)]


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    result = []
    for place, name in enumerate(names, start=1):
        base = name or f"第{place}列"
        seen[base] = seen.get(base, 0) + 1
        result.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return tuple(result)
