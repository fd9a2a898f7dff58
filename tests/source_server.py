"""A real server of rows on a free port of the loopback address, which misbehaves when it is told to.

`/offset`, `/page`, `/cursor`, `/links` and `/all` serve the rows as JSON, `/plans.csv` as a file.
"""

import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MOST = 10
"""Rows on a page, whatever is asked for."""


@dataclass
class Reply:
    """An answer about to be sent. `length` is what it promises, where that is not what it has."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


Behaviour = Callable[[Any, Reply], None]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """That the other side has left is what many tests are about."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class SourceServer:
    """Answers rightly, save where `then(…)` says otherwise of the next requests, one each, or `always(…)` of all."""

    def __init__(self, rows: Sequence[dict[str, Any]], etag: bool = False) -> None:
        self.rows = list(rows)
        self.etag = etag
        self.ranges = False
        """Whether it sends the rest of a file where that is asked for, by `If-Range` with its ETag or date."""
        self.modified = ""
        self.total: int | None = None
        """What it says of how many rows there are, where that is not how many there are."""
        self.asked: list[Asked] = []
        self._next: deque[Behaviour] = deque()
        self._always: Behaviour | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are written apart: the body would wait 40 ms

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()))
                server.asked.append(asked)
                behaviour = server._next.popleft() if server._next else (server._always or send)
                try:
                    behaviour(self, server.reply(asked))
                except OSError:  # the other side has left
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Silence on standard error."""

        self._http = _QuietServer(("127.0.0.1", 0), Handler)
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def then(self, *behaviours: Behaviour) -> None:
        self._next.extend(behaviours)

    def always(self, behaviour: Behaviour | None) -> None:
        self._always = behaviour

    @property
    def queries(self) -> list[dict[str, str]]:
        return [asked.query for asked in self.asked]

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def reply(self, asked: Asked) -> Reply:
        body, kind = self._body(asked)
        reply = Reply(headers={"Content-Type": kind}, body=body)
        if self.etag:
            reply.headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if asked.headers.get("If-None-Match") == reply.headers["ETag"]:
                return Reply(304, reply.headers)
        if self.modified:
            reply.headers["Last-Modified"] = self.modified
        return self._rest(reply, asked.headers) if self.ranges and "Range" in asked.headers else reply

    def _rest(self, reply: Reply, headers: dict[str, str]) -> Reply:
        if headers.get("If-Range") not in (None, reply.headers.get("ETag"), self.modified or None):
            return reply
        start, size = int(headers["Range"].removeprefix("bytes=").removesuffix("-")), len(reply.body)
        if start >= size:
            return Reply(416, {**reply.headers, "Content-Range": f"bytes */{size}"})
        stands = {"Content-Range": f"bytes {start}-{size - 1}/{size}"}
        return Reply(206, reply.headers | stands, reply.body[start:])

    def _body(self, asked: Asked) -> tuple[bytes, str]:
        if asked.path.endswith(".csv"):
            lines = [",".join(self.rows[0]), *(",".join(map(str, row.values())) for row in self.rows)]
            return "\n".join(lines).encode("gb18030"), "text/csv"
        query = asked.query
        size = min(int(query.get("size", MOST)), MOST)
        start = {
            "/offset": int(query.get("offset", 0)),
            "/page": (int(query.get("page", 1)) - 1) * size,
            "/cursor": int(query.get("cursor", "c0")[1:]),
            "/links": int(query.get("from", 0)),
        }.get(asked.path, 0)
        rows = self.rows if asked.path == "/all" else self.rows[start : start + size]
        after = start + size if start + size < len(self.rows) else None
        data: dict[str, Any] = {"rows": rows, "total": len(self.rows) if self.total is None else self.total}
        if asked.path == "/cursor":
            data["next"] = f"c{after}" if after else None
        if asked.path == "/links" and after:
            data["next"] = f"/links?from={after}&key={query.get('key', '')}"
        return json.dumps({"code": 0, "data": data}).encode(), "application/json"


def send(handler: Any, reply: Reply) -> None:
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if reply.status != 304:
        handler.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
    handler.end_headers()
    handler.wfile.write(reply.body)


def refuses(status: int, retry_after: str | None = None) -> Behaviour:
    def behaviour(handler: Any, _reply: Reply) -> None:
        headers = {"Retry-After": retry_after} if retry_after is not None else {}
        send(handler, Reply(status, headers, b"no"))

    return behaviour


def redirects(to: str, status: int = 302) -> Behaviour:
    return lambda handler, _reply: send(handler, Reply(status, {"Location": to}))


def says(body: bytes, kind: str = "application/json") -> Behaviour:
    return lambda handler, _reply: send(handler, Reply(headers={"Content-Type": kind}, body=body))


def changed(change: Callable[[Any], None]) -> Behaviour:
    """The right answer after `change` of its data."""

    def behaviour(handler: Any, reply: Reply) -> None:
        data = json.loads(reply.body)
        change(data["data"])
        reply.body = json.dumps(data).encode()
        send(handler, reply)

    return behaviour


def cut_off(handler: Any, reply: Reply) -> None:
    """Half of the bytes that were promised."""
    reply.length, reply.body = len(reply.body), reply.body[: len(reply.body) // 2]
    send(handler, reply)
    handler.close_connection = True


def half(handler: Any, reply: Reply) -> None:
    """Half of the JSON, and no promise of more: only the JSON tells."""
    reply.body = reply.body[: len(reply.body) // 2]
    send(handler, reply)


def silent(seconds: float) -> Behaviour:
    def behaviour(handler: Any, reply: Reply) -> None:
        time.sleep(seconds)
        send(handler, reply)

    return behaviour


def drips(seconds: float, head: bool = False) -> Behaviour:
    """A byte now and then, of the body or already of the head: no single read is ever late."""

    def behaviour(handler: Any, reply: Reply) -> None:
        if head:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        else:
            send(handler, Reply(200, reply.headers, b"", len(reply.body)))
        for place in range(int(seconds / 0.05)):
            handler.wfile.write(b"x" if head else reply.body[place : place + 1])
            handler.wfile.flush()
            time.sleep(0.05)
        handler.close_connection = True

    return behaviour
