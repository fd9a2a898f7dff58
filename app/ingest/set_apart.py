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


class SetApart:
    """Tells such rows of a kind by its columns (`titles`: our names with their Chinese ones)."""

    def __init__(self, columns: Mapping[str, str], titles: Mapping[str, str]) -> None:
        self._columns = columns
        self._titles = titles
        self._known: dict[str, bool] = {}

    def total(self, row: Row) -> RowFault | None:
        """The fault of a row of which a known column says 合计, 总计, 小计: its numbers stand in the rows above."""
        known = self._known
        for header, value in row.cells.items():
            if type(value) is not str or len(value) > _LONGEST_TOTAL:
                continue
            says = known.get(value)
            if says is None:
                if len(known) > 20_000:
                    known.clear()
                says = known[value] = bool(_TOTAL.fullmatch("".join(value.split())))
            if says and header in self._columns:
                return RowFault(
                    "total_row",
                    f"“{value}”是汇总行，不是一条记录",
                    "删去这一行；合计由各行算出，再记一次就重复了",
                    self._titles.get(self._columns[header], header),
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
