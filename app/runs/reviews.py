"""Reviews 审核: moving recommendations of the published run, and what is remembered of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.ingest.kinds.labelled_pairs import target_code
from app.matching.documents import Task
from app.matching.posting import mask_personal
from app.models import Balance, Offering, Recommendation, Review, ReviewEvent, Run, now
from app.planning.rates import Key
from app.planning.review import DECIDED, REASONS, STATES, check_move, check_words
from app.runs.feedback import Verdict, receive_feedback
from app.runs.published import Published

KEPT = "keep"


@dataclass(frozen=True, slots=True)
class Move:
    """What a reviewer asks for: the state to move to, the version of the review they saw, and why."""

    to: str
    version: int
    who: str = ""
    reason: str = ""
    reason_code: str = ""
    until: date | None = None
    """Of a deferral."""
    year: int | None = None
    """Of an acceptance: the plan year from which it holds; None for the first year after the plan it rests on."""
    industry_code: str | None = None
    """With `fit_wrong` or `fit_right`: the industry with which the program is matched wrongly or rightly …"""
    occupation_code: str | None = None
    """… or the occupation."""
    correct_code: str | None = None
    """With `fit_wrong`: what would be right in its place."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A review as it stands, with all moves, oldest first; a recommendation nobody moved yet has version 0 and no id."""

    id: str | None
    key: Key
    action: str
    state: str
    version: int
    history: tuple[ReviewEvent, ...]


def review_of(session: Session, row: Recommendation) -> Standing:
    """Where the recommendation of a run stands."""
    key = (row.school_code, row.level, row.program_code)
    review = _find(session, key, row.action)
    return _standing(session, review) if review else Standing(None, key, row.action, "proposed", 0, ())


def get_review(session: Session, review_id: str) -> Standing:
    """The review with this id. Raises NotFoundError."""
    return _standing(session, _get(session, review_id))


def recommendation_of(published: Published, recommendation_id: int) -> Recommendation:
    """The recommendation of the published run. Raises NotFoundError for another run's."""
    row = published.recommendation(recommendation_id)
    if row is None:
        raise NotFoundError(
            f"已发布的测算中没有建议 {recommendation_id}",
            remedy="编号随测算而变，用 GET /v1/recommendations 查看现有的建议",
        )
    return row


def move_recommendation(
    session: Session, published: Published, recommendation_id: int, move: Move, principal: str
) -> Standing:
    """Move a recommendation of the published run, committed here.

    Raises NotFoundError for another run's; ConflictError for a move that is not possible, or where somebody else
    has moved it since the version named; InvalidInputError for a decision that lacks who, why or until when.
    """
    row = recommendation_of(published, recommendation_id)
    if row.action == KEPT:
        raise ConflictError("“保持”不改变什么，不需要审核", remedy="请审核增设、扩招、缩减等建议")
    key = (row.school_code, row.level, row.program_code)
    figures = _figures(session, published.run, row)
    return _move(session, key, row.action, published.run.id, figures, move, principal)


def move_review(session: Session, review_id: str, move: Move, principal: str) -> Standing:
    """Move a review by its id, also where the published run does not propose the action any more (see above).

    The figures of its latest move stand; to decide on new ones, move the recommendation.
    """
    review = _get(session, review_id)
    last = _events(session, review)[-1]
    key = (review.school_code, review.level, review.program_code)
    return _move(session, key, review.action, last.run_id, dict(last.figures), move, principal)


def _move(
    session: Session,
    key: Key,
    action: str,
    run_id: str | None,
    figures: dict[str, Any],
    move: Move,
    principal: str,
) -> Standing:
    review = _find(session, key, action)
    state, version = (review.state, review.version) if review else ("proposed", 0)
    if move.version != version:
        raise _overtaken(state, version)
    check_move(state, move.to)
    check_words(move.to, who=move.who, reason=move.reason, until=move.until, year=move.year)
    verdict = _verdict(key, move, run_id)
    at = now()
    year = move.year if move.year is not None else _first_year(figures, at.year)
    try:
        if review is None:
            review = Review(
                school_code=key[0],
                level=key[1],
                program_code=key[2],
                action=action,
                state=move.to,
                version=1,
                at=at,
            )
            session.add(review)
            session.flush()
        else:
            moved = session.execute(
                update(Review)
                .where(Review.id == review.id, Review.version == version)
                .values(state=move.to, version=version + 1, at=at)
                .execution_options(synchronize_session=False)
            )
            if moved.rowcount != 1:  # type: ignore[attr-defined]
                raise IntegrityError("version", None, Exception("moved by another"))
        session.add(
            ReviewEvent(
                review_id=review.id,
                version=version + 1,
                at=at,
                from_state=state,
                to_state=move.to,
                who=mask_personal(move.who.strip())[0],
                principal=principal,
                reason_code=move.reason_code,
                reason=mask_personal(move.reason.strip())[0],
                until=move.until,
                year=year if move.to == "accepted" else None,
                run_id=run_id,
                figures=figures,
            )
        )
        session.commit()
    except IntegrityError:
        # Two reviewers at once: the other one was first.
        session.rollback()
        session.expire_all()
        latest = _find(session, key, action)
        raise _overtaken(latest.state if latest else state, latest.version if latest else version) from None
    session.refresh(review)
    if verdict is not None:
        receive_feedback(session, [verdict], move.who.strip() or principal)
    return _standing(session, review)


