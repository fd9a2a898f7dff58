"""JSON and JSON lines: each record a row; a list is read as a stream, an object whole."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, TextIO

from app.errors import UnreadableFileError
from app.ingest.fault import RowFault
from app.ingest.reading.delimited import limited
from app.ingest.reading.json_keys import DECODER, Ambiguous, ambiguous_in, as_it_came, members
from app.ingest.reading.limits import MAX_JSON, MAX_LINE, MOST_NESTED
from app.ingest.reading.rows import Recognised, Row, Table, refused
from app.ingest.values import clean

_READ = 1 << 16
_BLANK = re.compile(r"[\s,]*")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
DEEPEST_LIST = 6
"""Levels of objects among which the list of records is looked for."""
MOST_LISTS = 100
SHOWN = 100_000
"""Characters kept of a line that is no record, to be corrected: more than any profile or posting has."""


def read_json_lines(text: TextIO, file: str, encoding: str) -> Table:
    return _with_headers(_lines(limited(text, file)), {"format": "jsonl", "encoding": encoding}, file)


def read_json(text: TextIO, file: str, encoding: str, recognised: Recognised) -> Table:
    """A list of records, or of rows below a row of headers; the one list of records inside an object such as
    {"data": […]}, or an object that is one record; and one object a line, where that is what the file holds whatever
    its name.

    Raises UnreadableFileError for what is not JSON, is nested too deeply, or is too large to be read whole.
    """
    reading = {"format": "json", "encoding": encoding}
    start = text.read(_READ).lstrip()
    if start.startswith("["):
        return _with_headers(_rows(_listed(start[1:], text, file), recognised), reading, file)
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
        whole = DECODER.decode(content)
    except RecursionError:
        raise _deep(file) from None
    except ValueError as error:
        raise _malformed(error, file) from error
    if too_deep(content):
        raise _deep(file)
    path, records = _records_in(whole, recognised, file)
    if path:
        reading["records"] = path
    return _with_headers(_rows(records, recognised), reading, file)


def _records_in(whole: dict[str, Any], recognised: Recognised, file: str) -> tuple[str, Sequence[Any]]:
    """The records that an object holds, with the path to them: those of its only list of objects, however deep, as in
    {"data": {"list": […]}}; of several, those of the one with keys that are known. Else the object is the record.
    """
    if sum(map(recognised, whole)) >= 2:
        return "", [whole]
    lists = list(islice(_lists(whole, ""), MOST_LISTS))
    fitting = [(path, records) for path, records in lists if _known(records[:50], recognised) >= 2]
    fitting = fitting or [(path, records) for path, records in lists if isinstance(records[0], dict)]
    if len(fitting) > 1:
        named = "、".join(path for path, _ in fitting[:5])
        raise refused(f"JSON 里有多个列表：{named}", "请把要装入的列表单独存为一个文件", file)
    if fitting:
        return fitting[0]
    keyed = [record for _, record in members(whole)]  # records by their keys
    if all(isinstance(value, dict) for value in keyed) and _known(keyed[:50], recognised) >= 2:
        return "*", keyed
    return "", [whole]


def _known(records: Iterable[Any], recognised: Recognised) -> int:
    """How many columns the keys of some records name, or the first of them where that is a row of headers."""
    listed = list(records)
    keys = {str(key) for record in listed if isinstance(record, dict) for key in record}
    if listed and isinstance(listed[0], list):
        keys |= set(map(clean, listed[0]))
    return sum(map(recognised, keys))


def _lists(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """Lists of objects or of lists among the members of an object."""
    if isinstance(value, dict) and depth < DEEPEST_LIST:
        for key, member in members(value):
            yield from _lists(member, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list) and value and isinstance(value[0], dict | list):
        yield path, value


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
        yield row_of_line(number, line)


def row_of_line(number: int, line: str) -> Row:
    """The row of a line that should hold one object; at fault where it does not, or names a key with two values."""
    try:
        record = DECODER.decode(line)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        return _row(number, record)
    return Row(number, {}, broken=line.strip()[:SHOWN])


def _rows(records: Iterable[Any], recognised: Recognised) -> Iterator[Row]:
    """Records as rows; lists by the names in the first of them, where those are headers."""
    names: tuple[str, ...] = ()
    for number, record in enumerate(records, start=1):
        if number == 1 and isinstance(record, list):
            texts = list(map(clean, record))
            if sum(map(recognised, texts)) >= 2:
                names = tuple(text or f"第{place}列" for place, text in enumerate(texts, start=1))
                continue
        if names and isinstance(record, list) and len(record) <= len(names):
            yield _row(number, dict(zip(names, record, strict=False)), ambiguous_in(record))
        else:
            yield _row(number, record)


def _row(number: int, record: Any, ambiguous: Ambiguous | None = None) -> Row:
    if isinstance(record, Ambiguous):
        ambiguous = record
    if ambiguous is not None:
        return Row(number, record, broken=as_it_came(record), fault=ambiguous.fault())
    if isinstance(record, dict):
        return Row(number, record)
    return Row(number, {}, broken=as_it_came(record)[:SHOWN])


def _listed(buffer: str, text: TextIO, file: str) -> Iterator[Any]:
    """Items of a list whose opening bracket is behind us, with no more of the text in memory than one item takes."""
    number, place, ended = 0, 0, False
    while True:
        place = _BLANK.match(buffer, place).end()  # type: ignore[union-attr]
        if buffer.startswith("]", place):
            if (buffer[place + 1 :] + text.read(_READ)).strip():
                raise refused("JSON 的列表之后还有内容", "请检查文件是否由几个文件拼成", file, 记录=number)
            return
        try:
            record, end = DECODER.raw_decode(buffer, place)
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
        yield record
        place = end


def _deep(file: str, record: int = 1) -> UnreadableFileError:
    return refused(
        f"JSON 嵌套超过 {MOST_NESTED} 层", "请只保留需要的字段，每条记录写成一层", file, 记录=record
    )


def _malformed(error: Exception, file: str, record: int = 1) -> UnreadableFileError:
    return refused(f"JSON 格式有误：{error}", "请检查文件是否完整", file, 记录=record)


def _with_headers(rows: Iterator[Row], reading: dict[str, Any], file: str) -> Table:
    """The keys of the first rows serve as headers; the rows stay a stream."""
    top = list(islice(rows, 50))
    if not top:
        raise refused("JSON 里没有记录", "请检查导出是否成功", file)
    headers = tuple(dict.fromkeys(key for row in top for key in row.cells))

    def everything() -> Iterator[Row]:
        yield from top
        yield from rows

    return Table(headers, everything(), reading)
