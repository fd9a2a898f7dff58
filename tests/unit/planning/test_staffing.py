"""Industry demand over occupations: shares learned, shrunk, conserved; overlaps and repeats counted once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.demand import demand_cells
from app.planning.repeats import resemblance, without_repeats
from app.planning.staffing import Sighting, StaffingPattern, spread_over_occupations
from tests.unit.planning.builders import LEVEL, PROFILE, cell, figure, forecast, posting, profile


def seen(industry: str | None, occupation: str, heads: float = 1, level: str | None = None) -> Sighting:
    return Sighting(industry, occupation, level, heads, False)


def test_a_node_without_sightings_is_that_of_its_parent_and_one_with_many_speaks_for_itself() -> None:
    pattern = StaffingPattern([seen("C39", "A")] * 3 + [seen("C39", "B")] + [seen("I65", "C")] * 96, 10)
    # the whole of 100: B is 1/110; section C of 4: (1 + 10/110)/14; division C39 of 4: (1 + 10 · that)/14
    whole = 1 / 110
    section = (1 + 10 * whole) / 14
    division = (1 + 10 * section) / 14
    assert pattern.shares("C39", None)["B"].share == pytest.approx(division)
    assert pattern.shares("C397", None)["B"].share == pytest.approx(division)
    assert pattern.shares("C397", None)["B"].own == 0
    assert pattern.shares("I65", None)["C"].share > 0.95
    assert pattern.shares("H61", None)["C"].share == pytest.approx(96 / 110)
    assert pattern.shares("C39", None)["B"].postings == 4


def test_own_is_the_part_that_rests_on_the_industry_itself() -> None:
    pattern = StaffingPattern([seen("C39", "A")] * 5, 5)
    part = pattern.shares("C39", None)["A"]
    assert part.share * part.own == pytest.approx(0.5)


def test_heads_weigh_but_do_not_count_as_postings() -> None:
    one_large = StaffingPattern([seen("C39", "A", 1000)], 10).shares("C39", None)["A"].share
    one_small = StaffingPattern([seen("C39", "A", 1)], 10).shares("C39", None)["A"].share
    assert one_large == pytest.approx(one_small)
    both = StaffingPattern([seen("C39", "A", 30), seen("C39", "B", 10)], 10).shares("C39", None)
    assert both["A"].share == pytest.approx(3 * both["B"].share)


def test_levels_have_patterns_of_their_own() -> None:
    pattern = StaffingPattern(
        [seen("C39", "A", level="bachelor")] * 9 + [seen("C39", "B", level="higher_vocational")] * 9, 3
    )
    assert next(iter(pattern.shares("C39", "bachelor"))) == "A"
    assert next(iter(pattern.shares("C39", "higher_vocational"))) == "B"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "C", "C39", "C397", "I65"]), st.sampled_from("ABCDE"), st.floats(0.1, 50)
        ),
        max_size=30,
    ),
    st.floats(0.5, 100),
    st.integers(0, 6),
)
def test_shares_are_shares_and_heads_are_conserved(
    rows: list[tuple[str | None, str, float]], strength: float, most: int
) -> None:
    pattern = StaffingPattern([seen(*row) for row in rows], strength)
    for code in ("C", "C397", "I65", "A01"):
        shares = pattern.shares(code, LEVEL)
        assert all(0 < part.share < 1 and -1e-12 <= part.own <= 1 + 1e-12 for part in shares.values())
        assert sum(part.share for part in shares.values()) < 1 + 1e-9
    cells = [cell("a", 100, industry_codes=("C397",)), cell("b", 7, industry_codes=("C", "I65"))]
    divided = spread_over_occupations(cells, pattern, most, 0.01)
    for before in cells:
        parts = [part for part in divided if (part.record or part.key) == before.key]
        for name in ("low", "central", "high"):
            assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(before, name))
    assert len({part.key for part in divided}) == len(divided)


def test_without_postings_industry_demand_stays_with_the_industry() -> None:
    cells = [cell("a", 100, industry_codes=("C397",))]
    assert spread_over_occupations(cells, StaffingPattern([], 10), 8, 0.0) == cells


ALL_A = StaffingPattern([seen("C39", "A")] * 1000, 1e-6)
"""Everybody in C39 is an A."""
BY_INDUSTRY = forecast("C39", 100)


def total(*rows: object, rule: str = "larger", priority: tuple[str, ...] = ()) -> tuple[float, object]:
    data = PROFILE.model_dump()
    data["demand"]["overlap"]["value"] = rule
    data["demand"]["source_priority"]["value"] = priority
    result = demand_cells(rows, [], [], type(PROFILE).model_validate(data), ALL_A)  # type: ignore[arg-type]
    return sum(each.central for each in result.cells), result


def test_of_overlapping_forecasts_the_larger_counts() -> None:
    assert total(BY_INDUSTRY, forecast(None, 60, occupation_code="A"))[0] == pytest.approx(100, rel=1e-3)
    assert total(BY_INDUSTRY, forecast(None, 250, occupation_code="A"))[0] == pytest.approx(250, rel=1e-3)
    assert total(BY_INDUSTRY, forecast(None, 60, occupation_code="B"))[0] == pytest.approx(160, rel=1e-3)


def test_the_rule_to_add_adds_and_says_so() -> None:
    heads, result = total(BY_INDUSTRY, forecast(None, 60, occupation_code="A"), rule="add")
    assert heads == pytest.approx(160)
    assert [overlap.kept for overlap in result.overlaps] == ["both"]  # type: ignore[attr-defined]
    assert "两边都计" in result.warnings[0].text  # type: ignore[attr-defined]


def test_the_source_of_priority_keeps_the_heads() -> None:
    rows = (BY_INDUSTRY, forecast(None, 60, occupation_code="A", source="协会"))
    for priority, kept, left in ((("协会",), "occupation", 60), (("预测",), "industry", 0)):
        _, result = total(*rows, priority=priority)
        assert [overlap.kept for overlap in result.overlaps] == [kept]  # type: ignore[attr-defined]
        by_occupation = next(c for c in result.cells if not c.industry_codes)  # type: ignore[attr-defined]
        assert by_occupation.central == pytest.approx(left, abs=0.1)


def test_levels_that_do_not_meet_do_not_overlap_and_one_head_is_not_taken_twice() -> None:
    other = forecast(None, 60, occupation_code="A", level="higher_vocational")
    assert total(BY_INDUSTRY, other)[0] == pytest.approx(160)
    both = forecast(None, 80, occupation_code="A", level=None, row=3)
    assert total(BY_INDUSTRY, forecast(None, 60, occupation_code="A"), both)[0] == pytest.approx(
        100, rel=1e-3
    )


def test_what_names_industry_and_occupation_is_part_of_both() -> None:
    rows = (BY_INDUSTRY, forecast("C39", 30, occupation_code="A"), forecast(None, 50, occupation_code="A"))
    result = demand_cells(rows, [], [], PROFILE)
    assert {c.key: c.central for c in result.cells} == {
        "forecast:C39::bachelor": 70,
        "forecast:C39:A:bachelor": 30,
        "forecast::A:bachelor": 20,
    }


def test_districts_are_parts_of_the_region() -> None:
    rows = [forecast("C39", 100), forecast("C39", 30, region="310115"), forecast("C39", 9, region="110000")]
    result = demand_cells(rows, [], [posting("1", 4, industry_code="C39", district_code="310115")], PROFILE)
    assert {c.key: c.central for c in result.cells} == {
        "posting:1": 4,
        "forecast:C39::bachelor": 70,
        "forecast:C39::bachelor:310115": 26,
    }


def test_each_thing_is_forecast_by_its_nearest_year() -> None:
    rows = [forecast("C39", 100), forecast("I65", 5, year=2030), forecast("I65", 7, year=2035)]
    result = demand_cells(rows, [], [], PROFILE)
    assert [c.central for c in result.cells] == [100, 5]
    assert "2030 年 1 条" in result.warnings[0].text


def test_a_prior_source_and_what_is_real_go_before_the_later_batch() -> None:
    rows = [forecast("C39", 1, source="统计局公报"), forecast("C39", 2, batch_id="f2", source="推算")]
    assert [c.central for c in demand_cells(rows, [], [], PROFILE).cells] == [1]
    rows = [forecast("C39", 1), forecast("C39", 2, batch_id="f2", simulated=True)]
    result = demand_cells(rows, [], [], PROFILE)
    assert [c.central for c in result.cells] == [1] and "非模拟" in result.warnings[0].text


def test_growth_and_replacement_stay_apart_when_parts_are_taken_out() -> None:
    rows = [
        forecast("C39", 100, growth=-20, replacement=120),
        forecast("C397", 50, growth=30, replacement=20),
    ]
    whole, part = demand_cells(rows, [], [], PROFILE).cells
    assert (whole.central, whole.growth_share) == (50, pytest.approx(-0.2))
    assert part.growth_share == pytest.approx(0.6)


TEXT = "负责芯片测试方案与测试程序开发，撰写测试报告，参与量产导入与良率分析，配合设计团队定位问题"


def kept(rows: list[object], texts: dict[str, str]) -> list[str]:
    rows_, _, _ = without_repeats(rows, texts, similarity=0.9, heads_tolerance=0.1)  # type: ignore[arg-type]
    return [row.id for row in rows_]


def test_a_posting_repeated_by_its_enterprise_counts_once() -> None:
    rows = [posting("1", 20), posting("2", 21, title="工 程师（急招）"), posting("3", 20)]
    texts = {"1": TEXT, "2": TEXT + "。", "3": TEXT[::-1]}
    assert kept(rows, texts) == ["2", "3"]
    result = demand_cells([], [], rows, PROFILE, texts=texts)
    assert sum(c.central for c in result.cells) == 41 and result.repeats == {"1": "2"}
    assert result.warnings[0].code == "repeated_posting" and result.warnings[0].records == ("1",)


@pytest.mark.parametrize(
    "other",
    [
        {"heads": 40},
        {"enterprise": "别家"},
        {"title": "技术员"},
        {"level": "higher_vocational"},
        {"mode": "order_class"},
        {"district_code": "310115"},
    ],
)
def test_what_differs_in_one_thing_is_another_posting(other: dict[str, object]) -> None:
    first = posting("1", 20, district_code="310104")
    rows = [first, posting("2", **{"heads": 20, "district_code": "310104", **other})]  # type: ignore[arg-type]
    assert kept(rows, {"1": TEXT, "2": TEXT}) == ["1", "2"]


def test_without_a_text_nothing_is_a_repeat() -> None:
    assert kept([posting("1", 20), posting("2", 20)], {}) == ["1", "2"]
    assert resemblance(frozenset("ab"), frozenset("bc")) == pytest.approx(1 / 3)


def test_national_figures_are_never_scaled_silently() -> None:
    rules = profile(demand__regional_share=0.02, demand__figure_spread_years=10)
    result = demand_cells([], [figure(("C397",), 35_000)], [], rules)
    assert [w.code for w in result.warnings] == ["national_scaled"] and result.scaled == pytest.approx(70)
    assert demand_cells([], [figure(("C397",), 100, region="310000")], [], rules).warnings == ()
