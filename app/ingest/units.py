"""The unit 单位 of the numbers of a table: named in a header, or once for all in a title or note above it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.ingest.values import SCALES, header_unit, with_unit
from app.reference.codes import normalised

_UNIT = rf"(?:(?:{SCALES})?[人名元]|{SCALES})"
_PER = r"(?:\s*[/·.每]\s*[人年月日]|/学期|/学年)*"
_STATED = re.compile(
    rf"单位\s*[:：为是]?\s*[(\[【]?\s*({_UNIT}{_PER}(?:\s*[,，、;；和及]\s*{_UNIT}{_PER})*)\s*(?=$|[\s)\]】,，。;；|])"
)
"""单位：万人, 计量单位为千人, (单位：万元/年); not 单位：万人计划办公室, which is an office."""
_IN_HEADER = re.compile(rf"[(\[【](?:单位[:：]?)?\s*(?:{SCALES})?[人名个元]{_PER}\s*[)\]】]|元$")
"""A header that says itself what its numbers are, if only that they are plain 人 or 元."""
HEADS, YUAN = "人", "元"
_MEASURES: Mapping[str, str] = {
    **dict.fromkeys(("plan", "planned", "admitted", "registered", "graduates", "employed", "matched"), HEADS),
    **dict.fromkeys(("staying", "filled", "graduated", "hired", "heads", "jobs_guaranteed", "value"), HEADS),
    **dict.fromkeys(("low", "central", "high", "growth", "replacement", "enrolled", "capacity"), HEADS),
    **dict.fromkeys(("teachers", "dual_qualified"), HEADS),
    **dict.fromkeys(("tuition", "stipend", "price", "salary_min", "salary_max", "funds"), YUAN),
}
"""What the numbers of a column count: heads or money. Columns that are not here hold years, codes, rates, hours."""


def stated_unit(texts: Iterable[str]) -> str:
    """The units that titles and notes state, such as `万人` or `万人、元`; empty where none does."""
    found = [match for text in texts for match in _STATED.findall(normalised(text))]
    return "、".join(dict.fromkeys(re.findall(_UNIT, re.sub(_PER, "", "、".join(found)))))


def units_by(stated: str, columns: Mapping[str, str]) -> dict[str, str]:
    """The unit that what is stated of the whole table gives each header (→ our column) that names none itself.

    Heads get a unit of heads, money one of money; `万` alone is taken for heads. A table that states two units of heads
    leaves it open which is meant: none is given.
    """
    given: dict[str, set[str]] = {}
    for unit in stated.split("、"):
        given.setdefault(YUAN if unit.endswith(YUAN) else HEADS, set()).add(unit)
    clear = {measure: min(units) for measure, units in given.items() if len(units) == 1}
    return {
        header: clear[measure]
        for header, ours in columns.items()
        if (measure := _MEASURES.get(ours)) in clear
        and not _IN_HEADER.search(normalised(header))
        and not header_unit(header)
        and has_factor(clear[measure])
    }


def has_factor(unit: str) -> bool:
    """Whether numbers of the unit are other than plain: 万人, but not 人."""
    return any(word in unit for word in SCALES.split("|"))


class Units:
    """The units of a file: those of its headers (→ our columns), and what is `stated` by sheet, "" where it is one table.

    False where there are none.
    """

    def __init__(self, columns: Mapping[str, str], stated: Mapping[str, str]) -> None:
        self._columns = columns
        self._named = {header: unit for header in columns if (unit := header_unit(header))}
        self._stated = stated
        self._sheets: dict[str, Mapping[str, str]] = {}
        self._said: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._named or self._stated)

    def scaled(self, sheet: str, cells: dict[str, Any]) -> dict[str, Any]:
        """The cells of a row, plain numbers with their unit: as they are where a cell of the row names the unit."""
        if any(value and self._columns.get(header) == "unit" for header, value in cells.items()):
            return cells
        units = self._sheets.get(sheet)
        if units is None:
            units = self._sheets[sheet] = self._of(sheet)
        return cells | {h: with_unit(cells[h], unit) for h, unit in units.items() if h in cells}

    def said(self) -> tuple[str, ...]:
        """What the report says of units that were stated above the tables met so far."""
        return tuple(self._said)

    def _of(self, sheet: str) -> Mapping[str, str]:
        # of a file of one table no row names the sheet, save those that come back from the quarantine
        stated = self._stated.get(sheet, self._stated.get("", ""))
        given = units_by(stated, self._columns)
        if has_factor(stated):
            used = f"已用于没有另写单位的列：{'、'.join(given)}" if given else _UNUSED
            self._said[f"表上方写明“单位：{stated}”，{used}"] = None
        return {**given, **self._named}


_UNUSED = "没有一列用得上，或不能确定是哪一列，数字照原样读取"
