"""Progress of the pilot 试点: what the registers show against the numbers that the plan sets."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.models import JointWork
from app.reference import load_reference
from app.reference.policy import PilotTarget
from app.runs.alliances import alliances_at
from app.runs.enterprises import enterprises_at
from app.runs.registers import standing_entries


@dataclass(frozen=True, slots=True)
class Count:
    """How far one target is on a day."""

    what: str
    """What counts, in words."""
    reached: int
    underway: int
    """On the way: enterprises in reserve, platforms and projects that are being built or planned."""
    parts: Mapping[str, int]
    """How many there are of each status or state."""
    simulated: int
    """How many of those reached rest on simulated entries."""


@dataclass(frozen=True, slots=True)
class Progress:
    target: PilotTarget
    count: Count


def pilot_progress(session: Session, on: date) -> list[Progress]:
    """Enterprises, projects, platforms and demonstration groups on a day, in the order of the plan's targets."""
    counts = {
        "enterprises": _enterprises(session, on),
        "projects": _joint_work(session, "project", "已建成的项目；在建与拟建的另列，已终止的不计"),
        "platforms": _joint_work(session, "platform", "已建成并运行的平台；在建与拟建的另列，已终止的不计"),
        "groups": _groups(session, on),
    }
    return [Progress(target, counts[target.id]) for target in load_reference().pilot_targets]


def _enterprises(session: Session, on: date) -> Count:
    found = enterprises_at(session, on)
    parts = Counter(enterprise.status for enterprise in found)
    reached = [enterprise for enterprise in found if enterprise.status in ("cultivating", "certified")]
    return Count(
        "当天处于建设培育或认证状态的企业；仅储备、认证到期与已移出的不计",
        len(reached),
        parts["reserve"],
        parts,
        sum(enterprise.simulated for enterprise in reached),
    )


def _joint_work(session: Session, form: str, what: str) -> Count:
    found = session.scalars(standing_entries(JointWork).where(JointWork.form == form)).all()
    parts = Counter(row.state for row in found)
    return Count(
        what,
        parts["running"],
        parts["building"] + parts["planned"],
        parts,
        sum(row.simulated for row in found if row.state == "running"),
    )


def _groups(session: Session, on: date) -> Count:
    groups = [alliance for alliance in alliances_at(session, on) if alliance.kind == "group"]
    shown = [alliance for alliance in groups if alliance.demonstration]
    return Count(
        "当天有成员的示范性职教集团；其他职教集团另列",
        len(shown),
        0,
        {"demonstration": len(shown), "other": len(groups) - len(shown)},
        sum(alliance.simulated for alliance in shown),
    )
