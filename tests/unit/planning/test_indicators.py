"""Indicators against values worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.indicators import (
    coupling_coordination,
    duplication,
    herfindahl,
    location_quotient,
    percentiles,
    structural_deviation,
    supply_demand_ratio,
)


def test_by_hand() -> None:
    assert supply_demand_ratio(30, 60) == 0.5
    assert supply_demand_ratio(30, 0) is None
    assert structural_deviation(0.2, 0.3) == pytest.approx(0.5)
    assert structural_deviation(0, 0.3) is None
    assert herfindahl([50, 30, 20]) == pytest.approx(0.38)
    assert herfindahl([0, 0]) is None
    assert duplication(7, 70) == 0.1
    assert duplication(7, 0) == 0
    assert location_quotient([30, 70], [10, 90]) == pytest.approx([3.0, 70 / 90])
    assert location_quotient([1, 0], [0, 1]) == pytest.approx([0, 0])
    assert location_quotient([0, 0], [0, 0]) == pytest.approx([0, 0])
    assert coupling_coordination(0.64, 0.36) == pytest.approx((0.96, np.sqrt(0.96 * 0.5)))
    assert coupling_coordination(0, 0) == (0, 0)
    assert percentiles([3, 1, 2, 1]) == pytest.approx([1.0, 0.5, 0.75, 0.5])
    assert percentiles([]).size == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_coupling_stays_in_range(a: float, b: float) -> None:
    coupling, coordination = coupling_coordination(a, b)
    assert 0 <= coupling <= 1 + 1e-9
    assert 0 <= coordination <= 1 + 1e-9


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_hhi_lies_between_even_and_one(sizes: list[float]) -> None:
    value = herfindahl(sizes)
    if value is not None:
        assert 1 / len(sizes) - 1e-9 <= value <= 1 + 1e-9
