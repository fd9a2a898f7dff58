"""Limits of provinces and the city's warning list: each fires at its number, states it, and spares what is protected."""

from typing import Any

import pytest

from app.planning.actions import Action, advise
from app.planning.enrolment import enrolment_history
from app.planning.plans import PlanRow
from app.planning.profile import Profile
from app.planning.rates import OutcomeRow
from app.planning.situation import ProgramFacts
from app.planning.supply import project_supply
from app.runs.profiles import load_profile
from tests.unit.planning.builders import SCHOOL, outcome, plan
from tests.unit.planning.test_actions import balanced

STRICT, SHANGHAI = load_profile("strict"), load_profile("shanghai")
LEVEL = "secondary_vocational"


def act(
    plans: list[PlanRow],
    outcomes: tuple[OutcomeRow, ...] = (),
    *,
    profile: Profile = STRICT,
    groups: tuple[str, ...] = (),
    level: str = "bachelor",
    **changes: Any,
) -> Action:
    offerings = project_supply(plans, [], outcomes, [], profile).offerings
    balances = [balanced(100, 100, level=level, **changes)]
    facts = {(level, "A"): ProgramFacts("甲专业", "09", groups)}
    share = profile.limits.year_known_share
    history = enrolment_history(plans, outcomes, share.value if share else 1.0)
    actions = advise(offerings, balances, outcomes, facts, {}, profile, enrolment=history).actions
    return next(action for action in actions if action.program_code == "A" and action.action != "open")


def years(*seats: int, level: str = "bachelor", **changes: Any) -> list[PlanRow]:
    """Plans of A, one a year up to 2025, beside a large program of the school."""
    rows = []
    for place, number in enumerate(seats):
        year = 2025 - len(seats) + 1 + place
        rows += [
            plan("A", seats=number, year=year, level=level, row=place, **changes),
            plan("Z", seats=1000 + place, year=year, level=level, row=99),
        ]
    return rows


def test_three_years_without_entrants_close_and_two_do_not() -> None:
    action = act(years(40, 0, 0, 0))
    assert (action.action, action.rules, action.seats_proposed) == ("close", ("enrolment.none",), 0.0)
    assert any("山东省 2017 年" in line.text and line.batch_ids == ("b1",) for line in action.evidence)
    assert act(years(40, 30, 0, 0)).action == "keep"
    assert act(years(40, 0, 0, 0), profile=SHANGHAI).action == "keep"


def test_nobody_registered_is_nobody_enrolled() -> None:
    rates = tuple(outcome("A", year, registration_rate=0.0) for year in (2023, 2024, 2025))
    action = act(years(40, 40, 40), rates)
    assert action.action == "close" and action.simulated


def test_small_secondary_programs_are_suspended_after_two_years() -> None:
    assert act(years(60, 49, 49, level=LEVEL), level=LEVEL).action == "suspend"
    assert act(years(49, 60, 49, level=LEVEL), level=LEVEL).action == "keep"
    assert act(years(49, 49)).action == "keep", "the limit is for secondary schools"


def test_a_year_of_which_little_was_published_tells_nothing() -> None:
    rows = years(60, 60, level=LEVEL)
    rows += [plan("A", seats=2, year=year, level=LEVEL, row=50) for year in (2026, 2027)]
    assert act(rows, level=LEVEL).action == "keep"


def test_protected_fields_are_turned_and_not_cut() -> None:
    action = act(years(40, 0, 0, 0), groups=("elderly_care",))
    assert action.action == "upgrade" and action.rules == ("enrolment.none", "protected")


def signs(*, few: bool, signed: float, year: tuple[int, ...] = (2024, 2025)) -> tuple[OutcomeRow, ...]:
    return tuple(
        outcome(
            "A",
            each,
            first_choice_rate=0.1 if few else 0.9,
            adjusted_rate=0.6 if few else 0.0,
            signing_rate=signed,
        )
        for each in year
    )


