"""Offerings 专业点: programs at schools, with the seats and graduates the run worked with."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, Model, OfRun
from app.api.naming import OfferingName, district_name, offering_names
from app.api.openapi import RUN_ID, SUPPLY, answers
from app.api.parameters import DistrictCode, SchoolCode, program_at, school_at
from app.api.placements import PlacementItem, placement_items
from app.api.reader import Reading
from app.api.recommendations import RecommendationItem, recommendation_item
from app.errors import NotFoundError
from app.models import Offering
from app.runs.pages import Window

router = APIRouter(tags=[SUPPLY], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
EVERYTHING = Window(500)


class CohortItem(Model):
    """Those who enter in one year and graduate after the duration of their level."""

    entry_year: int = Field(description="入学年份。Year of entry.")
    graduation_year: int = Field(description="毕业年份 = 入学年份 + 学制。Year of graduation.")
    seats: float = Field(description="招生计划 人。Planned seats.")
    entrants: float = Field(description="从下一层次升学进入的人数 人。From the level below.")
    graduates: float = Field(description="预计进入本地工作的毕业生 人。Projected graduates.")
    counted: bool = Field(
        description="是否为计入规划年供给的一届：规划年毕业，或与之最接近。Whether it is the supply of the planned year."
    )


class OfferingItem(OfferingName, OfRun):
    """An offering."""

    campus: str = Field(description="校区；未说明为空。Campus as stated.")
    district_code: str | None
    district_name: str | None
    district_simulated: bool = Field(description="所在区是否为模拟数据。Whether the district is simulated.")
    year: int | None = Field(
        description="最近一个已知的招生计划年份；只有备案时为空。Year of the latest known plan."
    )
    seats: float = Field(description="该年计划人数 人/年；只有备案时为 0。Planned seats of that year.")
    entrants: float = Field(
        description="计入的一届从下一层次升学进入的人数 人/年，不占计划。From the level below."
    )
    graduates: float = Field(
        description="规划年的供给：计入的一届预计进入本地工作的毕业生 人/年。Graduates of the cohort that counts."
    )
    demand: float | None = Field(
        description="该专业的需求中分到本专业点的人数 人/年，按供给的份额；没有供给或早期测算时为空。Its part of the demand."
    )
    rates: dict[str, Any] = Field(
        description="计入的一届所用的率：值、来源（data 本专业点，data:program、data:level 同专业、同层次的均值，或政策参数的出处）、"
        "是否模拟。Rates used, each with its source."
    )
    cohorts: list[CohortItem] = Field(
        description="逐年：每个已知入学年份的一届，由早到晚；早期测算没有时为空。Graduates by year of graduation."
    )
    batch_ids: list[str] = Field(description="所依据的批次，见 /v1/batches。")


class OfferingDetail(OfferingItem):
    """An offering with what the run says about it."""

    recommendations: list[RecommendationItem]
    placements: list[PlacementItem]


class OfferingFilters(ProgramFilters):
    school: SchoolCode | None = None
    district: DistrictCode | None = None
    simulated: bool | None = Field(None, description="是否含模拟数据。Only (not) simulated ones.")


def offering_item(run: str, row: Offering) -> OfferingItem:
    return OfferingItem(**_members(run, row))


def _members(run: str, row: Offering) -> dict[str, Any]:
    return {
        "run": run,
        "simulated": row.simulated,
        **offering_names(row.school_code, row.level, row.program_code),
        "campus": row.campus,
        "district_code": row.district_code,
        "district_name": district_name(row.district_code),
        "district_simulated": row.district_simulated,
        "year": row.year,
        "seats": row.seats,
        "entrants": row.entrants,
        "graduates": row.graduates,
        "demand": row.demand,
        "rates": row.rates,
        "cohorts": [CohortItem(**cohort) for cohort in row.cohorts],
        "batch_ids": row.batch_ids,
    }


EXAMPLE = OfferingItem(
    run=RUN_ID,
    simulated=True,
    **offering_names("4131010856", "bachelor", "080703"),
    campus="松江校区",
    district_code="310117",
    district_name="松江区",
    district_simulated=False,
    year=2025,
    seats=64.0,
    entrants=0.0,
    graduates=41.2,
    demand=93.2,
    rates={"completion": {"value": 0.95, "source": "assumption", "simulated": False, "year": None}},
    cohorts=[
        CohortItem(entry_year=2024, graduation_year=2028, seats=64, entrants=0, graduates=41.2, counted=True),
        CohortItem(
            entry_year=2025, graduation_year=2029, seats=64, entrants=0, graduates=40.3, counted=False
        ),
    ],
    batch_ids=["01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11"],
)


@router.get(
    "/offerings",
    summary="专业点列表 List offerings",
    responses=answers(EXAMPLE, listed=True),
)
def list_offerings(reader: Reading, filters: Annotated[OfferingFilters, Query()]) -> Listing[OfferingItem]:
    """按学校、层次、专业、专业类、区筛选专业点，附计划人数与预计毕业生。

    Offerings with their seats and projected graduates, in order of school, level and program.
    """
    with reader.published() as published:
        rows = published.offerings(
            filters.window,
            school=filters.school,
            level=filters.level,
            programs=filters.keys(),
            district=filters.district,
            simulated=filters.simulated,
        )
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: offering_item(run, row))


@router.get(
    "/offerings/{school}/{level}/{code}",
    summary="一个专业点 One offering",
    responses=answers(
        OfferingDetail(**EXAMPLE.model_dump(), recommendations=[], placements=[]), missing=True, refuses=False
    ),
)
def get_offering(reader: Reading, school: str, level: str, code: str) -> OfferingDetail:
    """一所学校的一个专业：计划、毕业生、所用的率，以及调整建议与订单班。

    One program at one school, with the recommendations and order classes about it.
    """
    at, program = school_at(school), program_at(level, code)
    key = {program.key}
    with reader.published() as published:
        found = published.offerings(Window(1), school=at.code, programs=key).items
        if not found:
            raise NotFoundError(
                f"已发布的测算中，{at.name} 没有专业点 {program.name}（{program.level.label}）",
                remedy=f"用 GET /v1/offerings?school={at.code} 查看该校的专业点",
            )
        run = published.run.id
        advice = published.recommendations(EVERYTHING, school=at.code, programs=key).items
        classes = published.placements(EVERYTHING, school=at.code, programs=key).items
        return OfferingDetail(
            **_members(run, found[0]),
            recommendations=[recommendation_item(run, row) for row in advice],
            placements=placement_items(published, classes),
        )
