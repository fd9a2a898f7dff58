"""Files as answers: made on the disk, sent piece by piece, under a name that may be Chinese."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from urllib.parse import quote

from starlette.responses import StreamingResponse

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {CSV: ".csv", XLSX: ".xlsx"}
_PIECE = 64 * 1024


def attachment(make: Callable[[Path], object], media_type: str, name: str, plain: str) -> StreamingResponse:
    """The file that `make` writes, as `name`, and `plain` for clients that know ASCII names only; neither with ending.

    It is whole before the first byte is sent: an error while it is made is answered as any other. The disk holds it
    for as long as it is being sent, whatever becomes of the client.
    """
    ending = ENDINGS[media_type]
    with TemporaryDirectory(prefix="chanjiao-export-") as folder:
        path = Path(folder) / f"export{ending}"
        make(path)
        size = path.stat().st_size
        stream = path.open("rb")  # what is open outlives its name
    return StreamingResponse(
        _pieces(stream),
        media_type=media_type,
        headers={
            "Content-Disposition": disposition(f"{name}{ending}", f"{plain}{ending}"),
            "Content-Length": str(size),
            "Cache-Control": "no-store",
        },
    )


def disposition(name: str, plain: str) -> str:
    """Content-Disposition of a download (RFC 6266): its name in UTF-8, and one in ASCII beside it."""
    safe = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def file_answer(description: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    """The answer of an operation that gives a file, for `responses=`."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": description, "content": content}}


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(_PIECE):
            yield piece
