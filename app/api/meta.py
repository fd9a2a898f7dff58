"""What is served: version, run, profile, coverage and summary in one answer."""

from datetime import datetime
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Model, OfRun
from app.api.naming import level_name
from app.api.openapi import RUN_ID, RUNS, answers
from app.api.reader import Reading
from app.runs.published_counts import result_sizes, supply_coverage

router = APIRouter(tags=[RUNS], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
VERSION = version("chanjiao")


class ProfileName(Model):
    """The profile of rules a run was computed with."""

    name: str
    digest: str


class LevelCoverage(Model):
    """What the supply side of one level covers."""

    level: str
    level_name: str
    schools: int
    programs: int
    offerings: int
    seats: float = Field(description="计划人数 人/年；数据只含部分省份")
    first_year: int | None
    last_year: int | None
    simulated: int = Field(description="其中含模拟数据的专业点数")


class Meta(OfRun):
    """What is served now."""

    version: str = Field(description="程序版本")
    model_version: str
    profile: ProfileName
    computed_at: datetime | None = Field(description="测算完成时间。When the run finished.")
    batches: int
    rows: dict[str, int] = Field(description="各项结果的条数。Rows of each result.")
    coverage: list[LevelCoverage] = Field(description="供给数据的覆盖范围。What the supply data cover.")
    summary: dict[str, Any] = Field(description="测算的汇总。Summary of the run.")
    warnings: list[dict[str, Any]]


EXAMPLE = Meta(
    run=RUN_ID,
    simulated=True,
    version="0.1.0",
    model_version="lexical-1",
    profile=ProfileName(name="shanghai", digest="8b1a9953c4611296a827abf8c47804d7"),
    computed_at=datetime.fromisoformat("2026-11-24T08:00:12+00:00"),
    batches=9,
    rows={"offering": 1300, "recommendation": 1350},
    coverage=[
        LevelCoverage(
            level="bachelor",
            level_name="普通本科",
            schools=38,
            programs=240,
            offerings=1100,
            seats=21000.0,
            first_year=2024,
            last_year=2025,
            simulated=0,
        )
    ],
    summary={"gap": 1200.0},
    warnings=[],
)


@router.get(
    "/meta",
    summary="服务内容概况 What is served",
    responses=answers(EXAMPLE, refuses=False),
)
def get_meta(reader: Reading) -> Meta:
    """程序与模型的版本、政策参数、数据覆盖范围、结果条数、汇总与提醒。

    Versions, profile, coverage of the data, sizes, summary and warnings of the published run.
    """
    with reader.published() as published:
        run = published.run
        return Meta(
            run=run.id,
            simulated=run.simulated,
            version=VERSION,
            model_version=run.model_version,
            profile=ProfileName(name=run.profile, digest=run.profile_digest),
            computed_at=run.finished_at,
            batches=len(run.batch_ids),
            rows=result_sizes(published),
            coverage=[
                LevelCoverage(
                    level=each.level,
                    level_name=level_name(each.level),
                    schools=each.schools,
                    programs=each.programs,
                    offerings=each.offerings,
                    seats=each.seats,
                    first_year=each.first_year,
                    last_year=each.last_year,
                    simulated=each.simulated,
                )
                for each in supply_coverage(published)
            ],
            summary=run.summary,
            warnings=run.warnings,
        )
