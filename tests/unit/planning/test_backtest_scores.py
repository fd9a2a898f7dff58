"""Back-tests by hand: areas, hits and lead times where the answer can be counted."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from app.planning.backtest import Decided, Said, back_test

A, B, C, D = (("bachelor", code) for code in "ABCD")


def said(year: int, risk: list[float], *flagged: tuple[str, str]) -> Said:
    return Said(year, (A, B, C, D), np.array(risk), frozenset(flagged))


def test_area_and_hits_by_hand() -> None:
    decided = [Decided(A, 2021, 2021, "撤销"), Decided(C, 2022, 2022, "撤销")]
    test = back_test([said(2020, [0.9, 0.5, 0.3, 0.1])], decided, within=2, k=2)
    # Pairs (A,B) (A,D) (C,D) in order, (C,B) not.
    assert test.auc == pytest.approx(0.75)
    assert (test.hit_rate, test.base_rate, test.positives, test.programs) == (0.5, 0.5, 2, 4)
    assert test.auc_low is not None and test.auc_high is not None
    assert test.auc_low <= test.auc <= test.auc_high


def test_ties_count_half_and_constant_risks_say_nothing() -> None:
    test = back_test([said(2020, [1.0, 1.0, 1.0, 1.0])], [Decided(A, 2021, 2021, "撤销")], within=3, k=1)
    assert test.auc == pytest.approx(0.5)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=4, max_size=30).filter(
        lambda rows: 0 < sum(hit for _, hit in rows) < len(rows)
    )
)
def test_the_area_is_that_of_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    programs = tuple(("bachelor", str(i)) for i in range(len(rows)))
    risk = np.array([value for value, _ in rows], float)
    decided = [Decided(programs[i], 2021, 2021, "撤销") for i, (_, hit) in enumerate(rows) if hit]
    test = back_test([Said(2020, programs, risk)], decided, within=1, k=1)
    assert test.auc == pytest.approx(roc_auc_score([hit for _, hit in rows], risk))


def test_only_years_are_compared_within_themselves() -> None:
    years = [said(2020, [1.0, 0.0, 0.0, 0.0]), said(2021, [11.0, 10.0, 10.0, 10.0])]
    assert back_test(years, [Decided(A, 2022, 2022, "撤销")], within=3, k=1).auc == 1.0


def test_a_decision_too_late_or_already_taken_does_not_count() -> None:
    late = back_test([said(2020, [0.9, 0.5, 0.3, 0.1])], [Decided(A, 2030, 2030, "撤销")], within=3, k=1)
    assert late.auc is None and late.positives == 0 and late.auc_low is None
    gone = back_test([said(2020, [0.9, 0.5, 0.3, 0.1])], [Decided(A, 2019, 2019, "撤销")], within=3, k=1)
    assert gone.programs == 3 and gone.auc is None


def test_ever_counts_decisions_of_any_year_and_gives_no_lead() -> None:
    test = back_test(
        [said(2025, [0.9, 0.5, 0.3, 0.1], A)], [Decided(A, 2014, 2014, "预警")], within=None, k=1
    )
    assert test.auc == 1.0 and test.hit_rate == 1.0 and test.leads == () and test.median_lead is None
    assert (test.flagged, test.flagged_right) == (1, 1)


def test_lead_is_counted_from_the_first_of_unbroken_years() -> None:
    years = [
        said(2018, [1, 0, 0, 0], A),
        said(2019, [1, 0, 0, 0]),
        said(2020, [1, 0, 0, 0], A, B),
        said(2021, [1, 0, 0, 0], A),
    ]
    decided = [Decided(A, 2022, 2022, "撤销"), Decided(B, 2022, 2022, "撤销"), Decided(C, 2017, 2017, "撤销")]
    test = back_test(years, decided, within=3, k=1)
    leads = {lead.program: lead.years for lead in test.leads}
    assert leads == {A: 2, B: None} and test.median_lead == 2.0


def test_the_same_seed_gives_the_same_interval() -> None:
    decided = [Decided(A, 2021, 2021, "撤销"), Decided(C, 2022, 2022, "撤销")]
    one, two = (back_test([said(2020, [0.9, 0.5, 0.3, 0.1])], decided, within=2, k=2, seed=7) for _ in "ab")
    assert one == two


def test_nothing_said_is_no_crash() -> None:
    test = back_test([], [Decided(A, 2021, 2021, "撤销")], within=3, k=5)
    assert (test.auc, test.hit_rate, test.programs) == (None, 0.0, 0)
