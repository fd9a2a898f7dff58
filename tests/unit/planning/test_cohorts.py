"""Graduates by year: each known entry year is a cohort with rates and a year of graduation of its own."""

import numpy as np
import pytest

from app.planning.further_study import Continuations, with_further_study
from app.planning.supply import OfferingSupply, SupplyResult, project_supply, resized
from app.planning.uncertainty import _supply
from app.planning.years import supply_in_year, year_balances, years_compared
from tests.unit.planning.builders import LEVEL, PROFILE, SCHOOL, forecast, outcome, plan, profile

RULES = profile(demand__year=2028)


def projected(*plans: object, outcomes: object = ()) -> SupplyResult:
    return project_supply(plans, [], outcomes, [], RULES)  # type: ignore[arg-type]


def only(result: SupplyResult) -> OfferingSupply:
    (offering,) = result.offerings
    return offering


def test_each_known_entry_year_graduates_after_the_duration_and_that_of_the_planned_year_counts() -> None:
    rows = [plan("A", seats=100 + year - 2020, year=year) for year in (2023, 2024, 2025)]
    result = projected(*rows)
    offering = only(result)
    assert [(c.entry_year, c.graduation_year, c.seats) for c in offering.cohorts] == [
        (2023, 2027, 103),
        (2024, 2028, 104),
        (2025, 2029, 105),
    ]
    assert (offering.year, offering.seats, offering.counted_seats) == (2025, 105, 104)
    assert offering.graduates == offering.cohorts[1].graduates > 0
    assert "nearest_cohort" not in {w.code for w in result.warnings}


def test_where_the_planned_year_is_not_known_the_nearest_counts_and_is_said() -> None:
    result = projected(
        plan("A", seats=100, year=2025),
        plan("A", seats=10, year=2024),  # one province of it
        plan("V", seats=60, year=2025, level="higher_vocational"),
    )
    by_code = {offering.program_code: offering for offering in result.offerings}
    assert by_code["A"].counted is not None and by_code["A"].counted.graduation_year == 2029
    assert by_code["V"].counted is not None and by_code["V"].counted.graduation_year == 2028
    (said,) = (w for w in result.warnings if w.code == "nearest_cohort")
    assert (
        said.records == (SCHOOL,) and "2025 年入学、2029 年毕业" in said.text and "2024 年入学" in said.text
    )


def test_of_two_cohorts_as_near_the_later_counts() -> None:
    offering = only(projected(plan("A", seats=50, year=2023), plan("A", seats=50, year=2025)))
    assert offering.counted is not None and offering.counted.entry_year == 2025


def test_what_a_known_year_does_not_name_enrols_nobody() -> None:
    result = projected(
        plan("A", "B", seats=100, year=2024), plan("A", seats=90, year=2025), plan("C", seats=10, year=2025)
    )
    by_code = {offering.program_code: offering for offering in result.offerings}
    assert (by_code["B"].seats, by_code["B"].counted_seats) == (0, 50)
    assert by_code["B"].graduates > 0, "those who entered in 2024 graduate in 2028 all the same"
    assert (by_code["C"].seats, by_code["C"].graduates) == (10, 0.0)
    assert sum(offering.counted_seats for offering in result.offerings) == 100


def test_a_rate_is_that_of_the_year_of_entering_or_of_graduating() -> None:
    rows = [
        outcome("A", year, registration_rate=rate, destination_rate=rate - 0.1)
        for year, rate in ((2023, 0.91), (2024, 0.92), (2025, 0.93), (2028, 0.98))
    ]
    offering = only(projected(plan("A", year=2024), plan("A", year=2025), outcomes=rows))
    counted = offering.rates
    assert (counted["registration"].value, counted["registration"].year) == (0.92, 2024)
    assert (counted["destination"].value, counted["destination"].year) == (0.88, 2028)
    later = offering.cohorts[-1].rates
    assert (later["registration"].value, later["destination"].value) == (0.93, 0.88)


