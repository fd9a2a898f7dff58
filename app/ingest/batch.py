"""From a table to a batch: every row a record, a repeat, or in the quarantine; all of it stored at once or nothing."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError, UnreadableFileError
from app.ingest.batch_records import STANDING, names_its_own
from app.ingest.batch_transaction import whole
from app.ingest.columns import Ask, mapped_columns, must_exist, open_as
from app.ingest.delivery import Delivery, decide, out_of_the_way, received
from app.ingest.fingerprint import SERIAL
from app.ingest.intake import BatchReport, Intake
from app.ingest.kinds import kind_named
from app.ingest.known_names import known_names
from app.ingest.mappings import ColumnMapping, keep_mapping, mapping_for
from app.ingest.preparation import Terms
from app.ingest.reading import Row
from app.ingest.reading.rows import listed
from app.ingest.schema import Kind
from app.ingest.second_process import Again, prepared
from app.ingest.storable import storable
from app.ingest.values import clean
from app.matching.personal import MASKED
from app.models import Batch

CHUNK = 250
"""Rows taken at a time: few enough for the processor's cache, where a thousand were a third slower."""


Settle = Callable[[Batch], None]
"""What else belongs into the transaction of a batch, once its rows are written."""


def ingest_file(
    session: Session,
    path: Path,
    kind: str,
    *,
    source: str | None = None,
    mapping: Path | ColumnMapping | None = None,
    dry_run: bool = False,
    simulated: bool = False,
    licence: str = "",
    who: str = "",
    hold: bool = False,
    supersede: bool = False,
    progress: Callable[[int], None] | None = None,
    ask: Ask | None = None,
    save_mapping: bool = False,
) -> BatchReport:
    """Load one file as a batch, in one transaction that this function commits.

    With `hold` the batch is checked and kept, but counts only when it is accepted. With `supersede` it takes the place
    of the accepted batches of its kind and source: now, or when a held one is accepted.

    Headers in doubt are put to `ask`; without it they are an error. `save_mapping` keeps what was said of them, in
    the file `mapping` or in answer, for later files of the source and kind; a dry run keeps nothing.

    Raises UnreadableFileError or InvalidInputError, with nothing stored, where the file is not of the kind or cannot
    be read, or where none of its rows is acceptable; a bad row among good ones goes to the quarantine. The same
    content again changes nothing: all its rows are repeats. Raises DatabaseStateError, with nothing stored, where the
    database is full, read-only or gone.
    """
    started = time.monotonic()
    chosen = kind_named(kind)
    given = mapping_for(mapping, chosen, source or path.name)
    renamed, constants, said = given.columns, given.constants, given.constants
    must_exist(path)
    if source and any(column.name == "source" for column in chosen.columns):
        constants = {"source": source, **constants}  # for rows that name none
    sha256 = _hash_file(path)
    report = BatchReport(kind=kind, file=path.name, dry_run=dry_run)
    with whole(session):
        earlier = _earlier(session, kind, sha256)
    if earlier:
        if save_mapping and mapping is not None and not dry_run:
            _keep(source or path.name, chosen, replace(given, constants=said), report)
        return _as_repeat(report, earlier, started)

    given = replace(given, constants=constants)
    with open_as(path, chosen, given) as table:
        again = Again(path, chosen.name, given, table.headers, table.reading)
        columns, given = mapped_columns(table, chosen, given, path, ask)
        if absent := set(renamed) - set(map(clean, table.headers)):
            report.warnings.append(f"列对应文件提到的表头不在文件里：{'、'.join(sorted(absent))}")
        unused = [h for h in table.headers if h not in columns and not SERIAL.match(clean(h))]
        if unused := storable([h for h in unused if clean(h) not in given.ignored]):
            report.warnings.append(f"没有用到的列：{listed(unused)}")
        if given.origin and mapping is None:
            report.warnings.append(f"采用了为此来源保存的列对应（{Path(given.origin).name}）")
        delivery = Delivery(
            source=source or path.name,
            sha256=sha256,
            size=path.stat().st_size,
            reading={
                **table.reading,
                "headers": list(table.headers),
                "columns": columns,
                "constants": constants,
                "unused": unused,
                "simulated": simulated,
            },
            simulated=simulated,
            licence=licence,
            who=who,
            hold=hold,
            supersede=supersede,
        )
        try:
            stored = store(
                session, chosen, table.rows, delivery, report, started=started, progress=progress, again=again
            )
            if save_mapping and not dry_run:
                _keep(source or path.name, chosen, replace(given, constants=said), report)
            return stored
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
    licence: str = "",
    who: str = "",
) -> BatchReport:
    """Load rows that come from elsewhere than a file (the API), by our column names, as a batch of their own."""
    started = time.monotonic()
    chosen = kind_named(kind)
    listed = [dict(row) for row in rows]
    content = json.dumps(listed, ensure_ascii=False, sort_keys=True, default=str).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    report = BatchReport(kind=kind, file=filename)
    if earlier := _earlier(session, kind, sha256):
        return _as_repeat(report, earlier, started)
    delivery = Delivery(
        source=source,
        sha256=sha256,
        size=len(content),
        reading={"format": "rows", "columns": {column.name: column.name for column in chosen.columns}},
        simulated=simulated,
        licence=licence,
        who=who,
    )
    numbered = (Row(number, row) for number, row in enumerate(listed, start=1))
    return store(session, chosen, numbered, delivery, report, started=started)


