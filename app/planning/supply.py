"""Supply 供给: from plan figures to graduates who enter work in the region, by offering and year, heads per year."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.planning.cohorts import Cohort, duration, nearest, nearest_year
from app.planning.plans import PlanRow, SchoolLevel, Tally, known_years, one_batch_each, sound_plans, tallies
from app.planning.profile import Profile
from app.planning.rates import Key, KnownRates, OutcomeRow, Rate, sound_rates
from app.planning.warning import Warning
from app.reference.levels import Level


@dataclass(frozen=True, slots=True)
class RegisterRow:
    school_code: str
    level: str
    program_code: str
    batch_id: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class CampusRow:
    school_code: str
    name: str
    district_code: str
    main: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class OfferingSupply:
    """An offering with its seats (人/年 of the latest known plan) and its graduates (人/年) of the planned year."""

    school_code: str
    level: str
    program_code: str
    campus: str
    district_code: str | None
    district_simulated: bool
    year: int | None
    """Year of the latest known plan."""
    seats: float
    graduates: float
    """Those of the cohort that counts for the planned year."""
    rates: Mapping[str, Rate]
    """The rates of that cohort."""
    batch_ids: tuple[str, ...]
    simulated: bool
    entrants: float = 0.0
    """Heads 人/年 that enter that cohort from the level below beside the seats (see further_study.py)."""
    cohorts: tuple[Cohort, ...] = ()
    """One of every entry year whose plan is known, the earliest first; none where the size is not known."""
    counted: Cohort | None = None
    """The one that graduates nearest to the planned year: its graduates are the supply."""

    @property
    def key(self) -> Key:
        return (self.school_code, self.level, self.program_code)

    @property
    def counted_seats(self) -> float:
        """Seats of the cohort that counts; where no plan says otherwise those of the latest plan."""
        return self.seats if self.counted is None else self.counted.seats

    def in_year(self, year: int) -> Cohort | None:
        """The cohort that graduates in a year, or nearest to it."""
        return nearest(self.cohorts, year)


@dataclass(frozen=True, slots=True)
class SupplyResult:
    offerings: tuple[OfferingSupply, ...]
    unassigned_seats: float
    """Seats of broad categories that could not be split over programs."""
    warnings: tuple[Warning, ...]


def project_supply(
    plans: Sequence[PlanRow],
    registers: Sequence[RegisterRow],
    outcomes: Sequence[OutcomeRow],
    campuses: Sequence[CampusRow],
    profile: Profile,
) -> SupplyResult:
    """Offerings with seats, cohorts and graduates, sorted by school, level and program.

    Rules, in order:

    1. Overlapping sources are never added: within one school, year, province and level only the batch with the
       largest total counts (of equals the smallest batch id).
    2. A year of a school and level is known where its plan holds `profile.supply.year_known_share` of the seats of the
       largest year: one of which a single province has been published says nothing about the whole. `seats` are those
       of the latest known year. In a known year, what the plan does not name enrols nobody.
    3. A broad category 大类 is split equally over the programs it names; one that names none is split equally over
       the school's other offerings of the class; else its seats stay unassigned and are reported.
    4. Each known year is a cohort that graduates `profile.supply.years` of its level later: graduates = seats ×
       registration × completion × destination × (1 − further study) × retention, each rate of the data where they
       have it (`KnownRates.of`), else the profile's.
    5. The supply of the planned year is the cohort that graduates in it, else the nearest, which is reported.

    A register row without a plan gives an offering with 0 seats: it exists, its size is not known.
    """
    warnings: list[Warning] = []
    known_rates = KnownRates(sound_rates(outcomes, warnings))
    kept, more = one_batch_each(sound_plans(plans, warnings))
    warnings += more
    years, more = known_years(kept, profile.supply.year_known_share.value)
    warnings += more
    latest = {place: of_place[-1] for place, of_place in years.items()}
    counted = {place: _entry_that_counts(place, of_place, profile) for place, of_place in years.items()}
    planned = [row for row in kept if row.year in years[row.school_code, row.level]]
    found, unassigned, more = tallies(planned, latest)
    warnings += more
    registered: dict[Key, list[RegisterRow]] = defaultdict(list)
    for row in registers:
        registered[row.school_code, row.level, row.program_code].append(row)
    there = {key for key, by_year in found.items() if {latest[key[:2]], counted[key[:2]]} & set(by_year)}
    places = _places(campuses)
    offerings = tuple(
        _offering(
            key,
            found.get(key, {}),
            years.get(key[:2], ()),
            counted.get(key[:2]),
            registered.get(key, ()),
            known_rates,
            places.get(key[0], ()),
            profile,
        )
        for key in sorted(there | set(registered))
    )
    warnings += _not_of_the_year(counted, profile)
    return SupplyResult(offerings, unassigned, tuple(warnings))


def _entry_that_counts(place: SchoolLevel, years: Sequence[int], profile: Profile) -> int:
    after = duration(place[1], profile)
    graduation = nearest_year((year + after for year in years), int(profile.demand.year.value))
    assert graduation is not None, "a school that has a plan has a known year: the largest"
    return graduation - after


def _not_of_the_year(counted: Mapping[SchoolLevel, int], profile: Profile) -> list[Warning]:
    """What is said where the plan of the cohort that graduates in the planned year is not known."""
    wanted = int(profile.demand.year.value)
    elsewhere: dict[tuple[str, int], list[str]] = defaultdict(list)
    for (school, level), entry in counted.items():
        if entry + duration(level, profile) != wanted:
            elsewhere[level, entry].append(school)
    return [
        Warning(
            "nearest_cohort",
            f"{len(schools)} 所院校{Level(level).label}没有 {wanted} 年毕业的一届（"
            f"{wanted - duration(level, profile)} 年入学）的完整计划，供给采用最接近的一届："
            f"{entry} 年入学、{entry + duration(level, profile)} 年毕业",
            tuple(sorted(schools)),
        )
        for (level, entry), schools in sorted(elsewhere.items())
    ]


def _places(campuses: Iterable[CampusRow]) -> dict[str, tuple[CampusRow, ...]]:
    places: dict[str, list[CampusRow]] = defaultdict(list)
    for row in campuses:
        places[row.school_code].append(row)
    return {
        school: tuple(sorted(rows, key=lambda row: (not row.main, row.name)))
        for school, rows in places.items()
    }


def _offering(
    key: Key,
    by_year: Mapping[int, Tally],
    years: Sequence[int],
    counted: int | None,
    registered: Sequence[RegisterRow],
    known_rates: KnownRates,
    places: Sequence[CampusRow],
    profile: Profile,
) -> OfferingSupply:
    now = by_year.get(years[-1]) if years else None
    then = by_year.get(counted) if counted is not None else None
    shown = [tally for tally in (now, then) if tally is not None]
    simulated = any(tally.simulated for tally in shown) or (
        not (now and now.seats) and any(row.simulated for row in registered)
    )
    after = duration(key[1], profile)
    cohorts = tuple(
        Cohort(
            year,
            year + after,
            by_year[year].seats if year in by_year else 0.0,
            known_rates.of(key, profile, entry=year, graduation=year + after, simulated=simulated),
        )
        for year in (years if by_year else ())
    )
    cohort = next((cohort for cohort in cohorts if cohort.entry_year == counted), None)
    rates = cohort.rates if cohort else known_rates.of(key, profile, simulated=simulated)
    named = sorted(shown[0].campuses.items(), key=lambda item: (-item[1], item[0])) if shown else []
    campus = next((name for name, _ in named if name), "")
    place = next((row for row in places if campus and row.name == campus), None) or next(iter(places), None)
    batches = {batch for tally in shown for batch in tally.batches}
    batches |= {row.batch_id for row in registered} | {row.batch_id for row in known_rates.rows(key)}
    return OfferingSupply(
        *key,
        campus=campus or (place.name if place else ""),
        district_code=place.district_code if place else None,
        district_simulated=place.simulated if place else False,
        year=years[-1] if years else None,
        seats=now.seats if now else 0.0,
        graduates=cohort.graduates if cohort else 0.0,
        rates=rates,
        batch_ids=tuple(sorted(batches)),
        simulated=simulated or any(rate.simulated for rate in rates.values()),
        cohorts=cohorts,
        counted=cohort,
    )


def with_cohorts(offering: OfferingSupply, changed: Callable[[Cohort], Cohort]) -> OfferingSupply:
    """The offering with every cohort changed, and the graduates that follow."""
    counted = changed(offering.counted) if offering.counted is not None else None
    return replace(
        offering,
        cohorts=tuple(changed(cohort) for cohort in offering.cohorts),
        counted=counted,
        rates=counted.rates if counted else offering.rates,
        entrants=counted.entrants if counted else 0.0,
        graduates=counted.graduates if counted else 0.0,
    )


def resized(offering: OfferingSupply, seats: float, profile: Profile) -> OfferingSupply:
    """The offering with `seats` 人/年, its cohorts as if the change had been made before them (a steady state)."""
    if offering.counted is None:
        cohort = _steady(offering.level, seats, offering.rates, profile)
        return with_cohorts(replace(offering, seats=seats, cohorts=(cohort,), counted=cohort), lambda c: c)
    now = offering.seats

    def moved(cohort: Cohort) -> Cohort:
        return replace(cohort, seats=seats if cohort.seats == now else max(cohort.seats + seats - now, 0.0))

    return with_cohorts(replace(offering, seats=seats), moved)


def _steady(level: str, seats: float, rates: Mapping[str, Rate], profile: Profile) -> Cohort:
    """A cohort of the planned year for what has no plan."""
    graduation = int(profile.demand.year.value)
    return Cohort(graduation - duration(level, profile), graduation, seats, rates)


def new_offering(
    key: Key,
    seats: float,
    profile: Profile,
    *,
    campus: str = "",
    district_code: str | None = None,
    year: int | None = None,
    batch_ids: tuple[str, ...] = (),
    simulated: bool = False,
) -> OfferingSupply:
    """An offering that no plan has yet, at the profile's rates of its level; it counts in full in the planned year."""
    rates = KnownRates().of(key, profile)
    cohort = _steady(key[1], seats, rates, profile)
    return OfferingSupply(
        *key,
        campus=campus,
        district_code=district_code,
        district_simulated=False,
        year=year,
        seats=seats,
        graduates=cohort.graduates,
        rates=rates,
        batch_ids=batch_ids,
        simulated=simulated,
        cohorts=(cohort,),
        counted=cohort,
    )
