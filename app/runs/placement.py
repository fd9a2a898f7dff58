"""Order classes of a run: its postings under the rules of their modes, its offerings with their seats, placed at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import top_places
from app.planning.cells import PostingRow
from app.planning.order_class_modes import ClassTerms, ModeAsk, class_terms, mode_faults
from app.planning.placement import place_pairs
from app.planning.placement_reasons import REASONS, Unplaced
from app.planning.placement_terms import (
    FixedClass,
    Pairs,
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
)
from app.planning.profile import Profile
from app.planning.profile_order_classes import Placement
from app.planning.supply import OfferingSupply
from app.reference import Reference
from app.runs.fits import FitTables, level_compatibility
from app.runs.snapshot import Snapshot

PROSPECTS = 20
"""Offerings of best fit that are kept of each posting beside the eligible ones: one of them is the nearest where nobody
can serve it."""
CERTIFIED, CULTIVATED = "certified", "cultivated"


@dataclass(frozen=True, slots=True)
class Brought:
    """What an enterprise brings to the classes of a posting; None where it does not say."""

    teachers: int | None = None
    staff: int | None = None
    places: int | None = None
    class_size_max: int | None = None


@dataclass(frozen=True, slots=True)
class PlacementFacts:
    """What registers and earlier classes say beside the snapshot's own rows. An enterprise is named by its credit code,
    else by its name, as in `enterprises`."""

    enterprises: Mapping[str, str] = field(default_factory=dict)
    """Credit codes by posting, where they are known."""
    fixed: tuple[FixedClass, ...] = ()
    """Classes that are accepted, signed or running."""
    refused: frozenset[tuple[str, str]] = frozenset()
    """(posting, school code) that one side refused or excludes."""
    wished: frozenset[tuple[str, str]] = frozenset()
    """(posting, school code) that the enterprise asks for."""
    welcomed: frozenset[tuple[str, str]] = frozenset()
    """(enterprise, school code) that the school asks for."""
    unwelcome: frozenset[tuple[str, str]] = frozenset()
    """(enterprise, school code) that the school excludes."""
    partnerships: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Strength 0-1 by (enterprise, school code): earlier classes, a common alliance, a common base."""
    integration: Mapping[str, str] = field(default_factory=dict)
    """Integration enterprises 产教融合型企业: CERTIFIED 认证 or CULTIVATED 建设培育, by enterprise."""
    school_teachers: Mapping[str, float] = field(default_factory=dict)
    """Teachers free for order classes by school code; schools that are left out have no limit."""
    brought: Mapping[str, Brought] = field(default_factory=dict)
    """By posting."""


NOTHING_KNOWN = PlacementFacts()


def place_order_classes(
    snapshot: Snapshot,
    offerings: Sequence[OfferingSupply],
    fits: FitTables,
    reference: Reference,
    profile: Profile,
    facts: PlacementFacts = NOTHING_KNOWN,
) -> PlacementResult:
    """Place the classes of all postings whose mode opens any; postings that break its rules are unplaced with `mode_rules`."""
    asks = [(row, _ask(row, facts)) for row in snapshot.postings]
    terms = {row.id: class_terms(ask, profile.order_classes) for row, ask in asks}
    asks = [(row, ask) for row, ask in asks if terms[row.id].placed]
    faults = {row.id: found for row, ask in asks if (found := mode_faults(ask, profile.order_classes))}
    rows = [row for row, _ in asks if row.id not in faults]
    favoured = _favoured(reference, profile)
    postings = [_posting(row, terms[row.id], facts, favoured, profile.placement) for row in rows]
    share = profile.placement.seat_share.value
    result = place_pairs(
        postings,
        [PlacementOffering(offering.key, int(offering.seats * share)) for offering in offerings],
        _pairs(rows, offerings, terms, fits, reference, profile, facts),
        placement_rules(profile),
        fixed=facts.fixed,
        school_teachers=facts.school_teachers,
    )
    left = {one.posting_id: one for one in result.unplaced}
    for row, _ in asks:
        if row.id in faults:
            text = "；".join(f"{fault.text}（{fault.remedy}）" for fault in faults[row.id])
            left[row.id] = Unplaced(
                row.id, row.heads, row.heads, "mode_rules", f"{REASONS['mode_rules']}：{text}"
            )
        elif short := row.heads - terms[row.id].heads:
            left[row.id] = _limited(row, short, left.get(row.id), terms[row.id])
    return replace(
        result,
        unplaced=tuple(left[row.id] for row, _ in asks if row.id in left),
        heads_asked=sum(row.heads for row, _ in asks),
    )


def placement_rules(profile: Profile) -> PlacementRules:
    rules = profile.placement
    return PlacementRules(
        fit_floor=rules.fit_floor.value,
        unmet_weight=rules.unmet_weight.value,
        fit_weight=rules.fit_weight.value,
        distance_weight=rules.distance_weight.value,
        partnership_weight=rules.partnership_weight.value,
        preference_weight=rules.preference_weight.value,
        enterprise_share=rules.enterprise_share.value,
    )


