"""Indicators 指标 by program, class, category, level, district, school and industry."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, Model, OfRun, Paging
from app.api.naming import district_name, industry_name, level_name, program_name, school_name
from app.api.openapi import RESULTS, RUN_ID, answers
from app.api.parameters import LevelCode
from app.api.reader import Reading
from app.models import Indicator
from app.reference import load_reference

router = APIRouter(tags=[RESULTS], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
Grouping = Literal["program", "class", "category", "level", "district", "school", "industry"]


class Rate(Model):
    """A rate of a group in one year."""

    name: str = Field(
        description="registration_rate 报到率、destination_rate 毕业去向落实率或 matched_rate 对口率"
    )
    year: int
    rate: float = Field(ge=0, le=1, description="各专业点按招生计划加权的平均 0–1。Mean by seats.")
    percentile: float = Field(description="当年在同层次各组中的百分位，1 为最高。Percentile of the year.")
    lowest_years: int = Field(description="到最近一年连续处于末位的年数；只在最近一年给出。")
    offerings: int = Field(description="有此数据的专业点数")
    simulated: bool


class IndicatorItem(OfRun):
    """The indicators of one group; null where one is not defined."""

    by: Grouping
    code: str = Field(
        description="组的代码；区或行业未知的为空。Empty for what names no district or industry."
    )
    name: str
    level: str | None = Field(description="层次代码；跨层次的组为空。")
    level_name: str | None
    offerings: int = Field(description="专业点数")
    programs: int = Field(description="专业数")
    schools: int = Field(description="院校数")
    seats: float = Field(description="招生计划 人/年")
    supply: float = Field(description="供给 人/年")
    demand: float = Field(description="需求 人/年")
    gap: float = Field(description="缺口 = 需求 − 供给 人/年")
    ratio: float | None = Field(description="供需比 = 供给 / 需求")
    structural_deviation: float | None = Field(description="结构偏离度 = 需求份额 / 供给份额 − 1")
    location_quotient: float | None = Field(description="区位商 = 供给份额 / 需求份额")
    hhi: float | None = Field(description="招生集中度 HHI 0–1：在院校间，院校则在专业间")
    duplication: float | None = Field(description="重复布点率 0–1：各专业布点数 / 同层次院校数的平均")
    coupling: float | None = Field(description="耦合度 0–1")
    coordination: float | None = Field(description="耦合协调度 0–1")
    grade: str | None = Field(description="协调等级：极度失调 … 优质协调")
    rates: list[Rate] = Field(description="最近两年的报到率、去向落实率、对口率及百分位")


class IndicatorFilters(Paging):
    by: Grouping = Field("class", description="按什么分组。What to group by.")
    level: LevelCode | None = Field(None, description="层次；区、院校、行业跨层次，不受此限。Level.")


def _name(row: Indicator) -> str:
    match row.grouping:
        case "program":
            return program_name(row.level or "", row.code)
        case "class" | "category":
            kind = row.grouping
            found = (
                p
                for p in load_reference().programs.of_level(row.level or "")
                if getattr(p, f"{kind}_code") == row.code
            )
            program = next(found, None)
            return str(getattr(program, f"{kind}_name")) if program else ""
        case "level":
            return level_name(row.code)
        case "district":
            return district_name(row.code) or "未知"
        case "school":
            return school_name(row.code)
        case _:
            return (industry_name(row.code) or "") if row.code else "未指明行业"


def indicator_item(run: str, row: Indicator) -> IndicatorItem:
    copied = (
        *("code", "level", "offerings", "programs", "schools", "seats", "supply", "demand", "gap", "ratio"),
        *("structural_deviation", "location_quotient", "hhi", "duplication", "coupling", "coordination"),
        *("grade", "simulated"),
    )
    return IndicatorItem(
        run=run,
        by=row.grouping,
        name=_name(row),
        level_name=level_name(row.level) if row.level else None,
        rates=[Rate(**rate) for rate in row.rates],
        **{name: getattr(row, name) for name in copied},
    )


EXAMPLE = IndicatorItem(
    run=RUN_ID,
    simulated=True,
    by="class",
    code="0807",
    name="电子信息类",
    level="bachelor",
    level_name="普通本科",
    offerings=31,
    programs=9,
    schools=14,
    seats=1620.0,
    supply=871.3,
    demand=1490.0,
    gap=618.7,
    ratio=0.585,
    structural_deviation=0.42,
    location_quotient=0.704,
    hhi=0.11,
    duplication=0.09,
    coupling=0.98,
    coordination=0.81,
    grade="良好协调",
    rates=[
        Rate(
            name="destination_rate",
            year=2025,
            rate=0.93,
            percentile=0.71,
            lowest_years=0,
            offerings=31,
            simulated=True,
        )
    ],
)


@router.get(
    "/indicators",
    summary="指标 List indicators",
    responses=answers(EXAMPLE, listed=True),
)
def list_indicators(reader: Reading, filters: Annotated[IndicatorFilters, Query()]) -> Listing[IndicatorItem]:
    """按专业、专业类、门类、层次、区、院校或行业汇总的供需、集中度、协调度与报到就业指标，按层次和代码排列。

    Indicators of supply and demand, concentration, coordination and outcomes of every group, by level and code.
    """
    with reader.published() as published:
        rows = published.indicators(filters.window, filters.by, level=filters.level)
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: indicator_item(run, row))
