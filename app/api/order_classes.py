"""Order classes 订单班: proposed from the published run, accepted, confirmed, signed, run and closed."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Response

from app.access import Permission, Principal, require
from app.api.listing import Listing
from app.api.openapi import CLASSES, answers, refusals
from app.api.order_class_forms import (
    DETAIL_EXAMPLE,
    EXAMPLE,
    PROPOSALS_EXAMPLE,
    ClassMoveRequest,
    OrderClassDetail,
    OrderClassFilters,
    OrderClassItem,
    OutcomeRequest,
    ProposalsItem,
    class_detail,
    class_item,
    proposals_item,
)
from app.api.parameters import Identifier
from app.api.reader import Reading
from app.runs.order_class_agreement import DOCX, agreement_of
from app.runs.order_class_outcomes import outcomes_of, record_outcome
from app.runs.order_class_replacement import place_anew
from app.runs.order_classes import get_class, listed_classes, move_class, propose_classes
from app.runs.pages import page

router = APIRouter(tags=[CLASSES])
log = structlog.get_logger("chanjiao.api")
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "DOCX 文件 The draft as DOCX",
        "content": {DOCX: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_Mover = Annotated[Principal, Depends(require(Permission.MOVE_CLASSES))]


@router.get(
    "/order-classes",
    summary="订单班列表 List order classes",
    responses=answers(EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def list_order_classes(
    reader: Reading, filters: Annotated[OrderClassFilters, Query()]
) -> Listing[OrderClassItem]:
    """已提出的订单班及其状态，最近动过的在前。

    Order classes and where they stand, the latest moved first.
    """
    with reader.records() as session:
        found = listed_classes(
            states=(filters.state,) if filters.state else (),
            school=filters.school,
            posting=filters.posting,
            enterprise=filters.enterprise,
            level=filters.level,
            program=filters.program,
        )
        return reader.page(None, filters, page(session, found, filters.window), class_item)


@router.post(
    "/order-classes/proposals",
    summary="按已发布的测算提出订单班 Propose order classes",
    responses=answers(PROPOSALS_EXAMPLE, published=False, refuses=False, unpublished=True),
)
def propose_order_classes(
    reader: Reading, principal: Annotated[Principal, Depends(require(Permission.PROPOSE_CLASSES))]
) -> ProposalsItem:
    """把已发布的测算的订单班安排变为提议，请学校答复。再次调用不会重复；已接受、已签约的不动。

    Turn the placements of the published run into proposals for the schools to answer. Again changes nothing.
    """
    with reader.unstored() as session:
        found = propose_classes(session, principal.id)
        log.info("order classes proposed", run=found.run_id, proposed=len(found.proposed))
        return proposals_item(found)


@router.get(
    "/order-classes/{class_id}",
    summary="一个订单班与历史 One order class with its history",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_order_class(reader: Reading, class_id: Identifier) -> OrderClassDetail:
    """一个订单班现在的状态、可以变为哪些状态、每一次改动与成效。

    Where a class stands, what it can become, every move, and its outcomes.
    """
    with reader.records() as session:
        return class_detail(get_class(session, class_id), outcomes_of(session, class_id))


@router.patch(
    "/order-classes/{class_id}",
    summary="改动一个订单班 Move an order class",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, conflicts=True),
)
def move_order_class(
    reader: Reading, class_id: Identifier, asked: ClassMoveRequest, principal: _Mover
) -> OrderClassDetail:
    """学校接受或谢绝，企业确认或撤回，签约，开班，结束。接受即占用名额，名额不足或别人先动过则回答 409。

    学校谢绝后，随即只为这份需求另找专业点，别的班不动，见回答中的 `replacement`。

    Accept, decline, confirm, withdraw, sign, run or close. Accepting takes the seats; 409 where too few are left or
    somebody was first. After a decline the posting alone is placed anew at once.
    """
    with reader.unstored() as session:
        standing = move_class(session, class_id, asked.as_move(), principal.id)
        log.info("order class moved", order_class=class_id, to=standing.row.state, principal=principal.id)
        anew = None
        if standing.row.state == "school_declined":
            anew = place_anew(session, standing.row, principal.id)
            log.info("posting placed anew", order_class=class_id, classes=len(anew.classes), unmet=anew.unmet)
        return class_detail(standing, outcomes_of(session, class_id), anew)


@router.post(
    "/order-classes/{class_id}/outcomes",
    status_code=201,
    summary="记录订单班成效 Record the outcome of an order class",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, conflicts=True, status=201),
)
def record_class_outcome(
    reader: Reading, class_id: Identifier, asked: OutcomeRequest, principal: _Mover
) -> OrderClassDetail:
    """到班、毕业、由企业录用、一年后仍在职的人数。下次测算的毕业率与对口率、下次训练的匹配都据此改进。

    Places filled, graduates, hired and staying. The next run's rates and the next training heed them.
    """
    with reader.unstored() as session:
        record_outcome(session, class_id, asked.day, asked.counts(), asked.note)
        log.info("outcome recorded", order_class=class_id, principal=principal.id)
        return class_detail(get_class(session, class_id), outcomes_of(session, class_id))


@router.get(
    "/order-classes/{class_id}/agreement",
    summary="协议草案 Draft agreement",
    response_class=Response,
    responses=_FILE | refusals("not_found", "validation_failed"),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_agreement(reader: Reading, class_id: Identifier) -> Response:
    """一个订单班的协议草案（DOCX）：双方、专业、人数、期限、课程与证书、义务。模板可由各地替换。

    The draft of the agreement of a class as DOCX, from a template that a city can replace.
    """
    with reader.unstored() as session:
        content = agreement_of(session, class_id)
    headers = {"Content-Disposition": f'attachment; filename="order-class-{class_id}.docx"'}
    return Response(content, media_type=DOCX, headers={**headers, "Cache-Control": "no-store"})
