from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from app.runs import embedding_client
from app.runs.embeddings import EmbeddingLayer, configured
from app.settings import Settings
from tests.embedding_server import EmbeddingServer

KEY = "sk-secret-4711"


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    running = EmbeddingServer()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real pauses, but short ones."""
    monkeypatch.setattr(embedding_client, "FIRST_PAUSE", 0.02)


@pytest.fixture
def make_layer(engine: Engine, server: EmbeddingServer) -> Iterator[Callable[..., EmbeddingLayer]]:
    """Layers on the test's database and server; settings may be given."""
    made: list[EmbeddingLayer] = []

    def make(**settings: Any) -> EmbeddingLayer:
        values: dict[str, Any] = {
            "embedding_url": server.url,
            "embedding_model": "hashing",
            "embedding_key": KEY,
            "embedding_timeout": 1.0,
            "embedding_batch": 4,
            "embedding_share": 0.5,
        }
        layer = configured(Settings(_env_file=None, **(values | settings)), engine)  # type: ignore[call-arg]
        assert layer is not None
        made.append(layer)
        return layer

    yield make
    for layer in made:
        layer.close()
