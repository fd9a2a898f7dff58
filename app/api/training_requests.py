"""Requests for training services 培训申请: where each stands, and the school's answer."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import ForbiddenError, Permission, Principal, current_principal, require
from app.api.listing import Listing, Model, Paging
from app.api.naming import Named, SchoolName, school_name
from app.api.openapi import REGISTERS, answers
from app.api.parameters import PLAIN, CreditCode, Identifier, SchoolCode
from app.api.reader import Reading
from app.models import TrainingRequest
from app.runs.pages import equal, page
from app.runs.training_requests import MOVES, OF_THE_SCHOOL, STATES, events_of, move_request, request_of

router = APIRouter(tags=[REGISTERS])
log = structlog.get_logger("chanjiao.api")
State = Literal["requested", "accepted", "declined", "done", "withdrawn"]
Answer = Literal["accepted", "declined", "done", "withdrawn"]


class TrainingRequestItem(SchoolName):
    """A request."""

    id: str
    service_key: str
    title: str = Field(description="所申请的培训，申请时的名称")
    enterprise: str
    credit_code: str
    heads: int
    start: date | None
    note: str
    state: State
    state_name: str
    version: int = Field(description="改动时在 version 中写明。Name it when you move the request.")
    at: datetime = Field(description="最近一次改动的时间")
    simulated: bool


class TrainingRequestStep(Model):
    """A step of a request."""

    version: int
    at: datetime
    state: State
    state_name: str
    who: str
    reason: str


class TrainingRequestDetail(TrainingRequestItem):
    """A request with its history and what it can become."""

    possible: list[Named] = Field(description="现在可以变为的状态。What it can become.")
    history: list[TrainingRequestStep]


class TrainingRequestFilters(Paging):
    school: SchoolCode | None = None
    enterprise: CreditCode | None = None
    state: State | None = None
    service: Identifier | None = Field(None, description="培训服务的编号。Key of a service.")


class TrainingAnswer(BaseModel):
    """A step of a request."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"to": "accepted", "version": 1, "who": "继续教育学院"},
                {"to": "declined", "version": 1, "who": "继续教育学院", "reason": "本期已满"},
            ]
        },
    )

    to: Answer = Field(
        description="新的状态：accepted、declined、done 由学校，withdrawn 由企业。New state: withdrawn is the enterprise's."
    )
    version: int = Field(ge=1, le=2**31 - 2, description="读到的版本；与现在的不同则回答 409。")
    who: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), PLAIN] = Field(
        description="由谁办理。Who acts."
    )
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PLAIN] = Field(
        "", description="理由；谢绝时必填。Why; needed to decline."
    )


def _members(row: TrainingRequest) -> dict[str, Any]:
    own = set(TrainingRequestItem.model_fields) - {"school_name", "state_name"}
    return {
        **{name: getattr(row, name) for name in own},
        "school_name": school_name(row.school_code),
        "state_name": STATES[row.state],
    }


def request_detail(session: Session, row: TrainingRequest) -> TrainingRequestDetail:
    return TrainingRequestDetail(
        **_members(row),
        possible=[Named(code=state, name=STATES[state]) for state in MOVES[row.state]],
        history=[
            TrainingRequestStep(
                version=event.version,
                at=event.at,
                state=event.state,
                state_name=STATES[event.state],
                who=event.who,
                reason=event.reason,
            )
            for event in events_of(session, row)
        ],
    )


_AT = datetime.fromisoformat("2026-11-25T08:00:00+00:00")
ITEM_EXAMPLE = TrainingRequestItem(
    id="01939c52-9d2e-7a11-b0c4-6f3d5e2a7b90",
    service_key="7d793037a0760186",
    school_code="4131010856",
    school_name=school_name("4131010856"),
    title="工业机器人操作与运维",
    enterprise="示例·东海芯片制造（模拟）",
    credit_code="91990000DEMA00013U",
    heads=30,
    start=date(2030, 3, 1),
    note="希望安排在周末",
    state="requested",
    state_name="已提出",
    version=1,
    at=_AT,
    simulated=True,
)
EXAMPLE = TrainingRequestDetail(
    **ITEM_EXAMPLE.model_dump(),
    possible=[Named(code=state, name=STATES[state]) for state in MOVES["requested"]],
    history=[
        TrainingRequestStep(
            version=1, at=_AT, state="requested", state_name="已提出", who="人力资源部", reason=""
        )
    ],
)


@router.get(
    "/training-requests",
    summary="培训申请 List training requests",
    responses=answers(ITEM_EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def list_training_requests(
    reader: Reading, filters: Annotated[TrainingRequestFilters, Query()]
) -> Listing[TrainingRequestItem]:
    """企业对培训服务的申请，最近改动的在前。

    Requests of enterprises for training, the latest moved first.
    """
    found = (
        select(TrainingRequest)
        .where(
            *equal(
                (TrainingRequest.school_code, filters.school),
                (TrainingRequest.credit_code, filters.enterprise),
                (TrainingRequest.state, filters.state),
                (TrainingRequest.service_key, filters.service),
            )
        )
        .order_by(TrainingRequest.at.desc(), TrainingRequest.id.desc())
    )
    with reader.records() as session:
        rows = page(session, found, filters.window)
        return reader.page(None, filters, rows, lambda row: TrainingRequestItem(**_members(row)))


@router.get(
    "/training-requests/{request_id}",
    summary="一份培训申请 One training request",
    responses=answers(EXAMPLE, published=False, missing=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_training_request(reader: Reading, request_id: Identifier) -> TrainingRequestDetail:
    """一份申请办到哪一步、可以变为哪些状态，与历史。

    Where a request stands, what it can become, and its history.
    """
    with reader.records() as session:
        return request_detail(session, request_of(session, request_id))


@router.patch(
    "/training-requests/{request_id}",
    summary="办理一份培训申请 Answer a training request",
    responses=answers(EXAMPLE, published=False, missing=True, conflicts=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def update_training_request(
    reader: Reading,
    request_id: Identifier,
    asked: TrainingAnswer,
    principal: Annotated[Principal, Depends(current_principal)],
) -> TrainingRequestDetail:
    """学校接受、谢绝或完成，企业撤回。`version` 与现在的不同、或不能这样改动，回答 409 并说明可以怎样。

    The school accepts, declines or completes; the enterprise withdraws. 409 where somebody was first.
    """
    needed = Permission.ANSWER_TRAINING if asked.to in OF_THE_SCHOOL else Permission.REQUEST_TRAINING
    if not principal.may(needed):
        raise ForbiddenError(f"{principal.name} 没有权限：{needed.value}", remedy="请向管理员申请这项权限")
    with reader.unstored() as session:
        request = move_request(
            session, request_id, asked.to, asked.version, asked.who, asked.reason, principal.id
        )
        log.info("training request moved", request=request.id, to=request.state, principal=principal.id)
        return request_detail(session, request)
