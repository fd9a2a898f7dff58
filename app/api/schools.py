"""Schools 院校 of the region, with what the run knows of them."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ShortText, contains_words
from app.api.listing import Listing, OfRun, Paging
from app.api.naming import ACTIONS, Named, districts_named
from app.api.offerings import EVERYTHING, OfferingItem, offering_item
from app.api.openapi import RUN_ID, SUPPLY, answers
from app.api.parameters import LevelCode, Words, school_at
from app.api.reader import Reading
from app.reference import load_reference
from app.reference.levels import Level
from app.reference.schools import School, school_levels
from app.runs.published_counts import OfferingCount, school_counts

router = APIRouter(tags=[SUPPLY], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class SchoolItem(OfRun):
    """A school."""

    school_code: str = Field(description="学校标识码，十位")
    short_code: str = Field(description="院校代码，五位")
    school_name: str
    education_level: str = Field(description="办学层次：本科或专科")
    ownership: str = Field(description="公办或民办等")
    levels: list[Named] = Field(description="可开设的专业层次。Levels it may teach at.")
    offerings: int = Field(description="已发布测算中的专业点数")
    seats: float = Field(description="计划人数 人/年；数据只含部分省份。Plan figures of some provinces only.")


class SchoolDetail(SchoolItem):
    """A school with its offerings."""

    districts: list[Named] = Field(description="专业点所在的区")
    actions: dict[str, int] = Field(description="各类调整建议的条数。Recommendations by action.")
    programs: list[OfferingItem] = Field(description="专业点，至多 500 个。")


class SchoolFilters(Paging):
    level: LevelCode | None = None
    ownership: ShortText | None = Field(None, description="举办者，如 公办。", examples=["公办"])
    offering: bool | None = Field(None, description="测算中是否有专业点。Only schools with(out) offerings.")
    q: Words | None = None


def _members(run: str, school: School, count: OfferingCount | None) -> dict[str, Any]:
    return {
        "run": run,
        "simulated": count is not None and count.simulated,
        "school_code": school.code,
        "short_code": school.short_code,
        "school_name": school.name,
        "education_level": school.education_level,
        "ownership": school.ownership,
        "levels": [Named(code=level.value, name=level.label) for level in school_levels(school)],
        "offerings": count.offerings if count else 0,
        "seats": count.seats if count else 0.0,
    }


EXAMPLE = SchoolItem(
    **_members(RUN_ID, load_reference().schools.get("10856"), OfferingCount(42, 2100.0, True))
)
DETAIL_EXAMPLE = SchoolDetail(
    **EXAMPLE.model_dump(),
    districts=districts_named(["310117"]),
    actions={"keep": 40, "expand": 2},
    programs=[],
)


@router.get(
    "/schools",
    summary="院校 List schools",
    responses=answers(EXAMPLE, listed=True),
)
def list_schools(reader: Reading, filters: Annotated[SchoolFilters, Query()]) -> Listing[SchoolItem]:
    """上海高校名单（教育部 2025-06-20），附测算中的专业点数与计划人数。

    The schools of Shanghai with their offerings in the run.
    """
    with reader.published() as published:
        counts = school_counts(published)
        run = published.run.id
    level = Level(filters.level) if filters.level else None
    chosen = [
        each
        for each in load_reference().schools
        if (level is None or level in school_levels(each))
        and filters.ownership in (None, each.ownership)
        and (filters.offering is None or (each.code in counts) == filters.offering)
        and contains_words(filters.q, each.code, each.name)
    ]
    return reader.cut(
        run, filters, chosen, lambda each: SchoolItem(**_members(run, each, counts.get(each.code)))
    )


@router.get(
    "/schools/{code}",
    summary="一所院校 One school",
    responses=answers(DETAIL_EXAMPLE, missing=True, refuses=False),
)
def get_school(reader: Reading, code: str) -> SchoolDetail:
    """一所学校的专业点、所在的区与调整建议的条数。代码可用十位或五位。

    A school with its offerings, their districts, and how many recommendations of each action there are.
    """
    school = school_at(code)
    with reader.published() as published:
        run = published.run.id
        count = school_counts(published).get(school.code)
        offerings = published.offerings(EVERYTHING, school=school.code).items
        advice = published.recommendations(EVERYTHING, school=school.code).items
    actions = Counter(row.action for row in advice)
    districts = sorted({row.district_code for row in offerings if row.district_code})
    return SchoolDetail(
        **_members(run, school, count),
        districts=districts_named(districts),
        actions={action: actions[action] for action in ACTIONS if action in actions},
        programs=[offering_item(run, row) for row in offerings],
    )
