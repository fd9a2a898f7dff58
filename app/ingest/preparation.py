"""Rows made ready to be taken in, without a database: lines of the kind's table, lines of the quarantine, repeats."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Dialect

from app.ingest.batch_records import names_its_own
from app.ingest.fault import RowFault
from app.ingest.fingerprint import Fingerprints
from app.ingest.kinds import KINDS
from app.ingest.reading import Row
from app.ingest.records import LONGEST_SHEET, Records
from app.ingest.refusals import Refusal, Refusals
from app.ingest.schema import KnownNames
from app.ingest.units import Units
from app.ingest.writing import Lines, Values
from app.models import RowNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that becoming a record depends on besides the row: what was found and said of the file, and names known."""

    kind: str
    batch_id: str
    columns: Mapping[str, str]
    """Header → our column."""
    constants: Mapping[str, Any]
    simulated: bool
    sheet: str
    units: Mapping[str, str]
    """Units stated above the tables, by sheet."""
    known: KnownNames
    chunk: int
    """Rows taken at a time."""


@dataclass(slots=True)
class Prepared:
    """What some rows are ready to become. Rows that earlier batches have are still among them."""

    read: int
    """All of the rows; those that are neither lines nor refusals repeat others of the file."""
    lines: list[Values]
    notes: dict[str, list[Values]]
    """Lines of RowNote, by the fingerprint of the record."""
    masked: dict[str, int]
    """Personal numbers and addresses masked in records, by their fingerprint."""
    refusals: list[Refusal]
    said: tuple[str, ...]
    """What the report is to say of units, so far."""
    rows: dict[str, Row]
    """The rows of the lines as they came, by fingerprint, of kinds whose records bring an id: it may turn out taken."""


class Preparation:
    """Takes the rows of a file in chunks: finds repeats among them, builds records, masks what is refused."""

    def __init__(self, terms: Terms, dialect: Dialect, seen: set[bytes] | None = None) -> None:
        kind = KINDS[terms.kind]
        self._fingerprints = Fingerprints(kind.name, terms.columns, terms.constants, terms.simulated)
        named = {sheet[-LONGEST_SHEET:]: unit for sheet, unit in terms.units.items()}
        self._units = None if "unit" in terms.constants else Units(terms.columns, named) or None
        self._records = Records(
            kind,
            Lines(kind.model, dialect),
            terms.batch_id,
            terms.columns,
            terms.constants,
            terms.simulated,
            terms.sheet,
            terms.known,
        )
        self._refusals = Refusals(dialect)
        self._notes = Lines(RowNote, dialect)
        self._own_ids = names_its_own(kind.model)
        self.seen = set() if seen is None else seen
        """Digests of the rows so far: about 130 bytes a row, the one thing that grows with the file."""

    def of(self, given: list[Row]) -> Prepared:
        """What becomes of the rows, in their order."""
        rows = [_scaled(row, self._units) for row in given] if self._units else given
        fresh: list[int] = []
        prints: list[str] = []
        for place, digest in enumerate(self._fingerprints.of(rows)):
            if digest not in self.seen:
                self.seen.add(digest)
                fresh.append(place)
                prints.append(digest.hex())
        records = self._records
        lines: list[Values] = []
        refusals: list[Refusal] = []
        whole: dict[str, Row] = {}
        made = records.of([rows[place] for place in fresh], prints)
        for place, fingerprint, one in zip(fresh, prints, made, strict=True):
            if isinstance(one, RowFault):
                row = given[place]
                refusals.append(self._refusals.of(row, one, records.place(row), fingerprint))
                continue
            lines.append(one)
            if self._own_ids:
                whole[fingerprint] = given[place]
        return Prepared(
            read=len(given),
            lines=lines,
            notes={
                fingerprint: list(map(self._notes.line, told)) for fingerprint, told in records.notes.items()
            },
            masked=records.masked,
            refusals=refusals,
            said=self._units.said() if self._units else (),
            rows=whole,
        )


def chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows, `size` at a time."""
    stream = iter(rows)
    while chunk := list(islice(stream, size)):
        yield chunk


def _scaled(row: Row, units: Units) -> Row:
    """The row with its numbers in the units that the file states."""
    return row.with_cells(units.scaled(row.sheet[-LONGEST_SHEET:], row.cells))