def _keep(source: str, kind: Kind, mapping: ColumnMapping, report: BatchReport) -> None:
    """Keep the mapping; the rows are stored by now, so that it cannot be kept is only a warning."""
    try:
        keep_mapping(source, kind, mapping)
    except InvalidInputError as error:
        report.warnings.append(f"列对应没有保存：{error}")


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _earlier(session: Session, kind: str, sha256: str) -> Batch | None:
    """The batch that holds the same content already, and stands."""
    return session.scalars(
        select(Batch).where(Batch.kind == kind, Batch.sha256 == sha256, Batch.state.in_(STANDING))
    ).first()


def _as_repeat(report: BatchReport, earlier: Batch, started: float) -> BatchReport:
    """The report on content that an earlier batch already holds: all of it is repeats."""
    report.read = report.repeated = earlier.read
    report.accepted = report.quarantined = report.guessed = report.masked = 0
    report.reasons, report.quarantine_sample = {}, []
    report.batch, report.state, report.already = earlier.id, earlier.state, True
    report.seconds = round(time.monotonic() - started, 3)
    return report


def store(
    session: Session,
    kind: Kind,
    rows: Iterable[Row],
    delivery: Delivery,
    report: BatchReport,
    *,
    started: float,
    progress: Callable[[int], None] | None = None,
    settle: Settle | None = None,
    again: Again | None = None,
) -> BatchReport:
    """Write a batch and all its rows in one transaction, and commit it.

    `again` tells how another process can read the rows; where that is worth it, one does.
    """
    if delivery.hold and delivery.supersede and names_its_own(kind.model):
        raise InvalidInputError(
            f"“{kind.title}”的记录自带编号，不能先留后取代：两批的编号会相同",
            remedy="请直接用 --supersede 装入，不对时用 chanjiao batches undo 撤回",
        )
    batch = received(kind, delivery, report.file)
    with whole(session):
        terms = Terms(
            kind=kind.name,
            batch_id=batch.id,
            columns=delivery.reading.get("columns", {}),
            constants=delivery.reading.get("constants", {}),
            simulated=delivery.simulated,
            sheet=str(delivery.reading.get("sheet", "")),
            units=delivery.reading.get("units", {}),
            known=known_names(session),
            chunk=CHUNK,
        )
        intake = Intake(session, kind, report)
        # The batch goes first, since its rows refer to it; its counts are set before anything is committed.
        session.add(batch)
        session.flush()
        out = out_of_the_way(session, batch, delivery)
        if unread := delivery.reading.get("unread_sheets"):
            report.warnings.append(f"只读了工作表“{delivery.reading['sheet']}”；未读：{'、'.join(unread)}")
        with prepared(rows, terms, session.get_bind().dialect, again) as ready:
            for some in ready:
                intake.take(some)
                if progress:
                    progress(report.read)
        intake.finish()
        if report.read == 0:
            raise UnreadableFileError(
                "只有表头，没有数据行", remedy="请检查导出是否成功", where={"文件": report.file}
            )
        if not report.accepted and not intake.known_before:
            raise _nothing_acceptable(report)
        if report.masked:
            report.warnings.append(f"已遮去 {report.masked} 处个人信息（{MASKED}）")
        if report.guessed:
            report.warnings.append(
                f"{report.guessed} 处不是照原样采用：按相近的名称对应，或没有读出，逐行记下了依据"
            )
        report.seconds = round(time.monotonic() - started, 3)
        report.superseded = [] if delivery.hold else [each.id for each in out]
        if report.dry_run:
            session.rollback()
            return report
        batch.read, batch.accepted = report.read, report.accepted
        batch.repeated, batch.quarantined = report.repeated, report.quarantined
        batch.masked, batch.warnings, batch.seconds = report.masked, list(report.warnings), report.seconds
        batch.simulated = delivery.simulated or intake.simulated
        decide(session, batch, delivery, out)
        if settle:
            settle(batch)
        session.commit()
    report.batch, report.state = batch.id, batch.state
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
