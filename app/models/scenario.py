"""Scenarios 情景: what-if questions, stored as they were asked. A definition never changes once it is stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id, now


class Scenario(Base):
    """A checked definition under a name. Its results are runs of kind `scenario`, which go when it is deleted."""

    __tablename__ = "scenario"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    definition: Mapped[dict[str, Any]]
    """Codes in official form, see app/planning/scenario.py."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the definition: what a result of it belongs to."""
    who: Mapped[str] = mapped_column(String(80))
    """Id of the principal, or who the command line named."""
    at: Mapped[datetime] = mapped_column(default=now)
    base_run_id: Mapped[str | None] = mapped_column(String(36))
    """The run published when it was stored: what the question was asked about. It may be gone since."""


class ScenarioRun(Base):
    """Which question a run of kind `scenario` answers, and from which published run it took snapshot and fits."""

    __tablename__ = "scenario_run"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    scenario_id: Mapped[str] = mapped_column(ForeignKey("scenario.id", ondelete="CASCADE"), index=True)
    base_run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
