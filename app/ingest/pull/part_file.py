"""What has come of a file so far, kept until it is whole, so that a download that broke off goes on where it stopped."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from app.ingest.pull.fault import PassingError, PullError
from app.ingest.pull.fetched import Validators

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)$")


@dataclass(frozen=True, slots=True)
class Promise:
    """What the server said of the file when it began to send it."""

    fingerprint: str
    """Of the source as it was configured."""
    name: str
    etag: str
    last_modified: str
    validator: str
    """What tells this very file from others, byte for byte; empty where the server gives nothing that does."""
    total: int | None
    """Its bytes."""


class PartFile:
    """Two files in the folder of a source: the bytes, and what the server promised with the first of them."""

    def __init__(self, folder: Path, fingerprint: str, most: int) -> None:
        self._bytes = folder / "download"
        self._told = folder / "download.json"
        self._fingerprint = fingerprint
        self._most = most
        self.promise: Promise | None = None
        self.resumed = False
        """Bytes that an answer went on from were not asked for again."""

    def load(self) -> None:
        """Take up what an earlier pull left; nothing where the source was configured otherwise, or nothing is left."""
        try:
            promise = Promise(**json.loads(self._told.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            promise = None
        self.promise = promise if promise and promise.fingerprint == self._fingerprint else None
        if not self.headers:
            self.clear()

    @property
    def size(self) -> int:
        return self._bytes.stat().st_size if self._bytes.exists() else 0

    @property
    def headers(self) -> dict[str, str]:
        """Headers that ask for the rest, or for all of it where it is another file by now (RFC 9110, 13.1.5 and 14.2);
        none where there is nothing to go on from, or nothing to tell by.
        """
        if self.promise is None or not self.promise.validator or not self.size:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.promise.validator}

    @property
    def validators(self) -> Validators:
        return Validators(self.promise.etag, self.promise.last_modified) if self.promise else Validators()

    def begin(self, answer: httpx.Response, name: str) -> None:
        """The answer has the file from its first byte on."""
        self.clear()
        found, plain = Validators.of(answer), answer.headers.get("content-encoding", "identity") == "identity"
        length = answer.headers.get("content-length", "")
        rests = plain and answer.headers.get("accept-ranges", "").lower() != "none"
        self.promise = Promise(
            self._fingerprint,
            name,
            found.etag,
            found.last_modified,
            _validator(answer, found) if rests else "",
            int(length) if plain and length.isdecimal() else None,
        )
        self._told.touch(mode=0o600)
        self._told.write_text(json.dumps(asdict(self.promise)), "utf-8")
        self._bytes.touch(mode=0o600)

    def go_on(self, answer: httpx.Response) -> None:
        """The answer has the rest. Raises PassingError, with nothing kept, where it does not fit what is there."""
        promise, given = self.promise, _RANGE.match(answer.headers.get("content-range", ""))
        total = int(given[3]) if given and given[3] != "*" else None
        etag = answer.headers.get("etag", "")
        if (
            promise is None
            or given is None
            or int(given[1]) != self.size
            or (total is not None and promise.total not in (None, total))
            or (etag and promise.etag and etag != promise.etag)
        ):
            self.clear()
            raise PassingError(
                "服务续传的部分与已下载的部分接不上，已下载的部分作废",
                code="source_changed",
                remedy="会从头下载；屡次如此请稍后再拉取",
            )
        self.resumed = True

    def write(self, pieces: Iterator[bytes]) -> None:
        """Add what comes. Raises PassingError where it ends before the file does, PullError where it is too large."""
        try:
            with self._bytes.open("ab") as stream:
                size = stream.tell()
                for piece in pieces:
                    size += len(piece)
                    if size > self._most:
                        raise PullError(
                            f"文件超过 {self._most} 字节",
                            code="too_large",
                            remedy="请核对来源，或加大 limits.bytes",
                        )
                    stream.write(piece)
        except OSError:  # the disk is full: what is kept must not be what fills it
            self.clear()
            raise
        total = self.promise.total if self.promise else None
        if total is not None and size != total:
            if size > total:
                self.clear()
            raise PassingError(
                f"文件有 {total} 字节，得到 {size} 字节", code="truncated", remedy="请稍后再拉取"
            )

    def finish(self, folder: Path) -> Path:
        """The whole file, moved to `folder`."""
        assert self.promise is not None
        path = self._bytes.rename(folder / self.promise.name)
        self._told.unlink(missing_ok=True)
        return path

    def clear(self) -> None:
        self.promise, self.resumed = None, False
        self._bytes.unlink(missing_ok=True)
        self._told.unlink(missing_ok=True)


def _validator(answer: httpx.Response, found: Validators) -> str:
    """What may stand in If-Range: an ETag that is not weak, else a date before the last second (RFC 9110, 8.8.2.2)."""
    if found.etag:
        return "" if found.etag.startswith("W/") else found.etag
    try:
        asked = parsedate_to_datetime(answer.headers["date"])
        changed = parsedate_to_datetime(found.last_modified)
        return found.last_modified if (asked - changed).total_seconds() >= 1 else ""
    except (KeyError, ValueError, TypeError):
        return ""
