"""A small published run in real tables, and a client on the application that serves it."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import World, fill, make_run
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.main import create_app
from app.models import Batch, Posting, QuarantinedRow, now
from app.runs.publish import publish
from app.settings import Settings

_apps: dict[str, FastAPI] = {}


@pytest.fixture
def app(engine: Engine) -> FastAPI:
    """The application on the test's database; made once for each database, for nothing in it is kept."""
    address = engine.url.render_as_string(hide_password=False)
    if address not in _apps:
        _apps[address] = create_app(Settings(database_url=address, _env_file=None), console=False)  # type: ignore[call-arg]
    return _apps[address]


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    yield TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    app.dependency_overrides.clear()


@pytest.fixture
def world(session: Session) -> World:
    """One batch with a quarantined row, one posting, one published run with all kinds of results."""
    batch = Batch(
        kind="postings",
        source="测试",
        filename="postings.csv",
        sha256="a" * 64,
        size_bytes=100,
        state="accepted",
        simulated=True,
        reading={"encoding": "utf-8"},
        read=3,
        accepted=1,
        repeated=1,
        quarantined=1,
        warnings=["提醒"],
        accepted_at=now(),
        seconds=0.1,
    )
    session.add(batch)
    session.flush()
    session.add_all(
        [
            QuarantinedRow(
                batch_id=batch.id,
                row=3,
                column="学历",
                value="火星",
                reason_code="invalid_code",
                reason="不认识的层次",
                remedy="请改用本科等",
                raw={"电话": "13800000000"},
            ),
            Posting(
                id="posting-1",
                batch_id=batch.id,
                row=1,
                fingerprint="f" * 64,
                simulated=True,
                enterprise="示例企业",
                title="通信工程师订单班",
                description="负责基站",
                district_code="310115",
                level="bachelor",
                heads=50,
                heads_stated=True,
                mode="order_class",
            ),
        ]
    )
    session.commit()
    run = make_run(session, batch_ids=[batch.id], simulated=True)
    fill(session, run, "posting-1")
    publish(session, run, note="第一次")
    return World(run, batch.id, "posting-1")
