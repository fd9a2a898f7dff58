"""The description of the API: tags, the answers every operation can give, and the schema of problems."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from app.api.listing import Listing, Model
from app.api.problems import MEDIA_TYPE, PROBLEM_TYPES, Problem, problem

TITLE = "产教 Chanjiao"
DESCRIPTION = """
产教融合信息服务平台的测算服务：专业与产业需求的适配、供需平衡、专业调整建议、订单班安排与贯通培养。

The engine behind an industry–education information service platform.

* 读接口只给出**已发布的一次测算**；测算编号就是 `ETag`，带 `If-None-Match` 再读，未变化时回答 304。
* 每一条都写明名称、测算编号 `run`，以及所依据的数据中是否有模拟数据 `simulated`。
* 列表用 `limit`（1–500，默认 50）与 `offset` 翻页，`Link` 头给出前后页；不认识的参数会被拒绝。
* 出错时回答 `application/problem+json`（RFC 9457），`errors` 逐项说明哪里不对、怎样改。
* 层次可用代码（`bachelor`）或中文（本科、高职、中专……）。
""".strip()

CATALOGUE = "专业、职业与行业"
SUPPLY = "院校与专业点"
RESULTS = "测算结果"
CLASSES = "订单班与贯通"
DEMAND = "企业需求与匹配"
SCENARIOS = "情景"
REVIEWS = "审核"
REGISTERS = "企业、学校资源与联盟"
RUNS = "测算与发布"
INTAKE = "数据与质量"
SERVICE = "服务"

TAGS = [
    {"name": CATALOGUE, "description": "官方分类目录及其适配度。Official classifications and fits."},
    {"name": SUPPLY, "description": "学校和它们开设的专业。Schools and what they offer."},
    {"name": RESULTS, "description": "供需平衡与专业调整建议。Balances and recommendations."},
    {"name": CLASSES, "description": "订单班安排与贯通培养。Order classes and pathways."},
    {"name": DEMAND, "description": "企业提交需求；任意文字匹配。Posting demand, matching any text."},
    {"name": SCENARIOS, "description": "假设会怎样：存、算、比较。What-if questions and their answers."},
    {"name": REVIEWS, "description": "审核调整建议。Reviewing recommendations."},
    {"name": REGISTERS, "description": "储备库、实训基地、培训服务、联盟、动态。Registers and services."},
    {"name": RUNS, "description": "测算、发布与数据批次。Runs, publications and batches."},
    {
        "name": INTAKE,
        "description": "批次、隔离区、质量与溯源。Batches, quarantine, data quality, lineage.",
    },
    {"name": SERVICE, "description": "运行状态与问题说明。Health, and what problems mean."},
]

RUN_ID = "01939c52-7f0a-7c41-9a55-2f4f0f7c6a10"
"""The run of the examples."""

_ETAG = {
    "description": "测算编号，带引号 The id of the run, quoted",
    "schema": {"type": "string"},
    "example": f'"{RUN_ID}"',
}
_EXAMPLES: list[dict[str, Any]] = []
"""Examples by number: FastAPI drops every null from what it is given, and our examples show theirs."""
_LINK = {"description": "前后页 Pages around this one (RFC 8288)", "schema": {"type": "string"}}


def answers(
    example: BaseModel,
    *,
    listed: bool = False,
    published: bool = True,
    missing: bool = False,
    refuses: bool = True,
    unpublished: bool = False,
    unready: bool = False,
    conflicts: bool = False,
    status: int = 200,
) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation, for `responses=`.

    `example`: what it answers where all is well; `listed`: it answers a page of such; `published`: served from the
    publication, so with ETag, 304 and 503; `missing`: its path can name what is not there; `refuses`: it has
    parameters that can be wrong; `unpublished`: it needs a publication but is no part of it; `unready`: it needs the
    database in order; `conflicts`: the state of things can forbid it.
    """
    body = example.model_dump(mode="json", by_alias=True)
    if listed:
        page = Listing[Model](run=RUN_ID if published else None, total=1, limit=50, offset=0, items=[])
        body = page.model_dump() | {"items": [body]}
    _EXAMPLES.append(body)
    well: dict[str, Any] = {"content": {"application/json": {"example": len(_EXAMPLES) - 1}}}
    headers = ({"ETag": _ETAG} if published else {}) | ({"Link": _LINK} if "items" in body else {})
    if headers:
        well["headers"] = headers
    given: dict[int | str, dict[str, Any]] = {status: well, 500: _problem("internal_error")}
    if published:
        given[304] = {"description": "与 If-None-Match 相同，没有变化 Not modified"}
    if published or unpublished:
        given[503] = _problem("nothing_published")
    if missing:
        given[404] = _problem("not_found")
    if refuses:
        given[422] = _problem("validation_failed")
    if conflicts:
        given[409] = _problem("conflict")
    if unready:
        given[503] = _problem("database_state")
    return given


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The ways in which an operation that answers nothing can fail, by the codes of PROBLEM_TYPES."""
    return {PROBLEM_TYPES[code].status: _problem(code) for code in (*codes, "internal_error")}


def _problem(code: str) -> dict[str, Any]:
    kind = PROBLEM_TYPES[code]
    example = problem(code, kind.status, kind.meaning, "/v1/…").model_dump(mode="json")
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": kind.title, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}


def describe(app: FastAPI) -> None:
    """Let the application describe itself as it is: problems for errors, and examples with their nulls."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            for operations in made["paths"].values():
                for operation in operations.values():
                    _mend(operation["responses"])
            schemas = made["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= own.pop("$defs")
            schemas["Problem"] = own
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _mend(responses: dict[str, Any]) -> None:
    """Put the examples in place, and take out the 422 that FastAPI adds wherever a path has a parameter."""
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]
    for answer in responses.values():
        for content in answer.get("content", {}).values():
            if isinstance(content.get("example"), int):
                content["example"] = _EXAMPLES[content["example"]]