@pytest.mark.parametrize(
    ("few", "signed", "offerings", "expected"),
    [
        (True, 0.2, 12, "suspend"),
        (True, 0.9, 12, "shrink"),
        (True, 0.2, 3, "shrink"),
        (False, 0.9, 12, "keep"),
        (False, 0.2, 3, "keep"),
    ],
)
def test_signs_of_the_warning_list(few: bool, signed: float, offerings: int, expected: str) -> None:
    action = act(
        years(40),
        signs(few=few, signed=signed),
        profile=SHANGHAI,
        offerings=offerings,
        known_offerings=offerings,
    )
    assert action.action == expected
    assert ("warning.signs" in action.rules) == (expected != "keep")
    if expected == "suspend":
        assert action.seats_proposed == 0 and "第一志愿" in action.summary
    if expected == "shrink":
        assert 0 < action.seats_proposed < 40


def test_one_year_of_signs_is_not_several() -> None:
    action = act(
        years(40),
        signs(few=True, signed=0.2, year=(2025,)),
        profile=SHANGHAI,
        offerings=12,
        known_offerings=12,
    )
    assert action.action == "keep"


def lowest(*of: int) -> tuple[OutcomeRow, ...]:
    rows = [outcome("A", year, destination_rate=0.5) for year in of]
    rows += [outcome(f"Y{n}", year, destination_rate=0.9 + n / 1000) for year in of for n in range(20)]
    return tuple(rows)


def test_low_employment_shrinks_after_two_years_and_suspends_after_three() -> None:
    assert act(years(40), lowest(2024, 2025)).action == "shrink"
    action = act(years(40), lowest(2023, 2024, 2025))
    assert action.action == "suspend" and "destination.still_lowest" in action.rules
    assert act(years(40), lowest(2023, 2024, 2025), profile=SHANGHAI).action == "shrink"


def test_a_crowded_program_with_poor_outcomes_is_cut() -> None:
    many = {"offerings": 30, "known_offerings": 30}
    action = act(years(40), lowest(2023, 2024, 2025), **many)
    assert (action.action, action.rules) == ("shrink", ("crowded.low",))
    assert "crowded.low" not in act(years(40), lowest(2024, 2025), **many).rules


def opening(profile: Profile, level: str, seats: int, siblings: int = 3, **balance: Any) -> Any:
    """What stands against opening A at a school with `siblings` programs of its class."""
    codes = [f"S{n}" for n in range(siblings)]
    plans = [plan(code, seats=seats, level=level) for code in codes]
    plans.append(plan("A", seats=30, level=level, school_code="4131010246"))
    offerings = project_supply(plans, [], [], [], profile).offerings
    facts = {(level, code): ProgramFacts(code, "09", ()) for code in (*codes, "A")}
    balances = [balanced(1000, 20, level=level, **balance)]
    balances += [balanced(50, 50, code, level=level) for code in codes]
    advice = advise(offerings, balances, (), facts, {}, profile)
    return next(c for c in advice.candidates if c.school_code == SCHOOL and c.program == (level, "A"))


def barriers(candidate: Any) -> str:
    return "；".join(line.text for line in candidate.barriers)


def test_a_school_needs_enough_students_for_one_more_program() -> None:
    assert opening(STRICT, "higher_vocational", 600).chosen
    small = opening(STRICT, "higher_vocational", 100)
    assert not small.chosen and "300 人" in barriers(small) and "福建省 2023 年" in barriers(small)
    assert opening(SHANGHAI, "higher_vocational", 100).chosen


def test_secondary_schools_keep_to_five_programs_and_three_classes() -> None:
    assert opening(STRICT, LEVEL, 900, siblings=4).chosen
    full = opening(STRICT, LEVEL, 900, siblings=5)
    assert not full.chosen and "贵州省 2014 年" in barriers(full)


def test_readiness_says_each_part_and_what_is_unknown() -> None:
    candidate = opening(SHANGHAI, "bachelor", 100)
    parts = {part.name: part for part in candidate.parts}
    assert parts["siblings"].value == 3 and parts["teachers"].score is None and "未知" in parts["bases"].text
    known = [part for part in candidate.parts if part.score is not None]
    expected = sum(p.score * p.weight for p in known) / sum(p.weight for p in known)
    assert candidate.score == pytest.approx(expected)
    lone = opening(SHANGHAI, "bachelor", 100, siblings=1)
    assert not lone.chosen and lone.score < candidate.score and "同专业类" in barriers(lone)
