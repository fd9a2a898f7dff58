"""Alliances 职教集团与联盟 as their members of a day make them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.models import AllianceMember
from app.runs.registers import standing_entries


@dataclass(frozen=True, slots=True)
class Alliance:
    key: str
    name: str
    kind: str
    """group 职教集团 or alliance 产教融合联盟."""
    demonstration: bool
    members: tuple[AllianceMember, ...]
    """Those of the day, leaders first, then by name."""
    simulated: bool


def is_member(row: AllianceMember, on: date) -> bool:
    """Whether the membership holds on a day; a missing first or last day is open."""
    return (row.since is None or row.since <= on) and (row.until is None or on <= row.until)


def alliances_at(session: Session, on: date, key: str | None = None) -> list[Alliance]:
    """All alliances with any member on a day, or the one of this key, by name."""
    found = standing_entries(AllianceMember)
    if key is not None:
        found = found.where(AllianceMember.alliance_key == key)
    return alliances_of(session.scalars(found), on)


def alliances_of(rows: Iterable[AllianceMember], on: date) -> list[Alliance]:
    """Alliances by their members at hand.

    Kind is what the first of the leaders says, else the first member; it is a demonstration where any member says so.
    """
    members: defaultdict[str, list[AllianceMember]] = defaultdict(list)
    for row in rows:
        if is_member(row, on):
            members[row.alliance_key].append(row)
    alliances = []
    for alliance_key, found in members.items():
        found.sort(key=lambda row: (not row.lead, row.member_kind, row.member, row.id))
        alliances.append(
            Alliance(
                alliance_key,
                found[0].alliance,
                found[0].kind,
                any(row.demonstration for row in found),
                tuple(found),
                any(row.simulated for row in found),
            )
        )
    return sorted(alliances, key=lambda each: (each.name, each.key))
