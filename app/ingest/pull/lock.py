"""One pull of a source at a time, whichever process or machine it runs in.

Both locks are let go by the system itself when their holder dies, so that none is ever left behind by a kill.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.errors import ConflictError
from app.ingest.pull.fault import PullError


@contextmanager
def held(engine: Engine, source: str, folder: Path) -> Iterator[None]:
    """Hold the source. Raises ConflictError where another pull of it is at work.

    On PostgreSQL an advisory lock, which all machines on that database see. With SQLite everything is on one machine:
    a lock on a file of the source's folder, taken through SQLite because that is the same on every system.
    """
    if engine.dialect.name == "postgresql":
        with _advisory(engine, source):
            yield
    else:
        with _file(folder, source):
            yield


@contextmanager
def _advisory(engine: Engine, source: str) -> Iterator[None]:
    key = int.from_bytes(hashlib.sha256(f"chanjiao pull {source}".encode()).digest()[:8], "big", signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(key))):
            raise _busy(source)
        try:
            yield
        finally:
            # a connection that broke has let go by itself, and what the pull did stands
            with suppress(SQLAlchemyError):
                connection.scalar(select(func.pg_advisory_unlock(key)))


@contextmanager
def _file(folder: Path, source: str) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / "lock", timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(folder) from error
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise (
                _busy(source) if error.sqlite_errorcode == sqlite3.SQLITE_BUSY else _unusable(folder)
            ) from error
        yield
    finally:
        connection.close()


def _unusable(folder: Path) -> PullError:
    return PullError(
        "数据目录不能写入",
        code="disk",
        remedy="没有保存任何内容；请检查空间与权限",
        where={"目录": str(folder)},
    )


def _busy(source: str) -> ConflictError:
    return ConflictError(f"来源 {source} 正在拉取", remedy="请等它结束", where={"来源": source})
