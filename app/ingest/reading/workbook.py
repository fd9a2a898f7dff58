"""Workbooks: every sheet that fits the kind, with its merged cells, under one header or a header of several rows."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from app.ingest.fault import RowFault
from app.ingest.reading.body import Texts, body_rows, table_under, units_under
from app.ingest.reading.container import examine_workbook
from app.ingest.reading.formulas import NONE, Places, without_result
from app.ingest.reading.header import HEADER_SEARCH, Header, Line, Span, find_header
from app.ingest.reading.rows import Fits, Recognised, Table, listed, refused
from app.ingest.units import stated_unit
from app.ingest.values import clean

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The stream in which a workbook with a password is packed, whatever its ending."""
_TOP = HEADER_SEARCH * 4
_HEADS = re.compile(
    r"计划|数|量|名额|席位|规模|需求|缺口|^(?:plan(?:ned)?|heads|demand|central|low|high|admitted|registered|graduates"
    r"|employed|matched|staying|capacity|enrolled|teachers)$"
)
_NO_HEADS = re.compile(r"年|号|码|性质|类[别型]|批次|率|学制")
_AMOUNT = re.compile(r"[约近超≥]?\d[\d,]*(?:\.\d+)?[百千万亿]?[人名个]?")


class Content(Protocol):
    """The cells of a sheet."""

    @property
    def start(self) -> tuple[int, int] | None: ...

    @property
    def merged_cell_ranges(self) -> Sequence[tuple[tuple[int, int], tuple[int, int]]] | None: ...

    def iter_rows(self) -> Iterator[Sequence[Any]]: ...


class Source(NamedTuple):
    """A sheet as a reader of some format gives it."""

    name: str
    content: Content
    hidden: bool = False
    formulas: Mapping[int, set[int]] = NONE
    """Those without a result."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet with its header, opened."""

    name: str
    content: Content
    hidden: bool
    top: tuple[Line, ...]
    merged: tuple[Span, ...]
    header: Header
    formulas: Mapping[int, set[int]]

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
        is_archive = stream.read(4) == b"PK\x03\x04"
    formulas: dict[str, Places] = examine_workbook(path) if is_archive else {}
    with opening(path):
        # By path the library goes by the name's ending, which may be wrong.
        if is_archive != path.name.lower().endswith((".xls", ".et")):
            book = CalamineWorkbook.from_path(str(path))
        elif _ENCRYPTED in (content := path.read_bytes()):
            raise PasswordError
        else:
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sources = [
            Source(
                data.name,
                book.get_sheet_by_name(data.name),
                data.visible != SheetVisibleEnum.Visible,
                formulas.get(data.name, NONE),
            )
            for data in book.sheets_metadata
            if data.typ == SheetTypeEnum.WorkSheet
        ]
        return read_sheets(sources, path.name, recognised, fits)


def read_sheets(
    sources: Iterable[Source], file: str, recognised: Recognised, fits: Fits, form: str = "xlsx"
) -> Table:
    """The same of sheets that are open."""
    sheets = _sheets(sources, recognised, file)
    if not sheets:
        raise refused("工作簿里没有数据", "请检查导出是否成功", file)
    fitting = [sheet for sheet in sheets if sheet.header.known >= 2 and any(map(fits, sheet.header.parts))]
    chosen = [sheet for sheet in fitting if not sheet.hidden] or fitting[:1]
    if not chosen:
        chosen = [next((sheet for sheet in sheets if sheet.header.known >= 2), sheets[0])]
    unread = [
        f"{sheet.name}（隐藏）" if sheet.hidden else sheet.name
        for sheet in sheets
        if sheet not in chosen and sheet.has_rows
    ]
    reading: dict[str, Any] = {
        "format": form,
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
    units: dict[str, str] = {}
    for sheet in chosen:
        units |= units_under(sheet.header, sheet.unit, sheet.name if several else "")
    if units:
        reading["units"] = units
    tables = [
        table_under(
            sheet.header,
            body_rows(
                _lines_below(sheet, recognised), sheet.header, recognised, sheet.name if several else ""
            ),
            reading,
        )
        for sheet in chosen
    ]
    parts = tuple(chain.from_iterable(table.parts for table in tables))
    return Table(
        tuple(dict.fromkeys(chain.from_iterable(parts))),
        chain.from_iterable(table.rows for table in tables),
        reading,
        parts,
    )


def _sheets(sources: Iterable[Source], recognised: Recognised, file: str) -> list[_Sheet]:
    """Sheets with anything in them, in order."""
    found = []
    for name, content, hidden, formulas in sources:
        merged = _spans(content)
        top = tuple(islice(_lines(content), _TOP))
        if any(clean(cell) for _, cells in top for cell in cells):
            header = find_header(top, recognised, file, merged, name)
            found.append(_Sheet(name, content, hidden, top, merged, header, formulas))
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


def _lines(content: Content) -> Iterator[Line]:
    """Rows by their number in the sheet, from its first column on, whatever the first filled cell is."""
    left = content.start[1] if content.start else 0
    before: list[Any] = [""] * left
    for number, cells in enumerate(content.iter_rows(), start=1):
        yield number, [*before, *cells] if left else cells


def _spans(content: Content) -> tuple[Span, ...]:
    return tuple(
        (top + 1, left, bottom + 1, right)
        for (top, left), (bottom, right) in sorted(content.merged_cell_ranges or ())
    )


def _lines_below(sheet: _Sheet, recognised: Recognised) -> Iterator[Texts]:
    """Filled rows below the header, with what merged cells say from above, and those that formulas would fill."""
    header = sheet.header
    tall: dict[int, list[Span]] = {}
    for span in sheet.merged:
        if span[0] > header.last and span[2] > span[0] and span[1] < len(header.names):
            tall.setdefault(span[0], []).append(span)
    running: dict[int, tuple[Span, Any]] = {}
    seen = header.last
    for number, values in _lines(sheet.content):
        if number <= header.last:
            continue
        seen = number
        formulas = sheet.formulas.get(number)
        fault = without_result(number, formulas, header.names, recognised) if formulas else None
        if not running and not fault and values.count("") == len(values):
            continue
        if tall or running:
            values, summed = _filled(number, values, header.names, tall, running)
            fault = fault or summed
        texts = [clean(value) for value in values]
        if fault or any(texts):
            yield number, texts, fault
    # What is left stands below all that the library sees.
    for number in sorted(row for row in sheet.formulas if row > seen):
        if fault := without_result(number, sheet.formulas[number], header.names, recognised):
            yield number, [""] * len(header.names), fault


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
        elif _is_of_heads(names[column]) and _AMOUNT.fullmatch(clean(value)):
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
