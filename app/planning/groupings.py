"""Indicators 指标 by group: of programs, classes, categories, levels, districts, schools and industries.

Supply and demand of a program are heads that every grouping divides once: over its offerings in proportion to their
graduates (equally where no graduates are known), over industries in proportion to the demand that came from each.
So every grouping adds up to the same totals.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.planning.allocation import Array
from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.cells import DemandCell
from app.planning.indicators import (
    coordination,
    coordination_grade,
    duplication_by_group,
    herfindahl_by_group,
    location_quotient,
    lowest_years,
    percentiles_over_years,
    structural_deviations,
    supply_demand_ratios,
)
from app.planning.rates import Key, OutcomeRow
from app.planning.supply import OfferingSupply

GROUPINGS = ("program", "class", "category", "level", "district", "school", "industry")
RATES = ("registration_rate", "destination_rate", "matched_rate")
YEARS = 2
"""Years whose percentiles are told."""
GroupKey = tuple[str | None, str]
"""(level, code); the level is None where a group spans levels."""


@dataclass(frozen=True, slots=True)
class GroupRate:
    """A rate of a group in one year: the mean of its offerings by seats, and its rank among the groups."""

    name: str
    year: int
    rate: float
    percentile: float
    """(0, 1]: share of the groups (of the level) that are not higher that year; ties share the higher rank."""
    lowest_years: int
    """Successive years up to the latest in the lowest tenth; counted for the latest year only, else 0."""
    offerings: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class GroupIndicators:
    """The indicators of one group. Heads and seats 人/年; None where an indicator is not defined."""

    grouping: str
    level: str | None
    code: str
    offerings: int
    programs: int
    schools: int
    seats: float
    supply: float
    demand: float
    ratio: float | None
    """供需比 = supply / demand."""
    structural_deviation: float | None
    """结构偏离度 = share of the demand / share of the supply − 1 (Chenery & Syrquin 1975)."""
    location_quotient: float | None
    """区位商 = share of the supply / share of the demand: above 1 more is trained than the region asks (Haig 1928)."""
    hhi: float | None
    """HHI of the seats over schools; for a school over its programs (Hirschman 1964)."""
    duplication: float | None
    """重复布点率: mean over its programs of offerings / schools of the level; 1 where every school has every one."""
    coupling: float | None
    coordination: float | None
    """耦合度 and 耦合协调度 of supply and demand, each divided by its largest among the groups (廖重斌 1999)."""
    grade: str | None
    rates: tuple[GroupRate, ...]
    simulated: bool

    @property
    def gap(self) -> float:
        return self.demand - self.supply


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What the groupings read of a program."""

    class_code: str
    category_code: str


@dataclass(slots=True)
class _Group:
    offerings: list[OfferingSupply] = field(default_factory=list)
    supply: float = 0.0
    demand: float = 0.0
    programs: set[ProgramKey] = field(default_factory=set)
    simulated: bool = False


def indicators_by_group(
    offerings: Sequence[OfferingSupply],
    balances: Sequence[ProgramBalance],
    cells: Sequence[DemandCell],
    shares: Array,
    outcomes: Sequence[OutcomeRow],
    facts: Mapping[ProgramKey, GroupFacts],
    low_share: float,
) -> tuple[GroupIndicators, ...]:
    """Indicators of every group of every grouping, in order of grouping, level and code.

    Column j of `shares` (cells, programs) is `balances[j]`, row i `cells[i]`: heads 人/年 given to each program.
    Industries are divisions 大类 (a section where the demand names only that), the code empty for demand that names
    none. `low_share` 0-1 is the lowest share of rates that counts as low.
    """
    found: list[GroupIndicators] = []
    for grouping in GROUPINGS:
        groups = (
            _industries(balances, cells, shares)
            if grouping == "industry"
            else _of_offerings(grouping, offerings, balances, facts)
        )
        found += _indicators(grouping, groups, offerings, outcomes, low_share)
    return tuple(found)


