"""Recommendations 调整建议: what to do with each offering, with the evidence."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.balance import BalanceItem, balance_item
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, Model, OfRun
from app.api.naming import ACTIONS, Named, OfferingName, district_name, industries_named, offering_names
from app.api.openapi import RESULTS, RUN_ID, answers
from app.api.parameters import DistrictCode, IndustryCode, SchoolCode
from app.api.reader import Reading
from app.errors import NotFoundError
from app.models import Recommendation

router = APIRouter(tags=[RESULTS], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
Action = Literal["open", "expand", "keep", "upgrade", "shrink", "suspend", "close"]


class Evidence(Model):
    """One figure an action rests on."""

    figure: str
    value: float | None
    unit: str
    text: str
    batch_ids: list[str] = Field(description="来自哪些批次，见 /v1/batches。")
    simulated: bool


class Flip(Model):
    """What would change an action: one figure, moved alone."""

    figure: str = Field(
        description="demand 需求、supply 供给、destination_rate、matched_rate 或 registration_rate"
    )
    now: float = Field(description="现值：人/年，或 0–1。")
    then: float = Field(description="从这个值起建议改变。The value from which the action is another.")
    change: float = Field(
        description="需求和供给为相对变化，率为差值。Relative for heads, a difference for rates."
    )
    action: Action
    text: str


class RecommendationItem(OfferingName, OfRun):
    """A recommendation. Its id holds within its run: the next run numbers anew."""

    id: int
    action: Action
    action_name: str
    district_code: str | None
    district_name: str | None
    industries: list[Named] = Field(description="该专业最适配的行业。Divisions and groups it serves best.")
    seats_now: float = Field(description="现有计划人数 人/年。")
    seats_proposed: float = Field(description="建议计划人数 人/年。")
    priority: float = Field(description="优先度，越大越靠前。Higher first.")
    probability: float | None = Field(
        ge=0,
        le=1,
        description="把握 0–1：在各次抽样中该建议仍然成立的份额；证据不足而保持的为空。Share of draws in which it stays right.",
    )
    rules: list[str] = Field(description="触发的规则。Rules that fired, see the profile.")
    evidence: list[Evidence] = Field(description="依据。What the action rests on.")
    flips: list[Flip] = Field(
        description="什么会改变这条建议，最近的在前。What would change it, nearest first."
    )
    summary: str


class RecommendationDetail(RecommendationItem):
    """A recommendation with the balance of its program."""

    balance: BalanceItem | None


class RecommendationFilters(ProgramFilters):
    action: list[Action] = Field([], description="建议，可多个。Actions, repeatable.", examples=[["open"]])
    school: SchoolCode | None = None
    district: DistrictCode | None = None
    industry: IndustryCode | None = Field(
        None,
        description="行业：含其下各级，小类按所属中类。With all below it; a class stands for its group.",
    )
    simulated: bool | None = Field(None, description="依据是否含模拟数据。Only (not) simulated ones.")


def recommendation_item(run: str, row: Recommendation) -> RecommendationItem:
    return RecommendationItem(**_members(run, row))


def _members(run: str, row: Recommendation) -> dict[str, Any]:
    return {
        "run": run,
        "simulated": row.simulated,
        "id": row.id,
        "action": row.action,
        "action_name": ACTIONS[row.action],
        **offering_names(row.school_code, row.level, row.program_code),
        "district_code": row.district_code,
        "district_name": district_name(row.district_code),
        "industries": industries_named(row.industry_codes),
        "seats_now": row.seats_now,
        "seats_proposed": row.seats_proposed,
        "priority": row.priority,
        "probability": row.probability,
        "rules": row.rules,
        "evidence": [Evidence(**line) for line in row.evidence],
        "flips": [Flip(**flip) for flip in row.flips],
        "summary": row.summary,
    }


EXAMPLE = RecommendationItem(
    run=RUN_ID,
    simulated=True,
    id=17,
    action="expand",
    action_name="扩招",
    **offering_names("4131010856", "bachelor", "080703"),
    district_code="310117",
    district_name="松江区",
    industries=industries_named(["C39"]),
    seats_now=64.0,
    seats_proposed=80.0,
    priority=0.82,
    probability=0.93,
    rules=["gap-large"],
    evidence=[
        Evidence(
            figure="gap",
            value=312.5,
            unit="人/年",
            text="需求大于供给 312.5 人/年",
            batch_ids=["01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11"],
            simulated=True,
        )
    ],
    flips=[
        Flip(
            figure="demand",
            now=560.0,
            then=309.4,
            change=-0.4475,
            action="keep",
            text="若需求减少 45%（至 309 人/年）则改为保持",
        )
    ],
    summary="需求大于供给，建议扩招。",
)


@router.get(
    "/recommendations",
    summary="专业调整建议 List recommendations",
    responses=answers(EXAMPLE, listed=True),
)
def list_recommendations(
    reader: Reading, filters: Annotated[RecommendationFilters, Query()]
) -> Listing[RecommendationItem]:
    """按建议、学校、区、层次、行业、专业筛选，优先度高的在前；每条附依据与触发的规则。

    Recommendations with their evidence, highest priority first.
    """
    group = filters.industry[:4] if filters.industry else None
    with reader.published() as published:
        rows = published.recommendations(
            filters.window,
            actions=filters.action,
            school=filters.school,
            district=filters.district,
            level=filters.level,
            programs=filters.keys(),
            industry=group,
            simulated=filters.simulated,
        )
        run = published.run.id
        items = [recommendation_item(run, row) for row in rows.items]
        return reader.listing(run, filters, rows.total, items)


@router.get(
    "/recommendations/{recommendation_id}",
    summary="一条调整建议 One recommendation",
    responses=answers(RecommendationDetail(**EXAMPLE.model_dump(), balance=None), missing=True),
)
def get_recommendation(reader: Reading, recommendation_id: int) -> RecommendationDetail:
    """一条建议及其依据，并附该专业的供需平衡。编号只在本次测算内有效。

    One recommendation with the balance of its program. The id holds within the published run.
    """
    with reader.published() as published:
        row = published.recommendation(recommendation_id)
        if row is None:
            raise NotFoundError(
                f"已发布的测算中没有建议 {recommendation_id}",
                remedy="编号随测算而变，用 GET /v1/recommendations 查看现有的建议",
            )
        run = published.run.id
        balance = published.balance(row.level, row.program_code)
        return RecommendationDetail(
            **_members(run, row), balance=balance_item(run, balance) if balance else None
        )