def test_a_rate_that_an_offering_lacks_is_the_mean_of_its_program_then_of_its_level() -> None:
    others = ["4131010246", "4131010247", "4131010248"]
    plans = [plan("A", "B", seats=40), *(plan("A", seats=40, school_code=school) for school in others)]

    def rows(simulated: bool) -> list[object]:
        return [
            outcome("A", school_code=school, retention_rate=rate, simulated=simulated)
            for school, rate in zip(others, (0.2, 0.3, 0.4), strict=True)
        ]

    by_key = {o.key: o for o in projected(*plans, outcomes=rows(False)).offerings}
    lent, level = (by_key[SCHOOL, LEVEL, code].rates["retention"] for code in "AB")
    assert (lent.value, lent.source, level.value, level.source) == (
        pytest.approx(0.3),
        "data:program",
        pytest.approx(0.3),
        "data:level",
    )
    by_key = {o.key: o for o in projected(*plans, outcomes=rows(False)[:2]).offerings}
    assert by_key[SCHOOL, LEVEL, "A"].rates["retention"].source == "assumption", "two are no mean"
    by_key = {o.key: o for o in projected(*plans, outcomes=rows(True)).offerings}
    assert by_key[SCHOOL, LEVEL, "A"].rates["retention"].source == "assumption", "simulated ones lend nothing"
    assert not by_key[SCHOOL, LEVEL, "A"].simulated


def test_draws_are_of_the_cohort_that_counts() -> None:
    rules = profile(demand__year=2028, uncertainty__rate_spread_stated=0.0)
    offerings = project_supply(
        [plan("A", seats=40, year=2024), plan("A", seats=50, year=2025)], [], [], [], rules
    ).offerings
    drawn = _supply([(LEVEL, "A")], offerings, rules, 5, np.random.Generator(np.random.PCG64(1)))
    assert drawn[:, 0] == pytest.approx(np.full(5, offerings[0].graduates))


def test_other_seats_move_every_cohort_as_in_a_steady_state() -> None:
    offering = only(projected(plan("A", seats=40, year=2024), plan("A", seats=50, year=2025)))
    more = resized(offering, 60, RULES)
    assert (more.seats, [c.seats for c in more.cohorts]) == (60, [50, 60])
    assert more.graduates == pytest.approx(offering.graduates * 50 / 40)
    assert resized(offering, 50, RULES) == offering


def test_those_who_go_on_enter_the_cohort_of_the_year_in_which_they_graduate() -> None:
    lower, upper = "higher_vocational", "bachelor"
    offerings = projected(
        plan("L", seats=100, year=2021, level=lower),
        plan("L", seats=90, year=2022, level=lower),
        plan("U", seats=50, year=2024, level=upper),
        plan("U", seats=50, year=2025, level=upper),
    ).offerings
    links = {(lower, "L"): Continuations(((upper, "U"),), "类"), (upper, "U"): Continuations((), "类")}
    after, flows, _ = with_further_study(offerings, links, RULES)
    above, below = after
    going = {c.graduation_year: c.going_on for c in below.cohorts}
    assert [c.entrants for c in above.cohorts] == [pytest.approx(going[2024]), pytest.approx(going[2025])]
    assert above.entrants == above.cohorts[0].entrants, "2024 → 2028 is the planned year"
    flow = next(flow for flow in flows if flow.level == lower)
    assert flow.going_on == pytest.approx(flow.entered + flow.planned + flow.left)


def test_supply_by_year_is_of_that_years_cohort_else_of_the_nearest_and_says_which() -> None:
    offerings = projected(
        plan("A", seats=90, year=2024), plan("A", seats=50, year=2025), plan("B", seats=45, year=2025)
    ).offerings
    programs = [(LEVEL, "A"), (LEVEL, "B"), (LEVEL, "C")]
    found = {year: supply_in_year(offerings, programs, year) for year in (2028, 2029, 2031)}
    share = offerings[0].graduates / 90
    assert found[2028].graduates == pytest.approx([90 * share, 0, 0])
    assert found[2029].graduates == pytest.approx([50 * share, 45 * share, 0])
    assert found[2031].graduates == pytest.approx([50 * share, 45 * share, 0])
    balances = year_balances(2031, found[2031].graduates * 2, found[2031])
    assert [b.known_share for b in balances] == [0.0, 0.0, None]
    assert [b.gap for b in balances] == pytest.approx([50 * share, 45 * share, 0])
    assert balances[2].ratio is None
    assert year_balances(2029, found[2029].graduates, found[2029])[0].known_share == 1.0


def test_years_compared_are_the_planned_one_and_the_nearest_of_the_regions_forecasts() -> None:
    rows = [forecast("C39", 5, year=year) for year in range(2020, 2040)]
    assert years_compared([*rows, forecast("C39", 5, year=2050, region="110000")], RULES) == tuple(
        range(2024, 2032)
    )
    assert years_compared([], RULES) == (2028,)
    assert int(PROFILE.demand.year.value) == 2028
