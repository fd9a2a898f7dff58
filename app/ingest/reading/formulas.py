"""Formulas of which a workbook holds no result: programs write them, and only a spreadsheet works them out and saves what
comes of them. The library shows such a cell as an empty one.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from app.ingest.fault import RowFault
from app.ingest.reading.packed import DAMAGED
from app.ingest.reading.rows import Recognised

Places = dict[int, set[int]]
"""Columns from 0 by 1-based row."""
NONE: Mapping[int, set[int]] = {}
_CELL = re.compile(
    rb"<c((?:\s[^<>]{0,200})?)>\s{0,9}<f(?:[^<>]{0,500}/>|[^<>]{0,500}>[^<]*</f>)\s{0,9}(?:<v\s?/>|<v></v>)?\s{0,9}</c>"
)
_PLACE = re.compile(rb"\sr=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_TEXT = re.compile(rb"\st=[\"']str[\"']")
"""The result of this formula is a text, and it may well be an empty one."""
_LONGEST_CELL = 16_384
MOST_NOTED = 200_000
"""Cells of a sheet; what is beyond is read as an empty cell, as it always was."""
_LONGEST_LIST = 4_000_000
"""Bytes of a list of sheets; none that people make is near."""
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def noting(blocks: Iterable[bytes], found: Places) -> Iterator[bytes]:
    """The same blocks of a sheet's XML, while the places of formulas without a result are `found`."""
    rest, count = b"", 0
    for block in blocks:
        yield block
        if count >= MOST_NOTED:
            continue
        text = rest + block
        if b"<f" in text:
            for cell in _CELL.finditer(text):
                if (place := _PLACE.search(cell[1])) and not _TEXT.search(cell[1]):
                    found.setdefault(int(place[2]), set()).add(column_number(place[1]) - 1)
                    count += 1
        start = text.rfind(b"<c ", max(0, len(text) - _LONGEST_CELL))
        rest = text[start:] if start >= 0 else b""


def by_sheet(path: Path, found: Mapping[str, Places]) -> dict[str, Places]:
    """What was found by the name of the sheet instead of its member in the archive. The archive is one that was examined."""
    if not any(found.values()):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            if max(archive.getinfo(name).file_size for name in (_BOOK, _LINKS)) > _LONGEST_LIST:
                return {}
            book = ElementTree.fromstring(archive.read(_BOOK))  # noqa: S314  declarations are refused before
            links = ElementTree.fromstring(archive.read(_LINKS))  # noqa: S314
    except (*DAMAGED, KeyError, zlib.error, ElementTree.ParseError):
        return {}  # the library says what is wrong, or can read it all the same
    members = {link.get("Id"): _member(link.get("Target", "")) for link in links}
    sheets = {}
    for sheet in book.iterfind(".//{*}sheet"):
        linked = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        if places := found.get(members.get(linked, "")):
            sheets[sheet.get("name", "")] = places
    return sheets


def _member(target: str) -> str:
    return target[1:] if target.startswith("/") else str(PurePosixPath("xl", target))


def without_result(
    number: int, columns: Iterable[int], names: Sequence[str], recognised: Recognised
) -> RowFault | None:
    """Why a row is none: formulas without a result in columns that are known. None where they are in others only."""
    known = [names[column] for column in sorted(columns) if column < len(names) and recognised(names[column])]
    if not known:
        return None
    return RowFault(
        "formula_without_result",
        f"第 {number} 行的“{'”“'.join(known[:5])}”是公式，文件里没有存它的结果",
        "请用表格软件打开这个文件，保存一次，再重新提交；或把公式换成数值",
        known[0],
    )


def column_number(letters: bytes) -> int:
    """A → 1, AB → 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