def _of_offerings(
    grouping: str,
    offerings: Sequence[OfferingSupply],
    balances: Sequence[ProgramBalance],
    facts: Mapping[ProgramKey, GroupFacts],
) -> dict[GroupKey, _Group]:
    by_program: dict[ProgramKey, list[OfferingSupply]] = defaultdict(list)
    for offering in offerings:
        by_program[offering.level, offering.program_code].append(offering)
    groups: dict[GroupKey, _Group] = defaultdict(_Group)
    for balance in balances:
        program = (balance.level, balance.program_code)
        here = by_program.get(program, [])
        graduates = sum(offering.graduates for offering in here)
        for offering in here:
            part = offering.graduates / graduates if graduates > 0 else 1 / len(here)
            group = groups[_key(grouping, offering, facts)]
            group.offerings.append(offering)
            group.supply += offering.graduates
            group.demand += balance.demand * part
            group.programs.add(program)
            group.simulated |= offering.simulated or balance.simulated_share > 0
    return groups


def _key(grouping: str, offering: OfferingSupply, facts: Mapping[ProgramKey, GroupFacts]) -> GroupKey:
    program = facts.get((offering.level, offering.program_code))
    match grouping:
        case "program":
            return (offering.level, offering.program_code)
        case "class":
            return (offering.level, program.class_code if program else "")
        case "category":
            return (offering.level, program.category_code if program else "")
        case "level":
            return (offering.level, offering.level)
        case "district":
            return (None, offering.district_code or "")
        case _:
            return (None, offering.school_code)


def _industries(
    balances: Sequence[ProgramBalance], cells: Sequence[DemandCell], shares: Array
) -> dict[GroupKey, _Group]:
    groups: dict[GroupKey, _Group] = defaultdict(_Group)
    demand = shares.sum(axis=0) if len(cells) else np.zeros(len(balances))
    supplied = np.array([b.supply for b in balances])
    for i, cell in enumerate(cells):
        codes = sorted({code[:3] for code in cell.industry_codes}) or [""]
        given = shares[i]
        part = np.divide(given, demand, out=np.zeros_like(demand), where=demand > 0)
        for code in codes:
            group = groups[None, code]
            group.demand += float(given.sum()) / len(codes)
            group.supply += float(part @ supplied) / len(codes)
            group.simulated |= cell.simulated
            group.programs.update(
                (balances[j].level, balances[j].program_code) for j in np.flatnonzero(given > 0.05).tolist()
            )
    idle = sum(b.supply for j, b in enumerate(balances) if demand[j] <= 0)
    if idle > 0:
        groups[None, ""].supply += idle
    return groups


def _indicators(
    grouping: str,
    groups: Mapping[GroupKey, _Group],
    offerings: Sequence[OfferingSupply],
    outcomes: Sequence[OutcomeRow],
    low_share: float,
) -> list[GroupIndicators]:
    keys = sorted(groups, key=lambda key: (key[0] or "", key[1]))
    if not keys:
        return []
    supply = np.array([groups[key].supply for key in keys])
    demand = np.array([groups[key].demand for key in keys])
    ratio = supply_demand_ratios(supply, demand).tolist()
    deviation = structural_deviations(supply, demand).tolist()
    quotient = location_quotient(supply, demand).tolist()
    concentration = _concentration(grouping, [groups[key].offerings for key in keys])
    repeated = _duplication(offerings)
    coupling, degree = coordination(_scaled(supply), _scaled(demand))
    rates = _rates(groups, keys, outcomes, low_share)
    found = []
    for i, key in enumerate(keys):
        group = groups[key]
        points = [repeated[program] for program in sorted(group.programs)] if group.offerings else []
        defined = supply[i] > 0 or demand[i] > 0
        found.append(
            GroupIndicators(
                grouping=grouping,
                level=key[0],
                code=key[1],
                offerings=len(group.offerings),
                programs=len(group.programs),
                schools=len({offering.school_code for offering in group.offerings}),
                seats=sum(offering.seats for offering in group.offerings),
                supply=float(supply[i]),
                demand=float(demand[i]),
                ratio=ratio[i],
                structural_deviation=deviation[i],
                location_quotient=quotient[i],
                hhi=concentration[i],
                duplication=sum(points) / len(points) if points else None,
                coupling=float(coupling[i]) if defined else None,
                coordination=float(degree[i]) if defined else None,
                grade=coordination_grade(float(degree[i])) if defined else None,
                rates=rates.get(key, ()),
                simulated=group.simulated or any(rate.simulated for rate in rates.get(key, ())),
            )
        )
    return found


