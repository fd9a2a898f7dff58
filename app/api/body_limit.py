"""The largest request body, refused while it is being read."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Stops reading after `largest` bytes with a 413; a path in `larger` has a limit of its own, as has every path below
    one that ends with a slash.

    Not the framework's own limit, which answers in plain text instead of a problem document.
    """

    def __init__(self, app: ASGIApp, largest: int, larger: Mapping[str, int]) -> None:
        self.app = app
        self.largest = largest
        self.larger = larger
        self.below = {path: size for path, size in larger.items() if path.endswith("/")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0
        path = scope.get("path", "")
        below = (size for start, size in self.below.items() if path.startswith(start))
        largest = self.larger.get(path) or next(below, self.largest)

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > largest:
                raise HTTPException(413)
            return message

        await self.app(scope, limited, send)
