"""Files as they are → rows: encoding, delimiter and header row are found, never asked for."""

import codecs
import csv
import io
import json
import lzma
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook

from app.errors import UnreadableFileError
from app.ingest.values import clean

HEADER_SEARCH = 25
"""Lines at the top among which the header is looked for: notes and titles may stand above it."""
MAX_FIELD = 5_000_000
DELIMITERS = (",", "\t", ";", "|", "，")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

csv.field_size_limit(MAX_FIELD)

Recognised = Callable[[str], bool]
"""Whether a header text is a column that the wanted kind knows."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it came: its 1-based line (or row of the sheet), its cells by header, and cells beyond the header."""

    number: int
    cells: dict[str, Any]
    surplus: tuple[str, ...] = ()
    broken: str = ""
    """The raw line, where it could not be taken apart at all."""


@dataclass(slots=True)
class Table:
    """Rows of a file as a stream, with how it was read."""

    headers: tuple[str, ...]
    rows: Iterable[Row]
    reading: dict[str, Any] = field(default_factory=dict)


@contextmanager
def open_table(path: Path, recognised: Recognised) -> Iterator[Table]:
    """Open a CSV, TSV, XLSX, XLS, JSON or JSONL file (the last also .xz) as a stream of rows.

    Raises UnreadableFileError, naming the file and what to do, where it is missing, empty, of a broken encoding, not
    what its name says, or without a header.
    """
    if not path.is_file():
        raise UnreadableFileError("找不到文件", remedy="请检查路径", where={"文件": str(path)})
    if path.stat().st_size == 0:
        raise UnreadableFileError("文件是空的", remedy="请检查导出是否成功", where={"文件": path.name})
    name = path.name.lower()
    with path.open("rb") as stream:
        start = stream.read(8)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or name.endswith(
        (".xlsx", ".xls", ".xlsm", ".ods")
    ):
        yield _workbook(path, recognised)
        return
    if start.startswith(b"%PDF"):
        raise UnreadableFileError(
            "这是 PDF，不是数据表", remedy="请提供 CSV、XLSX 或 JSONL", where={"文件": path.name}
        )
    opener = _open_xz if name.endswith(".xz") else _open_plain
    encoding = find_encoding(path, opener)
    with opener(path) as raw:
        # newline='': only the CSV reader and JSON lines know where a record ends.
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        first = _first_character(opener, path, encoding)
        if first in "{[":
            whole = first == "[" or name.removesuffix(".xz").endswith(".json")
            yield _json_whole(text, path, encoding) if whole else _json_lines(text, encoding)
        else:
            yield _delimited(text, path, encoding, recognised)


def _open_plain(path: Path) -> IO[bytes]:
    return path.open("rb")


def _open_xz(path: Path) -> IO[bytes]:
    return lzma.LZMAFile(path, "rb")


def find_encoding(path: Path, opener: Callable[[Path], IO[bytes]] = _open_plain) -> str:
    """The encoding that decodes the whole file: by BOM, else UTF-8, else GB18030.

    A file that is UTF-8 for a good part and then breaks is broken UTF-8, not GB18030, though GB18030 may swallow it.
    """
    with opener(path) as raw:
        start = raw.read(400)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            _decode_all(path, opener, encoding)
            return encoding
    even, odd = start[::2].count(0), start[1::2].count(0)
    if (
        max(even, odd) > len(start) // 40 and min(even, odd) == 0
    ):  # half of every ASCII character is a zero byte
        encoding = "utf-16-le" if odd else "utf-16-be"
        _decode_all(path, opener, encoding)
        return encoding
    failed, multibyte = _try_decode(path, opener, "utf-8")
    if failed is None:
        return "utf-8"
    if multibyte >= 20:
        raise _broken(path, "UTF-8", failed)
    wrong, _ = _try_decode(path, opener, "gb18030")
    if wrong is None:
        return "gb18030"
    raise _broken(path, "UTF-8 或 GB18030", max(failed, wrong))


