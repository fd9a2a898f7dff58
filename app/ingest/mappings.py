"""Which header is which column, as a person settled it: read from TOML, kept per source, used again."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from app.errors import InvalidInputError
from app.ingest.schema import Kind
from app.ingest.values import clean
from app.models import new_id
from app.settings import get_settings

_KEEPING = Lock()
"""What is kept of a source is read, changed and written by one thread at a time."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Headers by the column they are, constants for columns a file lacks, and headers that are no column."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    origin: str = ""
    """The file it was read from; empty where there is none."""

    def with_answers(self, said: "ColumnMapping") -> "ColumnMapping":
        """This mapping with the answers of now over it: of a header or a column that both speak of, now counts."""
        taken = {*said.columns.values(), *said.constants}
        return ColumnMapping(
            {
                **{
                    h: ours for h, ours in self.columns.items() if h not in said.ignored and ours not in taken
                },
                **said.columns,
            },
            {**{ours: v for ours, v in self.constants.items() if ours not in taken}, **said.constants},
            (self.ignored - said.columns.keys()) | said.ignored,
            self.origin,
        )


def mapping_for(given: Path | ColumnMapping | None, kind: Kind, source: str) -> ColumnMapping:
    """The mapping given, by itself or as a file, else the one kept for the source and kind, else an empty one."""
    if isinstance(given, ColumnMapping):
        return given
    if given is not None:
        return read_mapping(given, kind)
    kept = kept_path(source)
    if not kept.is_file() or kind.name not in _loaded(kept):
        return ColumnMapping()
    return read_mapping(kept, kind)


def read_mapping(path: Path, kind: Kind) -> ColumnMapping:
    """A mapping from TOML: sections [columns] and [constants] and a list `ignore`, at the top or under the kind's name.

    Raises InvalidInputError where it cannot be read or names columns that the kind does not have.
    """
    data = _loaded(path)
    if isinstance(under := data.get(kind.name), dict):
        data = under
    known = {column.name for column in kind.columns}
    columns, constants, ignored = data.get("columns", {}), data.get("constants", {}), data.get("ignore", [])
    if (
        not isinstance(columns, dict)
        or not isinstance(constants, dict)
        or not isinstance(ignored, list)
        or not all(isinstance(header, str) for header in (*columns.values(), *ignored))
    ):
        raise InvalidInputError(
            "列对应文件的写法不对",
            remedy='请写成 [columns] 与 [constants] 两节，如 plan = "招生规模"；不用的列写 ignore = ["列名"]',
            where={"文件": path.name},
        )
    if unknown := (set(columns) | set(constants)) - known:
        raise InvalidInputError(
            f"列对应文件中有不认识的字段：{'、'.join(sorted(unknown))}",
            remedy=f"可用字段：{'、'.join(sorted(known))}",
            where={"文件": path.name},
        )
    return ColumnMapping(
        {clean(header): ours for ours, header in columns.items()},
        {name: clean(value) for name, value in constants.items()},
        frozenset(map(clean, ignored)),
        str(path),
    )


def _loaded(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError(
            f"列对应文件无法读取：{error}", remedy="请检查路径与 TOML 格式", where={"文件": path.name}
        ) from error


def kept_path(source: str) -> Path:
    """Where the mappings of a source are kept: mappings/SOURCE.toml in the data folder, by a name any disk takes."""
    plain = re.sub(r"[^\w.\-]+", "_", source).strip("._")[:40]
    if plain != source:
        plain += "-" + hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return get_settings().data_dir / "mappings" / f"{plain}.toml"


def keep_mapping(source: str, kind: Kind, mapping: ColumnMapping) -> Path:
    """Keep a mapping for the source and kind beside those of the source's other kinds; returns the file.

    The file is replaced whole. Raises InvalidInputError where it cannot be written.
    """
    path = kept_path(source)
    with _KEEPING:
        return _kept(path, source, kind, mapping)


def _kept(path: Path, source: str, kind: Kind, mapping: ColumnMapping) -> Path:
    kinds = _loaded(path) if path.is_file() else {}
    kinds[kind.name] = {
        "columns": {ours: header for header, ours in mapping.columns.items()},
        "constants": dict(mapping.constants),
        "ignore": sorted(mapping.ignored),
    }
    text = "".join(mapping_toml(entry, name) for name, entry in kinds.items() if isinstance(entry, dict))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{new_id()}.tmp")
        half.write_text(f"# 列对应 column mapping: {_quoted(source)}\n{text}", "utf-8")
        half.replace(path)
    except OSError as error:
        raise InvalidInputError(
            f"列对应无法保存：{error}", remedy="请检查数据目录的权限与空间", where={"文件": path.name}
        ) from error
    return path


def mapping_toml(entry: Mapping[str, Any], kind: str = "") -> str:
    """A mapping as TOML, at the top or under the name of a kind."""
    prefix = f"{kind}." if kind else ""
    lines = [f"\n[{kind}]"] if kind else []
    if ignored := entry.get("ignore"):
        lines.append(f"ignore = [{', '.join(map(_quoted, ignored))}]")
    for section in ("columns", "constants"):
        if values := entry.get(section):
            lines.append(f"[{prefix}{section}]")
            lines += [f"{name} = {_quoted(clean(value))}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON escapes the same characters in the same way."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
