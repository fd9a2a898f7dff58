"""Texts a user brings 文本资料: program profiles, occupation definitions, industry notes. They enrich the matching."""

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class TextProfile(FromBatch, Base):
    __tablename__ = "text_profile"

    subject: Mapped[str] = mapped_column(String(20), index=True)
    """program, occupation or industry."""
    level: Mapped[str] = mapped_column(String(20), default="")
    code: Mapped[str] = mapped_column(String(12), index=True)
    name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]]
