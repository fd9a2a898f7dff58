"""The quarantine 隔离区: rows that could not become records, and their corrections."""

from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from app.access import Permission, Principal, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import INTAKE, answers
from app.api.parameters import Identifier
from app.api.reader import Reading
from app.ingest.quarantine import count, quarantined, sample
from app.ingest.quarantine_corrections import correct_rows

router = APIRouter(tags=[INTAKE])
log = structlog.get_logger("chanjiao.api")
Manager = Annotated[Principal, Depends(require(Permission.MANAGE_BATCHES))]
MOST_ROWS = 1000


class QuarantinedItem(Model):
    """A row that could not become a record."""

    id: int = Field(description="隔离编号，改正时写明。Name it when you correct the row.")
    batch: str
    kind: str
    file: str
    sheet: str = Field(description="工作表；只有一张表时为空。")
    row: int = Field(description="文件或工作表中的行号，从 1 起。1-based.")
    column: str
    value: str
    reason_code: str
    reason: str
    remedy: str
    cells: dict[str, Any] = Field(
        description="原来的各格，按表头；个人信息已遮去。The cells as they came, personal data masked."
    )
    resolved_by: str | None = Field(description="解决它的批次；还在等待为空。The batch that resolved it.")
    resolution: str = Field(
        description="改正后成为：accepted 已接收、repeated 与已有的行相同、quarantined 仍被隔离；等待时为空。"
    )
    resolved_at: datetime | None


class QuarantineFilters(Paging):
    batch: Identifier | None = Field(None, description="批次编号。Batch.")
    kind: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")] | None = Field(
        None, description="种类，如 enrolment-plan。Kind.", examples=["enrolment-plan"]
    )
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")] | None = Field(
        None, description="原因代码 reason_code。", examples=["unknown_program"]
    )
    state: Literal["open", "resolved", "all"] = Field(
        "open", description="open 等待改正、resolved 已解决、all 全部。Which rows."
    )


class CorrectedRow(BaseModel):
    """Corrected cells of one row."""

    model_config = ConfigDict(extra="forbid")

    id: int = Field(ge=1, le=2**53, description="隔离编号。Id of the quarantined row.")
    cells: dict[str, str | int | float | bool | None] = Field(
        max_length=300, description="改正的格，按原来的表头；没有写的格不变。Only those that change."
    )


class CorrectionRequest(BaseModel):
    """Corrected rows of the quarantine of one batch."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"rows": [{"id": 17, "cells": {"专业名称": "软件工程"}}]}]},
    )

    rows: list[CorrectedRow] = Field(min_length=1, max_length=MOST_ROWS)
    dry_run: bool = Field(False, description="只检查，不保存。Only check.")


class Corrected(Model):
    """What became of corrected rows: submitted = unchanged + resolved_before + read, and
    read = accepted + repeated + quarantined."""

    of: str = Field(description="隔离这些行的批次。")
    submitted: int
    unchanged: int = Field(description="没有改动、继续等待的行。Rows that wait on.")
    resolved_before: int = Field(description="此前已解决的行，不再处理。")
    read: int
    accepted: int
    repeated: int
    quarantined: int = Field(description="改正后仍被隔离的行，在新批次中等待。")
    waiting: int = Field(description="原批次还在等待的行。Rows of the batch that are left.")
    batch: str | None = Field(description="新的批次；没有改动或只检查时为空。The new batch.")
    dry_run: bool
    reasons: dict[str, int] = Field(description="仍被隔离的行数，按原因代码。")
    quarantine_sample: list[dict[str, Any]] = Field(description="每种原因至多 3 行。")


EXAMPLE = QuarantinedItem(
    id=17,
    batch="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
    kind="enrolment-plan",
    file="plans.csv",
    sheet="",
    row=3,
    column="专业名称",
    value="炼金学",
    reason_code="unknown_program",
    reason="普通本科专业目录中没有“炼金学”",
    remedy="请核对专业名称与层次；新设专业请先更新专业目录",
    cells={"院校代码": "10246", "专业名称": "炼金学", "计划数": "10"},
    resolved_by=None,
    resolution="",
    resolved_at=None,
)
CORRECTED = Corrected(
    of=EXAMPLE.batch,
    submitted=1,
    unchanged=0,
    resolved_before=0,
    read=1,
    accepted=1,
    repeated=0,
    quarantined=0,
    waiting=0,
    batch="01939c60-11aa-7b3c-9d10-5e2f4a7b8c21",
    dry_run=False,
    reasons={},
    quarantine_sample=[],
)


@router.get(
    "/quarantine",
    summary="隔离的行 List quarantined rows",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_quarantine(
    reader: Reading, filters: Annotated[QuarantineFilters, Query()], _principal: Manager
) -> Listing[QuarantinedItem]:
    """不能成为记录的行，原样保存：文件、工作表、行、列、值、原因、如何改正；撤回的批次的行不再等待。

    Rows kept as they came, with where, why and what would mend them.
    """
    found = quarantined(
        batch=filters.batch,
        kind=filters.kind,
        reason=filters.reason,
        state=None if filters.state == "all" else filters.state,
    )
    with reader.unstored() as session:
        total = count(session, found)
        rows = session.execute(found.limit(filters.limit).offset(filters.offset))
        items = [QuarantinedItem(**row) for row in sample([(row, batch) for row, batch in rows])]
        return reader.listing(None, filters, total, items)


@router.post(
    "/batches/{batch_id}/corrections",
    summary="提交改正的行 Submit corrected rows",
    responses=answers(CORRECTED, published=False, missing=True, conflicts=True, unready=True),
)
def submit_corrections(
    reader: Reading, batch_id: Identifier, asked: CorrectionRequest, principal: Manager
) -> Corrected:
    """改正一个批次中隔离的行：成为新的批次，原来的行注明由它解决；没有改动的行继续等待，重复提交不会重复计数。

    Corrected rows become a new batch that refers to the old one; rows that are good now leave the quarantine. If none
    of the changed rows is good, all is refused.
    """
    changes = {row.id: row.cells for row in asked.rows}
    with reader.unstored() as session:
        report = correct_rows(session, batch_id, changes, who=principal.id, dry_run=asked.dry_run)
        log.info("rows corrected", batch=batch_id, read=report.read, principal=principal.id)
        return Corrected(**report.as_dict())
