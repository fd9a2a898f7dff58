"""Records to their table, many at a time: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import psycopg
from sqlalchemy import JSON, Boolean, Column, Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.models import Base

_KEPT = 20_000
_LONGEST = 500
_COPIED = 2_000
"""Lines that PostgreSQL gets at a time: while it writes the first of them, the others are on their way. With 250 it took a
fifth longer, and no less with 5,000.
"""


Line = list[Any]
"""Values of a record as the driver takes them, in the order of the columns that are written."""
Values = Sequence[Any]
"""A line that is not changed any more."""


class Lines:
    """Records of one table to lines; what a record leaves out gets its default."""

    def __init__(self, model: type[Base], dialect: Dialect) -> None:
        self.table: Table = model.__table__  # type: ignore[assignment]
        self.columns = [
            column
            for column in self.table.columns
            # a running number is left to the database
            if not column.primary_key or column.default is not None or column.type.python_type is str
        ]
        self._processes: dict[str, Callable[[Any], Any]] = {}
        for column in self.columns:
            process = column.type.dialect_impl(dialect).bind_processor(dialect)
            # the drivers take a bool as it is
            if process is not None and not isinstance(column.type, Boolean):
                kept = isinstance(column.type, JSON)
                self._processes[column.key] = _remembering(process) if kept else process
        self._values = itemgetter(*(column.key for column in self.columns))

    def line(self, record: dict[str, Any]) -> Line:
        """The line of a record, which is used up."""
        if len(record) < len(self.columns):
            self._complete(record)
        for name, process in self._processes.items():
            record[name] = process(record[name])
        return list(self._values(record))

    def place(self, name: str) -> int:
        """Where the column stands in a line."""
        return next(place for place, column in enumerate(self.columns) if column.key == name)

    def bound(self, name: str, value: Any) -> Any:
        """The value of a column as it stands in a line."""
        process = self._processes.get(name)
        return process(value) if process else value

    def _complete(self, record: dict[str, Any]) -> None:
        for column in self.columns:
            if column.key not in record:
                value = getattr(column.default, "arg", None)
                record[column.key] = value(None) if callable(value) else value


class Writer:
    """Writes records of one table within the session's transaction."""

    def __init__(self, session: Session, model: type[Base]) -> None:
        self._session = session
        dialect = session.get_bind().dialect
        self.lines = Lines(model, dialect)
        names = [column.key for column in self.lines.columns]
        self._statement = str(insert(self.lines.table).compile(dialect=dialect, column_keys=names))
        self._most = _COPIED if dialect.name == "postgresql" else 1
        self._waiting: list[Values] = []

    def write(self, records: Iterable[dict[str, Any]]) -> None:
        """Insert all of them; the records are used up. Raises as `insert`."""
        self.insert(list(map(self.lines.line, records)))

    def insert(self, lines: Sequence[Values]) -> None:
        """Insert lines made by `lines`, at the latest with `finish`. Raises the errors of SQLAlchemy, as an INSERT would."""
        self._waiting += lines
        if len(self._waiting) >= self._most:
            self.finish()

    def finish(self) -> None:
        """Insert what waits."""
        lines, self._waiting = self._waiting, []
        if not lines:
            return
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            _copy(connection, self.lines.table, self.lines.columns, lines)
        else:
            connection.exec_driver_sql(self._statement, list(map(tuple, lines)))


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
    connection: Connection, table: Table, columns: Sequence[Column[Any]], rows: Sequence[Values]
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
