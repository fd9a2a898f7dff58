"""What a source can say of itself: one form a connector, checked as the file is read."""

import hashlib
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.ingest.kinds import KINDS
from app.ingest.mappings import kept_path
from app.ingest.pull.amounts import PerSecond, Seconds, Size, refused
from app.ingest.pull.crontab import cron_fields
from app.ingest.pull.secrets import PLACE
from app.ingest.pull.statement import why_not_read_only

_SECRET_NAME = re.compile(
    r"authorization|cookie|token|secret|passw|pwd|credential|(?:api|access|app)[-_]?key"
    r"|(?:^|[-_])(?:key|sign|signature|auth)(?:$|[-_])",
    re.IGNORECASE,
)


Words = Annotated[str, Field(min_length=1, max_length=300)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Retry(Part):
    """How often and how patiently a failing request is made again."""

    attempts: int = Field(5, ge=1, le=20)
    first_wait: Seconds = 1.0
    """Before the second attempt; each further wait is twice as long, up to `longest_wait`."""
    longest_wait: Seconds = 60.0


class Limits(Part):
    """What a pull may take. The first of them that is passed ends it."""

    seconds: Seconds = 1800.0
    request_seconds: Seconds | None = None
    """For one request from connecting to the last byte; for JSON 60 s where not given, for a file `seconds`."""
    bytes: Size = 2 << 30
    page_bytes: Size = 32 << 20


class Source(Part, ABC):
    """What all sources have in common."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
    title: str = Field("", max_length=200)
    connector: str
    kind: str
    licence: str = Field("", max_length=300)
    mapping: Path | None = None
    simulated: bool = False
    replaces: bool | None = None
    """Whether what it brings takes the place of what it brought before."""
    least: float = Field(0.5, ge=0, le=1)
    """Share of the rows it has to bring at least of those that it replaces, where they can be counted beforehand."""
    enabled: bool = True
    schedule: str | None = None
    every: Seconds | None = None
    allow_private: bool = False
    limits: Limits = Limits()

    @property
    def label(self) -> str:
        """Name of the source as batches carry it."""
        return self.title or self.name

    @property
    def takes_the_place(self) -> bool:
        """By default yes: an address shows all that is at present. A folder gets one file after the other."""
        return self.connector != "directory" if self.replaces is None else self.replaces

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is, fit to be shown to anybody."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that decides what is fetched and how it is read; not of when and how patiently."""
        apart = {"title", "licence", "schedule", "every", "enabled", "least", "limits", "retry", "rate"}
        told = self.model_dump_json(exclude=apart).encode()
        mapping = self.mapping or kept_path(self.label)
        if mapping.is_file():
            told += mapping.read_bytes()
        return hashlib.sha256(told).hexdigest()

    @model_validator(mode="after")
    def _known_kind_and_time(self) -> "Source":
        if self.kind not in KINDS:
            raise refused(f"kind 没有种类 {self.kind}；可用：{'、'.join(KINDS)}")
        if self.schedule is not None and self.every is not None:
            raise refused("schedule 与 every 只能写一个")
        if self.schedule is not None:
            try:
                CronTrigger(**cron_fields(self.schedule))
            except ValueError as error:
                raise refused(f"schedule 不是有效的 cron：{error}；例如 0 3 * * *（每天 3 点）") from None
        return self


class _Columns(Source):
    """A source whose rows have no header: which field becomes which column of the kind."""

    fields: dict[str, Words] = {}
    """Column of the kind → where the value is."""
    constants: dict[str, str | int | float] = {}

    @model_validator(mode="after")
    def _known_columns(self) -> "_Columns":
        known = [column.name for column in KINDS[self.kind].columns] if self.kind in KINDS else []
        for part, given in (("fields", self.fields), ("constants", self.constants)):
            if unknown := sorted(set(given) - set(known)):
                raise refused(
                    f"{part} 中 {'、'.join(unknown)} 不是 {self.kind} 的列；可用：{'、'.join(known)}"
                )
        if self.fields and self.mapping:
            raise refused("fields 与 mapping 只能写一个")
        return self


class HttpSource(Source):
    """What the HTTP connectors have in common."""

    url: str
    params: dict[str, str | int] = {}
    headers: dict[str, str] = {}
    allowed_hosts: tuple[str, ...] = ()
    """Other hosts to which redirects and links may lead. They get none of `headers`."""
    ca_file: Path | None = None
    rate: PerSecond | None = None
    """Most requests in a second."""
    retry: Retry = Retry()
    conditional: bool | None = None
    """Whether to ask with If-None-Match and If-Modified-Since."""

    @property
    def address(self) -> str:
        return self.url.split("?")[0].split("#")[0]

    @model_validator(mode="after")
    def _plain_address(self) -> "HttpSource":
        if not re.fullmatch(r"https?://[^/@\s?#$]+(?:/[^\s$@]*)?", self.url):
            raise refused(
                "url 要以 http:// 或 https:// 开头，不能含用户名、密码、空格与 ${…}；"
                "密钥请放进 headers 或 params，写成 ${环境变量名}"
            )
        in_url = dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))
        for part, given in (("headers", self.headers), ("params", self.params), ("url", in_url)):
            for name, value in given.items():
                if _SECRET_NAME.search(name) and not PLACE.search(str(value)):
                    raise refused(
                        f"{part} 中的 {name} 像是密钥，不能直接写在文件里；"
                        "请放进 headers 或 params，写成 ${环境变量名}"
                    )
        for name in self.headers:
            if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or name.lower() in _OUR_HEADERS:
                raise refused(f"headers.{name} 不能设置")
        return self


