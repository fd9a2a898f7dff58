import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.errors import InvalidInputError
from app.matching.structure import with_links

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


def test_links_outside_the_table_and_impossible_strengths_are_refused() -> None:
    scores = np.zeros((2, 2))
    for edge in [(2, 0), (0, -1)]:
        with pytest.raises(InvalidInputError, match="超出"):
            with_links(scores, [edge], 0.5)
    with pytest.raises(InvalidInputError, match="strength"):
        with_links(scores, [], 1.5)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_tables_without_rows_or_columns_stay_so(shape: tuple[int, int]) -> None:
    scores = np.zeros(shape)
    assert with_links(scores, [], 0.5).shape == shape
