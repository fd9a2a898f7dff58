"""Measures of data quality on figures whose answers are known."""

from collections import Counter

import pytest

from app.ingest.kinds import KINDS
from app.ingest.quality_measures import code_change, drift, outliers
from app.ingest.quality_tally import Tally, compared, shape_of


def test_a_figure_that_jumps_unlike_the_rest_is_outlying() -> None:
    before = {f"p{i}": 40.0 + i for i in range(20)}
    now = {key: value * 1.05 for key, value in before.items()} | {"p3": 200.0, "p7": 4.0}
    found = outliers("plan", now, before, 2025, rate=False)
    assert [(each.key, each.before, each.value) for each in found] == [("p7", 47.0, 4.0), ("p3", 43.0, 200.0)]
    assert found[0].score is not None and found[0].score < -3.5 < 3.5 < (found[1].score or 0.0)


def test_growth_that_all_share_is_no_outlier() -> None:
    before = {f"p{i}": 40.0 for i in range(20)}
    assert outliers("plan", dict.fromkeys(before, 100.0), before, 2025, rate=False) == []


def test_small_numbers_and_small_changes_are_not_told() -> None:
    before = {f"p{i}": 40.0 for i in range(20)} | {"tiny": 1.0, "close": 40.0}
    now = dict(before) | {"tiny": 4.0, "close": 50.0}
    assert outliers("plan", now, before, 2025, rate=False) == []


def test_rates_are_compared_by_their_difference() -> None:
    before = {f"p{i}": 0.9 for i in range(10)}
    now = dict(before) | {"p1": 0.55}
    (found,) = outliers("destination_rate", now, before, 2025, rate=True)
    assert (found.key, found.before, found.value) == ("p1", 0.9, 0.55)


def test_with_too_few_to_compare_only_great_changes_are_told_and_no_score() -> None:
    before = {"a": 100.0, "b": 100.0, "gone": 5.0}
    (found,) = outliers("plan", {"a": 300.0, "b": 160.0, "new": 9.0}, before, 2025, rate=False)
    assert (found.key, found.score) == ("a", None)


def test_codes_that_come_and_go() -> None:
    change = code_change("program_code", Counter({"A": 1, "B": 5, "C": 2}), Counter({"A": 1, "D": 3}))
    assert (change.new, change.vanished, change.known) == (("B", "C"), ("D",), 3)
    many = code_change("c", Counter(map(str, range(50))), Counter())
    assert (len(many.new), many.new_count) == (20, 50)


def test_texts_that_drift_and_texts_that_do_not() -> None:
    same = drift("name", Counter("软件工程人工智能" * 50), Counter("软件工程人工智能" * 30))
    assert (same.divergence, same.drifted) == (0.0, False)
    apart = drift("name", Counter("甲乙" * 100), Counter("丙丁" * 100))
    assert (apart.divergence, apart.drifted) == (1.0, True)
    assert set(apart.characters) == {"+甲", "+乙", "-丙", "-丁"}
    few = drift("name", Counter("甲乙丙丁"), Counter("甲乙戊己"))
    assert few.divergence > 0.05 and not few.drifted  # four characters say nothing


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_shape(name: str) -> None:
    shape = shape_of(KINDS[name])
    assert shape.columns and set(shape.key) <= set(shape.columns)
    assert "fingerprint" not in shape.columns


def test_only_provinces_that_both_years_have_are_compared() -> None:
    kind = KINDS["enrolment-plan"]
    empty = dict.fromkeys(shape_of(kind).columns)
    law = {**empty, "school_code": "s", "level": "bachelor", "name": "法学", "batch_id": "b"}
    tally = Tally().take(
        shape_of(kind),
        [
            {**law, "year": 2024, "province": "北京", "plan": 10},
            {**law, "year": 2024, "province": "上海", "plan": 90},
            {**law, "year": 2025, "province": "北京", "plan": 12},
            {**law, "year": 2025, "province": "北京", "plan": 11, "batch_id": "c"},
        ],
    )
    here, there = compared(tally.figures["plan", 2025], tally.figures["plan", 2024])
    assert (list(here.values()), list(there.values())) == ([12.0], [10.0])
    assert tally.codes["province"] == Counter({"北京": 3, "上海": 1})
