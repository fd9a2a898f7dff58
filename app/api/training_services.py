"""Training services 培训服务 that enterprises can ask for."""

from datetime import date
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.access import Permission, Principal, require
from app.api.catalogue import contains_words
from app.api.listing import Listing
from app.api.naming import ProgramName, SchoolName, district_name, school_name
from app.api.openapi import REGISTERS, answers
from app.api.parameters import PLAIN, CreditCode, Identifier
from app.api.reader import Reading
from app.api.registers import register_page
from app.api.served import (
    ClassName,
    ServedFilters,
    classes_named,
    programs_named,
    serves,
)
from app.api.training_requests import EXAMPLE as REQUEST_EXAMPLE
from app.api.training_requests import TrainingRequestDetail, request_detail
from app.models import TrainingService, now
from app.runs.pages import equal
from app.runs.registers import standing_entries
from app.runs.training_requests import Asked, request_training, service_of

router = APIRouter(tags=[REGISTERS])
log = structlog.get_logger("chanjiao.api")
_REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"description": "同样的申请还在办理 The same request is open", "model": TrainingRequestDetail}
}


class TrainingServiceItem(SchoolName):
    """A training service."""

    key: str = Field(description="地址中的编号；更正后不变。Its address.")
    title: str
    description: str
    programs: list[ProgramName] = Field(description="对应的专业")
    classes: list[ClassName] = Field(description="对应的专业类，含所列专业的")
    fields: str
    capacity: int = Field(description="每期人数。Trainees at a time.")
    price: float | None = Field(description="元/人；0 为免费，空为面议。Yuan each; null: by agreement.")
    district_code: str | None
    district_name: str | None
    until: date | None = Field(description="受理到哪一天。Offered until.")
    offered: bool = Field(description="今天是否受理。Whether it can be asked for today.")
    batch_id: str
    simulated: bool


class TrainingServiceFilters(ServedFilters):
    offered: bool | None = Field(None, description="今天是否受理。Only (not) those offered today.")
    heads: int | None = Field(None, ge=1, le=100_000, description="至少容纳多少人。Takes so many.")


class TrainingAsked(BaseModel):
    """What an enterprise asks for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "enterprise": "示例·东海芯片制造（模拟）",
                    "credit_code": "91990000DEMA00013U",
                    "heads": 30,
                    "start": "2030-03-01",
                    "note": "希望安排在周末",
                    "who": "人力资源部",
                }
            ]
        },
    )

    enterprise: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PLAIN]
    credit_code: CreditCode
    heads: int = Field(ge=1, le=100_000, description="培训人数。Trainees.")
    start: date | None = Field(None, description="希望开始的日期。Wanted from.")
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PLAIN] = Field(
        "", description="补充说明；手机号、邮箱等在保存前遮去。"
    )
    who: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), PLAIN] = Field(
        "", description="由谁提出。Who asks."
    )
    simulated: bool = Field(False, description="是否演示用。Made up.")


def _offered(row: TrainingService, today: date) -> bool:
    return row.until is None or row.until >= today


def _item(row: TrainingService, today: date) -> TrainingServiceItem:
    own = ("key", "school_code", "title", "description", "fields", "capacity", "price", "district_code")
    return TrainingServiceItem(
        **{name: getattr(row, name) for name in (*own, "until", "batch_id", "simulated")},
        school_name=school_name(row.school_code),
        programs=programs_named(row.programs),
        classes=classes_named(row.classes),
        district_name=district_name(row.district_code),
        offered=_offered(row, today),
    )


EXAMPLE = _item(
    TrainingService(
        key="7d793037a0760186",
        school_code="4131010856",
        title="工业机器人操作与运维",
        description="示教编程与日常维护",
        programs=["bachelor:080803T"],
        classes=["bachelor:0808"],
        fields="工业机器人",
        capacity=40,
        price=1800.0,
        district_code="310117",
        until=None,
        batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
        simulated=True,
    ),
    date(2026, 11, 25),
)


@router.get(
    "/training-services",
    summary="培训服务 List training services",
    responses=answers(EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_REGISTERS))],
)
def list_training_services(
    reader: Reading, filters: Annotated[TrainingServiceFilters, Query()]
) -> Listing[TrainingServiceItem]:
    """学校向企业提供的培训服务：内容、每期人数、价格。

    Training that schools offer to enterprises: content, trainees at a time, price.
    """
    wanted, today = filters.wanted(), now().date()
    found = (
        standing_entries(TrainingService)
        .where(
            *equal(
                (TrainingService.school_code, filters.school),
                (TrainingService.district_code, filters.district),
            ),
            TrainingService.capacity >= (filters.heads or 1),
        )
        .order_by(TrainingService.school_code, TrainingService.title)
    )
    return register_page(
        reader,
        filters,
        found,
        lambda row: _item(row, today),
        lambda row: (
            serves(row, wanted, filters.level)
            and filters.offered in (None, _offered(row, today))
            and contains_words(filters.q, row.title, row.description, row.fields)
        ),
    )


@router.get(
    "/training-services/{key}",
    summary="一项培训服务 One training service",
    responses=answers(EXAMPLE, published=False, missing=True),
    dependencies=[Depends(require(Permission.READ_REGISTERS))],
)
def get_training_service(reader: Reading, key: Identifier) -> TrainingServiceItem:
    """一项培训服务，以最近一次报送的为准。

    One training service, as last told.
    """
    with reader.records() as session:
        return _item(service_of(session, key), now().date())


@router.post(
    "/training-services/{key}/requests",
    status_code=201,
    summary="申请培训 Ask for training",
    responses=answers(REQUEST_EXAMPLE, published=False, missing=True, conflicts=True, status=201) | _REPEATED,
)
def create_training_request(
    reader: Reading,
    response: Response,
    key: Identifier,
    asked: TrainingAsked,
    principal: Annotated[Principal, Depends(require(Permission.REQUEST_TRAINING))],
) -> TrainingRequestDetail:
    """企业申请一项培训服务，由学校接受或谢绝。同样的申请还在办理时再次提交，回答 200 与原来的申请。

    An enterprise asks for a service; the school accepts or declines. The same request again, while it is open, is
    answered with 200 and the earlier one.
    """
    with reader.unstored() as session:
        wish = Asked(**asked.model_dump())
        request, new = request_training(session, key, wish, principal.id, now().date())
        log.info("training requested", request=request.id, new=new, principal=principal.id)
        if not new:
            response.status_code = 200
        response.headers["Location"] = f"/v1/training-requests/{request.id}"
        return request_detail(session, request)
