"""Batches 批次: what arrived, from where, what became of each row; held ones decided, accepted ones undone."""

from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import func, select

from app.access import Permission, Principal, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import INTAKE, answers
from app.api.parameters import PLAIN, Identifier
from app.api.reader import Reading
from app.ingest import KINDS
from app.ingest.batch_moves import Moved, accept, get_batch, moves_of, reject, undo
from app.ingest.batch_records import STATES
from app.models import Batch, BatchMove, QuarantinedRow

router = APIRouter(tags=[INTAKE])
log = structlog.get_logger("chanjiao.api")
State = Literal["received", "validated", "accepted", "rejected", "superseded"]
_READS = [Depends(require(Permission.READ_RECORDS))]


class BatchItem(Model):
    """A batch: read = accepted + repeated + quarantined."""

    id: str
    kind: str
    kind_name: str
    source: str
    licence: str = Field(description="来源的使用许可说明。Terms of the source, as stated.")
    filename: str
    sha256: str
    size_bytes: int
    state: State
    state_name: str
    who: str = Field(description="由谁装入。Who brought it.")
    parent_id: str | None = Field(
        description="改正的行，或补回的行所属的批次。The batch whose rows these are."
    )
    supersedes: bool = Field(description="是否取代同来源的旧批次。Whether it replaces earlier ones.")
    simulated: bool
    read: int = Field(description="读到的行数")
    accepted: int = Field(description="接收的行数")
    repeated: int = Field(description="重复的行数")
    quarantined: int = Field(description="隔离的行数")
    masked: int = Field(description="保存前遮去的个人信息处数。Personal data masked before storage.")
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


class BatchMoveItem(Model):
    """A change of state."""

    from_state: str
    to_state: str
    to_state_name: str
    at: datetime
    who: str
    note: str


class BatchDetail(BatchItem):
    """A batch with how it was read, its warnings, its states and the first rows in quarantine."""

    reading: dict[str, Any] = Field(description="读取方式：编码、分隔符、列对应。")
    warnings: list[str]
    moves: list[BatchMoveItem] = Field(description="状态的每一次改动，由早到晚。Every change of state.")
    children: list[str] = Field(description="由它而来的批次：改正的行、补回的行。Batches made of its rows.")
    quarantine: list[QuarantineItem] = Field(description="隔离的行，至多 100 行；不含原值。")


class BatchFilters(Paging):
    kind: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")] | None = Field(
        None, description="种类，如 enrolment-plan", examples=["postings"]
    )
    state: State | None = Field(None, description="状态。State.")
    source: Annotated[str, StringConstraints(max_length=300), PLAIN] | None = Field(
        None, description="来源，完全相同。Source, exactly."
    )


