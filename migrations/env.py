"""Alembic's entry: online only, on the engine handed over by `app.database`, else on the configured database."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from app.database import make_engine
from app.errors import DatabaseStateError
from app.models import Base
from app.models.base import UtcDateTime
from app.settings import get_settings


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | bool:
    """Write our own type as the plain one it stores, so that a migration never imports the application."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


engine: sa.Engine = context.config.attributes.get("engine") or make_engine(
    get_settings().resolved_database_url
)

with engine.connect() as connection:
    on_sqlite = connection.dialect.name == "sqlite"
    if on_sqlite:
        # A table that is copied is dropped, and with foreign keys enforced all that refers to it would go along.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite alters a table by copying it
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if on_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise DatabaseStateError(f"迁移后有 {len(broken)} 行指向不存在的记录，没有改变数据库")
    if on_sqlite:
        connection.commit()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
