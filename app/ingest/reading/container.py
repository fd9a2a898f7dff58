"""What a workbook holds, counted in its XML before it is opened: opening sets aside room for every cell between the
first and the last, and two cells far apart would take all memory there is.
"""

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from app.ingest.reading.limits import MOST_CELLS, MOST_COLUMNS
from app.ingest.reading.packed import members_of, unpacked
from app.ingest.reading.rows import refused

_COLUMN = re.compile(rb'<(?:\w+:)?c\s[^<>]{0,200}?\br\s*=\s*["\']([A-Za-z]{1,9})(?=\d)')
_PLACE = re.compile(rb'<(?:\w+:)?(?:c|row)\s[^<>]{0,200}?\br\s*=\s*["\'][A-Za-z]{0,9}(\d{1,12})')
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])(?:[^<>]{0,200}?\b(r)\s*=)?")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ODS_PART = re.compile(
    rb"<table:table-row(?P<row>[^>]{0,2000})>|<table:(?:covered-)?table-cell(?P<cell>[^>]{0,2000}?)(?P<empty>/?)>"
    rb"|<table:table (?P<table>)"
)
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d{1,9})"')
_OVERLAP = 4096
"""Bytes of a piece looked at again with the next one: what is looked for may stand across the border."""


def examine_workbook(path: Path) -> None:
    """Refuse a workbook that is an archive with more in it than may be opened, or with declarations in its XML."""
    file = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            infos = members_of(archive, file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refused("不是有效的 Excel 工作簿", "请用表格软件打开后另存为 XLSX 或 CSV", file) from error
    if any(info.filename.endswith("workbook.bin") for info in infos):
        raise refused("不读 XLSB 工作簿", "请用表格软件打开后另存为 XLSX", file)
    cells = 0
    for info in infos:
        blocks = _checked(unpacked(path, info, file), file, info.filename)
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


def _checked(pieces: Iterable[bytes], file: str, member: str) -> Iterable[tuple[bytes, int]]:
    """Pieces, each with the end of the one before, and how much of it is old. No declarations in any."""
    tail = b""
    for piece in pieces:
        block = tail + piece
        if _DECLARATION.search(block):
            raise refused(
                "工作簿的 XML 里有实体声明（DOCTYPE），可能是“十亿大笑”一类的攻击",
                "表格软件不会写出这样的文件；请用表格软件另存后再提交",
                file,
                成员=member,
            )
        if not tail and piece.startswith((b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")):
            raise refused("工作簿的 XML 不是 UTF-8", "请用表格软件另存后再提交", file, 成员=member)
        yield block, len(tail)
        tail = block[-_OVERLAP:]


def _area(blocks: Iterable[tuple[bytes, int]], file: str, member: str) -> int:
    """Cells of the rectangle that a worksheet spans: by where its rows and cells say they are, and, where they do not
    say, by how many follow each other.
    """
    lowest = rows = run = longest = 0
    names: set[bytes] = set()
    placed = True
    for block, old in blocks:
        said = _COLUMN.findall(block)
        names.update(said)
        lowest = max(lowest, max(map(int, _PLACE.findall(block)), default=0))
        rows += len(_ROW.findall(block, old))
        if len(said) != len(_CELL.findall(block)):
            for match in _ROW_OR_CELL.finditer(block, old):
                run = 0 if match[1] == b"row" or match[2] else run + 1
                longest = max(longest, run)
                placed = placed and match[2] is not None
    rightmost = max(map(_column_number, names), default=0) + longest
    if rightmost > MOST_COLUMNS:
        raise refused(
            f"工作表有 {rightmost:,} 列，至多 {MOST_COLUMNS:,} 列", "请删去数据之外的空列", file, 成员=member
        )
    return (max(lowest, rows) if placed else lowest + rows) * rightmost


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _ods_area(blocks: Iterable[tuple[bytes, int]], file: str) -> int:
    """The same of an OpenDocument sheet, where a row or cell says how often it is repeated; empty ends do not count."""
    total = row = filled_row = column = widest = 0
    for block, old in blocks:
        for match in _ODS_PART.finditer(block):
            if match.end() <= old:
                continue
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
            if not match["empty"] or b"office:" in match["cell"]:
                filled_row, widest = row, max(widest, column)
                if column > MOST_COLUMNS:
                    raise refused(
                        f"工作表有 {column:,} 列，至多 {MOST_COLUMNS:,} 列", "请删去数据之外的空列", file
                    )
    return total + filled_row * widest
