"""Feedback 反馈: verdicts on matches, from which the next training learns."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, StringConstraints
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.api.feedback_forms import (
    EXAMPLE,
    ITEM_EXAMPLE,
    FeedbackAnswer,
    FeedbackBody,
    FeedbackItem,
    FeedbackRequest,
    LabelTask,
    Origin,
    VerdictName,
    feedback_items,
)
from app.api.listing import Listing, Paging
from app.api.openapi import DEMAND, answers
from app.api.parameters import PLAIN, Identifier, LevelCode
from app.api.reader import Reading
from app.matching.personal import MASKED
from app.models import Feedback
from app.runs.feedback import receive_feedback, unknown_runs
from app.runs.pages import equal, page

router = APIRouter(tags=[DEMAND])
log = structlog.get_logger("chanjiao.api")
_REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"description": "全部与此前的说法相同，没有新存 Nothing new in it", "model": FeedbackAnswer}
}


class FeedbackFilters(Paging):
    task: LabelTask | None = Field(None, description="哪一种配对。Kind of pair.")
    verdict: VerdictName | None = Field(None, description="结论。Verdict.")
    origin: Literal[Origin, "file"] | None = Field(None, description="从何而来。Origin.")
    who: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), PLAIN] | None = Field(
        None, description="谁给出的。Id of the principal."
    )
    level: LevelCode | None = None
    program: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,10}$")] | None = Field(
        None, description="来源的专业代码。Code of the program that is the source.", examples=["080710T"]
    )
    target: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,12}$")] | None = Field(
        None, description="目标代码，或更正后的代码。Target or correct code.", examples=["C397"]
    )
    run: Identifier | None = Field(None, description="所评的测算。Run it is about.")
    simulated: bool | None = Field(None, description="是否演示用。Only (not) made up ones.")


@router.post(
    "/feedback",
    status_code=201,
    summary="反馈匹配是否正确 Say whether a match is right",
    responses=answers(EXAMPLE, published=False, status=201) | _REPEATED,
)
def create_feedback(
    reader: Reading,
    response: Response,
    asked: FeedbackBody,
    principal: Annotated[Principal, Depends(require(Permission.GIVE_FEEDBACK))],
) -> FeedbackAnswer:
    """对一处匹配给出结论：相配、不相配，或应为另一个；一次一条，或至多 1000 条的列表，全部保存或全部不保存。

    供下次训练使用。同一人对同一处再说一遍相同的话不会重复保存（回答 200）；改变说法则以新的为准。手机号、身份证号、邮箱等在保存前遮去。

    A verdict on a match, or a list of up to 1,000, stored together or not at all. What the same person's latest
    verdict on the pair already says is not stored again; a different one counts from then on.
    """
    requests = asked.requests
    with reader.unstored() as session:
        _check_runs(session, requests, isinstance(asked.root, list))
        received = receive_feedback(session, [each.as_verdict() for each in requests], principal.id)
        repeated = len(requests) - received.stored
        log.info("feedback received", stored=received.stored, repeated=repeated, principal=principal.id)
        items = feedback_items(received.rows)
    if not received.stored:
        response.status_code = 200
    masked = f"已遮去 {received.masked} 处个人信息（{MASKED}）"
    return FeedbackAnswer(
        stored=received.stored,
        repeated=repeated,
        warnings=[masked] if received.masked else [],
        feedback=items,
    )


def _check_runs(session: Session, requests: Sequence[FeedbackRequest], listed: bool) -> None:
    """Raises RequestValidationError that names each member whose run is unknown."""
    unknown = unknown_runs(session, (each.run_id for each in requests if each.run_id))
    found = [
        {
            "loc": ("body", *([place] if listed else []), "run_id"),
            "type": "unknown_run",
            "msg": "",
            "ctx": {"message": f"没有测算 {each.run_id}", "remedy": "用 GET /v1/runs 查看已有的测算"},
        }
        for place, each in enumerate(requests)
        if each.run_id in unknown
    ]
    if found:
        raise RequestValidationError(found)


@router.get(
    "/feedback",
    summary="已有的反馈 List feedback",
    responses=answers(ITEM_EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def list_feedback(reader: Reading, filters: Annotated[FeedbackFilters, Query()]) -> Listing[FeedbackItem]:
    """已收到的反馈，新的在前；改变过的说法也在其中。

    All verdicts, latest first, those that were changed later included.
    """
    found = select(Feedback).where(
        *equal(
            (Feedback.task, filters.task),
            (Feedback.verdict, filters.verdict),
            (Feedback.origin, filters.origin),
            (Feedback.who, filters.who),
            (Feedback.level, filters.level),
            (Feedback.program_code, filters.program),
            (Feedback.run_id, filters.run),
            (Feedback.simulated, filters.simulated),
        )
    )
    if filters.target is not None:
        found = found.where(
            or_(Feedback.target_code == filters.target, Feedback.correct_code == filters.target)
        )
    with reader.records() as session:
        rows = page(session, found.order_by(Feedback.at.desc(), Feedback.id.desc()), filters.window)
        return reader.listing(None, filters, rows.total, feedback_items(rows.items))
