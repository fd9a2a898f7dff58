"""What a scenario does to the inputs of a run: cells of demand, offerings, outcomes and the profile, each with a note.

Demand is altered as cells, after parts have been taken out of totals: a group that grows by 30 % grows the whole, and
does not shrink the rest of its division. Supply is altered as offerings, whatever source their figures have.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.errors import InvalidInputError
from app.planning.cells import DemandCell, PostingRow
from app.planning.cohorts import Cohort
from app.planning.profile import Profile, parse_profile
from app.planning.rates import Key, OutcomeRow
from app.planning.scenario import RATES, Campus, DemandChange, OfProgram, RateChange, Scenario
from app.planning.supply import OfferingSupply, new_offering, resized, with_cohorts
from app.reference import Reference
from app.reference.levels import Level

_GROUP = 4
"""Length of the code of an industry group 中类: a class 小类 stands for its group, at which fits are computed."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """What one entry of a scenario altered: how many records, and their figure before and after."""

    entry: str
    text: str
    records: int
    before: float
    after: float
    unit: str


def altered_profile(scenario: Scenario, profile: Profile) -> tuple[Profile, list[Alteration]]:
    """The profile with the scenario's numbers, each of which names the scenario as its source.

    Raises InvalidInputError for a key that is no number of the profile, ProfileError where the profile is not valid
    with it.
    """
    data = profile.model_dump()
    notes = []
    for key, value in scenario.profile.items():
        place: Any = data
        for part in key.split("."):
            place = place.get(part) if isinstance(place, dict) else None
        if not isinstance(place, dict) or set(place) != {"value", "source"}:
            raise InvalidInputError(
                f"政策参数中没有数值 {key}",
                remedy="写法如 actions.expand_below，见 app/data/profiles/shanghai.toml",
            )
        before = place["value"]
        place.update(value=float(value), source=f"情景“{scenario.title}”")
        notes.append(Alteration(f"profile.{key}", f"{key}：{before:g} → {value:g}", 1, before, value, ""))
    return (parse_profile(data), notes) if notes else (profile, [])


def altered_demand(
    scenario: Scenario,
    cells: Sequence[DemandCell],
    postings: Iterable[PostingRow],
    profile: Profile,
    reference: Reference,
) -> tuple[tuple[DemandCell, ...], list[Alteration]]:
    """Cells with the scenario's demand, new ones last.

    Raises InvalidInputError where an entry speaks of another year than the planned one, where nothing agrees with
    it, or where it takes away more heads than there are.
    """
    districts = {row.id: row.district_code for row in postings}
    altered, added = list(cells), list[DemandCell]()
    notes = []
    for number, change in enumerate(scenario.demand, 1):
        where = f"demand 第 {number} 条"
        if change.year is not None and change.year != int(profile.demand.year.value):
            raise InvalidInputError(
                f"{where}说的是 {change.year} 年，而测算的规划年是 {profile.demand.year.value:.0f} 年",
                remedy=f'请改用规划年，或在 profile 中写 "demand.year" = {change.year}',
            )
        codes = _industries(change, reference)
        if change.heads is not None and change.heads > 0:
            cell = _new_cell(scenario, number, change, codes)
            added.append(cell)
            notes.append(
                Alteration(f"demand.{number}", f"新增需求：{_about(change)}", 1, 0.0, cell.central, "人/年")
            )
            continue
        found = [i for i, cell in enumerate(altered) if _asks(cell, change, codes, districts)]
        before = sum(altered[i].central for i in found)
        if not found:
            raise InvalidInputError(
                f"{where}：没有符合的需求（{_about(change)}）", remedy=_wider(altered, codes)
            )
        factor = change.factor if change.factor is not None else 1 + (change.heads or 0.0) / max(before, 1e-9)
        if factor < 0:
            raise InvalidInputError(
                f"{where}要减少 {-(change.heads or 0):.0f} 人/年，而符合的需求只有 {before:.0f} 人/年",
                remedy="请减少 heads 的绝对值，或用 factor = 0 去掉全部",
            )
        for i in found:
            altered[i] = _scaled(altered[i], factor, scenario)
        text = f"需求 ×{factor:.3g}：{_about(change)}"
        notes.append(Alteration(f"demand.{number}", text, len(found), before, before * factor, "人/年"))
    return (*altered, *added), notes


def _industries(change: DemandChange, reference: Reference) -> tuple[str, ...]:
    group = next((g for g in reference.industry_groups if g.id == change.industry_group), None)
    codes = (*(group.industry_codes if group else ()), *change.industries)
    return tuple(dict.fromkeys(code[:_GROUP] for code in codes))


def _asks(
    cell: DemandCell, change: DemandChange, codes: Sequence[str], districts: Mapping[str, str | None]
) -> bool:
    return (
        (not codes or any(own.startswith(code) for own in cell.industry_codes for code in codes))
        and (not change.occupations or cell.occupation_code in change.occupations)
        and (change.level is None or cell.level == change.level)
        and (change.district is None or districts.get(cell.posting_id or "") == change.district)
    )


def _wider(cells: Sequence[DemandCell], codes: Sequence[str]) -> str:
    wider = sorted(
        {
            own
            for cell in cells
            for own in cell.industry_codes
            for code in codes
            if code.startswith(own) and own != code
        }
    )
    if wider:
        return f"这些行业的需求只在更宽的 {'、'.join(wider)} 中给出，请改用它，或用 heads 增加人数"
    return "请放宽条件，或用 heads 增加人数"


def _about(change: DemandChange) -> str:
    level = Level(change.level).label if change.level else ""
    parts = (change.industry_group, *change.industries, *change.occupations, level, change.district)
    return "、".join(part for part in parts if part) or "全部"


def _scaled(cell: DemandCell, factor: float, scenario: Scenario) -> DemandCell:
    return replace(
        cell,
        low=cell.low * factor,
        central=cell.central * factor,
        high=cell.high * factor,
        source=f"{cell.source}（情景“{scenario.title}”×{factor:.3g}）",
    )


def _new_cell(scenario: Scenario, number: int, change: DemandChange, codes: tuple[str, ...]) -> DemandCell:
    heads = change.heads or 0.0
    return DemandCell(
        key=f"{scenario.key}:{number}",
        kind="scenario",
        industry_codes=codes,
        occupation_code=change.occupations[0] if change.occupations else None,
        posting_id=None,
        level=change.level,
        low=heads,
        central=heads,
        high=heads,
        source=f"情景“{scenario.title}”",
        batch_id=scenario.key,
        row=number,
        simulated=False,
    )


def altered_supply(
    scenario: Scenario,
    offerings: Sequence[OfferingSupply],
    outcomes: Sequence[OutcomeRow],
    profile: Profile,
    reference: Reference,
) -> tuple[tuple[OfferingSupply, ...], tuple[OutcomeRow, ...], list[Alteration]]:
    """Offerings and outcomes with the scenario's seats, then its campuses, then its rates; offerings in order of key.

    A rate moves in the offering, from which graduates come, and in the outcomes of every year, which the rules read.
    What would leave 0–1 (a rate) or 0 (seats) stays at the border. Raises InvalidInputError where nothing agrees.
    """
    by_key = {offering.key: offering for offering in offerings}
    notes = [
        *_seats(scenario, by_key, profile, reference),
        *(
            note
            for number, campus in enumerate(scenario.campuses, 1)
            for note in _campus(scenario, number, campus, by_key, profile)
        ),
    ]
    rows = list(outcomes)
    for number, change in enumerate(scenario.rates, 1):
        found = [key for key in by_key if _selected(key, change, reference)]
        if not found:
            raise InvalidInputError(f"rates 第 {number} 条：没有符合的专业点（{_offerings(change)}）")
        moved = _mover(change)
        before = sum(by_key[key].graduates for key in found)
        for key in found:
            by_key[key] = _with_rate(by_key[key], change.rate, moved, scenario)
        rows = [_with_outcome(row, change, moved, reference) for row in rows]
        how = f"{change.points:+g} 个百分点" if change.points is not None else f"×{change.factor:g}"
        after = sum(by_key[key].graduates for key in found)
        text = f"{RATES[change.rate]} {how}：{_offerings(change)}"
        notes.append(Alteration(f"rates.{number}", text, len(found), before, after, "毕业生 人/年"))
    return tuple(by_key[key] for key in sorted(by_key)), tuple(rows), notes


def _seats(
    scenario: Scenario, by_key: dict[Key, OfferingSupply], profile: Profile, reference: Reference
) -> Iterable[Alteration]:
    for number, change in enumerate(scenario.seats, 1):
        found = [key for key in by_key if by_key[key].seats > 0 and _selected(key, change, reference)]
        if not found:
            raise InvalidInputError(
                f"seats 第 {number} 条：没有符合且有招生计划数的专业点（{_offerings(change)}）",
                remedy="新设的专业点请写在 campuses 中",
            )
        before = sum(by_key[key].seats for key in found)
        for key in found:
            now = by_key[key].seats
            seats = (
                now * change.factor if change.factor is not None else max(now + (change.seats or 0.0), 0.0)
            )
            by_key[key] = _marked(resized(by_key[key], seats, profile), scenario)
        how = f"×{change.factor:g}" if change.factor is not None else f"各 {change.seats:+g} 人"
        after = sum(by_key[key].seats for key in found)
        text = f"招生计划 {how}：{_offerings(change)}"
        yield Alteration(f"seats.{number}", text, len(found), before, after, "招生 人/年")


def _campus(
    scenario: Scenario, number: int, campus: Campus, by_key: dict[Key, OfferingSupply], profile: Profile
) -> Iterable[Alteration]:
    entry, planned = f"campuses.{number}", int(profile.demand.year.value)
    where = f"{campus.campus}（院校 {campus.school}，{campus.from_year} 年起）"
    if campus.from_year > planned:
        yield Alteration(entry, f"{where}晚于规划年 {planned}，未计入", 0, 0.0, 0.0, "招生 人/年")
        return
    before = after = 0.0
    for program in campus.programs:
        key = (campus.school, program.level, program.program)
        here = by_key.get(key)
        if here is not None:
            before += here.seats
            by_key[key] = _marked(resized(here, here.seats + program.seats, profile), scenario)
        else:
            by_key[key] = new_offering(
                key,
                program.seats,
                profile,
                campus=campus.campus,
                district_code=campus.district,
                year=campus.from_year,
                batch_ids=(scenario.key,),
            )
        after += by_key[key].seats
    yield Alteration(entry, f"新增{where}", len(campus.programs), before, after, "招生 人/年")


def _selected(key: Key, change: OfProgram, reference: Reference) -> bool:
    school, level, code = key
    if change.school not in (None, school) or change.level not in (None, level):
        return False
    if change.program_class is not None:
        program = reference.programs.find(level, code)
        if program is None or program.class_code != change.program_class:
            return False
    return change.program in (None, code)


def _offerings(change: OfProgram) -> str:
    level = Level(change.level).label if change.level else ""
    parts = (change.school, level, change.program_class, change.program)
    return "、".join(part for part in parts if part) or "全部专业点"


def _mover(change: RateChange) -> Callable[[float], float]:
    points, factor = change.points, change.factor

    def moved(value: float) -> float:
        there = value + points / 100 if points is not None else value * (factor or 0.0)
        return min(max(there, 0.0), 1.0)

    return moved


def _with_rate(
    offering: OfferingSupply, name: str, moved: Callable[[float], float], scenario: Scenario
) -> OfferingSupply:
    def altered(cohort: Cohort) -> Cohort:
        rate = cohort.rates[name]
        return replace(cohort, rates={**cohort.rates, name: replace(rate, value=moved(rate.value))})

    rate = offering.rates[name]
    rates = {**offering.rates, name: replace(rate, value=moved(rate.value))}
    return _marked(with_cohorts(replace(offering, rates=rates), altered), scenario)


def _with_outcome(
    row: OutcomeRow, change: RateChange, moved: Callable[[float], float], reference: Reference
) -> OutcomeRow:
    name = f"{change.rate}_rate"
    value = getattr(row, name, None)
    if value is None or not _selected((row.school_code, row.level, row.program_code), change, reference):
        return row
    rate: dict[str, Any] = {name: moved(value)}
    return replace(row, **rate)


def _marked(offering: OfferingSupply, scenario: Scenario) -> OfferingSupply:
    """Its provenance names the scenario, once."""
    if scenario.key in offering.batch_ids:
        return offering
    return replace(offering, batch_ids=(*offering.batch_ids, scenario.key))
