"""The embedding layer in the service: it takes part, and where its server fails the answer comes without it and says so."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from published_world import World
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.main import create_app
from app.models import Embedding
from app.runs.embedding_cache import text_hash
from app.settings import Settings
from tests.embedding_server import EmbeddingServer, refuses

ASKED = {"title": "集成电路测试工程师", "text": "负责芯片测试，电话 13812345678", "top": 5}
POSTED = {
    "enterprise": "示例半导体",
    "title": "通信工程师",
    "description": "负责基站维护",
    "heads": 30,
    "level": "bachelor",
}


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    running = EmbeddingServer()
    yield running
    running.stop()


@pytest.fixture
def layered(engine: Engine, server: EmbeddingServer) -> Iterator[TestClient]:
    """A client on an application with the layer."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=engine.url.render_as_string(hide_password=False),
        embedding_url=server.url,
        embedding_model="hashing",
        embedding_timeout=60,
        embedding_batch=256,
        embedding_share=0.5,
    )
    with TestClient(create_app(settings, console=False), raise_server_exceptions=False) as client:
        yield client


def scores(body: dict[str, Any]) -> list[tuple[str, float]]:
    return [
        (hit["code"], hit["score"])
        for kind in ("programs", "occupations", "industries")
        for hit in body[kind]
    ]


def layer(client: TestClient) -> dict[str, Any]:
    [found] = client.get("/v1/health").json()["layers"]
    return dict(found)


def test_the_layer_takes_part_and_its_absence_is_said(
    client: TestClient, layered: TestClient, server: EmbeddingServer, session: Session, world: World
) -> None:
    assert layer(client) == dict.fromkeys(("model", "share", "reason", "seconds"), None) | {
        "name": "embedding",
        "state": "off",
    }
    plain = client.post("/v1/match", json=ASKED).json()
    assert plain["layers_unavailable"] == []
    assert all("embedding" not in hit["explanation"]["layers"] for hit in plain["programs"])

    assert layer(layered)["state"] == "unasked" and server.requests == []
    heard = layered.post("/v1/match", json=ASKED).json()
    assert heard["layers_unavailable"] == []
    assert layer(layered) == {
        "name": "embedding", "state": "ok", "model": "hashing", "share": 0.5, "reason": None, "seconds": None,
    }  # fmt: skip
    assert scores(heard) != scores(plain)
    layers = [hit["explanation"]["layers"]["embedding"] for hit in heard["programs"]]
    assert any(layers) and all(-1 <= added <= 1 for added in layers)
    common = {hit["code"]: hit["score"] for hit in plain["occupations"]}
    for hit in heard["occupations"]:
        if hit["code"] in common:
            added = hit["explanation"]["layers"]["embedding"]
            assert hit["score"] == pytest.approx(common[hit["code"]] + added, abs=1e-4)

    # The text is masked before it leaves, and nothing of it is stored.
    assert server.texts[0] == "集成电路测试工程师。负责芯片测试,电话 [手机号]"
    stored = set(session.scalars(select(Embedding.text_hash)))
    assert text_hash(server.texts[0]) not in stored and len(stored) > 2000
    session.rollback()

    # Candidates are known by now: only the text is asked for.
    asked = len(server.requests)
    assert layered.post("/v1/match", json=ASKED).json() == heard
    assert [len(request["input"]) for request in server.requests[asked:]] == [1]

    posted = layered.post("/v1/postings", json=POSTED).json()
    assert posted["layers_unavailable"] == [] and posted["offerings"]
    assert all("embedding" in each["explanation"]["layers"] for each in posted["offerings"])

    server.always(refuses(400, f"no such text: {ASKED['text']}"))
    asked = len(server.requests)
    without = layered.post("/v1/match", json=ASKED).json()
    assert without == {**plain, "layers_unavailable": ["embedding"]}
    assert len(server.requests) == asked + 1
    silent = layer(layered)
    assert silent["state"] == "silent" and 0 < silent["seconds"] <= 60
    assert "400" in silent["reason"] and "芯片" not in silent["reason"]

    # While it is silent nobody waits for it.
    started = time.monotonic()
    again = layered.post("/v1/match", json=ASKED).json()
    assert again == without and time.monotonic() - started < 5
    late = layered.post("/v1/postings", json={**POSTED, "heads": 31})
    assert late.status_code == 201
    assert late.json()["layers_unavailable"] == ["embedding"] and late.json()["offerings"]
    assert len(server.requests) == asked + 1
    assert session.scalar(select(func.count()).select_from(Embedding)) == len(stored) + 1


def test_a_layer_that_is_set_up_wrongly_stops_nothing(engine: Engine, world: World) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=engine.url.render_as_string(hide_password=False),
        embedding_url="nowhere",
    )
    with TestClient(create_app(settings, console=False), raise_server_exceptions=False) as client:
        answer = client.post("/v1/match", json={"title": "护士", "kinds": ["occupation"]})
        assert answer.status_code == 200
        assert answer.json()["layers_unavailable"] == ["embedding"] and answer.json()["occupations"]
        assert "CHANJIAO_EMBEDDING_MODEL" in layer(client)["reason"]
        assert client.get("/healthz").status_code == 200
