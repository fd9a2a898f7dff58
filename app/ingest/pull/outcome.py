"""How a pull went, and what it gathers on its way."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.ingest.pull.fetched import Validators
from app.ingest.pull.part_file import PartFile
from app.ingest.pull.secrets import Secrets
from app.ingest.pull.spool import Spool


@dataclass(slots=True)
class Outcome:
    """How one pull went. `rows` as its batch counts them: accepted + repeated + quarantined."""

    source: str
    state: str
    pull: str | None = None
    item: str = ""
    batch: str | None = None
    rows: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    superseded: list[str] = field(default_factory=list)
    """Batches of the source that no longer count: this one took their place."""
    bytes: int = 0
    requests: int = 0
    resumed: bool = False
    seconds: float = 0.0
    error_code: str = ""
    error: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return self.state == "failed"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Run:
    """What one pull gathers on its way."""

    secrets: Secrets
    again: bool = False
    """As if the source had never been pulled."""
    kept: Spool | PartFile | None = None
    """What has come of the source so far; the next pull goes on from it where this one fails for a time."""
    known: Validators = field(default_factory=Validators)
    known_batch: str | None = None
    requests: int = 0
    bytes: int = 0


@contextmanager
def work_folder(place: Path) -> Iterator[Path]:
    """An empty folder for what is fetched, gone afterwards: it may hold personal data that ingest has yet to mask."""
    work = place / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
