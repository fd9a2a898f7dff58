"""The lines of the files that `chanjiao rank` and `chanjiao evaluate` read and write.

Queries: JSON lines with `id`, `title`, `text`, and optionally `level`, `program_code`, `region`.
Candidates: JSON lines with `code`, `name`, `text`. One without a code is known by its name. A code may come more
than once, under other names or with other texts; its best match counts.
Run: tab separated `query_id, code, rank, score`, best first, under a line with these names.
Gold: tab or comma separated `query_id, code[, gain]`, with or without a line of names, or JSON lines, each
`{"id" or "query_id": …, "codes": [code, …]}`, `{…, "codes": {code: gain, …}}` or `{…, "code": …, "gain": …}`.
A gain is a number from 0 up, and 1 if absent; of an answer named more than once the largest gain counts.

Everything here is pure: lines in, values out. Blank lines are skipped, a byte order mark is ignored.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, Final

from app.errors import InvalidInputError
from app.matching.documents import Document
from app.matching.engine import Match

RUN_FIELDS: Final = ("query_id", "code", "rank", "score")
_MARK: Final = "\ufeff"
_OPTIONAL: Final = ("level", "program_code", "region")


def parse_queries(lines: Iterable[str]) -> Iterator[Document]:
    """Queries as documents, one by one; raises InvalidInputError with line and field."""
    seen: dict[str, int] = {}
    for number, row in _objects(lines):
        key = _key(row, ("id",), number, seen)
        title, text = _text(row, "title", number), _text(row, "text", number)
        level, program_code, region = (_text(row, field, number) or None for field in _OPTIONAL)
        yield Document(key, title, text, level=level, program_code=program_code, region=region)


def parse_candidates(lines: Iterable[str]) -> list[Document]:
    """Candidates as documents; raises InvalidInputError with line and field, also where there are none."""
    candidates = []
    for number, row in _objects(lines):
        name = _text(row, "name", number)
        coded = {**row, "code": row.get("code") or name.strip() or None}
        candidates.append(Document(_key(coded, ("code",), number, None), name, _text(row, "text", number)))
    if not candidates:
        raise InvalidInputError("候选文件里没有任何候选", remedy="每行写一个 JSON 对象，含 code、name、text")
    return candidates


def format_header() -> str:
    return "\t".join(RUN_FIELDS)


def format_rows(query: Document, matches: Iterable[Match]) -> Iterator[str]:
    """The rows of one query, without line ends; rank from 1, score with six decimals."""
    for rank, match in enumerate(matches, start=1):
        yield f"{_flat(query.id)}\t{_flat(match.code)}\t{rank}\t{match.score:.6f}"


def parse_run(lines: Iterable[str]) -> dict[str, list[str]]:
    """A run as query → codes ordered by rank; raises InvalidInputError with line and field."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for number, cells in _cells(lines, RUN_FIELDS):
        if len(cells) != len(RUN_FIELDS):
            raise InvalidInputError(
                f"排序结果每行应有 {len(RUN_FIELDS)} 列，这里有 {len(cells)} 列",
                where={"行": number},
                remedy="列依次为 query_id、code、rank、score，以制表符分隔",
            )
        query, code, rank, score = cells
        for field, value in (("query_id", query), ("code", code)):
            _filled(value, field, number)
        _number(score, "score", number)
        ranked.setdefault(query, []).append((_place(rank, number), code))
    return {
        query: [code for _, code in sorted(rows, key=lambda row: row[0])] for query, rows in ranked.items()
    }


def parse_gold(lines: Iterable[str]) -> dict[str, dict[str, float]]:
    """Right answers as query → code → gain; raises InvalidInputError with line and field."""
    gold: dict[str, dict[str, float]] = {}
    numbered = _numbered(lines)
    first = next(numbered, None)
    if first is None:
        raise InvalidInputError("标准答案文件是空的", remedy="每行写 query_id 与 code，或一个 JSON 对象")
    everything = _chained(first, numbered)
    answers = _json_answers(everything) if first[1].lstrip().startswith("{") else _table_answers(everything)
    for query, code, gain in answers:
        gains = gold.setdefault(query, {})
        gains[code] = max(gain, gains.get(code, 0.0))
    return gold


