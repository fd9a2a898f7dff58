"""Every migration goes up and down on both databases and ends at the tables the models declare."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from app.database import check, downgrade, make_engine, revisions, upgrade
from app.errors import DatabaseStateError
from app.models import Base


def test_migrations_give_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_down_to_nothing_and_up_again(engine: Engine) -> None:
    downgrade(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    with pytest.raises(DatabaseStateError, match="chanjiao db upgrade"):
        check(engine)
    upgrade(engine)
    check(engine)
    at, head = revisions(engine)
    assert at == head


def test_an_unreachable_database_says_what_to_check() -> None:
    unreachable = make_engine("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseStateError, match="CHANJIAO_DATABASE_URL"):
        check(unreachable)


def test_sqlite_keeps_a_write_ahead_log(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
