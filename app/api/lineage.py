"""Lineage 溯源: from a figure of the publication to the batches, files and rows it comes from."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, Model, Paging
from app.api.openapi import INTAKE, RUN_ID, answers
from app.api.reader import Reading
from app.ingest.lineage import Lineage, trace
from app.runs.publish import current_run

router = APIRouter(tags=[INTAKE], dependencies=[Depends(require(Permission.READ_RECORDS))])
Traced = Literal["balance", "offering", "recommendation", "placement"]


class SourceItem(Model):
    """A row of a file behind the figure."""

    part: str = Field(
        description="plan 招生计划、register 备案、rates 比率、campus 校区、forecast 预测、figure 公开数字、posting 岗位。"
    )
    batch_id: str
    file: str
    sheet: str
    row: int = Field(description="文件或工作表中的行号，从 1 起。1-based.")
    value: float | None = Field(description="这一行带来的数量；不带数量为空。How much it brings.")
    unit: str
    text: str
    simulated: bool


class SourceBatch(Model):
    """A batch behind the figure."""

    id: str
    kind: str
    source: str
    licence: str
    filename: str
    sha256: str
    received_at: datetime
    state: str = Field(description="现在的状态；撤回或取代后，已发布的结果仍是当时的。Its state now.")
    simulated: bool


class LineageListing(Listing[SourceItem]):
    """The rows behind a figure, with their batches."""

    kind: str
    id: str
    figures: dict[str, float | None] = Field(description="所追溯的数字。The served figures.")
    demand_named: float | None = Field(
        description="所列需求行占全部需求的份额 0–1；测算只留下每个专业最大的几行。Share of the demand listed."
    )
    batches: list[SourceBatch]
    notes: list[str]


EXAMPLE = LineageListing(
    run=RUN_ID,
    total=1,
    limit=50,
    offset=0,
    items=[
        SourceItem(
            part="plan",
            batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
            file="plans.csv",
            sheet="",
            row=12,
            value=3.0,
            unit="人",
            text="2025 年 北京 通信工程",
            simulated=False,
        )
    ],
    kind="offering",
    id="4131010856:bachelor:080703",
    figures={"seats": 3.0, "graduates": 1.4},
    demand_named=None,
    batches=[
        SourceBatch(
            id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
            kind="enrolment-plan",
            source="上海高校 2025 年招生计划",
            licence="公开信息",
            filename="plans.csv",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            received_at=datetime.fromisoformat("2026-11-24T07:58:00+00:00"),
            state="accepted",
            simulated=False,
        )
    ],
    notes=[],
)


@router.get(
    "/lineage/{kind}/{id}",
    summary="一个数字的来源 Lineage of a figure",
    responses=answers(EXAMPLE, published=False, unpublished=True, missing=True),
)
def get_lineage(reader: Reading, kind: Traced, id: str, paging: Annotated[Paging, Query()]) -> LineageListing:
    """已发布的供需平衡、专业点、调整建议、订单班出自哪些批次、哪个文件的哪一行。编号的写法：

    `balance` 层次:专业代码；`offering` 院校代码:层次:专业代码；`recommendation` 建议编号；`placement` 岗位需求编号，
    可加 :院校代码:层次:专业代码。

    The batches (source, hash, time) and rows (file, sheet, row) behind a figure of the published run.
    """
    # Without an ETag: the states of the batches move while the run stays.
    with reader.records() as session:
        run = current_run(session)
        traced: Lineage = trace(session, run, kind, id)
        items = [SourceItem(**row) for row in traced.as_dict()["rows"]]
        page = reader.listing(run.id, paging, len(items), paging.cut(items))
        about = {name: value for name, value in traced.as_dict().items() if name != "rows"}
        return LineageListing(**page.model_dump(), **about)
