"""Training on what is at hand, kept beside the model in use, with a report of what would change."""

from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.matching.documents import Task
from app.matching.model import Model, model_arrays, model_from_arrays
from app.reference import load_reference
from app.runs.carried import INDUSTRIES, Carried
from app.runs.documents import industry_documents, occupation_documents, program_documents
from app.runs.engine import lexical_engine
from app.runs.feedback import feedback_pairs
from app.runs.model_store import changes, load_active, save_model
from app.runs.thesaurus import load_thesaurus
from app.runs.training.train import Progress, train


def retrain(session: Session, data: Path, out: Path | None, progress: Progress) -> dict[str, Any]:
    """Train on a folder of labelled texts and the feedback in the database, and store the model; it is not activated.

    Returns its `version`, the `changes` of the leading measure of each task against the model in use, how much feedback was
    used, and of how many programs of the catalogue the first industry and the first occupation would be another.
    """
    trained = train(data, progress, feedback_pairs(session))
    before = load_active()
    progress("比较新旧模型", 0.0)
    moved = _moved(before.model, model_from_arrays(model_arrays(trained.model)))
    report = {**trained.report, **moved}
    version = save_model(trained.model, report, out)
    return {
        "version": version,
        "before": before.model.version,
        "changes": changes(before.report, report),
        "pairs_from_use": report["pairs_from_use"],
        "pairs_left_out": report["pairs_left_out"],
        **moved,
    }


def _moved(before: Model, after: Model) -> dict[str, float]:
    """Shares of the catalogue's programs whose first industry and first occupation differ between two models."""
    old, new = _first(before), _first(after)
    return {
        "first_industry_changed": round(float((old[0] != new[0]).mean()), 4),
        "first_occupation_changed": round(float((old[1] != new[1]).mean()), 4),
    }


def _first(model: Model) -> tuple[Any, Any]:
    reference, thesaurus = load_reference(), load_thesaurus()
    engine = lexical_engine().with_model(model, thesaurus.knowledge)
    programs = engine.encode(program_documents(reference, {}))
    industries = engine.encode(industry_documents(reference, {}))
    occupations = engine.encode(occupation_documents(reference, {}))
    return (
        np.argmax(Carried(engine, reference, thesaurus).scores(programs, industries, INDUSTRIES), axis=1),
        np.argmax(engine.scores(programs, occupations, Task.PROGRAM_OCCUPATION), axis=1),
    )
