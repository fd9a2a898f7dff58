"""Outcomes of enrolment and graduation 报到与就业: heads 人 and rates 0-1 of one offering in one year, if known."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class Outcome(FromBatch, Base):
    __tablename__ = "outcome"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    year: Mapped[int]
    planned: Mapped[int | None]
    admitted: Mapped[int | None]
    registered: Mapped[int | None]
    graduates: Mapped[int | None]
    employed: Mapped[int | None]
    """毕业去向落实 of the graduates."""
    matched: Mapped[int | None]
    """Of the employed, those who work in the field."""
    staying: Mapped[int | None]
    """Of the employed, those who work in the region."""
    registration_rate: Mapped[float | None]
    """报到率: registered / admitted."""
    completion_rate: Mapped[float | None]
    """毕业率: graduates / registered of the cohort."""
    destination_rate: Mapped[float | None]
    """毕业去向落实率."""
    matched_rate: Mapped[float | None]
    """对口率: working in the field / working."""
    retention_rate: Mapped[float | None]
    """留沪率: working in the region / working."""
    first_choice_rate: Mapped[float | None]
    """第一志愿录取率: entrants admitted on their first choice / entrants."""
    adjusted_rate: Mapped[float | None]
    """调剂率: entrants assigned from other choices / entrants."""
    signing_rate: Mapped[float | None]
    """签约率: graduates with a signed contract / graduates."""
