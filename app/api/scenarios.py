"""Scenarios 情景: what-if questions on the published run, answered in seconds and compared with it."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.api.listing import Listing, Paging
from app.api.openapi import SCENARIOS, answers, refusals
from app.api.parameters import Identifier
from app.api.reader import Reader, Reading
from app.api.scenario_comparison_forms import (
    COMPARISON_EXAMPLE,
    ScenarioComparison,
    comparison_items,
    comparison_members,
)
from app.api.scenario_forms import EXAMPLE, ScenarioItem, ScenarioRequest, result_item, scenario_item
from app.models import Scenario, ScenarioRun
from app.runs.pages import page
from app.runs.publish import current_publication
from app.runs.scenario_comparison import MOST, compare_scenarios
from app.runs.scenarios import add_scenario, delete_scenario, find_scenario, result_of, run_scenario

router = APIRouter(tags=[SCENARIOS])
log = structlog.get_logger("chanjiao.api")
_Analyst = Annotated[Principal, Depends(require(Permission.RUN_SCENARIOS))]
_EXISTING: dict[int | str, dict[str, Any]] = {
    200: {"description": "此前已有同样的 It was there before", "model": ScenarioItem}
}


class CompareFilters(Paging):
    ids: Annotated[str, Field(pattern=r"^[0-9A-Za-z_,一-鿿-]{1,600}$")] = Field(
        description=f"情景的编号或名称，用逗号分开，至多 {MOST} 个。Ids or names, with commas between.",
        examples=["ic-demand-30,registration-minus-5"],
    )


@router.get(
    "/scenarios",
    summary="情景列表 List scenarios",
    responses=answers(EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def list_scenarios(reader: Reading, paging: Annotated[Paging, Query()]) -> Listing[ScenarioItem]:
    """存下的情景，新的在前，各附最近一次结果。

    Stored scenarios, latest first, each with its latest result.
    """
    found = select(Scenario).order_by(Scenario.at.desc(), Scenario.id.desc())
    with reader.records() as session:
        rows = page(session, found, paging.window)
        return reader.page(None, paging, rows, lambda row: _item(session, row))


@router.post(
    "/scenarios",
    status_code=201,
    summary="存一个情景 Store a scenario",
    responses=answers(EXAMPLE, published=False, conflicts=True, status=201) | _EXISTING,
)
def create_scenario(
    reader: Reading, response: Response, asked: ScenarioRequest, principal: _Analyst
) -> ScenarioItem:
    """检查并存下一个情景：需求、比率、招生计划、新校区、政策参数的调整。存后不变；同名而内容不同则回答 409。

    Check and store a what-if question. It never changes; another definition under the same name is refused.
    """
    with reader.unstored() as session:
        row, new = add_scenario(session, asked.root, principal.id)
        if not new:
            response.status_code = 200
        response.headers["Location"] = f"/v1/scenarios/{row.id}"
        return _item(session, row)


@router.get(
    "/scenarios/compare",
    summary="并排比较情景 Compare scenarios",
    responses=answers(COMPARISON_EXAMPLE, published=False, missing=True, unpublished=True, conflicts=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def compare(reader: Reading, filters: Annotated[CompareFilters, Query()]) -> ScenarioComparison:
    """各情景与已发布的测算并排：每个专业的供给、需求、缺口及其区间、各类建议，变化大的在前。都须先运行过。

    Scenarios beside the published run: supply, demand, gap with its interval and actions of each program.
    """
    with reader.records() as session:
        names = [name for name in filters.ids.split(",") if name]
        return _comparison(session, reader, filters, [find_scenario(session, name) for name in names])


@router.get(
    "/scenarios/{scenario_id}",
    summary="一个情景 One scenario",
    responses=answers(EXAMPLE, published=False, missing=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_scenario(reader: Reading, scenario_id: Identifier) -> ScenarioItem:
    """一个情景的定义与最近一次结果：每一条改动了什么，前后各多少。按编号，ASCII 的名称也可以。

    A scenario by id or name, with what each of its entries altered.
    """
    with reader.records() as session:
        return _item(session, find_scenario(session, scenario_id))


@router.delete(
    "/scenarios/{scenario_id}",
    status_code=204,
    summary="删除情景 Delete a scenario",
    response_class=Response,
    responses=refusals("not_found", "validation_failed"),
)
def remove_scenario(reader: Reading, scenario_id: Identifier, principal: _Analyst) -> Response:
    """删除一个情景，连同它的结果。

    Delete a scenario with its results.
    """
    with reader.unstored() as session:
        row = find_scenario(session, scenario_id)
        runs = delete_scenario(session, row)
        log.info("scenario deleted", scenario=row.name, runs=runs, principal=principal.id)
    return Response(status_code=204)


@router.post(
    "/scenarios/{scenario_id}/run",
    status_code=201,
    summary="运行情景 Run a scenario",
    responses=answers(EXAMPLE, published=False, missing=True, unpublished=True, conflicts=True, status=201)
    | _EXISTING,
)
def run(reader: Reading, response: Response, scenario_id: Identifier, principal: _Analyst) -> ScenarioItem:
    """在已发布的测算的快照上运行，沿用它的适配度，数秒得到结果；同一发布上再次运行给出已有的结果（200）。

    Run it on the snapshot of the published run with the fits of that run. The result is never published.
    """
    with reader.unstored() as session:
        row = find_scenario(session, scenario_id)
        result, new = run_scenario(session, row, lambda _step, _done: None)
        log.info("scenario run", scenario=row.name, run=result.id, new=new, principal=principal.id)
        if not new:
            response.status_code = 200
        return _item(session, row)


@router.get(
    "/scenarios/{scenario_id}/comparison",
    summary="情景与现状 Compare a scenario with the publication",
    responses=answers(COMPARISON_EXAMPLE, published=False, missing=True, unpublished=True, conflicts=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_comparison(
    reader: Reading, scenario_id: Identifier, paging: Annotated[Paging, Query()]
) -> ScenarioComparison:
    """一个情景与已发布的测算并排，变化大的专业在前。

    A scenario beside the published run, the largest changes first.
    """
    with reader.records() as session:
        return _comparison(session, reader, paging, [find_scenario(session, scenario_id)])


def _comparison(
    session: Session, reader: Reader, paging: Paging, scenarios: list[Scenario]
) -> ScenarioComparison:
    compared = compare_scenarios(session, scenarios)
    items = comparison_items(paging.cut(compared.programs))
    page = reader.listing(compared.runs[0].id, paging, len(compared.programs), items)
    return ScenarioComparison(**dict(page), **comparison_members(compared))


def _item(session: Session, row: Scenario) -> ScenarioItem:
    publication = current_publication(session)
    published = publication.run_id if publication else None
    result = result_of(session, row, published) or result_of(session, row)
    if result is None:
        return scenario_item(row, None)
    base_run = session.get_one(ScenarioRun, result.id).base_run_id
    return scenario_item(row, result_item(result, base_run, published))
