"""Counts of the published run: offerings and seats by program and school, what the supply covers, the size of each result."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, distinct, func, select

from app.models import (
    Apprenticeship,
    Balance,
    BlockingPair,
    Fit,
    Indicator,
    Offering,
    OpeningCandidate,
    Pathway,
    Placement,
    Portfolio,
    Recommendation,
    SeatPrice,
    UnmetDemand,
    UnplacedPosting,
)
from app.runs.published import ProgramKey, Published


@dataclass(frozen=True, slots=True)
class OfferingCount:
    """Offerings of one program or school: how many, their seats 人/年, whether any of it is simulated."""

    offerings: int
    seats: float
    simulated: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """The supply of one level: counts, seats 人/年, first and last year of plans, simulated offerings."""

    level: str
    schools: int
    programs: int
    offerings: int
    seats: float
    first_year: int | None
    last_year: int | None
    simulated: int


def offering_counts(published: Published) -> dict[ProgramKey, OfferingCount]:
    """Offerings and seats of every program that any school offers."""
    rows = _counts(published, Offering.level, Offering.program_code)
    return {(level, code): OfferingCount(n, seats, bool(made)) for level, code, n, seats, made in rows}


def school_counts(published: Published) -> dict[str, OfferingCount]:
    """Offerings and seats of every school that has any."""
    rows = _counts(published, Offering.school_code)
    return {school: OfferingCount(n, seats, bool(made)) for school, n, seats, made in rows}


def _counts(published: Published, *by: Any) -> Iterable[tuple[Any, ...]]:
    simulated = func.max(case((Offering.simulated, 1), else_=0))
    columns = (*by, func.count(), func.sum(Offering.seats), simulated)
    found = select(*columns).where(Offering.run_id == published.run.id).group_by(*by)
    return [tuple(row) for row in published.session.execute(found)]


def supply_coverage(published: Published) -> list[Coverage]:
    """What the supply side knows, level by level."""
    schools, programs = (func.count(distinct(c)) for c in (Offering.school_code, Offering.program_code))
    simulated = func.sum(case((Offering.simulated, 1), else_=0))
    columns = (schools, programs, func.count(), func.sum(Offering.seats))
    years = (func.min(Offering.year), func.max(Offering.year))
    found = (
        select(Offering.level, *columns, *years, simulated)
        .where(Offering.run_id == published.run.id)
        .group_by(Offering.level)
        .order_by(Offering.level)
    )
    return [Coverage(*row) for row in published.session.execute(found)]


def result_sizes(published: Published) -> dict[str, int]:
    """How many rows of each result the run has."""
    tables: tuple[Any, ...] = (
        Offering, Fit, Balance, UnmetDemand, Recommendation, Portfolio, Placement, UnplacedPosting, Pathway,
        OpeningCandidate, Indicator, Apprenticeship, SeatPrice, BlockingPair,
    )  # fmt: skip
    return {
        table.__tablename__: published.session.scalar(
            select(func.count()).select_from(table).where(table.run_id == published.run.id)
        )
        or 0
        for table in tables
    }
