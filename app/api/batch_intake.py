"""Files loaded through the API: the body is the file, and becomes a batch as with `chanjiao ingest`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from app.api.column_answers import (
    Columns,
    Constants,
    Ignored,
    columns_said,
    constants_said,
    headers_ignored,
)
from app.api.column_proposals import SourceName
from app.api.kinds import KindName
from app.api.listing import Model
from app.api.openapi import INTAKE, answers, refusals
from app.api.parameters import PLAIN
from app.api.quarantine import Manager
from app.api.reader import Reading
from app.api.received_file import (
    FileName,
    asked_once,
    body_as_file,
    ending_of,
    file_body,
)
from app.api.validation import refused
from app.errors import ChanjiaoError
from app.ingest import KINDS, BatchReport, ingest_file
from app.ingest.batch_records import STATES
from app.ingest.mappings import ColumnMapping, mapping_for
from app.ingest.uploads import plain_name

router = APIRouter(tags=[INTAKE])
log = structlog.get_logger("chanjiao.api")
_LISTS = ("column", "constant", "ignore")
_OPTIONS = (
    "在接口中：--kind、--source、--supersede 就是同名的参数，--mapping 写成 column=字段:表头、constant=字段:值、ignore=表头；"
    "各列的建议见 POST /v1/column-proposals"
)


class IntakeFilters(BaseModel):
    """What is said of a file. What a later field is checked against stands before it."""

    model_config = ConfigDict(extra="forbid")

    kind: KindName
    filename: FileName = ""
    source: SourceName = ""
    licence: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), PLAIN] = Field(
        "", description="来源的使用许可说明。Terms of the source.", examples=["公开信息"]
    )
    simulated: bool = Field(False, description="整个文件是模拟数据。All of it is made up.")
    hold: bool = Field(
        False,
        description="只检查并留存，等 POST /v1/batches/{id}/moves 接收才计入。Check and keep; it counts when accepted.",
    )
    supersede: bool = Field(
        False,
        description="取代同一来源、同一种类的已有批次。Take the place of the earlier batches of its source and kind.",
    )
    dry_run: bool = Field(False, description="只检查，不保存。Only check.")
    column: Columns = []
    constant: Constants = []
    ignore: Ignored = []
    save_mapping: bool = Field(
        False,
        description="记住这些回答，此来源的同种文件以后自动采用；只检查时不记。Keep the answers for later files of the source.",
    )

    @field_validator("supersede", "save_mapping")
    @classmethod
    def _of_a_source(cls, wanted: bool, info: ValidationInfo) -> bool:
        if wanted and info.data.get("source") == "" and info.data.get("filename") == "":
            raise refused("source_missing", "没有来源，不知道是谁的", "请写明 source")
        return wanted

    @field_validator("column")
    @classmethod
    def _names_columns(cls, given: list[str], info: ValidationInfo) -> list[str]:
        if kind := KINDS.get(info.data.get("kind", "")):
            columns_said(given, kind)
        return given

    @field_validator("constant")
    @classmethod
    def _names_values(cls, given: list[str], info: ValidationInfo) -> list[str]:
        if kind := KINDS.get(info.data.get("kind", "")):
            constants_said(given, kind)
        return given

    @field_validator("ignore")
    @classmethod
    def _names_headers(cls, given: list[str], info: ValidationInfo) -> list[str]:
        if (kind := KINDS.get(info.data.get("kind", ""))) and "column" in info.data:
            headers_ignored(given, columns_said(info.data["column"], kind))
        return given

    def mapping(self) -> ColumnMapping | None:
        """The answers given; None where there are none."""
        kind = KINDS[self.kind]
        columns = columns_said(self.column, kind)
        said = ColumnMapping(
            columns, constants_said(self.constant, kind), headers_ignored(self.ignore, columns)
        )
        return said if self.column or self.constant or self.ignore else None


class IntakeReport(Model):
    """What became of a file: read = accepted + repeated + quarantined."""

    kind: str
    kind_name: str
    file: str
    read: int = Field(description="读到的行数")
    accepted: int = Field(description="接收的行数")
    repeated: int = Field(description="重复的行数")
    quarantined: int = Field(description="隔离的行数")
    guessed: int = Field(
        description="不是照原样采用的处数：按相近的名称对应，或没有读出。Cells taken by likeness, or left out."
    )
    masked: int = Field(description="保存前遮去的个人信息处数。Personal data masked before storage.")
    seconds: float
    batch: str | None = Field(description="批次；只检查时为空。The batch; null of a dry run.")
    state: str = Field(description="accepted 已计入、validated 留存待定；只检查时为空。State of the batch.")
    state_name: str
    superseded: list[str] = Field(description="被取代的批次。Batches whose place it took.")
    already: bool = Field(
        description="同样的内容此前已装入，没有改变。The same content was there; nothing changed."
    )
    dry_run: bool
    warnings: list[str]
    reasons: dict[str, int] = Field(description="隔离的行数，按原因代码。Quarantined rows by reason.")
    quarantine_sample: list[dict[str, Any]] = Field(description="每种原因至多 3 行。Three of each reason.")


EXAMPLE = IntakeReport(
    kind="enrolment-plan",
    kind_name="招生计划",
    file="某校招生计划.csv",
    read=3,
    accepted=2,
    repeated=0,
    quarantined=1,
    guessed=0,
    masked=0,
    seconds=0.04,
    batch="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
    state="accepted",
    state_name="已接收",
    superseded=[],
    already=False,
    dry_run=False,
    warnings=[],
    reasons={"unknown_program": 1},
    quarantine_sample=[
        {
            "row": 3,
            "column": "专业名称",
            "value": "炼金学",
            "reason_code": "unknown_program",
            "reason": "普通本科专业目录中没有“炼金学”",
            "remedy": "请核对专业名称与层次；新设专业请先更新专业目录",
        }
    ],
)
_UNCHANGED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "只检查，或同样的内容此前已装入 A dry run, or the same content was there",
        "model": IntakeReport,
    }
}


async def _arrived(
    request: Request, asked: Annotated[IntakeFilters, Query()]
) -> AsyncIterator[tuple[IntakeFilters, Path]]:
    asked_once(request, *_LISTS)
    async with body_as_file(request, plain_name(asked.filename, ending_of(request))) as path:
        yield asked, path


@router.post(
    "/batches",
    status_code=201,
    summary="装入文件 Load a file",
    responses=answers(EXAMPLE, published=False, conflicts=True, unready=True, status=201)
    | _UNCHANGED
    | refusals("content_too_large", "insufficient_storage"),
    openapi_extra=file_body(),
)
def load_file(
    reader: Reading,
    response: Response,
    principal: Manager,
    arrived: Annotated[tuple[IntakeFilters, Path], Depends(_arrived)],
) -> IntakeReport:
    """请求体就是文件（CSV、XLSX、XLS、JSON、JSONL，或它们的 ZIP；编码与表头自动找到），不用表单。同 `chanjiao ingest`：每一行
    要么成为记录，要么算作重复，要么进隔离区并说明原因；全部保存或都不保存。同样的内容再次提交回答 200、原来的批次与
    `already: true`。

    有不能确定的表头时回答 422，逐列说明；先用 `POST /v1/column-proposals` 看建议，再用 `column=字段:表头`、`constant=字段:值`、
    `ignore=表头`（都可写多次）回答，为此来源保存的列对应照样采用，以这次的回答为准。

    The body is the file itself. Every row becomes a record, a repeat, or goes to the quarantine with a reason; all is
    stored or nothing. Headers in doubt are refused with 422: ask `POST /v1/column-proposals`, and answer with `column`,
    `constant` and `ignore`, which go before the mapping that is kept for the source.
    """
    asked, path = arrived
    said = asked.mapping()
    kept = mapping_for(None, KINDS[asked.kind], asked.source or path.name) if said else None
    with reader.unstored() as session, _options_named():
        report = ingest_file(
            session,
            path,
            asked.kind,
            source=asked.source or None,
            mapping=kept.with_answers(said) if kept and said else None,
            dry_run=asked.dry_run,
            simulated=asked.simulated,
            licence=asked.licence,
            who=principal.id,
            hold=asked.hold,
            supersede=asked.supersede,
            save_mapping=asked.save_mapping and said is not None,
        )
    if kept and kept.origin:
        report.warnings.append("采用了为此来源保存的列对应，以这次的回答为准")
    if report.batch:
        response.headers["Location"] = f"/v1/batches/{report.batch}"
    if report.already or report.dry_run:
        response.status_code = 200
    else:
        log.info(
            "file loaded",
            batch=report.batch,
            kind=report.kind,
            state=report.state,
            read=report.read,
            quarantined=report.quarantined,
            principal=principal.id,
        )
    return _item(report)


@contextmanager
def _options_named() -> Iterator[None]:
    """Errors that name options of the command line say what these are here."""
    try:
        yield
    except ChanjiaoError as error:
        if "--" in error.remedy:
            error.remedy += f"\n{_OPTIONS}"
        raise


def _item(report: BatchReport) -> IntakeReport:
    return IntakeReport(
        **report.as_dict(),
        kind_name=KINDS[report.kind].title,
        state_name=STATES.get(report.state, report.state),
    )
