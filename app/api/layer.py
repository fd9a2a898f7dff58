"""The embedding layer of the service, as handlers ask for it."""

from typing import Annotated

from fastapi import Depends, Request

from app.errors import EmbeddingUnavailableError
from app.matching.outside import LAYER
from app.runs.embeddings import EmbeddingLayer


def layer_of(request: Request) -> EmbeddingLayer | None:
    """The layer that the settings of this application ask for; None where it is off."""
    layer: EmbeddingLayer | None = request.app.state.embedding
    return layer


Layer = Annotated[EmbeddingLayer | None, Depends(layer_of)]


def unavailable(failure: EmbeddingUnavailableError | None) -> list[str]:
    """What an answer says in `layers_unavailable`."""
    return [LAYER] if failure is not None else []
