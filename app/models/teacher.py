"""Dual-qualified teachers 双师型教师 of schools, counted."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.register import Registered


class TeacherCount(Registered, Base):
    """Teachers of a school, of one of its program classes or of one program, in one year; these are its key."""

    __tablename__ = "teacher_count"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    level: Mapped[str | None] = mapped_column(String(20))
    """None with `class_code`: the count is of the whole school."""
    class_code: Mapped[str | None] = mapped_column(String(6))
    program_code: Mapped[str | None] = mapped_column(String(10))
    """None: the count is of the whole class."""
    year: Mapped[int]
    teachers: Mapped[int | None]
    """Full-time teachers 专任教师 人; None where not told."""
    dual_qualified: Mapped[int]
    """双师型 人 among them."""
