"""Column proposals 列对应的建议: what a file would be taken for, before anything is loaded."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.kinds import KindName
from app.api.listing import Model
from app.api.openapi import INTAKE, answers, refusals
from app.api.parameters import PLAIN
from app.api.quarantine import Manager
from app.api.reader import NO_STORE
from app.api.received_file import (
    FileName,
    asked_once,
    body_as_file,
    ending_of,
    file_body,
)
from app.ingest import KINDS
from app.ingest.proposing import FileProposal, likely_kinds, propose_file
from app.ingest.uploads import plain_name

router = APIRouter(tags=[INTAKE])
SourceName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=300),
    PLAIN,
    Field(
        description="来源名称；不写时为文件名。为它保存的列对应会被采用。"
        "Name of the source, by default that of the file.",
        examples=["某校招生办"],
    ),
]


class ProposalFilters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: KindName | None = None
    filename: FileName = ""
    source: SourceName = ""


class CandidateItem(Model):
    """A column that a header may be."""

    column: str
    title: str
    score: float = Field(ge=0, le=1)


class HeaderItem(Model):
    """What one header is taken for."""

    header: str
    samples: list[str] = Field(description="几个值，个人信息已遮去。Some values, personal data masked.")
    column: str | None = Field(description="字段；不是任何一列为空。Our column; null where it is none.")
    title: str | None
    score: float = Field(ge=0, le=1)
    how: str = Field(
        description="mapping 有人指明、name 列名相同、similar 名称与内容相近、ignored 有人说不用、repeated 与另一列重复、"
        "disputed 几列同名而值不同、unknown 不认识。How it was found."
    )
    doubtful: bool = Field(
        description="不能确定，装入时须用 column= 或 ignore= 回答。To be answered on loading."
    )
    candidates: list[CandidateItem] = Field(description="可能的字段，像的在前。Likeliest first.")


class ProposalItem(Model):
    """How a file would be read as one of a kind."""

    kind: str
    kind_name: str
    file: str
    reading: dict[str, Any] = Field(description="格式、编码、分隔符、工作表、表头所在的行。How it was read.")
    headers: list[HeaderItem]
    missing: list[str] = Field(
        description="必需而没有把握的列；可用 column= 或 constant= 补上。Columns that are needed and not surely there."
    )
    constants: dict[str, Any] = Field(description="整个文件取一个值的字段。One value for the whole file.")
    kept_mapping: str = Field(
        description="采用了为此来源保存的列对应；没有为空。The kept mapping that was used."
    )
    looks_like: str | None = Field(
        description="更像的另一个种类；没有为空。Another kind that the headers fit."
    )
    rows: list[dict[str, Any]] = Field(
        description="前几行，按表头，个人信息已遮去。The first rows, personal data masked."
    )


class ColumnProposals(Model):
    """What a file would be taken for."""

    likely_kinds: list[str] = Field(
        description="没有写 kind 时：像的种类，列齐全的在前，其次是认得几列的；都不像则为空。The likeliest kinds."
    )
    proposal: ProposalItem | None = Field(
        description="按所写的种类，或最像的种类；都不像时为空，请写明 kind。Of the kind named, or the likeliest."
    )


EXAMPLE = ColumnProposals(
    likely_kinds=[],
    proposal=ProposalItem(
        kind="enrolment-plan",
        kind_name="招生计划",
        file="某校.csv",
        reading={"format": "csv", "encoding": "gb18030", "delimiter": ",", "header_row": 1},
        headers=[
            HeaderItem(
                header="年份",
                samples=["2025"],
                column="year",
                title="年份",
                score=1.0,
                how="name",
                doubtful=False,
                candidates=[],
            ),
            HeaderItem(
                header="招的专业",
                samples=["法学", "软件工程"],
                column="program_name",
                title="专业名称",
                score=0.83,
                how="similar",
                doubtful=True,
                candidates=[CandidateItem(column="program_name", title="专业名称", score=0.83)],
            ),
        ],
        missing=["专业名称"],
        constants={},
        kept_mapping="",
        looks_like=None,
        rows=[{"年份": "2025", "招的专业": "法学"}],
    ),
)


async def _arrived(
    request: Request, asked: Annotated[ProposalFilters, Query()]
) -> AsyncIterator[tuple[ProposalFilters, Path]]:
    asked_once(request)
    async with body_as_file(request, plain_name(asked.filename, ending_of(request))) as path:
        yield asked, path


@router.post(
    "/column-proposals",
    summary="装入前看列的对应 Propose columns for a file",
    responses=answers(EXAMPLE, published=False) | refusals("content_too_large", "insufficient_storage"),
    openapi_extra=file_body(),
)
def propose_columns(
    response: Response,
    _principal: Manager,
    arrived: Annotated[tuple[ProposalFilters, Path], Depends(_arrived)],
) -> ColumnProposals:
    """请求体就是文件，不用表单：回答每个表头会当作哪一列、把握多大、几个值，缺什么列，以及前几行；什么也不保存。

    不写 `kind` 时先找出像的种类。`doubtful` 的表头在装入时（`POST /v1/batches`）用 `column=字段:表头` 或 `ignore=表头` 回答。

    The body is the file itself. Says what each header would be taken for, how surely, with samples and what is
    missing; nothing is stored. Without `kind` the likely kinds are found first.
    """
    asked, path = arrived
    response.headers["Cache-Control"] = NO_STORE
    likely = [] if asked.kind else likely_kinds(path)
    kind = asked.kind or next(iter(likely), None)
    proposal = propose_file(path, kind, source=asked.source or None) if kind else None
    return ColumnProposals(likely_kinds=likely, proposal=_item(proposal) if proposal else None)


def _item(proposal: FileProposal) -> ProposalItem:
    kind = KINDS[proposal.kind]
    titles = {column.name: column.title for column in kind.columns}
    members = proposal.as_dict()
    for header in members["headers"]:
        header["title"] = titles.get(header["column"])
    return ProposalItem.model_validate(members | {"kind_name": kind.title})
