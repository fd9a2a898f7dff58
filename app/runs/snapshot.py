"""The snapshot: all records of the accepted batches, as the plain rows the pure core reads."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

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
    TextProfile,
)
from app.planning.demand import FigureRow, ForecastRow, PostingRow
from app.planning.supply import CampusRow, OutcomeRow, PlanRow, RegisterRow

ACCEPTED = "accepted"


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
    """Everything one run reads. Two snapshots of the same accepted batches are equal, digest and all."""

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
    batch_ids: tuple[str, ...]
    simulated: bool
    digest: str


def accepted_batch_ids() -> Select[str]:
    """The batches a snapshot taken now would read, in its order."""
    return select(Batch.id).where(Batch.state == ACCEPTED).order_by(Batch.id)


def take_snapshot(session: Session) -> Snapshot:
    """Read all records of the accepted batches in a fixed order (batch, row), inside the session's transaction."""
    batch_ids = tuple(session.scalars(accepted_batch_ids()))

    def rows(model: Any) -> Iterable[Any]:
        statement: Select[Any] = (
            select(model)
            .join(Batch, Batch.id == model.batch_id)
            .where(Batch.state == ACCEPTED)
            .order_by(model.batch_id, model.row, model.id)
        )
        return session.scalars(statement.execution_options(yield_per=2000))

    postings = list(rows(Posting))
    parts: dict[str, tuple[Any, ...]] = {
        "plans": tuple(_plan(r) for r in rows(EnrolmentPlan)),
        "registers": tuple(_register(r) for r in rows(RegisteredProgram)),
        "outcomes": tuple(_outcome(r) for r in rows(Outcome)),
        "campuses": tuple(_campus(r) for r in rows(Campus)),
        "forecasts": tuple(_forecast(r) for r in rows(Forecast)),
        "figures": tuple(_figure(r) for r in rows(DemandFigure)),
        "postings": tuple(_posting(r) for r in postings),
        "posting_texts": tuple(
            PostingText(r.id, r.title, r.description, r.level, r.region) for r in postings
        ),
        "clusters": tuple(
            ClusterRow(r.district_code, r.cluster, tuple(r.industry_codes), r.batch_id)
            for r in rows(DistrictCluster)
        ),
        "texts": tuple(
            ProfileText(r.subject, r.level, r.code, r.name, r.text, r.batch_id) for r in rows(TextProfile)
        ),
    }
    session.expunge_all()
    simulated = any(
        getattr(row, "simulated", False) for name, part in parts.items() for row in part if name != "texts"
    )
    return Snapshot(**parts, batch_ids=batch_ids, simulated=simulated, digest=_digest(parts))


def _digest(parts: Mapping[str, Sequence[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(parts):
        digest.update(name.encode())
        for row in parts[name]:
            digest.update(json.dumps(asdict(row), ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def _plan(r: EnrolmentPlan) -> PlanRow:
    return PlanRow(
        school_code=r.school_code,
        year=r.year,
        province=r.province,
        level=r.level,
        program_codes=tuple(r.program_codes),
        class_code=r.class_code,
        plan=r.plan,
        campus=r.campus,
        batch_id=r.batch_id,
        simulated=r.simulated,
        row=r.row,
    )


def _register(r: RegisteredProgram) -> RegisterRow:
    return RegisterRow(
        school_code=r.school_code,
        level=r.level,
        program_code=r.program_code,
        batch_id=r.batch_id,
        simulated=r.simulated,
    )


def _outcome(r: Outcome) -> OutcomeRow:
    return OutcomeRow(
        school_code=r.school_code,
        level=r.level,
        program_code=r.program_code,
        year=r.year,
        registration_rate=r.registration_rate,
        completion_rate=r.completion_rate,
        destination_rate=r.destination_rate,
        matched_rate=r.matched_rate,
        retention_rate=r.retention_rate,
        batch_id=r.batch_id,
        simulated=r.simulated,
    )


def _campus(r: Campus) -> CampusRow:
    return CampusRow(
        school_code=r.school_code,
        name=r.name,
        district_code=r.district_code,
        main=r.main,
        simulated=r.simulated,
    )


def _forecast(r: Forecast) -> ForecastRow:
    return ForecastRow(
        industry_code=r.industry_code,
        occupation_code=r.occupation_code,
        level=r.level,
        region=r.region,
        year=r.year,
        low=r.low,
        central=r.central,
        high=r.high,
        source=r.source,
        batch_id=r.batch_id,
        row=r.row,
        simulated=r.simulated,
    )


def _figure(r: DemandFigure) -> FigureRow:
    return FigureRow(
        item=r.item,
        indicator=r.indicator,
        measure=r.measure,
        region=r.region,
        year=r.year,
        low=r.low,
        central=r.central,
        high=r.high,
        industry_codes=tuple(r.industry_codes),
        occupation_codes=tuple(r.occupation_codes),
        source=r.source,
        batch_id=r.batch_id,
        row=r.row,
        simulated=r.simulated,
    )


def _posting(r: Posting) -> PostingRow:
    return PostingRow(
        id=r.id,
        title=r.title,
        level=r.level,
        heads=r.heads,
        mode=r.mode,
        district_code=r.district_code,
        industry_code=r.industry_code,
        occupation_code=r.occupation_code,
        enterprise=r.enterprise,
        class_size_min=r.class_size_min,
        batch_id=r.batch_id,
        row=r.row,
        simulated=r.simulated,
    )
