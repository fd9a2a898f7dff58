"""Rows taken in: each a record, a repeat, or in the quarantine; and the report that counts them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest.batch_records import free_ids
from app.ingest.fault import RowFault
from app.ingest.fingerprint import Fingerprints, content_of
from app.ingest.known_names import known_names
from app.ingest.reading import Row
from app.ingest.schema import EMPTY, Cells, Kind
from app.ingest.set_apart import SetApart
from app.ingest.units import Units
from app.ingest.values import clean, truth
from app.ingest.writing import Writer
from app.matching.personal import mask_personal
from app.models import QuarantinedRow, RepeatedRow, RowNote

LONGEST_REASON = 300
LONGEST_SHEET = 100
"""Characters of a sheet's name that are kept, the last of them."""
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
        titles: Mapping[str, str],
        simulated: bool,
        report: BatchReport,
        sheet: str = "",
        units: Mapping[str, str] = EMPTY,
    ) -> None:
        self._session = session
        self._kind = kind
        self._batch_id = batch_id
        self._columns = columns
        self._constants = constants
        self._titles = titles
        self._simulated = simulated
        self._report = report
        self._fingerprints = Fingerprints(kind.name, columns, constants, simulated)
        self._set_apart = SetApart(titles)
        named = {sheet[-LONGEST_SHEET:]: unit for sheet, unit in units.items()}
        self._units = None if "unit" in constants else Units(columns, named) or None
        self._records = Writer(session, kind.model)
        self._quarantine = Writer(session, QuarantinedRow)
        self._mapped: dict[tuple[str, ...], tuple[Any, tuple[str, ...]]] = {}
        self._repeats = Writer(session, RepeatedRow)
        self._sheet = sheet
        self._seen: set[bytes] = set()
        """Digests of the rows so far: about 130 bytes a row, the one thing that grows with the file."""
        self._ids: set[str] = set()
        self._table_is_empty: bool | None = None
        self._known = known_names(session)
        self._notes: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self._noted = Writer(session, RowNote)
        self.simulated_rows = 0

    def take(self, rows: list[Row]) -> None:
        report = self._report
        report.read += len(rows)
        fresh: list[tuple[Row, Row, str]] = []
        for given in rows:
            row = given
            if self._units:
                row = given._replace(cells=self._units.scaled(given.sheet[-LONGEST_SHEET:], given.cells))
            digest = self._fingerprints.of(row)
            if digest in self._seen:
                report.repeated += 1
                continue
            self._seen.add(digest)
            fresh.append((given, row, digest.hex()))
        stored = self._stored([fingerprint for _, _, fingerprint in fresh])
        records: list[tuple[Row, dict[str, Any]]] = []
        faults: list[dict[str, Any]] = []
        repeats: list[dict[str, Any]] = []
        for given, row, fingerprint in fresh:
            if fingerprint in stored:
                report.repeated += 1
                repeats.append({**self._place(row), "fingerprint": fingerprint})
                continue
            try:
                records.append((given, self._record(row, fingerprint)))
            except RowFault as fault:
                faults.append(self._quarantined(given, fault))
        kept, clashing = self._without_clashes(records)
        faults += clashing
        if self._units:
            report.warnings += [said for said in self._units.said() if said not in report.warnings]
        report.accepted += len(kept)
        report.quarantined += len(faults)
        notes = [n for record in kept for n in self._notes.get((record["sheet"], record["row"]), ())]
        report.guessed += len(notes)
        self._notes.clear()
        self._records.write(kept)
        self._quarantine.write(faults)
        self._repeats.write(repeats)
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

    def _record(self, row: Row, fingerprint: str) -> dict[str, Any]:
        if row.fault:
            raise row.fault
        if row.broken:
            raise RowFault(
                "broken_row", "这一行不是完整的 JSON 对象", "请检查这一行的括号与引号", value=row.broken[:200]
            )
        if row.surplus:
            raise RowFault(
                "surplus_cells",
                f"这一行比表头多 {len(row.surplus)} 列",
                "请检查多余的分隔符，或给含分隔符的内容加引号",
            )
        values = self._values(row)
        if constants := self._constants:
            given = {name: v for name, v in values.items() if name not in constants or content_of(v)}
            values = {**constants, **given}
        cells = Cells(values, self._titles, self._known)
        total = self._set_apart.total(values)
        try:
            record = self._kind.record(cells)
        except RowFault as fault:
            if fault.code == "not_a_program":
                raise
            raise (total or self._set_apart.other(row) or fault) from None
        if total:
            raise total
        place = self._place(row)
        if cells.notes:
            self._notes[place["sheet"], row.number] = [
                {**place, **asdict(note), "value": _storable(note.value[:2000])} for note in cells.notes
            ]
        self._report.masked += record.pop("_masked", 0)
        flag = cells.text("simulated")
        record["simulated"] = truth(flag) if flag else self._simulated
        self.simulated_rows += record["simulated"]
        record |= place
        record["fingerprint"] = fingerprint
        return record

    def _values(self, row: Row) -> dict[str, Any]:
        """The mapped cells of a row by our names."""
        headers = tuple(row.cells)
        if headers not in self._mapped:
            known = [header for header in headers if header in self._columns]
            # itemgetter gives a tuple only of two or more
            taken = itemgetter(*known) if len(known) > 1 else None
            self._mapped[headers] = (taken, tuple(self._columns[header] for header in known))
        taken, ours = self._mapped[headers]
        if taken is None:
            return {self._columns[header]: v for header, v in row.cells.items() if header in self._columns}
        return dict(zip(ours, taken(row.cells), strict=True))

    def _place(self, row: Row) -> dict[str, Any]:
        """Where the row stands: batch, sheet and row."""
        sheet = row.sheet or self._sheet
        return {"batch_id": self._batch_id, "sheet": sheet[-LONGEST_SHEET:], "row": row.number}

    def _without_clashes(
        self, records: Sequence[tuple[Row, dict[str, Any]]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Records whose own id is already taken by other content go to the quarantine."""
        if not records or not isinstance(records[0][1].get("id"), str):
            return [record for _, record in records], []
        column = self._kind.model.id  # type: ignore[attr-defined]
        free_ids(self._session, self._kind.model, [r["id"] for _, r in records])
        taken = (
            set(self._session.scalars(select(column).where(column.in_([r["id"] for _, r in records]))))
            | self._ids
        )
        kept, faults = [], []
        for row, record in records:
            if record["id"] in taken:
                fault = RowFault(
                    "id_taken",
                    f"编号 {record['id']} 已用于另一条内容",
                    "请换一个编号，或先撤回旧的一条",
                    "编号",
                    record["id"],
                )
                faults.append(self._quarantined(row, fault))
                continue
            taken.add(record["id"])
            kept.append(record)
        self._ids |= {record["id"] for record in kept}
        return kept, faults

    def _quarantined(self, row: Row, fault: RowFault) -> dict[str, Any]:
        report = self._report
        report.reasons[fault.code] = report.reasons.get(fault.code, 0) + 1
        entry = {
            **self._place(row),
            "column": fault.column[:100],
            "value": fault.value[:2000],
            "reason_code": fault.code,
            "reason": _shortened(fault.reason),
            "remedy": fault.remedy,
        }
        entry["raw"], masked = _kept(row)
        report.masked += masked
        entry |= {key: _storable(entry[key]) for key in ("sheet", "column", "value", "reason")}
        if report.reasons[fault.code] <= SAMPLE:
            shown = {key: entry[key] for key in _SAMPLED}
            report.quarantine_sample.append({"sheet": entry["sheet"], **shown} if row.sheet else shown)
        return entry


def _kept(row: Row) -> tuple[dict[str, Any], int]:
    """The row as it came, save for what must not or cannot be stored, and how many personal numbers were masked."""
    if row.broken:
        line, count = _masked(row.broken)
        return {"line": line}, count
    kept: dict[str, Any] = {}
    count = 0
    for header, value in row.cells.items():
        if type(value) is str:
            kept[_masked(header)[0]], found = _masked(value)
            count += found
        else:
            kept[_masked(header)[0]] = _storable(value)
            count += _masked(clean(value))[1]
    if row.surplus:
        kept["多余"] = [_masked(value)[0] for value in row.surplus]
        count += sum(_masked(value)[1] for value in row.surplus)
    return kept, count


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON // 2]}……{text[-40:]}"


def _storable(value: Any) -> Any:
    """Without personal data, and without what a database's JSON refuses: NUL, lone surrogates, NaN."""
    if isinstance(value, str):
        return _masked(value)[0]
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {str(_storable(str(key))): _storable(item) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        text, count = _masked(clean(value))
        return text if count or (isinstance(value, float) and not math.isfinite(value)) else value
    return value


def _masked(text: str) -> tuple[str, int]:
    """A text without personal data and what no database stores, and how often it was masked."""
    return _masked_short(text) if len(text) <= 500 else _masked_short.__wrapped__(text)


@lru_cache(maxsize=10_000)
def _masked_short(text: str) -> tuple[str, int]:
    return mask_personal(text.replace("\0", "").encode("utf-8", "replace").decode("utf-8"))
