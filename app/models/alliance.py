"""Alliances 职教集团 and 产教融合联盟, by their members."""

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.register import Registered


class AllianceMember(Registered, Base):
    """One member of one alliance; these two are its key. An alliance is what its members say of it."""

    __tablename__ = "alliance_member"

    alliance_key: Mapped[str] = mapped_column(String(16), index=True)
    alliance: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    """group 职教集团 or alliance 产教融合联盟."""
    demonstration: Mapped[bool] = mapped_column(default=False)
    """示范性."""
    member_kind: Mapped[str] = mapped_column(String(12))
    """school, enterprise or other (associations, parks, institutes, schools outside the official list)."""
    school_code: Mapped[str | None] = mapped_column(String(10), index=True)
    credit_code: Mapped[str | None] = mapped_column(String(18), index=True)
    member: Mapped[str] = mapped_column(String(200))
    lead: Mapped[bool] = mapped_column(default=False)
    since: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    """The last day of the membership."""
