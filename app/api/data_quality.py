"""Data quality 数据质量: completeness, values out of range, outliers, changes of codes and texts."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from app.access import Permission, require
from app.api.attachment import XLSX, attachment, file_answer
from app.api.listing import Model
from app.api.openapi import INTAKE, answers, refusals
from app.api.parameters import Identifier
from app.api.reader import Reading
from app.ingest.quality import QualityReport, batch_quality, whole_quality
from app.ingest.quality_export import export_quality
from app.models import now

router = APIRouter(tags=[INTAKE], dependencies=[Depends(require(Permission.READ_RECORDS))])
_FILE = file_answer("XLSX 文件 The report as XLSX", XLSX)


class FilledItem(Model):
    """How complete a column is."""

    column: str
    title: str
    filled: int
    share: float = Field(ge=0, le=1, description="有值的份额 0–1。Share of records with a value.")


class RefusedItem(Model):
    """Quarantined rows by column and reason."""

    column: str
    reason_code: str
    rows: int
    out_of_range: bool = Field(description="值超出范围。The value is out of range.")
    waiting: int = Field(description="还没有人改正的行。Not corrected yet.")


class OutlierItem(Model):
    """A figure that changed against the year before unlike the others."""

    key: str = Field(description="代码或名称，跨年比较的依据。What identifies the figure.")
    name: str = Field(description="对象的名称。The same in words.")
    column: str
    year: int
    before: float
    value: float
    score: float | None = Field(
        description="变化的修正 z 分数，超过 3.5 为异常；可比的太少时为空。Modified z-score of the change."
    )


class CodeChangeItem(Model):
    """Codes that are new or vanished against the earlier batch."""

    column: str
    known: int
    new: list[str] = Field(description="至多 20 个。At most 20.")
    new_count: int
    vanished: list[str] = Field(description="至多 20 个。At most 20.")
    vanished_count: int


class DriftItem(Model):
    """How far texts differ from those of the earlier batch."""

    column: str
    divergence: float = Field(description="用字的 Jensen–Shannon 散度，0–1 比特。Of character distributions.")
    chance: float = Field(description="同一来源的两份样本平均有多大散度。What chance alone gives.")
    drifted: bool
    characters: list[str] = Field(description="差别最大的字，+ 变多，- 变少。")


class QualityItem(Model):
    """The report on a batch, or on a kind."""

    kind: str
    kind_name: str
    batches: list[str]
    compared_with: str | None = Field(description="对比的上一批次；没有为空。The batch before.")
    read: int
    accepted: int
    repeated: int
    quarantined: int
    masked: int
    records: int = Field(description="所看的记录数，含重复的行所指的记录。")
    simulated: bool
    completeness: list[FilledItem]
    refused: list[RefusedItem]
    outliers: list[OutlierItem] = Field(
        description="与上年相比变化异常的数，变化大的在前。Against last year."
    )
    codes: list[CodeChangeItem]
    drift: list[DriftItem]
    findings: list[str] = Field(description="值得一看的，用文字。What deserves a look.")


class WholeQuality(Model):
    """The report on everything that counts, kind by kind."""

    kinds: list[QualityItem]


EXAMPLE = QualityItem(
    kind="outcomes",
    kind_name="报到与就业",
    batches=["01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11"],
    compared_with=None,
    read=120,
    accepted=118,
    repeated=0,
    quarantined=2,
    masked=0,
    records=118,
    simulated=False,
    completeness=[FilledItem(column="matched_rate", title="对口率", filled=59, share=0.5)],
    refused=[RefusedItem(column="对口率", reason_code="out_of_range", rows=2, out_of_range=True, waiting=2)],
    outliers=[
        OutlierItem(
            key="4131010856 bachelor 080703",
            name="上海工程技术大学 普通本科 通信工程",
            column="destination_rate",
            year=2025,
            before=0.95,
            value=0.55,
            score=-9.1,
        )
    ],
    codes=[],
    drift=[],
    findings=["2 行有超出范围的值"],
)


def quality_item(report: QualityReport) -> QualityItem:
    return QualityItem.model_validate(report.as_dict())


@router.get(
    "/data-quality",
    summary="数据质量 Data quality",
    responses=answers(WholeQuality(kinds=[EXAMPLE]), published=False, refuses=False),
)
def get_data_quality(reader: Reading) -> WholeQuality:
    """全部计入的数据，按种类：各列的完整度、隔离的原因、与上年相比的异常、最近一批的代码与用字变化。

    The report on everything that counts, kind by kind.
    """
    with reader.records() as session:
        return WholeQuality(kinds=[quality_item(report) for report in whole_quality(session)])


@router.get(
    "/batches/{batch_id}/quality",
    summary="一个批次的质量 Quality of a batch",
    responses=answers(EXAMPLE, published=False, missing=True),
)
def get_batch_quality(reader: Reading, batch_id: Identifier) -> QualityItem:
    """一个批次的完整度、隔离的原因、与上年相比的异常，以及与同种类上一批（同来源优先）相比的代码与用字变化。

    The report on one batch, compared with the one before of its kind.
    """
    with reader.records() as session:
        return quality_item(batch_quality(session, batch_id))


@router.get(
    "/data-quality/export",
    summary="导出数据质量 Export data quality",
    response_class=Response,
    responses=_FILE | refusals("database_state"),
)
def get_data_quality_file(reader: Reading) -> Response:
    """同 `GET /v1/data-quality`，为 XLSX：总览，以及完整度、隔离的原因、异常、代码与用字变化各一张表。

    The report on everything that counts, as a workbook: an overview, and a sheet for each part.
    """
    with reader.records() as session:
        reports = whole_quality(session)
    day = now().date().isoformat()
    return _file(reports, f"数据质量-{day}", f"data-quality-{day}")


@router.get(
    "/batches/{batch_id}/quality/export",
    summary="导出一个批次的质量 Export the quality of a batch",
    response_class=Response,
    responses=_FILE | refusals("not_found", "validation_failed"),
)
def get_batch_quality_file(reader: Reading, batch_id: Identifier) -> Response:
    """同 `GET /v1/batches/{id}/quality`，为 XLSX。

    The report on one batch, as a workbook.
    """
    with reader.records() as session:
        report = batch_quality(session, batch_id)
    return _file([report], f"数据质量-{report.kind_name}-{batch_id[:8]}", f"data-quality-{batch_id}")


def _file(reports: Sequence[QualityReport], name: str, plain: str) -> Response:
    return attachment(lambda path: export_quality(reports, path), XLSX, name, plain)
