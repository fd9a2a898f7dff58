"""The `http-file` connector: one file, streamed to the disk."""

import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import httpx

from app.ingest.pull.fetch import Fetcher
from app.ingest.pull.fetched import Fetched, Validators
from app.ingest.pull.source import HttpFile


def fetch_file(source: HttpFile, fetcher: Fetcher, known: Validators, folder: Path) -> Fetched | None:
    """The file in `folder`; None where the server says that it has not changed since `known`. Raises PullError."""
    asked = known.headers if source.conditional is not False else {}
    part = folder / ".part"

    def take(answer: httpx.Response, pieces: Iterator[bytes]) -> Fetched | None:
        if answer.status_code == 304:
            return None
        digest = hashlib.sha256()
        with part.open("wb") as stream:
            for piece in pieces:
                digest.update(piece)
                stream.write(piece)
        path = part.rename(folder / (source.filename or _name(answer, source)))
        return Fetched(path, Validators.of(answer), digest.hexdigest(), warnings=_unsure(answer))

    # as it is: a compressed body that is cut off says so only to who unpacks it to the last byte
    return fetcher.ask(take, headers={**asked, "Accept-Encoding": "identity"})


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
