"""Asking an HTTP source: guarded, patient within limits, and never longer, larger or further than it may."""

import logging
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from app.errors import InvalidInputError
from app.ingest.pull.address import Deadline, GuardedBackend, Resolve, resolved
from app.ingest.pull.fault import PassingError, PullError, StoppedError
from app.ingest.pull.secrets import Secrets
from app.ingest.pull.source import HttpSource
from app.ingest.pull.transport import GuardedTransport
from app.retry_after import retry_after

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""States that may be over when asked again."""
MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def _without_query(record: logging.LogRecord) -> bool:
    """httpx logs every address that it asks, and parameters may be secrets."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            each.copy_with(query=None, username=None, password=None) if isinstance(each, httpx.URL) else each
            for each in record.args
        )
    return True


logging.getLogger("httpx").addFilter(_without_query)
logging.getLogger("httpcore").setLevel(logging.INFO)  # below, it logs headers of answers

Taken = TypeVar("Taken")
Take = Callable[[httpx.Response, Iterator[bytes]], Taken]
"""Reads an answer by its decoded pieces; called again, with another answer, where this one broke off."""
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""Headers of a request, or what makes them anew for each attempt."""


class Fetcher:
    """One source being asked, from one thread. Counts requests and bytes received."""

    def __init__(
        self,
        source: HttpSource,
        secrets: Secrets,
        stop: threading.Event,
        *,
        request_seconds: float,
        resolve: Resolve = resolved,
    ) -> None:
        self.requests = 0
        self.bytes = 0
        self._source = source
        self._stop = stop
        self._request_seconds = source.limits.request_seconds or request_seconds
        self._end = time.monotonic() + source.limits.seconds
        self._next = 0.0
        self._deadline = Deadline()
        self._headers = {
            name: secrets.fill(value, f"headers.{name}") for name, value in source.headers.items()
        }
        self._params = {
            name: secrets.fill(str(value), f"params.{name}") for name, value in source.params.items()
        }
        for name, value in self._headers.items():
            if not value.isascii():
                raise PullError(
                    "请求头只能用 ASCII 字符", code="secret_invalid", where={"字段": f"headers.{name}"}
                )
        backend = GuardedBackend(source.allow_private, self._deadline, resolve)
        self._http = httpx.Client(
            transport=GuardedTransport(backend, _context(source)),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "chanjiao", "Accept-Encoding": "gzip"},
        )
        self._home = httpx.URL(source.url)

    def close(self) -> None:
        self._http.close()

    def ask(
        self,
        take: Take[Taken],
        *,
        url: str | None = None,
        params: Mapping[str, str] | None = None,
        headers: Headers | None = None,
        states: Collection[int] = (200, 304),
    ) -> Taken:
        """What `take` makes of an answer of one of these states.

        Overload, errors of the server, time-outs and answers that break off are tried again, with waits that double
        or are as long as `Retry-After` says, while the time of the pull lasts. Raises PullError.
        """
        address = self._home.join(url) if url else self._home
        retry = self._source.retry
        attempts = Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(retry.attempts)
            | stop_before_delay(max(self._end - time.monotonic(), 0.0)),
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        taken: Taken = attempts(self._once, take, address, params or {}, headers or {}, states)
        return taken

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next attempt."""
        retry = self._source.retry
        pause: float = min(retry.first_wait * 2 ** (state.attempt_number - 1), retry.longest_wait)
        error = state.outcome.exception() if state.outcome else None
        return max(pause, error.wait if isinstance(error, PassingError) else 0.0)

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise StoppedError

    def _once(
        self,
        take: Take[Taken],
        url: httpx.URL,
        params: Mapping[str, str],
        headers: Headers,
        states: Collection[int],
    ) -> Taken:
        asked = headers() if callable(headers) else headers
        for _ in range(MOST_REDIRECTS + 1):
            self._allowed(url)
            at_home = self._is_home(url)
            if at_home:
                url = url.copy_merge_params({**self._params, **params})
            self._pace()
            try:
                with self._http.stream(
                    "GET",
                    url,
                    headers={**(self._headers if at_home else {}), **asked},
                    timeout=httpx.Timeout(min(30.0, self._request_seconds)),
                ) as answer:
                    if answer.status_code in _REDIRECTS:
                        url, params = self._redirected(answer, url), {}
                        continue
                    if answer.status_code not in states:
                        raise self._refused(answer, url)
                    return take(answer, self._pieces(answer))
            except (httpx.TransportError, httpx.DecodingError) as error:
                raise self._broken(error, url) from error
        raise PullError(f"重定向超过 {MOST_REDIRECTS} 次", code="too_many_redirects", remedy="请核对 url")

    def _pace(self) -> None:
        """Wait for the next turn under `rate`, and set the time this request has."""
        if self._stop.is_set():
            raise StoppedError
        now = time.monotonic()
        if now < self._next:
            self._sleep(self._next - now)
        if self._source.rate:
            self._next = max(now, self._next) + 1 / self._source.rate
        now = time.monotonic()
        if now >= self._end:
            raise self._too_slow()
        self._deadline.at = min(now + self._request_seconds, self._end)
        self.requests += 1

    def _pieces(self, answer: httpx.Response) -> Iterator[bytes]:
        for piece in answer.iter_bytes():
            if self._stop.is_set():
                raise StoppedError
            self.bytes += len(piece)
            if self.bytes > self._source.limits.bytes:
                raise PullError(
                    f"取到的内容超过 {self._source.limits.bytes} 字节",
                    code="too_large",
                    remedy="请核对来源，或加大 limits.bytes",
                )
            yield piece

    def _allowed(self, url: httpx.URL) -> None:
        hosts = {self._home.host, *(host.lower() for host in self._source.allowed_hosts)}
        if url.scheme not in ("http", "https") or (self._home.scheme, url.scheme) == ("https", "http"):
            raise PullError(
                f"被引向 {url.scheme} 地址",
                code="redirect_refused",
                remedy="只跟随 https（来源为 http 时也可用 http）",
            )
        if url.host not in hosts:
            raise PullError(
                f"被引向另一台主机 {url.host}",
                code="redirect_refused",
                remedy=f'确认可信后在该来源下写 allowed_hosts = ["{url.host}"]',
            )

    def _is_home(self, url: httpx.URL) -> bool:
        """Whether an address may see headers and parameters of the source: same scheme, host and port as its own."""
        return (url.scheme, url.host, url.port) == (self._home.scheme, self._home.host, self._home.port) or (
            url.scheme == "https" and url.host == self._home.host and url.port is self._home.port is None
        )

    def _redirected(self, answer: httpx.Response, url: httpx.URL) -> httpx.URL:
        try:
            return url.join(answer.headers["location"])
        except (KeyError, httpx.InvalidURL, ValueError):
            raise PullError(
                "重定向没有给出有效的地址", code="redirect_refused", remedy="请核对 url"
            ) from None

    def _refused(self, answer: httpx.Response, url: httpx.URL) -> PullError:
        """What a state other than 200 means. The server's own words are left out: they may repeat the request."""
        state = answer.status_code
        where = {"主机": url.host}
        if state in PASSING:
            wait = retry_after(answer.headers.get("retry-after"))
            asked = f"，要求 {wait:.0f} 秒后再来" if wait else ""
            return PassingError(
                f"服务回答 {state}{asked}",
                code="overloaded" if state == 429 else "server_error",
                remedy="请稍后再拉取，或降低 rate" if state == 429 else "请稍后再拉取",
                wait=wait,
                where=where,
            )
        remedy = {
            401: "请核对 headers 中的密钥",
            403: "请核对密钥与权限",
            404: "请核对 url",
            410: "请核对 url",
        }.get(state, "请核对 url、params 与 headers")
        return PullError(f"服务回答 {state}", code=f"status_{state}", remedy=remedy, where=where)

    def _broken(self, error: Exception, url: httpx.URL) -> PullError:
        where = {"主机": url.host}
        if time.monotonic() >= self._end:
            return self._too_slow()
        if isinstance(error, httpx.TimeoutException):
            return PassingError(
                f"没有在 {self._request_seconds:g} 秒内答完",
                code="timed_out",
                remedy="请稍后再拉取，或加大 limits.request_seconds",
                where=where,
            )
        if isinstance(error, httpx.ConnectError):
            return PassingError("连不上", code="unreachable", remedy="请核对 url 与网络、证书", where=where)
        if isinstance(error, httpx.DecodingError):
            return PassingError("答复的压缩内容损坏", code="truncated", remedy="请稍后再拉取", where=where)
        return PassingError("答复中途断开", code="truncated", remedy="请稍后再拉取", where=where)

    def _too_slow(self) -> PullError:
        return PullError(
            f"超过了 {self._source.limits.seconds:g} 秒",
            code="too_slow",
            remedy="请加大 limits.seconds；已取到的部分会保留，再拉取时接着进行",
            keeps=True,
        )


def _context(source: HttpSource) -> ssl.SSLContext:
    """Certificates are always checked; `ca_file` adds the authority of an intranet."""
    try:
        return _trusting(source.ca_file, source.ca_file.stat().st_mtime_ns if source.ca_file else 0)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInputError(
            f"证书文件无法读取：{error}", remedy="请核对 ca_file", where={"来源": source.name}
        ) from error


@lru_cache(maxsize=16)
def _trusting(authority: Path | None, _changed: int) -> ssl.SSLContext:
    """Made once: reading all the authorities that everybody trusts takes longer than many a pull."""
    context = httpx.create_ssl_context(trust_env=False)
    if authority is not None:
        context.load_verify_locations(cafile=str(authority))
    return context
