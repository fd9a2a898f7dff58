from itertools import islice

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from app.errors import InvalidInputError
from app.matching.documents import Document, Task
from app.matching.encoding import Kind
from app.matching.engine import Engine, top_places
from app.matching.frequencies import Frequencies
from app.matching.index import Index
from app.matching.recipes import RECIPES, Layer, Part, Rarity, Recipe

OCCUPATIONS = [
    Document("6-18-01-01", "车工", "操作车床,进行工件旋转表面切削加工的人员"),
    Document("4-04-05-05", "人工智能训练师", "使用智能训练软件,进行数据库管理、算法参数设置的人员"),
    Document("4-07-05-03", "消防设施操作员", "从事建筑物消防设施运行、操作和维修工作的人员"),
    Document("4-02-01-03", "轨道列车司机", "驾驶轨道列车的人员"),
]
PROGRAMS = [
    Document("higher_vocational:460103", "数控技术", "掌握数控车床切削加工、工件检测"),
    Document("higher_vocational:510209", "人工智能技术应用", "数据标注、算法训练、智能软件开发"),
    Document("higher_vocational:420906", "消防救援技术", "消防设施操作与维护"),
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.build([document.title for document in [*OCCUPATIONS, *PROGRAMS]])


@pytest.mark.parametrize("task", list(Task))
def test_each_program_finds_its_occupation(engine: Engine, task: Task) -> None:
    scores = engine.scores(engine.encode(PROGRAMS), engine.encode(OCCUPATIONS), task)
    assert scores.shape == (3, 4)
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]
    assert scores.min() >= 0.0
    assert scores.max() <= 1.0


def test_one_layer_of_words_is_the_tfidf_cosine_of_scikit_learn(engine: Engine) -> None:
    recipe = Recipe(
        (Layer("words", 1.0, Part.WHOLE, Part.WHOLE, ((Kind.WORDS, 1.0),)),), Rarity.UNION, title_weight=1.0
    )
    index = Index.build(engine.encode(OCCUPATIONS), recipe, Frequencies.of(engine.encode(PROGRAMS)))
    known: dict[str, tuple[str, ...]] = {}
    vectorizer = TfidfVectorizer(
        analyzer=lambda d: engine.words.split(f"{d.title} {d.text}", known), sublinear_tf=True
    ).fit([*OCCUPATIONS, *PROGRAMS])
    expected = (vectorizer.transform(PROGRAMS) @ vectorizer.transform(OCCUPATIONS).T).toarray()
    assert index.scores(engine.encode(PROGRAMS)) == pytest.approx(expected, abs=1e-12)


def test_rarity_is_the_smooth_idf_of_scikit_learn(engine: Engine) -> None:
    encoded = engine.encode(OCCUPATIONS)
    counts = encoded.counts[Kind.WORDS]
    vectorizer = TfidfVectorizer(analyzer=lambda d: engine.words.split(f"{d.title} {d.text}", {}))
    vectorizer.fit(OCCUPATIONS)
    expected = dict(zip(vectorizer.get_feature_names_out(), vectorizer.idf_, strict=True))
    inverse = Frequencies.of(encoded).inverse(Kind.WORDS, counts.keys)
    assert {counts.name(i): value for i, value in enumerate(inverse)} == pytest.approx(expected)


def test_a_document_scores_at_most_one_against_itself_and_highest(engine: Engine) -> None:
    encoded = engine.encode(OCCUPATIONS)
    scores = engine.scores(encoded, encoded, Task.TITLE_TITLE)
    assert np.diag(scores) == pytest.approx(np.ones(4))


def test_what_is_not_recognised_lowers_every_score(engine: Engine) -> None:
    candidates = engine.encode(OCCUPATIONS)
    clear, diluted = (
        engine.scores(engine.encode([Document("q", "车床切削", text)]), candidates)[0]
        for text in ("", "烘焙糕点裱花奶油蛋糕")
    )
    assert (diluted <= clear + 1e-12).all()
    assert diluted[0] < clear[0]


def test_scores_do_not_depend_on_the_company_a_query_comes_in(engine: Engine) -> None:
    candidates = engine.encode(OCCUPATIONS)
    together = engine.scores(engine.encode(PROGRAMS), candidates)
    for row, program in enumerate(PROGRAMS):
        assert np.array_equal(engine.scores(engine.encode([program]), candidates)[0], together[row])
        assert np.array_equal(
            engine.scores(engine.encode(PROGRAMS).rows([row]), candidates)[0], together[row]
        )


def test_two_engines_of_the_same_names_agree_bit_for_bit(engine: Engine) -> None:
    other = Engine.build(reversed([document.title for document in [*OCCUPATIONS, *PROGRAMS]]))
    assert other.version == engine.version
    first = engine.scores(engine.encode(PROGRAMS), engine.encode(OCCUPATIONS))
    assert np.array_equal(other.scores(other.encode(PROGRAMS), other.encode(OCCUPATIONS)), first)


def test_version_changes_with_what_the_engine_knows(engine: Engine) -> None:
    assert Engine.build(["数控技术"]).version != Engine.build(["数控技术"], ["背景"]).version


