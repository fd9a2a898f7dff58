"""Modern apprenticeships 现代学徒制: offerings and enterprises that could train together."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, OfRun
from app.api.naming import OfferingName, offering_names
from app.api.openapi import CLASSES, RUN_ID, answers
from app.api.parameters import Identifier, SchoolCode
from app.api.reader import Reading
from app.models import Apprenticeship, Posting

router = APIRouter(tags=[CLASSES], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class ApprenticeshipItem(OfferingName, OfRun):
    """A candidate: an offering and the posting of an enterprise."""

    posting_id: str
    enterprise: str
    title: str
    heads: int = Field(description="企业需要的人数")
    capacity: int = Field(description="专业点可安排的人数；招生计划数未知为 0。Heads it could train.")
    fit: float = Field(description="适配度 0–1")
    distance_km: float | None = Field(description="两区中心的距离 公里；未知为空。")
    asked: bool = Field(description="企业是否提出学徒制。Whether the enterprise asks for one itself.")
    reasons: list[str]


class ApprenticeshipFilters(ProgramFilters):
    posting: Identifier | None = Field(None, description="岗位编号。Id of a posting.")
    school: SchoolCode | None = None
    asked: bool | None = Field(None, description="企业是否提出学徒制。Only (not) those asked for.")


def _item(run: str, row: Apprenticeship, posting: Posting | None) -> ApprenticeshipItem:
    return ApprenticeshipItem(
        run=run,
        simulated=row.simulated,
        **offering_names(row.school_code, row.level, row.program_code),
        posting_id=row.posting_id,
        enterprise=posting.enterprise if posting else "",
        title=posting.title if posting else "",
        heads=row.heads,
        capacity=row.capacity,
        fit=row.fit,
        distance_km=row.distance_km,
        asked=row.asked,
        reasons=row.reasons,
    )


EXAMPLE = ApprenticeshipItem(
    run=RUN_ID,
    simulated=True,
    **offering_names("4131010851", "higher_vocational", "510301"),
    posting_id="demo-001",
    enterprise="示例企业",
    title="集成电路测试学徒",
    heads=30,
    capacity=24,
    fit=0.41,
    distance_km=18.2,
    asked=True,
    reasons=["企业提出学徒制培养"],
)


@router.get(
    "/apprenticeships",
    summary="现代学徒制候选 List apprenticeship candidates",
    responses=answers(EXAMPLE, listed=True),
)
def list_apprenticeships(
    reader: Reading, filters: Annotated[ApprenticeshipFilters, Query()]
) -> Listing[ApprenticeshipItem]:
    """可开展现代学徒制的职业教育专业点与企业岗位，企业已提出的在前，其次为适配度最高的。

    Vocational offerings and postings that could be modern apprenticeships, those asked for first, then the best fits.
    """
    with reader.published() as published:
        rows = published.apprenticeships(
            filters.window,
            posting=filters.posting,
            school=filters.school,
            level=filters.level,
            programs=filters.keys(),
            asked=filters.asked,
        )
        run = published.run.id
        postings = published.postings(row.posting_id for row in rows.items)
        items = [_item(run, row, postings.get(row.posting_id)) for row in rows.items]
        return reader.listing(run, filters, rows.total, items)
