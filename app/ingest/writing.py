"""Records to their table, many at a time: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import psycopg
from sqlalchemy import JSON, Boolean, Column, Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.models import Base

_KEPT = 20_000
_LONGEST = 500


class Writer:
    """Writes records of one table within the session's transaction; what a record leaves out gets its default."""

    def __init__(self, session: Session, model: type[Base]) -> None:
        self._session = session
        self._table: Table = model.__table__  # type: ignore[assignment]
        self._columns: list[Column[Any]] = []
        self._processes: list[tuple[str, Callable[[Any], Any]]] = []
        self._statement = ""
        self._values: Callable[[dict[str, Any]], tuple[Any, ...]]

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Insert all of them; the records are used up. Raises the errors of SQLAlchemy, as an INSERT would."""
        if not records:
            return
        connection = self._session.connection()
        if not self._columns:
            self._prepare(records[0], connection.dialect)
        width = len(self._columns)
        for record in records:
            if len(record) < width:
                self._complete(record)
            for name, process in self._processes:
                record[name] = process(record[name])
        rows = list(map(self._values, records))
        if connection.dialect.name == "postgresql":
            _copy(connection, self._table, self._columns, rows)
        else:
            connection.exec_driver_sql(self._statement, rows)

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
                kept = isinstance(column.type, JSON)
                self._processes.append((column.key, _remembering(process) if kept else process))
        names = [column.key for column in self._columns]
        self._values = itemgetter(*names)
        self._statement = str(insert(self._table).compile(dialect=dialect, column_keys=names))

    def _complete(self, record: dict[str, Any]) -> None:
        for column in self._columns:
            if column.key not in record:
                value = getattr(column.default, "arg", None)
                record[column.key] = value(None) if callable(value) else value


def _remembering(process: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, with short lists of texts worked out once: many rows name the same programs."""
    known: dict[tuple[str, ...], Any] = {}

    def processed(value: Any) -> Any:
        if type(value) is not list:
            return process(value)
        texts = tuple(value)
        try:
            return known[texts]
        except (KeyError, TypeError):
            found = process(value)
        # 1, 1.0 and True are the same key, and not the same text
        if all(type(text) is str for text in texts) and sum(map(len, texts)) <= _LONGEST:
            if len(known) >= _KEPT:
                known.clear()
            known[texts] = found
        return found

    return processed


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
