"""Supply: sources never added twice, categories split, rates from data first. Demand: no head in two cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.demand import demand_cells
from app.planning.supply import project_supply
from tests.unit.planning.builders import (
    PROFILE,
    campus,
    figure,
    forecast,
    outcome,
    plan,
    posting,
    profile,
    register,
)


def seats(*plans: object, registers: object = ()) -> dict[str, float]:
    result = project_supply(plans, registers, [], [], PROFILE)  # type: ignore[arg-type]
    return {offering.program_code: offering.seats for offering in result.offerings}


def test_provinces_add_up_but_overlapping_sources_do_not() -> None:
    assert seats(plan("A", seats=10, province="上海"), plan("A", seats=5, province="贵州")) == {"A": 15}
    result = project_supply(
        [plan("A", seats=10), plan("A", seats=3, batch_id="b0"), plan("B", seats=4, batch_id="b0")],
        [],
        [],
        [],
        PROFILE,
    )
    assert [(o.program_code, o.seats, o.batch_ids) for o in result.offerings] == [("A", 10, ("b1",))]
    assert [(w.code, w.records) for w in result.warnings] == [("overlapping_sources", ("b0",))]
    assert "7 个" in result.warnings[0].text


def test_of_equal_sources_the_smaller_batch_id_counts() -> None:
    result = project_supply([plan("A", batch_id="b2"), plan("A", batch_id="b1")], [], [], [], PROFILE)
    assert result.offerings[0].batch_ids == ("b1",)


def test_the_planning_year_is_the_year_with_most_seats_not_the_latest_fragment() -> None:
    assert seats(plan("A", seats=100, year=2025), plan("A", seats=4, year=2026)) == {"A": 100}
    assert seats(plan("A", seats=50, year=2025), plan("A", seats=50, year=2026)) == {"A": 50}


def test_a_broad_category_is_split_over_what_it_names_else_over_the_class() -> None:
    assert seats(plan("A", "B", "C", seats=30)) == {"A": 10, "B": 10, "C": 10}
    assert seats(
        plan("A", seats=10, class_code="08"), plan(seats=6, class_code="08"), plan("B", class_code="09")
    ) == {
        "A": 16,
        "B": 30,
    }
    result = project_supply([plan(seats=7, class_code="08")], [], [], [], PROFILE)
    assert (result.offerings, result.unassigned_seats) == ((), 7)
    assert result.warnings[0].code == "unassigned_seats"


def test_a_registered_program_without_a_plan_is_an_offering_of_unknown_size() -> None:
    result = project_supply([plan("A")], [register("A"), register("B")], [], [], PROFILE)
    assert {o.program_code: (o.seats, o.graduates) for o in result.offerings}["B"] == (0, 0)
    assert result.offerings[0].batch_ids == ("b1", "r1")


def test_rates_come_from_the_latest_data_else_from_the_profile_with_its_source() -> None:
    rows = [outcome("A", 2024, registration_rate=0.5), outcome("A", 2025, retention_rate=0.4)]
    offering = project_supply([plan("A", seats=100)], [], rows, [], PROFILE).offerings[0]
    level = PROFILE.supply.rates["bachelor"]
    assert (offering.rates["registration"].value, offering.rates["registration"].source) == (0.5, "data")
    assert offering.rates["completion"].source == "assumption"
    expected = (
        100 * 0.5 * level.completion.value * level.destination.value * (1 - level.further_study.value) * 0.4
    )
    assert offering.graduates == pytest.approx(expected)
    assert offering.simulated


def test_the_district_is_the_campus_named_else_the_main_one() -> None:
    places = [campus("松江校区", "310117"), campus("延安路校区", "310105", main=True)]
    named, other = project_supply(
        [plan("A", campus="松江校区"), plan("B")], [], [], places, PROFILE
    ).offerings
    assert (named.district_code, other.district_code) == ("310117", "310105")


def central(*rows: object, **parts: object) -> dict[str, float]:
    result = demand_cells(rows, parts.get("figures", ()), parts.get("postings", ()), PROFILE)  # type: ignore[arg-type]
    return {c.key: c.central for c in result.cells}


def test_a_group_is_taken_out_of_its_division() -> None:
    assert central(forecast("C39", 100), forecast("C397", 30)) == {
        "forecast:C39::bachelor": 70,
        "forecast:C397::bachelor": 30,
    }


def test_a_posting_is_taken_out_of_the_forecast_of_its_industry_and_never_below_nothing() -> None:
    cells = central(forecast("C397", 30), postings=[posting("1", 20, industry_code="C3973")])
    assert cells == {"posting:1": 20, "forecast:C397::bachelor": 10}
    assert (
        central(forecast("C397", 30), postings=[posting("1", 50, industry_code="C397")])[
            "forecast:C397::bachelor"
        ]
        == 0
    )
    apart = central(forecast("C397", 30), postings=[posting("1", 20, industry_code="J66")])
    assert apart["forecast:C397::bachelor"] == 30


def test_other_regions_and_years_are_left_out_and_said() -> None:
    result = demand_cells(
        [forecast("A01", 5, region="110000"), forecast("A01", 7, year=2030)], [], [], PROFILE
    )
    assert [c.central for c in result.cells] == [7]
    assert {w.code for w in result.warnings} == {"other_region", "nearest_year"}


def test_of_two_forecasts_of_one_thing_the_later_batch_counts() -> None:
    result = demand_cells([forecast("A01", 5), forecast("A01", 9, batch_id="f2")], [], [], PROFILE)
    assert [c.central for c in result.cells] == [9]
    assert result.warnings[0].code == "repeated_forecast"


def test_a_national_gap_is_scaled_and_spread_by_stated_numbers() -> None:
    rules = profile(demand__regional_share=0.02, demand__figure_spread_years=10)
    result = demand_cells([], [figure(("C397",), 35_000)], [], rules)
    assert result.cells[0].central == pytest.approx(70)
    assert "2.0%" in result.cells[0].source and "10 年" in result.cells[0].source


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (figure(("C397",), 10, year=2017), "figure_too_old"),
        (figure(("C39",), 10), "figure_covered"),
        (figure(("J66",), 10, region="110000"), "other_region"),
    ],
)
def test_figures_that_do_not_count_are_named(row: object, code: str) -> None:
    result = demand_cells([forecast("C397", 5)], [row], [], PROFILE)  # type: ignore[list-item]
    assert len(result.cells) == 1
    assert code in {w.code for w in result.warnings}


def test_figures_that_are_no_gap_are_no_demand() -> None:
    assert central(figures=[figure(("C397",), 10, measure="stock"), figure((), 10)]) == {}


@given(
    st.lists(st.tuples(st.sampled_from(["C", "C39", "C397", "C3973", "J"]), st.floats(0, 1e4)), max_size=6),
    st.lists(st.tuples(st.sampled_from([None, "C39", "C3973", "J66"]), st.integers(0, 200)), max_size=6),
)
def test_demand_is_never_negative_and_parts_never_enlarge_the_total(
    totals: list[tuple[str, float]], parts: list[tuple[str | None, int]]
) -> None:
    forecasts = [forecast(code, heads, row=n) for n, (code, heads) in enumerate(totals)]
    postings = [posting(str(n), heads, industry_code=code) for n, (code, heads) in enumerate(parts)]
    cells = demand_cells(forecasts, [], postings, PROFILE).cells
    assert all(0 <= c.low <= c.central + 1e-9 and c.central <= c.high + 1e-9 for c in cells)
    listed = sum(heads for _, heads in totals) + sum(heads for _, heads in parts)
    assert sum(c.central for c in cells) <= listed + 1e-6
