"""From a table to a batch: every row a record, a repeat, or in the quarantine; all of it stored at once or nothing."""

import hashlib
import json
import math
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.errors import ConflictError, DatabaseStateError, InvalidInputError, UnreadableFileError
from app.ingest.fault import RowFault
from app.ingest.kinds import KINDS
from app.ingest.reading import Row, Table, open_table
from app.ingest.schema import Cells, Kind
from app.ingest.values import clean, truth
from app.matching.posting import mask_personal
from app.models import Batch, QuarantinedRow, new_id, now
from app.reference.codes import normalised

CHUNK = 1000
SAMPLE = 3
"""Quarantined rows of each reason shown in a report."""
ACCEPTED = "accepted"


@dataclass(slots=True)
class BatchReport:
    """What became of a file. `read == accepted + repeated + quarantined`."""

    kind: str
    file: str
    read: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    seconds: float = 0.0
    batch: str | None = None
    already: bool = False
    """The same content was loaded before; nothing changed."""
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    """Quarantined rows by reason code."""
    quarantine_sample: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def ingest_file(
    session: Session,
    path: Path,
    kind: str,
    *,
    source: str | None = None,
    mapping: Path | None = None,
    dry_run: bool = False,
    simulated: bool = False,
    progress: Callable[[int], None] | None = None,
) -> BatchReport:
    """Load one file as a batch, in one transaction that this function commits.

    Raises UnreadableFileError or InvalidInputError, with nothing stored, where the file is not of the kind or cannot
    be read, or where none of its rows is acceptable; a bad row among good ones goes to the quarantine. The same
    content again changes nothing: all its rows are repeats.
    """
    started = time.monotonic()
    chosen = _kind(kind)
    renamed, constants = _mapping(mapping, chosen)
    if not path.is_file():
        raise UnreadableFileError("找不到文件", remedy="请检查路径", where={"文件": str(path)})
    sha256 = _hash_file(path)
    report = BatchReport(kind=kind, file=path.name, dry_run=dry_run)
    if earlier := _earlier(session, kind, sha256):
        return _as_repeat(report, earlier, started)

    def recognised(header: str) -> bool:
        return clean(header) in renamed or chosen.column_for(header) is not None

    with open_table(path, recognised) as table:
        columns = _columns(table, chosen, renamed, constants, path)
        if absent := set(renamed) - set(map(clean, table.headers)):
            report.warnings.append(f"列对应文件提到的表头不在文件里：{'、'.join(sorted(absent))}")
        try:
            return _accept(
                session,
                chosen,
                table.rows,
                columns,
                constants,
                report,
                source=source or path.name,
                sha256=sha256,
                size=path.stat().st_size,
                reading={**table.reading, "columns": columns, "constants": constants},
                simulated=simulated,
                started=started,
                progress=progress,
            )
        except IntegrityError as error:
            # Another process loaded the same rows between our look and our writing.
            if earlier := _earlier(session, kind, sha256):
                return _as_repeat(report, earlier, started)
            raise ConflictError(
                "另一个进程正在装入相同的内容，没有保存任何内容",
                remedy="请稍后再装一次",
                where={"文件": path.name},
            ) from error


def accept_rows(
    session: Session,
    kind: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    source: str,
    filename: str = "",
    simulated: bool = False,
) -> BatchReport:
    """Load rows that come from elsewhere than a file (the API), by our column names, as a batch of their own."""
    started = time.monotonic()
    chosen = _kind(kind)
    listed = [dict(row) for row in rows]
    content = json.dumps(listed, ensure_ascii=False, sort_keys=True, default=str).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    report = BatchReport(kind=kind, file=filename)
    if earlier := _earlier(session, kind, sha256):
        return _as_repeat(report, earlier, started)
    columns = {column.name: column.name for column in chosen.columns}
    return _accept(
        session,
        chosen,
        (Row(number, row) for number, row in enumerate(listed, start=1)),
        columns,
        {},
        report,
        source=source,
        sha256=sha256,
        size=len(content),
        reading={"format": "rows"},
        simulated=simulated,
        started=started,
        progress=None,
    )


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise InvalidInputError(f"没有种类 {name}", remedy=f"可用的种类：{'、'.join(KINDS)}")
    return KINDS[name]


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _earlier(session: Session, kind: str, sha256: str) -> Batch | None:
    return session.scalars(select(Batch).where(Batch.kind == kind, Batch.sha256 == sha256)).first()


