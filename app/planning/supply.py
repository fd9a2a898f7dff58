"""Supply 供给: from plan figures to graduates who enter work in the region, by offering, heads per year."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.planning.profile import LevelRates, Profile
from app.planning.warning import Warning

RATES = ("registration", "completion", "destination", "further_study", "retention")
_OUTCOME_RATES = (
    "registration_rate",
    "completion_rate",
    "destination_rate",
    "matched_rate",
    "retention_rate",
    "first_choice_rate",
    "adjusted_rate",
    "signing_rate",
)
ABSURD_PLAN = 100_000
"""Seats in one row above which it is a slip: more than any school has students."""
Key = tuple[str, str, str]
"""(school code, level, program code)."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """Seats of one program or broad category at a school, for one province of origin and year."""

    school_code: str
    year: int
    province: str
    level: str
    program_codes: tuple[str, ...]
    class_code: str | None
    plan: int
    campus: str
    batch_id: str
    simulated: bool
    row: int


@dataclass(frozen=True, slots=True)
class RegisterRow:
    school_code: str
    level: str
    program_code: str
    batch_id: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Rates of one offering in one year, each 0-1 or None."""

    school_code: str
    level: str
    program_code: str
    year: int
    registration_rate: float | None
    completion_rate: float | None
    destination_rate: float | None
    matched_rate: float | None
    retention_rate: float | None
    batch_id: str
    simulated: bool
    first_choice_rate: float | None = None
    adjusted_rate: float | None = None
    signing_rate: float | None = None


@dataclass(frozen=True, slots=True)
class CampusRow:
    school_code: str
    name: str
    district_code: str
    main: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class Rate:
    value: float
    source: str
    """data, or the source the profile states."""
    simulated: bool = False
    year: int | None = None


@dataclass(frozen=True, slots=True)
class OfferingSupply:
    """An offering with its seats (人/年 in the plan figures at hand) and projected graduates (人/年)."""

    school_code: str
    level: str
    program_code: str
    campus: str
    district_code: str | None
    district_simulated: bool
    year: int | None
    seats: float
    graduates: float
    rates: Mapping[str, Rate]
    batch_ids: tuple[str, ...]
    simulated: bool
    entrants: float = 0.0
    """Heads 人/年 that enter from the level below beside the seats (see further_study.py)."""

    @property
    def key(self) -> Key:
        return (self.school_code, self.level, self.program_code)


@dataclass(frozen=True, slots=True)
class SupplyResult:
    offerings: tuple[OfferingSupply, ...]
    unassigned_seats: float
    """Seats of broad categories that could not be split over programs."""
    warnings: tuple[Warning, ...]


@dataclass(slots=True)
class _Tally:
    seats: float = 0.0
    campuses: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    batches: set[str] = field(default_factory=set)
    simulated: bool = False


def project_supply(
    plans: Sequence[PlanRow],
    registers: Sequence[RegisterRow],
    outcomes: Sequence[OutcomeRow],
    campuses: Sequence[CampusRow],
    profile: Profile,
) -> SupplyResult:
    """Offerings with seats and graduates, sorted by school, level and program.

    Rules, in order:

    1. Overlapping sources are never added: within one school, year, province and level only the batch with the
       largest total counts (of equals the smallest batch id).
    2. The planning year of a school and level is the year with the most seats (of equals the latest): a later
       year of which only one province has been published says nothing about the whole.
    3. A broad category 大类 is split equally over the programs it names; one that names none is split equally over
       the school's other offerings of the class; else its seats stay unassigned and are reported.
    4. graduates = seats × registration × completion × destination × (1 − further study) × retention. A rate of the
       offering's latest year in the data goes before the profile's rate of the level.

    A register row without a plan gives an offering with 0 seats: it exists, its size is not known.
    """
    warnings: list[Warning] = []
    outcomes = _sound_rates(outcomes, warnings)
    kept, more = one_batch_each(_sound_plans(plans, warnings))
    warnings += more
    planned, more = _planning_years(kept)
    warnings += more
    tallies, years, unassigned, more = _seats(planned)
    warnings += more
    for row in registers:
        tally = tallies.setdefault((row.school_code, row.level, row.program_code), _Tally())
        tally.batches.add(row.batch_id)
        tally.simulated |= row.simulated and not tally.seats
    latest = _latest_outcomes(outcomes)
    places = _places(campuses)
    offerings = tuple(
        _offering(key, tally, years.get(key[:2]), latest.get(key, ()), places.get(key[0], ()), profile)
        for key, tally in sorted(tallies.items())
    )
    return SupplyResult(offerings, unassigned, tuple(warnings))


