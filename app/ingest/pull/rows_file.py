"""Rows of a source that has no files, written as one: JSON lines under the columns of the kind."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.ingest.kinds import KINDS
from app.ingest.pull.fault import PullError
from app.ingest.pull.field_path import MISSING, at
from app.ingest.pull.source import HttpJson, Query


def shaped(source: HttpJson | Query, item: Any) -> Any:
    """An item under the columns it is mapped to; what is no object stays as it is, and ends in the quarantine."""
    if not isinstance(item, dict):
        return item
    row = dict(item)
    if source.fields:
        found = {column: at(item, path) for column, path in source.fields.items()}
        row = {column: None if value is MISSING else value for column, value in found.items()}
    for column, value in source.constants.items():
        if row.get(column) in (None, ""):
            row[column] = value
    return row


def write_rows(
    source: HttpJson | Query, rows: Callable[[], Iterable[Any]], path: Path
) -> tuple[int, list[str]]:
    """Write shaped rows, each with all the columns that any of them has; how many, and what to warn of.

    `rows` is called twice: ingest takes the columns from the first rows, and one that appears late must not be lost.
    Raises PullError where a column that the kind needs has a value in none of them.
    """
    columns: dict[str, bool] = {}
    for row in rows():
        if isinstance(row, dict):
            for column, value in row.items():
                columns[column] = columns.get(column, False) or value not in (None, "")
    count = 0
    with path.open("w", encoding="ascii") as stream:
        for row in rows():
            whole = {column: row.get(column) for column in columns} if isinstance(row, dict) else row
            stream.write(json.dumps(whole, default=plain) + "\n")
            count += 1
    return count, _unfilled(source, columns, count) if count else []


def _unfilled(source: HttpJson | Query, columns: dict[str, bool], count: int) -> list[str]:
    empty = [column for column in source.fields if not columns.get(column)]
    if not empty:
        return []
    kind = KINDS[source.kind]
    # ingest names the source itself where rows do not
    filled = {"source", *(column for column, has in columns.items() if has)}
    said = "、".join(f"{column}（{source.fields[column]}）" for column in empty)
    if lacking := kind.missing(filled):
        raise PullError(
            f"{count} 条里这些字段都没有值：{said}，因而缺少 {'、'.join(lacking)}",
            code="unexpected_answer",
            remedy="来源可能改了字段名；请核对 fields",
        )
    return [f"{count} 条里这些字段都没有值：{said}"]


def plain(value: Any) -> Any:
    """A database's value as JSON has it. Raises PullError for what is no cell of a table."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        raise PullError("查询结果里有二进制列", code="unexpected_answer", remedy="请不要选出这一列")
    return str(value)


def capped(rows: Iterator[Any], limit: int) -> Iterator[bytes]:
    """Rows as lines. Raises PullError once they are more than `limit` bytes."""
    size = 0
    for row in rows:
        line = json.dumps(row, default=plain).encode() + b"\n"
        size += len(line)
        if size > limit:
            raise PullError(
                f"取到的内容超过 {limit} 字节", code="too_large", remedy="请核对来源，或加大 limits.bytes"
            )
        yield line
