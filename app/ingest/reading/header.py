"""The header of a table: found below notes and titles, and joined where it takes more than one row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.ingest.reading.rows import Recognised, refused
from app.ingest.units import stated_unit
from app.ingest.values import SCALES, clean, header_unit

HEADER_SEARCH = 25
"""Filled rows at the top among which the header is looked for: notes and titles may stand above it."""
DEEPEST = 4
"""Rows that a header may take."""
_NUMBER = re.compile(r"[-+]?[\d,.]+%?$")
_OF_UNITS = re.compile(r"[(\[【]?\w{0,4}单位[:：]")
"""填报单位：…, 单位：万人: lines of a form above its table."""
_YEAR = re.compile(r"(?:19|20)\d\d(?:年|届|级)?$")
_UNIT = re.compile(
    rf"[(\[]?(?:单位:)?(?:{SCALES})?(?:人次|人|名|个|元|美元|年|所|家|门|%)(?:/[年月人生学期]{{1,2}})?[)\]]?"
    rf"|[(\[]?(?:单位:)?(?:{SCALES})[)\]]?"
)
"""What a row of units below a header has in its cells."""
_OWN_UNIT = re.compile(r"[(\[](?:单位:)?[百千万亿十]*[人名个元]|[%率]|占比|比例|年份|年度|代码|学制")
"""Names of parts to which the unit of their group does not apply."""
_UNNAMED = re.compile(r"第\d+列(?:#\d+)?")
"""A column that has no header, as `_unique` calls it."""

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
    rows: tuple[tuple[str, ...], ...] = ()
    """Its rows as they stand in the file, without blanks at their ends."""
    starts: tuple[int, ...] = ()
    """Where tables that stand side by side begin, from 0; empty where there is but one."""
    unit: str = ""
    """The unit that a title or note above states for the whole table, such as `万人`."""

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """Names of the columns of each table side by side, all by the names of the first; of the one where there is one."""
        if not self.starts:
            return (self.names,)
        ends = [*self.starts[1:], len(self.names)]
        blocks = [self.names[start:end] for start, end in zip(self.starts, ends, strict=True)]
        while blocks[0] and all(_UNNAMED.fullmatch(block[-1]) for block in blocks[:-1]):
            blocks = [*(block[:-1] for block in blocks[:-1]), blocks[-1]]  # the blank column between them
        return tuple(_unique([re.sub(r"#\d+$", "", name) for name in block]) for block in blocks)


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
            chosen = _below_particulars(lines, place, filled, recognised)
            return _header(lines, *_extent(lines, chosen, merged), filled, recognised, merged, file)
    for upper, lower in pairwise(filled):
        if lower - upper == 1:
            joined = _header(lines, upper, lower, filled, recognised, merged, file)
            if joined.known >= 2:
                return joined
    widest = max(filled, key=lambda place: sum(map(bool, lines[place][1])))
    return _header(lines, widest, widest, filled, recognised, merged, file)


def _known(names: Sequence[str], recognised: Recognised) -> int:
    return sum(recognised(name) for name in names if name)


def _below_particulars(
    lines: Sequence[tuple[int, list[str]]], place: int, filled: Sequence[int], recognised: Recognised
) -> int:
    """The row that names more columns, below rows that name some each with its value beside: 学校 | 某校 | 年份 | 2025.

    Only titles and more such rows may stand between: the first with values alone is the first of the table.
    """
    known, cells = _known(lines[place][1], recognised), sum(map(bool, lines[place][1]))
    if 2 * known > cells:
        return place
    for at in (at for at in filled if at > place):
        found = _known(lines[at][1], recognised)
        if found > known:
            return at
        if not found and sum(map(bool, lines[at][1])) > 1:
            return place
    return place


def _header(
    lines: Sequence[tuple[int, list[str]]],
    first: int,
    last: int,
    filled: Sequence[int],
    recognised: Recognised,
    merged: Sequence[Span],
    file: str,
) -> Header:
    raw = tuple(_bare(cells) for _, cells in lines[first : last + 1])
    unit_row: Sequence[str] = ()
    if last + 1 < len(lines) and _is_of_units(lines[last], lines[last + 1]):
        last += 1
        unit_row = lines[last][1]
        raw = (*raw, _bare(unit_row))
    rows = _spread(lines[first : last + 1 - bool(unit_row)], merged)
    names = rows[0] if len(rows) == 1 else _joined(rows, recognised)
    for column, unit in enumerate(unit_row[: len(names)]):
        if names[column] and header_unit(f"({unit.strip('()[]')})") and not header_unit(names[column]):
            names[column] = f"{names[column]}({unit.strip('()[]')})"
    while names and not names[-1]:
        names.pop()
    above = sum(place < first for place in filled)
    starts = _side_by_side(names, recognised)
    notes = [cell for _, cells in lines[:first] for cell in cells]
    unit = stated_unit(notes) or next(filter(None, map(header_unit, notes)), "")
    return Header(
        _unique(names), lines[first][0], lines[last][0], above, _known(names, recognised), raw, starts, unit
    )


def _bare(cells: Sequence[str]) -> tuple[str, ...]:
    texts = list(cells)
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _is_of_units(above: tuple[int, list[str]], below: tuple[int, list[str]]) -> bool:
    """Whether a row says nothing but in which units the numbers below the header are."""
    texts = [text for text in below[1] if text]
    return bool(texts) and below[0] - above[0] == 1 and all(map(_UNIT.fullmatch, texts))


def _side_by_side(names: Sequence[str], recognised: Recognised) -> tuple[int, ...]:
    """Where tables begin that stand side by side under the same known headers in the same order."""
    first = next((place for place, name in enumerate(names) if name), 0)
    starts = [place for place, name in enumerate(names) if name and name == names[first]]
    parts = [
        [name for name in names[start:end] if name and recognised(name)]
        for start, end in zip(starts, [*starts[1:], len(names)], strict=True)
    ]
    same = len(parts) > 1 and len(parts[0]) >= 2 and all(part == parts[0] for part in parts)
    return tuple(starts) if same else ()


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
        # The name of a group stands for a column only where it is the only one: else each part would be the whole.
        group = texts[:1] if texts and list(rows[0]).count(texts[0]) == 1 else []
        forms = [whole, texts[-1], "/".join(texts[-2:]), *group] if texts else [""]
        name = next((form for form in forms if form and recognised(form)), whole)
        unit = next(filter(None, map(header_unit, texts)), "")
        chosen.append(f"{name}({unit})" if unit and not _OWN_UNIT.search(name) else name)
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
