"""What is learned, on small made-up data: trees, spaces, known answers, neighbours, and what is carried from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array, random_array

from app.matching.calibration import calibration_error, reliability
from app.matching.documents import Document, Task
from app.matching.knowledge import Knowledge
from app.matching.learning.answers import learn_known
from app.matching.learning.folds import folds_of
from app.matching.learning.towers import Pairs, Settings, learn_space
from app.matching.learning.trees import Growth, fit_platt, grow_trees
from app.matching.neighbours import Neighbours, link_matrix, nearest_places
from app.matching.phrases import Phrases
from app.matching.ranker import Ranker, Trees, probability
from app.matching.rows import Rows
from app.matching.space import unit
from app.matching.structure import carry

SHARES = arrays(np.float64, (3, 4), elements=st.floats(0, 1))


@pytest.fixture(scope="module")
def grown() -> tuple[Trees, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    rows = random.normal(size=(600, 5)).astype(np.float32)
    right = (rows[:, 0] + 0.5 * rows[:, 1] > 0.8).astype(float)
    trees = grow_trees(
        rows, right, np.repeat(np.arange(30), 20), Growth(trees=25, least=5, seen=1.0, choice=1.0)
    )
    return trees, rows, right


def test_trees_put_right_pairs_first(grown: tuple[Trees, np.ndarray, np.ndarray]) -> None:
    trees, rows, right = grown
    sums = trees.sums(rows)
    assert sums[right > 0].mean() > sums[right == 0].mean() + 0.5
    assert np.array_equal(sums, trees.sums(rows.copy()))


def test_contributions_add_up_to_the_sums(grown: tuple[Trees, np.ndarray, np.ndarray]) -> None:
    trees, rows, _ = grown
    parts = trees.contributions(rows[:50])
    assert trees.contributions(rows[:0]).shape == (0, rows.shape[1] + 1)
    assert parts.shape == (50, 6)
    assert parts.sum(axis=1) == pytest.approx(trees.sums(rows[:50]), abs=1e-4)
    # What decides is credited: the third to fifth feature say nothing.
    assert np.abs(parts[:, 0]).mean() > 5 * np.abs(parts[:, 3]).mean()


def test_a_ranker_gives_probabilities_whose_log_odds_add_up(
    grown: tuple[Trees, np.ndarray, np.ndarray],
) -> None:
    trees, rows, right = grown
    slope, bias = fit_platt(trees.sums(rows), right)
    ranker = Ranker(tuple("abcde"), trees, slope, bias, 0)
    found = ranker.probabilities(rows)
    assert ((found > 0) & (found < 1)).all()
    assert found.mean() == pytest.approx(right.mean(), abs=0.02)
    assert probability(ranker.log_odds(rows).sum(axis=1)) == pytest.approx(found, abs=1e-4)


def test_probabilities_of_extreme_odds_are_finite() -> None:
    assert probability(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]


def test_a_space_brings_partners_together_and_repeats_bit_for_bit() -> None:
    features = random_array((80, 60), density=0.15, format="csr", rng=np.random.default_rng(1))
    features.data = np.abs(features.data)
    pairs = [Pairs("a", np.arange(40), np.arange(40, 80), 1.0)]
    chosen = Settings(dimensions=16, steps=500, batch=32, rate=0.02)
    first, second = (
        learn_space(csr_array(features), pairs, chosen, lambda step, loss: None) for _ in range(2)
    )
    assert np.array_equal(first, second)
    points = unit(np.asarray(features @ first, dtype=np.float32))
    cosines = points[:40] @ points[40:].T
    assert np.diag(cosines).mean() > cosines.mean() + 0.2


def test_known_answers_are_told_from_words_and_points() -> None:
    rows = Rows(np.arange(13), np.repeat(np.arange(3), 4), np.ones(12), 3)
    points = np.repeat(np.eye(3, 9), 4, axis=0).astype(np.float32)
    gains = np.repeat(np.eye(3), 4, axis=0)
    candidates = [Document(code, code) for code in "abc"]
    known = learn_known(
        rows.matrix(), points, gains, np.ones(12), candidates, np.eye(3, dtype=np.float32), kept=3, ridge=0.4
    )
    said = known.layers(rows, points)
    for name in ("known_words", "known_points", "known_centre"):
        assert said[name].argmax(axis=1).tolist() == np.repeat(np.arange(3), 4).tolist()
    assert known.places([Document("b", "?"), Document("?", "c"), Document("x", "y")]).tolist() == [1, 2, -1]


def test_neighbours_vote_for_what_they_are_linked_to_but_not_for_their_own_family() -> None:
    links, codes = link_matrix([{"x": 1.0}, {"y": 0.5}, {"y": 1.0}])
    points = unit(np.array([[1, 0], [1, 0.1], [0, 1]], dtype=np.float32))
    neighbours = Neighbours(points, np.array(["f", "g", "h"]), links, codes, ("one", "two", "three"))
    to = neighbours.links_to({"x": 0, "y": 1, "z": 2})
    mine, other = neighbours.votes(points[[0, 0]], ["f", "other"], to)
    assert mine[0] == pytest.approx(0, abs=1e-6) and mine[1] > 0.1 and not other[2]
    assert other[0] > other[1] > 0
    own, foreign = neighbours.near(points[[0, 0]], ["f", "other"])
    assert neighbours.told(foreign, "x", 3) == [("one", pytest.approx(1.0))]
    assert neighbours.told(own, "x", 3) == []
    assert neighbours.told(foreign, "unknown", 3) == []


@given(arrays(np.float64, (3, 7), elements=st.sampled_from([0.0, 0.5, 1.0])), st.integers(1, 9))
def test_nearest_places_are_those_of_a_stable_sort(values: np.ndarray, count: int) -> None:
    expected = np.argsort(-values, axis=1, kind="stable")[:, :count]
    found = nearest_places(values, count)
    assert np.array_equal(
        np.take_along_axis(values, found, axis=1), np.take_along_axis(values, expected, axis=1)
    )
    assert all(len(set(row)) == len(row) for row in found.tolist())


@given(SHARES, SHARES)
def test_carried_scores_stay_below_the_answer_and_the_likest_has_it_whole(
    known: np.ndarray, likeness: np.ndarray
) -> None:
    belonging = csr_array(np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=float))
    found = carry(known, belonging, likeness, 0.3)
    assert ((found >= 0) & (found <= 1)).all()
    best = np.maximum(known[:, 0], known[:, 1])
    assert (found[:, :2] <= best[:, None] + 1e-12).all()
    # Alone in its answer a target is the likest of it.
    assert found[likeness[:, 2] > 0, 2] == pytest.approx(known[likeness[:, 2] > 0, 2])
    assert found[:, 3] == pytest.approx(0.5 * likeness[:, 3])


@given(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=40), st.integers(1, 5))
def test_a_group_is_in_one_fold_only(groups: list[str], count: int) -> None:
    folds = folds_of(groups, count)
    assert len(folds) == len(groups)
    for group in set(groups):
        assert len({int(f) for f, g in zip(folds, groups, strict=True) if g == group}) == 1


def test_calibration_error_of_what_is_calibrated_and_what_is_not() -> None:
    scores = np.array([0.25] * 4 + [1.0] * 2)
    right = np.array([1.0, 0, 0, 0, 1, 1])
    assert calibration_error(scores, right) == pytest.approx(0.0)
    assert reliability(scores, right) == [(0.25, 0.25, 4), (1.0, 1.0, 2)]
    assert calibration_error(np.ones(3), np.zeros(3)) == pytest.approx(1.0)
    assert calibration_error(np.zeros(0), np.zeros(0)) == 0.0


def test_phrases_are_found_overlapping_and_latin_only_as_whole_words() -> None:
    phrases = Phrases(["数据", "数据分析", "ps", "c++"])
    assert phrases.counts("数据分析与数据治理") == {"数据": 2, "数据分析": 1}
    assert phrases.counts("https上传") == {}
    assert phrases.counts("会ps与c++开发") == {"ps": 1, "c++": 1}
    assert phrases.counts("") == {}


def test_a_program_is_of_the_class_of_its_code_else_of_its_name() -> None:
    knowledge = Knowledge(
        destinations={"0809": {"互联网": 60.0, "金融投资": 20.0}, "4601": {"汽车": 1.0}},
        name_destinations=((("软件",), {"软件业": 2.0}),),
        classes={"软件工程": "0809"},
        industries={"I64": {"互联网": 1.0}},
    )
    assert knowledge.class_of(Document("a", "?", "", "bachelor", "080902")) == "0809"
    assert knowledge.class_of(Document("a", "?", "", "higher_vocational", "460103")) == "4601"
    assert knowledge.class_of(Document("a", "软件工程")) == "0809"
    assert knowledge.class_of(Document("a", "无此专业")) is None
    said = knowledge.layers(
        [Document("a", "软件工程"), Document("b", "无此专业")],
        [Document("x", "互联网"), Document("I64", "互联网和相关服务"), Document("y", "金融投资")],
        Task.PROGRAM_INDUSTRY,
    )
    assert said["destination"][0] == pytest.approx([60 / 140, 60 / 140, 20 / 140])
    assert not said["destination"][1].any()


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_words_of_duties_share_out_one_whole_or_nothing(text: str) -> None:
    knowledge = Knowledge(duties=((("会计", "ps"), {"1202": 8.0, "0202": 2.0}),))
    candidates = [Document("1202", ""), Document("0202", "")]
    said = knowledge.layers([Document("q", text, "会计")], candidates, Task.POSTING_CLASS)
    assert said["duties"][0] == pytest.approx([0.8, 0.2])
    assert said["duties_title"].sum() in (pytest.approx(0.0), pytest.approx(1.0))