def _sound_plans(plans: Iterable[PlanRow], warnings: list[Warning]) -> list[PlanRow]:
    sound = []
    for row in plans:
        if 0 <= row.plan <= ABSURD_PLAN:
            sound.append(row)
        else:
            fault = "是负数" if row.plan < 0 else "大得不合理"
            text = f"批次 {row.batch_id} 第 {row.row} 行的计划数{fault}（{row.plan}），未计入"
            warnings.append(Warning("impossible_plan", text, (row.batch_id,)))
    return sound


def _sound_rates(outcomes: Iterable[OutcomeRow], warnings: list[Warning]) -> list[OutcomeRow]:
    """Outcomes without the rates that are not between 0 and 1."""
    sound = []
    for row in outcomes:
        wrong = [
            name
            for name in _OUTCOME_RATES
            if (value := getattr(row, name)) is not None and not 0 <= value <= 1
        ]
        if wrong:
            text = (
                f"院校 {row.school_code} 专业 {row.program_code} {row.year} 年有不在 0–1 之间的比率，未采用"
            )
            warnings.append(Warning("impossible_rate", text, (row.batch_id,)))
        nothing: dict[str, Any] = dict.fromkeys(wrong)
        sound.append(replace(row, **nothing) if wrong else row)
    return sound


def one_batch_each(plans: Iterable[PlanRow]) -> tuple[list[PlanRow], list[Warning]]:
    """Plans without those that overlap: of one school, year, province and level the batch with the most seats."""
    cells: dict[tuple[str, int, str, str], dict[str, list[PlanRow]]] = defaultdict(lambda: defaultdict(list))
    for row in plans:
        cells[row.school_code, row.year, row.province, row.level][row.batch_id].append(row)
    kept: list[PlanRow] = []
    left_out: dict[str, int] = defaultdict(int)
    for batches in cells.values():
        best = min(batches, key=lambda batch: (-sum(row.plan for row in batches[batch]), batch))
        kept += batches[best]
        for batch, rows in batches.items():
            if batch != best:
                left_out[batch] += sum(row.plan for row in rows)
    warnings = [
        Warning(
            "overlapping_sources",
            f"批次 {batch} 中有 {seats} 个计划数与另一来源的同校同年同省计划重叠，只计一次",
            (batch,),
        )
        for batch, seats in sorted(left_out.items())
    ]
    return kept, warnings


def _planning_years(rows: Sequence[PlanRow]) -> tuple[list[PlanRow], list[Warning]]:
    totals: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        totals[row.school_code, row.level][row.year] += row.plan
    chosen = {key: max(by_year, key=lambda year: (by_year[year], year)) for key, by_year in totals.items()}
    later = sorted({key[0] for key, by_year in totals.items() if max(by_year) > chosen[key]})
    warnings = []
    if later:
        text = (
            f"{len(later)} 所院校有更新年份的计划，但计划数较少（只公布了部分省份），仍采用计划数最多的年份"
        )
        warnings.append(Warning("later_year_partial", text, tuple(later)))
    return [row for row in rows if row.year == chosen[row.school_code, row.level]], warnings


