"""The floors a release must not fall below: words alone on the labelled tasks, and what the packaged model was measured at."""

from importlib.resources import files
from pathlib import Path

import pytest

from app.matching.documents import Task
from app.matching.engine import Engine
from app.matching.evaluation import Metrics, evaluate
from app.reference import load_reference
from app.runs.engine import lexical_engine
from app.runs.model_store import load_packaged
from app.runs.thesaurus import load_thesaurus
from app.runs.training.labelled import LABELLED, LabelledTask

FLOORS = {
    "program-occupation": {"map": 0.83},
    "program-industry": {"ndcg_at_10": 0.82},
    "posting-class": {"map": 0.76, "macro_map": 0.63},
    "scope-industry": {"mrr": 0.61, "macro_mrr": 0.51},
    "title-title": {"map": 0.52},
    "duty-class": {"map": 0.45},
}


@pytest.fixture(scope="module")
def words() -> Engine:
    return lexical_engine()


def ranked(engine: Engine, labelled: LabelledTask) -> Metrics:
    rows = engine.rank(labelled.queries, labelled.candidates, len(labelled.candidates), labelled.task)
    return evaluate(
        {document.id: [match.code for match in matches] for document, matches in rows}, labelled.gold
    )


def labelled_task(shared: Path, task: Task) -> LabelledTask:
    return LABELLED[task](shared / "eval")


def test_words_alone_find_occupations(words: Engine, shared: Path) -> None:
    assert ranked(words, labelled_task(shared, Task.PROGRAM_OCCUPATION)).map >= 0.78


def test_words_alone_find_classes(words: Engine, shared: Path) -> None:
    assert ranked(words, labelled_task(shared, Task.POSTING_CLASS)).map >= 0.48


def test_words_alone_find_divisions(words: Engine, shared: Path) -> None:
    metrics = ranked(words, labelled_task(shared, Task.SCOPE_INDUSTRY))
    assert metrics.mrr >= 0.55
    assert metrics.macro_mrr >= 0.53


@pytest.mark.parametrize("task", list(FLOORS))
def test_the_packaged_model_was_measured_above_the_floor(task: str) -> None:
    report = load_packaged().report["tasks"][task]
    for measure, floor in FLOORS[task].items():
        assert report[measure] >= floor, measure
    assert report["calibration_error"] <= 0.03
    assert report["interval"][0] < report["interval"][1]
    # The report belongs to this model: it is not a figure somebody typed.
    assert len(report["values"]) == report["queries"]


def test_every_industry_of_every_level_is_reached() -> None:
    known = load_thesaurus().knowledge.industries
    industries = list(load_reference().industries)
    assert len(industries) == 1971
    for industry in industries:
        assert known.get(industry.code), industry.code
        assert all(0 < share <= 1 for share in known[industry.code].values())


def test_the_packaged_model_is_small_and_knows_its_tasks() -> None:
    packed = (files("app.data") / "model" / "model.npz").read_bytes()
    assert len(packed) < 30_000_000
    model = load_packaged().model
    assert set(model.rankers) == set(Task) - {Task.GENERIC}
    for task in (Task.POSTING_CLASS, Task.SCOPE_INDUSTRY, Task.PROGRAM_INDUSTRY):
        lessons = model.lessons[task]
        assert lessons.known is not None
        # What postings and scopes it learned from is not told.
        assert task is Task.PROGRAM_INDUSTRY or (lessons.neighbours and not lessons.neighbours.labels)
