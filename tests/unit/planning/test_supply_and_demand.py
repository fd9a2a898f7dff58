"""Supply: sources never added twice, categories split, rates from data first. Demand: no head in two cells."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.demand import demand_cells
from app.planning.profile import Profile
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


def of_the_year(year: int) -> Profile:
    """The profile for a planned year: bachelor entrants of 2025 graduate in 2029."""
    return profile(demand__year=year)


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
        of_the_year(2029),
    )
    assert [(o.program_code, o.seats, o.batch_ids) for o in result.offerings] == [("A", 10, ("b1",))]
    assert [(w.code, w.records) for w in result.warnings] == [("overlapping_sources", ("b0",))]
    assert "7 个" in result.warnings[0].text


def test_of_equal_sources_the_smaller_batch_id_counts() -> None:
    result = project_supply([plan("A", batch_id="b2"), plan("A", batch_id="b1")], [], [], [], PROFILE)
    assert result.offerings[0].batch_ids == ("b1",)


def test_seats_are_those_of_the_latest_year_that_is_known_not_of_a_fragment() -> None:
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
        (figure((), 10), "figure_incomplete"),
        (replace(figure(("J66",), 10), central=None), "figure_incomplete"),
    ],
)
def test_figures_that_do_not_count_are_named(row: object, code: str) -> None:
    result = demand_cells([forecast("C397", 5)], [row], [], PROFILE)  # type: ignore[list-item]
    assert len(result.cells) == 1
    assert code in {w.code for w in result.warnings}


def test_figures_that_are_no_gap_are_no_demand() -> None:
    assert central(figures=[figure(("C397",), 10, measure="stock")]) == {}


@settings(deadline=None)
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


CODES = ["C", "C39", "C397", "C3973", "C398", "J", "J66"]


@given(
    st.dictionaries(st.sampled_from(CODES), st.floats(0.5, 1e4), min_size=1),
    st.lists(st.tuples(st.sampled_from(CODES), st.integers(1, 5000)), max_size=5),
)
def test_of_nested_totals_every_head_is_counted_once(
    totals: dict[str, float], parts: list[tuple[str, int]]
) -> None:
    """Counted from the bottom: an industry stands for its own heads or those named within it, whichever is more."""
    own = dict(totals)

    def heads(code: str) -> float:
        inner = {c for c in own if c != code and c.startswith(code)}
        children = {c for c in inner if not any(c != d and c.startswith(d) for d in inner)}
        named = sum(heads(c) for c in children)
        named += sum(n for c, n in parts if c.startswith(code) and not any(c.startswith(d) for d in children))
        return max(own.get(code, 0.0), named)

    tops = {c for c in own if not any(c != d and c.startswith(d) for d in own)}
    outside = sum(n for c, n in parts if not any(c.startswith(t) for t in tops))
    cells = central(
        *(forecast(code, value, row=n) for n, (code, value) in enumerate(totals.items())),
        postings=[posting(str(n), size, industry_code=code) for n, (code, size) in enumerate(parts)],
    )
    assert sum(cells.values()) == pytest.approx(sum(map(heads, tops)) + outside)


def test_parts_that_outgrow_their_total_are_taken_out_of_the_one_above() -> None:
    cells = central(
        forecast("C", 100), forecast("C397", 30), postings=[posting("1", 50, industry_code="C397")]
    )
    assert cells == {"posting:1": 50, "forecast:C::bachelor": 50, "forecast:C397::bachelor": 0}


def test_parts_are_found_by_occupation_and_level_too() -> None:
    by_occupation = forecast(None, 100, occupation_code="2-02", level=None)
    assert central(by_occupation, postings=[posting("1", 30, occupation_code="2-02")]) == {
        "posting:1": 30,
        "forecast::2-02:": 70,
    }
    assert central(by_occupation, forecast("C39", 40, occupation_code="2-02"))["forecast::2-02:"] == 60
    assert (
        central(by_occupation, postings=[posting("1", 30, occupation_code="2-03")])["forecast::2-02:"] == 100
    )
    assert central(forecast("C39", 100, level=None), forecast("C39", 40))["forecast:C39::"] == 60
    other = posting("1", 30, industry_code="C39", level="higher_vocational")
    assert central(forecast("C39", 100), postings=[other])["forecast:C39::bachelor"] == 100


def test_the_range_shrinks_with_its_centre() -> None:
    result = demand_cells([forecast("C39", 100), forecast("C397", 30)], [], [], PROFILE)
    division = next(c for c in result.cells if c.industry_codes == ("C39",))
    assert (division.low, division.high) == (pytest.approx(56), pytest.approx(84))


def test_postings_and_narrower_figures_are_taken_out_of_figures() -> None:
    rules = profile(demand__regional_share=0.02, demand__figure_spread_years=10)
    figures = [figure(("C397",), 35_000), figure(("C39", "I65"), 50_000, row=2)]
    result = demand_cells([], figures, [posting("1", 20, industry_code="C3973")], rules)
    assert {c.key: c.central for c in result.cells} == pytest.approx(
        {"posting:1": 20, "figure:d1:1": 50, "figure:d1:2": 30}
    )


def test_a_forecast_of_the_only_occupation_of_a_figure_covers_it() -> None:
    result = demand_cells(
        [forecast(None, 10, occupation_code="2-02")],
        [replace(figure(("C397",), 10), occupation_codes=("2-02",))],
        [],
        PROFILE,
    )
    assert [c.kind for c in result.cells] == ["forecast"]
    assert [w.code for w in result.warnings] == ["figure_covered"]


def test_a_regional_gap_is_spread_but_not_scaled_and_the_latest_counts() -> None:
    rules = profile(demand__figure_spread_years=5)
    rows = [figure(("J66",), 100, region="310000"), figure(("J66",), 50, region="310000", year=2024, row=2)]
    assert [c.central for c in demand_cells([], rows, [], rules).cells] == [20]
    assert [c.central for c in demand_cells([], rows[::-1], [], rules).cells] == [20]


def test_a_posting_counts_by_its_weight() -> None:
    rules = profile(demand__posting_weight=2.5)
    assert [c.central for c in demand_cells([], [], [posting("1", 4), posting("2", 0)], rules).cells] == [10]


def test_of_two_years_equally_near_the_earlier_counts() -> None:
    result = demand_cells([forecast("A01", 7, year=2029), forecast("A01", 5, year=2027)], [], [], PROFILE)
    assert [c.central for c in result.cells] == [5]


@st.composite
def plan_rows(draw: st.DrawFn) -> object:
    codes = draw(st.lists(st.sampled_from("ABCD"), max_size=3, unique=True))
    return plan(
        *codes,
        seats=draw(st.integers(0, 100)),
        class_code=draw(st.sampled_from([None, "08", "09"])),
        school_code=draw(st.sampled_from(["4131010255", "4131010246"])),
        batch_id=draw(st.sampled_from(["b1", "b2"])),
        province=draw(st.sampled_from(["上海", "贵州"])),
        year=draw(st.sampled_from([2024, 2025])),
    )


@given(st.lists(plan_rows(), max_size=12), st.randoms(use_true_random=False))
def test_every_seat_of_the_chosen_rows_is_in_a_program_or_unassigned(
    rows: list[object], random: object
) -> None:
    result = project_supply(rows, [], [], [], PROFILE)  # type: ignore[arg-type]
    totals: dict[tuple[str, int, str], dict[str, int]] = {}
    for row in rows:
        batches = totals.setdefault((row.school_code, row.year, row.province), {})  # type: ignore[attr-defined]
        batches[row.batch_id] = batches.get(row.batch_id, 0) + row.plan  # type: ignore[attr-defined]
    chosen = 0
    for school in {key[0] for key in totals}:
        of_years = [
            sum(max(batches.values()) for key, batches in totals.items() if key[:2] == (school, year))
            for year in sorted({key[1] for key in totals if key[0] == school})
        ]
        chosen += next(seats for seats in reversed(of_years) if seats >= 0.8 * max(of_years))
    assert sum(o.seats for o in result.offerings) + result.unassigned_seats == pytest.approx(chosen)
    assert all(0 <= c.graduates <= c.seats for o in result.offerings for c in o.cohorts)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = project_supply(shuffled, [], [], [], PROFILE)  # type: ignore[arg-type]
    assert [(o.key, o.campus, o.batch_ids) for o in again.offerings] == [
        (o.key, o.campus, o.batch_ids) for o in result.offerings
    ]
    assert [o.seats for o in again.offerings] == pytest.approx([o.seats for o in result.offerings])
