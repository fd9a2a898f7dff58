"""Registers as they stand: of the entries that accepted batches brought, the latest of each key."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.ingest.batch_records import ACCEPTED
from app.models import Batch
from app.models.register import Registered

Entry = TypeVar("Entry", bound=Registered)


def standing_entries(model: type[Entry]) -> Select[Entry]:
    """Select the entries in force: a later row of the same key replaces an earlier one, within a file and across files.

    Entries of a batch that is not accepted (any more) do not count, so that what they replaced stands again.
    """
    columns: Any = model
    place = func.row_number().over(
        partition_by=columns.key,
        order_by=(columns.batch_id.desc(), columns.row.desc(), columns.id.desc()),
    )
    ranked = (
        select(columns.id.label("entry_id"), place.label("place"))
        .join(Batch, Batch.id == columns.batch_id)
        .where(Batch.state == ACCEPTED)
        .subquery()
    )
    return select(model).join(ranked, ranked.c.entry_id == columns.id).where(ranked.c.place == 1)


def standing_entry(
    session: Session,
    model: type[Entry],
    key: str,
    *conditions: ColumnElement[bool],
    what: str,
    path: str,
) -> Entry:
    """The entry in force under this key. Raises NotFoundError, which says `what` it is and at which path all are listed."""
    columns: Any = model
    found: Entry | None = session.scalars(
        standing_entries(model).where(columns.key == key, *conditions)
    ).first()
    if found is None:
        raise NotFoundError(f"没有{what} {key}", remedy=f"用 GET {path} 查看现有的{what}")
    return found
