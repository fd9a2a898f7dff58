"""Kinds 种类: what files can be loaded, what their columns are, and a template of each to fill in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, Field, WithJsonSchema

from app.access import Permission, require
from app.api.attachment import XLSX, attachment, file_answer
from app.api.listing import Listing, Model, Paging
from app.api.openapi import INTAKE, answers, refusals
from app.api.reader import REVALIDATE, Reading
from app.api.validation import refused
from app.errors import NotFoundError
from app.ingest import KINDS
from app.ingest.describe import example_cells
from app.ingest.schema import Column, Kind
from app.ingest.templates import write_template

router = APIRouter(tags=[INTAKE], dependencies=[Depends(require(Permission.READ_RECORDS))])


def _known(name: str) -> str:
    if name not in KINDS:
        raise refused("unknown_kind", f"没有种类 {name[:40]}", f"可用的种类：{'、'.join(KINDS)}")
    return name


KindName = Annotated[
    str,
    AfterValidator(_known),
    WithJsonSchema(
        {
            "type": "string",
            "enum": list(KINDS),
            "description": "种类，见 GET /v1/kinds。Kind of the file.",
            "examples": ["enrolment-plan"],
        }
    ),
]


class ColumnItem(Model):
    """A column of a kind."""

    name: str = Field(description="字段名，用在 column= 与 constant= 中。Our name of it.")
    title: str
    type: str = Field(description="各格是什么。What its cells are.")
    type_name: str
    required: bool = Field(description="文件必须有这一列。A file must have it.")
    description: str
    names: list[str] = Field(description="认得的其他列名。Other headers it goes by.")


class KindItem(Model):
    """A kind of file."""

    name: str
    title: str
    description: str
    columns: list[ColumnItem]
    one_of: list[list[str]] = Field(
        description="各组字段中至少要有一个。Of each group a file must have one at least."
    )
    example: dict[str, str] = Field(description="一行示例，按列名。An example row, by header.")


EXAMPLE = KindItem(
    name="enrolment-plan",
    title="招生计划",
    description="各校各专业的招生计划数，一行一个专业、年份、生源地",
    columns=[
        ColumnItem(
            name="plan",
            title="计划数",
            type="whole",
            type_name="整数",
            required=True,
            description="",
            names=["招生计划", "招生人数"],
        )
    ],
    one_of=[["school_code", "school_name"]],
    example={"学校": "复旦大学", "专业": "法学", "年份": "2025", "计划数": "40"},
)


@router.get(
    "/kinds",
    summary="文件的种类 List kinds of files",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_kinds(reader: Reading, response: Response, paging: Annotated[Paging, Query()]) -> Listing[KindItem]:
    """可以装入的文件的种类：各有哪些列、哪些必填、各格填什么、列名还可以怎样写。

    The kinds of files that can be loaded, with their columns and the headers these go by.
    """
    response.headers["Cache-Control"] = REVALIDATE
    return reader.cut(None, paging, list(KINDS.values()), _item)


@router.get(
    "/kinds/{kind}/template",
    summary="一个种类的模板 Template of a kind",
    response_class=Response,
    responses=file_answer("可填写的模板 A workbook to fill in", XLSX) | refusals("not_found"),
)
def get_template(kind: str) -> Response:
    """可填写的 XLSX：列名、下拉的选项、一行示例（有标记，装入时搁在一边）、填写说明；填好后交给 `POST /v1/batches`。

    A workbook to fill in: headers, lists to choose from, a marked example row, notes. Load it with `POST /v1/batches`.
    """
    if kind not in KINDS:
        raise NotFoundError(f"没有种类 {kind[:40]}", remedy=f"可用的种类：{'、'.join(KINDS)}")
    chosen = KINDS[kind]
    return attachment(
        lambda path: write_template(chosen, path), XLSX, f"模板-{chosen.title}", f"template-{kind}"
    )


def _item(kind: Kind) -> KindItem:
    return KindItem(
        name=kind.name,
        title=kind.title,
        description=kind.description,
        columns=[_column(column) for column in kind.columns],
        one_of=[list(group) for group in kind.one_of],
        example=example_cells(kind),
    )


def _column(column: Column) -> ColumnItem:
    return ColumnItem(
        name=column.name,
        title=column.title,
        type=column.type.name.lower(),
        type_name=column.type.value,
        required=column.required,
        description=column.note,
        names=list(column.synonyms),
    )
