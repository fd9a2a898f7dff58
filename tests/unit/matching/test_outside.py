"""Joining scores with outside cosines: bounds, order, silence, and nothing at all at share 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.errors import InvalidInputError
from app.matching.engine import Match
from app.matching.outside import cosines, join, rejoin

SHAPES = st.tuples(st.integers(0, 5), st.integers(0, 8))
SHARES = st.floats(0, 1)
ANY = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def pairs(draw: st.DrawFn, elements: st.SearchStrategy[float] = ANY) -> tuple[np.ndarray, np.ndarray]:
    shape = draw(SHAPES)
    return draw(arrays(float, shape, elements=st.floats(0, 1))), draw(arrays(float, shape, elements=elements))


@given(pairs(), SHARES)
def test_scores_stay_scores_whatever_the_outside_says(
    given_: tuple[np.ndarray, np.ndarray], share: float
) -> None:
    scores, outside = given_
    before = scores.copy()
    joined = join(scores, outside, share)
    assert joined.scores.shape == joined.added.shape == scores.shape
    assert np.isfinite(joined.scores).all() and np.isfinite(joined.added).all()
    assert (joined.scores >= 0).all() and (joined.scores <= 1).all()
    np.testing.assert_allclose(scores + joined.added, joined.scores, atol=1e-12)
    np.testing.assert_array_equal(scores, before)


@given(pairs())
def test_a_share_of_nothing_changes_no_bit(given_: tuple[np.ndarray, np.ndarray]) -> None:
    scores, outside = given_
    joined = join(scores, outside, 0.0)
    assert joined.scores.tobytes() == scores.tobytes()
    assert not joined.added.any()


@given(arrays(float, SHAPES, elements=st.floats(0, 1)), st.sampled_from([np.nan, np.inf, 0.3]), SHARES)
def test_an_outside_without_opinion_changes_no_bit(scores: np.ndarray, opinion: float, share: float) -> None:
    """Nothing known, or the same of every candidate."""
    assert join(scores, np.full(scores.shape, opinion), share).scores.tobytes() == scores.tobytes()


@given(pairs(st.floats(-1, 1)), SHARES)
def test_of_two_pairs_the_better_in_both_is_never_the_worse(
    given_: tuple[np.ndarray, np.ndarray], share: float
) -> None:
    scores, outside = given_
    joined = join(scores, outside, share).scores
    for row in range(len(scores)):
        worse = (scores[row][:, None] <= scores[row]) & (outside[row][:, None] <= outside[row])
        assert (joined[row][:, None] <= joined[row] + 1e-12)[worse].all()


@given(pairs(st.floats(-1, 1)), SHARES, st.floats(0.1, 0.9), st.floats(-0.05, 0.05))
def test_where_a_model_puts_its_cosines_does_not_matter(
    given_: tuple[np.ndarray, np.ndarray], share: float, scale: float, shift: float
) -> None:
    scores, outside = given_
    told_apart = np.array([row.size and row.std() > 0.01 for row in outside], dtype=bool)
    wide = np.where(told_apart[:, None], outside, 0.0)
    np.testing.assert_allclose(
        join(scores, wide, share).scores, join(scores, scale * wide + shift, share).scores, atol=1e-9
    )


def test_one_standard_deviation_at_share_1_is_one_unit_of_log_odds() -> None:
    joined = join(np.array([[0.5, 0.2]]), np.array([[0.1, 0.9]]), 1.0)
    log_odds = np.log(joined.scores / (1 - joined.scores))
    assert log_odds[0, 0] == pytest.approx(-1.0)
    # A pair that is raised starts one hundredth nearer to certainty.
    start = 0.01 + 0.99 * 0.2
    raised = start * np.e / (1 - start + start * np.e)
    assert joined.scores[0, 1] == pytest.approx((raised - 0.01) / 0.99)


def test_a_pair_without_a_common_word_can_be_found_but_not_made_certain() -> None:
    outside = np.zeros((1, 200))
    outside[0, 7] = 0.9
    joined = join(np.zeros((1, 200)), outside, 1.0).scores[0]
    assert joined.argmax() == 7 and 0.3 < joined[7] < 0.4
    assert not np.delete(joined, 7).any()


def test_an_unknown_candidate_keeps_its_score_and_moves_no_other() -> None:
    scores = np.array([[0.2, 0.3, 0.4, 0.1]])
    outside = np.array([[0.1, 0.5, np.nan, 0.3]])
    joined = join(scores, outside, 0.5).scores[0]
    assert joined[2] == 0.4
    np.testing.assert_array_equal(
        joined[[0, 1, 3]], join(scores[:, [0, 1, 3]], outside[:, [0, 1, 3]], 0.5).scores[0]
    )


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(InvalidInputError, match="share"):
        join(np.zeros((1, 1)), np.zeros((1, 1)), share)


def test_different_shapes_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="形状"):
        join(np.zeros((1, 2)), np.zeros((1, 3)), 0.5)


def test_cosines_of_an_empty_text_are_unknown() -> None:
    vectors = np.array([[0.6, 0.8], [0, 0]], dtype=np.float32)
    found = cosines(vectors, np.array([[1, 0], [0, 0]], dtype=np.float32))
    assert found[0, 0] == pytest.approx(0.6)
    assert np.isnan(found).tolist() == [[False, True], [True, True]]
    assert np.isnan(cosines(np.zeros((2, 0), np.float32), vectors)).all()
    assert cosines(np.zeros((0, 2), np.float32), vectors).shape == (0, 2)


def test_a_ranking_is_joined_as_a_whole_and_cut_afterwards() -> None:
    matches = [Match(0, "a", 0.5), Match(2, "b", 0.4), Match(3, "c", 0.4), Match(1, "d", 0.0)]
    codes = ["a", "d", "b", "c", "d"]
    same = rejoin(matches, codes, np.full(5, 0.3), 0.5, 3)
    assert same == matches[:3]
    # The second wording of d is what the query means: standard scores −0.577 three times and 1.732.
    risen = rejoin(matches, codes, np.array([0.1, 0.0, 0.1, 0.1, 0.9]), 1.0, 4)
    assert [match.code for match in risen] == ["a", "b", "c", "d"]
    odds = np.exp(-1 / np.sqrt(3))
    assert risen[0].score == pytest.approx(0.5 * odds / (0.5 + 0.5 * odds))
    raised = 0.01 * np.exp(np.sqrt(3)) / (0.99 + 0.01 * np.exp(np.sqrt(3)))
    assert risen[3].score == pytest.approx((raised - 0.01) / 0.99)
    assert rejoin([], codes, np.zeros(5), 1.0, 2) == []
