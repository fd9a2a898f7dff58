"""ZIP archives of tables: each member that fits the kind is a part of the batch, unpacked one by one under limits."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from app.errors import UnreadableFileError
from app.ingest.reading.packed import DAMAGED, member_name, members_of, unpacked
from app.ingest.reading.rows import Fits, Recognised, Row, Table, listed, refused

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".jsonl", ".ndjson")
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".xz", ".bz2", ".zst", ".jar")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")

OpenOne = Callable[[Path, Recognised, Fits], AbstractContextManager[Table]]


def is_workbook(path: Path) -> bool:
    """Whether an archive is a workbook. Raises UnreadableFileError where it is no archive at all."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except DAMAGED as error:
        raise refused("压缩包已损坏", "请重新压缩或下载", path.name) from error
    return (
        any(name == "[Content_Types].xml" or name.startswith("xl/") for name in names)
        or {
            "mimetype",
            "content.xml",
        }
        <= names
    )


def read_archive(path: Path, recognised: Recognised, fits: Fits, open_one: OpenOne, folder: Path) -> Table:
    """The rows of all members that fit, each row with its member's name; members are unpacked into `folder`, and
    opened one at a time. One that cannot be read refuses the whole, so that no archive is half loaded.
    """
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in members_of(archive, path.name) if not _is_litter(info.filename)]
    named = {member_name(info): info for info in infos}
    if nested := [name for name in named if name.lower().endswith(_ARCHIVES)]:
        raise refused("压缩包里还有压缩包", "请先解开里面的压缩包", path.name, 成员=nested[0])
    unread = [name for name in named if not name.lower().endswith(TABLES)]
    members: list[_Member] = []
    for number, (name, info) in enumerate(sorted(named.items())):
        if name in unread or info.file_size == 0:
            continue
        # A name of our own: that of the member may lead out of the folder, or be too long.
        inside = folder / f"{number}{PurePosixPath(name).suffix.lower()}"
        with inside.open("wb") as out:
            for chunk in unpacked(path, info, path.name):
                out.write(chunk)
        with _named(path.name, name), open_one(inside, recognised, fits) as table:
            members.append(_Member(name, inside, table.parts, table.reading))
    if not members:
        raise refused(
            "压缩包里没有数据表", f"可读：{'、'.join(ending[1:].upper() for ending in TABLES)}", path.name
        )
    chosen = [member for member in members if member.known(recognised) >= 2 and any(map(fits, member.parts))]
    chosen = chosen or [max(members, key=lambda member: member.known(recognised))]
    unread += [member.name for member in members if member not in chosen]
    unread += [f"{member.name}/{s}" for member in chosen for s in member.reading.get("unread_sheets", ())]
    reading: dict[str, Any] = {
        "format": "zip",
        "sheet": listed(member.name for member in chosen),
        "members": [{"member": member.name, **member.reading} for member in chosen],
        "header_row": chosen[0].reading.get("header_row", 1),
    }
    units = {
        f"{member.name}/{sheet}" if sheet else member.name: unit
        for member in chosen
        for sheet, unit in member.reading.get("units", {}).items()
    }
    if units:
        reading["units"] = units
    if unread:
        reading["unread_sheets"] = sorted(unread)

    def rows() -> Iterator[Row]:
        for member in chosen:
            with _named(path.name, member.name), open_one(member.file, recognised, fits) as table:
                for row in table.rows:
                    yield row._replace(sheet=f"{member.name}/{row.sheet}" if row.sheet else member.name)

    parts = tuple(chain.from_iterable(member.parts for member in chosen))
    return Table(tuple(dict.fromkeys(chain.from_iterable(parts))), rows(), reading, parts)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member, unpacked and looked at."""

    name: str
    file: Path
    parts: tuple[tuple[str, ...], ...]
    reading: dict[str, Any]

    def known(self, recognised: Recognised) -> int:
        return max(sum(map(recognised, part)) for part in self.parts)


@contextmanager
def _named(file: str, member: str) -> Iterator[None]:
    try:
        yield
    except UnreadableFileError as error:
        raise _within(error, file, member) from error


def _within(error: UnreadableFileError, file: str, member: str) -> UnreadableFileError:
    """The same error, of the member of the archive."""
    return UnreadableFileError(
        error.message, remedy=error.remedy, where={**error.where, "文件": file, "成员": member}
    )


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or PurePosixPath(name).name.startswith(("._", *_LITTER[1:]))
