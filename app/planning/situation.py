"""The situation of an offering: everything the rules look at, gathered once for all offerings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.enrolment import EnrolmentYear
from app.planning.indicators import lowest_years, percentiles, percentiles_over_years
from app.planning.profile import Profile
from app.planning.rates import Key, OutcomeRow
from app.planning.resources import Resources
from app.planning.supply import OfferingSupply

ClassKey = tuple[str, str]
"""(level, class code)."""


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What the rules know of a program besides its figures."""

    name: str
    class_code: str
    groups: tuple[str, ...]
    """Ids of the industry groups it serves."""


@dataclass(frozen=True, slots=True)
class ClassBalance:
    """Supply and demand of all programs of a class at one level, 人/年."""

    demand: float
    supply: float
    shortest: ProgramKey | None
    """The program of the class with the largest gap, where one is short."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One offering, its program and its outcomes."""

    offering: OfferingSupply
    balance: ProgramBalance | None
    """None where the program was not balanced at all."""
    of_class: ClassBalance | None
    low: tuple[OutcomeRow, ...]
    """The latest successive years in which its destination rate was among the lowest of its level, or none."""
    matched: OutcomeRow | None
    registration: OutcomeRow | None
    """The latest year in which the rate is known."""
    core: bool
    favoured: bool
    protected: bool
    low_run: int = 0
    """Successive years up to the latest in which its destination rate was among the lowest of its level."""
    earlier_low: int = 0
    """Such years up to the one before the latest."""
    outcomes: tuple[OutcomeRow, ...] = ()
    """All its outcomes, the latest first."""
    enrolment: tuple[EnrolmentYear, ...] = ()
    """Its entrants over the years, the latest first, where they are known."""

    @property
    def program(self) -> ProgramKey:
        return (self.offering.level, self.offering.program_code)


@dataclass(frozen=True, slots=True)
class Region:
    """All that is known of the region's offerings, for the rules and the words they speak in."""

    profile: Profile
    facts: Mapping[ProgramKey, ProgramFacts]
    balances: Mapping[ProgramKey, ProgramBalance]
    classes: Mapping[ClassKey, ClassBalance]
    school_names: Mapping[str, str]
    situations: tuple[Situation, ...]
    destination_rates: Mapping[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)
    """All destination rates by level and year, the lowest first."""
    low_programs: Mapping[ProgramKey, int] = field(default_factory=dict)
    """Successive years up to the latest in which a program's mean destination rate was among the lowest of its level."""
    resources: Resources | None = None
    """What schools have to teach with; None where nothing is known of it."""

    def name(self, key: ProgramKey) -> str:
        return self.facts[key].name if key in self.facts else key[1]

    def school(self, code: str) -> str:
        return self.school_names.get(code, code)

    def of_group(self, key: ProgramKey, groups: Sequence[str]) -> bool:
        return key in self.facts and not set(groups).isdisjoint(self.facts[key].groups)


def survey(
    offerings: Sequence[OfferingSupply],
    balances: Sequence[ProgramBalance],
    outcomes: Sequence[OutcomeRow],
    facts: Mapping[ProgramKey, ProgramFacts],
    school_names: Mapping[str, str],
    profile: Profile,
    enrolment: Mapping[Key, tuple[EnrolmentYear, ...]] | None = None,
) -> Region:
    """Gather the situation of every offering, in order of school, level and program."""
    by_program = {(b.level, b.program_code): b for b in balances}
    classes = _classes(by_program, facts)
    latest = _latest_by_year(outcomes)
    lowest = _lowest(latest, profile)
    histories: dict[Key, list[OutcomeRow]] = defaultdict(list)
    for row in sorted(latest, key=lambda row: -row.year):
        histories[_key(row)].append(row)
    seats: dict[tuple[str, str], float] = defaultdict(float)
    for offering in offerings:
        seats[offering.school_code, offering.level] += offering.seats

    def group(key: ProgramKey, groups: Sequence[str]) -> bool:
        return key in facts and not set(groups).isdisjoint(facts[key].groups)

    situations = []
    for offering in sorted(offerings, key=lambda offering: offering.key):
        program = (offering.level, offering.program_code)
        history = histories.get(offering.key, [])
        share = profile.actions.core_share.value
        situations.append(
            Situation(
                offering=offering,
                balance=by_program.get(program),
                of_class=classes.get((offering.level, facts[program].class_code))
                if program in facts
                else None,
                low=_successive(history, lowest, int(profile.actions.low_years.value)),
                low_run=_run(history, lowest),
                earlier_low=_run(history, lowest, skip=1),
                outcomes=tuple(history),
                enrolment=(enrolment or {}).get(offering.key, ()),
                matched=next((row for row in history if row.matched_rate is not None), None),
                registration=next((row for row in history if row.registration_rate is not None), None),
                core=offering.seats > share * seats[offering.school_code, offering.level],
                favoured=group(program, profile.favoured_groups),
                protected=group(program, profile.protected_groups),
            )
        )
    return Region(
        profile,
        facts,
        by_program,
        classes,
        school_names,
        tuple(situations),
        _destination_rates(latest),
        _low_programs(latest, profile),
    )


