"""Templates 模板: a workbook to fill in, with the columns of a kind, lists to choose from, an example and notes."""

from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.errors import InvalidInputError
from app.ingest.describe import allowed_values, column_note, example_cells
from app.ingest.schema import EXAMPLE, Column, Kind
from app.ingest.value_types import CODES, ValueType

REQUIRED = "*"
"""Behind the title of a column that must be there; headers are compared without it."""
EXAMPLE_MARK = "示例，请删除本行"
NOTES, LISTS = "填写说明", "选项"
LAST_ROW = 20_000
"""Down to this row the lists are offered and codes are kept as text."""
_FILL_REQUIRED = PatternFill("solid", fgColor="FFE0B2")
_FILL_ONE_OF = PatternFill("solid", fgColor="FFF9C4")
_FILL_OPTIONAL = PatternFill("solid", fgColor="E0E0E0")
_FILL_EXAMPLE = PatternFill("solid", fgColor="F5F5F5")


def write_template(kind: Kind, path: Path) -> None:
    """Write the template of a kind. Raises InvalidInputError where the file is there already or cannot be written."""
    if path.exists():
        raise InvalidInputError(
            "文件已经存在，没有改动它", remedy="请换一个名称，或先移走原来的文件", where={"文件": str(path)}
        )
    book = template(kind)
    try:
        book.save(path)
    except OSError as error:
        raise InvalidInputError(
            f"模板无法写入：{error.strerror}", remedy="请检查目录与权限", where={"文件": str(path)}
        ) from error


def template(kind: Kind) -> Workbook:
    """The workbook: a sheet of the kind with header and example, notes, and the lists the cells choose from."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = kind.title
    notes, lists = book.create_sheet(NOTES), book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    _header(sheet, kind)
    _example(sheet, kind)
    _validate(sheet, lists, kind)
    _notes(notes, kind)
    return book


def _columns(kind: Kind) -> tuple[Column, ...]:
    return (*kind.columns, EXAMPLE)


def _header(sheet: Worksheet, kind: Kind) -> None:
    for place, column in enumerate(_columns(kind), start=1):
        cell = sheet.cell(1, place, column.title + (REQUIRED if column.required else ""))
        cell.font = Font(bold=True)
        one_of = any(column.name in group for group in kind.one_of)
        cell.fill = _FILL_REQUIRED if column.required else _FILL_ONE_OF if one_of else _FILL_OPTIONAL
        width = max(12, 2 * len(column.title) + 4, *(2 * len(v) for v in column.choices[:20] or ("",)))
        sheet.column_dimensions[get_column_letter(place)].width = min(width, 36)
        if column.type in CODES:
            sheet.column_dimensions[get_column_letter(place)].number_format = "@"
    sheet.freeze_panes = "A2"


def _example(sheet: Worksheet, kind: Kind) -> None:
    """The example row, grey and marked: with the mark it is set aside on loading, whatever else becomes of it."""
    cells = {
        column.name: value
        for header, value in example_cells(kind).items()
        if (column := kind.column_for(header))
    }
    cells[EXAMPLE.name] = EXAMPLE_MARK
    for place, column in enumerate(_columns(kind), start=1):
        cell = sheet.cell(2, place, cells.get(column.name))
        cell.number_format = "@"
        cell.font = Font(italic=True, color="757575")
        cell.fill = _FILL_EXAMPLE


def _validate(sheet: Worksheet, lists: Worksheet, kind: Kind) -> None:
    """A list to choose from on every column that has one; closed lists refuse other values, open ones warn.

    All lists stand in one column of a hidden sheet, since a list written into the rule may have 255 characters.
    """
    row = 1
    for place, column in enumerate(_columns(kind), start=1):
        if not (values := allowed_values(kind, column)):
            continue
        for offset, value in enumerate(values):
            lists.cell(row + offset, 1, value)
        letter = get_column_letter(place)
        rule = DataValidation(
            type="list",
            formula1=f"'{LISTS}'!$A${row}:$A${row + len(values) - 1}",
            allow_blank=True,
            showErrorMessage=True,
            errorStyle="warning" if column.type is ValueType.SCHOOL_NAME else "stop",
            errorTitle=column.title,
            error="请从列表中选择",
        )
        rule.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)
        row += len(values)


def _notes(notes: Worksheet, kind: Kind) -> None:
    """Two columns, column and note, so that no reader takes the sheet for a table of data."""
    lines = [
        (kind.title, kind.description),
        (
            "怎样填",
            "一行一条。橙色且带 * 的列必填，黄色的列几列中至少填一列，灰色的列可以不填；表头不要改动。",
        ),
        (
            "示例行",
            f"第 2 行是示例，“{EXAMPLE.title}”一列有标记，装入时会搁在一边，不成为数据；填写时请删去。",
        ),
        ("装入", f"chanjiao ingest 文件 --kind {kind.name}"),
        *((column.title, column_note(kind, column)) for column in kind.columns),
    ]
    for number, (name, text) in enumerate(lines, start=1):
        notes.cell(number, 1, name).font = Font(bold=True)
        notes.cell(number, 2, text).alignment = Alignment(wrap_text=True, vertical="top")
    notes.column_dimensions["A"].width = 20
    notes.column_dimensions["B"].width = 100
