"""The listing of a register: a page of the entries in force that are asked for."""

from collections.abc import Callable

from sqlalchemy import Select

from app.api.listing import Entry, Item, Listing, Paging
from app.api.reader import Reader


def register_page(
    reader: Reader,
    paging: Paging,
    found: Select[Entry],
    present: Callable[[Entry], Item],
    keeps: Callable[[Entry], bool] = lambda _: True,
) -> Listing[Item]:
    """The page of the entries selected, in their order.

    `keeps` sifts by what the database cannot ask on both of its kinds: words whatever their width and case, and what
    lists of codes hold. Registers are small enough to sift whole, thousands of entries at most.
    """
    with reader.records() as session:
        kept = [entry for entry in session.scalars(found) if keeps(entry)]
        return reader.cut(None, paging, kept, present)
