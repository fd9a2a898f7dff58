"""JSON and JSON lines: each record a row; a list is read as a stream, an object whole."""

import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any, TextIO

from app.errors import UnreadableFileError
from app.ingest.fault import RowFault
from app.ingest.reading.delimited import limited
from app.ingest.reading.limits import MAX_JSON, MAX_LINE, MOST_NESTED
from app.ingest.reading.rows import Row, Table, refused

_READ = 1 << 16
_BLANK = re.compile(r"[\s,]*")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
SHOWN = 2000
"""Characters kept of a line that is no record."""


def read_json_lines(text: TextIO, file: str, encoding: str) -> Table:
    return _with_headers(_lines(limited(text, file)), {"format": "jsonl", "encoding": encoding})


def read_json(text: TextIO, file: str, encoding: str) -> Table:
    """A list of records, the one list inside an object such as {"data": […]}, or an object that is one record; and
    one object a line, where that is what the file holds whatever its name.

    Raises UnreadableFileError for what is not JSON, is nested too deeply, or is too large to be read whole.
    """
    reading = {"format": "json", "encoding": encoding}
    start = text.read(_READ).lstrip()
    if start.startswith("["):
        return _with_headers(_listed(start[1:], text, file), reading)
    text.seek(0)
    if _several(text):
        text.seek(0)
        return read_json_lines(text, file, encoding)
    text.seek(0)
    content = text.read(MAX_JSON + 1)
    if len(content) > MAX_JSON:
        raise refused(
            f"JSON 对象超过 {MAX_JSON:,} 个字符，无法整个读入",
            "请改用每行一个对象的 JSONL，或只保留记录的列表 […]",
            file,
        )
    try:
        whole = json.loads(content)
    except RecursionError:
        raise _deep(file) from None
    except ValueError as error:
        raise _malformed(error, file) from error
    if too_deep(content):
        raise _deep(file)
    lists = [value for value in whole.values() if isinstance(value, list)]
    records = lists[0] if len(lists) == 1 and isinstance((lists[0] or [None])[0], dict) else [whole]
    return _with_headers((_row(n, record) for n, record in enumerate(records, start=1)), reading)


def too_deep(text: str) -> bool:
    """Whether brackets outside of strings nest deeper than `MOST_NESTED`."""
    if text.count("{") + text.count("[") <= MOST_NESTED:
        return False
    depth = 0
    for token in _STRUCTURE.finditer(text):
        mark = text[token.start()]
        depth += (mark in "[{") - (mark in "]}")
        if depth > MOST_NESTED:
            return True
    return False


def _several(text: TextIO) -> bool:
    """Whether one of the first two filled lines is a whole object, and there are two."""
    first = list(islice((line for line in iter(partial(text.readline, MAX_LINE), "") if line.strip()), 2))
    return len(first) == 2 and any(_is_object(line) for line in first)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(lines: Iterator[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if too_deep(line):
            fault = RowFault("too_deep", f"嵌套超过 {MOST_NESTED} 层", "请只保留需要的字段，每条记录写成一层")
            yield Row(number, {}, broken=line.strip()[:SHOWN], fault=fault)
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        yield (
            Row(number, {str(key): value for key, value in record.items()})
            if isinstance(record, dict)
            else Row(number, {}, broken=line.strip()[:SHOWN])
        )


def _row(number: int, record: Any) -> Row:
    if isinstance(record, dict):
        return Row(number, {str(key): value for key, value in record.items()})
    return Row(number, {}, broken=json.dumps(record, ensure_ascii=False)[:SHOWN])


def _listed(buffer: str, text: TextIO, file: str) -> Iterator[Row]:
    """Items of a list whose opening bracket is behind us, with no more of the text in memory than one item takes."""
    decoder = json.JSONDecoder()
    number, place, ended = 0, 0, False
    while True:
        place = _BLANK.match(buffer, place).end()  # type: ignore[union-attr]
        if buffer.startswith("]", place):
            if (buffer[place + 1 :] + text.read(_READ)).strip():
                raise refused("JSON 的列表之后还有内容", "请检查文件是否由几个文件拼成", file, 记录=number)
            return
        try:
            record, end = decoder.raw_decode(buffer, place)
        except RecursionError:
            raise _deep(file, number + 1) from None
        except ValueError as error:
            if ended or len(buffer) - place > MAX_LINE:
                raise _malformed(error, file, number + 1) from error
            end = len(buffer)
        if end == len(buffer) and not ended:  # what has been read may end within the item
            more = text.read(max(_READ, len(buffer) - place))
            ended = not more
            buffer, place = buffer[place:] + more, 0
            continue
        if too_deep(buffer[place:end]):
            raise _deep(file, number + 1)
        number += 1
        yield _row(number, record)
        place = end


def _deep(file: str, record: int = 1) -> UnreadableFileError:
    return refused(
        f"JSON 嵌套超过 {MOST_NESTED} 层", "请只保留需要的字段，每条记录写成一层", file, 记录=record
    )


def _malformed(error: Exception, file: str, record: int = 1) -> UnreadableFileError:
    return refused(f"JSON 格式有误：{error}", "请检查文件是否完整", file, 记录=record)


def _with_headers(rows: Iterator[Row], reading: dict[str, Any]) -> Table:
    """The keys of the first rows serve as headers; the rows stay a stream."""
    top = list(islice(rows, 50))
    headers = tuple(dict.fromkeys(key for row in top for key in row.cells))

    def everything() -> Iterator[Row]:
        yield from top
        yield from rows

    return Table(headers, everything(), reading)
