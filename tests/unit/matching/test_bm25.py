"""BM25 beside another implementation of the same formula."""

import bm25s
import numpy as np
import pytest

from app.matching.bm25 import K1, B, Bm25
from app.matching.documents import Document
from app.matching.encoding import Kind, encode
from app.matching.words import Words

TEXTS = ["数控机床 编程 与 操作", "机床 维修", "护理 与 康复 护理", "软件 测试 编程 测试 测试", ""]
QUERIES = ["数控 编程 编程", "护理", "编程 测试 天文", "天文", ""]
WORDS = Words()


def compared(queries: list[str], candidates: list[str]) -> np.ndarray:
    known = Bm25.of(
        encode([Document(str(i), "", text) for i, text in enumerate(candidates)], WORDS).counts[Kind.WORDS]
    )
    return known.scores(
        encode([Document(str(i), "", text) for i, text in enumerate(queries)], WORDS).counts[Kind.WORDS]
    )


@pytest.mark.parametrize("query", QUERIES[:3])
def test_scores_are_those_of_bm25s_as_a_share_of_the_most(query: str) -> None:
    other = bm25s.BM25(method="lucene", k1=K1, b=B)
    other.index([WORDS.split(text, {}) or ["∅"] for text in TEXTS[:4]], show_progress=False)
    expected = other.get_scores([word for word in WORDS.split(query, {}) if word in other.vocab_dict])
    found = compared([query], TEXTS[:4])[0]
    assert found.max() > 0
    np.testing.assert_allclose(found / found.max(), expected / expected.max(), rtol=1e-5)


def test_scores_lie_within_0_and_1_and_one_query_scores_as_among_many() -> None:
    found = compared(QUERIES, TEXTS)
    assert ((found >= 0) & (found < 1)).all() and not found[3:].any() and not found[:, 4].any()
    for row, query in zip(found, QUERIES, strict=True):
        np.testing.assert_allclose(compared([query], TEXTS)[0], row, rtol=1e-12)


def test_no_candidate_and_no_query_are_allowed() -> None:
    assert compared(QUERIES, []).shape == (5, 0)
    assert compared([], TEXTS).shape == (0, 5)
