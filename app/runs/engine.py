"""The matching engine of this installation: the reference names, and the trained model that is packaged."""

from functools import lru_cache
from importlib.resources import files
from io import BytesIO

import numpy as np

from app.matching.engine import Engine
from app.matching.model import model_from_arrays
from app.reference import load_reference
from app.runs.documents import industry_documents, lexicon, occupation_documents, program_documents
from app.runs.embeddings import EmbeddingLayer


def lexical_engine() -> Engine:
    """The engine with the reference names as its dictionary and their texts as background for term weights."""
    reference = load_reference()
    background = [
        f"{document.title}，{document.text}"
        for documents in (
            program_documents(reference, {}),
            occupation_documents(reference, {}),
            industry_documents(reference, {}),
        )
        for document in documents
    ]
    return Engine.build(lexicon(reference), background)


@lru_cache(maxsize=1)
def load_engine() -> Engine:
    """The engine of the words with the packaged model."""
    packed = (files("app.data") / "model" / "model.npz").read_bytes()
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        return lexical_engine().with_model(model_from_arrays(dict(arrays)))


def model_version(layer: EmbeddingLayer | None = None) -> str:
    """The version that a run records: of the matching model, the code that applies it and the embedding layer."""
    version = load_engine().version
    return f"{version}+{layer.version}" if layer else version
