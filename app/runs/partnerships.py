"""Partnerships 校企合作 of enterprises and schools, as the registers show them: what placement counts as known partners."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from math import prod

from sqlalchemy.orm import Session

from app.models import AllianceMember, JointWork, TrainingBase
from app.planning.profile_registers import Partnerships
from app.runs.alliances import Alliance, alliances_of
from app.runs.registers import standing_entries

WORKING = ("building", "running")
"""States of joint work that count; what is planned or closed does not."""


@dataclass(frozen=True, slots=True)
class Partnership:
    credit_code: str
    school_code: str
    signs: tuple[str, ...]
    """What shows it, each a member of the profile's `partnerships`, in the order of …"""
    grounds: tuple[str, ...]
    """… the same in words."""
    simulated: bool
    """Any of them is simulated."""


@dataclass(frozen=True, slots=True)
class _Sign:
    credit_code: str
    school_code: str
    kind: str
    ground: str
    simulated: bool


def partnerships(session: Session, on: date) -> tuple[Partnership, ...]:
    """Every pair of an enterprise and a school that the registers show to work together on a day, by their codes.

    Only partners that are known by their codes are paired.
    """
    return partnerships_of(
        session.scalars(standing_entries(AllianceMember)),
        session.scalars(standing_entries(JointWork)),
        session.scalars(standing_entries(TrainingBase)),
        on,
    )


def partnerships_of(
    members: Iterable[AllianceMember],
    works: Iterable[JointWork],
    bases: Iterable[TrainingBase],
    on: date,
) -> tuple[Partnership, ...]:
    """The same of entries at hand."""
    pairs: defaultdict[tuple[str, str], dict[str, _Sign]] = defaultdict(dict)
    for signs in (
        _in_alliances(alliances_of(members, on)),
        _in_works(works),
        _in_bases(bases),
    ):
        for sign in signs:
            pairs[sign.credit_code, sign.school_code][sign.ground] = sign
    return tuple(
        Partnership(
            credit_code,
            school_code,
            tuple(signs[ground].kind for ground in sorted(signs)),
            tuple(sorted(signs)),
            any(sign.simulated for sign in signs.values()),
        )
        for (credit_code, school_code), signs in sorted(pairs.items())
    )


def strength_of(signs: Iterable[str], strengths: Partnerships) -> float:
    """How strong a partnership is by its signs, 0-1: 1 − Π (1 − strength of each)."""
    apart: float = prod(1 - getattr(strengths, sign).value for sign in signs)
    return round(1 - apart, 6)


def _in_alliances(alliances: Iterable[Alliance]) -> Iterator[_Sign]:
    for alliance in alliances:
        for enterprise in alliance.members:
            for school in alliance.members:
                if enterprise.credit_code and school.school_code:
                    led = enterprise.lead or school.lead
                    yield _Sign(
                        enterprise.credit_code,
                        school.school_code,
                        "lead" if led else "alliance",
                        f"同属{alliance.name}" + ("（一方牵头）" if led else ""),
                        enterprise.simulated or school.simulated,
                    )


def _in_works(works: Iterable[JointWork]) -> Iterator[_Sign]:
    for row in works:
        for credit_code in row.enterprises if row.state in WORKING else ():
            for school in row.schools:
                yield _Sign(credit_code, school, "joint_work", f"合作{row.name}", row.simulated)


def _in_bases(bases: Iterable[TrainingBase]) -> Iterator[_Sign]:
    for row in bases:
        if row.credit_code:
            yield _Sign(row.credit_code, row.school_code, "base", f"共建{row.name}", row.simulated)
