"""Lists of reviews 审核: the recommendations that wait, and the reviews that somebody has moved."""

from sqlalchemy import Select, and_, or_, select

from app.models import Recommendation, Review, ReviewEvent
from app.runs.pages import equal
from app.runs.reviews import KEPT


def waiting(run_id: str) -> Select[Recommendation, Review]:
    """Recommendations of the run that nobody has taken up, or that were handed back, highest priority first."""
    return (
        select(Recommendation, Review)
        .outerjoin(
            Review,
            and_(
                Review.school_code == Recommendation.school_code,
                Review.level == Recommendation.level,
                Review.program_code == Recommendation.program_code,
                Review.action == Recommendation.action,
            ),
        )
        .where(
            Recommendation.run_id == run_id,
            Recommendation.action != KEPT,
            or_(Review.id.is_(None), Review.state == "proposed"),
        )
        .order_by(Recommendation.priority.desc(), Recommendation.id)
    )


def moved(
    *, state: str | None = None, school: str | None = None, level: str | None = None,
    program: str | None = None, action: str | None = None,
) -> Select[Review, ReviewEvent]:  # fmt: skip
    """Reviews that somebody has moved, with their latest move, latest first."""
    return (
        select(Review, ReviewEvent)
        .join(ReviewEvent, and_(ReviewEvent.review_id == Review.id, ReviewEvent.version == Review.version))
        .where(
            *equal(
                (Review.state, state),
                (Review.school_code, school),
                (Review.level, level),
                (Review.program_code, program),
                (Review.action, action),
            )
        )
        .order_by(Review.at.desc(), Review.id.desc())
    )
