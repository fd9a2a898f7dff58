"""Runs 测算: what was computed when, from which batches and with which parameters."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import select

from app.access import Permission, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import RUN_ID, RUNS, answers
from app.api.reader import Reading
from app.errors import NotFoundError
from app.models import Run
from app.runs.pages import equal, page
from app.runs.publish import current_publication

router = APIRouter(tags=[RUNS], dependencies=[Depends(require(Permission.READ_RECORDS))])


class RunItem(Model):
    """A run."""

    id: str
    run: str = Field(description="与 id 相同。The same as id.")
    state: str = Field(description="running、finished 或 failed")
    kind: str = Field(
        description="snapshot 按数据测算；scenario 回答情景（假设），不会发布。A scenario is never published."
    )
    published: bool = Field(description="是否为现在发布的测算。Whether it is served now.")
    profile: str = Field(description="政策参数")
    model_version: str
    digest: str | None = Field(description="全部结果的摘要；同一快照的两次测算相同。SHA-256 of all results.")
    simulated: bool = Field(description="快照中是否有模拟数据。")
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None


class RunDetail(RunItem):
    """A run with all that is needed to repeat it."""

    profile_digest: str
    parameters: dict[str, Any]
    reference_digest: str
    snapshot_digest: str
    batch_ids: list[str]
    summary: dict[str, Any]
    warnings: list[dict[str, Any]]


class RunFilters(Paging):
    state: Literal["running", "finished", "failed"] | None = Field(None, description="状态")
    kind: Literal["snapshot", "scenario"] | None = Field(
        None, description="按数据测算，还是情景（假设）。Of the data, or of a scenario."
    )


def _members(run: Run, published: str | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "run": run.id,
        "state": run.state,
        "kind": run.kind,
        "published": run.id == published,
        "profile": run.profile,
        "model_version": run.model_version,
        "digest": run.digest,
        "simulated": run.simulated,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "seconds": run.seconds,
    }


def run_detail(run: Run, published: str | None) -> RunDetail:
    return RunDetail(
        **_members(run, published),
        profile_digest=run.profile_digest,
        parameters=run.parameters,
        reference_digest=run.reference_digest,
        snapshot_digest=run.snapshot_digest,
        batch_ids=run.batch_ids,
        summary=_public(run),
        warnings=run.warnings,
    )


def _public(run: Run) -> dict[str, Any]:
    """The summary; of a failed run only that it failed, for the reason is the operator's matter."""
    return {"error": "测算失败，原因见服务日志"} if run.state == "failed" else run.summary


EXAMPLE = RunItem(
    id=RUN_ID,
    run=RUN_ID,
    state="finished",
    kind="snapshot",
    published=True,
    profile="shanghai",
    model_version="lexical-1",
    digest="5f0c1c6f8f1b6f7d0f4f4b9d9a4f0f4e3c2b1a09182736455463728190abcdef",
    simulated=True,
    started_at=datetime.fromisoformat("2026-11-24T08:00:00+00:00"),
    finished_at=datetime.fromisoformat("2026-11-24T08:00:12+00:00"),
    seconds=12.1,
)
DETAIL_EXAMPLE = RunDetail(
    **EXAMPLE.model_dump(),
    profile_digest="8b1a9953c4611296a827abf8c47804d7",
    parameters={"profile": "shanghai"},
    reference_digest="0cc175b9c0f1b6a831c399e269772661",
    snapshot_digest="92eb5ffee6ae2fec3ad71c777531578f",
    batch_ids=["01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11"],
    summary={"offerings": 1300},
    warnings=[],
)


@router.get(
    "/runs",
    summary="测算列表 List runs",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_runs(reader: Reading, filters: Annotated[RunFilters, Query()]) -> Listing[RunItem]:
    """所有测算，新的在前，包括正在进行与失败的。

    All runs, latest first, those under way and failed ones too.
    """
    found = select(Run).where(*equal((Run.state, filters.state), (Run.kind, filters.kind)))
    with reader.records() as session:
        publication = current_publication(session)
        published = publication.run_id if publication else None
        rows = page(session, found.order_by(Run.started_at.desc(), Run.id.desc()), filters.window)
        return reader.page(None, filters, rows, lambda run: RunItem(**_members(run, published)))


@router.get(
    "/runs/{run_id}",
    summary="一次测算 One run",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, refuses=False),
)
def get_run(reader: Reading, run_id: str) -> RunDetail:
    """测算的批次、参数、模型版本与各项摘要：重复它所需的一切。

    The batches, parameters, model version and digests of a run: all that is needed to repeat it.
    """
    with reader.records() as session:
        run = session.get(Run, run_id) if run_id.isprintable() else None
        if run is None:
            raise NotFoundError(f"没有测算 {run_id}", remedy="用 GET /v1/runs 查看已有的测算")
        publication = current_publication(session)
        return run_detail(run, publication.run_id if publication else None)
