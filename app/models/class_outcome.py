"""Outcomes of order classes 订单班成效: what became of the places and the graduates of one class."""

from datetime import date

from sqlalchemy import Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class ClassOutcome(FromBatch, Base):
    """What is known of a class on one day; of several the latest day counts, of one day the latest batch."""

    __tablename__ = "class_outcome"

    order_class_id: Mapped[str] = mapped_column(String(36), index=True)
    day: Mapped[date] = mapped_column(Date)
    """The day of the count."""
    filled: Mapped[int]
    """Places 人 filled by students."""
    graduated: Mapped[int | None]
    hired: Mapped[int | None]
    """Graduates 人 whom the enterprise hired."""
    staying: Mapped[int | None]
    """Of these, still with the enterprise after a year."""
    note: Mapped[str] = mapped_column(Text, default="")
