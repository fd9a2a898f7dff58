"""What is on record of earlier pulls."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.ingest.batch_records import ACCEPTED, REJECTED
from app.ingest.pull.fault import PullError
from app.ingest.pull.source import Source
from app.models import Batch, Pull


def last_pulls(session: Session, sources: Iterable[str]) -> dict[str, Pull]:
    """The latest pull of each source that has one."""
    found: dict[str, Pull] = {}
    for name in sources:
        latest = select(Pull).where(Pull.source == name).order_by(Pull.started_at.desc(), Pull.id.desc())
        if pull := session.scalars(latest.limit(1)).first():
            found[name] = pull
    return found


def left_running(session: Session) -> list[str]:
    """Names of the sources that have a pull on record that never ended."""
    return list(session.scalars(select(Pull.source).where(Pull.state == "running").distinct()))


def taken_out(session: Session, source: Source, sha256: str) -> str | None:
    """The batch by which the source brought this very content, if somebody has since taken it out; else None.

    Else the next pull would undo what a person decided.
    """
    latest = session.execute(
        select(Batch.id, Batch.state)
        .join(Pull, Pull.batch_id == Batch.id)
        .where(Pull.source == source.name, Pull.sha256 == sha256, Batch.kind == source.kind)
        .order_by(Pull.started_at.desc(), Pull.id.desc())
        .limit(1)
    ).first()
    return latest.id if latest is not None and latest.state == REJECTED else None


def enough(session: Session, source: Source, count: int) -> None:
    """Raise PullError where a source brings far fewer rows than those whose place they would take."""
    before = session.scalar(
        select(func.sum(Batch.read)).where(
            Batch.kind == source.kind, Batch.source == source.label[:300], Batch.state == ACCEPTED
        )
    )
    if before and count < before * source.least:
        raise PullError(
            f"来源只给出 {count} 条，此前有 {before} 条",
            code="shrunk",
            remedy="没有保存任何内容；来源只给新增部分时请写 replaces = false，确实变少时请写 least = 0",
        )
