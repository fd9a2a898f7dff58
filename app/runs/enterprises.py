"""Integration enterprises 产教融合型企业: where each stands on a day, by its history in the register."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.models import EnterpriseContribution, EnterpriseStatus
from app.runs.registers import standing_entries

STATUSES = {
    "reserve": "储备",
    "cultivating": "建设培育",
    "certified": "认证",
    "expired": "认证到期",
    "removed": "移出",
}
"""Of an enterprise on a day; `expired` is never stored, it follows from the last day of a certification."""
_ORDER = ("reserve", "cultivating", "certified", "removed")
"""Of two steps on one day the later of these holds."""


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise of the register on one day."""

    credit_code: str
    name: str
    industry_code: str | None
    industry_name: str
    district_code: str | None
    status: str
    """A key of STATUSES."""
    since: date
    """When the status began; of `expired` the certification."""
    until: date | None
    round: str
    simulated: bool
    """Any of its steps is simulated."""
    steps: tuple[EnterpriseStatus, ...]
    """Its history, oldest first, later days included."""


def enterprise_at(steps: Sequence[EnterpriseStatus], on: date) -> Enterprise | None:
    """One enterprise by its steps in force; None where its history begins after `on`.

    The latest step that has begun holds, and names sector and district where it says them, else an earlier one does.
    A certification holds through its last day; after it, and until a further step, the enterprise is `expired`.
    """
    history = sorted(steps, key=lambda step: (step.since, _ORDER.index(step.status), step.id))
    begun = [step for step in history if step.since <= on]
    if not begun:
        return None
    last = begun[-1]
    sector = next((step for step in reversed(begun) if step.industry_code or step.industry_name), last)
    over = last.status == "certified" and last.until is not None and last.until < on
    return Enterprise(
        credit_code=last.credit_code,
        name=last.name,
        industry_code=sector.industry_code,
        industry_name=sector.industry_name,
        district_code=next((step.district_code for step in reversed(begun) if step.district_code), None),
        status="expired" if over else last.status,
        since=last.since,
        until=last.until,
        round=last.round,
        simulated=any(step.simulated for step in history),
        steps=tuple(history),
    )


def enterprises_at(session: Session, on: date, credit_code: str | None = None) -> list[Enterprise]:
    """All enterprises whose history has begun by `on`, or the one named, by credit code."""
    found = standing_entries(EnterpriseStatus)
    if credit_code is not None:
        found = found.where(EnterpriseStatus.credit_code == credit_code)
    return enterprises_of(session.scalars(found), on)


def enterprises_of(steps: Iterable[EnterpriseStatus], on: date) -> list[Enterprise]:
    """The same of steps that are at hand."""
    histories: defaultdict[str, list[EnterpriseStatus]] = defaultdict(list)
    for step in steps:
        histories[step.credit_code].append(step)
    each = (enterprise_at(histories[code], on) for code in sorted(histories))
    return [enterprise for enterprise in each if enterprise is not None]


def certified_enterprises(session: Session, on: date) -> frozenset[str]:
    """Credit codes of the enterprises that are certified on a day: theirs are the postings that go before others."""
    return frozenset(e.credit_code for e in enterprises_at(session, on) if e.status == "certified")


def contributions_of(session: Session, credit_code: str | None = None) -> list[EnterpriseContribution]:
    """What enterprises, or the one named, brought in each year, by credit code and year."""
    found = standing_entries(EnterpriseContribution)
    if credit_code is not None:
        found = found.where(EnterpriseContribution.credit_code == credit_code)
    return [*session.scalars(found.order_by(EnterpriseContribution.credit_code, EnterpriseContribution.year))]


def doubts_about(enterprise: Enterprise) -> list[str]:
    """What in the history of an enterprise calls for a look, in words."""
    doubts = []
    begun: set[str] = set()
    for step in enterprise.steps:
        if step.status == "certified" and not begun & {"reserve", "cultivating"}:
            doubts.append(
                f"{step.since} 认证之前没有纳入储备库的记录（任务9：对纳入储备库的企业逐年、分批认证）"
            )
        begun.add(step.status)
    names = [*dict.fromkeys(step.name for step in enterprise.steps)]
    if len(names) > 1:
        doubts.append(f"名称前后不一：{'、'.join(names)}")
    return doubts
