"""Workbooks: every sheet that fits the kind, with its merged cells, under one header or a header of several rows."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from app.ingest.fault import RowFault
from app.ingest.reading.container import examine_workbook
from app.ingest.reading.header import HEADER_SEARCH, Header, Line, Span, find_header
from app.ingest.reading.rows import Fits, Recognised, Row, Table, listed, refused, row_of
from app.ingest.units import stated_unit
from app.ingest.values import clean

_TOP = HEADER_SEARCH * 4
_HEADS = re.compile(r"计划|人数|名额|席位|招生数|需求|缺口|毕业生数|就业数")
_NO_HEADS = re.compile(r"年|代码|编号|性质|类别|批次")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet with its header, opened."""

    name: str
    content: CalamineSheet
    hidden: bool
    top: tuple[Line, ...]
    merged: tuple[Span, ...]
    header: Header

    @property
    def unit(self) -> str:
        """What a note above the table states, else the name of the sheet."""
        return self.header.unit or stated_unit((self.name,))

    @property
    def has_rows(self) -> bool:
        """More than a line or two: cover sheets and notes are no data."""
        return sum(sum(1 for cell in cells if clean(cell)) >= 3 for _, cells in self.top) >= 2


def read_workbook(path: Path, recognised: Recognised, fits: Fits) -> Table:
    """The rows of all sheets that fit, hidden rows among them; a hidden sheet only where no other fits.

    Where no sheet fits, the first with a header that is half known, else the first with anything in it, so that it can
    be said what is missing. Raises UnreadableFileError.
    """
    with path.open("rb") as stream:
        if stream.read(4) == b"PK\x03\x04":
            examine_workbook(path)
    sheets = _sheets(path, recognised)
    if not sheets:
        raise refused("工作簿里没有数据", "请检查导出是否成功", path.name)
    fitting = [sheet for sheet in sheets if sheet.header.known >= 2 and fits(sheet.header.names)]
    chosen = [sheet for sheet in fitting if not sheet.hidden] or fitting[:1]
    if not chosen:
        chosen = [next((sheet for sheet in sheets if sheet.header.known >= 2), sheets[0])]
    unread = [
        f"{sheet.name}（隐藏）" if sheet.hidden else sheet.name
        for sheet in sheets
        if sheet not in chosen and sheet.has_rows
    ]
    reading: dict[str, Any] = {
        "format": "xlsx",
        "sheet": listed(sheet.name for sheet in chosen),
        "header_row": chosen[0].header.first,
        "notes_above": chosen[0].header.notes,
    }
    if any(sheet.header.last > sheet.header.first for sheet in chosen):
        reading["header_rows"] = max(sheet.header.last - sheet.header.first + 1 for sheet in chosen)
    if len(chosen) > 1:
        reading["sheets"] = [{"sheet": sheet.name, "header_row": sheet.header.first} for sheet in chosen]
    if unread:
        reading["unread_sheets"] = unread
    several = len(chosen) > 1
    if units := {sheet.name if several else "": sheet.unit for sheet in chosen if sheet.unit}:
        reading["units"] = units
    parts = tuple(sheet.header.names for sheet in chosen)
    headers = tuple(dict.fromkeys(chain.from_iterable(parts)))
    rows = chain.from_iterable(_rows(sheet, sheet.name if several else "") for sheet in chosen)
    return Table(headers, rows, reading, parts)


def _sheets(path: Path, recognised: Recognised) -> list[_Sheet]:
    """Sheets with anything in them, in order."""
    found = []
    with opening(path):
        book = CalamineWorkbook.from_path(str(path))
        for data in book.sheets_metadata:
            if data.typ != SheetTypeEnum.WorkSheet:
                continue
            content = book.get_sheet_by_name(data.name)
            merged = _spans(content)
            top = tuple(islice(_lines(content), _TOP))
            if any(clean(cell) for _, cells in top for cell in cells):
                header = find_header(top, recognised, path.name, merged, data.name)
                hidden = data.visible != SheetVisibleEnum.Visible
                found.append(_Sheet(data.name, content, hidden, top, merged, header))
    return found


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """What the library raises, or gives up with, as UnreadableFileError."""
    try:
        yield
    except PasswordError as error:
        raise refused("工作簿有密码", "请去掉密码后另存再提交", path.name) from error
    except (CalamineError, OSError) as error:
        raise refused("不是有效的 Excel 工作簿", "请用表格软件打开后另存为 XLSX 或 CSV", path.name) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what the library gives up on in a broken file
            raise
        raise refused("工作簿已损坏", "请用表格软件打开后另存为 XLSX 或 CSV", path.name) from error


def _lines(content: CalamineSheet) -> Iterator[Line]:
    """Rows by their number in the sheet, from its first column on, whatever the first filled cell is."""
    left = content.start[1] if content.start else 0
    before: list[Any] = [""] * left
    for number, cells in enumerate(content.iter_rows(), start=1):
        yield number, [*before, *cells] if left else cells


def _spans(content: CalamineSheet) -> tuple[Span, ...]:
    return tuple(
        (top + 1, left, bottom + 1, right)
        for (top, left), (bottom, right) in sorted(content.merged_cell_ranges or ())
    )


def _rows(sheet: _Sheet, name: str) -> Iterator[Row]:
    header = sheet.header
    tall: dict[int, list[Span]] = {}
    for span in sheet.merged:
        if span[0] > header.last and span[2] > span[0] and span[1] < len(header.names):
            tall.setdefault(span[0], []).append(span)
    running: dict[int, tuple[Span, Any]] = {}
    for number, values in _lines(sheet.content):
        if number <= header.last:
            continue
        fault = None
        if tall or running:
            values, fault = _filled(number, values, header.names, tall, running)
        texts = [clean(value) for value in values]
        if any(texts):
            yield row_of(number, header.names, texts, name, fault)


def _filled(
    number: int,
    values: Sequence[Any],
    names: Sequence[str],
    tall: dict[int, list[Span]],
    running: dict[int, tuple[Span, Any]],
) -> tuple[list[Any], RowFault | None]:
    """A row with what merged cells say from above; `running` is kept from row to row.

    A number of heads in a cell merged over several rows is their sum: given to each it would count many times over.
    """
    filled = list(values)
    for span in tall.get(number, ()):
        if clean(filled[span[1]]):
            running[span[1]] = (span, filled[span[1]])
    fault = None
    for column, (span, value) in list(running.items()):
        if number > span[2]:
            del running[column]
        elif isinstance(value, int | float) and _is_of_heads(names[column]):
            fault = RowFault(
                "merged_heads",
                f"“{names[column]}”一格合并了第 {span[0]}–{span[2]} 行，{clean(value)} 是它们的合计",
                "请取消合并，逐行填写",
                names[column],
                clean(value),
            )
        elif not clean(filled[column]):
            filled[column] = value
    return filled, fault


def _is_of_heads(name: str) -> bool:
    return bool(_HEADS.search(name)) and not _NO_HEADS.search(name)
