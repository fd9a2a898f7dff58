"""Runs 测算 and publications 发布."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now


class Run(Base):
    """One computation over one snapshot. Its results carry its id; nothing of it changes once it is finished."""

    __tablename__ = "run"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(String(20), index=True)
    """running, finished or failed."""
    kind: Mapped[str] = mapped_column(String(20), default="snapshot", server_default="snapshot")
    """snapshot: of the accepted batches as they are; scenario: of a what-if question, never published."""
    profile: Mapped[str] = mapped_column(String(60))
    profile_digest: Mapped[str] = mapped_column(String(64))
    parameters: Mapped[dict[str, Any]]
    model_version: Mapped[str] = mapped_column(String(300))
    """Of the engine and its model, and of the embedding layer where it took part."""
    reference_digest: Mapped[str] = mapped_column(String(64))
    snapshot_digest: Mapped[str] = mapped_column(String(64))
    batch_ids: Mapped[list[str]]
    digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 over all results in a fixed order: two runs of one snapshot have the same."""
    summary: Mapped[dict[str, Any]]
    warnings: Mapped[list[dict[str, Any]]]
    simulated: Mapped[bool] = mapped_column(default=False)
    """True where any record of the snapshot is simulated."""
    started_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]
    timings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Seconds of single steps; like `seconds` no part of the digest."""


class Publication(Base):
    """One move of the pointer: the row with the highest id names the run that is served."""

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    published_at: Mapped[datetime] = mapped_column(default=now)
    restores_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id"))
    """Where this move is a roll-back: the earlier publication it brings back."""
    note: Mapped[str] = mapped_column(Text, default="")
