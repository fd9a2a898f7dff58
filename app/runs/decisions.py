"""Decisions of reviewers as the rows that a snapshot holds."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.models import Review, ReviewEvent
from app.planning.review import DECIDED
from app.planning.standing import DecisionRow

DecisionRows = tuple[tuple[str, DecisionRow], ...]
"""(id of the event, the decision)."""


def decisions_in_force(session: Session, today: date) -> DecisionRows:
    """Decisions that a run started `today` heeds, in order of their key: a deferral ends when its day has come."""
    found = (
        select(Review, ReviewEvent)
        .join(
            ReviewEvent,
            and_(ReviewEvent.review_id == Review.id, ReviewEvent.version == Review.version),
        )
        .where(
            Review.state.in_(DECIDED),
            or_(Review.state != "deferred", ReviewEvent.until > today),
        )
        .order_by(Review.school_code, Review.level, Review.program_code, Review.action)
    )
    return tuple((event.id, _row(review, event)) for review, event in session.execute(found))


def decisions_of(session: Session, event_ids: Collection[str]) -> DecisionRows:
    """The decisions that an earlier run heeded, by the ids it recorded, in the same order."""
    if not event_ids:
        return ()
    found = (
        select(Review, ReviewEvent)
        .join(ReviewEvent, ReviewEvent.review_id == Review.id)
        .where(ReviewEvent.to_state.in_(DECIDED))
        .order_by(Review.school_code, Review.level, Review.program_code, Review.action)
    )
    wanted = set(event_ids)
    return tuple(
        (event.id, _row(review, event)) for review, event in session.execute(found) if event.id in wanted
    )


def _row(review: Review, event: ReviewEvent) -> DecisionRow:
    return DecisionRow(
        school_code=review.school_code,
        level=review.level,
        program_code=review.program_code,
        action=review.action,
        state=event.to_state,
        seats=float(event.figures.get("seats_proposed", 0.0)),
        demand=float(event.figures.get("demand", 0.0)),
        supply=float(event.figures.get("supply", 0.0)),
        year=event.year,
        until=event.until.isoformat() if event.until else None,
        on=event.at.date().isoformat(),
        who=event.who,
        reason=event.reason,
    )
