"""How a handler reads: a short session on the published run, and the headers that name it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session, sessionmaker

from app.api.listing import Entry, Item, Listing, Paging, links
from app.runs.pages import Rows
from app.runs.published import Published

REVALIDATE = "private, no-cache"
NO_STORE = "no-store"


class Reader:
    """Opens sessions for one request and writes the caching and paging headers of its answer.

    Sessions are opened and closed inside the handler, in its own thread. A session that lives as long as the
    request would keep its connection while the answer waits for a thread to be serialised in; under load all
    connections would be held by answers that wait for threads, and all threads by handlers that wait for a
    connection.
    """

    def __init__(self, request: Request, response: Response) -> None:
        self._sessions: sessionmaker[Session] = request.app.state.sessions
        self._request = request
        self._response = response

    @contextmanager
    def published(self, *, weak: bool = False) -> Iterator[Published]:
        """The published run. The answer carries its id as ETag. Raises NothingPublishedError.

        `weak`: what the answer means depends on the run alone, but not its every byte.
        """
        with self._sessions() as session:
            published = Published.current(session)
            self._response.headers["ETag"] = f'{"W/" if weak else ""}"{published.run.id}"'
            self._response.headers["Cache-Control"] = REVALIDATE
            yield published

    @contextmanager
    def records(self) -> Iterator[Session]:
        """Records that no publication covers (runs, batches): they change at any time, so without an ETag."""
        with self._sessions() as session:
            self._response.headers["Cache-Control"] = REVALIDATE
            yield session

    @contextmanager
    def unstored(self) -> Iterator[Session]:
        """A session for an answer that nobody may store: to a POST."""
        with self._sessions() as session:
            self._response.headers["Cache-Control"] = NO_STORE
            yield session

    def listing(self, run: str | None, paging: Paging, total: int, items: Sequence[Item]) -> Listing[Item]:
        """A page, with the links to the pages around it in the Link header. `run`: whose results they are, if any's."""
        request = self._request
        self._response.headers["Link"] = links(
            request.url.path, request.query_params.multi_items(), paging, total
        )
        return Listing[Item](
            run=run, total=total, limit=paging.limit, offset=paging.offset, items=list(items)
        )

    def page(
        self, run: str | None, paging: Paging, rows: Rows[Entry], present: Callable[[Entry], Item]
    ) -> Listing[Item]:
        """The page that the database has cut, its rows presented one by one."""
        return self.listing(run, paging, rows.total, [present(row) for row in rows.items])

    def cut(
        self, run: str | None, paging: Paging, entries: Sequence[Entry], present: Callable[[Entry], Item]
    ) -> Listing[Item]:
        """The page of entries that are all at hand; only those on it are presented."""
        return self.listing(run, paging, len(entries), [present(entry) for entry in paging.cut(entries)])


Reading = Annotated[Reader, Depends(Reader)]
