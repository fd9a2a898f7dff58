"""What a workbook holds, counted in its XML before it is opened: opening sets aside room for every cell between the
first and the last, and two cells far apart would take all memory there is.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.ingest.reading.formulas import Places, by_sheet, column_number, noting
from app.ingest.reading.limits import MOST_CELLS, MOST_COLUMNS
from app.ingest.reading.packed import DAMAGED, members_of, unpacked
from app.ingest.reading.rows import refused

_USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: s="\d{1,6}")?(?: t="\w{1,9}")?/?>')
"""Cells as spreadsheets write them, in rows that say where they are."""
_CELL = re.compile(rb"<(?:[\w.-]{1,20}:)?c[\s/>]")
_TAG = re.compile(
    rb"<(?:[\w.-]{1,20}:)?(row|c)(?=[\s/>])"
    rb"((?:\s{1,9}[\w:.-]{1,30}\s{0,9}=\s{0,9}(?:\"[^\"<>]{0,200}\"|'[^'<>]{0,200}'))*)\s{0,9}/?>"
)
_TAG_START = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:row|c)[\s/>]")
_ROW_START = re.compile(rb"<(?:[\w.-]{1,20}:)?row[\s/>]")
_PLACE = re.compile(rb"(?<![\w:.-])r\s*=\s*[\"']([A-Za-z]*)(\d*)[\"']")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ATTRIBUTES = rb"(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*"
_ODS_PART = re.compile(
    rb"<table:table-row(?P<row>\s" + _ATTRIBUTES + rb"|/?)>"
    rb"|<table:(?:covered-)?table-cell(?P<cell>\s" + _ATTRIBUTES + rb"|/?)>"
    rb"|<table:table(?P<table>\s" + _ATTRIBUTES + rb"|/?)>"
)
_ODS_START = re.compile(rb"<table:(?:table|table-row|table-cell|covered-table-cell)[\s/>]")
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})")
_LONGEST_TAG = 8192


def examine_workbook(path: Path) -> dict[str, Places]:
    """Refuse a workbook that is an archive with more in it than may be opened, or with declarations in its XML.

    Gives the formulas without a result, by sheet.
    """
    file = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            infos = members_of(archive, file)
    except DAMAGED as error:
        raise refused("不是有效的 Excel 工作簿", "请用表格软件打开后另存为 XLSX 或 CSV", file) from error
    if any(info.filename.endswith("workbook.bin") for info in infos):
        raise refused("不读 XLSB 工作簿", "请用表格软件打开后另存为 XLSX", file)
    cells = 0
    formulas: dict[str, Places] = {}
    for info in infos:
        checked = _checked(unpacked(path, info, file), file, info.filename)
        blocks = noting(checked, formulas.setdefault(info.filename, {}))
        counted = (
            _ods_area(blocks, file) if info.filename == "content.xml" else _area(blocks, file, info.filename)
        )
        cells += counted
    if cells > MOST_CELLS:
        raise refused(
            f"工作表的范围有 {cells:,} 格（含空格），至多 {MOST_CELLS:,} 格",
            "请删去数据之外远处的单元格与空白的行列，或另存为 CSV",
            file,
        )
    return by_sheet(path, formulas)


def _checked(pieces: Iterable[bytes], file: str, member: str) -> Iterator[bytes]:
    """Pieces cut where a tag begins, so that none is in two. Raises UnreadableFileError where one has declarations."""
    rest = b""
    for number, piece in enumerate(pieces):
        block = rest + piece
        if _DECLARATION.search(block):
            raise refused(
                "工作簿的 XML 里有实体声明（DOCTYPE），可能是“十亿大笑”一类的攻击",
                "表格软件不会写出这样的文件；请用表格软件另存后再提交",
                file,
                成员=member,
            )
        if number == 0 and piece.startswith((b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")):
            raise refused("工作簿的 XML 不是 UTF-8", "请用表格软件另存后再提交", file, 成员=member)
        cut = block.rfind(b"<", max(0, len(block) - _LONGEST_TAG))
        rest = block[cut:] if cut >= 0 else b""
        yield block[:cut] if cut >= 0 else block
    yield rest


def _area(blocks: Iterable[bytes], file: str, member: str) -> int:
    """Cells of the rectangle that a worksheet spans: by where its rows and cells say they are, and, where they do not
    say, by how many follow each other.
    """
    area = _Area()
    for block in blocks:
        usual = _USUAL_CELL.findall(block)
        if len(usual) == len(_CELL.findall(block)):
            if usual:
                letters, digits = zip(*usual, strict=True)
                area.names.update(letters)
                area.lowest = max(area.lowest, max(map(int, set(digits))))
            tags = _ROW_START.finditer(block)
        else:
            tags = _TAG_START.finditer(block)
        for start in tags:
            tag = _TAG.match(block, start.start())
            if tag is None:
                raise refused("工作表的 XML 写法异常", "请用表格软件另存后再提交", file, 成员=member)
            area.take(tag[1] == b"row", _PLACE.search(tag[2]))
            if area.run > MOST_COLUMNS:
                break
        if area.columns > MOST_COLUMNS:
            raise refused(
                f"工作表有 {area.columns:,} 列，至多 {MOST_COLUMNS:,} 列",
                "请删去数据之外的空列",
                file,
                成员=member,
            )
    return area.rows * area.columns


@dataclass(slots=True)
class _Area:
    """The rectangle so far."""

    names: set[bytes] = field(default_factory=set)
    """Letters of columns."""
    lowest: int = 0
    """The last row that any row or cell names."""
    unplaced: int = 0
    """Rows that do not say where they are."""
    run: int = 0
    longest: int = 0
    """Cells that do not say where they are and follow each other in a row."""

    def take(self, is_row: bool, place: re.Match[bytes] | None) -> None:
        digits = place[2] if place else b""
        self.lowest = max(self.lowest, int(digits[:12] or b"0"))
        if is_row:
            self.unplaced += not digits
            self.run = 0
        elif place and place[1]:
            self.names.add(place[1])
            self.run = 0
        else:
            self.run += 1
            self.longest = max(self.longest, self.run)

    @property
    def columns(self) -> int:
        return max(map(column_number, self.names), default=0) + self.longest

    @property
    def rows(self) -> int:
        return self.lowest + self.unplaced


def _ods_area(blocks: Iterable[bytes], file: str) -> int:
    """The same of an OpenDocument sheet, where a row or cell says how often it is repeated; empty ends do not count."""
    total = row = filled_row = column = widest = 0
    for block in blocks:
        parts = list(_ODS_PART.finditer(block))
        if len(parts) != len(_ODS_START.findall(block)):
            raise refused("工作表的 XML 写法异常", "请用表格软件另存为 XLSX 后再提交", file)
        for match in parts:
            if match["table"] is not None:
                total += filled_row * widest
                row = filled_row = column = widest = 0
                continue
            found = _REPEATED.search(match["row"] or match["cell"] or b"")
            times = int(found[1]) if found else 1
            if match["row"] is not None:
                row, column = row + times, 0
                continue
            column += times
            if not match["cell"].endswith(b"/") or b"office:" in match["cell"]:
                filled_row, widest = row, max(widest, column)
                if column > MOST_COLUMNS:
                    raise refused(
                        f"工作表有 {column:,} 列，至多 {MOST_COLUMNS:,} 列", "请删去数据之外的空列", file
                    )
    return total + filled_row * widest
