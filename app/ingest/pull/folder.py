"""The `directory` connector: files that others put into a folder, each taken once when it has come to rest."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.ingest.pull.fault import PullError
from app.ingest.pull.fetched import Fetched
from app.ingest.pull.source import Folder

_UNDER_WAY = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp")
"""Endings under which programs write what is not finished."""


@dataclass(frozen=True, slots=True)
class Resting:
    """A file that has not changed for as long as was asked, and the digest of its content."""

    path: Path
    sha256: str
    size: int
    modified: int


class FolderWatch:
    """Looks into a folder. `seen` is a file of digests, so that a look does not read every file again; it may be lost."""

    def __init__(self, source: Folder, seen: Path) -> None:
        self._source = source
        self._seen = seen

    def resting(self) -> Iterator[Resting]:
        """The files at rest, oldest first. Raises PullError where there is no such folder, or it cannot be read."""
        remembered = self._remembered()
        now: dict[str, list[int | str]] = {}
        for path in self._files():
            try:
                told = path.stat()
                age = time.time() - max(told.st_mtime, told.st_ctime)
                if age < self._source.stable or told.st_size == 0:
                    continue
                known = remembered.get(str(path))
                if known and known[:2] == [told.st_size, told.st_mtime_ns]:
                    digest = str(known[2])
                else:
                    with path.open("rb") as stream:
                        digest = hashlib.file_digest(stream, "sha256").hexdigest()
            except FileNotFoundError:
                continue  # taken away while we looked
            except OSError as error:
                raise _unreadable(path, error) from error
            now[str(path)] = [told.st_size, told.st_mtime_ns, digest]
            yield Resting(path, digest, told.st_size, told.st_mtime_ns)
        self._seen.parent.mkdir(parents=True, exist_ok=True)
        self._seen.write_text(json.dumps(now), "utf-8")

    def fetch(self, file: Resting, work: Path) -> Fetched:
        """A copy of the file, so that what is read is what was looked at. Raises PullError where it has changed since."""
        if file.size > self._source.limits.bytes:
            raise PullError(
                f"文件超过 {self._source.limits.bytes} 字节",
                code="too_large",
                remedy="请核对文件，或加大 limits.bytes",
                where={"文件": file.path.name},
            )
        copy = work / file.path.name
        try:
            shutil.copyfile(file.path, copy)
            told = file.path.stat()
        except OSError as error:
            raise _unreadable(file.path, error) from error
        with copy.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if (told.st_size, told.st_mtime_ns, digest) != (file.size, file.modified, file.sha256):
            raise PullError(
                "文件在读取时有变化",
                code="source_changed",
                remedy="写完后会自动再取",
                where={"文件": file.path.name},
            )
        return Fetched(copy, sha256=digest)

    def _files(self) -> list[Path]:
        folder = self._source.path
        if not folder.is_dir():
            raise PullError(
                "没有这个目录",
                code="unreadable_folder",
                remedy="请核对 path 与挂载",
                where={"目录": str(folder)},
            )
        root = folder.resolve()
        found = {
            path
            for pattern in self._source.patterns
            for path in folder.glob(pattern)
            if path.is_file()
            and path.resolve().is_relative_to(root)
            and not path.name.startswith((".", "~"))
            and not path.name.lower().endswith(_UNDER_WAY)
        }
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _remembered(self) -> dict[str, list[int | str]]:
        try:
            found = json.loads(self._seen.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _unreadable(path: Path, error: OSError) -> PullError:
    return PullError(
        f"文件无法读取：{error.strerror}",
        code="unreadable_folder",
        remedy="请检查权限与挂载",
        where={"文件": path.name},
    )
