"""Rows taken in: each a record, a repeat, or in the quarantine; and the report that counts them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest.batch_records import free_ids, names_its_own
from app.ingest.fault import RowFault
from app.ingest.fingerprint import Fingerprints
from app.ingest.known_names import known_names
from app.ingest.reading import Row
from app.ingest.records import LONGEST_SHEET, Records
from app.ingest.schema import EMPTY, Kind, Record
from app.ingest.storable import storable, storable_row
from app.ingest.units import Units
from app.ingest.writing import Line, Writer
from app.models import QuarantinedRow, RepeatedRow, RowNote

LONGEST_REASON = 300
SAMPLE = 3
"""Quarantined rows of each reason shown in a report."""
_SAMPLED = ("row", "column", "value", "reason_code", "reason", "remedy")


@dataclass(slots=True)
class BatchReport:
    """What became of a file. `read == accepted + repeated + quarantined`."""

    kind: str
    file: str
    read: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    guessed: int = 0
    """Cells that named no code outright and were taken for one all the same, each with a note (RowNote)."""
    masked: int = 0
    """Personal numbers and addresses masked, in accepted rows and in those of the quarantine."""
    seconds: float = 0.0
    batch: str | None = None
    state: str = ""
    """The state of the batch: accepted, or validated where it is held."""
    superseded: list[str] = field(default_factory=list)
    """Batches whose place it took."""
    already: bool = False
    """The same content was loaded before; nothing changed."""
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    """Quarantined rows by reason code."""
    quarantine_sample: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Intake:
    """Takes rows in chunks: finds repeats, builds records, fills the quarantine, inserts."""

    def __init__(
        self,
        session: Session,
        kind: Kind,
        batch_id: str,
        columns: Mapping[str, str],
        constants: Mapping[str, Any],
        simulated: bool,
        report: BatchReport,
        sheet: str = "",
        units: Mapping[str, str] = EMPTY,
    ) -> None:
        self._session = session
        self._kind = kind
        self._report = report
        self._fingerprints = Fingerprints(kind.name, columns, constants, simulated)
        named = {sheet[-LONGEST_SHEET:]: unit for sheet, unit in units.items()}
        self._units = None if "unit" in constants else Units(columns, named) or None
        self._accepted = Writer(session, kind.model)
        self._records = Records(
            kind, self._accepted.lines, batch_id, columns, constants, simulated, sheet, known_names(session)
        )
        self._quarantine = Writer(session, QuarantinedRow)
        self._repeats = Writer(session, RepeatedRow)
        self._noted = Writer(session, RowNote)
        self._seen: set[bytes] = set()
        """Digests of the rows so far: about 130 bytes a row, the one thing that grows with the file."""
        self._own_id = self._accepted.lines.place("id") if names_its_own(kind.model) else None
        """Where the id stands in a line, of a kind whose records bring theirs along."""
        self._ids: set[str] = set()
        self._table_is_empty: bool | None = None
        self.simulated_rows = 0
        self.known_before = 0
        """Rows that batches before have."""

    def take(self, given: list[Row]) -> None:
        """Store the rows, in their order: as records, as repeats of other batches, or in the quarantine."""
        report = self._report
        report.read += len(given)
        rows = [_scaled(row, self._units) for row in given] if self._units else given
        new: list[tuple[int, str]] = []
        for place, digest in enumerate(self._fingerprints.of(rows)):
            if digest not in self._seen:
                self._seen.add(digest)
                new.append((place, digest.hex()))
        stored = self._stored([fingerprint for _, fingerprint in new])
        fresh = [one for one in new if one[1] not in stored] if stored else new
        report.repeated += len(rows) - len(fresh)
        self.known_before += len(new) - len(fresh)
        made = self._records.of(
            [rows[place] for place, _ in fresh], [fingerprint for _, fingerprint in fresh]
        )
        lines: list[tuple[Row, str, Line]] = []
        faults: list[Record] = []
        for (place, fingerprint), one in zip(fresh, made, strict=True):
            if isinstance(one, RowFault):
                faults.append(self._quarantined(given[place], one))
            else:
                lines.append((given[place], fingerprint, one))
        if lines and self._own_id is not None:
            lines, clashing = self._without_clashes(lines, self._own_id)
            faults += clashing
        told = self._records.notes
        notes = [note for _, fingerprint, _ in lines for note in told.get(fingerprint, ())] if told else []
        if self._units:
            report.warnings += [said for said in self._units.said() if said not in report.warnings]
        report.accepted += len(lines)
        report.quarantined += len(faults)
        report.guessed += len(notes)
        self.simulated_rows += self._records.simulated
        report.masked += self._records.masked
        self._accepted.insert([line for _, _, line in lines])
        self._quarantine.write(faults)
        self._repeats.write(
            [
                {**self._records.place(rows[place]), "fingerprint": fingerprint}
                for place, fingerprint in new
                if fingerprint in stored
            ]
        )
        self._noted.write(notes)

    def _stored(self, fingerprints: Sequence[str]) -> set[str]:
        """Those of the fingerprints that earlier batches left."""
        column = self._kind.model.fingerprint  # type: ignore[attr-defined]
        if self._table_is_empty is None:
            self._table_is_empty = self._session.scalars(select(column).limit(1)).first() is None
        if self._table_is_empty:
            return set()
        found: set[str] = set()
        for start in range(0, len(fingerprints), 500):
            part = fingerprints[start : start + 500]
            found.update(self._session.scalars(select(column).where(column.in_(part))))
        return found

    def _without_clashes(
        self, lines: Sequence[tuple[Row, str, Line]], own_id: int
    ) -> tuple[list[tuple[Row, str, Line]], list[Record]]:
        """Records whose own id is already taken by other content go to the quarantine."""
        column = self._kind.model.id  # type: ignore[attr-defined]
        ids = [line[own_id] for _, _, line in lines]
        free_ids(self._session, self._kind.model, ids)
        taken = set(self._session.scalars(select(column).where(column.in_(ids)))) | self._ids
        kept, faults = [], []
        for one, its_id in zip(lines, ids, strict=True):
            if its_id in taken:
                fault = RowFault(
                    "id_taken",
                    f"编号 {its_id} 已用于另一条内容",
                    "请换一个编号，或先撤回旧的一条",
                    "编号",
                    its_id,
                )
                faults.append(self._quarantined(one[0], fault))
                continue
            taken.add(its_id)
            self._ids.add(its_id)
            kept.append(one)
        return kept, faults

    def _quarantined(self, row: Row, fault: RowFault) -> dict[str, Any]:
        report = self._report
        report.reasons[fault.code] = report.reasons.get(fault.code, 0) + 1
        entry = {
            **self._records.place(row),
            "column": fault.column[:100],
            "value": fault.value[:2000],
            "reason_code": fault.code,
            "reason": _shortened(fault.reason),
            "remedy": fault.remedy,
        }
        entry["raw"], masked = storable_row(row)
        report.masked += masked
        entry |= {key: storable(entry[key]) for key in ("sheet", "column", "value", "reason")}
        if report.reasons[fault.code] <= SAMPLE:
            shown = {key: entry[key] for key in _SAMPLED}
            report.quarantine_sample.append({"sheet": entry["sheet"], **shown} if row.sheet else shown)
        return entry


def _scaled(row: Row, units: Units) -> Row:
    """The row with its numbers in the units that the file states."""
    return row.with_cells(units.scaled(row.sheet[-LONGEST_SHEET:], row.cells))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON // 2]}……{text[-40:]}"
