"""A server of rows, and pulls of it into a real database."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.ingest.pull import Outcome, Puller, Source
from app.ingest.pull.source import read_source
from app.models import DemandFigure
from tests.source_server import SourceServer


def figures(count: int) -> list[dict[str, Any]]:
    return [
        {"item": f"集成电路{n}", "indicator": "人才缺口", "value": n + 1, "year": 2025} for n in range(count)
    ]


@pytest.fixture
def server() -> Iterator[SourceServer]:
    made = SourceServer(figures(35))
    yield made
    made.stop()


@pytest.fixture
def puller(engine: Engine, tmp_path: Path) -> Puller:
    return Puller(session_factory(engine), tmp_path / "pulls")


Configured = Callable[..., Source]


@pytest.fixture
def configured(server: SourceServer) -> Configured:
    """A source on the test's server, quick to lose patience; keywords change it."""

    def make(path: str = "/offset", **changes: Any) -> Source:
        section: dict[str, Any] = {
            "connector": "http-json",
            "kind": "demand-figures",
            "url": server.url + path,
            "allow_private": True,
            "items": "data.rows",
            "paging": {"type": "offset", "total": "data.total", "size_param": "size", "size": 100},
            "retry": {"attempts": 3, "first_wait": 0.01},
            "limits": {"request_seconds": 5},
            **changes,
        }
        return read_source("figures", {key: value for key, value in section.items() if value is not None})

    return make


def stored(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(DemandFigure)) or 0


def only(outcomes: list[Outcome]) -> Outcome:
    assert len(outcomes) == 1
    return outcomes[0]
