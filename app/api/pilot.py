"""Progress of the pilot 试点进展: the registers against the numbers that the plan sets."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Model
from app.api.openapi import REGISTERS, answers
from app.api.reader import Reading
from app.models import now
from app.runs.pilot import pilot_progress

router = APIRouter(tags=[REGISTERS], dependencies=[Depends(require(Permission.READ_REGISTERS))])
SOURCE = "上海市建设产教融合型城市试点方案"


class PilotItem(Model):
    """How far one target is."""

    id: str
    name: str
    target: int = Field(description="目标数")
    unit: str
    year: int = Field(description="目标年份。By when.")
    wording: str = Field(description="方案的提法。How the plan puts it.")
    task: str = Field(description="试点方案的任务。Task of the pilot plan.")
    reached: int = Field(description="已达到的数。Reached.")
    missing: int = Field(ge=0, description="还差多少。Still missing.")
    share: float = Field(ge=0, description="已达到的比例，可大于 1。Reached / target.")
    underway: int = Field(description="储备、在建与拟建的数，不计入已达到。On the way.")
    parts: dict[str, int] = Field(description="各状态的数。By status or state.")
    what_counts: str = Field(description="什么计入。What counts.")
    simulated: int = Field(
        description="已达到的之中含模拟数据的数。Of those reached, how many are simulated."
    )


class PilotProgress(Model):
    """All targets that the registers measure."""

    on: date
    source: str
    targets: list[PilotItem]


EXAMPLE = PilotProgress(
    on=date(2026, 11, 25),
    source=SOURCE,
    targets=[
        PilotItem(
            id="enterprises",
            name="产教融合型企业",
            target=200,
            unit="家",
            year=2025,
            wording="培育200家左右产教融合型企业",
            task="试点目标、任务9",
            reached=9,
            missing=191,
            share=0.045,
            underway=4,
            parts={"reserve": 4, "cultivating": 4, "certified": 5, "expired": 1},
            what_counts="当天处于建设培育或认证状态的企业；仅储备、认证到期与已移出的不计",
            simulated=9,
        )
    ],
)


@router.get(
    "/pilot-progress",
    summary="试点进展 Progress of the pilot",
    responses=answers(EXAMPLE, published=False),
)
def get_pilot_progress(
    reader: Reading,
    on: Annotated[date | None, Query(description="哪一天，不填为今天。As of which day.")] = None,
) -> PilotProgress:
    """产教融合型企业、重大项目、平台与示范性职教集团，对照试点方案的目标数；写明什么计入与任务号。

    Enterprises, projects, platforms and demonstration groups against the numbers of the pilot plan.
    """
    day = on or now().date()
    with reader.records() as session:
        found = pilot_progress(session, day)
    return PilotProgress(
        on=day,
        source=SOURCE,
        targets=[
            PilotItem(
                id=each.target.id,
                name=each.target.name,
                target=each.target.value,
                unit=each.target.unit,
                year=each.target.year,
                wording=each.target.wording,
                task=each.target.task,
                reached=each.count.reached,
                missing=max(each.target.value - each.count.reached, 0),
                share=round(each.count.reached / each.target.value, 4),
                underway=each.count.underway,
                parts=dict(each.count.parts),
                what_counts=each.count.what,
                simulated=each.count.simulated,
            )
            for each in found
        ],
    )
