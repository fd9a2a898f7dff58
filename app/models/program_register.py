"""Program register 专业设置备案: which school may enrol for which program."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class RegisteredProgram(FromBatch, Base):
    __tablename__ = "registered_program"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    program_name: Mapped[str] = mapped_column(String(100))
    schooling_years: Mapped[int | None]
    year: Mapped[int | None]
