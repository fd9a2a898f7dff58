"""What is on record of earlier pulls."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Pull


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
