"""Each action by the case that calls for it, and the cases in which nothing may be cut."""

from typing import Any

import pytest

from app.planning.actions import Action, ProgramFacts, recommend
from app.planning.balance import ProgramBalance
from app.planning.supply import OutcomeRow, project_supply
from tests.unit.planning.builders import PROFILE, SCHOOL, outcome, plan, register

RULES = PROFILE.actions
OTHERS = [plan(f"Z{n}", seats=1000) for n in range(3)]
"""Makes A a small part of the school, so that it is no core program."""


def balanced(demand: float, supply: float, code: str = "A", **changes: Any) -> ProgramBalance:
    values: dict[str, Any] = {
        "level": "bachelor",
        "program_code": code,
        "demand_low": demand * 0.8,
        "demand": demand,
        "demand_high": demand * 1.2,
        "supply": supply,
        "gap": demand - supply,
        "ratio": supply / demand if demand else None,
        "offerings": 1,
        "hhi": 1.0,
        "simulated_share": 0.0,
        "contributions": (),
    }
    return ProgramBalance(**{**values, **changes})


def advise(
    demand: float,
    supply: float,
    *,
    groups: tuple[str, ...] = (),
    outcomes: tuple[OutcomeRow, ...] = (),
    core: bool = False,
) -> Action:
    plans = [plan("A", seats=100), *([] if core else OTHERS)]
    offerings = project_supply(plans, [], [], [], PROFILE).offerings
    balances = [balanced(demand, supply), *(balanced(100, 100, f"Z{n}") for n in range(3))]
    facts = {("bachelor", code): ProgramFacts(code, "08", ()) for code in ("Z0", "Z1", "Z2")}
    facts["bachelor", "A"] = ProgramFacts("甲专业", "09", groups)
    actions = recommend(offerings, balances, outcomes, facts, {SCHOOL: "东华大学"}, PROFILE)
    return next(
        a for a in actions if a.program_code == "A" and a.school_code == SCHOOL and a.action != "open"
    )


def low(*years: int) -> tuple[OutcomeRow, ...]:
    """A in the lowest tenth of its level in these years, twenty other offerings above it."""
    rows = [outcome("A", year, destination_rate=0.5) for year in years]
    for year in years:
        rows += [outcome(f"Y{n}", year, destination_rate=0.9 + n / 1000) for n in range(20)]
    return tuple(rows)


def test_shortage_expands_within_the_yearly_change() -> None:
    action = advise(300, 40)
    assert action.action == "expand" and "ratio.expand_below" in action.rules
    assert action.seats_now < action.seats_proposed <= action.seats_now * (1 + RULES.yearly_change.value)
    assert action.seats_proposed % RULES.seat_step.value == 0
    assert "东华大学" in action.summary and "甲专业" in action.summary and "300 人/年" in action.summary


def test_balance_keeps() -> None:
    action = advise(100, 100)
    assert (action.action, action.seats_proposed, action.priority) == ("keep", action.seats_now, 0)


def test_surplus_shrinks_within_the_yearly_change() -> None:
    action = advise(100, 200)
    assert action.action == "shrink"
    assert action.seats_now * (1 - RULES.yearly_change.value) - 5 <= action.seats_proposed < action.seats_now


def test_surplus_with_two_low_years_suspends_and_far_surplus_closes() -> None:
    assert advise(50, 150, outcomes=low(2024, 2025)).action == "suspend"
    closed = advise(20, 150, outcomes=low(2024, 2025))
    assert (closed.action, closed.seats_proposed) == ("close", 0)
    assert {"ratio.close_above", "destination.lowest"} <= set(closed.rules)
    assert [e.value for e in closed.evidence if e.figure == "destination_rate"] == [0.5, 0.5]


@pytest.mark.parametrize("years", [(2025,), (2023, 2025)])
def test_low_years_count_only_in_succession(years: tuple[int, ...]) -> None:
    assert advise(20, 150, outcomes=low(*years)).action == "shrink"


