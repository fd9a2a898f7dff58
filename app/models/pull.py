"""Pulls 拉取: each time a configured source was fetched, and what came of it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now


class Pull(Base):
    """One fetch of one source, or of one file of a watched folder. Secrets of the source are in none of its columns."""

    __tablename__ = "pull"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'succeeded', 'unchanged', 'failed')", name="state"),
        Index("ix_pull_source", "source", "started_at"),
        Index("ix_pull_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    source: Mapped[str] = mapped_column(String(60))
    """Name of the source: its section in sources.toml."""
    connector: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Of what decides the content: address, paging, fields. What was learned under another one is not used."""
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20), default="running")
    item: Mapped[str] = mapped_column(String(300), default="")
    """Name of the file that was fetched, where the source gives files."""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    etag: Mapped[str] = mapped_column(Text, default="")
    last_modified: Mapped[str] = mapped_column(String(100), default="")
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batch.id", ondelete="SET NULL"), index=True)
    rows: Mapped[int] = mapped_column(default=0)
    """Rows read from what was fetched."""
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes received."""
    requests: Mapped[int] = mapped_column(default=0)
    resumed: Mapped[bool] = mapped_column(default=False)
    """It went on where an interrupted pull had stopped."""
    error_code: Mapped[str] = mapped_column(String(40), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    warnings: Mapped[list[str]] = mapped_column(default=list)
