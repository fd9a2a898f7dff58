"""Reviews 审核 of recommendations: the present state of each, and every move that led there."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now


class Review(Base):
    """Where one recommendation stands. The key holds across runs, in each of which recommendations are numbered anew."""

    __tablename__ = "review"
    __table_args__ = (
        Index("uq_review_key", "school_code", "level", "program_code", "action", unique=True),
        Index("ix_review_state", "state", "at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    school_code: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    action: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(20))
    """proposed, under_review, accepted, rejected or deferred."""
    version: Mapped[int]
    """How many moves there were: who moves it names the version seen, so that of two at once one is refused."""
    at: Mapped[datetime] = mapped_column(default=now)


class ReviewEvent(Base):
    """One move of a review, with who, why and the figures it was decided on. Rows are only ever added."""

    __tablename__ = "review_event"
    __table_args__ = (UniqueConstraint("review_id", "version"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    review_id: Mapped[str] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(80))
    """Who decides, as they name themselves."""
    principal: Mapped[str] = mapped_column(String(80))
    """Id of the principal whose request it was."""
    reason_code: Mapped[str] = mapped_column(String(30), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    until: Mapped[date | None] = mapped_column(Date)
    """Of a deferral: the day from which it is proposed again."""
    year: Mapped[int | None]
    """Of an acceptance: the plan year from which the change holds."""
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    """The run whose recommendation was looked at."""
    figures: Mapped[dict[str, Any]]
    """Of that recommendation: seats_now, seats_proposed, and demand and supply of its program, 人/年."""
