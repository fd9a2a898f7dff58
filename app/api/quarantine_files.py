"""The quarantine 隔离区 as a file: what waits, to be corrected in a spreadsheet, and taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.attachment import CSV, ENDINGS, XLSX, attachment, file_answer
from app.api.openapi import INTAKE, answers, refusals
from app.api.parameters import Identifier
from app.api.quarantine import CORRECTED, Corrected, Manager
from app.api.reader import Reading
from app.api.received_file import body_as_file, ending_of, file_body
from app.ingest.batch_moves import get_batch
from app.ingest.quarantine import export_quarantine
from app.ingest.quarantine_import import import_corrections

router = APIRouter(tags=[INTAKE])
log = structlog.get_logger("chanjiao.api")


class ExportFilters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    batch: Identifier = Field(description="批次编号：各批的列不同，一次一批。Batch.")
    format: Literal["csv", "xlsx"] = Field("xlsx", description="文件格式。File format.")


class ImportFilters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(False, description="只检查，不保存。Only check.")


@router.get(
    "/quarantine/export",
    summary="导出等待改正的行 Export rows to be corrected",
    response_class=Response,
    responses=file_answer("等待改正的行 The rows that wait", XLSX, CSV)
    | refusals("not_found", "validation_failed"),
)
def get_quarantine_file(
    reader: Reading, filters: Annotated[ExportFilters, Query()], principal: Manager
) -> Response:
    """一个批次等待改正的行：原来的列在中间，前面是隔离编号与行号，后面是原因与如何改正。只改原来的列，改好后交给
    `POST /v1/quarantine/import`。像公式的格前加了撇号，交回时去掉。没有等待的行时回答 422。

    The rows of a batch that wait, as XLSX or CSV. Change the original columns only, and send the file back. Cells that
    look like formulas are escaped.
    """
    with reader.unstored() as session:
        batch = get_batch(session, filters.batch)
        answer = attachment(
            lambda path: export_quarantine(session, batch.id, path),
            XLSX if filters.format == "xlsx" else CSV,
            f"隔离的行-{Path(batch.filename).stem}-{batch.id[:8]}",
            f"quarantine-{batch.id}",
        )
        log.info("quarantine exported", batch=batch.id, format=filters.format, principal=principal.id)
        return answer


async def _received(request: Request) -> AsyncIterator[Path]:
    ending = ending_of(request, ENDINGS, f"请用 {XLSX}（XLSX）或 {CSV}")
    async with body_as_file(request, f"改正的行{ending}") as path:
        yield path


@router.post(
    "/quarantine/import",
    summary="以文件交回改正的行 Submit corrected rows as a file",
    responses=answers(CORRECTED, published=False, conflicts=True, unready=True)
    | refusals("content_too_large", "insufficient_storage"),
    openapi_extra=file_body(ENDINGS),
)
def submit_corrected_file(
    reader: Reading,
    filters: Annotated[ImportFilters, Query()],
    principal: Manager,
    path: Annotated[Path, Depends(_received)],
) -> Corrected:
    """请求体就是改正后的导出文件（XLSX，或表格软件另存的 CSV），不用表单。按隔离编号认出各行：没有改动的继续等待，改动的成为
    新的批次；一行都不能接收时什么也不改变。重复提交不会重复计数。

    The body is the corrected export itself. Rows are told by their number; those that changed become a new batch.
    """
    with reader.unstored() as session:
        report = import_corrections(session, path, who=principal.id, dry_run=filters.dry_run)
        log.info("rows corrected", batch=report.of, read=report.read, principal=principal.id)
        return Corrected(**report.as_dict())