def _overtaken(state: str, version: int) -> ConflictError:
    return ConflictError(
        f"这条建议已被别人改动：现在的状态是“{STATES[state]}”（{state}），版本 {version}",
        remedy="请重新读取后再决定，并在 version 中写明读到的版本",
    )


def _first_year(figures: dict[str, Any], this_year: int) -> int:
    return max(int(figures.get("year") or 0), this_year) + 1


def _figures(session: Session, run: Run, row: Recommendation) -> dict[str, Any]:
    """What the recommendation rests on, for the record and for telling later whether it has changed."""
    of_program = select(Balance).where(
        Balance.run_id == run.id, Balance.level == row.level, Balance.program_code == row.program_code
    )
    balance = session.scalars(of_program).first()
    year = session.scalar(
        select(func.max(Offering.year)).where(
            Offering.run_id == run.id,
            Offering.school_code == row.school_code,
            Offering.level == row.level,
            Offering.program_code == row.program_code,
        )
    )
    return {
        "seats_now": row.seats_now,
        "seats_proposed": row.seats_proposed,
        "demand": balance.demand if balance else 0.0,
        "supply": balance.supply if balance else 0.0,
        "probability": row.probability,
        "year": year,
    }


def _verdict(key: Key, move: Move, run_id: str | None) -> Verdict | None:
    """What the decision says of a match, for the next training; None where it says nothing.

    Raises InvalidInputError where it is to say something and does not say of which match, InvalidCodeError for a
    code that does not exist.
    """
    if move.reason_code and move.reason_code not in REASONS:
        raise InvalidInputError(
            f"没有理由代码 {move.reason_code}",
            remedy=f"可用：{'、'.join(REASONS)}",
            where=_body("reason_code"),
        )
    about = move.reason_code in ("fit_wrong", "fit_right")
    named = move.industry_code or move.occupation_code
    if not about:
        if named or move.correct_code:
            raise InvalidInputError(
                "只有 fit_wrong 与 fit_right 才写明行业或职业",
                remedy="请去掉，或改用这两种理由",
                where=_body("reason_code"),
            )
        return None
    if move.to not in DECIDED:
        raise InvalidInputError(f"只有决定才能以 {move.reason_code} 为理由", where=_body("reason_code"))
    if not named or (move.industry_code and move.occupation_code):
        raise InvalidInputError(
            f"{move.reason_code} 要写明是与哪个行业或职业的匹配",
            remedy="请填写 industry_code 或 occupation_code 之一",
            where=_body("industry_code"),
        )
    if move.correct_code and move.reason_code == "fit_right":
        raise InvalidInputError("fit_right 不用给出 correct_code", where=_body("correct_code"))
    task = Task.PROGRAM_INDUSTRY if move.industry_code else Task.PROGRAM_OCCUPATION
    right = target_code(task, move.correct_code) if move.correct_code else None
    wrong = move.reason_code == "fit_wrong"
    return Verdict(
        task=task,
        title="",
        text="",
        level=key[1],
        program_code=key[2],
        target_code=target_code(task, named),
        verdict=("corrected" if right else "rejected") if wrong else "accepted",
        correct_code=right,
        gain=0.0 if wrong and not right else 1.0,
        reason=move.reason.strip(),
        origin="recommendation_review",
        run_id=run_id,
        note="",
    )


def _body(field: str) -> dict[str, str | int]:
    return {"参数": field}


def _find(session: Session, key: Key, action: str) -> Review | None:
    return session.scalars(
        select(Review).where(
            Review.school_code == key[0],
            Review.level == key[1],
            Review.program_code == key[2],
            Review.action == action,
        )
    ).first()


def _get(session: Session, review_id: str) -> Review:
    review = session.get(Review, review_id)
    if review is None:
        raise NotFoundError(f"没有审核 {review_id}", remedy="用 GET /v1/reviews 查看已有的审核")
    return review


def _events(session: Session, review: Review) -> tuple[ReviewEvent, ...]:
    found = select(ReviewEvent).where(ReviewEvent.review_id == review.id).order_by(ReviewEvent.version)
    return tuple(session.scalars(found))


def _standing(session: Session, review: Review) -> Standing:
    return Standing(
        review.id,
        (review.school_code, review.level, review.program_code),
        review.action,
        review.state,
        review.version,
        _events(session, review),
    )
