"""Campuses 校区: where a school teaches."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class Campus(FromBatch, Base):
    __tablename__ = "campus"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    name: Mapped[str] = mapped_column(String(100))
    district_code: Mapped[str] = mapped_column(String(6))
    main: Mapped[bool] = mapped_column(default=False)