def _json_answers(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[str, str, float]]:
    for number, line in numbered:
        row = _object(number, line)
        query = _key(row, ("query_id", "id"), number, None)
        codes = row.get("codes")
        if codes is None:
            gain = _number(row["gain"], "gain", number) if row.get("gain") is not None else 1.0
            yield query, _key(row, ("code",), number, None), gain
        elif isinstance(codes, Mapping):
            for code, gain in codes.items():
                yield query, _filled(code, "codes", number), _number(gain, "codes", number)
        elif isinstance(codes, list):
            for code in codes:
                yield query, _key({"codes": code}, ("codes",), number, None), 1.0
        else:
            raise _wrong("codes", number, "应为列表，或从代码到增益的对象")


def _table_answers(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[str, str, float]]:
    for number, cells in _split(numbered, ("query_id", "id", "query")):
        if len(cells) not in (2, 3):
            raise InvalidInputError(
                f"标准答案每行应有 2 或 3 列，这里有 {len(cells)} 列",
                where={"行": number},
                remedy="列依次为 query_id、code，可加 gain；以制表符或逗号分隔",
            )
        gain = _number(cells[2], "gain", number) if len(cells) == 3 and cells[2] else 1.0
        yield _filled(cells[0], "query_id", number), _filled(cells[1], "code", number), gain


def _cells(lines: Iterable[str], header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    return _split(_numbered(lines), header)


def _split(numbered: Iterator[tuple[int, str]], header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Cells of each line; the first line decides the separator and is skipped if it holds names."""
    separator: str | None = None
    for number, line in numbered:
        starting = separator is None
        if separator is None:
            separator = "\t" if "\t" in line else ","
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
        except csv.Error as error:
            raise InvalidInputError(
                "这一行无法拆成列", where={"行": number}, remedy="请检查引号与换行符"
            ) from error
        if starting and cells[0].lower() in header:
            continue
        yield number, cells


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix(_MARK) if number == 1 else line
        if text.strip():
            yield number, text.rstrip("\r\n")


def _chained(first: tuple[int, str], rest: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    yield first
    yield from rest


def _objects(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((number, _object(number, line)) for number, line in _numbered(lines))


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            "这一行不是有效的 JSON", where={"行": number}, remedy="每行写一个完整的 JSON 对象，不要换行"
        ) from error
    if not isinstance(row, dict):
        raise InvalidInputError(
            "这一行不是 JSON 对象", where={"行": number}, remedy='写成 {"字段": "值"} 的形式'
        )
    return row


def _key(row: Mapping[str, Any], fields: tuple[str, ...], number: int, seen: dict[str, int] | None) -> str:
    """The identifier under the first of `fields` that is there; with `seen`, it must be new."""
    field = next((name for name in fields if row.get(name) is not None), fields[0])
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _wrong(field, number, "应为文字" if value is not None else "缺少这一字段")
    key = _filled(value.strip(), field, number)
    if seen is not None and seen.setdefault(key, number) != number:
        raise _wrong(field, number, f"“{key}”与第 {seen[key]} 行重复")
    return key


def _text(row: Mapping[str, Any], field: str, number: int) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _wrong(field, number, "应为文字")
    return value


def _filled(value: str, field: str, number: int) -> str:
    if not value:
        raise _wrong(field, number, "不能为空")
    return value


def _number(value: object, field: str, number: int) -> float:
    try:
        amount = float(value) if isinstance(value, str | int | float) else float("nan")
    except (ValueError, OverflowError):
        amount = float("nan")
    if not isfinite(amount) or amount < 0:
        raise _wrong(field, number, f"应为不小于 0 的数，现为“{value}”")
    return amount


def _place(value: str, number: int) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise _wrong("rank", number, f"应为从 1 起的整数，现为“{value}”")
    return int(value)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _wrong(field: str, number: int, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"字段 {field} {problem}", where={"行": number, "字段": field}, remedy="请改正这一行后重试"
    )