def _seats(
    rows: Sequence[PlanRow],
) -> tuple[dict[Key, _Tally], dict[tuple[str, str], int], float, list[Warning]]:
    tallies: dict[Key, _Tally] = {}
    years: dict[tuple[str, str], int] = {}
    members: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        years[row.school_code, row.level] = row.year
        if row.class_code:
            members[row.school_code, row.level, row.class_code].update(row.program_codes)
    unassigned: dict[str, float] = defaultdict(float)
    for row in rows:
        codes: Sequence[str] = row.program_codes
        if not codes and row.class_code:
            codes = sorted(members[row.school_code, row.level, row.class_code])
        codes = tuple(dict.fromkeys(codes))
        if not codes:
            unassigned[row.school_code] += row.plan
            continue
        for code in codes:
            tally = tallies.setdefault((row.school_code, row.level, code), _Tally())
            tally.seats += row.plan / len(codes)
            tally.campuses[row.campus] += row.plan / len(codes)
            tally.batches.add(row.batch_id)
            tally.simulated |= row.simulated
    warnings = [
        Warning(
            "unassigned_seats",
            f"院校 {school} 有 {seats:.0f} 个大类招生计划未说明包含哪些专业，未计入任何专业",
            (school,),
        )
        for school, seats in sorted(unassigned.items())
    ]
    return tallies, years, sum(unassigned.values()), warnings


def _latest_outcomes(outcomes: Iterable[OutcomeRow]) -> dict[Key, tuple[OutcomeRow, ...]]:
    """Outcomes of each offering, latest year first; of one year the latest batch first."""
    rows: dict[Key, list[OutcomeRow]] = defaultdict(list)
    for row in outcomes:
        rows[row.school_code, row.level, row.program_code].append(row)
    return {
        key: tuple(sorted(found, key=lambda row: (row.year, row.batch_id), reverse=True))
        for key, found in rows.items()
    }


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
    tally: _Tally,
    year: int | None,
    outcomes: Sequence[OutcomeRow],
    places: Sequence[CampusRow],
    profile: Profile,
) -> OfferingSupply:
    school_code, level, program_code = key
    rates = resolve_rates(level, outcomes, profile)
    named = sorted(tally.campuses.items(), key=lambda item: (-item[1], item[0]))
    campus = next((name for name, _ in named if name), "")
    place = next((row for row in places if campus and row.name == campus), None) or next(iter(places), None)
    return OfferingSupply(
        school_code=school_code,
        level=level,
        program_code=program_code,
        campus=campus or (place.name if place else ""),
        district_code=place.district_code if place else None,
        district_simulated=place.simulated if place else False,
        year=year,
        seats=tally.seats,
        graduates=tally.seats * share_to_work(rates),
        rates=rates,
        batch_ids=tuple(sorted(tally.batches | {row.batch_id for row in outcomes})),
        simulated=tally.simulated or any(rate.simulated for rate in rates.values()),
    )


def share_to_work(rates: Mapping[str, Rate]) -> float:
    """Graduates who enter work in the region per seat, 0-1: the product of the rates (rule 4 of `project_supply`)."""
    return (
        rates["registration"].value
        * rates["completion"].value
        * rates["destination"].value
        * (1 - rates["further_study"].value)
        * rates["retention"].value
    )


def resized(offering: OfferingSupply, seats: float) -> OfferingSupply:
    """The offering with `seats` 人/年 and the graduates that they give at its rates."""
    return replace(offering, seats=seats, graduates=seats * share_to_work(offering.rates))


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
    """An offering that no plan has yet, at the profile's rates of its level."""
    rates = resolve_rates(key[1], (), profile)
    return OfferingSupply(
        *key,
        campus=campus,
        district_code=district_code,
        district_simulated=False,
        year=year,
        seats=seats,
        graduates=seats * share_to_work(rates),
        rates=rates,
        batch_ids=batch_ids,
        simulated=simulated,
    )


def resolve_rates(level: str, outcomes: Sequence[OutcomeRow], profile: Profile) -> dict[str, Rate]:
    """Each rate of an offering: the latest year's where the data have it, else the profile's for the level."""
    stated: LevelRates = profile.supply.rates.get(level) or profile.supply.rates["bachelor"]  # type: ignore[call-overload]
    rates: dict[str, Rate] = {}
    for name in RATES:
        found = next((row for row in outcomes if getattr(row, f"{name}_rate", None) is not None), None)
        if found is not None:
            rates[name] = Rate(getattr(found, f"{name}_rate"), "data", found.simulated, found.year)
        else:
            number = getattr(stated, name)
            rates[name] = Rate(number.value, number.source)
    return rates
