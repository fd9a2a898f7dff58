"""Each action by the case that calls for it, and the cases in which nothing may be cut."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.actions import Action, recommend
from app.planning.balance import ProgramBalance
from app.planning.rates import OutcomeRow
from app.planning.situation import ProgramFacts
from app.planning.supply import project_supply
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
        "demand_fit": 0.4,
        "forecast_share": 1.0,
        "known_offerings": 1,
        "supply_simulated": False,
        "supply_batch_ids": ("b1",),
    }
    return ProgramBalance(**{**values, **changes})


def advise(
    demand: float,
    supply: float,
    *,
    groups: tuple[str, ...] = (),
    outcomes: tuple[OutcomeRow, ...] = (),
    core: bool = False,
    seats: int = 100,
    **changes: Any,
) -> Action:
    plans = [plan("A", seats=seats), *([] if core else OTHERS)]
    offerings = project_supply(plans, [], outcomes, [], PROFILE).offerings
    balances = [balanced(demand, supply, **changes), *(balanced(100, 100, f"Z{n}") for n in range(3))]
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
    assert action.seats_now * (1 - RULES.yearly_change.value) <= action.seats_proposed < action.seats_now


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
    assert advise(50, 150, groups=("integrated_circuits",), outcomes=low(2024, 2025)).action == "shrink"
    assert advise(20, 110, groups=("integrated_circuits",), outcomes=low(2024, 2025)).action == "suspend"
    assert advise(20, 130, groups=("integrated_circuits",), outcomes=low(2024, 2025)).action == "close"


def test_absence_of_data_is_not_absence_of_demand() -> None:
    action = advise(RULES.evidence_min_heads.value - 1, 500, outcomes=low(2024, 2025))
    assert (action.action, action.rules) == ("keep", ("evidence.insufficient", "destination.lowest"))
    assert "不等于没有需求" in action.summary and "末位" in action.summary
    quiet = advise(RULES.evidence_min_heads.value - 1, 500)
    assert (quiet.action, quiet.rules) == ("keep", ("evidence.insufficient",))


def test_an_offering_of_unknown_size_is_kept() -> None:
    offerings = project_supply([], [register("A")], [], [], PROFILE).offerings
    facts = {("bachelor", "A"): ProgramFacts("甲", "08", ())}
    (action,) = recommend(offerings, [balanced(50, 500)], [], facts, {}, PROFILE)
    assert (action.action, action.rules) == ("keep", ("evidence.seats_unknown",))


def test_demand_with_a_low_matched_rate_asks_for_an_upgrade() -> None:
    action = advise(100, 100, outcomes=(outcome("A", 2025, matched_rate=0.3),))
    assert (action.action, action.rules[0]) == ("upgrade", "matched.low")


@pytest.mark.parametrize(
    ("thin", "rule"),
    [
        ({"forecast_share": 0.2}, "evidence.postings_only"),
        ({"coverage": 0.2}, "evidence.partial_demand"),
        ({"demand_fit": 0.01}, "evidence.weak_fit"),
        ({"demand_high": 151.0}, "range.contains_balance"),
    ],
)
def test_thin_evidence_cuts_nothing_and_says_why(thin: dict[str, float], rule: str) -> None:
    assert advise(20, 150, outcomes=low(2024, 2025)).action == "close"
    action = advise(20, 150, outcomes=low(2024, 2025), **thin)
    assert action.action == "keep" and rule in action.rules
    assert advise(20, 150, **thin).action == "keep"


@pytest.mark.parametrize(
    ("thin", "rule"),
    [
        ({"offerings": 5, "known_offerings": 2}, "evidence.supply_unknown"),
        ({"demand_low": 39.0}, "range.contains_balance"),
        ({"demand_fit": 0.01}, "evidence.weak_fit"),
    ],
)
def test_thin_evidence_adds_nothing_and_says_why(thin: dict[str, float], rule: str) -> None:
    action = advise(300, 40, **thin)
    assert action.action == "keep" and rule in action.rules


def test_demand_from_postings_alone_is_enough_to_expand() -> None:
    assert advise(300, 40, forecast_share=0.0, coverage=0.0).action == "expand"


def test_seats_that_stay_empty_are_not_added_to() -> None:
    action = advise(300, 40, outcomes=(outcome("A", 2025, registration_rate=0.6),))
    assert action.action == "keep" and "registration.low" in action.rules


def test_a_surplus_in_a_short_class_turns_towards_the_short_program() -> None:
    offerings = project_supply([plan("A", seats=100), plan("B", seats=100), *OTHERS], [], [], [], PROFILE)
    facts = {("bachelor", "A"): ProgramFacts("甲", "09", ()), ("bachelor", "B"): ProgramFacts("乙", "09", ())}
    balances = [balanced(50, 100), balanced(200, 100, "B"), *(balanced(100, 100, f"Z{n}") for n in range(3))]
    actions = recommend(offerings.offerings, balances, [], facts, {}, PROFILE)
    found = {a.program_code: a for a in actions if a.action != "open"}
    assert found["A"].action == "upgrade" and "class.short" in found["A"].rules
    assert "“乙”" in found["A"].summary and found["A"].seats_proposed == found["A"].seats_now
    assert [e.value for e in found["A"].evidence if e.figure == "class_gap"] == [50]


def test_a_program_set_up_too_often_shrinks_at_a_slight_surplus_but_not_as_core() -> None:
    often = int(RULES.duplication_limit.value) + 1
    slight: dict[str, Any] = {"offerings": often, "demand_high": 105.0}
    assert advise(100, 110, demand_high=105.0).action == "keep"
    action = advise(100, 110, **slight)
    assert (action.action, action.rules) == ("shrink", ("duplication.above_limit",))
    assert advise(100, 110, core=True, **slight).action == "keep"
    assert advise(100, 110, groups=("health",), **slight).action == "keep"


def test_poor_outcomes_where_the_city_is_short_or_the_field_protected_ask_for_an_upgrade() -> None:
    assert advise(300, 40, outcomes=low(2024, 2025)).action == "upgrade"
    assert advise(100, 100, groups=("health",), outcomes=low(2024, 2025)).action == "upgrade"


def test_every_rule_with_a_number_states_it_with_its_source() -> None:
    lines = [e for e in advise(100, 200).evidence if e.figure == "threshold"]
    assert [e.value for e in lines] == [RULES.shrink_above.value]
    assert "ratio.shrink_above" in lines[0].text and "假设" in lines[0].text


def test_what_rests_on_simulated_outcomes_is_marked() -> None:
    rows = (outcome("A", 2025, matched_rate=0.3, simulated=True),)
    action = advise(100, 100, outcomes=rows)
    assert action.simulated and "模拟" in action.summary
    assert not advise(100, 100).simulated and "模拟" not in advise(100, 100).summary


def test_an_offering_whose_graduates_all_stay_away_does_not_break_the_run() -> None:
    rows = [outcome("A", 2025, registration_rate=0.0)]
    offerings = project_supply([plan("A", seats=100)], [], rows, [], PROFILE).offerings
    facts = {("bachelor", "A"): ProgramFacts("甲", "09", ())}
    for demand, supply in ((300, 40), (50, 200), (100, 0)):
        (action,) = recommend(offerings, [balanced(demand, supply)], rows, facts, {}, PROFILE)
        assert action.seats_proposed == 100


def test_a_program_without_a_balance_or_facts_is_kept() -> None:
    offerings = project_supply([plan("A")], [], [], [], PROFILE).offerings
    (action,) = recommend(offerings, [], [], {}, {}, PROFILE)
    assert (action.action, action.rules) == ("keep", ("evidence.insufficient",))
    assert recommend([], [], [], {}, {}, PROFILE) == ()


def openings(siblings: int, offerings_elsewhere: int = 1, gap: float = 200) -> list[Action]:
    plans = [plan(f"S{n}") for n in range(siblings)] + [plan("A", school_code="4131010246", seats=10)]
    offerings = project_supply(plans, [], [], [], PROFILE).offerings
    balances = [balanced(gap + 5, 5, offerings=offerings_elsewhere, known_offerings=offerings_elsewhere)]
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


@settings(deadline=None)
@given(
    seats=st.integers(1, 400),
    demand=st.floats(0, 6000),
    supply=st.floats(400, 3000),
    group=st.sampled_from([(), ("health",), ("integrated_circuits",)]),
    lowest=st.booleans(),
    core=st.booleans(),
)
def test_no_change_goes_beyond_the_yearly_limit_and_no_protected_field_is_cut(
    seats: int, demand: float, supply: float, group: tuple[str, ...], lowest: bool, core: bool
) -> None:
    outcomes = low(2024, 2025) if lowest else ()
    action = advise(demand, supply, groups=group, outcomes=outcomes, core=core, seats=seats)
    cap = RULES.yearly_change.value
    now, then = action.seats_now, action.seats_proposed
    assert now == seats and action.priority >= 0
    match action.action:
        case "expand":
            assert now < then <= now * (1 + cap) + 1e-9
        case "shrink":
            assert now * (1 - cap) - 1e-9 <= then < now
        case "suspend" | "close":
            assert then == 0
        case _:
            assert action.action in ("keep", "upgrade") and then == now
    if group == ("health",):
        assert action.action not in ("shrink", "suspend", "close")
    if demand < RULES.evidence_min_heads.value:
        assert action.rules[0] == "evidence.insufficient"


def graduates(seats: int) -> float:
    """Graduates of so many seats by the profile's rates."""
    return project_supply([plan("A", seats=seats)], [], [], [], PROFILE).offerings[0].graduates


