"""A second process for large files: it reads the file and makes its rows ready, while this one writes them.

Both ends of the pipe between them stand here. The child is a fresh interpreter, no copy of this process: that works
from any thread, on every system, whatever program the parent is. It gets an `Again`, opens the file and answers that it
is `_THERE`; that takes a second, in which the parent begins by itself. Then it gets a `_Job` and sends chunks, at last
None or the error that ended its reading. The pipe holds little, so that neither runs far ahead of the other; where the
parent ends, the child's next word ends it too.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Dialect, make_url

from app.errors import ChanjiaoError, ReaderLostError
from app.ingest.columns import doubt_rates, open_as
from app.ingest.kinds import KINDS
from app.ingest.mappings import ColumnMapping
from app.ingest.preparation import Preparation, Prepared, Terms, chunks
from app.ingest.reading import Row, Table
from app.reference import load_reference

FROM_SIZE = 16 << 20
"""Bytes from which a second process is worth its start: 120,000 rows of a plan, three or four seconds for one process."""
_PIPE = 1 << 19
"""Bytes that the child may be ahead, where the system lets us choose: a dozen chunks, lest each waits for the other."""
_THERE = "there"
_LOST = (OSError, EOFError, ValueError, pickle.UnpicklingError)
"""What reading from a child raises that is gone, or whose pipe was closed."""
_PROTOCOL = 5
_START = "from app.ingest.second_process import serve; serve()"
Child = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Again:
    """How another process reads a file that is open here, and what it must find."""

    path: Path
    kind: str
    given: ColumnMapping
    """The mapping under which it was opened."""
    headers: tuple[str, ...]
    reading: Mapping[str, Any]

    def worthwhile(self) -> bool:
        delimited = self.reading.get("format") == "csv"
        return delimited and self.path.stat().st_size >= FROM_SIZE and _cores() > 1


@dataclass(frozen=True, slots=True)
class _Job:
    terms: Terms
    dialect: str
    """Its name and driver."""
    done: int
    """Rows that the parent made ready while the child started; those that follow are the child's."""
    seen: set[bytes]
    """Digests of these rows."""


@contextmanager
def prepared(
    rows: Iterable[Row], terms: Terms, dialect: Dialect, again: Again | None = None
) -> Iterator[Iterator[Prepared]]:
    """The rows made ready, by a second process where that is worth it and one can be started, else by this one.

    Iterating raises what reading the rows raises, and ReaderLostError where the other process is gone. That process is
    gone, too, when the block is left, however it is left.
    """
    child = _started(again) if again and again.worthwhile() else None
    if again is None or child is None:
        yield _prepared_here(rows, Preparation(terms, dialect), terms.chunk)
        return
    try:
        yield _prepared_by_both(rows, terms, dialect, child, again.path)
    finally:
        _end(child)


def _prepared_here(rows: Iterable[Row], preparation: Preparation, size: int) -> Iterator[Prepared]:
    return (preparation.of(chunk) for chunk in chunks(rows, size))


def _prepared_by_both(
    rows: Iterable[Row], terms: Terms, dialect: Dialect, child: Child, path: Path
) -> Iterator[Prepared]:
    """The first rows by this process, while the other starts; the rest by the other, if it does."""
    preparation = Preparation(terms, dialect)
    answer = _Answer(child)
    done = 0
    for chunk in chunks(rows, terms.chunk):
        yield preparation.of(chunk)
        done += len(chunk)
        if answer.there():
            break
    else:
        return
    job = _Job(terms, f"{dialect.name}+{dialect.driver}", done, preparation.seen)
    with suppress(OSError):  # a child that is gone by now is noticed below
        _tell(child, job)
    del preparation, job
    yield from _received(child, path)


class _Answer(threading.Thread):
    """Waits for a child to say that it is there, so that nobody else has to."""

    def __init__(self, child: Child) -> None:
        super().__init__(daemon=True)
        self._child = child
        self._there = False
        self.start()

    def run(self) -> None:
        with suppress(*_LOST):
            self._there = _next(self._child) == _THERE

    def there(self) -> bool:
        return self._there


