"""ZIP archives of tables: each member that fits the kind is a part of the batch, unpacked one by one under limits."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from itertools import chain
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from app.errors import UnreadableFileError
from app.ingest.reading.packed import member_name, members_of, unpacked
from app.ingest.reading.rows import Fits, Recognised, Row, Table, refused

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".jsonl", ".ndjson")
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".xz", ".bz2", ".zst", ".jar")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")

OpenOne = Callable[[Path, Recognised, Fits], AbstractContextManager[Table]]


def is_workbook(path: Path) -> bool:
    """Whether an archive is a workbook. Raises UnreadableFileError where it is no archive at all."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refused("压缩包已损坏", "请重新压缩或下载", path.name) from error
    return (
        any(name == "[Content_Types].xml" or name.startswith("xl/") for name in names)
        or {
            "mimetype",
            "content.xml",
        }
        <= names
    )


def read_archive(
    path: Path, recognised: Recognised, fits: Fits, open_one: OpenOne, stack: ExitStack
) -> Table:
    """The rows of all members that fit, each row with its member's name; what is read stays open within `stack`.

    One member that cannot be read refuses the whole, so that no archive is half loaded.
    """
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in members_of(archive, path.name) if not _is_litter(info.filename)]
    named = {member_name(info): info for info in infos}
    if nested := [name for name in named if name.lower().endswith(_ARCHIVES)]:
        raise refused("压缩包里还有压缩包", "请先解开里面的压缩包", path.name, 成员=nested[0])
    unread = [name for name in named if not name.lower().endswith(TABLES)]
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="chanjiao-zip-")))
    tables: dict[str, Table] = {}
    for number, (name, info) in enumerate(sorted(named.items())):
        if name in unread or info.file_size == 0:
            continue
        # A name of our own: that of the member may lead out of the folder, or be too long.
        inside = folder / f"{number}{PurePosixPath(name).suffix.lower()}"
        with inside.open("wb") as out:
            for chunk in unpacked(path, info, path.name):
                out.write(chunk)
        try:
            tables[name] = stack.enter_context(open_one(inside, recognised, fits))
        except UnreadableFileError as error:
            raise _within(error, path.name, name) from error
    if not tables:
        raise refused(
            "压缩包里没有数据表", f"可读：{'、'.join(ending[1:].upper() for ending in TABLES)}", path.name
        )
    fitting = {name: table for name, table in tables.items() if _fits(table, recognised, fits)}
    chosen = fitting or dict([_best(tables, recognised)])
    reading: dict[str, Any] = {
        "format": "zip",
        "sheet": "、".join(chosen),
        "members": [{"member": name, **table.reading} for name, table in chosen.items()],
        "header_row": next(iter(chosen.values())).reading.get("header_row", 1),
    }
    unread += [name for name in tables if name not in chosen]
    unread += [
        f"{name}/{sheet}"
        for name, table in chosen.items()
        for sheet in table.reading.get("unread_sheets", ())
    ]
    if unread:
        reading["unread_sheets"] = sorted(unread)
    parts = tuple(chain.from_iterable(table.parts for table in chosen.values()))
    rows = chain.from_iterable(_rows(path.name, name, table) for name, table in chosen.items())
    return Table(tuple(dict.fromkeys(chain.from_iterable(parts))), rows, reading, parts)


def _rows(file: str, name: str, table: Table) -> Iterator[Row]:
    try:
        for row in table.rows:
            yield row._replace(sheet=f"{name}/{row.sheet}" if row.sheet else name)
    except UnreadableFileError as error:
        raise _within(error, file, name) from error


def _within(error: UnreadableFileError, file: str, member: str) -> UnreadableFileError:
    """The same error, of the member of the archive."""
    return UnreadableFileError(
        error.message, remedy=error.remedy, where={**error.where, "文件": file, "成员": member}
    )


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or PurePosixPath(name).name.startswith(("._", *_LITTER[1:]))


def _known(table: Table, recognised: Recognised) -> int:
    return sum(recognised(header) for header in table.headers)


def _fits(table: Table, recognised: Recognised, fits: Fits) -> bool:
    return any(sum(map(recognised, part)) >= 2 and fits(part) for part in table.parts)


def _best(tables: dict[str, Table], recognised: Recognised) -> tuple[str, Table]:
    return max(tables.items(), key=lambda item: _known(item[1], recognised))
