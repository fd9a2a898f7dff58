"""The embedding layer: an embedding server asked politely, its cache, and what becomes of a silent server."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import structlog
from sqlalchemy import Engine

from app.errors import EmbeddingUnavailableError
from app.matching.documents import Document
from app.matching.normalise import normalise
from app.matching.outside import LAYER, Vectors
from app.matching.personal import mask_personal
from app.runs.embedding_cache import EmbeddingCache
from app.runs.embedding_client import EmbeddingClient, OverloadedError
from app.settings import Settings

SILENT_FOR = 60.0
"""Seconds for which a server that failed is not asked again."""
_LONGEST_SILENCE = 600.0
_MOMENT = 0.1
_PATIENCE = 3.0
"""A batch of a run or a ranking, retries included, may take this many times the time-out."""
LONGEST_TEXT = 480
"""Characters of a text that are sent: common Chinese models read 512 tokens and refuse or drop the rest."""
log = structlog.get_logger("chanjiao.embedding")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LayerState:
    """How the layer stands: `off`, `unasked`, `ok` or `silent` (failed, not asked for another `seconds`)."""

    state: str
    model: str | None = None
    share: float | None = None
    reason: str | None = None
    seconds: float | None = None


class EmbeddingLayer:
    """Texts to unit vectors through one server and the cache. Threads may share it."""

    def __init__(
        self,
        client: EmbeddingClient,
        cache: EmbeddingCache,
        *,
        share: float,
        batch: int,
        silent_for: float = SILENT_FOR,
    ) -> None:
        self.client = client
        self.cache = cache
        self.share = share
        self.version = f"{LAYER}:{client.model}@{share:g}"
        """What a run adds to its model version."""
        self._batch = batch
        self._silent_for = silent_for
        self._lock = threading.Lock()
        self._silent_until = 0.0
        self._failure: EmbeddingUnavailableError | None = None
        self._answered = False
        self._dimensions: int | None = None

    def vectors(
        self, texts: Sequence[str], *, within: float | None = None, private: Collection[str] = ()
    ) -> Vectors:
        """Unit vectors (texts, dimensions) in the order of the texts; a row of zeros for an empty text.

        `within`: seconds that the whole may take (else each batch has three time-outs); what has come by then is
        kept, so the next attempt is nearer to its end. `private`: texts of which nothing may be stored. Raises
        EmbeddingUnavailableError where any vector is missing: all or nothing.
        """
        end = None if within is None else time.monotonic() + within
        wanted = list(dict.fromkeys(text for text in texts if text))
        known = self.cache.find(wanted)
        missing = [text for text in wanted if text not in known]
        for start in range(0, len(missing), self._batch):
            batch = missing[start : start + self._batch]
            received = dict(zip(batch, self._asked(batch, end, under_way=start > 0), strict=True))
            known |= received
            self.cache.keep({text: row for text, row in received.items() if text not in private})
        return self._together(texts, known)

    def state(self) -> LayerState:
        """How the layer stands; the server is not asked."""
        with self._lock:
            seconds = self._silent_until - time.monotonic()
            silent = self._failure is not None and seconds > 0
            state = "silent" if silent else "ok" if self._answered and not self._failure else "unasked"
            return LayerState(
                state,
                self.client.model,
                self.share,
                self._failure.message if self._failure else None,
                round(seconds, 1) if silent else None,
            )

    def refuse_while_silent(self) -> None:
        """Raise EmbeddingUnavailableError where the server failed a moment ago: spares what goes before asking it."""
        with self._lock:
            self._refuse_while_silent()

    def _refuse_while_silent(self) -> None:
        left = self._silent_until - time.monotonic()
        if self._failure is not None and left > 0:
            raise EmbeddingUnavailableError(
                f"{self._failure.message}；{left:.0f} 秒后再试", remedy=self._failure.remedy
            )

    def close(self) -> None:
        self.client.close()

    def _asked(self, batch: Sequence[str], end: float | None, *, under_way: bool) -> Vectors:
        """One batch from the server, unless it is silent. After the silence one caller tries and the others go without.

        `under_way`: the server has just answered, so that time that is up at `end` is no fault of it.
        """
        if under_way and end is not None and time.monotonic() >= end:
            raise _out_of_time()
        with self._lock:
            self._refuse_while_silent()
            if self._failure is not None:
                self._silent_until = time.monotonic() + self._silent_for
        deadline = time.monotonic() + _PATIENCE * self.client.timeout
        try:
            vectors = self.client.embed(batch, deadline if end is None else min(end, deadline))
        except EmbeddingUnavailableError as error:
            if under_way and end is not None and time.monotonic() >= end - _MOMENT:
                raise _out_of_time() from error
            asked = error.seconds if isinstance(error, OverloadedError) else 0.0
            with self._lock:
                self._failure = error
                self._silent_until = time.monotonic() + max(self._silent_for, min(asked, _LONGEST_SILENCE))
            log.warning("embedding server failed", model=self.client.model, reason=error.message)
            raise
        with self._lock:
            self._failure, self._answered = None, True
        return vectors

    def _together(self, texts: Sequence[str], known: dict[str, Vectors]) -> Vectors:
        lengths = {len(vector) for vector in known.values()}
        if self._dimensions is not None:
            lengths.add(self._dimensions)
        if len(lengths) > 1:
            raise EmbeddingUnavailableError(
                f"模型 {self.client.model} 的向量维数前后不同：{'、'.join(map(str, sorted(lengths)))}",
                remedy="服务换了模型而名称未变：请运行 chanjiao embeddings clear，再重启服务",
            )
        self._dimensions = next(iter(lengths), None)
        together = np.zeros((len(texts), self._dimensions or 0), dtype=np.float32)
        for row, text in enumerate(texts):
            if text:
                together[row] = known[text]
        return together


def _out_of_time() -> EmbeddingUnavailableError:
    return EmbeddingUnavailableError(
        "限时内没有取全所需的向量", remedy="已取得的留在缓存里；运行一次 chanjiao run 可把其余的备好"
    )


def sent_texts(documents: Sequence[Document]) -> list[str]:
    """What the server is told of documents: title and text in one form, personal data masked, the first 480 characters."""
    return [
        normalise(mask_personal("。".join(part for part in (d.title, d.text) if part))[0])[
            :LONGEST_TEXT
        ].strip()
        for d in documents
    ]


def is_on(settings: Settings) -> bool:
    """Whether the settings ask for the layer: an address, and a share above 0."""
    return bool(settings.embedding_url.strip()) and settings.embedding_share > 0


def configured(settings: Settings, engine: Engine) -> EmbeddingLayer | None:
    """The layer that the settings ask for, with its cache in the database at `engine`; None where it is off."""
    if not is_on(settings):
        return None
    client = EmbeddingClient(
        settings.embedding_url,
        settings.embedding_model,
        settings.embedding_key,
        settings.embedding_timeout,
    )
    cache = EmbeddingCache(engine, settings.embedding_model)
    return EmbeddingLayer(client, cache, share=settings.embedding_share, batch=settings.embedding_batch)


def state_of(layer: EmbeddingLayer | None) -> LayerState:
    return layer.state() if layer is not None else LayerState("off")


def with_or_without(
    layer: EmbeddingLayer | None, answer: Callable[[EmbeddingLayer | None], T]
) -> tuple[T, EmbeddingUnavailableError | None]:
    """`answer` with the layer, or, where the server fails, once more without it and the failure beside it.

    So an answer is made with the layer as a whole or without it as a whole.
    """
    if layer is None:
        return answer(None), None
    try:
        return answer(layer), None
    except EmbeddingUnavailableError as error:
        return answer(None), error


def check(layer: EmbeddingLayer) -> dict[str, Any]:
    """Ask the server once, past the cache. Raises EmbeddingUnavailableError with a remedy."""
    started = time.monotonic()
    address = layer.client.address
    vectors = layer.client.embed(["数控技术", "车工"], started + layer.client.timeout)
    milliseconds = round(1000 * (time.monotonic() - started), 1)
    return {
        "address": address,
        "model": layer.client.model,
        "share": layer.share,
        "dimensions": vectors.shape[1],
        "cosine": round(float(vectors[0] @ vectors[1]), 4),
        "milliseconds": milliseconds,
        "cached": layer.cache.count(),
    }