_OUR_HEADERS = frozenset(
    (
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "if-none-match",
        "if-modified-since",
        "range",
        "accept-encoding",
    )
)


class _Paging(Part):
    total: Words | None = None
    """Where the answer says how many items there are; then every one of them has to arrive."""
    more: Words | None = None
    """Where the answer says whether more pages follow."""
    max_pages: int = Field(100_000, ge=1, le=10_000_000)


class OnePage(_Paging):
    type: Literal["none"] = "none"


class OffsetPaging(_Paging):
    type: Literal["offset"]
    param: Words = "offset"
    start: int = Field(0, ge=0)
    size_param: Words | None = "limit"
    size: int = Field(100, ge=1, le=100_000)


class PagePaging(_Paging):
    type: Literal["page"]
    param: Words = "page"
    first: int = Field(1, ge=0)
    size_param: Words | None = None
    size: int = Field(100, ge=1, le=100_000)


class CursorPaging(_Paging):
    type: Literal["cursor"]
    next: Words
    """Where the answer has the next cursor; the last page has none, or an empty one."""
    param: Words | None = None
    """Without it, `next` is the address of the next page."""
    size_param: Words | None = None
    size: int = Field(100, ge=1, le=100_000)


PAGING: dict[str, type[_Paging]] = {
    "none": OnePage,
    "offset": OffsetPaging,
    "page": PagePaging,
    "cursor": CursorPaging,
}
Paging = Annotated[OnePage | OffsetPaging | PagePaging | CursorPaging, Field(discriminator="type")]


class HttpJson(HttpSource, _Columns):
    """A JSON interface, page by page."""

    connector: Literal["http-json"]
    items: str = Field("", max_length=300)
    """Where the list of items is in the answer; empty where the answer is the list."""
    paging: Paging = OnePage()

    @property
    def asks_conditionally(self) -> bool:
        """By default only where one page is all: the ETag of a first page says nothing of the pages after it."""
        return self.paging.type == "none" if self.conditional is None else self.conditional


class HttpFile(HttpSource):
    """A file to download."""

    connector: Literal["http-file"]
    filename: Annotated[str, Field(pattern=r"^[^/\\\x00]{1,200}$")] | None = None
    """Where the server gives no good name: the ending helps to read it."""


class Folder(Source):
    """A folder that others put files into."""

    connector: Literal["directory"]
    path: Path
    pattern: tuple[str, ...] | str = ("*.csv", "*.tsv", "*.xlsx", "*.xls", "*.json", "*.jsonl", "*.zip")
    stable: Seconds = 30.0
    """A file is taken when it has not changed for so long."""

    @property
    def patterns(self) -> tuple[str, ...]:
        return (self.pattern,) if isinstance(self.pattern, str) else self.pattern

    @property
    def address(self) -> str:
        return str(self.path)


class Query(_Columns):
    """A query on a database, read only."""

    connector: Literal["sql"]
    url: Annotated[str, Field(pattern=r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$")]
    query: str = Field(min_length=8, max_length=100_000)
    chunk: int = Field(1000, ge=1, le=100_000)

    @property
    def address(self) -> str:
        return self.url

    @model_validator(mode="after")
    def _only_reads(self) -> "Query":
        if fault := why_not_read_only(self.query):
            raise refused(f"query {fault}")
        return self


CONNECTORS: dict[str, type[Source]] = {
    "http-json": HttpJson,
    "http-file": HttpFile,
    "directory": Folder,
    "sql": Query,
}


def allowed_fields(form: type[BaseModel]) -> list[str]:
    return [name for name in form.model_fields if name != "name"]


def read_source(name: str, section: dict[str, Any]) -> Source:
    """The source of one section. Raises pydantic's ValidationError; KeyError where the connector is unknown."""
    return CONNECTORS[section["connector"]].model_validate({**section, "name": name})
