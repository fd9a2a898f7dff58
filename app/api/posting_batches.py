"""Many postings 岗位需求 at once, as JSON or as a file; every one gets an answer of its own."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.api.layer import Layer
from app.api.listing import Model
from app.api.openapi import DEMAND, answers
from app.api.posting_answers import answered, post
from app.api.posting_forms import EXAMPLE, PostingAnswer
from app.api.posting_request import PostingRequest
from app.api.postings import IdempotencyKey
from app.api.reader import Reading
from app.api.validation import FieldProblem, field_problems
from app.errors import ChanjiaoError, InvalidInputError
from app.ingest import ingest_file
from app.models import Posting, QuarantinedRow
from app.runs.embeddings import EmbeddingLayer
from app.runs.posting_reception import Reception

router = APIRouter(tags=[DEMAND])
MOST, SHOWN = 100, 5
"""Postings in one request, and offerings shown for each."""
MOST_ROWS = 500
"""Rows of a file that are told of one by one, the first MOST of those stored among them; the batch has the others."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIXES = {
    XLSX: ".xlsx",
    "text/csv": ".csv",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
}
_Poster = Annotated[Principal, Depends(require(Permission.POST_DEMAND))]


class PostingBatchRequest(BaseModel):
    """Postings; each is checked by itself, with the members of POST /v1/postings."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "postings": [
                        {"enterprise": "示例企业", "title": "集成电路测试工程师", "heads": 30},
                        {"enterprise": "示例企业", "title": "数控车工", "heads_low": 20, "heads_high": 30},
                    ]
                }
            ]
        },
    )

    postings: list[dict[str, Any]] = Field(
        min_length=1, max_length=MOST, description="各份需求，成员同 POST /v1/postings。"
    )


class Refusal(Model):
    """Why a posting was not stored."""

    code: str
    detail: str = Field(description="哪里不对、怎样改。What is wrong and what to do.")
    errors: list[FieldProblem] = Field(description="逐项的问题。What is wrong, item by item.")


class PostingResult(Model):
    """What became of one posting."""

    number: int = Field(description="第几份，从 1 起；文件为行号。Its place from 1; of a file its row.")
    status: int = Field(description="单独提交时的状态：201、200、409、422。As if it had been posted alone.")
    answer: PostingAnswer | None = Field(
        description="同 POST /v1/postings，专业点只列前 5 个。As of POST /v1/postings, with 5 offerings."
    )
    refusal: Refusal | None


class PostingResults(Model):
    """What became of each posting."""

    received: int = Field(description="收到 份")
    stored: int = Field(description="新保存 份")
    repeated: int = Field(description="此前已有 份")
    refused: int = Field(description="未能接收 份")
    batch_id: str | None = Field(description="文件的数据批次；JSON 为空。Batch of a file.")
    results: list[PostingResult] = Field(
        description=f"逐份的结果；文件至多列出 {MOST} 份已保存的与 {MOST_ROWS} 行有错的，与此前相同的行只计数。One by one."
    )


class FileFilters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f]{1,100}$")] = Field(
        "postings", description="文件名，记入批次。File name, kept with the batch."
    )
    simulated: bool = Field(False, description="是否为演示用的模拟需求。Whether it is made up.")


_RESULTS = PostingResults(
    received=2,
    stored=1,
    repeated=0,
    refused=1,
    batch_id=None,
    results=[
        PostingResult(number=1, status=201, answer=EXAMPLE, refusal=None),
        PostingResult(
            number=2,
            status=422,
            answer=None,
            refusal=Refusal(
                code="validation_failed",
                detail="有 1 处不合要求：heads：必须大于或等于 1",
                errors=[
                    FieldProblem(
                        location="body",
                        field="heads",
                        pointer="/postings/1/heads",
                        code="greater_than_equal",
                        message="必须大于或等于 1",
                    )
                ],
            ),
        ),
    ],
)


@router.post(
    "/postings/batch",
    summary="成批提交岗位需求 Post many talent demands",
    responses=answers(_RESULTS, published=False),
)
def create_postings(
    reader: Reading,
    asked: PostingBatchRequest,
    principal: _Poster,
    layer: Layer,
    idempotency_key: IdempotencyKey = None,
) -> PostingResults:
    """一次提交至多 100 份需求，每份各得各的回答；一份写错不影响别的。带 `Idempotency-Key` 重发得到同样的回答。

    Up to 100 postings at once, each with its own answer; a wrong one does not touch the others.
    """
    results = []
    for place, raw in enumerate(asked.postings):
        key = f"{idempotency_key[:190]}#{place}" if idempotency_key else None
        with reader.unstored() as session:
            results.append(_result(session, place, raw, layer, principal, key))
    return _counted(results, len(results), None)


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/postings/file",
    summary="以文件提交岗位需求 Post talent demands as a file",
    responses=answers(_RESULTS, published=False),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in (XLSX, "text/csv")
            },
        }
    },
)
def create_postings_of_file(
    reader: Reading,
    request: Request,
    filters: Annotated[FileFilters, Query()],
    content: Annotated[bytes, Depends(_body)],
    principal: _Poster,
    layer: Layer,
) -> PostingResults:
    """请求体就是文件（XLSX 或 CSV，列名见数据格式说明），不用表单。逐行回答；有错的行进隔离区，别的照常保存。
    同一文件再次提交不会重复计数。

    The body is the file itself (XLSX or CSV). Row by row; wrong rows go to the quarantine, the others are stored.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in SUFFIXES:
        raise InvalidInputError(
            f"不接受 Content-Type {kind or '（空）'}", remedy=f"请用 {XLSX}（XLSX）或 text/csv"
        )
    if not content:
        raise InvalidInputError("请求体是空的", remedy="请把文件的内容放在请求体中")
    suffix = SUFFIXES[kind]
    with tempfile.TemporaryDirectory() as folder, reader.unstored() as session:
        path = Path(folder) / (filters.name.removesuffix(suffix) + suffix)
        path.write_bytes(content)
        report = ingest_file(session, path, "postings", source="api", simulated=filters.simulated)
        results = _rows(session, str(report.batch), layer, stored=not report.already)
        counted = _counted(results, report.read, report.batch)
        return counted.model_copy(
            update={
                "stored": report.accepted,
                "repeated": report.repeated,
                "refused": report.quarantined,
            }
        )


