"""The `http-file` connector: one file, streamed to the disk, and gone on with where it broke off."""

import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import httpx

from app.ingest.pull.fault import PassingError, PullError
from app.ingest.pull.fetch import Fetcher
from app.ingest.pull.fetched import Fetched, Validators
from app.ingest.pull.part_file import PartFile
from app.ingest.pull.source import HttpFile


def fetch_file(
    source: HttpFile, fetcher: Fetcher, known: Validators, part: PartFile, folder: Path
) -> Fetched | None:
    """The file in `folder`; None where the server says that it has not changed since `known`.

    Where it breaks off, the next attempt asks for the rest of it; a server that sends the whole again, or another file
    by now, is taken at its word. Raises PullError; what has come is in `part` then.
    """
    asked = known.headers if source.conditional is not False else {}
    warnings: list[str] = []

    def take(answer: httpx.Response, pieces: Iterator[bytes]) -> Fetched | None:
        if answer.status_code == 304:
            return None
        if answer.status_code == 416:
            part.clear()
            raise PassingError("服务没有文件余下的部分", code="source_changed", remedy="会从头下载")
        if answer.status_code == 206:
            part.go_on(answer)
        else:
            part.begin(answer, source.filename or _name(answer, source))
            warnings[:] = _unsure(answer)
        part.write(pieces)
        validators, resumed = part.validators, part.resumed
        return Fetched(part.finish(folder), validators, resumed=resumed, warnings=warnings)

    def headers() -> dict[str, str]:
        # as it is: a compressed body that is cut off says so only to who unpacks it to the last byte
        return {**(part.headers or asked), "Accept-Encoding": "identity"}

    try:
        return fetcher.ask(take, headers=headers, states=(200, 206, 304, 416))
    except PullError:
        if not part.headers:  # nothing that the next pull could go on from
            part.clear()
        raise


def _unsure(answer: httpx.Response) -> list[str]:
    """What to warn of where the end of the connection is the only sign of the end of the file."""
    chunked = "chunked" in answer.headers.get("transfer-encoding", "")
    return [] if chunked or "content-length" in answer.headers else ["服务没有说明文件长度，无法确认是否完整"]


def _name(answer: httpx.Response, source: HttpFile) -> str:
    """A name for the file: the server's, else the last part of the address; nothing that leads out of the folder."""
    head = Message()
    head["Content-Disposition"] = answer.headers.get("content-disposition", "")
    given = head.get_filename() or unquote(httpx.URL(source.url).path.rsplit("/", 1)[-1])
    name = re.sub(r"[^\w.()（）【】《》 -]", "_", given.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    return name[-150:] or f"{source.name}.dat"
