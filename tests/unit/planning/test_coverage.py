"""Coverage: how much of a program's field the forecasts and figures speak of."""

import numpy as np
import pytest

from app.planning.coverage import BEST, covered_industries, covered_occupations, demand_coverage
from tests.unit.planning.builders import cell


def test_by_hand() -> None:
    fit = np.array([[0.6, 0.2, 0.0], [0.0, 0.0, 0.0]])
    assert demand_coverage(fit, np.array([True, False, False])) == pytest.approx([0.75, 0.0])
    assert demand_coverage(np.zeros((2, 0)), np.zeros(0, bool)) == pytest.approx([0, 0])


def test_only_the_best_targets_count() -> None:
    fit = np.array([[0.5] * BEST + [0.1] * 20])
    covered = np.array([True] * BEST + [False] * 20)
    assert demand_coverage(fit, covered) == pytest.approx([1.0])
    assert demand_coverage(fit, ~covered) == pytest.approx([0.0])


def test_a_forecast_covers_what_it_is_part_of_and_what_belongs_to_it() -> None:
    cells = [cell("a", 1, industry_codes=("C39",)), cell("b", 1, industry_codes=("I651",))]
    codes = ["C39", "C397", "I65", "I652", "I651", "J66"]
    assert covered_industries(codes, cells).tolist() == [True, True, True, False, True, False]


def test_a_posting_covers_nothing() -> None:
    asked = [cell("p", 9, kind="posting", industry_codes=("C39",), occupation_code="2-02-38-01")]
    assert not covered_industries(["C39"], asked).any()
    assert not covered_occupations(["2-02-38-01"], asked).any()
    stated = [cell("f", 9, occupation_code="2-02-38-01")]
    assert covered_occupations(["2-02-38-01", "2-02-38-02"], stated).tolist() == [True, False]
