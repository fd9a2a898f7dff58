"""A file opened as a table, by what is in it rather than by its name."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.errors import UnreadableFileError
from app.ingest.reading.archive import is_workbook, read_archive
from app.ingest.reading.delimited import read_delimited
from app.ingest.reading.encoding import Opener, examine, open_plain, open_xz
from app.ingest.reading.json_records import read_json, read_json_lines
from app.ingest.reading.markup import START, is_markup, read_markup
from app.ingest.reading.rows import Fits, Recognised, Table, refused
from app.ingest.reading.workbook import read_workbook

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OTHERS = {
    b"%PDF": "PDF",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "GZIP 压缩包",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"PK\x05\x06": "空的压缩包",
}


def _anything(_headers: object) -> bool:
    return True


@contextmanager
def open_table(path: Path, recognised: Recognised, fits: Fits = _anything) -> Iterator[Table]:
    """Open a CSV, TSV, XLSX, XLS, ODS, JSON or JSONL file (the last also .xz), a web page or XML spreadsheet as portals
    export them under the name of a workbook, or a ZIP of them, as a stream of rows.

    Of several sheets or members those are read whose headers `fits` takes. Raises UnreadableFileError, naming the file
    and what to do, where it is missing, empty, of a broken encoding, not what its name says, without a header, or
    holds more than the limits of `app.ingest.reading.limits` allow.
    """
    if not path.is_file():
        raise refused("找不到文件", "请检查路径", str(path))
    recognised = lru_cache(maxsize=50_000)(recognised)  # asked of every header more than once
    with path.open("rb") as stream:
        start = stream.read(8)
    if start.startswith(_ZIP) and not _is_book(path):
        with TemporaryDirectory(prefix="chanjiao-zip-") as folder:
            yield read_archive(path, recognised, fits, open_single, Path(folder))
        return
    with open_single(path, recognised, fits) as table:
        yield table


def _is_book(path: Path) -> bool:
    try:
        return is_workbook(path)
    except UnreadableFileError as error:
        if path.name.lower().endswith(_BOOKS):
            raise refused(*_NO_BOOK, path.name) from error
        raise


_NO_BOOK = ("不是有效的 Excel 工作簿", "请用表格软件打开后另存为 XLSX 或 CSV")
_BOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".et")


@contextmanager
def open_single(path: Path, recognised: Recognised, fits: Fits = _anything) -> Iterator[Table]:
    """The same for a file that is no archive of others."""
    if path.stat().st_size == 0:
        raise refused("文件是空的", "请检查导出是否成功", path.name)
    name = path.name.lower()
    with path.open("rb") as stream:
        start = stream.read(8)
    if start.startswith((_ZIP, _OLE)):
        yield read_workbook(path, recognised, fits)
        return
    for magic, called in _OTHERS.items():
        if start.startswith(magic):
            raise refused(f"这是 {called}，不是数据表", "请提供 CSV、XLSX 或 JSONL", path.name)
    opener = open_xz if name.endswith(".xz") else open_plain
    try:
        encoding, zeros = examine(path, opener)
    except UnreadableFileError as error:
        if name.endswith(_BOOKS):  # portals export text under the name of a workbook; this is neither
            raise refused(*_NO_BOOK, path.name) from error
        raise
    with opener(path) as raw:
        # newline='': only the CSV reader and JSON lines know where a record ends.
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        first = _first_character(opener, path, encoding)
        if first in "{[":
            whole = first == "[" or name.removesuffix(".xz").endswith(".json")
            yield (
                read_json(text, path.name, encoding, recognised)
                if whole
                else read_json_lines(text, path.name, encoding)
            )
        elif first == "<" and is_markup(_start(opener, path, encoding)):
            yield read_markup(text, path.name, recognised, fits)
        else:
            table = read_delimited(text, path.name, encoding, recognised, zeros)
            if name.endswith(_BOOKS) and sum(map(recognised, table.headers)) < 2:
                raise refused(*_NO_BOOK, path.name)
            yield table


def _start(opener: Opener, path: Path, encoding: str) -> str:
    with opener(path) as raw:
        return codecs.getreader(encoding)(raw).read(START)


def _first_character(opener: Opener, path: Path, encoding: str) -> str:
    with opener(path) as raw:
        reader = codecs.getreader(encoding)(raw)
        while chunk := reader.read(256):
            if chunk.strip("\0 \t\r\n\ufeff　"):
                return str(chunk.strip("\0 \t\r\n\ufeff　")[0])
    raise refused("文件里没有内容", "请检查导出是否成功", path.name)
