"""Enrolment plans 招生计划: seats of a program (or broad category) at a school, by province of origin and year."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class EnrolmentPlan(FromBatch, Base):
    __tablename__ = "enrolment_plan"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    year: Mapped[int]
    province: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(40), default="")
    """科类 as given: 物理类, 历史类, 综合改革 …"""
    admission_batch: Mapped[str] = mapped_column(String(100), default="")
    level: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(Text)
    """The name as given, brackets and all."""
    program_codes: Mapped[list[str]]
    """The catalogue programs the row stands for: one, or several for a broad category 大类; may be empty."""
    class_code: Mapped[str | None] = mapped_column(String(8))
    broad: Mapped[bool] = mapped_column(default=False)
    plan: Mapped[int]
    """Seats 人."""
    campus: Mapped[str] = mapped_column(String(100), default="")
    schooling_years: Mapped[int | None]
    tuition: Mapped[int | None]
    """元 per year."""
