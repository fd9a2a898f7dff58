"""Postings 岗位需求 as they come in one by one: stored once, answered with who could train for them, or why nobody can."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError, EmbeddingUnavailableError
from app.ingest import accept_rows
from app.models import Offering, Posting, PostingAnswer, Run, now
from app.planning.placement import REASONS
from app.planning.supply import Key
from app.reference.codes import normalised
from app.runs.embeddings import EmbeddingLayer, with_or_without
from app.runs.matcher import Matcher, OfferingHit
from app.runs.order_class_seats import next_intake, taken_seats
from app.runs.order_class_states import takes_seats
from app.runs.posting_text import posting_text
from app.runs.profiles import load_profile
from app.runs.published import Published
from app.runs.rows import CLASS_MODES

_NAMESPACE = UUID("6f1d1a52-3c0b-5d8e-9a44-0c6e4b7f2d10")
"""Ids of postings that come through the API are made of their content or their key, so that a repeat finds the first."""
ALIKE = 0.05
"""Fits this close count as equal where one of the schools is a partner."""
MOST_DUPLICATES = 5
DEEPER, FURTHER = 500, 5
"""Offerings looked at where the best ones are full, and how many of those with seats are then shown beside them."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of a posting on its way in."""

    posting: Posting
    repeated: bool
    """It was there before."""
    warnings: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    """Ids of earlier postings of the same enterprise for the same job that may be meant."""
    answer: Mapping[str, Any] | None = None
    """What the idempotency key was answered before."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An offering that could train for a posting."""

    hit: OfferingHit
    seats_free: int | None
    """Planned seats 人 that no class of the intake holds; None where the plan is not known."""
    partner: bool
    """The enterprise asked for this school."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class Unserved:
    """Why no offering can serve a posting, and the nearest there is."""

    reason_code: str
    reason: str
    nearest: Ranked | None


@dataclass(frozen=True, slots=True)
class Ranking:
    offerings: tuple[Ranked, ...]
    unserved: Unserved | None = None
    failure: EmbeddingUnavailableError | None = field(default=None)


def receive(
    session: Session,
    row: Mapping[str, Any],
    content: str,
    *,
    simulated: bool,
    principal: str,
    key: str | None = None,
) -> Reception:
    """Store a posting, given by our column names; committed here. `content`: all of it, as one text.

    With an idempotency `key`, the same key and content is the same posting, and its stored answer comes along; another
    key is another posting, however alike. Without one, the same content is the same posting, and one that differs in
    details only is stored and named as a likely duplicate. Raises ConflictError for a key that was used for other
    content, InvalidInputError where the row is refused; nothing is stored then.
    """
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    posting_id = str(uuid5(_NAMESPACE, f"{principal}\0{key}" if key else content))
    if key and (before := session.get(PostingAnswer, (principal, key))):
        return _as_before(session, before, digest)
    if not key and (earlier := session.get(Posting, posting_id)):
        return Reception(earlier, True)
    duplicates = () if key else _duplicates(session, row)
    try:
        if key:
            # In the transaction of the posting: neither is there without the other.
            session.add(PostingAnswer(principal=principal, key=key, digest=digest, posting_id=posting_id))
            session.flush()
        report = accept_rows(
            session, "postings", [{"id": posting_id, **row}], source="api", simulated=simulated
        )
    except IntegrityError:
        # The same posting arrived twice at once, and the other one was first.
        session.rollback()
        if key:
            return _as_before(session, session.get_one(PostingAnswer, (principal, key)), digest)
        return Reception(session.get_one(Posting, posting_id), True)
    session.commit()
    return Reception(session.get_one(Posting, posting_id), report.already, tuple(report.warnings), duplicates)


def keep_answer(session: Session, principal: str, key: str, answer: Mapping[str, Any]) -> None:
    """Keep what a key was answered, for the next time; committed here."""
    row = session.get(PostingAnswer, (principal, key))
    if row is not None and row.answer is None:
        row.answer = dict(answer)
        session.commit()


def _as_before(session: Session, before: PostingAnswer, digest: str) -> Reception:
    if before.digest != digest:
        raise ConflictError(
            f"Idempotency-Key {before.key} 已用于另一份需求（{before.posting_id}）",
            remedy="内容改过的需求请换一个键；要重发原来的，请一字不改",
        )
    return Reception(session.get_one(Posting, before.posting_id), True, answer=before.answer)


def _duplicates(session: Session, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Earlier postings of the same enterprise for the same job, level and kind of class, the latest first."""
    same = [Posting.enterprise == row["enterprise"]]
    if row.get("credit_code"):
        same.append(Posting.credit_code == row["credit_code"])
    found = session.scalars(
        select(Posting).where(or_(*same), Posting.mode == row["mode"]).order_by(Posting.received_at.desc())
    )
    title, level = _plain(row["title"]), row.get("level")
    alike = (
        each.id
        for each in found
        if _plain(each.title) == title and (level is None or each.level is None or each.level == level)
    )
    return tuple(id_ for id_, _ in zip(alike, range(MOST_DUPLICATES), strict=False))


def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", "", normalised(title)).lower()


