"""The learned layers: points, heads and blends as plain arrays, and an engine that joins them with the words."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from app.errors import InvalidInputError
from app.matching.blend import Blend, fit_blend, signs
from app.matching.documents import Document, Task
from app.matching.engine import Engine
from app.matching.heads import pack_head, ridge_weights
from app.matching.model import Model, model_arrays, model_from_arrays
from app.matching.vocabulary import Vocabulary
from app.reference import load_reference
from app.runs.engine import load_engine

CANDIDATES = [
    Document("0809", "计算机类", "软件工程、网络工程"),
    Document("1203", "会计类", "会计学、审计学"),
    Document("1010", "护理类", "护理学、助产"),
]
PACKAGED = [
    Document(code, name, "、".join(p.name for p in load_reference().programs.of_class("bachelor", code)))
    for code, name in load_reference().programs.classes("bachelor").items()
]
QUERIES = [
    Document("q1", "程序员", "开发软件与网络"),
    Document("q2", "出纳", "记账与审计"),
    Document("q3", "护士", "病房护理"),
]


@pytest.fixture(scope="module")
def plain() -> Engine:
    return Engine.build([d.title for d in CANDIDATES])


@pytest.fixture(scope="module")
def model(plain: Engine) -> Model:
    """A head fitted to the three queries themselves."""
    queries = plain.encode(QUERIES)
    vocabulary = Vocabulary.of(queries, 1)
    weights, offset = ridge_weights(vocabulary.features(queries), np.eye(3), 0.1)
    blend = Blend(np.ones((2, 3)), -1.0)
    head = pack_head(vocabulary, weights, offset, CANDIDATES, blend, kept=10_000)
    return Model({Task.POSTING_CLASS: head}, "toy")


def test_features_are_of_known_terms_and_of_length_one_per_side(plain: Engine, model: Model) -> None:
    vocabulary = model.heads[Task.POSTING_CLASS].vocabulary
    features = vocabulary.features(plain.encode([*QUERIES, Document("none", ""), Document("other", "ζζζ")]))
    assert features.shape == (5, len(vocabulary))
    whole = Vocabulary.of(plain.encode(QUERIES), 1)
    squares = whole.features(plain.encode([Document("q", "程序员")])).power(2).sum()
    assert squares == pytest.approx(1)
    assert features[[3, 4]].sum() == 0


def test_a_head_finds_the_answers_it_was_fitted_to_by_code_or_name(plain: Engine, model: Model) -> None:
    head = model.heads[Task.POSTING_CLASS]
    assert head.expected(plain.encode(QUERIES)).argmax(axis=1).tolist() == [0, 1, 2]
    renamed = [Document("x", "会计类"), Document("0809", "?"), Document("y", "?")]
    assert head.places(renamed).tolist() == [1, 0, -1]
    assert head.expected(plain.encode([Document("q", "ζ")]))[0] == pytest.approx(head.offset)


def test_ridge_weights_are_those_of_the_primal_form() -> None:
    random = np.random.default_rng(0)
    features, gains = random.random((12, 5)), random.random((12, 3))
    weights, offset = ridge_weights(csr_array(features), gains, 0.7)
    shares = gains / gains.sum(axis=1, keepdims=True)
    primal = np.linalg.solve(
        features.T @ features + 0.7 * np.eye(5), features.T @ (shares - shares.mean(axis=0))
    )
    assert weights == pytest.approx(primal)
    assert offset == pytest.approx(shares.mean(axis=0))


def test_the_engine_with_a_model_ranks_by_all_layers_and_says_what_each_adds(
    plain: Engine, model: Model
) -> None:
    engine = plain.with_model(model)
    queries, candidates = engine.encode(QUERIES), engine.encode(CANDIDATES)
    judged = engine.judge(queries, candidates, Task.POSTING_CLASS)
    assert judged.scores.argmax(axis=1).tolist() == [0, 1, 2]
    odds = judged.log_odds(1, 1)
    assert set(odds) == {"lexical", "head", "base"}
    assert 1 / (1 + np.exp(-sum(odds.values()))) == pytest.approx(judged.scores[1, 1])
    assert engine.version.endswith("+toy")
    assert engine.judge(queries, candidates, Task.DUTY_CLASS).log_odds(0, 0).keys() == odds.keys()
    untaught = engine.judge(queries, candidates, Task.TITLE_TITLE)
    assert untaught.log_odds(0, 0) == {}
    assert (untaught.scores == plain.scores(queries, candidates, Task.TITLE_TITLE)).all()


def test_a_head_that_knows_few_of_the_candidates_keeps_out(plain: Engine, model: Model) -> None:
    engine = plain.with_model(model)
    others = [*CANDIDATES[:1], Document("a", "物流类", "物流"), Document("b", "法学类", "法学")]
    assert len(engine.judge(engine.encode(QUERIES), engine.encode(others), Task.POSTING_CLASS).layers) == 1


@pytest.mark.parametrize("text", ["", "ζ", "🙂", "\x00", "x" * 50_000])
def test_what_is_not_understood_fits_nothing(plain: Engine, model: Model, text: str) -> None:
    engine = plain.with_model(model)
    queries, candidates = engine.encode([Document("q", text, "")]), engine.encode(CANDIDATES)
    assert not engine.scores(queries, candidates, Task.POSTING_CLASS).any()


def test_a_model_comes_back_from_its_arrays_the_same(plain: Engine, model: Model) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, **model_arrays(model.heads))
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as packed:
        again = model_from_arrays(dict(packed))
    ours, theirs = (
        e.scores(e.encode(QUERIES), e.encode(CANDIDATES), Task.POSTING_CLASS)
        for e in (plain.with_model(model), plain.with_model(again))
    )
    assert (theirs == ours).all()
    assert len(again.version) == 12


def test_broken_model_files_are_refused(model: Model) -> None:
    packed = model_arrays(model.heads)
    lacking = {name: value for name, value in packed.items() if not name.endswith("/weights")}
    with pytest.raises(InvalidInputError, match="不完整"):
        model_from_arrays(lacking)
    with pytest.raises(InvalidInputError, match="格式"):
        model_from_arrays({**packed, "format": np.array(99)})


def test_the_packaged_model_knows_its_tasks_and_runs_no_code() -> None:
    engine = load_engine()
    queries = engine.encode([Document("q", "会计", "负责记账、报税与财务报表")])
    classes = [d for d in PACKAGED if d.id]
    judged = engine.judge(queries, engine.encode(classes), Task.POSTING_CLASS)
    assert judged.blend is not None
    assert classes[int(judged.scores[0].argmax())].title == "工商管理类"


@given(arrays(float, (3, 4), elements=st.floats(-5, 5)), arrays(float, (1, 3), elements=st.floats(-5, 5)))
def test_a_blend_stays_between_nothing_and_one(layer: np.ndarray, weights: np.ndarray) -> None:
    scores = Blend(weights, 0.3).scores([layer])
    assert ((scores >= 0) & (scores <= 1)).all()
    assert signs(layer)[..., 1].max() <= 0


def test_a_fitted_blend_is_calibrated_on_what_it_was_fitted_to() -> None:
    random = np.random.default_rng(1)
    truth = (random.random((400, 20)) < 0.1).astype(float)
    truth[:, 0] = np.maximum(truth[:, 0], truth.sum(axis=1) == 0)
    layer = truth + random.normal(0, 0.5, truth.shape)
    scores = fit_blend([layer], truth).scores([layer])
    assert scores.mean() == pytest.approx(truth.mean(), abs=0.01)
    assert scores[truth > 0].mean() > 3 * scores[truth == 0].mean()
