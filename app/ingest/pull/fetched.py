"""What a connector hands over: a file that ingest can read, and how it was got."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask with next time (RFC 9110, 13)."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, answer: httpx.Response) -> "Validators":
        etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        return cls(etag if len(etag) <= 1000 else "", modified if len(modified) <= 100 else "")

    @property
    def headers(self) -> dict[str, str]:
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(slots=True)
class Fetched:
    """A file in the work folder. `empty`: the source has nothing at present."""

    path: Path
    validators: Validators = field(default_factory=Validators)
    sha256: str = ""
    empty: bool = False
    resumed: bool = False
    warnings: list[str] = field(default_factory=list)
