"""Indicators against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInputError
from app.planning.indicators import (
    GRADES,
    coordination,
    coordination_grade,
    duplication_by_group,
    herfindahl_by_group,
    location_quotient,
    lowest_years,
    percentiles,
    percentiles_over_years,
    rates,
    structural_deviations,
    structural_difference,
    supply_demand_ratios,
)

NAN = float("nan")


def test_by_hand() -> None:
    assert location_quotient([30, 70], [10, 90]).tolist() == pytest.approx([3.0, 70 / 90])
    assert location_quotient([1, 0], [0, 1]).tolist() == [None, 0]
    assert location_quotient([0, 0], [0, 0]).tolist() == [None, None]
    coupling, degree = coordination([0.64, 0.0], [0.36, 0.0])
    assert coupling == pytest.approx([0.96, 0])
    assert degree == pytest.approx([np.sqrt(0.96 * 0.5), 0])
    assert percentiles([3, 1, 2, 1]) == pytest.approx([1.0, 0.5, 0.75, 0.5])
    assert percentiles([]).size == 0


shares = st.floats(0, 1)
heads = st.floats(0, 1e6, allow_subnormal=False)
"""Shares of what is no smaller do not vanish when they are divided."""


@given(st.lists(st.tuples(shares, shares), min_size=1))
def test_coordination_is_its_formula_and_stays_in_range(levels: list[tuple[float, float]]) -> None:
    coupling, degree = coordination([a for a, _ in levels], [b for _, b in levels])
    assert ((coupling >= 0) & (coupling <= 1) & (degree >= 0) & (degree <= 1)).all()
    for (a, b), c, d in zip(levels, coupling, degree, strict=True):
        assert c == pytest.approx(2 * math.sqrt(a) * math.sqrt(b) / (a + b) if a + b > 0 else 0)
        assert d == pytest.approx(math.sqrt(c * (a + b) / 2))


@given(st.lists(st.tuples(heads, heads)))
def test_ratio_and_deviation_are_their_formulas(pairs: list[tuple[float, float]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    ratios = supply_demand_ratios(one, other).tolist()
    deviations = structural_deviations(one, other).tolist()
    for a, b, ratio, deviation in zip(one, other, ratios, deviations, strict=True):
        defined = b > 0 and math.isfinite(a / b)
        assert ratio == (pytest.approx(a / b) if defined else None)
        if deviation is not None:
            assert deviation == pytest.approx(b / sum(other) / (a / sum(one)) - 1)
        else:
            assert not (a and sum(other)) or not math.isfinite(b / sum(other) / (a / sum(one)))


def test_tables_mask_what_is_not_defined() -> None:
    assert supply_demand_ratios([30, 30, NAN], [60, 0, 10]).tolist() == [0.5, None, None]
    assert structural_deviations([20, 80, 0], [30, 60, 10]).tolist() == [
        pytest.approx(0.5),
        pytest.approx(-0.25),
        None,
    ]
    assert structural_deviations([0, 0], [1, 1]).tolist() == [None, None]
    assert structural_deviations([], []).tolist() == []
    assert herfindahl_by_group([50, 30, 20, 7, 0], [0, 0, 0, 2, 3], 4).tolist() == [
        pytest.approx(0.38),
        None,
        1.0,
        None,
    ]
    assert duplication_by_group([0, 0, 2], 3, [10, 10, 0]).tolist() == [0.2, 0.0, None]
    assert rates([90, 0, 5, 11, -1, NAN], [100, 0, 5, 10, 10, 10]).tolist() == [
        0.9,
        None,
        1.0,
        None,
        None,
        None,
    ]


def test_difference_of_structures() -> None:
    assert structural_difference([1, 1], [10, 10]) == 0
    assert structural_difference([1, 0], [0, 5]) == 1
    assert structural_difference([50, 30, 20], [30, 30, 40]) == pytest.approx(0.2)
    assert structural_difference([0, 0], [1, 1]) is None


@pytest.mark.parametrize(
    ("degree", "grade"),
    [
        (0, "极度失调"),
        (0.0999, "极度失调"),
        (0.3, "轻度失调"),
        (0.5, "勉强协调"),
        (0.9, "优质协调"),
        (1, "优质协调"),
    ],
)
def test_grades_of_coordination(degree: float, grade: str) -> None:
    assert coordination_grade(degree) == grade
    assert len(GRADES) == 10


def test_figures_out_of_range_have_no_coordination() -> None:
    for a, b in (([1.1], [0.5]), ([0.5], [-0.1]), ([NAN], [0.5])):
        with pytest.raises(InvalidInputError):
            coordination(a, b)
    with pytest.raises(InvalidInputError):
        coordination_grade(1.2)


def test_coordination_weighs_the_two_sides() -> None:
    coupling, degree = coordination([0.64, 0.0], [0.36, 0.0], weight=0.75)
    assert coupling == pytest.approx([0.96, 0])
    assert degree == pytest.approx([np.sqrt(0.96 * (0.75 * 0.64 + 0.25 * 0.36)), 0])


def test_years_in_the_lowest_share_are_counted_back_from_the_last() -> None:
    values = [
        [0.1, 0.9, 0.1, 0.5, 0.5],
        [0.9, 0.1, 0.1, 0.5, NAN],
        [0.9, 0.9, 0.1, 0.5, 0.0],
    ]
    ranks = percentiles_over_years(values)
    assert ranks[1].tolist() == [1.0, 0.5, 0.5, 0.75, None]
    assert lowest_years(ranks, 0.5).tolist() == [0, 0, 3, 0, 1]
    assert lowest_years(percentiles_over_years([[1.0, NAN], [1.0, NAN]]), 1.0).tolist() == [2, 0]
    assert lowest_years(percentiles_over_years(np.zeros((0, 3))), 0.1).tolist() == [0, 0, 0]


figures = st.lists(
    st.tuples(st.one_of(st.floats(-1e6, 1e6), st.just(NAN)), st.one_of(st.floats(-1e6, 1e6), st.just(NAN))),
    max_size=8,
)


@given(figures)
def test_no_table_holds_a_nan(pairs: list[tuple[float, float]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    for table in (
        supply_demand_ratios(one, other),
        structural_deviations(one, other),
        location_quotient(one, other),
        rates(one, other),
    ):
        assert np.isfinite(table.compressed()).all() and np.isfinite(table.data).all()
        assert table.shape == (len(pairs),)
    assert all(0 <= rate <= 1 for rate in rates(one, other).compressed())


@given(st.lists(st.tuples(heads, st.integers(0, 3)), max_size=12))
def test_concentration_and_duplication_are_their_formulas(members: list[tuple[float, int]]) -> None:
    group = [g for _, g in members]
    concentrations = herfindahl_by_group([size for size, _ in members], group, 4).tolist()
    duplications = duplication_by_group(group, 4, 12).tolist()
    for g in range(4):
        sizes = [size for size, other in members if other == g]
        assert duplications[g] == len(sizes) / 12
        if sum(sizes) > 0:
            assert concentrations[g] == pytest.approx(sum((size / sum(sizes)) ** 2 for size in sizes))
            assert 1 / len(sizes) - 1e-9 <= concentrations[g] <= 1 + 1e-9
        else:
            assert concentrations[g] is None
