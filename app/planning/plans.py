"""Plans 招生计划: seats of each offering and entry year, overlaps counted once and broad categories 大类 split."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.planning.rates import Key
from app.planning.warning import Warning

ABSURD_PLAN = 100_000
"""Seats in one row above which it is a slip: more than any school has students."""
SchoolLevel = tuple[str, str]


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


@dataclass(slots=True)
class Tally:
    """What the plans of one year say of an offering."""

    seats: float = 0.0
    campuses: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    batches: set[str] = field(default_factory=set)
    simulated: bool = False


def sound_plans(plans: Iterable[PlanRow], warnings: list[Warning]) -> list[PlanRow]:
    """Plans whose seats can be seats; the others are named in a warning."""
    sound = []
    for row in plans:
        if 0 <= row.plan <= ABSURD_PLAN:
            sound.append(row)
        else:
            fault = "是负数" if row.plan < 0 else "大得不合理"
            text = f"批次 {row.batch_id} 第 {row.row} 行的计划数{fault}（{row.plan}），未计入"
            warnings.append(Warning("impossible_plan", text, (row.batch_id,)))
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


def known_years(
    rows: Iterable[PlanRow], share: float
) -> tuple[dict[SchoolLevel, tuple[int, ...]], list[Warning]]:
    """Years of each school and level whose plan holds at least `share` 0-1 of the seats of its largest, ascending.

    Of a year of which one province has been published nothing can be told; a later one is named in a warning.
    """
    totals: dict[SchoolLevel, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        totals[row.school_code, row.level][row.year] += row.plan
    known = {
        key: tuple(year for year in sorted(by_year) if by_year[year] >= share * max(by_year.values()))
        for key, by_year in sorted(totals.items())
    }
    later = sorted({key[0] for key, by_year in totals.items() if max(by_year) > known[key][-1]})
    warnings = []
    if later:
        text = (
            f"{len(later)} 所院校有更新年份的计划，但计划数不到最多一年的 {share:.0%}"
            "（只公布了部分省份），未采用，仍以此前的计划为准"
        )
        warnings.append(Warning("later_year_partial", text, tuple(later)))
    return known, warnings


def tallies(
    rows: Sequence[PlanRow], latest: Mapping[SchoolLevel, int]
) -> tuple[dict[Key, dict[int, Tally]], float, list[Warning]]:
    """Seats of each offering by entry year, the seats of the `latest` years that belong to no program, and warnings.

    A broad category is split equally over the programs it names; one that names none over the programs of the class
    that have a plan of the school in that year; else its seats are nobody's.
    """
    members: dict[tuple[str, str, int, str], set[str]] = defaultdict(set)
    for row in rows:
        if row.class_code:
            members[row.school_code, row.level, row.year, row.class_code].update(row.program_codes)
    found: dict[Key, dict[int, Tally]] = defaultdict(dict)
    unassigned: dict[str, float] = defaultdict(float)
    for row in rows:
        codes: Sequence[str] = row.program_codes
        if not codes and row.class_code:
            codes = sorted(members[row.school_code, row.level, row.year, row.class_code])
        codes = tuple(dict.fromkeys(codes))
        if not codes and row.year == latest[row.school_code, row.level]:
            unassigned[row.school_code] += row.plan
        for code in codes:
            tally = found[row.school_code, row.level, code].setdefault(row.year, Tally())
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
    return dict(found), sum(unassigned.values()), warnings
