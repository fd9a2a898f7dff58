"""The matching engine of this installation: the reference names, and the trained model in use."""

from functools import lru_cache

from app.matching.engine import Engine
from app.reference import load_reference
from app.runs.documents import industry_documents, lexicon, occupation_documents, program_documents
from app.runs.embeddings import EmbeddingLayer
from app.runs.model_store import load_active
from app.runs.thesaurus import load_thesaurus


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
    """The engine of the words with the model in use and what the project knows of the field."""
    return lexical_engine().with_model(load_active().model, load_thesaurus().knowledge)


def model_version(layer: EmbeddingLayer | None = None) -> str:
    """The version that a run records: of the matching model, the code that applies it and the embedding layer."""
    version = load_engine().version
    return f"{version}+{layer.version}" if layer else version
