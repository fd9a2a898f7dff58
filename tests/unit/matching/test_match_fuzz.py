"""Any text at all gives scores in [0, 1] and explanations that add up; never an error, never NaN."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.matching.documents import Document, Task
from app.matching.engine import Engine
from app.runs.engine import load_engine

TEXT = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=40),
    st.text("车床数控的，。(（不包括)◆从事工作\u200b\ud800Ａa1 \n", max_size=40),
)
DOCUMENT = st.builds(Document, st.just("d"), TEXT, TEXT)
HARD = {
    "empty": "",
    "one character": "车",
    "one letter": "A",
    "spaces": " \t\r\n　",
    "emoji": "👩‍🔧🧑🏽‍💻🇨🇳",
    "Latin only": "Senior C++/Node.js developer (m/f/d)",
    "traditional": "數控機床操作與維護",
    "full width": "ＣＮＣ　數控１２３",
    "control characters": "\x00\x01车\x1f工\x7f\x85",
    "right to left": "\u202e工车\u202c مهندس",
    "lone surrogate": "车\ud83d工",
    "combining": "é" + "\u0301" * 500,
    "digits": "123456",
    "long": "数控车床操作与维护，" * 10_000,
    "long without a break": "车" * 100_000,
    "long Latin": "a" * 100_000,
    "long brackets": "（" * 50_000 + "批准" * 25_000,
    "long purposes": "从事" * 50_000,
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.build(["数控技术", "车工"], ["数控车床", "消防设施"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    queries=st.lists(DOCUMENT, max_size=4),
    candidates=st.lists(DOCUMENT, max_size=4),
    task=st.sampled_from(Task),
)
def test_any_documents_can_be_scored(
    engine: Engine, queries: list[Document], candidates: list[Document], task: Task
) -> None:
    left, right = engine.encode(queries), engine.encode(candidates)
    scores = engine.acquainted(left).scores(left, right, task)
    assert scores.shape == (len(queries), len(candidates))
    assert np.isfinite(scores).all()
    assert ((scores >= 0.0) & (scores <= 1.0)).all()
    for i in range(len(queries)):
        for j in range(len(candidates)):
            why = engine.explain(left, i, right, j, task)
            assert sum(weight for _, weight in why.terms) + why.rest == pytest.approx(why.score)


@pytest.mark.parametrize("name", list(HARD))
def test_hard_input_is_ranked_or_honestly_empty(engine: Engine, name: str) -> None:
    hard = Document("q", HARD[name][:200], HARD[name])
    candidates = [Document("a", "车工", "数控车床操作"), Document("b", "消防员"), hard]
    [(_, matches)] = engine.rank([hard], candidates, top=3)
    assert len(matches) == 3
    assert all(0.0 <= match.score <= 1.0 for match in matches)
    encoded = engine.encode([hard])
    engine.explain(encoded, 0, engine.encode(candidates), 2)
    if name in {"empty", "spaces", "emoji", "digits"}:
        continue_score = engine.scores(encoded, engine.encode(candidates[:2]))
        assert not continue_score.any()


def test_traditional_and_full_width_text_match_like_simplified(engine: Engine) -> None:
    candidates = engine.encode([Document("a", "数控机床操作与维护cnc")])
    plain, traditional = (
        engine.scores(engine.encode([Document("q", text)]), candidates)
        for text in ("数控机床操作与维护cnc", "數控機床操作與維護ＣＮＣ")
    )
    assert np.array_equal(plain, traditional)
    assert plain[0, 0] > 0.9


@pytest.fixture(scope="module")
def trained() -> Engine:
    return load_engine()


@pytest.mark.parametrize("task", list(Task))
def test_hard_input_is_ranked_by_the_trained_engine(trained: Engine, task: Task) -> None:
    known = {
        Task.POSTING_CLASS: [Document("0809", "计算机类", "软件工程"), Document("0802", "机械类")],
        Task.DUTY_CLASS: [Document("0809", "计算机类", "软件工程"), Document("0301", "法学类")],
        Task.SCOPE_INDUSTRY: [Document("C35", "专用设备制造业"), Document("I65", "软件和信息技术服务业")],
        Task.PROGRAM_INDUSTRY: [Document("互联网", "互联网"), Document("汽车", "汽车")],
    }
    candidates = trained.encode(known.get(task, [Document("a", "车工"), Document("b", "消防员", "灭火")]))
    hard = [Document(name, text[:200], text[:20_000], "bachelor", "080901") for name, text in HARD.items()]
    queries = trained.encode([*hard, *(Document(d.id, "", d.text) for d in hard)])
    scores = trained.scores(queries, candidates, task)
    assert np.isfinite(scores).all()
    assert ((scores >= 0.0) & (scores <= 1.0)).all()
    # What has no term at all fits nothing, and says so.
    assert not scores[[name in {"empty", "spaces", "emoji"} for name in HARD] * 2].any()
    for found in trained.reasons(queries, candidates, [[0, 1]] * len(queries), task):
        for why in found:
            assert all(np.isfinite(list(why.log_odds.values())))


def test_log_odds_of_a_trained_score_add_up_to_it(trained: Engine) -> None:
    query = trained.encode([Document("q", "java开发工程师", "负责后端服务的设计与开发，熟悉spring与mysql")])
    candidates = trained.encode(
        [Document("0809", "计算机类", "软件工程、网络工程"), Document("0501", "中国语言文学类")]
    )
    scores = trained.scores(query, candidates, Task.POSTING_CLASS)[0]
    assert scores[0] > 0.5 > 0.2 > scores[1]
    for why, score in zip(
        trained.reasons(query, candidates, [[0, 1]], Task.POSTING_CLASS)[0], scores, strict=True
    ):
        assert sum(why.log_odds.values()) == pytest.approx(np.log(score / (1 - score)), abs=1e-3)
