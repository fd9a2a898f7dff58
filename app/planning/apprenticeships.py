"""Modern apprenticeships 现代学徒制: offerings and enterprises that could train together, against the pilot's 100."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.planning.allocation import Array
from app.planning.cells import PostingRow
from app.planning.rates import Key
from app.planning.supply import OfferingSupply

VOCATIONAL = ("secondary_vocational", "higher_vocational", "vocational_bachelor")
"""Levels at which apprentices are trained."""
ASKED = ("modern_apprenticeship", "enterprise_apprenticeship")


@dataclass(frozen=True, slots=True)
class Apprenticeship:
    """An offering and the posting of an enterprise that could be an apprenticeship."""

    posting_id: str
    key: Key
    heads: int
    """Heads 人 the enterprise asks for."""
    capacity: int
    """Heads 人 the offering could train: no more than asked for, nor than its share of seats; 0 where seats are unknown."""
    fit: float
    distance_km: float | None
    asked: bool
    """The enterprise asks for an apprenticeship; else for an order class or an intern, or it recruits."""
    reasons: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class ApprenticeshipTally:
    """Candidates against the number of 试点专业 the policy asks for (任务 5: 100)."""

    target: int
    candidates: int
    offerings: int
    """Offerings among them: what the policy counts."""
    asked: int
    """Offerings for which an enterprise asks itself."""


def apprenticeships(
    postings: Sequence[PostingRow],
    offerings: Sequence[OfferingSupply],
    fit: Array,
    level: Array,
    distance: Array,
    *,
    smallest: int,
    seat_share: float,
    per_posting: int,
) -> tuple[Apprenticeship, ...]:
    """Of each posting of `smallest` heads or more, or that asks for an apprenticeship, its best vocational offerings.

    `fit`, `level` (0: the level does not answer the posting) and `distance` km (NaN: unknown) are (postings,
    offerings). `per_posting` offerings are kept, by fit × level, of equals the nearer, then by key; of one school and
    posting only the best. Only the order of fits is used. Offerings whose seats are known and hold less than
    `smallest` heads (`seat_share` of their seats) are left out. Those that were asked for come first.
    """
    vocational = [j for j, offering in enumerate(offerings) if offering.level in VOCATIONAL]
    found: list[tuple[tuple[object, ...], Apprenticeship]] = []
    for i, posting in enumerate(postings):
        asked = posting.mode in ASKED
        if not asked and posting.heads < smallest:
            continue
        ranked = []
        for j in vocational:
            offering, score = offerings[j], float(fit[i, j] * level[i, j])
            room = int(offering.seats * seat_share)
            if score <= 0 or (offering.seats > 0 and room < min(smallest, posting.heads)):
                continue
            km = None if np.isnan(distance[i, j]) else float(distance[i, j])
            ranked.append((-score, float("inf") if km is None else km, offering.key, j, room, km))
        schools: set[str] = set()
        for place, (_, _, key, j, room, km) in enumerate(sorted(ranked, key=lambda item: item[:3])):
            if key[0] in schools:
                continue
            if len(schools) == per_posting:
                break
            schools.add(key[0])
            offering = offerings[j]
            reasons = [
                "企业提出学徒制培养"
                if asked
                else f"企业一次需要 {posting.heads} 人，够开一个班，可商议学徒制",
                f"在能培养该岗位的职业教育专业点中适配度居第 {place + 1} 位",
                f"可安排约 {min(room, posting.heads)} 人"
                if offering.seats > 0
                else "招生计划数未知，规模待院校补充",
            ]
            if km is not None:
                near = f"两区中心相距 {km:.0f} 公里" if km >= 0.5 else "在同一个区"
                reasons.append(near + ("（所在区为模拟）" if offering.district_simulated else ""))
            candidate = Apprenticeship(
                posting.id,
                key,
                posting.heads,
                min(room, posting.heads),
                float(fit[i, j]),
                km,
                asked,
                tuple(reasons),
                posting.simulated or offering.simulated,
            )
            found.append(((not asked, place, -posting.heads, posting.id, key), candidate))
    return tuple(candidate for _, candidate in sorted(found, key=lambda item: item[0]))


def against_target(candidates: Sequence[Apprenticeship], target: int) -> ApprenticeshipTally:
    return ApprenticeshipTally(
        target=target,
        candidates=len(candidates),
        offerings=len({candidate.key for candidate in candidates}),
        asked=len({candidate.key for candidate in candidates if candidate.asked}),
    )
