"""The matching engine of this installation: built once a process from the reference tables."""

from functools import lru_cache

from app.matching.engine import Engine
from app.reference import load_reference
from app.runs.documents import industry_documents, lexicon, occupation_documents, program_documents


@lru_cache(maxsize=1)
def load_engine() -> Engine:
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


def model_version() -> str:
    """The version that a run records: of the matching model and the code that applies it."""
    return load_engine().version
