"""Rows made ready taken in: each a record, a repeat, or in the quarantine; and the report that counts them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest.batch_records import free_ids, names_its_own
from app.ingest.fault import RowFault
from app.ingest.preparation import Prepared
from app.ingest.reading import Row
from app.ingest.refusals import Refusal, Refusals
from app.ingest.schema import Kind
from app.ingest.writing import Values, Writer
from app.models import QuarantinedRow, RepeatedRow, RowNote

SAMPLE = 3
"""Quarantined rows of each reason shown in a report."""
_PLACE = ("batch_id", "sheet", "row")
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
    """Cells that were taken for more than they say outright (a likely name), or left out as nothing could be read of them; each
    with a note (RowNote).
    """
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
    """Takes what was prepared of a file, in its order: finds what earlier batches have, writes the rest, counts all."""

    def __init__(self, session: Session, kind: Kind, report: BatchReport) -> None:
        self._session = session
        self._kind = kind
        self._report = report
        self._accepted = Writer(session, kind.model)
        self._quarantine = Writer(session, QuarantinedRow)
        self._repeats = Writer(session, RepeatedRow)
        self._noted = Writer(session, RowNote)
        self._refusals = Refusals(session.get_bind().dialect)
        place = self._accepted.lines.place
        self._fingerprint, self._flag = place("fingerprint"), place("simulated")
        self._place = itemgetter(*map(place, _PLACE))
        self._refused_place = itemgetter(*map(self._quarantine.lines.place, _PLACE))
        self._sample = itemgetter(*map(self._quarantine.lines.place, _SAMPLED))
        self._own_id = place("id") if names_its_own(kind.model) else None
        """Where the id stands in a line, of a kind whose records bring theirs along."""
        self._ids: set[str] = set()
        self._table_is_empty: bool | None = None
        self.simulated = False
        """Whether a record is simulated."""
        self.known_before = 0
        """Rows that batches before have."""

    def take(self, some: Prepared) -> None:
        """Store the rows: as records, as repeats of other batches, or in the quarantine."""
        report = self._report
        report.read += some.read
        of = self._fingerprint
        lines, refusals = some.lines, some.refusals
        stored = self._stored([line[of] for line in lines] + [refusal.fingerprint for refusal in refusals])
        if stored:
            known = [(*self._place(line), line[of]) for line in lines if line[of] in stored]
            known += [
                (*self._refused_place(r.line), r.fingerprint) for r in refusals if r.fingerprint in stored
            ]
            self._repeats.write(dict(zip((*_PLACE, "fingerprint"), one, strict=True)) for one in known)
            self.known_before += len(known)
            lines = [line for line in lines if line[of] not in stored]
            refusals = [refusal for refusal in refusals if refusal.fingerprint not in stored]
        report.repeated += some.read - len(lines) - len(refusals)
        if lines and self._own_id is not None:
            lines, clashing = self._without_clashes(lines, self._own_id, some.rows)
            refusals = refusals + clashing
        report.warnings += [said for said in some.said if said not in report.warnings]
        report.accepted += len(lines)
        report.quarantined += len(refusals)
        self.simulated = self.simulated or any(line[self._flag] for line in lines)
        self._accepted.insert(lines)
        for refusal in refusals:
            self._count(refusal)
        self._quarantine.insert([refusal.line for refusal in refusals])
        if some.notes or some.masked:
            prints = [line[of] for line in lines]
            notes = [note for fingerprint in prints for note in some.notes.get(fingerprint, ())]
            report.guessed += len(notes)
            report.masked += sum(some.masked.get(fingerprint, 0) for fingerprint in prints)
            self._noted.insert(notes)

    def finish(self) -> None:
        """Write what waits to be written."""
        for writer in (self._accepted, self._quarantine, self._repeats, self._noted):
            writer.finish()

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
        self, lines: Sequence[Values], own_id: int, rows: Mapping[str, Row]
    ) -> tuple[list[Values], list[Refusal]]:
        """Records whose own id is already taken by other content go to the quarantine."""
        column = self._kind.model.id  # type: ignore[attr-defined]
        ids = [line[own_id] for line in lines]
        free_ids(self._session, self._kind.model, ids)
        taken = set(self._session.scalars(select(column).where(column.in_(ids)))) | self._ids
        kept, clashing = [], []
        for line, its_id in zip(lines, ids, strict=True):
            if its_id in taken:
                fault = RowFault(
                    "id_taken",
                    f"编号 {its_id} 已用于另一条内容",
                    "请换一个编号，或先撤回旧的一条",
                    "编号",
                    its_id,
                )
                place = dict(zip(_PLACE, self._place(line), strict=True))
                fingerprint = line[self._fingerprint]
                clashing.append(self._refusals.of(rows[fingerprint], fault, place, fingerprint))
                continue
            taken.add(its_id)
            self._ids.add(its_id)
            kept.append(line)
        return kept, clashing

    def _count(self, refusal: Refusal) -> None:
        """Count a refused row by its reason; the first of each are shown."""
        report = self._report
        shown = dict(zip(_SAMPLED, self._sample(refusal.line), strict=True))
        code = shown["reason_code"]
        report.reasons[code] = report.reasons.get(code, 0) + 1
        report.masked += refusal.masked
        if report.reasons[code] <= SAMPLE:
            _, sheet, _ = self._refused_place(refusal.line)
            report.quarantine_sample.append({"sheet": sheet, **shown} if refusal.of_sheet else shown)
