"""Pages already fetched, kept in a file until the pull ends, so that an interrupted pull goes on where it stopped."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.ingest.pull.paging import Place


@dataclass(slots=True)
class Progress:
    """How far a pull has come: what tells one page from another, but not the rows."""

    pages: int = 0
    items: int = 0
    total: int | None = None
    next: Place | None = None
    first: str = ""
    """Digest of the first page."""
    etag: str = ""
    last_modified: str = ""
    """Validators of the first page."""
    digests: dict[str, int] = field(default_factory=dict)
    """Digest of each page that had items → its number."""
    places: set[str] = field(default_factory=set)
    """Places asked so far, the next one included."""

    def take(self, page: dict[str, Any]) -> None:
        self.pages += 1
        self.items += len(page["rows"])
        self.next = page["next"]
        if self.pages == 1:
            self.first, self.total = page["digest"], page["total"]
            self.etag, self.last_modified = page["etag"], page["last_modified"]
        if page["rows"]:
            self.digests.setdefault(page["digest"], self.pages)
        self.places.add(json.dumps(page["next"], sort_keys=True))


class Spool:
    """A file of one line a page under a line that names the source as it is configured.

    A line is whole or it does not count: a process that is killed while writing leaves a last line without its end,
    which the next one cuts off.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path = path
        self._head = {"fingerprint": fingerprint}
        self.progress = Progress()

    def load(self) -> Progress:
        """What an earlier attempt left; nothing where there was none, or the source was configured otherwise."""
        self.progress = Progress()
        whole = 0
        try:
            with self.path.open("rb") as stream:
                for number, line in enumerate(stream):
                    content = json.loads(line) if line.endswith(b"\n") else None
                    if content is None or (number == 0 and content != self._head):
                        break
                    if number:
                        self.progress.take(content)
                    whole += len(line)
            if whole:
                os.truncate(self.path, whole)
            else:
                self.clear()
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError):
            self.clear()
        return self.progress

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
        self.progress = Progress()

    def add(self, page: dict[str, Any]) -> None:
        """Keep a page: on the disk before the next is asked for."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self.path.exists()
        with self.path.open("ab") as stream:
            if fresh:
                self.path.chmod(0o600)
                stream.write(_line(self._head))
            stream.write(_line(page))
            stream.flush()
            os.fsync(stream.fileno())
        self.progress.take(page)

    def rows(self) -> Iterator[Any]:
        with self.path.open("rb") as stream:
            next(stream)
            for line in stream:
                yield from json.loads(line)["rows"]


def _line(content: dict[str, Any]) -> bytes:
    # surrogates that JSON allows and UTF-8 does not stay escaped
    return json.dumps(content, ensure_ascii=True).encode() + b"\n"
