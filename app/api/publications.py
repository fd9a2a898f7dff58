"""Publications 发布: which run is served now, and which were before."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import select

from app.access import Permission, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import RUN_ID, RUNS, answers
from app.api.reader import Reading
from app.api.runs import DETAIL_EXAMPLE, RunDetail, run_detail
from app.models import Publication, Run
from app.runs.pages import page
from app.runs.publish import current_publication

router = APIRouter(tags=[RUNS])


class PublicationItem(Model):
    """One move of the pointer to a run."""

    id: int
    run: str
    published_at: datetime
    restores: int | None = Field(description="回退时为所恢复的发布。The publication a roll-back restores.")
    note: str
    simulated: bool


class CurrentPublication(PublicationItem):
    """The publication served now, with its run."""

    details: RunDetail


def _item(publication: Publication, simulated: bool) -> PublicationItem:
    return PublicationItem(
        id=publication.id,
        run=publication.run_id,
        published_at=publication.published_at,
        restores=publication.restores_id,
        note=publication.note,
        simulated=simulated,
    )


EXAMPLE = PublicationItem(
    id=3,
    run=RUN_ID,
    published_at=datetime.fromisoformat("2026-11-24T08:00:13+00:00"),
    restores=None,
    note="示例数据 demonstration",
    simulated=True,
)


@router.get(
    "/publications/current",
    summary="现在的发布 The publication served now",
    responses=answers(CurrentPublication(**EXAMPLE.model_dump(), details=DETAIL_EXAMPLE), refuses=False),
    dependencies=[Depends(require(Permission.READ_PUBLICATION))],
)
def get_current_publication(reader: Reading) -> CurrentPublication:
    """现在对外提供的测算及其发布时间；平台可带 `If-None-Match` 定期查看是否有新的发布。

    The run served now. Poll it with `If-None-Match` to see whether there is a new one.
    """
    # A roll-back serves an earlier run again under a new publication: the same run, told differently.
    with reader.published(weak=True) as published:
        latest = current_publication(published.session)
        assert latest is not None
        return CurrentPublication(
            **_item(latest, published.run.simulated).model_dump(),
            details=run_detail(published.run, published.run.id),
        )


@router.get(
    "/publications",
    summary="发布历史 List publications",
    responses=answers(EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def list_publications(reader: Reading, paging: Annotated[Paging, Query()]) -> Listing[PublicationItem]:
    """每一次发布与回退，新的在前；第一条就是现在的发布。

    Every publication and roll-back, latest first: the first is the one served now.
    """
    found = select(Publication, Run.simulated).join(Run, Run.id == Publication.run_id)
    with reader.records() as session:
        rows = page(session, found.order_by(Publication.id.desc()), paging.window)
        return reader.page(None, paging, rows, lambda row: _item(*row))
