import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.errors import InvalidInputError
from app.matching.structure import propagate_links, with_links

SCORES = arrays(np.float64, (4, 3), elements=st.floats(0, 1))
EDGES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12)


def test_a_link_raises_by_noisy_or_once_however_often_it_is_given() -> None:
    scores = np.array([[0.5, 0.2], [0.0, 1.0]])
    raised = with_links(scores, [(0, 0), (0, 0), (1, 0), (1, 1)], 0.6)
    assert raised == pytest.approx(np.array([[0.8, 0.2], [0.6, 1.0]]))
    assert scores[0, 0] == 0.5


@given(SCORES, EDGES, st.floats(0, 1))
def test_links_never_lower_a_score_nor_leave_the_unit_interval(
    scores: np.ndarray, edges: list[tuple[int, int]], strength: float
) -> None:
    raised = with_links(scores, edges, strength)
    assert (raised >= scores - 1e-12).all()
    assert (raised <= 1.0).all()
    untouched = np.ones_like(scores, dtype=bool)
    for edge in edges:
        untouched[edge] = False
    assert np.array_equal(raised[untouched], scores[untouched])


def test_neighbours_pass_their_links_on_but_not_to_themselves() -> None:
    similarity = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 1.0]])
    raised = propagate_links(np.zeros((3, 2)), similarity, [(1, 0)], 0.5)
    assert raised[0] == pytest.approx([0.5 * 0.8, 0.0])
    assert raised[1] == pytest.approx([0.0, 0.0])
    assert raised[2] == pytest.approx([0.0, 0.0])


def test_votes_are_shared_by_similarity_among_the_nearest_linked_rows() -> None:
    similarity = np.array([[1.0, 0.6, 0.2, 0.1], [0.6, 1, 0, 0], [0.2, 0, 1, 0], [0.1, 0, 0, 1]])
    raised = propagate_links(np.zeros((4, 2)), similarity, [(1, 0), (2, 1), (3, 1)], 1.0, neighbours=2)
    assert raised[0] == pytest.approx([0.6 * 0.6 / 0.8, 0.6 * 0.2 / 0.8])


@given(
    SCORES, arrays(np.float64, (4, 4), elements=st.floats(0, 1)), EDGES, st.floats(0, 1), st.integers(0, 5)
)
def test_propagation_never_lowers_a_score_nor_leaves_the_unit_interval(
    scores: np.ndarray, similarity: np.ndarray, edges: list[tuple[int, int]], strength: float, neighbours: int
) -> None:
    raised = propagate_links(scores, similarity, edges, strength, neighbours)
    assert np.isfinite(raised).all()
    assert (raised >= scores - 1e-12).all()
    assert (raised <= 1.0 + 1e-12).all()


def test_links_outside_the_table_and_impossible_strengths_are_refused() -> None:
    scores = np.zeros((2, 2))
    for edge in [(2, 0), (0, -1)]:
        with pytest.raises(InvalidInputError, match="超出"):
            with_links(scores, [edge], 0.5)
    with pytest.raises(InvalidInputError, match="strength"):
        with_links(scores, [], 1.5)
    with pytest.raises(InvalidInputError, match="相似度"):
        propagate_links(scores, np.zeros((3, 3)), [], 0.5)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_tables_without_rows_or_columns_stay_so(shape: tuple[int, int]) -> None:
    scores = np.zeros(shape)
    assert with_links(scores, [], 0.5).shape == shape
    assert propagate_links(scores, np.zeros((shape[0], shape[0])), [], 0.5).shape == shape
