from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from app.matching.evaluation import evaluate, measure

CODES = [f"c{number:02d}" for number in range(20)]


@given(
    st.permutations(CODES), st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.5, 30.0]), min_size=20, max_size=20)
)
def test_measures_agree_with_scikit_learn(ranked: list[str], gains: list[float]) -> None:
    gold = dict(zip(CODES, gains, strict=True))
    truth = np.array([[gold[code] for code in ranked]])
    falling = np.arange(20, 0, -1, dtype=float)[None, :]
    metrics = measure(ranked, gold)
    if not truth.any():
        assert metrics == measure([], {})
        return
    assert metrics.average_precision == pytest.approx(average_precision_score(truth[0] > 0, falling[0]))
    assert metrics.ndcg_at_10 == pytest.approx(ndcg_score(truth, falling, k=10))
    right = np.flatnonzero(truth[0] > 0)
    assert metrics.reciprocal_rank == pytest.approx(1 / (right[0] + 1))
    assert metrics.recall_at_10 == pytest.approx((right < 10).sum() / len(right))
    assert metrics.top_1 == float(right[0] == 0)


def test_answers_that_a_run_does_not_list_are_missed() -> None:
    metrics = measure(["a"], {"a": 1.0, "b": 1.0})
    assert metrics.average_precision == 0.5
    assert metrics.recall_at_10 == 0.5
    assert metrics.ndcg_at_10 == pytest.approx(1 / (1 + 1 / log2(3)))


def test_a_code_listed_twice_counts_at_its_better_place_only() -> None:
    assert measure(["a", "a", "b"], {"a": 1.0, "b": 1.0}) == measure(["a", "b"], {"a": 1.0, "b": 1.0})


def test_macro_means_give_every_answer_the_same_weight() -> None:
    gold = {"q1": {"big": 1.0}, "q2": {"big": 1.0}, "q3": {"big": 1.0}, "q4": {"small": 1.0}}
    run = {query: ["big", "small"] for query in gold}
    metrics = evaluate(run, gold)
    assert metrics.map == metrics.mrr == pytest.approx((3 + 0.5) / 4)
    assert metrics.macro_map == metrics.macro_mrr == pytest.approx((1 + 0.5) / 2)
    assert metrics.top_1 == 0.75


def test_queries_without_gold_are_left_out_and_missing_ones_count_nothing() -> None:
    metrics = evaluate({"q1": ["a"], "stray": ["a"]}, {"q1": {"a": 1.0}, "q2": {"a": 1.0}, "q3": {"a": 0.0}})
    assert metrics.queries == 2
    assert metrics.map == 0.5


def test_no_gold_gives_zeros() -> None:
    metrics = evaluate({}, {})
    assert metrics.queries == 0
    assert set(metrics.as_dict().values()) == {0}
