"""The packaged demonstration data: loaded like any file, computed and published once."""

import tomllib
from collections.abc import Callable
from importlib.resources import as_file, files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest import ingest_file
from app.models import Run, Scenario, now
from app.runs.bulletins import tag_bulletins
from app.runs.decisions import decisions_in_force
from app.runs.embeddings import EmbeddingLayer
from app.runs.engine import model_version
from app.runs.enterprises import certified_enterprises
from app.runs.execute import execute
from app.runs.order_class_fixed import binding_classes
from app.runs.partnerships import partnerships
from app.runs.profiles import load_profile
from app.runs.publish import current_publication, publish
from app.runs.scenarios import add_scenario, packaged_scenarios
from app.runs.snapshot import accepted_batch_ids, day_of

DEMO_PROFILE = "shanghai"


def prepare_demo(
    session: Session, progress: Callable[[str, float], None], layer: EmbeddingLayer | None = None
) -> dict[str, Any]:
    """Load the packaged data, run and publish. What is there already is left as it is.

    Returns `batches` (a report per file), `run` (id), `digest`, `seconds` and `unchanged` (True where the
    published run already answers for exactly this data, profile and model, so that nothing was computed).
    """
    folder = files("app.data") / "demo"
    manifest = tomllib.loads((folder / "manifest.toml").read_text("utf-8"))
    reports = []
    for entry in manifest["file"]:
        with as_file(folder / entry["name"]) as path:
            progress(f"装入 {entry['name']}", 0.0)
            report = ingest_file(
                session, path, entry["kind"], source=entry["source"], simulated=entry["simulated"]
            )
        reports.append({"file": entry["name"], **report.as_dict()})
    run, unchanged = _current_answer(session, layer), True
    if run is None:
        run, unchanged = execute(session, DEMO_PROFILE, progress, layer), False
    publish(session, run.id, note="示例数据 demonstration")
    _examples(session)
    progress("标注行业动态", 0.0)
    tag_bulletins(session)
    return {
        "batches": reports,
        "run": run.id,
        "digest": run.digest,
        "seconds": run.seconds,
        "unchanged": unchanged,
    }


def _examples(session: Session) -> None:
    """Store the packaged scenarios, to be run and changed at will; a name that is taken is left alone."""
    taken = set(session.scalars(select(Scenario.name)))
    for definition in packaged_scenarios():
        if definition["name"] not in taken:
            add_scenario(session, definition, "demo")


def _current_answer(session: Session, layer: EmbeddingLayer | None) -> Run | None:
    """The published run, if computing again would give the same."""
    publication = current_publication(session)
    run = session.get(Run, publication.run_id) if publication else None
    if run is None or run.model_version != model_version(layer):
        return None
    if run.profile_digest != load_profile(DEMO_PROFILE).digest:
        return None
    batch_ids = list(session.scalars(accepted_batch_ids()))
    decisions = [event for event, _ in decisions_in_force(session, now().date())]
    classes = [move for move, _ in binding_classes(session)]
    heeded = [run.parameters.get("decisions"), run.parameters.get("order_classes", [])]
    if run.batch_ids != batch_ids or heeded != [decisions, classes]:
        return None
    days = (day_of(run), now().date())
    same = all(
        len({each(session, day) for day in days}) == 1 for each in (certified_enterprises, partnerships)
    )
    return run if same else None
