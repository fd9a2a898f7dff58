"""Figures that cannot be true are left out and named; the rest of the run goes on."""

import numpy as np
import pytest

from app.planning.allocation import allocate
from app.planning.demand import demand_cells
from app.planning.supply import project_supply
from tests.unit.planning.builders import PROFILE, figure, forecast, outcome, plan, profile


@pytest.mark.parametrize("heads", [-5.0, float("nan"), float("inf")])
def test_impossible_forecasts(heads: float) -> None:
    result = demand_cells([forecast("A01", heads, row=7), forecast("J66", 10)], [], [], PROFILE)
    assert [c.central for c in result.cells] == [10]
    assert [(w.code, w.records) for w in result.warnings] == [("impossible_forecast", ("f1",))]
    assert "第 7 行" in result.warnings[0].text


def test_a_range_out_of_order_is_widened_to_hold_the_central_figure() -> None:
    result = demand_cells([forecast("A01", 10, low=12, high=9)], [], [], PROFILE)
    (only,) = result.cells
    assert (only.low, only.central, only.high) == (10, 10, 10)
    assert result.warnings[0].code == "range_out_of_order"


def test_impossible_figures() -> None:
    result = demand_cells([], [figure(("C397",), -1)], [], PROFILE)
    assert result.cells == () and result.warnings[0].code == "impossible_figure"


def test_forecasts_by_occupation_beside_forecasts_by_industry_are_said() -> None:
    by_occupation = forecast(None, 20, occupation_code="2-02-38-01")
    result = demand_cells([forecast("C397", 5), by_occupation], [], [], PROFILE)
    assert [w.code for w in result.warnings] == ["crossing_forecasts"]
    assert "20 人" in result.warnings[0].text
    both = forecast("C397", 3, occupation_code="2-02-38-01")
    assert demand_cells([forecast("C397", 5), both], [], [], PROFILE).warnings == ()


def test_impossible_plans_and_rates() -> None:
    rows = [outcome("A", 2025, registration_rate=1.7, retention_rate=0.5)]
    rules = profile(demand__year=2029)
    result = project_supply([plan("A", seats=100), plan("B", seats=-3, row=9)], [], rows, [], rules)
    (only,) = result.offerings
    assert (only.program_code, only.rates["registration"].source) == ("A", "assumption")
    assert only.rates["retention"].value == 0.5
    assert sorted(w.code for w in result.warnings) == ["impossible_plan", "impossible_rate"]


def test_a_later_year_that_is_not_used_is_said() -> None:
    rules = profile(demand__year=2029)
    result = project_supply([plan("A", seats=9), plan("A", seats=1, year=2026)], [], [], [], rules)
    assert [(w.code, w.records) for w in result.warnings] == [("later_year_partial", ("4131010255",))]


@pytest.mark.parametrize(
    ("demand", "supply", "parameters"),
    [
        ([-1.0], [1.0], {}),
        ([1.0], [float("nan")], {}),
        ([1.0, 2.0], [1.0], {}),
        ([1.0], [1.0], {"supply_pull": 1.0}),
        ([1.0], [1.0], {"temperature": 0.0}),
    ],
)
def test_an_allocation_of_nonsense_is_refused(
    demand: list[float], supply: list[float], parameters: dict[str, float]
) -> None:
    rules = {"fit_floor": 0.05, "temperature": 0.5, "supply_pull": 0.5, **parameters}
    with pytest.raises(ValueError, match=r"demand|supply|range"):
        allocate(np.array(demand), np.array(supply), np.array([[0.5]]), **rules)