def _ask(row: PostingRow, facts: PlacementFacts) -> ModeAsk:
    brought = facts.brought.get(row.id, Brought())
    return ModeAsk(
        mode=row.mode,
        heads=row.heads,
        class_size_min=row.class_size_min,
        class_size_max=brought.class_size_max,
        teachers=brought.teachers,
        staff=brought.staff,
        places=brought.places,
    )


def enterprise_of(row: PostingRow, facts: PlacementFacts) -> str:
    return facts.enterprises.get(row.id) or row.enterprise


def _posting(
    row: PostingRow, terms: ClassTerms, facts: PlacementFacts, favoured: tuple[str, ...], rules: Placement
) -> PlacementPosting:
    enterprise = enterprise_of(row, facts)
    priority = {
        CERTIFIED: rules.priority_certified.value,
        CULTIVATED: rules.priority_cultivated.value,
    }.get(facts.integration.get(enterprise, ""), 1.0)
    if row.industry_code and row.industry_code.startswith(favoured):
        priority *= rules.priority_focus.value
    return PlacementPosting(
        id=row.id,
        heads=terms.heads,
        class_size_min=terms.class_size_min,
        class_size_max=terms.class_size_max,
        priority=priority,
        enterprise=enterprise,
        takes_seats=terms.takes_seats,
        teachers_per_class=terms.teachers_per_class,
    )


def _favoured(reference: Reference, profile: Profile) -> tuple[str, ...]:
    """What the codes of favoured industries begin with."""
    groups = (group for group in reference.industry_groups if group.id in profile.favoured_groups)
    return tuple(sorted({code for group in groups for code in group.industry_codes}))


def _limited(row: PostingRow, short: int, why: Unplaced | None, terms: ClassTerms) -> Unplaced:
    """With the heads that its teachers, staff or workplaces do not allow among the unmet."""
    limits = "；".join(terms.limits)
    if why is None:
        return Unplaced(row.id, row.heads, short, "mode_rules", f"{REASONS['mode_rules']}：{limits}")
    return replace(why, heads=row.heads, unmet=why.unmet + short, reason=f"{why.reason}；另外 {limits}")


def _pairs(
    rows: Sequence[PostingRow],
    offerings: Sequence[OfferingSupply],
    terms: Mapping[str, ClassTerms],
    fits: FitTables,
    reference: Reference,
    profile: Profile,
    facts: PlacementFacts,
) -> Pairs:
    """The eligible offerings of each posting, and the best of the others."""
    programs = [fits.programs.index[f"{o.level}:{o.program_code}"] for o in offerings]
    schools = np.array([o.school_code for o in offerings])
    levels = sorted({o.level for o in offerings})
    of_level = np.array([levels.index(o.level) for o in offerings], dtype=np.int64)
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    for row in rows:
        fit = fits.posting[programs, fits.postings.index[row.id]]
        if row.occupation_code in fits.occupations.index:
            fit = np.maximum(fit, fits.occupation[programs, fits.occupations.index[row.occupation_code]])
        allowed = terms[row.id].levels
        answers = [level_compatibility(row.level, level) if level in allowed else 0.0 for level in levels]
        level_fit = np.array(answers)[of_level] if levels else np.zeros(0)
        eligible = (level_fit > 0) & (fit >= profile.placement.fit_floor.value)
        kept = np.union1d(np.flatnonzero(eligible), top_places(fit, min(PROSPECTS, len(offerings))))
        kept = kept.astype(np.int64)
        enterprise = enterprise_of(row, facts)
        codes = schools[kept].tolist()
        parts.append(
            (
                kept,
                np.stack(
                    [
                        fit[kept],
                        level_fit[kept],
                        _distances(row, [offerings[j] for j in kept.tolist()], reference),
                        [facts.partnerships.get((enterprise, code), 0.0) for code in codes],
                        [_wish((row.id, code), facts.wished, facts.refused) for code in codes],
                        [_wish((enterprise, code), facts.welcomed, facts.unwelcome) for code in codes],
                    ]
                ),
            )
        )
    values = np.concatenate([np.zeros((6, 0)), *(value for _, value in parts)], axis=1)
    return Pairs(
        posting=np.repeat(np.arange(len(parts)), [len(kept) for kept, _ in parts]).astype(np.int64),
        offering=np.concatenate([np.zeros(0, np.int64), *(kept for kept, _ in parts)]),
        fit=values[0],
        level_fit=values[1],
        distance_km=values[2],
        partnership=values[3],
        enterprise_wish=values[4],
        school_wish=values[5],
    )


def _distances(
    row: PostingRow, offerings: Sequence[OfferingSupply], reference: Reference
) -> NDArray[np.float64]:
    if not row.district_code:
        return np.full(len(offerings), np.nan)
    known: dict[str | None, float] = {None: np.nan}
    for offering in offerings:
        place = offering.district_code
        if place not in known and place is not None:
            km = reference.districts.distance_km(row.district_code, place)
            known[place] = np.nan if km is None else km
    return np.array([known[offering.district_code] for offering in offerings], dtype=float)


def _wish(
    pair: tuple[str, str], wanted: frozenset[tuple[str, str]], refused: frozenset[tuple[str, str]]
) -> float:
    return np.nan if pair in refused else float(pair in wanted)
