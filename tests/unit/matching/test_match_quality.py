"""The engine against the labelled tasks: the floors a release must not fall below."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from app.matching.engine import Engine
from app.matching.evaluation import Metrics, evaluate

BENCH = Path(__file__).parents[3] / "scripts" / "bench" / "gold.py"


@pytest.fixture(scope="module")
def tasks(shared: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("chanjiao_bench_gold", BENCH)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def engine(tasks: ModuleType) -> Engine:
    return Engine.build(tasks.lexicon())


def ranked(engine: Engine, task: object) -> Metrics:
    run = {
        document.id: [match.code for match in matches]
        for document, matches in engine.rank(task.queries, task.candidates, len(task.candidates), task.task)  # type: ignore[attr-defined]
    }
    return evaluate(run, task.gold)  # type: ignore[attr-defined]


def test_programs_find_their_occupations(engine: Engine, tasks: ModuleType) -> None:
    assert ranked(engine, tasks.program_occupation()).map >= 0.76


def test_postings_find_the_classes_of_programs(engine: Engine, tasks: ModuleType) -> None:
    assert ranked(engine, tasks.posting_class()).map >= 0.48


def test_business_scopes_find_their_divisions(engine: Engine, tasks: ModuleType) -> None:
    metrics = ranked(engine, tasks.scope_industry())
    assert metrics.mrr >= 0.55
    assert metrics.macro_mrr >= 0.53