def _result(
    session: Session,
    place: int,
    raw: dict[str, Any],
    layer: EmbeddingLayer | None,
    principal: Principal,
    key: str | None,
) -> PostingResult:
    try:
        asked = PostingRequest.model_validate(raw)
    except ValidationError as error:
        found = field_problems(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        )
        errors = [each.model_copy(update={"pointer": f"/postings/{place}{each.pointer}"}) for each in found]
        said = "；".join(f"{each.field or '请求体'}：{each.message}" for each in errors)
        detail = f"有 {len(errors)} 处不合要求：{said}"
        return _refused(place, 422, Refusal(code="validation_failed", detail=detail, errors=errors))
    try:
        answer, fresh = post(session, asked, layer, principal, key, SHOWN)
    except ChanjiaoError as error:
        session.rollback()
        return _refused(place, error.status, Refusal(code=error.code, detail=str(error), errors=[]))
    return PostingResult(number=place + 1, status=201 if fresh else 200, answer=answer, refusal=None)


def _refused(place: int, status: int, refusal: Refusal) -> PostingResult:
    return PostingResult(number=place + 1, status=status, answer=None, refusal=refusal)


def _rows(
    session: Session, batch_id: str, layer: EmbeddingLayer | None, *, stored: bool
) -> list[PostingResult]:
    """What became of the rows of a batch, by row: the first MOST of those stored are ranked for."""
    postings = session.scalars(
        select(Posting).where(Posting.batch_id == batch_id).order_by(Posting.row).limit(MOST)
    ).all()
    refused = session.scalars(
        select(QuarantinedRow)
        .where(QuarantinedRow.batch_id == batch_id)
        .order_by(QuarantinedRow.row)
        .limit(MOST_ROWS)
    ).all()
    results = [
        PostingResult(
            number=row.row,
            status=422,
            answer=None,
            refusal=Refusal(
                code=row.reason_code,
                detail=f"{row.column}：{row.reason}。{row.remedy}"
                if row.column
                else f"{row.reason}。{row.remedy}",
                errors=[],
            ),
        )
        for row in refused
    ]
    for posting in postings:
        answer = answered(session, Reception(posting, not stored), layer, SHOWN)
        results.append(
            PostingResult(number=posting.row, status=201 if stored else 200, answer=answer, refusal=None)
        )
    return sorted(results, key=lambda each: each.number)


def _counted(results: list[PostingResult], received: int, batch_id: str | None) -> PostingResults:
    statuses = [each.status for each in results]
    return PostingResults(
        received=received,
        stored=statuses.count(201),
        repeated=statuses.count(200),
        refused=len(statuses) - statuses.count(201) - statuses.count(200),
        batch_id=batch_id,
        results=results,
    )
