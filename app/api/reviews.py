"""Reviews 审核: a recommendation is taken up, then accepted, rejected or deferred, with who and why."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.api.listing import Listing
from app.api.openapi import REVIEWS, answers
from app.api.parameters import Identifier
from app.api.reader import Reading
from app.api.review_forms import (
    DETAIL_EXAMPLE,
    EXAMPLE,
    MoveRequest,
    ReviewDetail,
    ReviewFilters,
    ReviewItem,
    review_detail,
    review_members,
)
from app.errors import NothingPublishedError
from app.models import Recommendation
from app.runs.pages import equal, page
from app.runs.published import Published
from app.runs.review_lists import moved, waiting
from app.runs.reviews import (
    Standing,
    get_review,
    move_recommendation,
    move_review,
    recommendation_of,
    review_of,
)

router = APIRouter(tags=[REVIEWS])
log = structlog.get_logger("chanjiao.api")
_Reviewer = Annotated[Principal, Depends(require(Permission.REVIEW))]


@router.get(
    "/reviews",
    summary="审核列表 List reviews",
    responses=answers(EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def list_reviews(reader: Reading, filters: Annotated[ReviewFilters, Query()]) -> Listing[ReviewItem]:
    """动过的审核，最近的在前；`state=proposed` 则为已发布的测算中等待审核的建议，优先度高的在前。

    Reviews that somebody has moved, latest first; with `state=proposed`, the recommendations that wait.
    """
    with reader.records() as session:
        run_id = _published_id(session)
        if filters.state == "proposed":
            found = waiting(run_id or "").where(
                *equal(
                    (Recommendation.school_code, filters.school),
                    (Recommendation.level, filters.level),
                    (Recommendation.program_code, filters.program),
                    (Recommendation.action, filters.action),
                )
            )
            rows = page(session, found, filters.window)
            items = [
                ReviewItem(
                    **review_members(
                        review.id if review else None,
                        row.id,
                        (row.school_code, row.level, row.program_code),
                        row.action,
                        "proposed",
                        review.version if review else 0,
                        None,
                    )
                )
                for row, review in rows.items
            ]
            return reader.listing(None, filters, rows.total, items)
        reviews = moved(
            state=filters.state,
            school=filters.school,
            level=filters.level,
            program=filters.program,
            action=filters.action,
        )
        rows = page(session, reviews, filters.window)
        items = []
        for review, event in rows.items:
            key = (review.school_code, review.level, review.program_code)
            now_called = _recommendation_id(session, run_id, key, review.action)
            items.append(
                ReviewItem(
                    **review_members(
                        review.id, now_called, key, review.action, review.state, review.version, event
                    )
                )
            )
        return reader.listing(None, filters, rows.total, items)


@router.get(
    "/reviews/{review_id}",
    summary="一条审核与历史 One review with its history",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_one_review(reader: Reading, review_id: Identifier) -> ReviewDetail:
    """一条建议审核到哪一步，以及每一次改动：谁、何时、为什么、当时的数字。

    Where a recommendation stands, and every move: who, when, why, and on which figures.
    """
    with reader.records() as session:
        return _detail(session, get_review(session, review_id))


@router.patch(
    "/reviews/{review_id}",
    summary="改动一条审核 Move a review",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, conflicts=True),
)
def update_review(
    reader: Reading, review_id: Identifier, asked: MoveRequest, principal: _Reviewer
) -> ReviewDetail:
    """按审核编号改动，已不再提出的建议也可以，如重新打开已接受的。`version` 与现在的不同则回答 409。

    Move a review by its id, also where the action is not proposed any more. 409 where somebody was first.
    """
    with reader.unstored() as session:
        standing = move_review(session, review_id, asked.as_move(), principal.id)
        log.info("review moved", review=standing.id, to=standing.state, principal=principal.id)
        return _detail(session, standing)


@router.get(
    "/recommendations/{recommendation_id}/review",
    summary="一条建议的审核 The review of a recommendation",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, unpublished=True),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_review_of_recommendation(reader: Reading, recommendation_id: int) -> ReviewDetail:
    """已发布的一条建议审核到哪一步，可以变为哪些状态，与历史。

    Where a published recommendation stands, what it can become, and its history.
    """
    with reader.records() as session:
        row = recommendation_of(Published.current(session), recommendation_id)
        return review_detail(review_of(session, row), row.id)


@router.post(
    "/recommendations/{recommendation_id}/review",
    summary="审核一条建议 Review a recommendation",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, unpublished=True, conflicts=True),
)
def review_recommendation(
    reader: Reading, recommendation_id: int, asked: MoveRequest, principal: _Reviewer
) -> ReviewDetail:
    """接手审核，或接受、否决、暂缓。决定写明由谁、为什么；下次测算不再重复提出。

    Take up a recommendation, then accept, reject or defer it, with who and why; the next run heeds it.
    """
    with reader.unstored() as session:
        published = Published.current(session)
        standing = move_recommendation(session, published, recommendation_id, asked.as_move(), principal.id)
        log.info("review moved", review=standing.id, to=standing.state, principal=principal.id)
        return review_detail(standing, recommendation_id)


def _detail(session: Session, standing: Standing) -> ReviewDetail:
    run_id = _published_id(session)
    return review_detail(standing, _recommendation_id(session, run_id, standing.key, standing.action))


def _published_id(session: Session) -> str | None:
    try:
        return Published.current(session).run.id
    except NothingPublishedError:
        return None


def _recommendation_id(
    session: Session, run_id: str | None, key: tuple[str, str, str], action: str
) -> int | None:
    if run_id is None:
        return None
    return session.scalar(
        select(Recommendation.id).where(
            Recommendation.run_id == run_id,
            Recommendation.school_code == key[0],
            Recommendation.level == key[1],
            Recommendation.program_code == key[2],
            Recommendation.action == action,
        )
    )
