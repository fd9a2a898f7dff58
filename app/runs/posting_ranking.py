"""Who could train for a posting 岗位需求: ranked offerings with their free seats, or why nobody can."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.errors import EmbeddingUnavailableError
from app.models import Offering, Posting, now
from app.planning.order_class_modes import mode_rules
from app.planning.placement_reasons import REASONS
from app.planning.rates import Key
from app.runs.embeddings import EmbeddingLayer, with_or_without
from app.runs.fits import level_compatibility
from app.runs.matcher import Matcher, OfferingHit
from app.runs.order_class_seats import next_intake, taken_seats
from app.runs.order_class_states import takes_seats
from app.runs.posting_text import posting_text
from app.runs.profiles import profile_of
from app.runs.published import Published

ALIKE = 0.05
"""Fits this close count as equal where one of the schools is a partner."""
_levels_by_run: dict[str, tuple[str, ...]] = {}
"""Of the latest run asked for: what a run wrote does not change."""


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
    # No level of the city answers: one look is enough, at what would be nearest.
    taught = any(level_compatibility(posting.level, level) for level in _levels(published))
    level = posting.level if taught else None
    hits, failure = with_or_without(layer, lambda heard: ranked(heard, level, wide if taught else 1))
    hits, near = (hits, []) if taught else ([], hits)
    kept = [hit for hit in hits if hit.school_code not in excluded][:top]
    offerings = _with_seats(published, posting, kept)
    if posting.partner_schools:
        offerings.sort(key=lambda each: (-round(each.hit.fit / ALIKE), not each.partner))
    unserved = _unserved(published, posting, offerings, hits, near)
    return Ranking(tuple(offerings), unserved, failure)


def _levels(published: Published) -> tuple[str, ...]:
    """The levels at which the run has offerings."""
    levels = _levels_by_run.get(published.run.id)
    if levels is None:
        found = select(Offering.level).where(Offering.run_id == published.run.id).distinct()
        levels = tuple(published.session.scalars(found))
        _levels_by_run.clear()
        _levels_by_run[published.run.id] = levels
    return levels


def _offered_by(published: Published, schools: set[str]) -> int:
    found = select(func.count()).select_from(Offering)
    of_schools = Offering.school_code.in_(sorted(schools))
    return published.session.scalar(found.where(Offering.run_id == published.run.id, of_schools)) or 0


def _with_seats(published: Published, posting: Posting, hits: list[OfferingHit]) -> list[Ranked]:
    intake = posting.start_year or next_intake(now().date())
    partners = posting.partner_schools
    return with_free_seats(published, hits, intake if takes_seats(posting.mode) else None, partners)


def with_free_seats(
    published: Published, hits: Sequence[OfferingHit], intake: int | None, partners: Sequence[str] = ()
) -> list[Ranked]:
    """Offerings with the seats that no class of the `intake` holds; None where the demand takes no seats."""
    keys = {key_of(hit) for hit in hits}
    taken = taken_seats(published.session, intake, keys) if intake is not None and keys else {}
    made_up = _made_up(published, keys)
    return [
        Ranked(
            hit,
            max(0, int(hit.seats) - taken.get(key_of(hit), 0)) if hit.seats else None,
            hit.school_code in partners,
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
    profile = profile_of(published.run)
    floor, mode = profile.placement.fit_floor.value, mode_rules(posting.mode, profile.order_classes)
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
    if not mode.placed.value or posting.mode == "internship":
        return None
    size = max(posting.class_size_min or 0, int(mode.class_size_min.value))
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
        why = f"最适配的 {len(fitting)} 个专业点中最多还剩 {max(seats or 0 for seats in free)} 个名额，最小开班 {size} 人"
        return Unserved("seats_below_class", f"{REASONS['seats_below_class']}：{why}", fitting[0])
    return None


def _nearest(published: Published, posting: Posting, hits: list[OfferingHit]) -> Ranked | None:
    found = _with_seats(published, posting, hits[:1])
    return found[0] if found else None
