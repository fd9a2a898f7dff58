"""Lists: how a page is asked for, what it looks like, and the links to the pages around it."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field

from app.runs.pages import Window

LARGEST_PAGE = 500
LARGEST_OFFSET = 1_000_000


class Model(BaseModel):
    """Base of everything served."""

    model_config = ConfigDict(frozen=True)


class OfRun(Model):
    """What everything served from a run carries."""

    run: str = Field(description="测算编号，也是 ETag。Id of the run it comes from.")
    simulated: bool = Field(description="所依据的数据中是否有模拟数据。Whether anything simulated is in it.")


Item = TypeVar("Item", bound=Model)
Entry = TypeVar("Entry")


class Listing(Model, Generic[Item]):
    """One page of a list."""

    run: str | None = Field(
        description="已发布的测算编号；不属于发布结果的列表为空。Run served; null outside it."
    )
    total: int = Field(ge=0, description="符合条件的总数。How many match on all pages.")
    limit: int = Field(description="本页上限。Most items on this page.")
    offset: int = Field(description="本页之前跳过的条数。Items before this page.")
    items: list[Item]


class Paging(BaseModel):
    """The two parameters of every list. Parameters a list does not know are refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=LARGEST_PAGE, description="每页条数。Page size.")
    offset: int = Field(0, ge=0, le=LARGEST_OFFSET, description="跳过的条数。Items to skip.")

    @property
    def window(self) -> Window:
        return Window(self.limit, self.offset)

    def cut(self, rows: Sequence[Entry]) -> Sequence[Entry]:
        """The page of rows that are all at hand."""
        return rows[self.offset : self.offset + self.limit]


def links(path: str, parameters: Iterable[tuple[str, str]], paging: Paging, total: int) -> str:
    """The Link header (RFC 8288) of a page: first, prev, next and last, as references on the same host."""
    kept = [(name, value) for name, value in parameters if name not in ("limit", "offset")]
    last = max(0, (total - 1) // paging.limit * paging.limit)
    places = {"first": 0, "last": last}
    if paging.offset > 0:
        places["prev"] = max(0, min(paging.offset - paging.limit, last))
    if paging.offset + paging.limit < total:
        places["next"] = paging.offset + paging.limit

    def reference(offset: int) -> str:
        return f"<{quote(path)}?{urlencode([*kept, ('limit', paging.limit), ('offset', offset)])}>"

    return ", ".join(
        f'{reference(places[rel])}; rel="{rel}"' for rel in ("first", "prev", "next", "last") if rel in places
    )
