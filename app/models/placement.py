"""Order classes of a run: what it placed, what it could not, and what more seats would bring."""

from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.result import OfRun


class Apprenticeship(OfRun, Base):
    """A candidate for a modern apprenticeship 现代学徒制: an offering and the posting of an enterprise."""

    __tablename__ = "apprenticeship"

    posting_id: Mapped[str] = mapped_column(String(36), index=True)
    school_code: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    heads: Mapped[int]
    """Heads 人 the enterprise asks for."""
    capacity: Mapped[int]
    """Heads 人 the offering could train: at most those asked for and its share of seats."""
    fit: Mapped[float]
    distance_km: Mapped[float | None]
    asked: Mapped[bool]
    """The enterprise asks for an apprenticeship itself."""
    reasons: Mapped[list[str]]
    simulated: Mapped[bool] = mapped_column(default=False)


class Placement(OfRun, Base):
    """An order class 订单班: seats of an offering set aside for a posting."""

    __tablename__ = "placement"

    posting_id: Mapped[str] = mapped_column(String(36), index=True)
    school_code: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    seats: Mapped[int]
    classes: Mapped[int] = mapped_column(default=1)
    """Classes these heads make up."""
    fit: Mapped[float]
    distance_km: Mapped[float | None]
    reasons: Mapped[list[str]]
    simulated: Mapped[bool] = mapped_column(default=False)


class UnplacedPosting(OfRun, Base):
    """Heads of a posting for which no class could be placed, with the reason that binds."""

    __tablename__ = "unplaced_posting"

    posting_id: Mapped[str] = mapped_column(String(36), index=True)
    heads: Mapped[int]
    unmet: Mapped[int]
    reason_code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    nearest: Mapped[dict[str, Any] | None]
    """Where nobody could serve it: the offering that comes nearest, and each condition it fails, with by how much."""


class SeatPrice(OfRun, Base):
    """What one more seat 人 of a program or offering would bring to the placement of order classes."""

    __tablename__ = "seat_price"
    __table_args__ = (Index("ix_seat_price_program", "run_id", "level", "program_code"),)

    school_code: Mapped[str | None] = mapped_column(String(10))
    """Null: the whole program, a seat spread over its offerings as their seats are."""
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    heads: Mapped[float]
    """Heads 人 more that could be placed, 0-1."""
    cost: Mapped[float]
    """By how much the objective of the placement would fall."""
    seats: Mapped[int]
    """Seats 人 for order classes …"""
    taken: Mapped[int]
    """… and those that classes hold."""
    simulated: Mapped[bool] = mapped_column(default=False)
    """Whether any posting or offering that took part is."""


class BlockingPair(OfRun, Base):
    """A posting and an offering that would both rather have each other than what the placement gave them."""

    __tablename__ = "blocking_pair"

    posting_id: Mapped[str] = mapped_column(String(36), index=True)
    school_code: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    heads: Mapped[int]
    """Heads 人 they could agree on."""
    gain: Mapped[float]
    """What both together would gain per head, in the cost of the placement."""
    simulated: Mapped[bool] = mapped_column(default=False)
