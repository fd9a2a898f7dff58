"""Training services 培训服务 that schools offer to enterprises, and the requests for them."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now
from app.models.register import Registered


class TrainingService(Registered, Base):
    """A service; its key is school and title."""

    __tablename__ = "training_service"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    programs: Mapped[list[str]]
    """Programs it draws on, each `level:code`."""
    classes: Mapped[list[str]]
    """Program classes it draws on, each `level:code`."""
    fields: Mapped[str] = mapped_column(String(300), default="")
    capacity: Mapped[int]
    """Most trainees 人 at a time."""
    price: Mapped[float | None]
    """元 per trainee; 0 is free of charge, None by agreement."""
    district_code: Mapped[str | None] = mapped_column(String(6))
    until: Mapped[date | None] = mapped_column(Date)
    """The last day it is offered."""


class TrainingRequest(Base):
    """An enterprise asks for a service, the school answers. What was asked stays as it was when the service changes."""

    __tablename__ = "training_request"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    service_key: Mapped[str] = mapped_column(String(16), index=True)
    school_code: Mapped[str] = mapped_column(String(10), index=True)
    title: Mapped[str] = mapped_column(String(200))
    """Of the service when it was asked for."""
    enterprise: Mapped[str] = mapped_column(String(200))
    credit_code: Mapped[str] = mapped_column(String(18), index=True)
    heads: Mapped[int]
    start: Mapped[date | None] = mapped_column(Date)
    """From when it is wanted."""
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), index=True)
    """requested, accepted, declined, done or withdrawn."""
    version: Mapped[int]
    """How many steps there were: who moves it names the version seen, so that of two at once one is refused."""
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what was asked: the same request sent twice is stored once."""
    simulated: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)


class TrainingRequestEvent(Base):
    """One step of a request, with who and why. Rows are only ever added."""

    __tablename__ = "training_request_event"
    __table_args__ = (UniqueConstraint("request_id", "version"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("training_request.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[str] = mapped_column(String(12))
    who: Mapped[str] = mapped_column(String(80))
    """Who acts, as they name themselves."""
    principal: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")
