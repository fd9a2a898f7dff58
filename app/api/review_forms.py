"""What is asked and answered about reviews 审核 of recommendations."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.listing import Model, Paging
from app.api.naming import ACTIONS, OfferingName, offering_names
from app.api.openapi import RUN_ID
from app.api.parameters import PLAIN, IndustryCode, LevelCode, OccupationCode, Remark, SchoolCode
from app.models import ReviewEvent
from app.planning.review import MOVES, REASONS, STATES
from app.runs.reviews import Move, Standing

State = Literal["proposed", "under_review", "accepted", "rejected", "deferred"]
Changing = Literal["open", "expand", "upgrade", "shrink", "suspend", "close"]
ReasonCode = Literal[
    "demand_doubted", "supply_doubted", "fit_wrong", "fit_right", "policy", "capacity", "timing", "other"
]


class MoveRequest(BaseModel):
    """A move of a review."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"to": "under_review", "version": 0, "who": "张老师"},
                {
                    "to": "rejected",
                    "version": 1,
                    "who": "规划处",
                    "reason": "该专业并不面向这个行业",
                    "reason_code": "fit_wrong",
                    "industry_code": "C397",
                },
            ]
        },
    )

    to: State = Field(
        description="新的状态："
        + "、".join(f"{code} {name}" for code, name in STATES.items())
        + "。New state."
    )
    version: int = Field(
        ge=0, le=2**31 - 2, description="读到的版本；与现在的不同则回答 409。The version you saw."
    )
    who: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), PLAIN] = Field(
        "", description="由谁决定；接受、否决、暂缓时必填。Who decides."
    )
    reason: Remark = Field("", description="理由；接受、否决、暂缓时必填。Why.")
    reason_code: ReasonCode | None = Field(
        None,
        description="理由的种类："
        + "、".join(f"{code} {name}" for code, name in REASONS.items())
        + "。Kind of reason.",
    )
    until: date | None = Field(None, description="暂缓到哪一天，此日起可以重新提出。Deferred until.")
    year: int | None = Field(
        None,
        ge=2000,
        le=2100,
        description="接受时：自哪年招生起落实；不填为所依据计划的次年。Plan year from which it holds.",
    )
    industry_code: IndustryCode | None = None
    occupation_code: OccupationCode | None = None
    correct_code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), PLAIN] | None = (
        Field(None, description="fit_wrong 时：正确的行业或职业。What would be right in its place.")
    )

    def as_move(self) -> Move:
        return Move(**{**self.model_dump(), "reason_code": self.reason_code or ""})


class ReviewEventItem(Model):
    """One move."""

    version: int
    at: datetime
    from_state: str
    to_state: str
    to_state_name: str
    who: str
    reason_code: str
    reason: str
    until: date | None
    year: int | None
    run: str | None = Field(description="所看的建议来自哪次测算。The run looked at.")
    figures: dict[str, Any] = Field(
        description="当时的数字：现在与建议的人数、该专业的需求与供给 人/年。Figures it was decided on."
    )


class ReviewItem(OfferingName):
    """Where a recommendation stands."""

    id: str | None = Field(description="审核编号，跨测算不变；还没有人动过时为空。Holds across runs.")
    recommendation: int | None = Field(
        description="已发布的测算中的建议编号；不再建议时为空。In the published run."
    )
    action: str
    action_name: str
    state: str
    state_name: str
    version: int = Field(description="动过几次；改动时要写明。Name it when you move it.")
    next_states: list[str] = Field(description="现在可以变为哪些状态。What it can become.")
    latest: ReviewEventItem | None


class ReviewDetail(ReviewItem):
    history: list[ReviewEventItem] = Field(description="每一次改动，先发生的在前。Oldest first.")


class ReviewFilters(Paging):
    state: State | None = Field(
        None,
        description="状态；proposed 列出已发布的测算中等待审核的建议，不填则列出动过的。"
        "`proposed` lists what waits; without it, what somebody has moved.",
    )
    school: SchoolCode | None = None
    level: LevelCode | None = None
    program: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,10}$")] | None = Field(
        None, description="专业代码。Program code.", examples=["080703"]
    )
    action: Changing | None = Field(None, description="建议。Action.")


def event_item(event: ReviewEvent) -> ReviewEventItem:
    return ReviewEventItem(
        version=event.version,
        at=event.at,
        from_state=event.from_state,
        to_state=event.to_state,
        to_state_name=STATES[event.to_state],
        who=event.who,
        reason_code=event.reason_code,
        reason=event.reason,
        until=event.until,
        year=event.year,
        run=event.run_id,
        figures=event.figures,
    )


def review_members(
    review_id: str | None,
    recommendation: int | None,
    key: tuple[str, str, str],
    action: str,
    state: str,
    version: int,
    latest: ReviewEvent | None,
) -> dict[str, Any]:
    return {
        "id": review_id,
        "recommendation": recommendation,
        **offering_names(*key),
        "action": action,
        "action_name": ACTIONS[action],
        "state": state,
        "state_name": STATES[state],
        "version": version,
        "next_states": list(MOVES[state]),
        "latest": event_item(latest) if latest else None,
    }


def review_detail(standing: Standing, recommendation: int | None) -> ReviewDetail:
    latest = standing.history[-1] if standing.history else None
    return ReviewDetail(
        **review_members(
            standing.id,
            recommendation,
            standing.key,
            standing.action,
            standing.state,
            standing.version,
            latest,
        ),
        history=[event_item(event) for event in standing.history],
    )


_EVENT_EXAMPLE = ReviewEventItem(
    version=2,
    at=datetime.fromisoformat("2026-11-25T02:00:00+00:00"),
    from_state="under_review",
    to_state="accepted",
    to_state_name=STATES["accepted"],
    who="规划处",
    reason_code="demand_doubted",
    reason="与行业主管部门核对过需求",
    until=None,
    year=2027,
    run=RUN_ID,
    figures={"seats_now": 64.0, "seats_proposed": 80.0, "demand": 560.0, "supply": 247.5, "year": 2025},
)
EXAMPLE = ReviewItem(
    id="01939c58-0a11-7e43-b1c5-1a2b3c4d5e6f",
    recommendation=17,
    **offering_names("4131010856", "bachelor", "080703"),
    action="expand",
    action_name=ACTIONS["expand"],
    state="accepted",
    state_name=STATES["accepted"],
    version=2,
    next_states=list(MOVES["accepted"]),
    latest=_EVENT_EXAMPLE,
)
DETAIL_EXAMPLE = ReviewDetail(**EXAMPLE.model_dump(), history=[_EVENT_EXAMPLE])
