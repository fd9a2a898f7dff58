"""Vectors kept in the database, so that a text is sent to the embedding server once."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import structlog
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from app.models import Embedding, now
from app.runs.embedding_answer import Vectors

_CHUNK = 500
log = structlog.get_logger("chanjiao.embedding")


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class EmbeddingCache:
    """Vectors of one model. Each call is a short transaction of its own; any number of processes may write.

    A cache that cannot be read or written costs time and nothing else: that is logged, and the server asked.
    """

    def __init__(self, engine: Engine, model: str) -> None:
        self._engine = engine
        self._model = model

    def find(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The known vectors (dimensions,) by text."""
        by_hash = {text_hash(text): text for text in texts}
        hashes, found = list(by_hash), {}
        try:
            with self._engine.connect() as connection:
                for start in range(0, len(hashes), _CHUNK):
                    rows = connection.execute(
                        select(Embedding.text_hash, Embedding.vector).where(
                            Embedding.model == self._model,
                            Embedding.text_hash.in_(hashes[start : start + _CHUNK]),
                        )
                    )
                    for key, packed in rows:
                        if (vector := _unpacked(packed)) is not None:
                            found[by_hash[key]] = vector
        except SQLAlchemyError as error:
            log.warning("embedding cache cannot be read", error=type(error).__name__)
            return {}
        return found

    def keep(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors by text. What is there already stays: the first of two writers is right.

        Rows go in by hash, so that two writers never wait for each other in a circle.
        """
        at = now()
        rows = sorted(
            (
                {
                    "model": self._model,
                    "text_hash": text_hash(text),
                    "vector": vector.astype("<f4").tobytes(),
                    "at": at,
                }
                for text, vector in vectors.items()
            ),
            key=lambda row: str(row["text_hash"]),
        )
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        try:
            with self._engine.begin() as connection:
                if rows:
                    connection.execute(insert(Embedding).on_conflict_do_nothing(), rows)
        except SQLAlchemyError as error:
            log.warning("embedding cache cannot be written", error=type(error).__name__)

    def count(self) -> int:
        """How many texts are kept for the model."""
        with self._engine.connect() as connection:
            counted = select(func.count()).select_from(Embedding).where(Embedding.model == self._model)
            return connection.scalar(counted) or 0

    def clear(self) -> int:
        """Forget all vectors of the model; returns how many there were."""
        with self._engine.begin() as connection:
            return connection.execute(delete(Embedding).where(Embedding.model == self._model)).rowcount


def _unpacked(packed: bytes) -> Vectors | None:
    """A stored vector; None where it is damaged."""
    if not packed or len(packed) % 4:
        return None
    vector = np.frombuffer(packed, dtype="<f4")
    return vector if bool(np.isfinite(vector).all()) and abs(float(vector @ vector) - 1) < 0.01 else None