def test_a_gap_smaller_than_the_yearly_limit_is_closed_not_overshot() -> None:
    supply = graduates(1000)
    assert advise(1.4 * supply, supply, seats=1000, demand_low=supply * 1.1).seats_proposed == 1300
    # 286 seats would close the gap: rounded down to the step.
    assert advise(1.286 * supply, supply, seats=1000, demand_low=supply * 1.1).seats_proposed == 1285


def test_an_offering_that_has_recovered_is_not_low() -> None:
    recovered = (*low(2019, 2020), outcome("A", 2021, destination_rate=0.99))
    assert advise(20, 150, outcomes=low(2019, 2020)).action == "close"
    action = advise(20, 150, outcomes=recovered)
    assert (action.action, action.rules) == ("shrink", ("ratio.shrink_above",))
    assert [e for e in action.evidence if e.figure == "destination_rate"] == []


def test_a_rate_that_a_later_batch_corrects_is_no_evidence() -> None:
    corrected = [outcome("A", year, destination_rate=0.99, batch_id="o2") for year in (2024, 2025)]
    assert advise(20, 150, outcomes=(*low(2024, 2025), *corrected)).action == "shrink"
    assert advise(20, 150, outcomes=(*corrected, *low(2024, 2025))).action == "shrink"


def test_where_no_graduate_enters_work_expanding_is_no_help() -> None:
    action = advise(900, 100, outcomes=(outcome("A", 2025, destination_rate=0.0),))
    assert (action.action, action.rules, action.seats_proposed) == ("keep", ("evidence.no_graduates",), 100)


