"""Feedback 反馈: what people say about matches, from which the next training learns. Rows are only ever added."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now
from app.models.record import FINGERPRINT


class Feedback(Base):
    """One verdict of one person on one pair of a source (a text or a program) and a target code."""

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_who_pair", "who", "pair"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    who: Mapped[str] = mapped_column(String(80))
    """Id of the principal; of a row from a file the reviewer it names, else `file`."""
    task: Mapped[str] = mapped_column(String(20), index=True)
    """Kind of pair: a task of app.matching.documents.Task."""
    title: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[str | None] = mapped_column(String(20))
    program_code: Mapped[str | None] = mapped_column(String(10))
    """With `level`, the program that is the source, or that the text describes."""
    target_code: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str] = mapped_column(String(10))
    """accepted, rejected, or corrected: the target is wrong and `correct_code` is right."""
    correct_code: Mapped[str | None] = mapped_column(String(12))
    gain: Mapped[float]
    """0-1: how far the target, of a correction the correct code, is right; 0 of a rejection."""
    reason: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String(30), index=True)
    """recommendation_review, school_correction, posting_majors, placement_outcome or file."""
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    """The run whose result it is about."""
    note: Mapped[str] = mapped_column(Text, default="")
    simulated: Mapped[bool] = mapped_column(default=False)
    pair: Mapped[str] = mapped_column(String(64))
    """SHA-256 of task, source and target, by which verdicts on one pair find each other."""
    fingerprint: Mapped[str] = mapped_column(String(FINGERPRINT), unique=True)
    """SHA-256 of the content, and of what it follows: a verdict sent twice is stored once."""
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    """The batch of a row that came in a file, and its row there."""
    sheet: Mapped[str] = mapped_column(String(100), default="")
    row: Mapped[int | None]