def rank_for(published: Published, posting: Posting, layer: EmbeddingLayer | None, top: int) -> Ranking:
    """The `top` offerings of the published run for a posting, best first; why none serves it, where none does.

    Schools the enterprise excludes are left out; of fits within ALIKE of each other its partner schools go first.
    """
    session = published.session
    matcher = Matcher.of(session)
    # Gives the connection back: none is held while an embedding server is waited for.
    session.commit()

    def ranked(heard: EmbeddingLayer | None, level: str | None, top: int) -> list[OfferingHit]:
        return matcher.rank_offerings(
            posting.title,
            posting_text(posting),
            level=level,
            district_code=posting.district_code,
            industry_code=posting.industry_code,
            occupation_code=posting.occupation_code,
            top=top,
            layer=heard,
        )

    excluded = set(posting.excluded_schools)
    wide = top + (_offered_by(published, excluded) if excluded else 0)
    hits, failure = with_or_without(layer, lambda heard: ranked(heard, posting.level, wide))
    near = [] if hits else ranked(None, None, wide)
    kept = [hit for hit in hits if hit.school_code not in excluded][:top]
    offerings = _with_seats(published, posting, kept)
    if posting.partner_schools:
        offerings.sort(key=lambda each: (-round(each.hit.fit / ALIKE), not each.partner))
    unserved = _unserved(published, posting, offerings, hits, near)
    if unserved is not None and unserved.reason_code == "seats_below_class" and len(hits) >= wide:
        # All that are shown are full; before that is said of the city, the others that fit are asked too.
        deeper = [hit for hit in ranked(None, posting.level, DEEPER) if hit.school_code not in excluded]
        if further := _with_room(published, posting, deeper[top:]):
            offerings, unserved = [*offerings, *further], None
    return Ranking(tuple(offerings), unserved, failure)


def _with_room(published: Published, posting: Posting, hits: list[OfferingHit]) -> list[Ranked]:
    """The first few of the hits that fit and have seats for a class."""
    floor, least = _limits(published.run)
    size = posting.class_size_min or least
    fitting = _with_seats(published, posting, [hit for hit in hits if hit.fit >= floor])
    return [each for each in fitting if (each.seats_free or 0) >= size][:FURTHER]


def _offered_by(published: Published, schools: set[str]) -> int:
    found = select(func.count()).select_from(Offering)
    of_schools = Offering.school_code.in_(sorted(schools))
    return published.session.scalar(found.where(Offering.run_id == published.run.id, of_schools)) or 0


def _with_seats(published: Published, posting: Posting, hits: list[OfferingHit]) -> list[Ranked]:
    keys = {key_of(hit) for hit in hits}
    taken = (
        taken_seats(published.session, posting.start_year or next_intake(now().date()), keys)
        if takes_seats(posting.mode) and keys
        else {}
    )
    made_up = _made_up(published, keys)
    return [
        Ranked(
            hit,
            max(0, int(hit.seats) - taken.get(key_of(hit), 0)) if hit.seats else None,
            hit.school_code in posting.partner_schools,
            key_of(hit) in made_up,
        )
        for hit in hits
    ]


def _made_up(published: Published, keys: set[Key]) -> set[Key]:
    """Those of the offerings that rest on simulated data."""
    found = select(Offering.school_code, Offering.level, Offering.program_code).where(
        Offering.run_id == published.run.id,
        Offering.simulated,
        Offering.program_code.in_(sorted({key[2] for key in keys})),
    )
    return {(school, level, code) for school, level, code in published.session.execute(found)} & keys


def key_of(hit: OfferingHit) -> Key:
    return (hit.school_code, hit.level, hit.program_code)


def _unserved(
    published: Published,
    posting: Posting,
    offerings: list[Ranked],
    hits: list[OfferingHit],
    near: list[OfferingHit],
) -> Unserved | None:
    """The first of the reasons that holds, from the broadest to the narrowest; None where some offering serves."""
    floor, least = _limits(published.run)
    if not offerings:
        if hits:
            return Unserved("excluded", "适配的专业点都在被排除的院校", _nearest(published, posting, hits))
        code = "no_level" if near and posting.level else "fit_below_floor"
        why = (
            "可放宽学历层次，或由院校增设专业点"
            if code == "no_level"
            else "没有一个专业点与这份需求沾边；可补充岗位描述"
        )
        return Unserved(code, f"{REASONS[code]}：{why}", _nearest(published, posting, near))
    best = offerings[0]
    fitting = [each for each in offerings if each.hit.fit >= floor]
    if not fitting:
        why = f"最高 {best.hit.fit:.2f}，下限 {floor:.2f}；可补充岗位描述或指定职业"
        return Unserved("fit_below_floor", f"{REASONS['fit_below_floor']}：{why}", best)
    if posting.mode not in CLASS_MODES or posting.mode == "internship":
        return None
    size = posting.class_size_min or least
    heads = posting.heads_high or posting.heads
    if heads < size:
        why = f"{heads} 人，最小 {size} 人；可与相近岗位合班，或降低最小开班人数"
        return Unserved("heads_below_class", f"{REASONS['heads_below_class']}：{why}", fitting[0])
    if not takes_seats(posting.mode):
        return None
    free = [each.seats_free for each in fitting]
    if all(seats is None for seats in free):
        return Unserved("seats_unknown", REASONS["seats_unknown"], fitting[0])
    if max(seats or 0 for seats in free) < size:
        why = f"适配的 {len(fitting)} 个专业点中最多还剩 {max(seats or 0 for seats in free)} 个名额，最小开班 {size} 人"
        return Unserved("seats_below_class", f"{REASONS['seats_below_class']}：{why}", fitting[0])
    return None


def _nearest(published: Published, posting: Posting, hits: list[OfferingHit]) -> Ranked | None:
    found = _with_seats(published, posting, hits[:1])
    return found[0] if found else None


def _limits(run: Run) -> tuple[float, int]:
    """Of the profile of a run: the floor of fit, and the least heads of a class."""
    return _limits_of(str(run.parameters["profile"]), run.profile_digest)


@lru_cache(maxsize=8)
def _limits_of(profile: str, _digest: str) -> tuple[float, int]:
    rules = load_profile(profile).placement
    return rules.fit_floor.value, int(rules.class_size_min.value)
