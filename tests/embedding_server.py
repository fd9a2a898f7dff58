"""A real embedding server on a free port of the loopback address, which misbehaves when it is told to."""

import base64
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

DIMENSIONS = 64
Items = list[dict[str, Any]]


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Characters and pairs of them, counted in places that a hash chooses: like texts get like vectors."""
    return list(_counts(text, dimensions))


@lru_cache(maxsize=10_000)
def _counts(text: str, dimensions: int) -> tuple[float, ...]:
    counts = [0.0] * dimensions
    for size in (1, 2):
        for start in range(len(text) - size + 1):
            place = blake2b(text[start : start + size].encode(), digest_size=4).digest()
            counts[int.from_bytes(place, "little") % dimensions] += 1.0
    return tuple(counts)


class EmbeddingServer:
    """Answers `POST …/v1/embeddings`. `then(…)` says what it does with the next requests, one each."""

    def __init__(self, port: int = 0, dimensions: int = DIMENSIONS) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        self.dimensions = dimensions
        self._next: deque[Callable[[Any, Items], None]] = deque()
        self._always: Callable[[Any, Items], None] | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append(asked)
                server.keys.append(self.headers["Authorization"])
                server.paths.append(self.path)
                items = [
                    {"object": "embedding", "index": i, "embedding": vector_of(text, server.dimensions)}
                    for i, text in enumerate(asked["input"])
                ]
                behaviour = server._always or (server._next.popleft() if server._next else answer)
                behaviour(self, items)

            def log_message(self, format: str, *args: Any) -> None:
                """Silence on standard error."""

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def then(self, *behaviours: Callable[[Any, Items], None]) -> None:
        self._next.extend(behaviours)

    def always(self, behaviour: Callable[[Any, Items], None] | None) -> None:
        self._always = behaviour

    @property
    def texts(self) -> list[str]:
        return [text for request in self.requests for text in request["input"]]

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def send(
    handler: Any,
    body: bytes,
    status: int = 200,
    headers: Sequence[tuple[str, str]] = (),
    length: int | None = None,
) -> None:
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def _body(items: Items) -> bytes:
    return json.dumps({"object": "list", "data": items, "usage": {"total_tokens": 1}}).encode()


def answer(handler: Any, items: Items) -> None:
    send(handler, _body(items))


def reversed_order(handler: Any, items: Items) -> None:
    send(handler, _body(items[::-1]))


def as_base64(handler: Any, items: Items) -> None:
    for item in items:
        packed = np.array(item["embedding"], dtype="<f4").tobytes()
        item["embedding"] = base64.b64encode(packed).decode()
    send(handler, _body(items))


def refuses(status: int, words: str = "", retry_after: str | None = None) -> Callable[[Any, Items], None]:
    def behaviour(handler: Any, _items: Items) -> None:
        headers = [("Retry-After", retry_after)] if retry_after is not None else []
        send(handler, words.encode(), status, headers)

    return behaviour


def slow(seconds: float) -> Callable[[Any, Items], None]:
    def behaviour(handler: Any, items: Items) -> None:
        time.sleep(seconds)
        _quietly(lambda: send(handler, _body(items)), handler)

    return behaviour


def trickle(seconds: float) -> Callable[[Any, Items], None]:
    """A byte now and then: no single read is ever late."""

    def behaviour(handler: Any, items: Items) -> None:
        body = _body(items)

        def drip() -> None:
            send(handler, b"", length=len(body))
            for place in range(int(seconds / 0.05)):
                handler.wfile.write(body[place : place + 1])
                handler.wfile.flush()
                time.sleep(0.05)

        _quietly(drip, handler)
        handler.close_connection = True

    return behaviour


def cut_off(handler: Any, items: Items) -> None:
    """Half of the bytes that were promised."""
    body = _body(items)
    send(handler, body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def changed(change: Callable[[Items], Any]) -> Callable[[Any, Items], None]:
    """The right answer after `change`, which alters the items or returns another body."""

    def behaviour(handler: Any, items: Items) -> None:
        other = change(items)
        send(handler, other if isinstance(other, bytes) else _body(items))

    return behaviour


def _quietly(write: Callable[[], None], handler: Any) -> None:
    """The other side may have left."""
    try:
        write()
    except OSError:
        handler.close_connection = True
