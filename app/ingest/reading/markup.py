"""Tables in markup that goes by the name of a workbook: pages that portals export as .xls, and XML Spreadsheet 2003."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TextIO

from app.ingest.reading.limits import MAX_FIELD, MOST_COLUMNS, MOST_MARKUP, MOST_MEMBERS
from app.ingest.reading.rows import Fits, Recognised, Table, refused
from app.ingest.reading.workbook import Source, read_sheets

_CHUNK = 1 << 16
_PAGE = re.compile(
    r"<(?:!doctype\s+html|html|table|head|body|meta|style|title|div|script)[\s>]", re.IGNORECASE
)
_XML = re.compile(r"<\?xml\b|<!DOCTYPE\b", re.IGNORECASE)
_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_SILENT = ("script", "style", "head", "comment")
"""Elements whose text is none of a cell's."""
START = 4_000
"""Characters that tell what kind of markup it is."""


def is_markup(start: str) -> bool:
    """Whether a text begins as a web page or XML."""
    return bool(_XML.match(start.lstrip("\ufeff \t\r\n")) or _PAGE.match(start.lstrip("\ufeff \t\r\n")))


def read_markup(text: TextIO, file: str, recognised: Recognised, fits: Fits) -> Table:
    """The tables of a page, or the sheets of an XML spreadsheet, each a sheet of its own; no entity is expanded.

    Raises UnreadableFileError where there is no table in it, or more than the limits allow.
    """
    start = text.read(START)
    spreadsheet = _SPREADSHEET in start and "<html" not in start.lower()
    if "<!ENTITY" in start:
        raise refused(
            "XML 里有实体声明（ENTITY），可能是“十亿大笑”一类的攻击", "请向提供者索取 XLSX 或 CSV", file
        )
    if not spreadsheet and not _PAGE.search(start):
        raise refused("这是 XML，不是数据表", "请提供 CSV、XLSX 或 JSONL", file)
    parser = _Tables(file)
    chunk = start
    while chunk:
        parser.feed(chunk)
        if len(parser.rawdata) > MAX_FIELD:
            raise refused(f"标签或文字超过 {MAX_FIELD:,} 个字符而没有结束", "请检查文件是否完整", file)
        chunk = text.read(_CHUNK)
    parser.close()
    found = [sheet for sheet in parser.sheets if sheet.rows]
    if not found:
        raise refused(
            "这是网页，里面没有数据表",
            "多半是登录页或错误页：请登录后重新导出，并用表格软件打开核对",
            file,
        )
    form = "xml-spreadsheet" if spreadsheet else "html"
    return read_sheets(
        [Source(sheet.name or f"表{number}", sheet) for number, sheet in enumerate(found, start=1)],
        file,
        recognised,
        fits,
        form,
    )


@dataclass(slots=True)
class _MarkupSheet:
    """The cells of one table, as a worksheet has them."""

    name: str = ""
    rows: list[list[str]] = field(default_factory=list)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    reach: dict[int, int] = field(default_factory=dict)
    """Column → the last row that a cell above reaches into."""
    row: int = -1
    column: int = 0

    @property
    def start(self) -> tuple[int, int] | None:
        return (0, 0) if self.rows else None

    @property
    def merged_cell_ranges(self) -> Sequence[tuple[tuple[int, int], tuple[int, int]]]:
        return self.merged

    def iter_rows(self) -> Iterator[Sequence[str]]:
        yield from self.rows

    def new_row(self, at: int | None) -> None:
        """Begin a row, at a place of its own where it has one."""
        self.row = max(self.row + 1, (at or 0) - 1)
        self.rows += [[] for _ in range(self.row + 1 - len(self.rows))]
        self.column = 0

    def put(self, text: str, at: int | None, right: int, down: int) -> None:
        """A cell that covers `right` columns and `down` rows beside its own."""
        self.column = max(self.column, (at or 0) - 1)
        while self.reach.get(self.column, -1) >= self.row:
            self.column += 1
        cells = self.rows[self.row]
        cells += [""] * (self.column - len(cells))
        cells.append(text)
        if right or down:
            self.merged.append(((self.row, self.column), (self.row + down, self.column + right)))
        if down:
            self.reach |= dict.fromkeys(range(self.column, self.column + right + 1), self.row + down)
        self.column += right + 1


