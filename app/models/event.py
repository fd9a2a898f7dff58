"""The change feed 变更流: what happened, numbered in the order in which it became visible."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Event(Base):
    """One thing that happened, written in the transaction in which it did. Rows are only ever added."""

    __tablename__ = "event"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3, … without gaps: see EventCounter."""
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(String(60))
    """Such as `order_class.signed`."""
    subject: Mapped[str] = mapped_column(String(200), index=True)
    """Path of what it happened to, below /v1, such as `order-classes/{id}`."""
    payload: Mapped[dict[str, Any]]


class EventCounter(Base):
    """The number of the latest event. One row: who writes events holds it until they commit.

    A sequence of the database would give numbers in the order of asking; commits come in any order, and a reader who
    has seen 8 would never look for the 7 that is committed later.
    """

    __tablename__ = "event_counter"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    latest: Mapped[int] = mapped_column(BigInteger)
