"""Two runs side by side: which recommendations differ."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Recommendation, Run
from app.reference import load_reference


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes` has a row for every offering whose action or proposed seats differ; `summary` counts them."""

    columns: tuple[str, ...]
    changes: tuple[dict[str, Any], ...]
    summary: dict[str, Any]


COLUMNS = ("学校", "层次", "专业代码", "专业", "原建议", "新建议", "原拟定人数", "新拟定人数")
NOTHING = "—"


def compare_runs(session: Session, before: Run | None, after: Run) -> Comparison:
    """Compare the recommendations of two runs; without `before` everything of `after` is new."""
    old = _recommendations(session, before.id) if before else {}
    new = _recommendations(session, after.id)
    reference = load_reference()
    changes = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        school_code, level, program_code = key
        school = reference.schools.find(school_code)
        program = reference.programs.find(level, program_code)
        row = (
            school.name if school else school_code,
            program.level.label if program else level,
            program_code,
            program.name if program else "",
            was[0] if was else NOTHING,
            now[0] if now else NOTHING,
            was[1] if was else NOTHING,
            now[1] if now else NOTHING,
        )
        changes.append(dict(zip(COLUMNS, row, strict=True)))
    summary = {
        "before": before.id if before else None,
        "after": after.id,
        "same_results": bool(before and before.digest == after.digest),
        "recommendations": len(new),
        "changed": len(changes),
        "seconds": after.seconds,
    }
    return Comparison(COLUMNS, tuple(changes), summary)


def _recommendations(session: Session, run_id: str) -> dict[tuple[str, str, str], tuple[str, float]]:
    rows = session.execute(
        select(
            Recommendation.school_code,
            Recommendation.level,
            Recommendation.program_code,
            Recommendation.action,
            Recommendation.seats_proposed,
        ).where(Recommendation.run_id == run_id)
    )
    return {(school, level, program): (action, seats) for school, level, program, action, seats in rows}
