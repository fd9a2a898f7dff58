"""What is asked and answered about order classes 订单班: their life, their moves and their outcomes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.listing import Model, Paging
from app.api.naming import MODES, OfferingName, offering_names
from app.api.openapi import RUN_ID
from app.api.parameters import PLAIN, Identifier, LevelCode, Remark, SchoolCode
from app.models import ClassOutcome, OrderClass, OrderClassMove
from app.runs.order_class_replacement import Replacement
from app.runs.order_class_states import MOVES, STATES
from app.runs.order_classes import Move, Proposals, Standing

State = Literal[
    "proposed", "school_accepted", "school_declined", "enterprise_confirmed", "enterprise_withdrawn",
    "signed", "running", "closed", "superseded",
]  # fmt: skip
Target = Literal[
    "school_accepted", "school_declined", "enterprise_confirmed", "enterprise_withdrawn", "signed",
    "running", "closed",
]  # fmt: skip
Count = Annotated[int, Field(ge=0, le=100_000)]


class ClassMoveRequest(BaseModel):
    """A move of an order class."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"to": "school_accepted", "version": 1, "who": "教务处"},
                {"to": "school_declined", "version": 1, "who": "教务处", "reason": "实训工位不足"},
                {"to": "signed", "version": 3, "who": "校企合作处", "effective": "2026-11-20"},
            ]
        },
    )

    to: Target = Field(
        description="新的状态："
        + "、".join(f"{code} {STATES[code]}" for code in Target.__args__)  # type: ignore[attr-defined]
        + "。New state."
    )
    version: int = Field(
        ge=0, le=2**31 - 2, description="读到的版本；与现在的不同则回答 409。The version you saw."
    )
    who: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), PLAIN] = Field(
        "", description="由谁决定，必填。Who decides."
    )
    reason: Remark = Field("", description="理由；谢绝、撤回、结束时必填。Why.")
    effective: date | None = Field(
        None, description="生效日期，如签约日；不填为当日，不能晚于当日。The day it holds from."
    )

    def as_move(self) -> Move:
        return Move(**self.model_dump())


