"""Placing one posting anew after a school declined: on the seats that are left, and no other class moves."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import NothingPublishedError
from app.models import OrderClass, Posting
from app.outbox.recording import hold_feed
from app.planning.order_class_modes import ModeAsk, class_terms
from app.planning.placement_one import replace_one
from app.planning.placement_terms import FixedClass, Pairs, PlacementOffering, PlacementPosting
from app.planning.profile import Profile
from app.planning.rates import Key
from app.runs.fits import level_compatibility
from app.runs.matcher import Matcher, OfferingHit
from app.runs.order_class_states import OPEN, REFUSED, takes_seats
from app.runs.order_classes import begin_class, key_of, new_class
from app.runs.placement import placement_rules
from app.runs.posting_text import posting_text
from app.runs.profiles import profile_of
from app.runs.publish import current_run
from app.runs.ties import workplaces_of

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
    profile = profile_of(run)
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
    offers = _offers(hits, refused, declining)
    ask = ModeAsk(
        posting.mode,
        posting.heads,
        posting.class_size_min,
        teachers=posting.teachers,
        places=workplaces_of(session, posting.credit_code) if posting.credit_code else None,
    )
    terms = class_terms(ask, profile.order_classes)
    share = profile.placement.seat_share.value
    result = replace_one(
        PlacementPosting(
            id=posting.id,
            heads=terms.heads,
            class_size_min=terms.class_size_min,
            class_size_max=terms.class_size_max,
            enterprise=posting.credit_code or posting.enterprise,
            takes_seats=terms.takes_seats,
            teachers_per_class=terms.teachers_per_class,
        ),
        [PlacementOffering(key, int(seats * share)) for key, (seats, _) in offers.items()],
        _pairs(posting, terms.levels, [hit for _, hit in offers.values()]),
        placement_rules(profile),
        standing=_standing(session, posting.id, declined.start_year),
        declined=declining,
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


def _standing(session: Session, posting_id: str, start_year: int) -> list[FixedClass]:
    """Classes that hold seats of the intake or are proposed for it, and all of this posting."""
    found = select(OrderClass).where(
        OrderClass.state.in_(OPEN),
        or_(OrderClass.start_year == start_year, OrderClass.posting_id == posting_id),
    )
    return [
        FixedClass(
            posting_id=row.posting_id,
            key=key_of(row),
            heads=row.heads,
            enterprise=row.credit_code or row.enterprise,
            takes_seats=takes_seats(row.mode),
            of_intake=row.start_year == start_year,
        )
        for row in session.scalars(found.order_by(OrderClass.id))
    ]


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


def _pairs(posting: Posting, allowed: Collection[str], hits: list[OfferingHit]) -> Pairs:
    """The pairs of the posting with the offerings of `hits`; a level the mode does not allow answers nothing."""
    levels = np.array(
        [level_compatibility(posting.level, hit.level) if hit.level in allowed else 0.0 for hit in hits],
        float,
    )
    fits = np.array([hit.fit for hit in hits], float)
    return Pairs(
        posting=np.zeros(len(hits), np.int64),
        offering=np.arange(len(hits), dtype=np.int64),
        fit=np.clip(np.divide(fits, levels, out=np.zeros(len(hits)), where=levels > 0), 0.0, 1.0),
        level_fit=levels,
        distance_km=np.array([np.nan if hit.distance_km is None else hit.distance_km for hit in hits], float),
        partnership=np.array([float(hit.school_code in posting.partner_schools) for hit in hits], float),
    )