def _cores() -> int:
    """Processor cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _started(again: Again) -> Child | None:
    """A child that opens the file, and is going to say that it is there; None where there can be none."""
    searched = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    try:
        child = subprocess.Popen(  # noqa: S603 (ourselves, with nothing of a user's in it)
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=_PIPE,
            env={**os.environ, "PYTHONPATH": searched},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError:
        return None
    with suppress(OSError):  # then it will never say so
        _tell(child, again)
    return child


def _tell(child: Child, what: object) -> None:
    assert child.stdin is not None
    pickle.dump(what, child.stdin, _PROTOCOL)
    child.stdin.flush()


def _received(child: Child, path: Path) -> Iterator[Prepared]:
    while True:
        try:
            sent = _next(child)
        except _LOST as error:
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=5)
            raise ReaderLostError(
                f"读取文件的进程意外结束（{_ending(child.returncode)}），没有保存任何内容",
                remedy="请再装一次；若再次如此，请检查内存是否够用",
                where={"文件": path.name},
            ) from error
        if sent is None:
            return
        if isinstance(sent, Exception):
            raise sent
        yield _unpacked(sent)


def _next(child: Child) -> Any:
    assert child.stdout is not None
    return pickle.load(child.stdout)  # noqa: S301 (from our own child)


def _ending(status: int | None) -> str:
    return f"信号 {-status}" if status is not None and status < 0 else f"返回码 {status}"


def _end(child: Child) -> None:
    child.kill()
    for stream in (child.stdin, child.stdout):
        with suppress(OSError):
            if stream:
                stream.close()
    child.wait()


def serve() -> None:
    """The child's side: what to open and what to do with it from standard input, what is made ready to standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its child
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that prints gets between
    again: Again = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own parent)
    kind = KINDS[again.kind]
    with open_as(again.path, kind, again.given) as table:
        if (table.headers, table.reading) != (again.headers, again.reading):
            return  # the file has changed; the parent has it open as it was
        load_reference()
        _send(out, _THERE)
        job: _Job = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own parent)
        last = None
        try:
            doubt_rates(table, job.terms.columns, kind)
            for some in _rest(table, job):
                _send(out, _packed(some))
        except BrokenPipeError:
            return
        except Exception as error:
            last = _sendable(error)
        _send(out, last)


def _rest(table: Table, job: _Job) -> Iterator[Prepared]:
    dialect = make_url(f"{job.dialect}://").get_dialect()()
    return _prepared_here(
        islice(table.rows, job.done, None), Preparation(job.terms, dialect, job.seen), job.terms.chunk
    )


def _send(out: BinaryIO, what: object) -> None:
    out.write(pickle.dumps(what, _PROTOCOL))
    out.flush()


def _sendable(error: Exception) -> Exception:
    """The error as it goes through a pipe. One that nobody foresaw takes along where it was raised."""
    if isinstance(error, ChanjiaoError):
        return error
    calls = "".join(traceback.format_exception(error))
    error.add_note(calls)
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (made here)
    except Exception:
        return RuntimeError(calls)
    return error


_Packed = tuple[Prepared, tuple[tuple[Any, ...], ...], dict[str, tuple[Any, ...]]]
"""A chunk without its lines and rows, these column by column, those as plain tuples: small, and quickly taken apart."""


def _packed(some: Prepared) -> _Packed:
    columns = tuple(zip(*some.lines, strict=True))
    rows = {fingerprint: tuple(row) for fingerprint, row in some.rows.items()}
    return replace(some, lines=[], rows={}), columns, rows


def _unpacked(packed: _Packed) -> Prepared:
    some, columns, rows = packed
    some.lines = list(zip(*columns, strict=True))
    some.rows = {fingerprint: Row._make(row) for fingerprint, row in rows.items()}
    return some