def _key(row: OutcomeRow) -> Key:
    return (row.school_code, row.level, row.program_code)


def _classes(
    balances: Mapping[ProgramKey, ProgramBalance], facts: Mapping[ProgramKey, ProgramFacts]
) -> dict[ClassKey, ClassBalance]:
    members: dict[ClassKey, list[ProgramKey]] = defaultdict(list)
    for key in sorted(balances):
        if key in facts:
            members[key[0], facts[key].class_code].append(key)
    return {
        of_class: ClassBalance(
            demand=sum(balances[key].demand for key in keys),
            supply=sum(balances[key].supply for key in keys),
            shortest=next(
                iter(
                    sorted(
                        (key for key in keys if balances[key].gap > 0),
                        key=lambda key: (-balances[key].gap, key),
                    )
                ),
                None,
            ),
        )
        for of_class, keys in members.items()
    }


def _latest_by_year(outcomes: Sequence[OutcomeRow]) -> list[OutcomeRow]:
    """One row per offering and year: that of the latest batch."""
    rows: dict[tuple[Key, int], OutcomeRow] = {}
    for row in sorted(outcomes, key=lambda row: row.batch_id):
        rows[_key(row), row.year] = row
    return [rows[key] for key in sorted(rows)]


def _lowest(rows: Sequence[OutcomeRow], profile: Profile) -> set[tuple[Key, int]]:
    """Offering and year wherever the destination rate is in the lowest share of its level in that year."""
    groups: dict[tuple[str, int], list[OutcomeRow]] = defaultdict(list)
    for row in rows:
        if row.destination_rate is not None:
            groups[row.level, row.year].append(row)
    return {
        (_key(row), row.year)
        for group in groups.values()
        for row, rank in zip(group, percentiles([row.destination_rate or 0.0 for row in group]), strict=True)
        if rank <= profile.actions.low_percentile.value
    }


def _successive(
    history: Sequence[OutcomeRow], lowest: set[tuple[Key, int]], years: int
) -> tuple[OutcomeRow, ...]:
    """The latest `years` rows of an offering if they are of successive years and all among the lowest."""
    rated = [row for row in history if row.destination_rate is not None][:years]
    if years < 1 or len(rated) < years or rated[0].year - rated[-1].year != years - 1:
        return ()
    return tuple(rated) if all((_key(row), row.year) in lowest for row in rated) else ()


def _destination_rates(rows: Sequence[OutcomeRow]) -> dict[tuple[str, int], tuple[float, ...]]:
    groups: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row in rows:
        if row.destination_rate is not None:
            groups[row.level, row.year].append(row.destination_rate)
    return {key: tuple(sorted(rates)) for key, rates in groups.items()}


def _run(history: Sequence[OutcomeRow], lowest: set[tuple[Key, int]], skip: int = 0) -> int:
    """Successive years, from the latest with a destination rate backwards, among the lowest; `skip` the first so many."""
    rated = [row for row in history if row.destination_rate is not None]
    run, expected = 0, rated[0].year - skip if rated and skip else None
    for row in rated[skip:]:
        if (_key(row), row.year) not in lowest or expected not in (None, row.year):
            break
        run, expected = run + 1, row.year - 1
    return run


def _low_programs(rows: Sequence[OutcomeRow], profile: Profile) -> dict[ProgramKey, int]:
    """Successive years, from the latest of the level backwards, in the lowest share of the level's programs.

    A program's rate is the mean of its offerings', each counted once.
    """
    rates: dict[str, dict[ProgramKey, dict[int, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for row in rows:
        if row.destination_rate is not None:
            rates[row.level][row.level, row.program_code][row.year].append(row.destination_rate)
    found: dict[ProgramKey, int] = {}
    for programs in rates.values():
        years = sorted({year for by_year in programs.values() for year in by_year})
        span = range(years[0], years[-1] + 1)
        table = np.array(
            [
                [sum(p[year]) / len(p[year]) if year in p else np.nan for p in programs.values()]
                for year in span
            ]
        )
        low = lowest_years(percentiles_over_years(table), profile.actions.low_percentile.value)
        found |= {key: int(years) for key, years in zip(programs, low, strict=True) if years}
    return found
