"""The `sql` connector: one query on somebody else's database, in a transaction that cannot write."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from app.ingest.pull.address import Resolve, checked, resolved
from app.ingest.pull.fault import PullError, StoppedError
from app.ingest.pull.fetched import Fetched
from app.ingest.pull.rows_file import capped, shaped, write_rows
from app.ingest.pull.secrets import Secrets
from app.ingest.pull.source import Query

_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521}


def fetch_query(
    source: Query, secrets: Secrets, stop: threading.Event, folder: Path, resolve: Resolve = resolved
) -> Fetched:
    """The rows of the query as a file, brought over in chunks.

    PostgreSQL, MySQL, MariaDB and Oracle get a read-only transaction, SQLite a file opened for reading; every
    transaction is rolled back. Raises PullError.
    """
    url = _address(source, secrets, resolve)
    raw = folder / "rows.part"
    try:
        with _reading(url, source) as connection, raw.open("wb") as stream:
            for line in capped(_rows(source, connection, stop), source.limits.bytes):
                stream.write(line)
    except DBAPIError as error:
        raise PullError(
            f"查询失败：{_said(error, secrets)}",
            code="query_failed",
            remedy="请核对 query、地址与账号权限",
        ) from error
    except (SQLAlchemyError, ImportError) as error:
        raise PullError(
            f"数据库打不开：{type(error).__name__}", code="query_failed", remedy="请核对地址与驱动"
        ) from error

    def rows() -> Iterator[Any]:
        with raw.open("rb") as stream:
            yield from map(json.loads, stream)

    path = folder / f"{source.name}.jsonl"
    count, warnings = write_rows(source, rows, path)
    raw.unlink()
    return Fetched(path, empty=count == 0, warnings=warnings)


def _rows(source: Query, connection: Connection, stop: threading.Event) -> Iterator[Any]:
    end = time.monotonic() + source.limits.seconds
    found = connection.execution_options(yield_per=source.chunk).execute(text(_escaped(source.query)))
    for part in found.mappings().partitions():
        if stop.is_set():
            raise StoppedError
        if time.monotonic() > end:
            raise _too_slow(source)
        for row in part:
            yield shaped(source, dict(row))


def _escaped(query: str) -> str:
    """The query without its last semicolon; a colon in it is a colon, never the name of a parameter."""
    return query.strip().removesuffix(";").replace(":", "\\:")


def _address(source: Query, secrets: Secrets, resolve: Resolve) -> URL:
    """The address from the environment, bound to the very hosts that were checked where the driver can be."""
    try:
        url = make_url(secrets.fill(source.url, "url"))
    except (ArgumentError, ValueError):
        raise PullError(
            "环境变量里不是 SQLAlchemy 地址",
            code="secret_invalid",
            remedy="例如 postgresql://user:password@host/name",
            where={"字段": "url"},
        ) from None
    backend = url.get_backend_name()
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        if not url.database or not Path(url.database).is_file():
            raise PullError(
                "没有这个 SQLite 文件", code="query_failed", remedy="请核对地址", where={"字段": "url"}
            )
        return url
    hosts = [
        host
        for host in (url.host, *_listed(url.query.get("host")), *_listed(url.query.get("hostaddr")))
        if host
    ]
    if not hosts or any(host.startswith("/") for host in hosts):
        if not source.allow_private:
            raise PullError(
                "数据库在本机", code="address_refused", remedy="确要使用时请在该来源下写 allow_private = true"
            )
        return url
    try:
        found = {
            host: checked(host, url.port or _PORTS.get(backend, 0), source.allow_private, resolve)
            for host in hosts
        }
    except OSError as error:
        raise PullError("找不到数据库主机", code="unreachable", remedy="请核对地址与网络") from error
    if backend == "postgresql" and len(hosts) == 1 and "hostaddr" not in url.query:
        return url.update_query_dict({"hostaddr": found[hosts[0]][0]})
    return url


def _listed(value: str | tuple[str, ...] | None) -> list[str]:
    given = (value,) if isinstance(value, str) else value or ()
    return [
        host.split(":")[0] if not host.startswith("/") else host
        for entry in given
        for host in entry.split(",")
    ]


@contextmanager
def _reading(url: URL, source: Query) -> Iterator[Connection]:
    """A connection that cannot write and ends when its time is over."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            milliseconds = int(source.limits.seconds * 1000)
            match url.get_backend_name():
                case "postgresql":
                    connection.execute(text("SET TRANSACTION READ ONLY"))
                    connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))
                case "mysql" | "mariadb":
                    connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
                    connection.commit()
                case "oracle":
                    connection.execute(text("SET TRANSACTION READ ONLY"))
                case _:
                    pass
            with _interrupted_after(source.limits.seconds, connection):
                yield connection
            connection.rollback()
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            place = Path(url.database or "").absolute().as_uri()
            return create_engine(f"sqlite:///{place}?mode=ro&uri=true")
        return create_engine(url)
    except (NoSuchModuleError, ImportError) as error:
        raise PullError(
            f"没有安装 {url.drivername} 的驱动", code="query_failed", remedy="请安装对应的 Python 包"
        ) from error


@contextmanager
def _interrupted_after(seconds: float, connection: Connection) -> Iterator[None]:
    """SQLite knows no time-out of statements: another thread interrupts it."""
    driver = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver is None:
        yield
        return
    timer = threading.Timer(seconds, driver.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _too_slow(source: Query) -> PullError:
    return PullError(f"超过了 {source.limits.seconds:g} 秒", code="too_slow", remedy="请加大 limits.seconds")


def _said(error: DBAPIError, secrets: Secrets) -> str:
    """The database's own first line, without what is secret."""
    lines = secrets.hide(str(error.orig)).strip().splitlines()
    return lines[0][:300] if lines else type(error.orig).__name__
