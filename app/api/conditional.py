"""Conditional requests (RFC 9110, 13.1.2) and HEAD, for every answer that carries an ETag."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_KEPT = ("etag", "cache-control", "vary", "content-location", "date", "expires")
"""Headers that a 304 repeats (RFC 9110, 15.4.5)."""


def matches(condition: str, tag: str) -> bool:
    """Whether If-None-Match names the tag: `*`, or a list of tags, compared weakly; nothing else matches."""
    if condition.strip() == "*":
        return True
    return tag.removeprefix("W/") in _TAG.findall(condition)


class Conditional:
    """Answers 304 without a body where the client has the representation, and HEAD like GET without the body.

    The condition is looked at once the answer is known to be a 200: a request that fails must say so whatever
    the client has stored.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        condition = ", ".join(Headers(scope=scope).getlist("if-none-match"))
        silent = scope["method"] == "HEAD"

        async def answer(message: Message) -> None:
            nonlocal silent
            if message["type"] == "http.response.start" and message["status"] == 200 and condition:
                headers = MutableHeaders(raw=message["headers"])
                if "etag" in headers and matches(condition, headers["etag"]):
                    kept = [(name, value) for name, value in message["headers"] if name.decode() in _KEPT]
                    message = {**message, "status": 304, "headers": kept}
                    silent = True
            elif message["type"] == "http.response.body" and silent:
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, answer)
