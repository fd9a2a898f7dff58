"""Order classes 订单班: where each stands from proposal to close, every move that led there, and the seats held."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now


class OrderClass(Base):
    """A class of one posting at one offering. It outlives the run that proposed it, so it says itself what it is."""

    __tablename__ = "order_class"
    __table_args__ = (
        Index("ix_order_class_offering", "school_code", "level", "program_code", "start_year"),
        Index("ix_order_class_state", "state", "at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    posting_id: Mapped[str] = mapped_column(String(36), index=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    """The run that placed it; the one published then, where it was placed anew after a decline."""
    replaces_id: Mapped[str | None] = mapped_column(String(36))
    """The class whose heads it takes over after a decline."""
    enterprise: Mapped[str] = mapped_column(String(200))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    title: Mapped[str] = mapped_column(String(300))
    mode: Mapped[str] = mapped_column(String(30))
    school_code: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    start_year: Mapped[int]
    """Year of the intake whose seats it takes."""
    heads: Mapped[int]
    """Heads 人 of the class."""
    fit: Mapped[float]
    distance_km: Mapped[float | None]
    reasons: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(24))
    """proposed, school_accepted, school_declined, enterprise_confirmed, enterprise_withdrawn, signed, running, closed,
    or superseded: a proposal nobody had answered, replaced by that of a later run."""
    version: Mapped[int]
    """How many moves there were: who moves it names the version seen, so that of two at once one is refused."""
    at: Mapped[datetime] = mapped_column(default=now)
    """When it came to be in this state."""
    simulated: Mapped[bool] = mapped_column(default=False)


class OrderClassMove(Base):
    """One move of an order class, with who and why. Rows are only ever added."""

    __tablename__ = "order_class_move"
    __table_args__ = (UniqueConstraint("order_class_id", "version"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    order_class_id: Mapped[str] = mapped_column(ForeignKey("order_class.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    from_state: Mapped[str] = mapped_column(String(24))
    """Empty where the class came to be."""
    to_state: Mapped[str] = mapped_column(String(24))
    effective: Mapped[date | None] = mapped_column(Date)
    """The day it holds from, e.g. that of the signature, where it is not the day of the move."""
    who: Mapped[str] = mapped_column(String(80))
    """Who decides, as they name themselves."""
    principal: Mapped[str] = mapped_column(String(80))
    """Id of the principal whose request it was."""
    reason: Mapped[str] = mapped_column(Text, default="")
    figures: Mapped[dict[str, Any]]
    """Of an acceptance: planned seats of the offering and those held by classes, this one included."""


class OfferingSeats(Base):
    """Seats 人 of one offering and intake that order classes hold. One row, so that two who accept at once meet here."""

    __tablename__ = "offering_seats"

    school_code: Mapped[str] = mapped_column(String(10), primary_key=True)
    level: Mapped[str] = mapped_column(String(20), primary_key=True)
    program_code: Mapped[str] = mapped_column(String(10), primary_key=True)
    start_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    taken: Mapped[int]
