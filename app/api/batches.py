"""Batches 批次: what arrived, from where, and what became of each row. Read-only."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import func, select

from app.access import Permission, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import RUNS, answers
from app.api.reader import Reading
from app.errors import NotFoundError
from app.ingest import KINDS
from app.models import Batch, QuarantinedRow

router = APIRouter(tags=[RUNS], dependencies=[Depends(require(Permission.READ_RECORDS))])


class BatchItem(Model):
    """A batch: read = accepted + repeated + quarantined."""

    id: str
    kind: str
    kind_name: str
    source: str
    filename: str
    sha256: str
    size_bytes: int
    state: str
    simulated: bool
    read: int = Field(description="读到的行数")
    accepted: int = Field(description="接收的行数")
    repeated: int = Field(description="重复的行数")
    quarantined: int = Field(description="隔离的行数")
    received_at: datetime
    accepted_at: datetime | None


class QuarantineItem(Model):
    """A row that could not become a record."""

    sheet: str
    row: int
    column: str
    reason_code: str
    reason: str
    remedy: str


class BatchDetail(BatchItem):
    """A batch with how it was read, its warnings and the first rows in quarantine."""

    reading: dict[str, Any] = Field(description="读取方式：编码、分隔符、列对应。")
    warnings: list[str]
    quarantine: list[QuarantineItem] = Field(description="隔离的行，至多 100 行；不含原值。")


class BatchFilters(Paging):
    kind: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")] | None = Field(
        None, description="种类，如 enrolment-plan", examples=["postings"]
    )


def _members(batch: Batch) -> dict[str, Any]:
    kind = KINDS.get(batch.kind)
    return {
        **{name: getattr(batch, name) for name in BatchItem.model_fields if name != "kind_name"},
        "kind_name": kind.title if kind else batch.kind,
    }


EXAMPLE = BatchItem(
    id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
    kind="enrolment-plan",
    kind_name="招生计划",
    source="上海高校 2025 年招生计划",
    filename="plans.csv",
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    size_bytes=381_000,
    state="accepted",
    simulated=False,
    read=2424,
    accepted=2320,
    repeated=90,
    quarantined=14,
    received_at=datetime.fromisoformat("2026-11-24T07:58:00+00:00"),
    accepted_at=datetime.fromisoformat("2026-11-24T07:58:01+00:00"),
)
DETAIL_EXAMPLE = BatchDetail(
    **EXAMPLE.model_dump(), reading={"encoding": "utf-8-sig", "delimiter": ","}, warnings=[], quarantine=[]
)


@router.get(
    "/batches",
    summary="数据批次 List batches",
    responses=answers(
        Listing[BatchItem](run=None, total=1, limit=50, offset=0, items=[EXAMPLE]), published=False
    ),
)
def list_batches(reader: Reading, filters: Annotated[BatchFilters, Query()]) -> Listing[BatchItem]:
    """收到的每一批数据：来源、摘要，以及读到、接收、重复、隔离各多少行；新的在前。

    Every delivery of data with what became of its rows, latest first.
    """
    found = select(Batch)
    if filters.kind:
        found = found.where(Batch.kind == filters.kind)
    page = found.order_by(Batch.received_at.desc(), Batch.id.desc())
    with reader.records() as session:
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        rows = session.scalars(page.limit(filters.limit).offset(filters.offset))
        return reader.listing(None, filters, total, [BatchItem(**_members(row)) for row in rows])


@router.get(
    "/batches/{batch_id}",
    summary="一个批次 One batch",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, refuses=False),
)
def get_batch(reader: Reading, batch_id: str) -> BatchDetail:
    """批次的读取方式、提醒，以及被隔离的行与原因。结果中的 `batch_ids` 指向这里。

    How a batch was read, its warnings, and which rows were quarantined and why.
    """
    with reader.records() as session:
        batch = session.get(Batch, batch_id) if batch_id.isprintable() else None
        if batch is None:
            raise NotFoundError(f"没有批次 {batch_id}", remedy="用 GET /v1/batches 查看已有的批次")
        held = session.scalars(
            select(QuarantinedRow)
            .where(QuarantinedRow.batch_id == batch.id)
            .order_by(QuarantinedRow.row, QuarantinedRow.id)
            .limit(100)
        )
        return BatchDetail(
            **_members(batch),
            reading=batch.reading,
            warnings=batch.warnings,
            quarantine=[
                QuarantineItem(**{name: getattr(row, name) for name in QuarantineItem.model_fields})
                for row in held
            ],
        )
