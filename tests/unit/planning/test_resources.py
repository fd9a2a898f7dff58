"""What a school has to teach with: the nearest count, the bases that serve a program, and what readiness makes of it."""

from dataclasses import replace
from typing import Any

import pytest

from app.planning.readiness import Part, readiness_parts, readiness_score
from app.planning.resources import BaseRow, Resources, TeacherRow, resources_of
from tests.unit.planning.builders import PROFILE, SCHOOL
from tests.unit.planning.test_actions import balanced

CLASSES = {
    ("bachelor", "080202"): "0802",
    ("bachelor", "080203"): "0802",
    ("higher_vocational", "460103"): "4601",
}
MECHANICAL, MATERIALS = ("bachelor", "080202"), ("bachelor", "080203")


def count(year: int, dual: int, teachers: int | None = 100, **unit: Any) -> TeacherRow:
    values: dict[str, Any] = {"level": None, "class_code": None, "program_code": None, "simulated": False}
    return TeacherRow(SCHOOL, year=year, teachers=teachers, dual_qualified=dual, **{**values, **unit})


def base(places: int, *classes: str, programs: tuple[str, ...] = (), simulated: bool = False) -> BaseRow:
    return BaseRow(SCHOOL, places, programs, classes, simulated)


def test_the_nearest_and_latest_count_goes_first() -> None:
    of_class = {"level": "bachelor", "class_code": "0802"}
    rows = [
        count(2026, 50),
        count(2026, 30, **of_class),
        count(2024, 20, **of_class),
        count(2025, 7, **of_class, program_code="080203"),
    ]
    found = resources_of(rows, [], CLASSES)
    assert (found(SCHOOL, MECHANICAL).dual_qualified, found(SCHOOL, MECHANICAL).year) == (30, 2026)
    assert found(SCHOOL, MATERIALS).dual_qualified == 7
    elsewhere = found(SCHOOL, ("higher_vocational", "460103"))
    assert (elsewhere.dual_qualified, elsewhere.whole_school) == (50, True)
    nobody = found("4131010246", MECHANICAL)
    assert (nobody.dual_qualified, nobody.places, nobody.simulated) == (None, None, False)


def test_a_base_serves_the_programs_it_names_or_the_whole_class() -> None:
    rows = [
        base(60, "bachelor:0802"),
        base(40, "bachelor:0802", programs=("bachelor:080203",), simulated=True),
        base(90, "higher_vocational:4601"),
    ]
    found = resources_of([], rows, CLASSES)
    assert [(found(SCHOOL, p).places, found(SCHOOL, p).bases) for p in (MECHANICAL, MATERIALS)] == [
        (60, 1),
        (100, 2),
    ]
    assert (found(SCHOOL, MECHANICAL).simulated, found(SCHOOL, MATERIALS).simulated) == (False, True)
    unlisted = found(SCHOOL, ("bachelor", "999999"))
    assert (unlisted.places, unlisted.bases) == (0, 0)


def parts(resources: Resources) -> dict[str, Part]:
    found = readiness_parts(balanced(100, 50), 2, None, PROFILE, resources(SCHOOL, MECHANICAL))
    return {part.name: part for part in found}


def test_readiness_counts_teachers_and_bases_that_are_told() -> None:
    told = parts(resources_of([count(2026, 25)], [base(15, "bachelor:0802", simulated=True)], CLASSES))
    assert (told["teachers"].value, told["teachers"].score) == (0.25, pytest.approx(0.5))
    assert "全校双师型教师 25 人" in told["teachers"].text and "模拟" in told["bases"].text
    assert (told["bases"].value, told["bases"].score) == (15.0, pytest.approx(0.5))  # of 30 seats
    better = parts(resources_of([count(2026, 80)], [base(300, "bachelor:0802")], CLASSES))
    assert better["teachers"].score == better["bases"].score == 1.0
    assert readiness_score(tuple(better.values())) > readiness_score(tuple(told.values()))


def test_readiness_does_not_take_untold_for_none() -> None:
    untold = parts(resources_of([count(2026, 25, teachers=None)], [], CLASSES))
    assert untold["teachers"].score is untold["bases"].score is None
    assert "专任教师数未报" in untold["teachers"].text and "未知" in untold["bases"].text
    other = parts(resources_of([], [base(60, "higher_vocational:4601")], CLASSES))
    assert (other["bases"].value, other["bases"].score) == (0.0, 0.0)
    assert [replace(part, text="") for part in untold.values()][:4] == [
        replace(part, text="") for part in other.values()
    ][:4]
