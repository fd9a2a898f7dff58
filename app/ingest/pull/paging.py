"""Where the next page is, by what the answer says of the page before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from app.ingest.pull.fault import PullError
from app.ingest.pull.field_path import MISSING, at, keys
from app.ingest.pull.secrets import PLACE
from app.ingest.pull.source import CursorPaging, HttpJson, OffsetPaging, PagePaging

Place = dict[str, str]
"""Where a page is: the parameters that name it; under the key LINK, its address."""
LINK = "\0link"


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer gave. `next` is the place of the following page, None where this is the last."""

    items: list[Any]
    total: int | None
    next: Place | None


def first_place(source: HttpJson) -> Place:
    paging = source.paging
    if isinstance(paging, OffsetPaging):
        return _sized(paging, {paging.param: str(paging.start)})
    if isinstance(paging, PagePaging):
        return _sized(paging, {paging.param: str(paging.first)})
    return _sized(paging, {}) if isinstance(paging, CursorPaging) else {}


def read_page(source: HttpJson, data: Any, place: Place, before: int) -> Page:
    """The page in an answer; `before` items came on the pages ahead of it. Raises PullError where it has none."""
    items = at(data, source.items)
    if items is None:
        items = []
    if not isinstance(items, list):
        raise PullError(
            f"答复里 {source.items or '最外层'} 不是列表；现有：{keys(data)}",
            code="unexpected_answer",
            remedy="请核对 items；服务可能用这样的答复报告错误",
        )
    total = _total(source, data)
    return Page(items, total, _next(source, data, place, len(items), before, total))


def _total(source: HttpJson, data: Any) -> int | None:
    if source.paging.total is None:
        return None
    value = at(data, source.paging.total)
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PullError(
            f"答复里 {source.paging.total} 不是总数；现有：{keys(data)}",
            code="unexpected_answer",
            remedy="请核对 paging.total",
        )
    return value


def _next(
    source: HttpJson, data: Any, place: Place, count: int, before: int, total: int | None
) -> Place | None:
    """The place after this one.

    A page shorter than asked for is not taken for the last: many servers give fewer than they are asked for. So
    offsets go on by what came, and without a total or a sign of more the end is an empty page.
    """
    paging = source.paging
    if paging.more is not None:
        more = at(data, paging.more)
        if more in (False, None, MISSING, 0, "", "false", "0"):
            return None
    if isinstance(paging, CursorPaging):
        value = at(data, paging.next)
        if value in (MISSING, None, "", False):
            return None
        if paging.param is None:
            return {LINK: _without_secrets(source, str(value))}
        return _sized(paging, {paging.param: str(value)})
    if count == 0 or (total is not None and before + count >= total):
        return None
    if isinstance(paging, OffsetPaging):
        return {**place, paging.param: str(int(place[paging.param]) + count)}
    if isinstance(paging, PagePaging):
        return {**place, paging.param: str(int(place[paging.param]) + 1)}
    return None


def _without_secrets(source: HttpJson, link: str) -> str:
    """The address of the next page without secret parameters that the server may have put back into it.

    Places are kept in the spool, secrets nowhere; the fetcher adds them again.
    """
    try:
        url = httpx.URL(link)
    except (httpx.InvalidURL, ValueError):
        raise PullError(
            "下一页的地址不是有效的网址", code="unexpected_answer", remedy="请核对 paging.next"
        ) from None
    for name, value in source.params.items():
        if PLACE.search(str(value)) and name in url.params:
            url = url.copy_remove_param(name)
    return str(url)


def _sized(paging: OffsetPaging | PagePaging | CursorPaging, place: Mapping[str, str]) -> Place:
    return {**place, **({paging.size_param: str(paging.size)} if paging.size_param else {})}
