"""Files as bodies of requests: written to the disk as they arrive, under a name that leads nowhere, gone with the answer."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, StringConstraints
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.api.attachment import CSV, XLSX
from app.errors import InvalidInputError
from app.ingest.uploads import room_on_disk

ANY = "application/octet-stream"
TABLES = {
    ANY: "",
    CSV: ".csv",
    "application/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    XLSX: ".xlsx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-excel.sheet.macroenabled.12": ".xlsm",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/x-xz": ".xz",
    "text/html": ".html",
    "text/xml": ".xml",
    "application/xml": ".xml",
}
"""Media types of the files that can be loaded, with the ending of a file that comes without a name. What a file is, is
found by its content. The types that a form of a foreign web page can send are not among them, nor is none at all: a
page that somebody has open must not be able to load a file into a service that trusts whoever reaches it.
"""
FileName = Annotated[
    str,
    StringConstraints(max_length=1000),
    Field(
        description="文件名，记入批次；只留最后一段，去掉控制字符，太长的缩短；不写时由 Content-Type 定后缀。"
        "Name of the file, without any folder.",
        examples=["某校招生计划.csv"],
    ),
]


_REMEDY = f"表格请用 {CSV}、{XLSX} 等；不确定时用 {ANY}。可用的：{'、'.join(TABLES)}"


def file_body(media_types: dict[str, str] = TABLES) -> dict[str, Any]:
    """The body of an operation that takes a file, for `openapi_extra=`. JSON is accepted but not described: a client
    made of the description would encode it once more.
    """
    described = [each for each in media_types if each != "application/json"]
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in described}
    return {"requestBody": {"required": True, "content": content}}


def ending_of(request: Request, media_types: dict[str, str] = TABLES, remedy: str = _REMEDY) -> str:
    """The ending that goes with the media type of the body. Raises InvalidInputError for a type that is not accepted."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in media_types:
        raise InvalidInputError(f"不接受 Content-Type {kind[:100] or '（空）'}", remedy=remedy)
    return media_types[kind]


def asked_once(request: Request, *lists: str) -> None:
    """Raises RequestValidationError where a parameter that takes one value is there twice: neither is to be guessed."""
    counted = Counter(name for name, _ in request.query_params.multi_items())
    twice = [name for name, times in counted.items() if times > 1 and name not in lists]
    if twice:
        said = {"message": "写了不止一次", "remedy": "每个参数只写一次"}
        raise RequestValidationError(
            [{"type": "repeated", "loc": ("query", name), "msg": "", "ctx": said} for name in twice]
        )


@asynccontextmanager
async def body_as_file(request: Request, name: str) -> AsyncIterator[Path]:
    """The body as a file of that name in a folder of its own, which is gone afterwards.

    Raises InvalidInputError where it is empty, InsufficientStorageError where the disk is full, then or while the file
    is being used.
    """
    try:
        with room_on_disk(), TemporaryDirectory(prefix="chanjiao-import-") as folder:
            path = Path(folder) / name
            with path.open("wb") as stream:
                async for piece in request.stream():
                    stream.write(piece)
            if not path.stat().st_size:
                raise InvalidInputError("请求体是空的", remedy="请把文件的内容放在请求体中")
            yield path
    except ClientDisconnect as error:  # half a file is none
        raise HTTPException(400) from error