def _scaled(heads: Array) -> Array:
    """Heads as a level of development in [0, 1]: the share of the largest."""
    largest = float(heads.max(initial=0.0))
    scaled: Array = heads / largest if largest > 0 else np.zeros_like(heads)
    return scaled


def _concentration(grouping: str, groups: Sequence[Sequence[OfferingSupply]]) -> list[float | None]:
    """HHI of the seats of each group over schools; of a school over its programs."""
    sizes: dict[tuple[int, object], float] = defaultdict(float)
    for i, offerings in enumerate(groups):
        for each in offerings:
            unit = (each.level, each.program_code) if grouping == "school" else each.school_code
            sizes[i, unit] += each.seats
    order = sorted(sizes, key=lambda key: (key[0], str(key[1])))
    owner = [i for i, _ in order]
    found: list[float | None] = herfindahl_by_group([sizes[k] for k in order], owner, len(groups)).tolist()
    return found


def _duplication(offerings: Sequence[OfferingSupply]) -> dict[ProgramKey, float]:
    """重复布点率 of each program that is offered."""
    schools: dict[str, set[str]] = defaultdict(set)
    for offering in offerings:
        schools[offering.level].add(offering.school_code)
    programs = sorted({(offering.level, offering.program_code) for offering in offerings})
    place = {key: i for i, key in enumerate(programs)}
    group = [place[offering.level, offering.program_code] for offering in offerings]
    found = duplication_by_group(group, len(programs), [len(schools[level]) for level, _ in programs])
    return dict(zip(programs, found.tolist(), strict=True))


def _rates(
    groups: Mapping[GroupKey, _Group],
    keys: Sequence[GroupKey],
    outcomes: Sequence[OutcomeRow],
    low_share: float,
) -> dict[GroupKey, tuple[GroupRate, ...]]:
    """The rates of each group in its latest two years, ranked among the groups of its level."""
    rows: dict[tuple[Key, int], OutcomeRow] = {}
    for row in sorted(outcomes, key=lambda row: row.batch_id):
        rows[(row.school_code, row.level, row.program_code), row.year] = row
    years = sorted({year for _, year in rows})
    if not years:
        return {}
    span = list(range(years[0], years[-1] + 1))
    found: dict[GroupKey, list[GroupRate]] = defaultdict(list)
    levels: dict[str | None, list[GroupKey]] = defaultdict(list)
    for key in keys:
        # Levels themselves are compared with one another, all other groups within their level.
        levels[None if key[0] == key[1] else key[0]].append(key)
    for same in levels.values():
        for name in RATES:
            table = np.full((len(span), len(same)), np.nan)
            counted = np.zeros(table.shape, dtype=int)
            made = np.zeros(table.shape, dtype=bool)
            for column, key in enumerate(same):
                for line, year in enumerate(span):
                    pairs = [
                        (value, max(offering.seats, 1.0), found_row.simulated)
                        for offering in groups[key].offerings
                        if (found_row := rows.get((offering.key, year))) is not None
                        and (value := getattr(found_row, name)) is not None
                    ]
                    if pairs:
                        weight = sum(w for _, w, _ in pairs)
                        table[line, column] = sum(value * w for value, w, _ in pairs) / weight
                        counted[line, column] = len(pairs)
                        made[line, column] = any(simulated for _, _, simulated in pairs)
            ranks = percentiles_over_years(table)
            lowest = lowest_years(ranks, low_share)
            for column, key in enumerate(same):
                known = [line for line in range(len(span) - 1, -1, -1) if counted[line, column]]
                found[key] += [
                    GroupRate(
                        name,
                        span[line],
                        float(table[line, column]),
                        float(ranks[line, column]),
                        int(lowest[column]) if line == len(span) - 1 else 0,
                        int(counted[line, column]),
                        bool(made[line, column]),
                    )
                    for line in known[:YEARS]
                ]
    return {key: tuple(rates) for key, rates in found.items()}
