"""Batches: what arrived, from where, and what became of each row."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now


class Batch(Base):
    """One delivery of rows of one kind. `read == accepted + repeated + quarantined`, always."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("read = accepted + repeated + quarantined", name="rows_add_up"),
        Index("uq_batch_kind_sha256", "kind", "sha256", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    source: Mapped[str] = mapped_column(String(300))
    filename: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), index=True)
    simulated: Mapped[bool] = mapped_column(default=False)
    reading: Mapped[dict[str, Any]]
    """How the file was read: encoding, delimiter, sheet, header row, column mapping."""
    read: Mapped[int]
    accepted: Mapped[int]
    repeated: Mapped[int]
    quarantined: Mapped[int]
    warnings: Mapped[list[str]]
    received_at: Mapped[datetime] = mapped_column(default=now)
    accepted_at: Mapped[datetime | None]
    seconds: Mapped[float]


class QuarantinedRow(Base):
    """A row that could not become a record, kept as it came, with the reason and what would mend it."""

    __tablename__ = "quarantined_row"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    sheet: Mapped[str] = mapped_column(String(100), default="")
    row: Mapped[int]
    """1-based line of the file (or row of the sheet) where the record begins."""
    column: Mapped[str] = mapped_column(String(100), default="")
    value: Mapped[str] = mapped_column(Text, default="")
    reason_code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text, default="")
    raw: Mapped[dict[str, Any]]
