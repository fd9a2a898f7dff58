"""Further study 升学: graduates who go on studying, carried from the level below to the offerings above, none lost.

Those who go on are destination × further-study of the graduates of an offering. At the next level they enter programs
that continue their own (catalogue links), else those of the class of the same name, else all; within these in
proportion to seats. What nobody here takes leaves the region's supply and is counted as such. A cohort of the upper
level takes those of the lower one that graduate in its entry year, or nearest to it: with the plan of one year at hand,
each cohort is taken to be as large as the one that is known.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.planning.balance import ProgramKey
from app.planning.cohorts import Cohort
from app.planning.profile import Profile
from app.planning.supply import OfferingSupply, with_cohorts
from app.planning.warning import Warning

ORDER = ("secondary_vocational", "higher_vocational", "vocational_bachelor", "bachelor", "postgraduate")
"""Levels from below: those who go on from one are known before the next is reached."""
ABOVE: dict[str, tuple[str, ...]] = {
    "secondary_vocational": ("higher_vocational", "vocational_bachelor"),
    "higher_vocational": ("vocational_bachelor", "bachelor"),
    "vocational_bachelor": ("postgraduate",),
    "bachelor": ("postgraduate",),
}


@dataclass(frozen=True, slots=True)
class Continuations:
    """Where a program leads: upper programs the catalogue links, and the name of its class."""

    linked: tuple[ProgramKey, ...]
    class_name: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Heads 人/年 of one level who go on studying. going_on = entered + planned + left."""

    level: str
    going_on: float
    entered: float
    """Of these, added to the entrants of upper offerings here."""
    planned: float
    """Of these, already within the plans of upper offerings (`profile.supply.already_planned`)."""
    left: float
    """Of these, taken by no offering here."""
    graduate_after: int
    """Years after entering the lower level in which they graduate from the upper one."""


def with_further_study(
    offerings: Sequence[OfferingSupply], programs: Mapping[ProgramKey, Continuations], profile: Profile
) -> tuple[tuple[OfferingSupply, ...], tuple[Flow, ...], tuple[Warning, ...]]:
    """The offerings with the entrants that come from below and the graduates they make, in the order given.

    Graduates of a cohort become (seats × registration + entrants) × completion × destination × (1 − further
    study) × retention; those of the levels below have left by their own further-study rate already, so that every
    head is in one place. An offering whose seats are unknown takes nobody. The flows are those of the cohorts that count.
    """
    current = list(offerings)
    flows: list[Flow] = []
    for level in ORDER:
        uppers = ABOVE.get(level)
        here = [i for i, offering in enumerate(current) if offering.level == level]
        if not uppers or not here:
            continue
        open_to: dict[ProgramKey, list[int]] = defaultdict(list)
        by_class: dict[str, list[int]] = defaultdict(list)
        everywhere: list[int] = []
        for i, offering in enumerate(current):
            if offering.level in uppers and offering.seats > 0:
                key = (offering.level, offering.program_code)
                open_to[key].append(i)
                everywhere.append(i)
                if key in programs:
                    by_class[programs[key].class_name].append(i)
        whole = added = planned = left = 0.0
        entrants: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for i in here:
            heads = going_on(current[i])
            whole += heads
            facts = programs.get((level, current[i].program_code))
            linked = [j for key in facts.linked for j in open_to.get(key, ())] if facts else []
            targets = linked or (by_class.get(facts.class_name, []) if facts else []) or everywhere
            if not targets:
                left += heads
                continue
            seats = sum(current[j].seats for j in targets)
            for j in targets:
                share = current[j].seats / seats
                known = _already_planned(current[j].level, profile)
                planned += heads * share * known
                added += heads * share * (1 - known)
                for cohort in current[j].cohorts:
                    from_below = going_on(current[i], cohort.entry_year)
                    entrants[j][cohort.entry_year] += from_below * share * (1 - known)
        for j, by_year in entrants.items():
            current[j] = with_cohorts(current[j], partial(_with_entrants, more=by_year))
        years = profile.supply.years
        after = years[level].value + max(years[upper].value for upper in uppers)  # type: ignore[index]
        flows.append(Flow(level, whole, added, planned, left, int(after)))
    warnings = [
        Warning(
            "further_study",
            f"{flow.level} 每年升学 {flow.going_on:.0f} 人：{flow.entered:.0f} 人计入上一层次专业点的生源，"
            f"{flow.planned:.0f} 人已在其招生计划中，{flow.left:.0f} 人没有可接续的专业点，不计入供给"
            f"（按现有一届推算，入学 {flow.graduate_after} 年后毕业）",
        )
        for flow in flows
        if flow.entered >= 0.5
    ]
    return tuple(current), tuple(flows), tuple(warnings)


def going_on(offering: OfferingSupply, year: int | None = None) -> float:
    """Heads 人/年 who go on studying: of the cohort that counts, or of that which graduates nearest to `year`."""
    cohort = offering.counted if year is None else offering.in_year(year)
    return cohort.going_on if cohort is not None else 0.0


def _already_planned(level: str, profile: Profile) -> float:
    number = profile.supply.already_planned.get(level)  # type: ignore[call-overload]
    return number.value if number is not None else 1.0


def _with_entrants(cohort: Cohort, more: Mapping[int, float]) -> Cohort:
    return replace(cohort, entrants=cohort.entrants + more.get(cohort.entry_year, 0.0))
