"""The `http-json` connector: a JSON interface, page by page, until all of it is there."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.ingest.pull.fault import ChangedError, PassingError, PullError
from app.ingest.pull.fetch import Fetcher
from app.ingest.pull.fetched import Fetched, Validators
from app.ingest.pull.paging import LINK, Page, Place, first_place, read_page
from app.ingest.pull.rows_file import shaped, write_rows
from app.ingest.pull.source import HttpJson
from app.ingest.pull.spool import Spool
from app.ingest.reading.json_keys import ambiguous_in, made_of

REQUEST_SECONDS = 60.0
RESTARTS = 2
"""How often a pull begins anew because the source changed under it."""


@dataclass(frozen=True, slots=True)
class _Answer:
    data: Any
    validators: Validators


def fetch_json(
    source: HttpJson, fetcher: Fetcher, spool: Spool, known: Validators, folder: Path
) -> Fetched | None:
    """All items of the source as a file of rows; None where the server says that nothing changed since `known`.

    Pages that an interrupted pull left in the spool are not asked for again, if the first page is what it was.
    Raises PullError; where it `keeps`, the spool has what came until then.
    """
    try:
        for attempt in range(RESTARTS + 1):
            try:
                pages = _Pages(source, fetcher, spool, known)
                if not pages.collect():
                    return None
                break
            except ChangedError:
                spool.clear()
                if attempt == RESTARTS:
                    raise
        path = folder / f"{source.name}.jsonl"
        count, warnings = write_rows(source, spool.rows, path)
    except RecursionError:
        raise PullError("答复的 JSON 嵌套过深", code="unexpected_answer", remedy="请告诉提供方") from None
    first = Validators(spool.progress.etag, spool.progress.last_modified)
    return Fetched(path, first, count, resumed=pages.resumed, warnings=warnings)


class _Pages:
    """One pass over the pages of a source."""

    def __init__(self, source: HttpJson, fetcher: Fetcher, spool: Spool, known: Validators) -> None:
        self._source = source
        self._fetcher = fetcher
        self._spool = spool
        self._known = known if source.asks_conditionally else Validators()
        self._first = first_place(source)
        self.resumed = False

    def collect(self) -> bool:
        """Bring all pages into the spool; False where nothing changed since the last pull."""
        spool = self._spool
        progress = spool.load()
        if progress.pages:
            self.resumed = self._goes_on(Validators(progress.etag, progress.last_modified))
        else:
            answer = self._ask(self._first, self._known)
            if answer is None:
                return False
            self._keep(answer, self._first)
        while (place := spool.progress.next) is not None:
            answer = self._ask(place, Validators())
            assert answer is not None
            self._keep(answer, place)
        total, items = spool.progress.total, spool.progress.items
        if total is not None and items != total:
            raise ChangedError(
                f"服务说共有 {total} 条，只给出 {items} 条",
                code="incomplete",
                remedy="没有保存任何内容；请稍后再拉取，或核对 paging",
            )
        return True

    def _goes_on(self, first: Validators) -> bool:
        """Whether the spool's pages still hold: the first page is what it was. Else begin anew with it."""
        progress = self._spool.progress
        answer = self._ask(self._first, first)
        if answer is None:
            return True
        page = read_page(self._source, answer.data, self._first, 0)
        if _digest(page.items) == progress.first and page.total == progress.total:
            return True
        self._spool.clear()
        self._keep(answer, self._first)
        return False

    def _keep(self, answer: _Answer, place: Place) -> None:
        """Put a page into the spool, if it is another one than those that are there."""
        progress = self._spool.progress
        page = read_page(self._source, answer.data, place, progress.items)
        digest, number = _digest(page.items), progress.pages + 1
        self._compare(page, digest, number)
        self._spool.add(
            {
                "rows": [shaped(self._source, item) for item in page.items],
                "next": page.next,
                "total": page.total,
                "digest": digest,
                "etag": answer.validators.etag,
                "last_modified": answer.validators.last_modified,
            }
        )

    def _compare(self, page: Page, digest: str, number: int) -> None:
        progress = self._spool.progress
        if number > 1 and page.total != progress.total:
            raise ChangedError(
                f"第 {number} 页的总数是 {page.total}，第 1 页是 {progress.total}：来源在拉取期间有变化",
                code="total_changed",
                remedy="没有保存任何内容；请在来源不更新的时段拉取",
            )
        if page.total is not None and progress.items + len(page.items) > page.total:
            raise ChangedError(
                f"服务说共有 {page.total} 条，给出的更多",
                code="total_changed",
                remedy="没有保存任何内容；请核对 paging",
            )
        if page.items and digest in progress.digests:
            raise PullError(
                f"第 {number} 页与第 {progress.digests[digest]} 页相同",
                code="repeating_pages",
                remedy="没有保存任何内容；请核对 paging 的参数名，末页之后仍给出末页的服务请配置 total 或 more",
            )
        if page.next is not None and (
            page.next == self._first or json.dumps(page.next, sort_keys=True) in progress.places
        ):
            raise PullError(
                f"第 {number} 页指回了已经取过的页",
                code="cursor_loop",
                remedy="没有保存任何内容；请核对 paging.next，或告诉提供方",
            )
        if page.next is not None and number >= self._source.paging.max_pages:
            raise PullError(
                f"超过 {number} 页", code="too_large", remedy="请核对来源，或加大 paging.max_pages"
            )

    def _ask(self, place: Place, validators: Validators) -> _Answer | None:
        """One page; None where it has not changed since `validators`."""
        params = {name: value for name, value in place.items() if name != LINK}

        def take(answer: httpx.Response, pieces: Iterator[bytes]) -> _Answer | None:
            if answer.status_code == 304:
                if not validators.headers:
                    raise PullError("没有条件的请求得到 304", code="unexpected_answer", remedy="请告诉提供方")
                return None
            return _Answer(_parsed(answer, self._collected(pieces)), Validators.of(answer))

        return self._fetcher.ask(take, url=place.get(LINK), params=params, headers=validators.headers)

    def _collected(self, pieces: Iterator[bytes]) -> bytes:
        limit = self._source.limits.page_bytes
        body = bytearray()
        for piece in pieces:
            body += piece
            if len(body) > limit:
                raise PullError(
                    f"一页超过 {limit} 字节",
                    code="too_large",
                    remedy="请减小 paging.size，或加大 limits.page_bytes",
                )
        return bytes(body)


def _parsed(answer: httpx.Response, body: bytes) -> Any:
    """The JSON of an answer. What is cut off may be whole the next time; what is a web page will not be JSON."""
    if body.lstrip()[:1] == b"<":
        raise PullError(
            "答复是网页或 XML，不是 JSON",
            code="unexpected_answer",
            remedy="请核对 url 与密钥：登录页常常这样出现",
        )
    try:
        charset = answer.charset_encoding
        text = body.decode(charset) if charset and "utf" not in charset.lower() else body
        content = json.loads(text, object_pairs_hook=made_of)
    except (ValueError, LookupError) as error:
        raise PassingError(
            "答复不是完整的 JSON", code="truncated", remedy="请稍后再拉取；总是如此时请告诉提供方"
        ) from error
    if found := ambiguous_in(content):
        raise PullError(
            f"答复中{found.fault().reason}", code="unexpected_answer", remedy="没有保存任何内容；请告诉提供方"
        )
    return content


def _digest(items: list[Any]) -> str:
    return hashlib.sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()
