"""Tables that go out: CSV that spreadsheet programs read right away, and XLSX; texts stay texts, formulas none."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Font

from app.errors import InvalidInputError
from app.ingest.exporting import escaped

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_576
"""Limits of the XLSX format."""

Sheet = tuple[str, Sequence[str], Iterable[Sequence[Any]]]
"""Title, headers and rows."""


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write one table as UTF-8 with a mark, comma separated. Raises InvalidInputError where it cannot be written."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([escaped(header) for header in headers])
            for row in rows:
                writer.writerow([escaped(value) for value in row])
    except OSError as error:
        raise _unwritable(path, error) from error


def write_xlsx(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write tables as the sheets of a workbook, the header row bold and frozen.

    Raises InvalidInputError where the file cannot be written, or a table goes beyond what XLSX holds.
    """
    book = Workbook(write_only=True)
    for title, headers, rows in sheets:
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, header, bold=True) for header in headers])
        for number, row in enumerate(rows, start=2):
            if number > MOST_ROWS:
                raise InvalidInputError(
                    f"“{title}”超过 XLSX 的 {MOST_ROWS} 行", remedy="请导出为 CSV", where={"文件": path.name}
                )
            sheet.append([_cell(sheet, value) for value in row])
    try:
        book.save(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """A text as a cell of text, so that no code loses its zeros; numbers as they are."""
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST_CELL:
        raise InvalidInputError(
            f"有一格长 {len(value)} 个字符，XLSX 至多 {LONGEST_CELL} 个", remedy="请导出为 CSV"
        )
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", escaped(value)))
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _unwritable(path: Path, error: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"无法写入文件：{error.strerror}", remedy="请检查目录与写权限", where={"文件": str(path)}
    )
