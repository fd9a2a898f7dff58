"""The snapshot: all records of the accepted batches, as the plain rows the pure core reads."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.models import (
    Batch,
    Campus,
    DemandFigure,
    DistrictCluster,
    EnrolmentPlan,
    Forecast,
    Outcome,
    Posting,
    RegisteredProgram,
    Run,
    TextProfile,
    now,
)
from app.planning.demand import FigureRow, ForecastRow, PostingRow
from app.planning.standing import DecisionRow
from app.planning.supply import CampusRow, OutcomeRow, PlanRow, RegisterRow
from app.runs.decisions import decisions_in_force, decisions_of

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


def accepted_batch_ids() -> Select[str]:
    """The batches a snapshot taken now would read, in its order."""
    return select(Batch.id).where(Batch.state == ACCEPTED).order_by(Batch.id)


def take_snapshot(session: Session, of: Run | None = None) -> Snapshot:
    """Read all records of the accepted batches in a fixed order (batch, row), inside the session's transaction.

    With `of`, the snapshot of that earlier run: its batches and the decisions it heeded. Raises ConflictError where
    what it read is not there any more as it was.
    """
    accepted = tuple(session.scalars(accepted_batch_ids()))
    batch_ids = accepted if of is None else tuple(batch for batch in accepted if batch in set(of.batch_ids))
    wanted = frozenset(batch_ids)
    decisions = (
        decisions_in_force(session, now().date())
        if of is None
        else decisions_of(session, of.parameters.get("decisions", ()))
    )

    def rows(model: Any) -> Iterable[Any]:
        statement: Select[Any] = (
            select(model)
            .join(Batch, Batch.id == model.batch_id)
            .where(Batch.state == ACCEPTED)
            .order_by(model.batch_id, model.row, model.id)
        )
        found = session.scalars(statement.execution_options(yield_per=2000))
        return found if of is None else (row for row in found if row.batch_id in wanted)

    postings = list(rows(Posting))
    parts: dict[str, tuple[Any, ...]] = {
        "plans": tuple(_plain(PlanRow, r) for r in rows(EnrolmentPlan)),
        "registers": tuple(_plain(RegisterRow, r) for r in rows(RegisteredProgram)),
        "outcomes": tuple(_plain(OutcomeRow, r) for r in rows(Outcome)),
        "campuses": tuple(_plain(CampusRow, r) for r in rows(Campus)),
        "forecasts": tuple(_plain(ForecastRow, r) for r in rows(Forecast)),
        "figures": tuple(_plain(FigureRow, r) for r in rows(DemandFigure)),
        "postings": tuple(_plain(PostingRow, r) for r in postings),
        "posting_texts": tuple(_plain(PostingText, r) for r in postings),
        "clusters": tuple(_plain(ClusterRow, r) for r in rows(DistrictCluster)),
        "texts": tuple(_plain(ProfileText, r) for r in rows(TextProfile)),
        "decisions": tuple(decision for _, decision in decisions),
    }
    session.expunge_all()
    simulated = any(
        getattr(row, "simulated", False) for name, part in parts.items() for row in part if name != "texts"
    )
    snapshot = Snapshot(
        **parts,
        decision_ids=tuple(event for event, _ in decisions),
        batch_ids=batch_ids,
        simulated=simulated,
        digest=_digest(parts),
    )
    if of is not None and snapshot.digest != of.snapshot_digest:
        raise ConflictError(
            f"测算 {of.id} 所依据的数据已不完整，或由另一版本的程序读取",
            remedy="请重新测算并发布：chanjiao run --publish",
        )
    return snapshot


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
