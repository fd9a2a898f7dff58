"""What the tests of pulls have in common: rows to serve, and what came of a pull."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.ingest.pull import Outcome, Source
from app.models import DemandFigure

Configured = Callable[..., Source]
"""Makes a source on the test's server; keywords change it."""


def figures(count: int) -> list[dict[str, Any]]:
    return [
        {"item": f"集成电路{n}", "indicator": "人才缺口", "value": n + 1, "year": 2025} for n in range(count)
    ]


def stored(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(DemandFigure)) or 0


def only(outcomes: list[Outcome]) -> Outcome:
    assert len(outcomes) == 1
    return outcomes[0]