def test_background_makes_common_words_count_less() -> None:
    plain = Engine.build([])
    informed = Engine.build([], ["技术培训", "技术服务", "技术咨询"] * 20)
    query = Document("q", "", "技术 焊接")
    candidates = [Document("a", "", "技术"), Document("b", "", "焊接")]

    def advantage(engine: Engine) -> float:
        row = engine.scores(engine.encode([query]), engine.encode(candidates))[0]
        return float(row[1] - row[0])

    assert advantage(informed) > advantage(plain) + 0.05


def test_an_acquainted_engine_knows_what_the_documents_share(engine: Engine) -> None:
    queries = engine.encode(
        [Document(str(i), "", f"岗位职责 {word}") for i, word in enumerate("甲乙丙丁戊己")]
    )
    candidates = engine.encode([Document("x", "", "岗位职责"), Document("y", "", "甲方")])
    before = engine.scores(queries, candidates)[0]
    after = engine.acquainted(queries).scores(queries, candidates)[0]
    assert after[0] / after[1] < before[0] / before[1]


@pytest.mark.parametrize("task", list(Task))
def test_the_weights_of_an_explanation_add_up_to_the_score(engine: Engine, task: Task) -> None:
    queries, candidates = engine.encode(PROGRAMS), engine.encode(OCCUPATIONS)
    scores = engine.scores(queries, candidates, task)
    for i in range(3):
        for j in range(4):
            why = engine.explain(queries, i, candidates, j, task, top=3)
            assert why.lexical == pytest.approx(scores[i, j], abs=1e-12)
            assert sum(why.layers.values()) == pytest.approx(why.lexical)
            assert sum(weight for _, weight in why.terms) + why.rest == pytest.approx(why.lexical)
            assert len(why.terms) <= 3
            assert [w for _, w in why.terms] == sorted((w for _, w in why.terms), reverse=True)


def test_an_explanation_names_words_not_the_characters_inside_them(engine: Engine) -> None:
    queries, candidates = engine.encode(PROGRAMS), engine.encode(OCCUPATIONS)
    why = engine.explain(queries, 2, candidates, 2, top=4)
    terms = [term for term, _ in why.terms]
    assert terms[:2] == ["消防设施", "操作"]
    assert not {"消", "消防", "施操", "作"} & set(terms)


def test_nothing_in_common_has_nothing_to_explain(engine: Engine) -> None:
    queries = engine.encode([Document("q", "xyz")])
    why = engine.explain(queries, 0, engine.encode(OCCUPATIONS), 0)
    assert why.score == why.rest == 0.0
    assert why.terms == ()


def test_rank_gives_the_best_in_order_and_keeps_ties_as_they_came(engine: Engine) -> None:
    candidates = [*OCCUPATIONS, Document("twin", "车工", OCCUPATIONS[0].text), Document("none", "")]
    (document, matches), *rest = engine.rank(PROGRAMS[:1], candidates, top=3)
    assert (document, rest) == (PROGRAMS[0], [])
    assert [match.code for match in matches[:2]] == ["6-18-01-01", "twin"]
    assert matches[0].score == matches[1].score >= matches[2].score
    assert matches[0].index == 0


def test_several_wordings_of_one_answer_rank_once_by_the_best_of_them(engine: Engine) -> None:
    wordings = [Document("turner", "消防"), *OCCUPATIONS[1:], Document("turner", "数控车床工")]
    [(_, matches)] = engine.rank([Document("q", "数控车床")], wordings, top=2)
    assert matches[0].code == "turner"
    assert matches[0].index == 4
    assert len({match.code for match in matches}) == 2


def test_rank_lists_no_more_than_there_are(engine: Engine) -> None:
    [(_, matches)] = engine.rank([Document("empty", "")], OCCUPATIONS, top=99)
    assert [match.code for match in matches] == [document.id for document in OCCUPATIONS]
    assert {match.score for match in matches} == {0.0}


def test_rank_reads_queries_as_it_goes(engine: Engine) -> None:
    read = []

    def queries() -> object:
        for number in range(3000):
            read.append(number)
            yield Document(str(number), "车工")

    ranked = list(islice(engine.rank(queries(), OCCUPATIONS, top=1), 1024))  # type: ignore[arg-type]
    assert [document.id for document, _ in ranked] == [str(number) for number in range(1024)]
    assert len(read) == 1024


def test_ranking_nothing_gives_nothing(engine: Engine) -> None:
    assert list(engine.rank([], OCCUPATIONS, top=5)) == []
    assert [matches for _, matches in engine.rank(PROGRAMS, [], top=5)] == [[], [], []]


def test_rank_refuses_a_top_of_zero(engine: Engine) -> None:
    with pytest.raises(InvalidInputError, match="返回个数"):
        list(engine.rank(PROGRAMS, OCCUPATIONS, top=0))


@pytest.mark.parametrize("top", [1, 2, 3, 5, 9])
def test_top_places_are_those_of_a_full_stable_sort(top: int) -> None:
    row = np.array([0.2, 0.7, 0.2, 0.7, 0.1])
    assert top_places(row, top).tolist() == [1, 3, 0, 2, 4][:top]


@pytest.mark.parametrize("task", list(Task))
def test_shares_of_a_recipe_add_up_to_one(task: Task) -> None:
    assert sum(layer.share for layer in RECIPES[task].layers) == pytest.approx(1.0)
    names = [layer.name for layer in RECIPES[task].layers]
    assert len(set(names)) == len(names)
