"""School profiles 院校资料: what a source says of a listed school, and the names it goes by."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class SchoolProfile(FromBatch, Base):
    __tablename__ = "school_profile"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    name: Mapped[str] = mapped_column(String(100))
    short_names: Mapped[list[str]]
    former_names: Mapped[list[str]]
    category: Mapped[str] = mapped_column(String(40), default="")
    """办学类型: comprehensive, engineering, medicine …, as the source has it."""
    ownership: Mapped[str] = mapped_column(String(40), default="")
    district_code: Mapped[str | None] = mapped_column(String(6))
    """District of the main campus."""
    capacity: Mapped[int | None]
    """办学规模, students."""
    enrolled: Mapped[int | None]
    """全日制在校生, students."""
    teachers: Mapped[int | None]
    """专任教师, heads."""
    year: Mapped[int | None]
    """Year of the figures."""
