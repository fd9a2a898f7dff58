"""Integration enterprises 产教融合型企业: the public register, and what each brings."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import contains_words
from app.api.listing import Listing, Model
from app.api.naming import district_name, industry_name
from app.api.openapi import REGISTERS, answers
from app.api.parameters import DistrictCode, IndustryCode, Words
from app.api.reader import Reading
from app.api.served import OfDay
from app.errors import InvalidCodeError, NotFoundError
from app.models import EnterpriseContribution, now
from app.reference import load_reference
from app.reference.codes import parse_credit_code
from app.runs.enterprises import STATUSES, Enterprise, contributions_of, doubts_about, enterprises_at

router = APIRouter(tags=[REGISTERS], dependencies=[Depends(require(Permission.READ_REGISTERS))])
Status = Literal["reserve", "cultivating", "certified", "expired", "removed"]


class EnterpriseItem(Model):
    """An enterprise as it stands on the day."""

    credit_code: str = Field(description="统一社会信用代码")
    name: str
    status: Status
    status_name: str
    since: date = Field(description="自哪天起；认证到期的为认证之日。When the status began.")
    until: date | None = Field(description="认证的最后一天。Last day of a certification.")
    round: str = Field(description="批次")
    industry_code: str | None
    industry_name: str = Field(description="行业，或所填的文字。Sector.")
    district_code: str | None
    district_name: str | None
    simulated: bool


class EnterpriseStep(Model):
    """A step of its history."""

    status: str
    status_name: str
    since: date
    until: date | None
    round: str
    name: str
    batch_id: str
    simulated: bool


class ContributionItem(Model):
    """What it brought in a year; null where not told."""

    year: int
    order_classes: int | None = Field(description="订单班 个")
    bases: int | None = Field(description="实训基地 个")
    teachers: int | None = Field(description="企业教师 人")
    funds: float | None = Field(description="资金与设备 元。Yuan.")
    simulated: bool


class EnterpriseDetail(EnterpriseItem):
    """An enterprise with its history, contributions and what calls for a look."""

    steps: list[EnterpriseStep] = Field(description="历次状态，早的在前；其后的日子也列出。History.")
    contributions: list[ContributionItem]
    doubts: list[str] = Field(description="请核对之处。What calls for a look.")


class EnterpriseFilters(OfDay):
    status: Status | None = Field(
        None, description="当天的状态：" + "、".join(f"{code} {name}" for code, name in STATUSES.items())
    )
    industry: IndustryCode | None = None
    district: DistrictCode | None = None
    q: Words | None = None


def _members(row: Enterprise) -> dict[str, Any]:
    return {
        "credit_code": row.credit_code,
        "name": row.name,
        "status": row.status,
        "status_name": STATUSES[row.status],
        "since": row.since,
        "until": row.until,
        "round": row.round,
        "industry_code": row.industry_code,
        "industry_name": industry_name(row.industry_code) or row.industry_name,
        "district_code": row.district_code,
        "district_name": district_name(row.district_code),
        "simulated": row.simulated,
    }


def _detail(row: Enterprise, contributions: Sequence[EnterpriseContribution]) -> EnterpriseDetail:
    return EnterpriseDetail(
        **_members(row),
        steps=[
            EnterpriseStep(
                status=step.status,
                status_name=STATUSES[step.status],
                since=step.since,
                until=step.until,
                round=step.round,
                name=step.name,
                batch_id=step.batch_id,
                simulated=step.simulated,
            )
            for step in row.steps
        ],
        contributions=[
            ContributionItem(**{name: getattr(each, name) for name in ContributionItem.model_fields})
            for each in contributions
        ],
        doubts=doubts_about(row),
    )


EXAMPLE = EnterpriseItem(
    credit_code="91990000DEMA00013U",
    name="示例·东海芯片制造（模拟）",
    status="certified",
    status_name="认证",
    since=date(2026, 6, 30),
    until=date(2029, 6, 29),
    round="第一批",
    industry_code="C3973",
    industry_name="集成电路制造",
    district_code="310115",
    district_name="浦东新区",
    simulated=True,
)
DETAIL_EXAMPLE = EnterpriseDetail(
    **EXAMPLE.model_dump(),
    steps=[
        EnterpriseStep(
            status="certified",
            status_name="认证",
            since=date(2026, 6, 30),
            until=date(2029, 6, 29),
            round="第一批",
            name="示例·东海芯片制造（模拟）",
            batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
            simulated=True,
        )
    ],
    contributions=[
        ContributionItem(year=2025, order_classes=2, bases=1, teachers=12, funds=3_200_000.0, simulated=True)
    ],
    doubts=["2026-06-30 认证之前没有纳入储备库的记录（任务9：对纳入储备库的企业逐年、分批认证）"],
)


@router.get(
    "/enterprises",
    summary="产教融合型企业 List integration enterprises",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_enterprises(
    reader: Reading, filters: Annotated[EnterpriseFilters, Query()]
) -> Listing[EnterpriseItem]:
    """产教融合型企业信息储备库（试点方案任务9）：每家企业在某一天的状态。认证过了有效期即为 `expired`，不再计入。

    The register of integration enterprises as it stands on a day. `industry` takes in everything below it.
    """
    within = load_reference().industries.within(filters.industry) if filters.industry else None
    with reader.records() as session:
        chosen = [
            row
            for row in enterprises_at(session, filters.day)
            if filters.status in (None, row.status)
            and (within is None or row.industry_code in within)
            and filters.district in (None, row.district_code)
            and contains_words(filters.q, row.credit_code, row.name, row.industry_name)
        ]
        return reader.cut(None, filters, chosen, lambda row: EnterpriseItem(**_members(row)))


@router.get(
    "/enterprises/{credit_code}",
    summary="一家产教融合型企业 One integration enterprise",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True),
)
def get_enterprise(
    reader: Reading,
    credit_code: Annotated[str, Path(max_length=40, description="统一社会信用代码")],
    on: Annotated[date | None, Query(description="哪一天的状态，不填为今天。As of which day.")] = None,
) -> EnterpriseDetail:
    """一家企业的状态、历史与各年投入（订单班、实训基地、教师、资金）。

    An enterprise with its history and what it brought in each year.
    """
    try:
        code = parse_credit_code(credit_code)
    except InvalidCodeError as error:
        raise NotFoundError(error.message, remedy=error.remedy) from error
    with reader.records() as session:
        found = enterprises_at(session, on or now().date(), code)
        if not found:
            raise NotFoundError(
                f"储备库中没有 {code}，或当天还没有入库", remedy="用 GET /v1/enterprises 查看储备库中的企业"
            )
        return _detail(found[0], contributions_of(session, code))
