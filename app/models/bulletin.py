"""Bulletins 行业动态: what industry bodies tell, and the industries and programs each is about."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now
from app.models.record import FINGERPRINT


class Bulletin(Base):
    __tablename__ = "bulletin"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    row: Mapped[int]
    sheet: Mapped[str] = mapped_column(String(100), default="")
    fingerprint: Mapped[str] = mapped_column(String(FINGERPRINT), unique=True)
    simulated: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text, default="")
    """Personal data masked, as in the title."""
    source: Mapped[str] = mapped_column(String(200))
    """The industry body that tells it."""
    published: Mapped[date] = mapped_column(Date, index=True)
    link: Mapped[str] = mapped_column(String(500), default="")
    tagged_by: Mapped[str | None] = mapped_column(String(36))
    """The run whose matching gave the tags; None where it has none yet."""
    received_at: Mapped[datetime] = mapped_column(default=now)


class BulletinTag(Base):
    """An industry or a program that a bulletin is about, as the matching engine finds."""

    __tablename__ = "bulletin_tag"
    __table_args__ = (Index("ix_bulletin_tag_target", "kind", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    bulletin_id: Mapped[str] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    """industry or program."""
    level: Mapped[str] = mapped_column(String(20), default="")
    """Of a program."""
    code: Mapped[str] = mapped_column(String(10))
    score: Mapped[float]
    """0-1 of the matching; 1 where the title names the industry."""
    named: Mapped[bool] = mapped_column(default=False)
    """The title names it, by an everyday name of the industry."""
    rank: Mapped[int]
