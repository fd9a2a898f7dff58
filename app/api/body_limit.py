"""The largest request body, refused while it is being read."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Stops reading after `largest` bytes with a 413; a path in `larger` has a limit of its own.

    Not the framework's own limit, which answers in plain text instead of a problem document.
    """

    def __init__(self, app: ASGIApp, largest: int, larger: Mapping[str, int]) -> None:
        self.app = app
        self.largest = largest
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0
        largest = self.larger.get(scope.get("path", ""), self.largest)

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > largest:
                raise HTTPException(413)
            return message

        await self.app(scope, limited, send)
