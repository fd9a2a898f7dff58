"""What goes for every answer of the console: headers that keep it from other pages, and a page for what fails."""

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.console.refusal import failed

_HEADERS = {
    # in no frame of another page, where somebody could be led to press a button unseen
    "Content-Security-Policy": "frame-ancestors 'none'; object-src 'none'; base-uri 'self'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Guard:
    """Sets the headers, and answers itself where nobody below has: the service around it speaks in problem documents."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            request = Request(scope, receive)
            await failed(request, error)(scope, receive, answer)