class _Tables(HTMLParser):
    """Tables of either format; the parser knows character references and no other entities."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sheets: list[_MarkupSheet] = []
        self._file = file
        self._open: list[_MarkupSheet] = []
        self._cells: list[_Cell | None] = []
        """The open cell of each open table."""
        self._silent: list[str] = []
        self._name = ""
        self._count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = _local(tag)
        self._counted(1)
        if name in _SILENT:
            self._silent.append(name)
            return
        given = {_local(key): value or "" for key, value in attrs}
        if name == "worksheet":
            self._name = given.get("name", "")
        elif name == "table":
            sheet = _MarkupSheet(self._name)
            self.sheets.append(sheet)
            if len(self.sheets) > MOST_MEMBERS:
                raise refused(
                    f"网页里的表超过 {MOST_MEMBERS:,} 张", "请另存为 XLSX 或 CSV 后提交", self._file
                )
            self._open.append(sheet)
            self._cells.append(None)
        elif name in ("tr", "row") and self._open:
            self._end_cell()
            at = _number(given.get("index"), 1 << 20)
            if at and at > self._open[-1].row + 2:
                self._counted(at - self._open[-1].row)
            self._open[-1].new_row(at)
        elif name in ("td", "th", "cell") and self._open:
            self._end_cell()
            if self._open[-1].row < 0:
                self._open[-1].new_row(None)
            wide = _number(given.get("colspan"), MOST_COLUMNS) or 1
            tall = _number(given.get("rowspan"), 1 << 16) or 1
            self._cells[-1] = _Cell(
                at=_number(given.get("index"), MOST_COLUMNS),
                right=_number(given.get("mergeacross"), MOST_COLUMNS) or wide - 1,
                down=_number(given.get("mergedown"), 1 << 16) or tall - 1,
            )
        elif name in ("br", "p", "div") and self._open and (cell := self._cells[-1]):
            cell.texts.append("\n")
        elif name == "sup" and self._open and (cell := self._cells[-1]):
            cell.texts.append(" ")  # 30 with the note 1 behind it is not 301

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if _local(tag) not in ("br", "table"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        name = _local(tag)
        if name in self._silent:
            del self._silent[self._silent.index(name) :]
        elif name in ("td", "th", "cell", "tr", "row") and self._open:
            self._end_cell()
        elif name == "table" and self._open:
            self._end_cell()
            self._open.pop()
            self._cells.pop()

    def handle_data(self, data: str) -> None:
        self._counted(1)
        if self._open and not self._silent and (cell := self._cells[-1]):
            cell.texts.append(data)
            cell.length += len(data)
            if cell.length > MAX_FIELD:
                raise refused(f"一格超过 {MAX_FIELD:,} 个字符", "单元格里不要放文件内容", self._file)

    def close(self) -> None:
        super().close()
        while self._open:
            self.handle_endtag("table")

    def _end_cell(self) -> None:
        cell, self._cells[-1] = self._cells[-1], None
        if cell is None:
            return
        sheet = self._open[-1]
        before = len(sheet.rows[sheet.row])
        self._counted(cell.right + 1)
        sheet.put("".join(cell.texts).strip(), cell.at, cell.right, cell.down)
        self._counted(len(sheet.rows[sheet.row]) - before)

    def _counted(self, parts: int) -> None:
        self._count += parts
        if self._count > MOST_MARKUP:
            raise refused(
                f"网页里的标签、文字与空格超过 {MOST_MARKUP:,} 处", "请另存为 XLSX 或 CSV 后提交", self._file
            )


@dataclass(slots=True)
class _Cell:
    """A cell that is being read."""

    at: int | None
    right: int
    down: int
    texts: list[str] = field(default_factory=list)
    length: int = 0


def _local(name: str) -> str:
    """A name without its prefix: `ss:Row` is `row`."""
    return name.lower().rpartition(":")[2]


def _number(text: str | None, most: int) -> int | None:
    digits = (text or "").strip()
    return min(int(digits), most) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
