"""Rows taken in: each a record, a repeat, or in the quarantine; and the report that counts them."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.ingest.batch_records import free_ids
from app.ingest.fault import RowFault
from app.ingest.reading import Row
from app.ingest.schema import Cells, Kind
from app.ingest.values import clean, truth
from app.matching.personal import mask_personal
from app.models import QuarantinedRow, RepeatedRow
from app.reference.codes import normalised

SERIAL = re.compile(r"^(?:序号|行号|顺序号|no\.?|num|#|index|unnamed:\s*\d+|第\d+列)$", re.IGNORECASE)
"""Headers of columns that only number the rows: two rows that differ in nothing else are the same row."""
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
    ) -> None:
        self._session = session
        self._kind = kind
        self._batch_id = batch_id
        self._columns = columns
        self._constants = constants
        self._titles = titles
        self._simulated = simulated
        self._report = report
        self._sheet = sheet
        self._seen: set[bytes] = set()
        self._ids: set[str] = set()
        self.simulated_rows = 0

    def take(self, rows: list[Row]) -> None:
        report = self._report
        fresh: list[tuple[Row, str]] = []
        for row in rows:
            report.read += 1
            fingerprint = self._fingerprint(row)
            key = bytes.fromhex(fingerprint)
            if key in self._seen:
                report.repeated += 1
                continue
            self._seen.add(key)
            fresh.append((row, fingerprint))
        stored = self._stored([fingerprint for _, fingerprint in fresh])
        records, faults = [], []
        repeats: list[dict[str, Any]] = []
        for row, fingerprint in fresh:
            if fingerprint in stored:
                report.repeated += 1
                repeats.append({**self._place(row), "fingerprint": fingerprint})
                continue
            try:
                record = self._record(row, fingerprint)
            except RowFault as fault:
                faults.append(self._quarantined(row, fault))
                continue
            records.append(record)
        records, clashing = self._without_clashes(records, {row.number: row for row, _ in fresh})
        faults += clashing
        report.accepted += len(records)
        report.quarantined += len(faults)
        if records:
            self._session.execute(insert(self._kind.model), records)
        if faults:
            self._session.execute(insert(QuarantinedRow), faults)
        if repeats:
            self._session.execute(insert(RepeatedRow), repeats)

    def _fingerprint(self, row: Row) -> str:
        """SHA-256 of all cells by our names where they have one: the same under other headers and encodings."""
        content = {name: _content(value) for name, value in self._constants.items()}
        for header, value in row.cells.items():
            ours = self._columns.get(header)
            if (text := _content(value)) and (ours or not SERIAL.match(normalised(header))):
                content[ours or normalised(header)] = re.sub(r"^(\d+)\.0+$", r"\1", text)
        if row.surplus or row.broken:
            content["\0"] = json.dumps([row.surplus, row.broken], ensure_ascii=False)
        line = json.dumps(
            [self._kind.name, content, self._simulated],
            ensure_ascii=False,
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()

    def _stored(self, fingerprints: list[str]) -> set[str]:
        column = self._kind.model.fingerprint  # type: ignore[attr-defined]
        found: set[str] = set()
        for start in range(0, len(fingerprints), 500):
            part = fingerprints[start : start + 500]
            found.update(self._session.scalars(select(column).where(column.in_(part))))
        return found

    def _record(self, row: Row, fingerprint: str) -> dict[str, Any]:
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
        values = {self._columns[h]: v for h, v in row.cells.items() if h in self._columns}
        given = {
            name: value for name, value in values.items() if name not in self._constants or _content(value)
        }
        cells = Cells({**self._constants, **given}, self._titles)
        record = self._kind.record(cells)
        self._report.masked += record.pop("_masked", 0)
        flag = cells.text("simulated")
        record["simulated"] = truth(flag) if flag else self._simulated
        self.simulated_rows += record["simulated"]
        return {**self._place(row), "fingerprint": fingerprint, **record}

    def _place(self, row: Row) -> dict[str, Any]:
        """Where the row stands: batch, sheet and row."""
        sheet = getattr(row, "sheet", "") or self._sheet
        return {"batch_id": self._batch_id, "sheet": sheet[:100], "row": row.number}

    def _without_clashes(
        self, records: list[dict[str, Any]], rows: Mapping[int, Row]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Records whose own id is already taken by other content go to the quarantine."""
        if not records or not isinstance(records[0].get("id"), str):
            return records, []
        column = self._kind.model.id  # type: ignore[attr-defined]
        free_ids(self._session, self._kind.model, [r["id"] for r in records])
        taken = (
            set(self._session.scalars(select(column).where(column.in_([r["id"] for r in records]))))
            | self._ids
        )
        kept, faults = [], []
        for record in records:
            if record["id"] in taken:
                fault = RowFault(
                    "id_taken",
                    f"编号 {record['id']} 已用于另一条内容",
                    "请换一个编号，或先撤回旧的一条",
                    "编号",
                    record["id"],
                )
                faults.append(self._quarantined(rows[record["row"]], fault))
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
            "raw": self._kept(row),
        }
        report.masked += _personal(row)
        entry |= {key: _storable(entry[key]) for key in ("column", "value", "reason")}
        if report.reasons[fault.code] <= SAMPLE:
            report.quarantine_sample.append({key: entry[key] for key in _SAMPLED})
        return entry

    @staticmethod
    def _kept(row: Row) -> dict[str, Any]:
        """The row as it came, save for what must not or cannot be stored."""
        if row.broken:
            return {"line": _storable(row.broken)}
        kept = {str(_storable(header)): _storable(value) for header, value in row.cells.items()}
        return kept | ({"多余": [_storable(value) for value in row.surplus]} if row.surplus else {})


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON // 2]}……{text[-40:]}"


def _storable(value: Any) -> Any:
    """Without personal data, and without what a database's JSON refuses: NUL, lone surrogates, NaN."""
    if isinstance(value, str):
        masked, _ = mask_personal(value.replace("\0", "").encode("utf-8", "replace").decode("utf-8"))
        return masked
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {str(_storable(str(key))): _storable(item) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        text, count = mask_personal(clean(value))
        return text if count or (isinstance(value, float) and not math.isfinite(value)) else value
    return value


def _personal(row: Row) -> int:
    """How many personal numbers and addresses the cells of a row hold."""
    values = [row.broken] if row.broken else [*row.cells.values(), *row.surplus]
    return sum(mask_personal(clean(value))[1] for value in values)


def _content(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else clean(value)
