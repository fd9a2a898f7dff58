"""Sources 来源: what is configured to be pulled, without its secrets, and how the last pull of each went. Read-only."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import RUNS, answers
from app.api.pulls import EXAMPLE as LAST_EXAMPLE
from app.api.pulls import PullItem, pull_members
from app.api.reader import Reading
from app.ingest.pull import read_sources
from app.ingest.pull.history import last_pulls

router = APIRouter(tags=[RUNS], dependencies=[Depends(require(Permission.READ_RECORDS))])


class SourceItem(Model):
    """A configured source. Headers, parameters and queries are not shown."""

    name: str
    title: str
    connector: str = Field(description="http-json、http-file、directory 或 sql")
    kind: str = Field(description="数据种类，见 chanjiao ingest kinds")
    address: str = Field(description="地址，不含参数；数据库只给出环境变量名。Without parameters.")
    enabled: bool
    schedule: str | None = Field(description="cron；不定时拉取时为空")
    every_seconds: float | None = Field(description="间隔 秒；不按间隔拉取时为空")
    simulated: bool
    last_pull: PullItem | None = Field(description="最近一次拉取；从未拉取过时为空")


EXAMPLE = SourceItem(
    name="plans-2025",
    title="上海市招生计划接口",
    connector="http-json",
    kind="enrolment-plan",
    address="https://portal.example.gov.cn/api/plans",
    enabled=True,
    schedule="0 3 * * *",
    every_seconds=None,
    simulated=False,
    last_pull=LAST_EXAMPLE,
)


@router.get(
    "/sources",
    summary="数据来源 List sources",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_sources(
    request: Request, reader: Reading, paging: Annotated[Paging, Query()]
) -> Listing[SourceItem]:
    """配置好的数据来源（sources.toml），以及每个来源最近一次拉取的结果；不含密钥。

    The configured sources in the order of the file, each with its latest pull, without secrets.
    """
    path: Path = request.app.state.sources_file
    entries = list(read_sources(path, may_lack=True).entries.values())
    page = paging.cut(entries)
    with reader.records() as session:
        last = last_pulls(session, [source.name for source in page])
        items = [
            SourceItem(
                name=source.name,
                title=source.title,
                connector=source.connector,
                kind=source.kind,
                address=source.address,
                enabled=source.enabled,
                schedule=source.schedule,
                every_seconds=source.every,
                simulated=source.simulated,
                last_pull=PullItem(**pull_members(last[source.name])) if source.name in last else None,
            )
            for source in page
        ]
        return reader.listing(None, paging, len(entries), items)
