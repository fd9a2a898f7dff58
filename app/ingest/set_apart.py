"""Rows of a table that are no records: totals, notes below the table, the header printed once more."""

import re
from collections.abc import Mapping
from typing import Any

from app.ingest.fault import RowFault
from app.ingest.reading import Row

_TOTAL = re.compile(
    r"[(（]?(?:本页|本表|全[省市校国院区县]|各[省市校院区县]\w{0,2}|学校|院校|专业)?"
    r"(?:合计|总计|小计|共计|累计|总数)(?:人数)?[)）]?[:：]?"
)
_NOTE = re.compile(
    r"(?:备?注|说明|附注|数据来源|资料来源|来源|填表|制表|填报|审核|单位负责|联系|打印)[\w（）()]{0,6}[:：\d.、]"
)
_LONGEST_TOTAL = 12
_KEPT = 20_000


class _Totals(dict[Any, bool]):
    """Cell → whether it says that its row is a total."""

    def __missing__(self, value: Any) -> bool:
        if not isinstance(value, str) or len(value) > _LONGEST_TOTAL:
            return False
        if len(self) >= _KEPT:
            self.clear()
        found = self[value] = bool(_TOTAL.fullmatch("".join(value.split())))
        return found


class SetApart:
    """Tells such rows; `titles`: our names of columns with their Chinese ones."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._titles = titles
        self._totals = _Totals()

    def total(self, values: Mapping[str, Any]) -> RowFault | None:
        """The fault of a row (cells by our names) of which one says 合计, 总计, 小计: its numbers are those above."""
        totals = self._totals
        try:
            if not any(map(totals.__getitem__, values.values())):
                return None
        except TypeError:  # a list or an object among the cells: not every one can be looked up
            pass
        for name, value in values.items():
            if isinstance(value, str) and totals[value]:
                return RowFault(
                    "total_row",
                    f"“{value}”是汇总行，不是一条记录",
                    "删去这一行；合计由各行算出，再记一次就重复了",
                    self._titles.get(name, name),
                    value,
                )
        return None

    def other(self, row: Row) -> RowFault | None:
        """The fault of a row that only repeats the header, or is a note in one cell."""
        filled: list[tuple[str, Any]] = [(header, value) for header, value in row.cells.items() if value]
        if len(filled) >= 2 and all(header == value for header, value in filled):
            return RowFault("header_again", "这一行是重复的表头", "删去这一行")
        if len(filled) == 1 and len(row.cells) >= 3:
            header, value = filled[0]
            if isinstance(value, str) and _NOTE.match(value):
                return RowFault(
                    "note_row", "这一行是表格下方的说明，不是一条记录", "删去这一行", header, value
                )
        return None
