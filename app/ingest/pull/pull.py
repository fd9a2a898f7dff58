"""Pulling a source: lock, fetch, ingest as a batch, and a record of how it went, whichever way it went."""

import hashlib
import shutil
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.errors import ChanjiaoError, ConflictError
from app.ingest.batch import ingest_file
from app.ingest.pull.address import Resolve, resolved
from app.ingest.pull.fault import PullError
from app.ingest.pull.fetch import Fetcher
from app.ingest.pull.fetched import Fetched, Validators
from app.ingest.pull.folder import FolderWatch, Resting
from app.ingest.pull.history import enough, taken_out
from app.ingest.pull.http_file import fetch_file
from app.ingest.pull.http_json import REQUEST_SECONDS, fetch_json
from app.ingest.pull.lock import held
from app.ingest.pull.outcome import Outcome, Run, work_folder
from app.ingest.pull.part_file import PartFile
from app.ingest.pull.query import fetch_query
from app.ingest.pull.secrets import Secrets
from app.ingest.pull.source import Folder, HttpFile, HttpJson, HttpSource, Query, Source
from app.ingest.pull.spool import Spool
from app.models import Batch, Pull, now

log = structlog.get_logger("chanjiao.pull")
_REFUSED = ("unreadable_file", "invalid_input")
"""Errors of a file's content: the same content would fail again."""
_OURS = ("database_state", "conflict", "reader_lost")
"""Errors of ingest that are no fault of what was fetched: its pages are kept."""
KEPT = ("pages", "download", "download.json")
"""What a pull that failed leaves in the folder of its source for the next."""
_NO_DATABASE = "数据库不可用，没有保存任何内容。请检查数据库连接与磁盘空间"
_INTERRUPTED = (
    "进程在拉取中途结束：整批要么已经装入，要么没有保存任何内容。请再拉取一次，已取到的部分会接着用"
)


