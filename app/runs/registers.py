"""Registers as they stand: of the entries that accepted batches brought, the latest of each key."""

from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from app.ingest.batch_records import ACCEPTED
from app.models import Batch
from app.models.register import Registered

Entry = TypeVar("Entry", bound=Registered)


def standing_entries(model: type[Entry]) -> Select[Any]:
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