def _try_decode(path: Path, opener: Callable[[Path], IO[bytes]], encoding: str) -> tuple[int | None, int]:
    """Offset of the first byte that cannot be decoded (None: all can), and the multi-byte characters before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, multibyte = 0, 0
    with opener(path) as raw:
        while True:
            try:
                chunk = raw.read(1 << 20)
            except (lzma.LZMAError, EOFError) as error:
                raise UnreadableFileError(
                    "压缩文件已损坏", remedy="请重新下载或导出", where={"文件": path.name}
                ) from error
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                multibyte += sum(b >= 0xC0 for b in error.object[: error.start])
                return offset + error.start, multibyte
            multibyte += len(text.encode("utf-8", "ignore")) - len(text) if encoding == "utf-8" else 0
            if not chunk:
                return None, multibyte
            offset += len(chunk)


def _decode_all(path: Path, opener: Callable[[Path], IO[bytes]], encoding: str) -> None:
    failed, _ = _try_decode(path, opener, encoding)
    if failed is not None:
        raise _broken(path, encoding.upper(), failed)


def _broken(path: Path, encoding: str, offset: int) -> UnreadableFileError:
    with path.open("rb") as raw:
        line = raw.read(offset).count(b"\n") + 1
    return UnreadableFileError(
        f"编码损坏：按 {encoding} 无法解码",
        remedy="请从原系统重新导出，或用表格软件另存为 UTF-8 CSV",
        where={"文件": path.name, "行": line, "字节": offset + 1},
    )


def _first_character(opener: Callable[[Path], IO[bytes]], path: Path, encoding: str) -> str:
    with opener(path) as raw:
        reader = codecs.getreader(encoding)(raw)
        while chunk := reader.read(256):
            if chunk.strip():
                return str(chunk.strip()[0])
    raise UnreadableFileError("文件里没有内容", remedy="请检查导出是否成功", where={"文件": path.name})


def _delimiter(top: list[str], recognised: Recognised) -> str:
    """The one under which a line has most headers that are known; else the one that gives the widest line.

    Running text may hold more commas or semicolons than the table has columns.
    """

    def known(delimiter: str) -> int:
        return max(
            sum(recognised(cell.strip('" ')) for cell in map(clean, line.split(delimiter)) if cell)
            for line in top[:HEADER_SEARCH]
        )

    return max(
        DELIMITERS, key=lambda d: (known(d), max(len(line.split(d)) for line in top), -DELIMITERS.index(d))
    )


def _delimited(text: Iterable[str], path: Path, encoding: str, recognised: Recognised) -> Table:
    lines = iter(text)
    top: list[str] = []
    for line in lines:
        top.append(line)
        if len(top) >= HEADER_SEARCH * 4:
            break
    delimiter = _delimiter(top, recognised)

    def everything() -> Iterator[str]:
        yield from top
        yield from lines

    reader = csv.reader((line.replace("\0", "") for line in everything()), delimiter=delimiter)
    located = _numbered(reader, path)
    headers, header_row, skipped = _find_header(located, recognised, path)

    def rows() -> Iterator[Row]:
        for number, values in located:
            if _swallowed(values, len(headers), delimiter):
                raise UnreadableFileError(
                    "引号没有成对，后面的行都被并进了一格",
                    remedy="请补上或删去这一行多余的引号",
                    where={"文件": path.name, "行": number},
                )
            if any(value.strip() for value in values):
                yield _row(number, headers, values)

    reading = {"format": "csv", "encoding": encoding, "delimiter": delimiter, "header_row": header_row}
    return Table(headers, rows(), {**reading, "notes_above": skipped})


def _swallowed(values: list[Any], width: int, delimiter: str) -> bool:
    """Whether the last cell of a row that is too short holds whole rows: a quotation mark was left open there."""
    last = str(values[-1]).strip() if values else ""
    lines = last.count("\n")
    return 0 < len(values) < width and lines > 0 and last.count(delimiter) >= lines * (width - 1)


def _numbered(reader: Any, path: Path) -> Iterator[tuple[int, list[Any]]]:
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFileError(
                f"CSV 格式有误：{error}",
                remedy="请检查引号是否成对、单元格是否过长",
                where={"文件": path.name, "行": line},
            ) from error
        yield line, values


def _find_header(
    located: Iterator[tuple[int, list[Any]]], recognised: Recognised, path: Path
) -> tuple[tuple[str, ...], int, int]:
    """The first of the top rows that has at least two known columns; else the first that is not empty."""
    seen: list[tuple[int, list[str]]] = []
    for number, values in located:
        names = [clean(value) for value in values]
        if sum(recognised(name) for name in names if name) >= 2:
            return _unique(names), number, len(seen)
        if any(names):
            seen.append((number, names))
        if len(seen) >= HEADER_SEARCH:
            break
    if not seen:
        raise UnreadableFileError("文件里没有数据", remedy="请检查导出是否成功", where={"文件": path.name})
    widest = max(seen, key=lambda item: sum(map(bool, item[1])))
    return _unique(widest[1]), widest[0], 0


def _unique(names: list[str]) -> tuple[str, ...]:
    while names and not names[-1]:
        names = names[:-1]
    seen: dict[str, int] = {}
    result = []
    for place, name in enumerate(names, start=1):
        base = name or f"第{place}列"
        seen[base] = seen.get(base, 0) + 1
        result.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return tuple(result)


def _row(number: int, headers: tuple[str, ...], values: list[Any]) -> Row:
    cells = {header: clean(value) for header, value in zip(headers, values, strict=False)}
    surplus = tuple(clean(value) for value in values[len(headers) :])
    return Row(number, cells, surplus if any(surplus) else ())


def _workbook(path: Path, recognised: Recognised) -> Table:
    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        raise UnreadableFileError(
            "不是有效的 Excel 工作簿",
            remedy="请用表格软件打开后另存为 XLSX 或 CSV",
            where={"文件": path.name},
        ) from error
    fallback: tuple[str, list[tuple[int, list[Any]]]] | None = None
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        filled = [
            (number, list(values)) for number, values in enumerate(sheet, start=1) if any(map(clean, values))
        ]
        fallback = fallback or ((name, filled) if filled else None)
        if any(sum(recognised(clean(cell)) for cell in values) >= 2 for _, values in filled[:HEADER_SEARCH]):
            table = _sheet(name, filled, recognised, path)
            others = [other for other in book.sheet_names if other != name and _has_rows(book, other)]
            if others:
                table.reading["unread_sheets"] = others
            return table
    if fallback is None:
        raise UnreadableFileError("工作簿里没有数据", remedy="请检查导出是否成功", where={"文件": path.name})
    return _sheet(*fallback, recognised, path)


def _has_rows(book: CalamineWorkbook, name: str) -> bool:
    """More than a line or two: cover sheets and notes are no data."""
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
    return sum(sum(1 for cell in row if clean(cell)) >= 3 for row in rows) >= 2


def _sheet(name: str, filled: list[tuple[int, list[Any]]], recognised: Recognised, path: Path) -> Table:
    located = iter(filled)
    headers, header_row, skipped = _find_header(located, recognised, path)
    rows = (_row(number, headers, values) for number, values in located)
    return Table(
        headers, rows, {"format": "xlsx", "sheet": name, "header_row": header_row, "notes_above": skipped}
    )


def _json_lines(text: Iterable[str], encoding: str) -> Table:
    def rows() -> Iterator[Row]:
        for number, line in enumerate(text, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if isinstance(record, dict):
                yield Row(number, {str(key): value for key, value in record.items()})
            else:
                yield Row(number, {}, broken=line.strip()[:2000])

    return _with_headers(rows(), {"format": "jsonl", "encoding": encoding})


def _json_whole(text: Any, path: Path, encoding: str) -> Table:
    """A list of records, the one list inside an object such as {"data": […]}, or an object that is one record."""
    content = text.read()
    try:
        records = json.loads(content)
        if isinstance(records, dict):
            lists = [value for value in records.values() if isinstance(value, list)]
            records = lists[0] if len(lists) == 1 and isinstance((lists[0] or [None])[0], dict) else [records]
    except (ValueError, RecursionError) as error:
        if content.lstrip().startswith("{") and "\n" in content.strip():
            return _json_lines(io.StringIO(content), encoding)
        raise UnreadableFileError(
            f"JSON 格式有误：{error}", remedy="请检查文件是否完整", where={"文件": path.name}
        ) from error
    rows = (
        Row(number, {str(k): v for k, v in record.items()})
        if isinstance(record, dict)
        else Row(number, {}, broken=json.dumps(record, ensure_ascii=False)[:2000])
        for number, record in enumerate(records, start=1)
    )
    return _with_headers(rows, {"format": "json", "encoding": encoding})


def _with_headers(rows: Iterator[Row], reading: dict[str, Any]) -> Table:
    """The keys of the first rows serve as headers; the rows stay a stream."""
    top = list(islice(rows, 50))
    headers = tuple(dict.fromkeys(key for row in top for key in row.cells))

    def everything() -> Iterator[Row]:
        yield from top
        yield from rows

    return Table(headers, everything(), reading)