def test_a_core_program_of_the_school_is_shrunk_before_it_is_closed() -> None:
    action = advise(20, 150, outcomes=low(2024, 2025), core=True)
    assert action.action == "shrink" and "core" in action.rules


def test_two_low_years_alone_shrink() -> None:
    action = advise(100, 100, outcomes=low(2024, 2025))
    assert (action.action, action.rules[0]) == ("shrink", "destination.lowest")


@pytest.mark.parametrize("group", PROFILE.protected_groups)
def test_protected_fields_are_never_cut(group: str) -> None:
    action = advise(20, 150, groups=(group,), outcomes=low(2024, 2025))
    assert action.action not in ("shrink", "suspend", "close")


def test_favoured_fields_are_cut_later() -> None:
    assert advise(100, 180).action == "shrink"
    assert advise(100, 180, groups=("integrated_circuits",)).action == "keep"


def test_absence_of_data_is_not_absence_of_demand() -> None:
    action = advise(RULES.evidence_min_heads.value - 1, 500, outcomes=low(2024, 2025))
    assert (action.action, action.rules) == ("keep", ("evidence.insufficient",))
    assert "不等于没有需求" in action.summary


def test_an_offering_of_unknown_size_is_kept() -> None:
    offerings = project_supply([], [register("A")], [], [], PROFILE).offerings
    facts = {("bachelor", "A"): ProgramFacts("甲", "08", ())}
    (action,) = recommend(offerings, [balanced(50, 500)], [], facts, {}, PROFILE)
    assert (action.action, action.rules) == ("keep", ("evidence.seats_unknown",))


def test_demand_with_a_low_matched_rate_asks_for_an_upgrade() -> None:
    action = advise(100, 100, outcomes=(outcome("A", 2025, matched_rate=0.3),))
    assert (action.action, action.rules[0]) == ("upgrade", "matched.low")


def openings(siblings: int, offerings_elsewhere: int = 1, gap: float = 200) -> list[Action]:
    plans = [plan(f"S{n}") for n in range(siblings)] + [plan("A", school_code="4131010246", seats=10)]
    offerings = project_supply(plans, [], [], [], PROFILE).offerings
    balances = [balanced(gap + 5, 5, offerings=offerings_elsewhere)]
    balances += [balanced(20, 20, f"S{n}") for n in range(siblings)]
    facts = {
        ("bachelor", code): ProgramFacts(code, "08", ())
        for code in ["A", *(f"S{n}" for n in range(siblings))]
    }
    actions = recommend(offerings, balances, [], facts, {}, PROFILE)
    return [a for a in actions if a.action == "open"]


def test_a_school_with_siblings_opens_what_expansion_cannot_reach() -> None:
    (opened,) = openings(siblings=2)
    assert (opened.school_code, opened.program_code, opened.seats_proposed) == (
        SCHOOL,
        "A",
        RULES.open_seats.value,
    )
    assert any(e.figure == "siblings" and e.value == 2 for e in opened.evidence)


def test_nothing_is_opened_without_siblings_nor_where_it_is_duplicated_nor_for_a_small_gap() -> None:
    assert openings(siblings=1) == []
    assert openings(siblings=2, offerings_elsewhere=int(RULES.duplication_limit.value)) == []
    assert openings(siblings=2, gap=10) == []


def test_actions_come_by_priority() -> None:
    offerings = project_supply([plan("A", seats=100), *OTHERS], [], [], [], PROFILE).offerings
    balances = [balanced(300, 40), *(balanced(100, 300, f"Z{n}") for n in range(3))]
    facts = {(b.level, b.program_code): ProgramFacts(b.program_code, "08", ()) for b in balances}
    priorities = [a.priority for a in recommend(offerings, balances, [], facts, {}, PROFILE)]
    assert priorities == sorted(priorities, reverse=True)