class Puller:
    """Pulls sources into one database. `folder` holds, by source, what is fetched until its pull ends."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        folder: Path,
        *,
        stop: threading.Event | None = None,
        resolve: Resolve = resolved,
    ) -> None:
        self._sessions = sessions
        self._folder = folder
        self._stop = stop or threading.Event()
        self._resolve = resolve

    def pull(self, source: Source, *, again: bool = False) -> list[Outcome]:
        """Fetch a source and load what is new as a batch; a folder gives one outcome for each new file.

        `again`: as if it had never been pulled. A failure is an outcome like any other and changes no data; nothing
        is raised for it.
        """
        place = self._folder / source.name
        try:
            with self._sessions() as session:
                engine = cast(Engine, session.get_bind())
            with held(engine, source.name, place):
                self._close_interrupted(source.name)
                if again:
                    shutil.rmtree(place / "work", ignore_errors=True)
                    for left in KEPT:
                        (place / left).unlink(missing_ok=True)
                if isinstance(source, Folder):
                    return self._folder_pulls(source, place, again)
                return [self._one(source, partial(self._fetch, source), place, again)]
        except ChanjiaoError as error:
            return [Outcome(source.name, "failed", error_code=error.code, error=str(error))]
        except SQLAlchemyError as error:
            log.error("pull_database", source=source.name, error=type(error).__name__)
            return [Outcome(source.name, "failed", error_code="database_state", error=_NO_DATABASE)]
        except OSError as error:
            return [Outcome(source.name, "failed", error_code="disk", error=_disk(error))]

    def close_interrupted(self, source: str) -> int:
        """Mark pulls of a source that a killed process left as running; those that do run are left alone."""
        with self._sessions() as session:
            engine = cast(Engine, session.get_bind())
        try:
            with held(engine, source, self._folder / source):
                return self._close_interrupted(source)
        except ConflictError:
            return 0

    def _close_interrupted(self, source: str) -> int:
        with self._sessions.begin() as session:
            left = session.scalars(
                select(Pull.id).where(Pull.source == source, Pull.state == "running")
            ).all()
            if left:
                session.execute(
                    update(Pull)
                    .where(Pull.id.in_(left))
                    .values(state="failed", ended_at=now(), error_code="interrupted", error=_INTERRUPTED)
                )
        return len(left)

    def _folder_pulls(self, source: Folder, place: Path, again: bool) -> list[Outcome]:
        """A look that finds nothing new is no pull, and leaves no record."""
        watch = FolderWatch(source, place / "seen.json")
        outcomes: list[Outcome] = []
        try:
            taken = set() if again else self._taken(source)
            for file in watch.resting():
                if self._stop.is_set():
                    break
                if file.sha256 not in taken:
                    taken.add(file.sha256)
                    outcomes.append(
                        self._one(source, _copying(watch, file), place, again, file.path.name, file.sha256)
                    )
        except PullError as error:
            outcomes.append(self._one(source, _raising(error), place))
        return outcomes or [Outcome(source.name, "unchanged")]

    def _taken(self, source: Folder) -> set[str]:
        """Digests of files that are loaded, or were refused for what is in them under the same configuration."""
        with self._sessions() as session:
            found = session.scalars(
                select(Pull.sha256).where(
                    Pull.source == source.name,
                    Pull.fingerprint == source.fingerprint,
                    Pull.state.in_(("succeeded", "unchanged")) | Pull.error_code.in_(_REFUSED),
                )
            )
            return set(found)

    def _fetch(self, source: Source, work: Path, run: Run) -> Fetched | None:
        if isinstance(source, Query):
            return fetch_query(source, run.secrets, self._stop, work, self._resolve)
        assert isinstance(source, HttpSource)
        known = Validators() if run.again else self._known(source, run)
        seconds = source.limits.seconds if isinstance(source, HttpFile) else REQUEST_SECONDS
        fetcher = Fetcher(source, run.secrets, self._stop, request_seconds=seconds, resolve=self._resolve)
        try:
            if isinstance(source, HttpFile):
                part = PartFile(work.parent, source.fingerprint, source.limits.bytes)
                run.kept = part
                part.load()
                return fetch_file(source, fetcher, known, part, work)
            assert isinstance(source, HttpJson)
            spool = Spool(work.parent / "pages", source.fingerprint)
            run.kept = spool
            return fetch_json(source, fetcher, spool, known, work)
        finally:
            run.requests, run.bytes = fetcher.requests, fetcher.bytes
            fetcher.close()

    def _known(self, source: HttpSource, run: Run) -> Validators:
        """What the last good pull learned, if its batch still stands and the source is configured as it was."""
        with self._sessions() as session:
            last = session.execute(
                select(Pull.etag, Pull.last_modified, Batch.id)
                .join(Batch, Batch.id == Pull.batch_id)
                .where(
                    Pull.source == source.name,
                    Pull.fingerprint == source.fingerprint,
                    Pull.state.in_(("succeeded", "unchanged")),
                    Batch.state == "accepted",
                )
                .order_by(Pull.started_at.desc(), Pull.id.desc())
                .limit(1)
            ).first()
        if last is None:
            return Validators()
        run.known_batch = last.id
        run.known = Validators(last.etag, last.last_modified)
        return run.known

    def _one(
        self,
        source: Source,
        fetch: Callable[[Path, Run], Fetched | None],
        place: Path,
        again: bool = False,
        item: str = "",
        sha256: str = "",
    ) -> Outcome:
        started = time.monotonic()
        run = Run(Secrets(), again)
        with self._sessions.begin() as session:
            record = Pull(
                source=source.name,
                connector=source.connector,
                kind=source.kind,
                fingerprint=source.fingerprint,
                item=item[:300],
                sha256=sha256,
            )
            session.add(record)
        outcome = Outcome(source.name, "failed", pull=record.id, item=item)
        try:
            with work_folder(place) as work:
                self._load(source, fetch(work, run), run, outcome, record)
            if run.kept is not None:
                run.kept.clear()
        except ChanjiaoError as error:
            outcome.error_code, outcome.error = error.code, run.secrets.hide(str(error))
            keeps = error.keeps if isinstance(error, PullError) else error.code in _OURS
            if run.kept is not None and not keeps:
                run.kept.clear()
        except SQLAlchemyError as error:
            log.error("pull_database", source=source.name, error=type(error).__name__)
            outcome.error_code, outcome.error = "database_state", _NO_DATABASE
        except OSError as error:
            outcome.error_code, outcome.error = "disk", _disk(error)
        except Exception as error:
            log.error("pull_failed", source=source.name, error=run.secrets.hide(repr(error)))
            outcome.error_code = "internal_error"
            outcome.error = f"内部错误 {type(error).__name__}，没有保存任何内容；详见日志"
        except BaseException:
            outcome.error_code, outcome.error = "interrupted", _INTERRUPTED
            raise
        finally:
            outcome.requests, outcome.bytes = run.requests, run.bytes
            outcome.seconds = round(time.monotonic() - started, 3)
            self._close(record, outcome)
        return outcome

    def _load(
        self, source: Source, fetched: Fetched | None, run: Run, outcome: Outcome, record: Pull
    ) -> None:
        """Make a batch of what was fetched. Raises what ingest raises, with nothing stored."""
        if fetched is None:
            outcome.state, outcome.batch = "unchanged", run.known_batch
            record.etag, record.last_modified = run.known.etag, run.known.last_modified
            return
        outcome.resumed, outcome.warnings = fetched.resumed, list(fetched.warnings)
        if fetched.count == 0:
            outcome.state = "unchanged"
            outcome.warnings.append("来源现在没有任何数据；已有的数据没有改变")
            return
        with fetched.path.open("rb") as stream:
            record.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        run.bytes = run.bytes or fetched.path.stat().st_size
        outcome.item = outcome.item or (fetched.path.name if isinstance(source, HttpFile) else "")
        with self._sessions() as session:
            if not run.again and (undone := taken_out(session, source, record.sha256)):
                outcome.state, outcome.batch = "unchanged", undone
                outcome.warnings.append(
                    f"同样的内容曾由批次 {undone} 装入，后来被撤回，没有再装；确要再装请用 chanjiao pull --again"
                )
                return
            if fetched.count is not None and source.takes_the_place:
                enough(session, source, fetched.count)
            report = ingest_file(
                session,
                fetched.path,
                source.kind,
                source=source.label,
                mapping=source.mapping,
                simulated=source.simulated,
                licence=source.licence,
                who=f"chanjiao pull {source.name}",
                supersede=source.takes_the_place,
            )
        outcome.state = "unchanged" if report.already else "succeeded"
        outcome.batch, outcome.rows, outcome.accepted = report.batch, report.read, report.accepted
        outcome.repeated, outcome.quarantined = report.repeated, report.quarantined
        outcome.superseded = list(report.superseded)
        outcome.warnings += report.warnings
        record.etag, record.last_modified = fetched.validators.etag, fetched.validators.last_modified

    def _close(self, record: Pull, outcome: Outcome) -> None:
        """Write down how it went. Where even that fails, the next pull finds it unfinished and says so."""
        values = {
            name: getattr(outcome, name)
            for name in ("state", "rows", "bytes", "requests", "resumed", "error_code", "error", "warnings")
        }
        values |= {name: getattr(record, name) for name in ("sha256", "etag", "last_modified")}
        values |= {"batch_id": outcome.batch, "item": outcome.item[:300], "ended_at": now()}
        try:
            with self._sessions.begin() as session:
                session.execute(update(Pull).where(Pull.id == record.id).values(**values))
        except SQLAlchemyError as error:
            log.error("pull_not_recorded", source=outcome.source, error=type(error).__name__)


def _disk(error: OSError) -> str:
    return f"磁盘读写失败：{error.strerror}。没有保存任何内容；请检查数据目录的空间与权限"


def _copying(watch: FolderWatch, file: Resting) -> Callable[[Path, Run], Fetched]:
    return lambda work, _run: watch.fetch(file, work)


def _raising(error: PullError) -> Callable[[Path, Run], Fetched]:
    def fetch(_work: Path, _run: Run) -> Fetched:
        raise error

    return fetch