class BatchMoveRequest(BaseModel):
    """What is to become of a batch."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"move": "accept", "reason": "已核对"},
                {"move": "undo", "reason": "学校重发了更正的表"},
            ]
        },
    )

    move: Literal["accept", "reject", "undo"] = Field(
        description="accept 接收、reject 拒绝（都只限留存的批次），undo 撤回（只限已接收的）。What to do."
    )
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PLAIN] = Field(
        "", description="理由。Why."
    )


class BatchMoved(Model):
    """A batch after a move, and what else the move did."""

    batch: BatchItem
    taken_out: list[str] = Field(
        description="一同撤出的批次：被取代的，或由它而来的。Other batches that do not count any more."
    )
    restored: list[str] = Field(
        description="补回的批次：曾算作重复的别批的行。Batches of rows that had been repeats."
    )
    reopened: int = Field(description="重新等待改正的隔离行数。Quarantined rows that wait again.")


_NAMES = ("kind_name", "state_name")


def _members(batch: Batch) -> dict[str, Any]:
    kind = KINDS.get(batch.kind)
    return {
        **{name: getattr(batch, name) for name in BatchItem.model_fields if name not in _NAMES},
        "state_name": STATES.get(batch.state, batch.state),
        "kind_name": kind.title if kind else batch.kind,
    }


EXAMPLE = BatchItem(
    id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
    kind="enrolment-plan",
    kind_name="招生计划",
    source="上海高校 2025 年招生计划",
    licence="公开信息",
    filename="plans.csv",
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    size_bytes=381_000,
    state="accepted",
    state_name="已接收",
    who="local",
    parent_id=None,
    supersedes=False,
    simulated=False,
    read=2424,
    accepted=2320,
    repeated=90,
    quarantined=14,
    masked=0,
    received_at=datetime.fromisoformat("2026-11-24T07:58:00+00:00"),
    accepted_at=datetime.fromisoformat("2026-11-24T07:58:01+00:00"),
)
DETAIL_EXAMPLE = BatchDetail(
    **EXAMPLE.model_dump(),
    reading={"encoding": "utf-8-sig", "delimiter": ","},
    warnings=[],
    moves=[],
    children=[],
    quarantine=[],
)


@router.get(
    "/batches",
    summary="数据批次 List batches",
    responses=answers(EXAMPLE, listed=True, published=False),
    dependencies=_READS,
)
def list_batches(reader: Reading, filters: Annotated[BatchFilters, Query()]) -> Listing[BatchItem]:
    """收到的每一批数据：来源、摘要，以及读到、接收、重复、隔离各多少行；新的在前。

    Every delivery of data with what became of its rows, latest first.
    """
    found = select(Batch)
    if filters.kind:
        found = found.where(Batch.kind == filters.kind)
    if filters.state:
        found = found.where(Batch.state == filters.state)
    if filters.source is not None:
        found = found.where(Batch.source == filters.source)
    page = found.order_by(Batch.received_at.desc(), Batch.id.desc())
    with reader.records() as session:
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        rows = session.scalars(page.limit(filters.limit).offset(filters.offset))
        return reader.listing(None, filters, total, [BatchItem(**_members(row)) for row in rows])


@router.get(
    "/batches/{batch_id}",
    summary="一个批次 One batch",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, refuses=False),
    dependencies=_READS,
)
def get_one_batch(reader: Reading, batch_id: str) -> BatchDetail:
    """批次的读取方式、提醒，以及被隔离的行与原因。结果中的 `batch_ids` 指向这里。

    How a batch was read, its warnings, and which rows were quarantined and why.
    """
    with reader.records() as session:
        batch = get_batch(session, batch_id)
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
            moves=[_move_item(move) for move in moves_of(session, batch.id)],
            children=list(
                session.scalars(select(Batch.id).where(Batch.parent_id == batch.id).order_by(Batch.id))
            ),
            quarantine=[
                QuarantineItem(**{name: getattr(row, name) for name in QuarantineItem.model_fields})
                for row in held
            ],
        )


@router.post(
    "/batches/{batch_id}/moves",
    summary="接收、拒绝或撤回一个批次 Accept, reject or undo a batch",
    responses=answers(
        BatchMoved(batch=EXAMPLE, taken_out=[], restored=[], reopened=0),
        published=False,
        missing=True,
        conflicts=True,
        unready=True,
    ),
)
def move_batch(
    reader: Reading,
    batch_id: Identifier,
    asked: BatchMoveRequest,
    principal: Annotated[Principal, Depends(require(Permission.MANAGE_BATCHES))],
) -> BatchMoved:
    """留存的批次接收或拒绝，已接收的撤回；从下一次测算起生效，已发布的结果不变。

    撤回时，曾算作它的重复的别批的行会补回；由它改正、补回的批次一同撤出。状态不允许则回答 409。

    Accept or reject a held batch, or take an accepted one out; the next run heeds it, what is published stays.
    """
    moves = {"accept": accept, "reject": reject, "undo": undo}
    with reader.unstored() as session:
        moved: Moved = moves[asked.move](session, batch_id, principal.id, asked.reason)
        log.info("batch moved", batch=batch_id, move=asked.move, principal=principal.id)
        return BatchMoved(
            batch=BatchItem(**_members(moved.batch)),
            taken_out=list(moved.taken_out),
            restored=list(moved.restored),
            reopened=moved.reopened,
        )


def _move_item(move: BatchMove) -> BatchMoveItem:
    names = ("from_state", "to_state", "at", "who", "note")
    return BatchMoveItem(
        **{name: getattr(move, name) for name in names},
        to_state_name=STATES.get(move.to_state, move.to_state),
    )
