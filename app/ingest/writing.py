"""Records to their table, many at a time: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import psycopg
from sqlalchemy import Boolean, Column, Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.models import Base


class Writer:
    """Writes records of one table within the session's transaction; what a record leaves out gets its default."""

    def __init__(self, session: Session, model: type[Base]) -> None:
        self._session = session
        self._table: Table = model.__table__  # type: ignore[assignment]
        self._columns: list[Column[Any]] = []
        self._processes: list[tuple[str, Callable[[Any], Any]]] = []

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Insert all of them; the records are used up. Raises the errors of SQLAlchemy, as an INSERT would."""
        if not records:
            return
        connection = self._session.connection()
        if not self._columns:
            self._prepare(records[0], connection.dialect)
        names = [column.key for column in self._columns]
        for record in records:
            if len(record) < len(names):
                self._complete(record)
            for name, process in self._processes:
                record[name] = process(record[name])
        rows = list(map(itemgetter(*names), records))
        if connection.dialect.name == "postgresql":
            _copy(connection, self._table, self._columns, rows)
        else:
            statement = insert(self._table).compile(dialect=connection.dialect, column_keys=names)
            connection.exec_driver_sql(str(statement), rows)

    def _prepare(self, record: dict[str, Any], dialect: Dialect) -> None:
        """Columns that are written, and how a value of some becomes what the driver takes."""
        self._columns = [
            column
            for column in self._table.columns
            # a running number is left to the database
            if column.key in record or not (column.primary_key and column.default is None)
        ]
        for column in self._columns:
            process = column.type.dialect_impl(dialect).bind_processor(dialect)
            # the drivers take a bool as it is
            if process is not None and not isinstance(column.type, Boolean):
                self._processes.append((column.key, process))

    def _complete(self, record: dict[str, Any]) -> None:
        for column in self._columns:
            if column.key not in record:
                value = getattr(column.default, "arg", None)
                record[column.key] = value(None) if callable(value) else value


def _copy(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], rows: Sequence[tuple[Any, ...]]
) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in columns)
    statement = f"COPY {quote(table.name)} ({names}) FROM STDIN"
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        lost = driver.closed or driver.broken
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, connection_invalidated=lost, dialect=connection.dialect
        ) from error
