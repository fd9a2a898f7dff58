"""Batches: what arrived, from where, what became of each row, and the states it went through."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now

_STANDING = text("state IN ('received', 'validated', 'accepted')")


class Batch(Base):
    """One delivery of rows of one kind. `read == accepted + repeated + quarantined`, always.

    A file that was rejected, undone or superseded may come again; one that stands may not.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("read = accepted + repeated + quarantined", name="rows_add_up"),
        Index(
            "uq_batch_kind_sha256",
            "kind",
            "sha256",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    source: Mapped[str] = mapped_column(String(300))
    filename: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), index=True)
    """received, validated (held, waiting for a decision), accepted, rejected (also: undone) or superseded."""
    licence: Mapped[str] = mapped_column(String(300), default="")
    """Under which terms the source may be used, as stated by whoever brought it."""
    who: Mapped[str] = mapped_column(String(100), default="")
    """Id of the principal that brought it."""
    parent_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The batch whose rows these are: corrected ones of its quarantine, or repeats brought back. Goes with it."""
    supersedes: Mapped[bool] = mapped_column(default=False)
    """Takes the place of the earlier batches of its kind and source when it is accepted."""
    simulated: Mapped[bool] = mapped_column(default=False)
    reading: Mapped[dict[str, Any]]
    """How the file was read: encoding, delimiter, sheet, header row, column mapping."""
    read: Mapped[int]
    accepted: Mapped[int]
    repeated: Mapped[int]
    quarantined: Mapped[int]
    masked: Mapped[int] = mapped_column(default=0)
    """Personal numbers and addresses masked before anything was stored."""
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
    """As it came: cells by header in the order of the file; without personal data."""
    resolved_by: Mapped[str | None] = mapped_column(String(36), index=True)
    """The batch that brought the corrected row; None while the row waits."""
    resolution: Mapped[str] = mapped_column(String(20), default="")
    """What the corrected row became there: accepted, repeated or quarantined (again, there)."""
    resolved_at: Mapped[datetime | None]


class RepeatedRow(Base):
    """A row that was not stored because another batch had it: kept by reference, so that undoing that one loses nothing."""

    __tablename__ = "repeated_row"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    sheet: Mapped[str] = mapped_column(String(100), default="")
    row: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)


class BatchMove(Base):
    """One change of state of a batch: when, by whom, why. Rows are only ever added."""

    __tablename__ = "batch_move"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    from_state: Mapped[str] = mapped_column(String(20), default="")
    to_state: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(default=now)
    who: Mapped[str] = mapped_column(String(100), default="")
    note: Mapped[str] = mapped_column(Text, default="")
