"""Headers of a file to the columns of a kind."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.errors import InvalidInputError, UnreadableFileError
from app.ingest.kinds import KINDS
from app.ingest.reading import Table
from app.ingest.schema import Kind
from app.ingest.values import clean

CLEARLY_MORE = 3
"""Columns that another kind must know beyond the asked one for a file that would pass as both to be refused."""


def read_mapping(path: Path | None, kind: Kind) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers renamed to our columns, and constants for columns the file lacks, from a TOML file."""
    if path is None:
        return {}, {}
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError(
            f"列对应文件无法读取：{error}", remedy="请检查路径与 TOML 格式", where={"文件": str(path)}
        ) from error
    known = {column.name for column in kind.columns}
    columns, constants = data.get("columns", {}), data.get("constants", {})
    if not isinstance(columns, dict) or not isinstance(constants, dict):
        raise InvalidInputError(
            "列对应文件的写法不对",
            remedy='请写成 [columns] 与 [constants] 两节，如 plan = "招生规模"',
            where={"文件": str(path)},
        )
    if unknown := (set(columns) | set(constants)) - known:
        raise InvalidInputError(
            f"列对应文件中有不认识的字段：{'、'.join(sorted(unknown))}",
            remedy=f"可用字段：{'、'.join(sorted(known))}",
            where={"文件": str(path)},
        )
    return (
        {clean(header): ours for ours, header in columns.items()},
        {name: clean(value) for name, value in constants.items()},
    )


def mapped_columns(
    table: Table, kind: Kind, renamed: Mapping[str, str], constants: Mapping[str, Any], path: Path
) -> dict[str, str]:
    """Our column of each header that has one. Raises UnreadableFileError where a required one is missing."""
    columns: dict[str, str] = {}
    for header in table.headers:
        column = kind.column_for(header)
        ours = renamed.get(clean(header)) or (column.name if column else None)
        if ours and all(columns.get(other) != ours for other in table.beside(header)):
            columns[header] = ours
    if missing := kind.missing({*columns.values(), *constants}):
        remedy = "请补上这些列，或用 --mapping 说明列的对应" + (
            "，或用 --source 注明来源" if missing == ["来源"] else ""
        )
        if other := _looks_like(table.headers, kind):
            remedy = f"这个文件像是“{other.title}”，请改用 --kind {other.name}；{remedy}"
        raise UnreadableFileError(
            f"不是“{kind.title}”文件：缺少列 {'、'.join(missing)}；现有列：{'、'.join(table.headers[:12]) or '无'}",
            remedy=remedy,
            where={"文件": path.name, "行": table.reading.get("header_row", 1)},
        )
    if not renamed and (other := _looks_like(table.headers, kind)):
        extra = _known(table.headers, other) - len(columns)
        if extra >= CLEARLY_MORE:
            raise UnreadableFileError(
                f"这个文件像是“{other.title}”，不像“{kind.title}”：前者认得的列多 {extra} 个",
                remedy=f"请改用 --kind {other.name}；确要按“{kind.title}”装入，请用 --mapping 写明列的对应",
                where={"文件": path.name, "行": table.reading.get("header_row", 1)},
            )
    return columns


def _known(headers: Iterable[str], kind: Kind) -> int:
    """How many columns of the kind the headers name."""
    return len({column.name for header in headers if (column := kind.column_for(header))})


def _looks_like(headers: Iterable[str], wanted: Kind) -> Kind | None:
    """Another kind whose required columns are all there, the one that knows most of the headers."""
    listed = list(headers)
    fitting = []
    for kind in KINDS.values():
        known = {column.name for header in listed if (column := kind.column_for(header))}
        if kind is not wanted and known and not kind.missing(known):
            fitting.append((len(known), kind.name))
    return KINDS[max(fitting)[1]] if fitting else None
