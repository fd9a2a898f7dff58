"""Placing one posting anew after a school declined: on the seats that are left, and no other class moves."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NothingPublishedError
from app.models import OrderClass, Posting
from app.planning.placement import Pairs, PlacementOffering, PlacementPosting, PlacementRules, place_pairs
from app.planning.profile import Profile
from app.planning.supply import Key
from app.runs.events import hold_feed
from app.runs.fits import level_compatibility
from app.runs.matcher import Matcher, OfferingHit
from app.runs.order_class_seats import asked_seats
from app.runs.order_class_states import OPEN, REFUSED, takes_seats
from app.runs.order_classes import begin_class, key_of, new_class
from app.runs.posting_text import posting_text
from app.runs.profiles import load_profile
from app.runs.publish import current_run

PROSPECTS = 100
"""Best offerings looked at: where none of these has seats, none that fits has."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Classes proposed in place of one that a school declined, and why heads are left without."""

    classes: tuple[OrderClass, ...]
    unmet: int
    """Heads 人 of the posting without a class."""
    reason_code: str = ""
    reason: str = ""


def place_anew(session: Session, declined: OrderClass, principal: str) -> Replacement:
    """Propose classes for the heads of `declined`'s posting that no class stands for now; committed here.

    Schools that declined the posting, or from which its enterprise withdrew, are not asked again. Classes of others
    that are only proposed keep their seats too. Called twice for the same class, it gives what it gave before.
    """
    posting = session.get(Posting, declined.posting_id)
    try:
        run = current_run(session)
    except NothingPublishedError:
        return Replacement((), declined.heads, "nothing_published", "还没有发布测算结果，下次发布后再安排")
    if posting is None:
        return Replacement((), declined.heads, "posting_gone", "岗位需求已不在，不再安排")
    profile = load_profile(str(run.parameters["profile"]))
    hits = _prospects(session, posting)
    hold_feed(session)
    found = _place(session, posting, declined, hits, profile, run.id, principal)
    session.commit()
    return found


def _prospects(session: Session, posting: Posting) -> list[OfferingHit]:
    matcher = Matcher.of(session)
    session.commit()
    hits = matcher.rank_offerings(
        posting.title,
        posting_text(posting),
        level=posting.level,
        district_code=posting.district_code,
        industry_code=posting.industry_code,
        occupation_code=posting.occupation_code,
        top=PROSPECTS,
    )
    return [hit for hit in hits if hit.school_code not in posting.excluded_schools]


def _place(
    session: Session, posting: Posting, declined: OrderClass, hits: list[OfferingHit], profile: Profile,
    run_id: str, principal: str,
) -> Replacement:  # fmt: skip
    rows = session.scalars(select(OrderClass).where(OrderClass.posting_id == posting.id)).all()
    earlier = tuple(row for row in rows if row.replaces_id == declined.id)
    left = max(0, posting.heads - sum(row.heads for row in rows if row.state in OPEN))
    if earlier or not left:
        return Replacement(earlier, left)
    refused = {key_of(row) for row in rows if row.state in REFUSED}
    declining = {row.school_code for row in rows if row.state == "school_declined"}
    held = asked_seats(session, declined.start_year, OPEN) if takes_seats(posting.mode) else {}
    offers = _offers(hits, refused, declining)
    rules = profile.placement
    smallest = 1 if posting.mode == "internship" else int(rules.class_size_min.value)
    size_min = posting.class_size_min or smallest
    result = place_pairs(
        [PlacementPosting(posting.id, left, size_min, max(int(rules.class_size_max.value), size_min))],
        [
            PlacementOffering(key, max(0, int(seats * rules.seat_share.value) - held.get(key, 0)))
            for key, (seats, _) in offers.items()
        ],
        _pairs(posting, [hit for _, hit in offers.values()]),
        PlacementRules(
            fit_floor=rules.fit_floor.value,
            unmet_weight=rules.unmet_weight.value,
            fit_weight=rules.fit_weight.value,
            distance_weight=rules.distance_weight.value,
        ),
    )
    classes = []
    for item in result.classes:
        row = new_class(
            posting,
            item.key,
            heads=item.seats,
            fit=round(item.fit, 6),
            distance_km=item.distance_km,
            reasons=list(item.reasons),
            run_id=run_id,
            simulated=posting.simulated,
            replaces_id=declined.id,
        )
        begin_class(session, row, principal, f"订单班 {declined.id} 未被接受，重新安排")
        classes.append(row)
    why = result.unplaced[0] if result.unplaced else None
    return Replacement(
        tuple(classes),
        why.unmet if why else 0,
        why.reason_code if why else "",
        why.reason if why else "",
    )


def _offers(
    hits: list[OfferingHit], refused: Collection[Key], declining: Collection[str]
) -> dict[Key, tuple[float, OfferingHit]]:
    """Seats and the best hit of each offering that may still be asked; the campuses of one are one."""
    offers: dict[Key, tuple[float, OfferingHit]] = {}
    for hit in hits:
        key = (hit.school_code, hit.level, hit.program_code)
        if key in refused or hit.school_code in declining:
            continue
        seats, best = offers.get(key, (0.0, hit))
        offers[key] = (seats + hit.seats, best)
    return offers


def _pairs(posting: Posting, hits: list[OfferingHit]) -> Pairs:
    levels = np.array([level_compatibility(posting.level, hit.level) for hit in hits], float)
    fits = np.array([hit.fit for hit in hits], float)
    return Pairs(
        posting=np.zeros(len(hits), np.int64),
        offering=np.arange(len(hits), dtype=np.int64),
        fit=np.clip(np.divide(fits, levels, out=np.zeros(len(hits)), where=levels > 0), 0.0, 1.0),
        level_fit=levels,
        distance_km=np.array([np.nan if hit.distance_km is None else hit.distance_km for hit in hits], float),
        partnership=np.array([float(hit.school_code in posting.partner_schools) for hit in hits], float),
    )
