"""The database: one engine per address, sessions from it, and the state of its migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

import migrations
from app.errors import DatabaseStateError


def make_engine(url: str) -> Engine:
    """Open the database at `url`; the folder of an SQLite file is made where it is missing.

    SQLite runs in WAL mode, so that readers see the last publication while a run is being written, with
    foreign keys enforced and a writer waiting up to 30 s for another. `postgresql://` means psycopg 3.
    """
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        try:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseStateError(
                f"无法建立数据目录：{error.strerror}",
                remedy="请检查 CHANJIAO_DATA_DIR 指向的目录是否可写",
                where={"目录": str(Path(address.database).parent)},
            ) from error
    engine = create_engine(address, connect_args={"timeout": 30})
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")  # KiB: the index of fingerprints is written all over the place
    cursor.close()


def session_factory(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision` by migrations. A database that is already there is left as it is."""
    try:
        command.upgrade(_config(engine), revision)
    except OperationalError as error:
        raise DatabaseStateError(
            f"数据库无法升级：{error.orig}", remedy="请检查 CHANJIAO_DATABASE_URL、磁盘空间与写权限"
        ) from error


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take migrations back to `revision`."""
    command.downgrade(_config(engine), revision)


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The revision the database is at (None where it is empty) and the one this version needs."""
    head = ScriptDirectory.from_config(_config(engine)).get_current_head() or ""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision(), head
    except OperationalError as error:
        raise DatabaseStateError(
            f"无法连接数据库：{error.orig}", remedy="请检查 CHANJIAO_DATABASE_URL 与数据库服务"
        ) from error


def check(engine: Engine) -> None:
    """Raise DatabaseStateError where the database is not at the revision this version needs."""
    at, head = revisions(engine)
    if at != head:
        raise DatabaseStateError(
            f"数据库版本为 {at or '空'}，本程序需要 {head}", remedy="请先运行 chanjiao db upgrade"
        )
