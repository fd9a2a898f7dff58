"""The snapshot: all records of the accepted batches, as the plain rows the pure core reads."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, select, true
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.models import (
    AllianceMember,
    Batch,
    Campus,
    DemandFigure,
    DistrictCluster,
    EnrolmentPlan,
    EnterpriseStatus,
    Forecast,
    JointWork,
    Outcome,
    Posting,
    RegisteredProgram,
    Run,
    TeacherCount,
    TextProfile,
    TrainingBase,
    now,
)
from app.models.register import Registered
from app.planning.cells import FigureRow, ForecastRow, PostingRow
from app.planning.plans import PlanRow
from app.planning.rates import OutcomeRow
from app.planning.resources import BaseRow, TeacherRow
from app.planning.standing import DecisionRow
from app.planning.supply import CampusRow, RegisterRow
from app.runs.decisions import decisions_in_force, decisions_of
from app.runs.enterprises import enterprises_of
from app.runs.order_class_fixed import ClassRow, binding_classes, binding_classes_of
from app.runs.order_class_outcomes import class_outcome_rows
from app.runs.partnerships import partnerships_of
from app.runs.posting_text import posting_text
from app.runs.ties import PostingTie, posting_ties

Row = TypeVar("Row")

ACCEPTED = "accepted"
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class ProfileText:
    """A text a user brought for a program, occupation or industry."""

    subject: str
    level: str
    code: str
    name: str
    text: str
    batch_id: str


@dataclass(frozen=True, slots=True)
class PostingText:
    """What the matching reads of a posting."""

    id: str
    title: str
    description: str
    level: str | None
    region: str


@dataclass(frozen=True, slots=True)
class PostingTerms:
    """What an enterprise says beside its demand: who it is, whom it would have as partner, what it brings."""

    id: str
    credit_code: str | None
    heads_low: int | None
    heads_high: int | None
    start_year: int | None
    teachers: int | None
    jobs_guaranteed: int | None
    partner_schools: tuple[str, ...]
    excluded_schools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClusterRow:
    district_code: str
    cluster: str
    industry_codes: tuple[str, ...]
    batch_id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one run reads. Two snapshots of the same batches and decisions are equal, digest and all."""

    plans: tuple[PlanRow, ...]
    registers: tuple[RegisterRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    campuses: tuple[CampusRow, ...]
    forecasts: tuple[ForecastRow, ...]
    figures: tuple[FigureRow, ...]
    postings: tuple[PostingRow, ...]
    posting_texts: tuple[PostingText, ...]
    clusters: tuple[ClusterRow, ...]
    texts: tuple[ProfileText, ...]
    decisions: tuple[DecisionRow, ...]
    """Decisions of reviewers that are in force."""
    decision_ids: tuple[str, ...]
    """Ids of the events they come from."""
    batch_ids: tuple[str, ...]
    simulated: bool
    digest: str
    posting_terms: tuple[PostingTerms, ...] = ()
    """Of every posting, in the order of `postings`."""
    order_classes: tuple[ClassRow, ...] = ()
    """Classes that hold seats, and pairs of posting and offering that were refused."""
    order_class_moves: tuple[str, ...] = ()
    """Ids of the moves that brought them there."""
    ties: tuple[PostingTie, ...] = ()
    """Of the postings that name a credit code, on the day of the snapshot."""
    teachers: tuple[TeacherRow, ...] = ()
    bases: tuple[BaseRow, ...] = ()
    day: date | None = None
    """The day it shows: what is certified then, and who are partners."""


def accepted_batch_ids() -> Select[str]:
    """The batches a snapshot taken now would read, in its order."""
    return select(Batch.id).where(Batch.state == ACCEPTED).order_by(Batch.id)


def take_snapshot(session: Session, of: Run | None = None) -> Snapshot:
    """Read all records of the accepted batches in a fixed order (batch, row), inside the session's transaction.

    With `of`, the snapshot of that earlier run: its batches and the decisions it heeded. Raises ConflictError where
    what it read is not there any more as it was.
    """
    if of is None:
        batch_ids = tuple(session.scalars(accepted_batch_ids()))
    else:
        # A run that has been made keeps what it read: batches that were undone or superseded since, too.
        kept = set(of.batch_ids)
        batch_ids = tuple(
            each for each in session.scalars(select(Batch.id).order_by(Batch.id)) if each in kept
        )
    wanted = frozenset(batch_ids)
    decisions = (
        decisions_in_force(session, now().date())
        if of is None
        else decisions_of(session, of.parameters.get("decisions", ()))
    )
    classes = (
        binding_classes(session)
        if of is None
        else binding_classes_of(session, of.parameters.get("order_classes", ()))
    )

    def rows(model: Any) -> Iterable[Any]:
        statement: Select[Any] = (
            select(model)
            .join(Batch, Batch.id == model.batch_id)
            .where(Batch.state == ACCEPTED if of is None else true())
            .order_by(model.batch_id, model.row, model.id)
        )
        found = session.scalars(statement.execution_options(yield_per=2000))
        return found if of is None else (row for row in found if row.batch_id in wanted)

    def entries(model: type[Registered]) -> list[Any]:
        """Of a register the latest entry of each key, in the order of their first."""
        return [*{row.key: row for row in rows(model)}.values()]

    day = now().date() if of is None else day_of(of)
    postings, told_bases = list(rows(Posting)), entries(TrainingBase)
    parts: dict[str, tuple[Any, ...]] = {
        "plans": tuple(_plain(PlanRow, r) for r in rows(EnrolmentPlan)),
        "registers": tuple(_plain(RegisterRow, r) for r in rows(RegisteredProgram)),
        "outcomes": tuple(_plain(OutcomeRow, r) for r in rows(Outcome)),
        "campuses": tuple(_plain(CampusRow, r) for r in rows(Campus)),
        "forecasts": tuple(_plain(ForecastRow, r) for r in rows(Forecast)),
        "figures": tuple(_plain(FigureRow, r) for r in rows(DemandFigure)),
        "postings": tuple(_plain(PostingRow, r) for r in postings),
        "posting_texts": tuple(
            PostingText(r.id, r.title, posting_text(r), r.level, r.region) for r in postings
        ),
        "posting_terms": tuple(_plain(PostingTerms, r) for r in postings),
        "clusters": tuple(_plain(ClusterRow, r) for r in rows(DistrictCluster)),
        "texts": tuple(_plain(ProfileText, r) for r in rows(TextProfile)),
        "decisions": tuple(decision for _, decision in decisions),
        "ties": posting_ties(
            postings,
            enterprises_of(entries(EnterpriseStatus), day),
            partnerships_of(entries(AllianceMember), entries(JointWork), told_bases, day),
            told_bases,
        ),
        "teachers": tuple(_plain(TeacherRow, r) for r in entries(TeacherCount)),
        "bases": tuple(_plain(BaseRow, r) for r in told_bases),
        "order_classes": tuple(row for _, row in classes),
    }
    parts["outcomes"] += tuple(class_outcome_rows(session, parts["outcomes"], parts["plans"], wanted))
    session.expunge_all()
    simulated = any(
        getattr(row, "simulated", False) for name, part in parts.items() for row in part if name != "texts"
    )
    snapshot = Snapshot(
        **parts,
        decision_ids=tuple(event for event, _ in decisions),
        order_class_moves=tuple(move for move, _ in classes),
        batch_ids=batch_ids,
        simulated=simulated,
        digest=_digest(parts),
        day=day,
    )
    if of is not None and snapshot.digest != of.snapshot_digest:
        raise ConflictError(
            f"测算 {of.id} 所依据的数据已不完整，或由另一版本的程序读取",
            remedy="请重新测算并发布：chanjiao run --publish",
        )
    return snapshot


def day_of(run: Run) -> date:
    """The day that a run showed; of a run from before days were kept, the day it began."""
    kept = run.parameters.get("day")
    return date.fromisoformat(kept) if kept else run.started_at.date()


_OF_THIS_MACHINE = ("id", "batch_id")


def seed_of(snapshot: Snapshot) -> int:
    """A seed 0 … 2⁴⁸ − 1 for the draws of a run: of the figures themselves, not of the ids this machine gave them.

    The same files in the same order give the same seed, and so the same draws, on any machine and database.
    """
    digest = hashlib.sha256()
    for part in (snapshot.plans, snapshot.outcomes, snapshot.forecasts, snapshot.figures, snapshot.postings):
        for row in part:
            figures = {name: value for name, value in _values(row).items() if name not in _OF_THIS_MACHINE}
            digest.update(_ENCODER.encode(figures).encode())
    return int.from_bytes(digest.digest()[:6], "big")  # exact in any JSON reader


def _digest(parts: Mapping[str, Sequence[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(parts):
        digest.update(name.encode())
        for row in parts[name]:
            digest.update(_ENCODER.encode(_values(row)).encode())
    return digest.hexdigest()


def _values(row: Any) -> dict[str, Any]:
    """The fields of a plain row, which holds no other rows: `asdict` would look into every value."""
    return {name: getattr(row, name) for name in row.__slots__}


def _plain(kind: type[Row], record: Any) -> Row:
    """A record as the plain row of the core: its fields by name, lists as tuples."""
    values = {field.name: getattr(record, field.name) for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})
