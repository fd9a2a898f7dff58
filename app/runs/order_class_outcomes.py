"""Outcomes of order classes 订单班成效: recorded, and what the next run learns from them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError
from app.ingest import accept_rows
from app.models import Batch, ClassOutcome, OrderClass
from app.planning.plans import PlanRow, one_batch_each
from app.planning.rates import Key, OutcomeRow
from app.runs.order_classes import get_class

STARTED = ("running", "closed")
ACCEPTED = "accepted"


def record_outcome(
    session: Session, class_id: str, day: date, counts: Mapping[str, int | None], note: str
) -> ClassOutcome:
    """Store what became of a class, as a batch of its own, committed here; the same again changes nothing.

    Raises NotFoundError; ConflictError for a class that has not begun; InvalidInputError for more students than places,
    or counts that do not follow one another.
    """
    row = get_class(session, class_id).row
    if row.state not in STARTED:
        raise ConflictError(
            f"订单班 {class_id} 还没有开班（{row.state}），没有成效可记", remedy="开班后（running）再提交"
        )
    filled = counts.get("filled")
    if filled is not None and filled > row.heads:
        raise InvalidInputError(
            f"到班 {filled} 人多于这个班的 {row.heads} 个名额",
            remedy="请核对人数",
            where={"参数": "filled"},
        )
    values: dict[str, Any] = {"order_class_id": class_id, "day": day.isoformat(), "note": note}
    values |= {name: count for name, count in counts.items() if count is not None}
    accept_rows(session, "class-outcomes", [values], source="api", simulated=row.simulated)
    return outcomes_of(session, class_id)[-1]


def outcomes_of(session: Session, class_id: str) -> tuple[ClassOutcome, ...]:
    """What is known of a class, the latest day last."""
    return tuple(outcome for outcome, row in known_outcomes(session) if row.id == class_id)


def class_outcome_rows(
    session: Session,
    outcomes: Sequence[OutcomeRow],
    plans: Sequence[PlanRow],
    batch_ids: frozenset[str] | None = None,
) -> list[OutcomeRow]:
    """Rates of offerings with what their order classes show worked in, as further rows of outcomes; in order of key.

    A class is a part of its intake, and its rates say nothing of the rest. So the rate of the offering b moves towards
    that of its classes c by the share w = filled / planned seats of the year: b + w·(c − b). Without b there is a rate
    only where the classes are at least half of the intake. completion = graduated / filled; matched = hired / graduated
    (whom the enterprise took works in the field: a lower bound). `batch_ids`: of these batches only.
    """
    latest = latest_outcomes(known_outcomes(session, batch_ids))
    seats = _seats(plans)
    groups: defaultdict[tuple[Key, int], list[ClassOutcome]] = defaultdict(list)
    for outcome, row in latest:
        groups[(row.school_code, row.level, row.program_code), row.start_year].append(outcome)
    known: dict[Key, list[OutcomeRow]] = defaultdict(list)
    for each in sorted(outcomes, key=lambda each: (each.year, each.batch_id), reverse=True):
        known[each.school_code, each.level, each.program_code].append(each)
    found = []
    for (key, year), group in sorted(groups.items()):
        filled = sum(outcome.filled for outcome in group)
        by_year = seats.get(key)
        if not by_year:
            continue  # the share of the intake is not known
        share = min(1.0, filled / (by_year.get(year) or by_year[max(by_year)]))
        rates = {
            name: value
            for name, of_class in _rates(group).items()
            if (value := _blended(_first(known[key], f"{name}_rate"), of_class, share)) is not None
        }
        if rates:
            found.append(_outcome_row(key, max(outcome.day.year for outcome in group), group, rates))
    return found


def known_outcomes(
    session: Session, batch_ids: frozenset[str] | None = None
) -> list[tuple[ClassOutcome, OrderClass]]:
    found = (
        select(ClassOutcome, OrderClass)
        .join(OrderClass, OrderClass.id == ClassOutcome.order_class_id)
        .join(Batch, Batch.id == ClassOutcome.batch_id)
        .where(Batch.state == ACCEPTED)
        .order_by(ClassOutcome.day, ClassOutcome.batch_id, ClassOutcome.row)
    )
    return [
        (outcome, row)
        for outcome, row in session.execute(found)
        if batch_ids is None or outcome.batch_id in batch_ids
    ]


def latest_outcomes(
    known: Iterable[tuple[ClassOutcome, OrderClass]],
) -> list[tuple[ClassOutcome, OrderClass]]:
    by_class = {row.id: (outcome, row) for outcome, row in known}
    return [by_class[class_id] for class_id in sorted(by_class)]


def _seats(plans: Sequence[PlanRow]) -> dict[Key, dict[int, float]]:
    """Planned seats 人 of each offering by year; a broad category counts in equal parts for what it names."""
    seats: defaultdict[Key, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for plan in one_batch_each(plan for plan in plans if plan.plan > 0)[0]:
        for code in plan.program_codes:
            seats[plan.school_code, plan.level, code][plan.year] += plan.plan / len(plan.program_codes)
    return {key: dict(by_year) for key, by_year in seats.items()}


def _rates(group: Sequence[ClassOutcome]) -> dict[str, float]:
    finished = [outcome for outcome in group if outcome.graduated is not None]
    hiring = [outcome for outcome in finished if outcome.hired is not None]
    rates = {}
    if filled := sum(outcome.filled for outcome in finished):
        rates["completion"] = sum(outcome.graduated or 0 for outcome in finished) / filled
    if graduated := sum(outcome.graduated or 0 for outcome in hiring):
        rates["matched"] = sum(outcome.hired or 0 for outcome in hiring) / graduated
    return rates


def _first(rows: Sequence[OutcomeRow], name: str) -> float | None:
    return next((value for row in rows if (value := getattr(row, name)) is not None), None)


def _blended(base: float | None, of_class: float, share: float) -> float | None:
    if base is None:
        return round(of_class, 6) if share >= 0.5 else None
    return round(base + share * (of_class - base), 6)


def _outcome_row(
    key: Key, year: int, group: Sequence[ClassOutcome], rates: Mapping[str, float]
) -> OutcomeRow:
    nothing = OutcomeRow(
        school_code=key[0],
        level=key[1],
        program_code=key[2],
        year=year,
        registration_rate=None,
        completion_rate=None,
        destination_rate=None,
        matched_rate=None,
        retention_rate=None,
        batch_id=max(outcome.batch_id for outcome in group),
        simulated=any(outcome.simulated for outcome in group),
    )
    known: dict[str, Any] = {f"{name}_rate": value for name, value in rates.items()}
    return replace(nothing, **known)
