"""Pulls 拉取: each time a configured source was fetched, and what came of it. Read-only."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import select

from app.access import Permission, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import RUNS, answers
from app.api.reader import Reading
from app.models import Pull
from app.runs.pages import equal, page

router = APIRouter(tags=[RUNS], dependencies=[Depends(require(Permission.READ_RECORDS))])


class PullItem(Model):
    """One fetch of a source, or of one file of a watched folder."""

    id: str
    source: str = Field(description="来源名称，见 /v1/sources。Name of the source.")
    connector: str
    kind: str
    state: str = Field(description="running、succeeded、unchanged（没有变化）、failed")
    item: str = Field(description="取到的文件名；来源不是文件时为空")
    started_at: datetime
    ended_at: datetime | None
    batch_id: str | None = Field(description="装入的批次，见 /v1/batches；没有装入时为空")
    rows: int = Field(description="读到的行数")
    bytes: int = Field(description="收到的字节数")
    requests: int = Field(description="发出的请求数")
    resumed: bool = Field(description="是否接着上次中断的地方取")
    error_code: str = Field(description="失败的原因代码；没有失败时为空")
    error: str = Field(description="失败的原因与处理办法")
    warnings: list[str]


class PullFilters(Paging):
    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")] | None = Field(
        None, description="来源名称 Name of a source", examples=["plans-2025"]
    )
    state: Literal["running", "succeeded", "unchanged", "failed"] | None = Field(
        None, description="状态 State of the pull"
    )


def pull_members(pull: Pull) -> dict[str, Any]:
    return {name: getattr(pull, name) for name in PullItem.model_fields}


EXAMPLE = PullItem(
    id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e12",
    source="plans-2025",
    connector="http-json",
    kind="enrolment-plan",
    state="failed",
    item="",
    started_at=datetime.fromisoformat("2026-11-24T19:00:00+00:00"),
    ended_at=datetime.fromisoformat("2026-11-24T19:00:41+00:00"),
    batch_id=None,
    rows=0,
    bytes=181_220,
    requests=9,
    resumed=False,
    error_code="total_changed",
    error="第 8 页的总数是 2431，第 1 页是 2424：来源在拉取期间有变化。没有保存任何内容；请在来源不更新的时段拉取",
    warnings=[],
)


@router.get(
    "/pulls",
    summary="拉取记录 List pulls",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_pulls(reader: Reading, filters: Annotated[PullFilters, Query()]) -> Listing[PullItem]:
    """每一次从来源拉取：是否成功、装入了哪个批次，失败时为什么；新的在前。

    Every fetch of a configured source with what came of it, latest first. A failed pull changed nothing.
    """
    found = select(Pull).where(*equal((Pull.source, filters.source), (Pull.state, filters.state)))
    with reader.records() as session:
        rows = page(session, found.order_by(Pull.started_at.desc(), Pull.id.desc()), filters.window)
        return reader.page(None, filters, rows, lambda row: PullItem(**pull_members(row)))
