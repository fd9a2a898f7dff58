"""What is asked and answered about scenarios 情景."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field, RootModel

from app.api.listing import Model
from app.api.openapi import RUN_ID
from app.models import Run, Scenario

SCENARIO_ID = "01939c59-1c22-7f54-a2d6-2b3c4d5e6f70"


class ScenarioRequest(RootModel[dict[str, Any]]):
    """The definition of a scenario; its members are described in docs/concepts.md and checked one by one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "ic-demand-30",
                    "title": "2028年集成电路需求增加30%",
                    "demand": [{"industry_group": "integrated_circuits", "year": 2028, "factor": 1.3}],
                },
                {
                    "name": "fewer-come",
                    "title": "高职报到率下降5个百分点，扩招线提高",
                    "rates": [{"rate": "registration", "level": "高职", "points": -5}],
                    "profile": {"actions.expand_below": 0.85},
                },
                {
                    "name": "lingang",
                    "title": "临港新增校区（假设）",
                    "campuses": [
                        {
                            "school": "上海电子信息职业技术学院",
                            "campus": "临港校区",
                            "district": "浦东新区",
                            "from_year": 2027,
                            "programs": [{"level": "高职", "program": "510401", "seats": 120}],
                        }
                    ],
                    "seats": [{"level": "bachelor", "class": "0809", "factor": 0.9}],
                },
            ]
        }
    )


class Alteration(Model):
    """What one entry altered."""

    entry: str = Field(description="定义中的哪一条。Which entry of the definition.")
    text: str
    records: int = Field(description="涉及的记录数。Records altered.")
    before: float
    after: float
    unit: str


class ScenarioResult(Model):
    """The run that answers a scenario. It is of kind `scenario` and is never published."""

    run: str
    kind: str = Field(description="总是 scenario：情景（假设），不是正式结果。")
    base_run: str = Field(description="所依据的已发布的测算。The published run it rests on.")
    on_current: bool = Field(description="是否依据现在发布的测算。Whether that is served now.")
    digest: str | None
    seconds: float | None
    finished_at: datetime | None
    simulated: bool
    alterations: list[Alteration]
    totals: dict[str, Any] = Field(description="供给、需求、无人培养与各类建议数。")


class ScenarioItem(Model):
    """A scenario as it is stored."""

    id: str
    name: str
    title: str
    definition: dict[str, Any] = Field(description="定义，代码为官方形式；存后不变。Never changes.")
    digest: str
    who: str
    at: datetime
    base_run: str | None = Field(description="提出时发布的测算。The run published when it was asked.")
    result: ScenarioResult | None = Field(description="最近一次结果；还没有算过时为空。")


def result_item(run: Run, base_run: str, published: str | None) -> ScenarioResult:
    names = ("offerings", "seats", "supply", "demand", "unmet", "actions")
    return ScenarioResult(
        run=run.id,
        kind=run.kind,
        base_run=base_run,
        on_current=base_run == published,
        digest=run.digest,
        seconds=run.seconds,
        finished_at=run.finished_at,
        simulated=run.simulated,
        alterations=[Alteration(**each) for each in run.summary["scenario"]["alterations"]],
        totals={name: run.summary[name] for name in names},
    )


def scenario_item(row: Scenario, result: ScenarioResult | None) -> ScenarioItem:
    return ScenarioItem(
        id=row.id,
        name=row.name,
        title=row.title,
        definition=row.definition,
        digest=row.digest,
        who=row.who,
        at=row.at,
        base_run=row.base_run_id,
        result=result,
    )


TOTALS_EXAMPLE = {"offerings": 1040, "seats": 29066.0, "supply": 11685.6, "demand": 24962.0, "unmet": 7719.1}
RESULT_EXAMPLE = ScenarioResult(
    run="01939c59-2d33-7a65-b3e7-3c4d5e6f7081",
    kind="scenario",
    base_run=RUN_ID,
    on_current=True,
    digest="5f0c1c6f8f1b6f7d0f4f4b9d9a4f0f4e3c2b1a09182736455463728190abcdef",
    seconds=2.9,
    finished_at=datetime.fromisoformat("2026-11-25T03:00:03+00:00"),
    simulated=True,
    alterations=[
        Alteration(
            entry="demand.1",
            text="需求 ×1.3：integrated_circuits",
            records=13,
            before=2100.0,
            after=2730.0,
            unit="人/年",
        )
    ],
    totals={**TOTALS_EXAMPLE, "actions": {"expand": 216, "keep": 785}},
)
EXAMPLE = ScenarioItem(
    id=SCENARIO_ID,
    name="ic-demand-30",
    title="2028年集成电路需求增加30%",
    definition={
        "name": "ic-demand-30",
        "title": "2028年集成电路需求增加30%",
        "demand": [{"industry_group": "integrated_circuits", "year": 2028, "factor": 1.3}],
    },
    digest="0cc175b9c0f1b6a831c399e269772661",
    who="local",
    at=datetime.fromisoformat("2026-11-25T03:00:00+00:00"),
    base_run=RUN_ID,
    result=RESULT_EXAMPLE,
)
