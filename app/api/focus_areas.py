"""Focus areas of the pilot 试点区域 and the industry groups its plan names."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, OfRun, Paging
from app.api.naming import Named, districts_named, industries_named
from app.api.openapi import CATALOGUE, RUN_ID, answers
from app.api.parameters import DistrictCode
from app.api.reader import Reading
from app.reference import load_reference
from app.reference.policy import FocusArea

router = APIRouter(tags=[CATALOGUE], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
KINDS = {"core": "核心区", "focus": "重点区"}


class FocusAreaItem(OfRun):
    """An area of the pilot plan with its lead industries."""

    id: str
    name: str
    kind: Literal["core", "focus"]
    kind_name: str
    lead: str = Field(description="主导方向")
    task: str = Field(description="试点方案的任务。Task of the pilot plan.")
    districts: list[Named]
    industries: list[Named]


class FocusAreaFilters(Paging):
    kind: Literal["core", "focus"] | None = Field(None, description="核心区或重点区")
    district: DistrictCode | None = None


def _item(run: str, area: FocusArea) -> FocusAreaItem:
    return FocusAreaItem.model_validate(
        {
            "run": run,
            "simulated": False,
            "id": area.id,
            "name": area.name,
            "kind": area.kind,
            "kind_name": KINDS[area.kind],
            "lead": area.lead,
            "task": area.task,
            "districts": districts_named(area.district_codes),
            "industries": industries_named(area.industry_codes),
        }
    )


EXAMPLE = _item(RUN_ID, load_reference().focus_areas[0])


@router.get(
    "/focus-areas",
    summary="试点区域 List focus areas",
    responses=answers(EXAMPLE, listed=True),
)
def list_focus_areas(
    reader: Reading, filters: Annotated[FocusAreaFilters, Query()]
) -> Listing[FocusAreaItem]:
    """上海市建设产教融合型城市试点方案的核心区与重点区，及其主导产业（GB/T 4754 代码由本项目对应）。

    The core and focus areas of the pilot plan and their lead industries, in this project's reading.
    """
    chosen = [
        area
        for area in load_reference().focus_areas
        if filters.kind in (None, area.kind)
        and (filters.district is None or filters.district in area.district_codes)
    ]
    with reader.published() as published:
        run = published.run.id
    return reader.cut(run, filters, chosen, lambda area: _item(run, area))
