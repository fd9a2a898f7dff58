"""Enrolment plans: facts carried from the two published files."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from demo_data.catalogue import Catalogue, Program, read_csv
from demo_data.plan_names import PlanName, shorten

ADMISSION_REPORT = "院校录取日报"
"""Rows of this name are totals of a daily admission report, not plans of a program."""
PREPARATORY = "预科"
"""A preparatory year names no program, or a program its students have not entered yet."""
YEARS = {
    "一年": "1",
    "两年": "2",
    "三年": "3",
    "四年": "4",
    "五年": "5",
    "八年": "8",
    "九年": "9",
    "4": "4",
    "5": "5",
}


@dataclass(frozen=True, slots=True)
class PlanRow:
    school_code: str
    year: str
    province: str
    subject: str
    admission_batch: str
    level: str
    program_code: str
    """As given: a program, a class or empty."""
    name: PlanName
    schooling_years: str
    plan: int


@dataclass(slots=True)
class PlanFile:
    rows: list[PlanRow]
    left_out: Counter[str]
    """Reason → number of source rows that are not carried."""


def plan_2025(shared: Path, catalogue: Catalogue) -> PlanFile:
    """The 2025 plans of 20 universities by province of origin."""
    source = read_csv(shared / "inputs" / "enrolment_plan_2025_shanghai.gb18030.csv", "gb18030")
    return carry(source, lambda row: from_2025(row, catalogue))


def plan_multi_year(shared: Path, catalogue: Catalogue) -> PlanFile:
    """Plans of 2024-2026 for some provinces, universities and vocational colleges."""
    source = read_csv(shared / "inputs" / "enrolment_plan_multi_year_shanghai.csv")
    return carry(source, lambda row: from_multi_year(row, catalogue))


def carry(source: Iterable[dict[str, str]], convert: Callable[[dict[str, str]], PlanRow | str]) -> PlanFile:
    """Exact repeats of the source once; rows that differ only in remarks as one row, seats added.

    `convert` gives the row, or the reason for leaving it out.
    """
    left_out: Counter[str] = Counter()
    seen: set[tuple[str, ...]] = set()
    seats: dict[PlanRow, int] = {}
    for raw in source:
        content = tuple(raw.values())
        if content in seen:
            left_out["exact repeat"] += 1
            continue
        seen.add(content)
        row = convert(raw)
        if isinstance(row, str):
            left_out[row] += 1
            continue
        key = replace(row, plan=0)
        if key in seats:
            left_out["same facts: seats added to the row kept"] += 1
        seats[key] = seats.get(key, 0) + row.plan
    return PlanFile([replace(key, plan=plan) for key, plan in seats.items()], left_out)


def from_2025(raw: dict[str, str], catalogue: Catalogue) -> PlanRow | str:
    school = catalogue.long_code(raw["院校代码"])
    if school is None:
        return "school not in the official list"
    if not raw["计划数"].isdigit() or raw["计划数"] == "0":
        return "no seats stated"
    published = raw["专业全称"] or raw["专业名称"]
    if PREPARATORY in published:
        return "preparatory class"
    level = level_2025(published, raw)
    code = "" if raw["专业代码"] == "0" else raw["专业代码"]
    return PlanRow(
        school,
        raw["年份"],
        raw["生源省份"],
        raw["科类"],
        raw["批次"],
        level,
        code,
        shorten(published, level, catalogue),
        YEARS.get(raw["学制"], ""),
        int(raw["计划数"]),
    )


def level_2025(published: str, raw: dict[str, str]) -> str:
    if "职业本科" in published:
        return "vocational_bachelor"
    return "higher_vocational" if raw["学制"] == "三年" else "bachelor"


def from_multi_year(raw: dict[str, str], catalogue: Catalogue) -> PlanRow | str:
    if ADMISSION_REPORT in raw["专业"]:
        return "admission report, not a plan"
    if PREPARATORY in raw["专业"]:
        return "preparatory class"
    if not raw["计划"].isdigit() or raw["计划"] == "0":
        return "no seats stated"
    school = raw["学校标识码"]
    if school not in catalogue.schools:
        return "school not in the official list"
    if raw["层次"] == "专科":
        level = "higher_vocational"
    else:
        level = "vocational_bachelor" if "职业技术大学" in raw["学校"] else "bachelor"
    name = shorten(raw["专业"], level, catalogue)
    return PlanRow(
        school, raw["年份"], raw["生源省份"], raw["科类"], raw["批次"], level, "", name, "", int(raw["计划"])
    )


def offerings(
    rows: Iterable[PlanRow], catalogue: Catalogue
) -> dict[tuple[str, str, str], tuple[Program, float]]:
    """(school, level, program code) → program and seats 人; a broad category is split equally."""
    found: dict[tuple[str, str, str], tuple[Program, float]] = {}
    for row in rows:
        named = [catalogue.find(row.level, row.name.head)]
        if named[0] is None:
            named = [catalogue.find(row.level, name) for name in row.name.contained]
        programs = [program for program in named if program is not None]
        for program in programs:
            key = (row.school_code, program.level, program.code)
            seats = found[key][1] if key in found else 0.0
            found[key] = (program, seats + row.plan / len(programs))
    return found
