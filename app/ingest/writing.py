"""Records to their table, many at a time: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from sqlalchemy import Column, Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.models import Base

_Value = Callable[[dict[str, Any]], Any]


class Writer:
    """Writes records of one table within the session's transaction; what a record leaves out gets its default."""

    def __init__(self, session: Session, model: type[Base]) -> None:
        self._session = session
        self._table: Table = model.__table__  # type: ignore[assignment]
        self._columns: list[Column[Any]] = []
        self._values: list[_Value] = []

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Insert all of them. Raises the errors of SQLAlchemy, such as IntegrityError, as an INSERT would."""
        if not records:
            return
        connection = self._session.connection()
        if not self._columns:
            self._columns = [column for column in self._table.columns if _is_given(column, records[0])]
            self._values = [_value_of(column, connection.dialect) for column in self._columns]
        rows = [tuple([value(record) for value in self._values]) for record in records]
        if connection.dialect.name == "postgresql":
            _copy(connection, self._table, self._columns, rows)
        else:
            statement = insert(self._table).compile(
                dialect=connection.dialect, column_keys=[column.key for column in self._columns]
            )
            connection.exec_driver_sql(str(statement), rows)


def _is_given(column: Column[Any], record: dict[str, Any]) -> bool:
    """Whether a column is written, and not left to the database as a running number is."""
    return column.key in record or not (column.primary_key and column.autoincrement is not False)


def _value_of(column: Column[Any], dialect: Dialect) -> _Value:
    """How the cell of a record becomes what the driver takes."""
    name = column.key
    default = column.default
    process = column.type.dialect_impl(dialect).bind_processor(dialect)

    def absent() -> Any:
        if default is None:
            return None
        if default.is_callable:
            return default.arg(None)  # type: ignore[attr-defined]
        return default.arg  # type: ignore[attr-defined]

    if process is None:
        if default is None:
            return lambda record: record.get(name)
        return lambda record: record[name] if name in record else absent()
    return lambda record: process(record[name] if name in record else absent())


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
