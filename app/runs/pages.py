"""Pages of what the database holds: the rows of one page, and how many there are on all pages together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Window:
    """A page: at most `limit` rows after the first `offset`."""

    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """The rows of a page, and how many there are on all pages together."""

    total: int
    items: tuple[Row, ...]


def page(session: Session, found: Select[*tuple[Any, ...]], window: Window) -> Rows[Any]:
    """The page of a selection, in its order; a row of several columns comes whole, of one column as its value."""
    total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
    cut = found.limit(window.limit).offset(window.offset)
    if not total:
        return Rows(0, ())
    items: Sequence[Any] = (
        session.scalars(cut).all() if len(found.column_descriptions) == 1 else session.execute(cut).all()
    )
    return Rows(total, tuple(items))


def equal(*pairs: tuple[Any, Any]) -> list[ColumnElement[bool]]:
    """The conditions that each column has the value asked for; where None is asked for, any value will do."""
    return [column == value for column, value in pairs if value is not None]