class OutcomeRequest(BaseModel):
    """What became of a class up to a day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"day": "2024-08-31", "filled": 30, "graduated": 29, "hired": 25, "note": "首届"},
                {"day": "2025-08-31", "filled": 30, "graduated": 29, "hired": 25, "staying": 21},
            ]
        },
    )

    day: date = Field(description="统计到哪一天。The day of the count.")
    filled: Count = Field(description="到班人数 人。Places filled.")
    graduated: Count | None = Field(None, description="毕业人数 人。Graduates.")
    hired: Count | None = Field(None, description="由该企业录用 人。Hired by the enterprise.")
    staying: Count | None = Field(None, description="录用满一年仍在该企业 人。Still there after a year.")
    note: Remark = Field("", description="备注。Note.")

    def counts(self) -> dict[str, int | None]:
        return {name: getattr(self, name) for name in ("filled", "graduated", "hired", "staying")}


class ClassMoveItem(Model):
    """One move."""

    version: int
    at: datetime
    from_state: str = Field(description="刚提出时为空。Empty where the class came to be.")
    to_state: str
    to_state_name: str
    effective: date | None
    who: str
    reason: str
    figures: dict[str, int] = Field(
        description="接受时：planned 招生计划，held 订单班共占（含本班）人。Seats planned and held."
    )


class ClassOutcomeItem(Model):
    """What is known of a class on one day."""

    day: date
    filled: int
    graduated: int | None
    hired: int | None
    staying: int | None
    note: str
    batch_id: str


class OrderClassItem(OfferingName):
    """An order class as it stands."""

    id: str
    posting_id: str
    posting_title: str
    enterprise: str
    credit_code: str | None
    mode: str
    mode_name: str
    start_year: int = Field(description="占用哪一年招生的名额。The intake it takes seats of.")
    heads: int = Field(description="人数 人")
    fit: float = Field(description="适配度 0–1")
    distance_km: float | None = Field(description="区中心之间的距离 公里；不知为空。")
    reasons: list[str]
    state: str
    state_name: str
    version: int = Field(description="动过几次；改动时要写明。Name it when you move it.")
    at: datetime = Field(description="何时进入现在的状态。Since when.")
    next_states: list[str] = Field(description="现在可以变为哪些状态。What it can become.")
    run: str | None = Field(description="由哪次测算安排。The run that placed it.")
    replaces: str | None = Field(description="谢绝后接替哪个班。The declined class it takes over from.")
    simulated: bool


class ReplacementItem(Model):
    """What was proposed at once after a school declined."""

    classes: list[OrderClassItem] = Field(description="随即另行提出的班。Classes proposed in its place.")
    unmet: int = Field(description="这份需求仍未安排 人。Heads still without a class.")
    reason_code: str
    reason: str


class OrderClassDetail(OrderClassItem):
    history: list[ClassMoveItem] = Field(description="每一次改动，先发生的在前。Oldest first.")
    outcomes: list[ClassOutcomeItem] = Field(description="成效，先统计的在前。Outcomes, oldest first.")
    replacement: ReplacementItem | None = Field(
        description="仅在学校谢绝的回答中：另作的安排。Only in the answer to a decline."
    )


class ProposalsItem(Model):
    """What became of the placements of the published run."""

    run: str
    proposed: int = Field(description="新提出 个。Proposed now.")
    kept: int = Field(description="已有相同的班 个。A class stands for them already.")
    superseded: int = Field(description="尚无人答复、改由新方案取代 个。Earlier proposals replaced.")
    refused: int = Field(description="学校已谢绝或企业已撤回，不再提出 个。Refused since the run.")
    waiting: int = Field(description="人数已由其他班占用，待下次测算 个。Wait for the next run.")
    classes: list[OrderClassItem] = Field(description="新提出的班，至多 500 个。Classes proposed now.")


class OrderClassFilters(Paging):
    state: State | None = Field(None, description="状态。State.")
    school: SchoolCode | None = None
    level: LevelCode | None = None
    program: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,10}$")] | None = Field(
        None, description="专业代码。Program code.", examples=["080703"]
    )
    posting: Identifier | None = Field(None, description="岗位需求编号。Posting id.")
    enterprise: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), PLAIN] | None = (
        Field(None, description="企业名称或统一社会信用代码。Enterprise, by name or credit code.")
    )


def class_members(row: OrderClass) -> dict[str, Any]:
    return {
        "id": row.id,
        "posting_id": row.posting_id,
        "posting_title": row.title,
        "enterprise": row.enterprise,
        "credit_code": row.credit_code,
        "mode": row.mode,
        "mode_name": MODES.get(row.mode, row.mode),
        **offering_names(row.school_code, row.level, row.program_code),
        "start_year": row.start_year,
        "heads": row.heads,
        "fit": row.fit,
        "distance_km": row.distance_km,
        "reasons": row.reasons,
        "state": row.state,
        "state_name": STATES[row.state],
        "version": row.version,
        "at": row.at,
        "next_states": list(MOVES[row.state]),
        "run": row.run_id,
        "replaces": row.replaces_id,
        "simulated": row.simulated,
    }


def class_item(row: OrderClass) -> OrderClassItem:
    return OrderClassItem(**class_members(row))


def class_detail(
    standing: Standing, outcomes: Sequence[ClassOutcome], replacement: Replacement | None = None
) -> OrderClassDetail:
    return OrderClassDetail(
        **class_members(standing.row),
        history=[_move_item(move) for move in standing.history],
        outcomes=[_outcome_item(outcome) for outcome in outcomes],
        replacement=ReplacementItem(
            classes=[class_item(row) for row in replacement.classes],
            unmet=replacement.unmet,
            reason_code=replacement.reason_code,
            reason=replacement.reason,
        )
        if replacement
        else None,
    )


def proposals_item(found: Proposals) -> ProposalsItem:
    return ProposalsItem(
        run=found.run_id,
        proposed=len(found.proposed),
        kept=found.kept,
        superseded=found.superseded,
        refused=found.refused,
        waiting=found.waiting,
        classes=[class_item(row) for row in found.proposed[:500]],
    )


def _move_item(move: OrderClassMove) -> ClassMoveItem:
    return ClassMoveItem(
        version=move.version,
        at=move.at,
        from_state=move.from_state,
        to_state=move.to_state,
        to_state_name=STATES[move.to_state],
        effective=move.effective,
        who=move.who,
        reason=move.reason,
        figures=move.figures,
    )


def _outcome_item(outcome: ClassOutcome) -> ClassOutcomeItem:
    return ClassOutcomeItem(
        day=outcome.day,
        filled=outcome.filled,
        graduated=outcome.graduated,
        hired=outcome.hired,
        staying=outcome.staying,
        note=outcome.note,
        batch_id=outcome.batch_id,
    )


EXAMPLE = OrderClassItem(
    id="01939c5a-1f20-7b31-9c44-3d2e1f0a9b8c",
    posting_id="01939c51-6a02-7f11-b0c4-5e8f7d2a1b33",
    posting_title="集成电路测试工程师",
    enterprise="示例企业",
    credit_code=None,
    mode="order_class",
    mode_name=MODES["order_class"],
    **offering_names("4131010856", "bachelor", "080703"),
    start_year=2027,
    heads=30,
    fit=0.46,
    distance_km=33.1,
    reasons=["适配度 0.46"],
    state="school_accepted",
    state_name=STATES["school_accepted"],
    version=2,
    at=datetime.fromisoformat("2026-11-25T02:00:00+00:00"),
    next_states=list(MOVES["school_accepted"]),
    run=RUN_ID,
    replaces=None,
    simulated=True,
)
DETAIL_EXAMPLE = OrderClassDetail(
    **EXAMPLE.model_dump(),
    history=[
        ClassMoveItem(
            version=2,
            at=EXAMPLE.at,
            from_state="proposed",
            to_state="school_accepted",
            to_state_name=STATES["school_accepted"],
            effective=None,
            who="教务处",
            reason="",
            figures={"planned": 60, "held": 30},
        )
    ],
    outcomes=[],
    replacement=None,
)
PROPOSALS_EXAMPLE = ProposalsItem(
    run=RUN_ID, proposed=1, kept=0, superseded=0, refused=0, waiting=0, classes=[EXAMPLE]
)