def test_the_evidence_names_batches_and_what_is_simulated() -> None:
    action = advise(20, 150, outcomes=low(2024, 2025))
    lines = [e for e in action.evidence if e.figure == "destination_rate"]
    assert [(e.batch_ids, e.simulated) for e in lines] == [(("o1",), True)] * 2
    assert all("模拟" in e.text for e in lines) and action.simulated
    seats = next(e for e in action.evidence if e.figure == "seats")
    assert seats.value == 100 and "b1" in seats.batch_ids and not seats.simulated


def test_a_school_opens_no_more_than_its_yearly_number_and_nothing_it_teaches() -> None:
    wanted = [f"W{n}" for n in range(5)]
    plans = [plan("S0"), plan("S1"), *(plan(code, school_code="4131010246") for code in wanted)]
    offerings = project_supply(plans, [], [], [], PROFILE).offerings
    balances = [balanced(300 - n, 5, code) for n, code in enumerate(wanted)]
    balances += [balanced(20, 20, "S0"), balanced(20, 20, "S1")]
    facts = {(b.level, b.program_code): ProgramFacts(b.program_code, "08", ()) for b in balances}
    actions = recommend(offerings, balances, [], facts, {}, PROFILE)
    opened = {a.program_code for a in actions if a.action == "open"}
    assert opened == {"W0", "W1", "W2"}, "the largest gaps first, three to a school"
    assert {a.school_code for a in actions if a.action == "open"} == {SCHOOL}
    again = recommend(offerings[::-1], balances[::-1], [], facts, {}, PROFILE)
    assert again == actions, "the order of the inputs does not matter"


def test_a_gap_that_expansion_can_close_opens_nothing() -> None:
    supply = graduates(300)
    reach, one_class = graduates(90), graduates(int(RULES.open_seats.value))

    def opened(gap: float) -> int:
        plans = [plan("S0"), plan("S1"), plan("A", school_code="4131010246", seats=300)]
        offerings = project_supply(plans, [], [], [], PROFILE).offerings
        balances = [balanced(supply + gap, supply, demand_low=supply + 1), balanced(20, 20, "S0")]
        facts = {("bachelor", code): ProgramFacts(code, "08", ()) for code in ("A", "S0", "S1")}
        return sum(a.action == "open" for a in recommend(offerings, balances, [], facts, {}, PROFILE))

    assert reach + one_class > RULES.open_min_gap.value
    assert (opened(reach + one_class - 0.1), opened(reach + one_class + 0.1)) == (0, 1)


def test_nothing_is_opened_where_the_supply_is_not_known() -> None:
    plans = [plan("S0"), plan("S1"), plan("A", school_code="4131010246", seats=10)]
    offerings = project_supply(plans, [], [], [], PROFILE).offerings
    facts = {("bachelor", code): ProgramFacts(code, "08", ()) for code in ("A", "S0", "S1")}
    for known, expected in ((1, 0), (5, 1)):
        balances = [balanced(205, 5, offerings=5, known_offerings=known), balanced(20, 20, "S0")]
        actions = recommend(offerings, balances, [], facts, {}, PROFILE)
        assert sum(a.action == "open" for a in actions) == expected
