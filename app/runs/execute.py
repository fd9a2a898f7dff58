"""A run: snapshot → fit → supply and demand → balance → actions → order classes → pathways, written whole."""

import time
from collections.abc import Callable
from dataclasses import asdict, replace

from sqlalchemy.orm import Session

from app.matching.outside import OutsideVectors
from app.models import Run, new_id, now
from app.planning.warning import Warning
from app.reference import Reference, load_reference
from app.runs.compute import RunResult, compute, snapshot_fits
from app.runs.documents import run_documents
from app.runs.embeddings import EmbeddingLayer, sent_texts, with_or_without
from app.runs.engine import load_engine, model_version
from app.runs.kept_fits import fits_key, keep_fits
from app.runs.profiles import load_profile
from app.runs.snapshot import Snapshot, take_snapshot
from app.runs.store import store_results
from app.settings import get_settings

Progress = Callable[[str, float], None]


def execute(
    session: Session, profile_name: str, progress: Progress, layer: EmbeddingLayer | None = None
) -> Run:
    """Compute one run over the accepted batches and write all its results in one transaction.

    The row of the run is committed first, in state `running`, so that a killed run can be seen; its results and
    the state `finished` are committed together. A failed run keeps its row, with the reason in its summary.
    `layer`: an embedding layer that takes part; where its server fails the run goes without it, says so in a warning
    `embedding_unavailable` and does not name it in its model version.
    Raises ProfileError for a bad profile; every other error of the computation marks the run failed and is raised.
    """
    started = time.monotonic()
    reference = load_reference()
    profile = load_profile(profile_name)
    progress("准备匹配引擎", 0.0)
    engine = load_engine()
    progress("读取快照", 0.0)
    snapshot = take_snapshot(session)
    run = Run(
        id=new_id(),
        state="running",
        profile=profile.name,
        profile_digest=profile.digest,
        parameters={
            "profile": profile_name,
            "profile_version": profile.version,
            "decisions": list(snapshot.decision_ids),
            "day": str(snapshot.day),
            "order_classes": list(snapshot.order_class_moves),
        },
        model_version=engine.version,
        reference_digest=reference.digest,
        snapshot_digest=snapshot.digest,
        batch_ids=list(snapshot.batch_ids),
        summary={},
        warnings=[],
        simulated=snapshot.simulated,
    )

    def work() -> RunResult:
        outside, failure = with_or_without(
            layer, lambda heard: _outside(heard, snapshot, reference, progress) if heard else None
        )
        if layer is not None and outside is not None:
            run.model_version = model_version(layer)
        progress("计算适配度", 0.0)
        fits = snapshot_fits(snapshot, reference, engine, outside)
        result = compute(snapshot, reference, fits, profile, progress)
        keep_fits(get_settings().fits_folder, fits_key(run), fits)
        if failure is None:
            return result
        warning = Warning("embedding_unavailable", f"向量层未参与本次测算：{failure}")
        return replace(result, warnings=[*result.warnings, asdict(warning)])

    return carry_out(session, run, work, started, progress)


def carry_out(
    session: Session, run: Run, work: Callable[[], RunResult], started: float, progress: Progress
) -> Run:
    """Store `run` in state `running`, then the results of `work` and the state `finished` together, or why it failed."""
    session.add(run)
    session.commit()
    try:
        result = work()
        progress("保存结果", 0.0)
        run.digest = store_results(session, run.id, result.rows)
        run.summary = result.summary
        run.warnings = result.warnings
        run.timings = result.timings
        run.state = "finished"
        run.finished_at = now()
        run.seconds = round(time.monotonic() - started, 3)
        session.commit()
    except BaseException as error:
        session.rollback()
        run.state = "failed"
        run.summary = {"error": f"{type(error).__name__}: {error}"}
        run.finished_at = now()
        session.commit()
        raise
    progress("保存结果", 1.0)
    return run


def _outside(
    layer: EmbeddingLayer, snapshot: Snapshot, reference: Reference, progress: Progress
) -> OutsideVectors:
    """Vectors of everything the run matches. Raises EmbeddingUnavailableError."""
    progress("取得向量", 0.0)
    documents = run_documents(snapshot, reference)
    return OutsideVectors(
        programs=layer.vectors(sent_texts(documents.programs)),
        industries=layer.vectors(sent_texts(documents.industries)),
        occupations=layer.vectors(sent_texts(documents.occupations)),
        postings=layer.vectors(sent_texts(documents.postings)),
        share=layer.share,
    )