def _as_repeat(report: BatchReport, earlier: Batch, started: float) -> BatchReport:
    """The report on content that an earlier batch already holds: all of it is repeats."""
    report.read = report.repeated = earlier.read
    report.accepted = report.quarantined = 0
    report.reasons, report.quarantine_sample = {}, []
    report.batch, report.already = earlier.id, True
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _mapping(path: Path | None, kind: Kind) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers renamed to our columns, and constants for columns the file lacks, from a TOML file."""
    if path is None:
        return {}, {}
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError(
            f"列对应文件无法读取：{error}", remedy="请检查路径与 TOML 格式", where={"文件": str(path)}
        ) from error
    known = {column.name for column in kind.columns}
    columns, constants = data.get("columns", {}), data.get("constants", {})
    if not isinstance(columns, dict) or not isinstance(constants, dict):
        raise InvalidInputError(
            "列对应文件的写法不对",
            remedy='请写成 [columns] 与 [constants] 两节，如 plan = "招生规模"',
            where={"文件": str(path)},
        )
    if unknown := (set(columns) | set(constants)) - known:
        raise InvalidInputError(
            f"列对应文件中有不认识的字段：{'、'.join(sorted(unknown))}",
            remedy=f"可用字段：{'、'.join(sorted(known))}",
            where={"文件": str(path)},
        )
    return (
        {clean(header): ours for ours, header in columns.items()},
        {name: clean(value) for name, value in constants.items()},
    )


def _columns(
    table: Table, kind: Kind, renamed: Mapping[str, str], constants: Mapping[str, Any], path: Path
) -> dict[str, str]:
    """Our column of each header that has one. Raises UnreadableFileError where a required one is missing."""
    columns: dict[str, str] = {}
    for header in table.headers:
        column = kind.column_for(header)
        ours = renamed.get(clean(header)) or (column.name if column else None)
        if ours and ours not in columns.values():
            columns[header] = ours
    if missing := kind.missing({*columns.values(), *constants}):
        remedy = "请补上这些列，或用 --mapping 说明列的对应"
        if other := _looks_like(table.headers, kind):
            remedy = f"这个文件像是“{other.title}”，请改用 --kind {other.name}；{remedy}"
        raise UnreadableFileError(
            f"不是“{kind.title}”文件：缺少列 {'、'.join(missing)}；现有列：{'、'.join(table.headers[:12]) or '无'}",
            remedy=remedy,
            where={"文件": path.name, "行": table.reading.get("header_row", 1)},
        )
    return columns


def _looks_like(headers: Iterable[str], wanted: Kind) -> Kind | None:
    """Another kind whose required columns are all there, the one that knows most of the headers."""
    listed = list(headers)
    fitting = []
    for kind in KINDS.values():
        known = {column.name for header in listed if (column := kind.column_for(header))}
        if kind is not wanted and known and not kind.missing(known):
            fitting.append((len(known), kind.name))
    return KINDS[max(fitting)[1]] if fitting else None


def _accept(
    session: Session,
    kind: Kind,
    rows: Iterable[Row],
    columns: Mapping[str, str],
    constants: Mapping[str, Any],
    report: BatchReport,
    *,
    source: str,
    sha256: str,
    size: int,
    reading: dict[str, Any],
    simulated: bool,
    started: float,
    progress: Callable[[int], None] | None,
) -> BatchReport:
    batch_id = new_id()
    titles = {column.name: column.title for column in kind.columns}
    intake = _Intake(session, kind, batch_id, columns, constants, titles, simulated, report)
    try:
        # The batch goes first, since its rows refer to it; its counts are set before anything is committed.
        batch = Batch(
            id=batch_id,
            kind=kind.name,
            source=source[:300],
            filename=report.file[:300],
            sha256=sha256,
            size_bytes=size,
            state="received",
            simulated=simulated,
            reading=reading,
            read=0,
            accepted=0,
            repeated=0,
            quarantined=0,
            warnings=[],
            seconds=0.0,
        )
        session.add(batch)
        session.flush()
        if unread := reading.get("unread_sheets"):
            report.warnings.append(f"只读了工作表“{reading['sheet']}”；未读：{'、'.join(unread)}")
        for chunk in _chunks(rows):
            intake.take(chunk)
            if progress:
                progress(report.read)
        if report.read == 0:
            raise UnreadableFileError(
                "只有表头，没有数据行", remedy="请检查导出是否成功", where={"文件": report.file}
            )
        if report.quarantined == report.read:
            raise _nothing_acceptable(report)
        if intake.masked:
            report.warnings.append(f"已遮去 {intake.masked} 处个人信息（手机号、身份证号、邮箱）")
        report.seconds = round(time.monotonic() - started, 3)
        if report.dry_run:
            session.rollback()
            return report
        batch.read, batch.accepted = report.read, report.accepted
        batch.repeated, batch.quarantined = report.repeated, report.quarantined
        batch.warnings, batch.seconds = list(report.warnings), report.seconds
        batch.simulated = simulated or intake.simulated_rows > 0
        batch.state, batch.accepted_at = ACCEPTED, now()
        session.commit()
    except OperationalError as error:
        session.rollback()
        raise DatabaseStateError(
            f"数据库写入失败：{error.orig}", remedy="没有保存任何内容；请检查磁盘空间与数据库连接后重试"
        ) from error
    except BaseException:
        session.rollback()
        raise
    report.batch = batch_id
    return report


def _nothing_acceptable(report: BatchReport) -> InvalidInputError:
    """A file of which no row can become a record is refused whole, by its first fault."""
    first = report.quarantine_sample[0]
    return InvalidInputError(
        f"{report.read} 行中没有一行可以接收，没有保存任何内容；例如：{first['reason']}",
        remedy=first["remedy"],
        where={
            "文件": report.file,
            "行": first["row"],
            "列": first["column"] or "—",
            "值": first["value"] or "空",
        },
    )


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class _Intake:
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
    ) -> None:
        self._session = session
        self._kind = kind
        self._batch_id = batch_id
        self._columns = columns
        self._constants = constants
        self._titles = titles
        self._simulated = simulated
        self._report = report
        self._seen: set[bytes] = set()
        self._ids: set[str] = set()
        self.masked = 0
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
        for row, fingerprint in fresh:
            if fingerprint in stored:
                report.repeated += 1
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

    def _fingerprint(self, row: Row) -> str:
        """SHA-256 of all cells by our names where they have one: the same under other headers and encodings."""
        content = {
            self._columns.get(header, normalised(header)): _content(value)
            for header, value in row.cells.items()
            if _content(value)
        }
        if row.surplus or row.broken:
            content["\0"] = json.dumps([row.surplus, row.broken], ensure_ascii=False)
        line = json.dumps(
            [self._kind.name, content, self._constants if self._constants else 0, self._simulated],
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
        cells = Cells({**self._constants, **values}, self._titles)
        record = self._kind.record(cells)
        self.masked += record.pop("_masked", 0)
        flag = cells.text("simulated")
        record["simulated"] = truth(flag) if flag else self._simulated
        self.simulated_rows += record["simulated"]
        return {"batch_id": self._batch_id, "row": row.number, "fingerprint": fingerprint, **record}

    def _without_clashes(
        self, records: list[dict[str, Any]], rows: Mapping[int, Row]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Records whose own id is already taken by other content go to the quarantine."""
        if not records or not isinstance(records[0].get("id"), str):
            return records, []
        column = self._kind.model.id  # type: ignore[attr-defined]
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
            "batch_id": self._batch_id,
            "row": row.number,
            "column": fault.column[:100],
            "value": fault.value[:2000],
            "reason_code": fault.code,
            "reason": fault.reason,
            "remedy": fault.remedy,
            "raw": self._kept(row),
        }
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


_SAMPLED = ("row", "column", "value", "reason_code", "reason", "remedy")


def _content(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else clean(value)
