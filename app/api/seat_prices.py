"""What one more seat would bring to the placement of order classes 订单班."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, OfRun
from app.api.naming import program_names, school_name
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import SchoolCode
from app.api.reader import Reading
from app.models import SeatPrice

router = APIRouter(tags=[CLASSES], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class SeatPriceItem(OfRun):
    """What one more seat would bring to the placement of order classes."""

    by: Literal["program", "offering"]
    school_code: str | None = Field(description="按专业汇总时为空。")
    school_name: str | None
    level: str
    level_name: str
    program_code: str
    program_name: str
    heads: float = Field(description="多一个名额能多安排的人数 0–1。Heads one more seat would place.")
    cost: float = Field(description="多一个名额使目标值下降多少。By how much the objective would fall.")
    seats: int = Field(description="可用于订单班的名额 人")
    taken: int = Field(description="其中已安排的 人")
    text: str


class SeatPriceFilters(ProgramFilters):
    by: Literal["program", "offering"] = Field(
        "program", description="按专业（名额按各专业点现有名额分摊）或按专业点。By program or by offering."
    )
    school: SchoolCode | None = None


def _item(run: str, row: SeatPrice) -> SeatPriceItem:
    return SeatPriceItem(
        run=run,
        simulated=row.simulated,
        by="offering" if row.school_code else "program",
        school_code=row.school_code,
        school_name=school_name(row.school_code) if row.school_code else None,
        **program_names(row.level, row.program_code),
        heads=row.heads,
        cost=row.cost,
        seats=row.seats,
        taken=row.taken,
        text=f"这里多一个名额，约可多安排 {row.heads:.1f} 人",
    )


EXAMPLE = SeatPriceItem(
    run=RUN_ID,
    simulated=True,
    by="program",
    school_code=None,
    school_name=None,
    **program_names("bachelor", "080703"),
    heads=0.8,
    cost=5.6,
    seats=120,
    taken=120,
    text="这里多一个名额，约可多安排 0.8 人",
)


@router.get(
    "/order-classes/seat-prices",
    summary="一个名额的价值 List shadow prices of seats",
    responses=answers(EXAMPLE, listed=True),
)
def list_seat_prices(
    reader: Reading, filters: Annotated[SeatPriceFilters, Query()]
) -> Listing[SeatPriceItem]:
    """每个专业或专业点多一个可用于订单班的名额，能多安排多少人；最有用的在前，多了也没有用的不列。

    What one more seat of a program or an offering would bring to the placement, from the duals of its linear
    relaxation; programs and offerings where it would bring nothing are left out.
    """
    with reader.published() as published:
        rows = published.seat_prices(
            filters.window,
            by=filters.by,
            school=filters.school,
            level=filters.level,
            programs=filters.keys(),
        )
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: _item(run, row))
