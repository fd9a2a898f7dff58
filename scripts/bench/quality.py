"""Ranking quality on the labelled tasks: the trained engine beside plain TF-IDF, BM25 and its own layers.

    .venv/bin/python scripts/bench/quality.py                     every task
    .venv/bin/python scripts/bench/quality.py --task posting-class --json
    OMP_NUM_THREADS=1 .venv/bin/python scripts/bench/quality.py --speed       timings on one core

The baselines are run here. The engine's figures are those of its training (`chanjiao train` prints them anew): each query is
ranked by what was learned without its group (class of programs, or repeats of a text). `p` is the share of 10,000 paired
bootstrap resamples of the queries in which the engine is not better than the best baseline. Needs ../shared and the
development dependencies.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import bm25s
import numpy as np
from gold import DATA
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from app.matching.documents import Document, Task
from app.matching.engine import Engine, top_places
from app.matching.evaluation import evaluate, interval, single_values
from app.matching.normalise import normalise
from app.matching.words import Words
from app.reference import load_reference
from app.runs.carried import PROGRAMS, Carried
from app.runs.documents import lexicon, program_documents
from app.runs.engine import load_engine
from app.runs.model_store import LEADING, load_active
from app.runs.thesaurus import load_thesaurus
from app.runs.training.labelled import LABELLED, LabelledTask, duty_class, title_title

Scores = NDArray[np.float64]
T = TypeVar("T")
_RESAMPLES = 10_000
COLUMNS = ("map", "macro_map", "ndcg_at_10", "mrr", "macro_mrr", "top_1")


def plain(
    analyzer: Callable[[str], list[str]] | str, sizes: tuple[int, int] = (1, 1)
) -> Callable[..., Scores]:
    """Cosine of scikit-learn's TF-IDF with sublinear term frequency, fitted on queries and candidates."""

    def scores(queries: Sequence[str], candidates: Sequence[str]) -> Scores:
        vectorizer = TfidfVectorizer(analyzer=analyzer, ngram_range=sizes, sublinear_tf=True)
        vectorizer.fit([*queries, *candidates])
        return (vectorizer.transform(queries) @ vectorizer.transform(candidates).T).toarray()

    return scores


def bm25(split: Callable[[str], list[str]]) -> Callable[..., Scores]:
    """BM25 (Lucene variant, k1 = 1.5, b = 0.75) over words."""

    def scores(queries: Sequence[str], candidates: Sequence[str]) -> Scores:
        retriever = bm25s.BM25()
        retriever.index([split(text) or ["∅"] for text in candidates], show_progress=False)
        return np.vstack([retriever.get_scores(split(text) or ["∅"]) for text in queries])

    return scores


def texts(documents: Sequence[Document]) -> list[str]:
    return [normalise(f"{document.title} {document.text}") for document in documents]


def tasks() -> dict[Task, LabelledTask]:
    found = {task: read(DATA) for task, read in LABELLED.items()}
    found[Task.DUTY_CLASS] = duty_class(found[Task.POSTING_CLASS])
    found[Task.TITLE_TITLE] = title_title(load_thesaurus().titles)
    return found


def ranked(labelled: LabelledTask, scores: Scores) -> dict[str, list[str]]:
    codes = [document.id for document in labelled.candidates]
    rows = zip(labelled.queries, scores, strict=True)
    return {document.id: [codes[place] for place in top_places(row, len(codes))] for document, row in rows}


def figures(labelled: LabelledTask, scores: Scores) -> dict[str, Any]:
    run, leading = ranked(labelled, scores), LEADING.get(labelled.task, "map")
    return {
        **evaluate(run, labelled.gold).as_dict(),
        "interval": list(interval(run, labelled.gold, leading)),
        "values": single_values(run, labelled.gold, leading),
    }


def not_better(engine: Sequence[float], baseline: Sequence[float]) -> float:
    """One-sided paired bootstrap: how often the engine's mean is not above the baseline's."""
    differences = np.asarray(engine) - np.asarray(baseline)
    drawn = np.random.default_rng(1).choice(differences, (_RESAMPLES, len(differences)))
    return float((drawn.mean(axis=1) <= 0).mean())


def measure_task(labelled: LabelledTask, trained: dict[str, Any], words: Words) -> dict[str, Any]:
    methods: dict[str, Callable[..., Scores]] = {
        "TF-IDF words": plain(lambda text: words.split(text, {})),
        "TF-IDF characters 1–2": plain("char", (1, 2)),
        "TF-IDF characters 2–3": plain("char", (2, 3)),
        "BM25 words": bm25(lambda text: words.split(text, {})),
    }
    queries, candidates = texts(labelled.queries), texts(labelled.candidates)
    leading = LEADING.get(labelled.task, "map")
    found = {name: figures(labelled, method(queries, candidates)) for name, method in methods.items()}
    if labelled.task is Task.TITLE_TITLE:
        # The engine ranks the titles of a fold only; the baselines here rank all, which is harder.
        found = {f"{name} (all titles)": value for name, value in found.items()}
        p = None
    else:
        best = max(found.values(), key=lambda one: one[leading])
        p = not_better(trained["values"], best["values"])
    found["engine"] = trained
    return {"leading": leading, "p": p, "methods": found, "alone": trained["alone"]}


def show(task: Task, labelled: LabelledTask, measured: dict[str, Any]) -> None:
    print(f"\n{task}: {len(labelled.queries)} queries, {len(labelled.candidates)} candidates")
    print(f"  {'':<34}{measured['leading']:>12}{'95%':>16}" + "".join(f"{name:>11}" for name in COLUMNS))
    for name, one in measured["methods"].items():
        low, high = one["interval"]
        others = "".join(f"{one[column]:>11.3f}" for column in COLUMNS)
        print(f"  {name:<34}{one[measured['leading']]:>12.3f}{f'{low:.3f}–{high:.3f}':>16}{others}")
    for name, value in measured["alone"].items():
        print(f"    layer {name:<26}{value:>12.3f}")
    error = measured["methods"]["engine"]["calibration_error"]
    said = "" if measured["p"] is None else f", p = {measured['p']:.4f} against the best baseline"
    print(f"  calibration error of the engine (15 bins) {error:.4f}{said}")


def speed() -> None:
    """Seconds to load the engine, and milliseconds for one posting against the programs of a catalogue."""
    engine: Engine = timed("load the engine", load_engine, 1)
    reference = load_reference()
    programs = program_documents(reference, {})
    offered = programs[:: max(1, len(programs) // 600)][:600]
    carried = Carried(engine, reference, load_thesaurus())
    targets = timed(f"encode {len(offered)} programs", lambda: engine.encode(offered), 1)
    posting = Document(
        "q",
        "嵌入式软件工程师",
        "岗位职责：负责单片机与嵌入式系统的软件设计、编码和调试；编写测试用例；配合硬件工程师完成电路调试。"
        "任职要求：熟悉c语言、rtos、i2c、spi等接口，两年以上经验，能读懂原理图。" * 4,
    )

    def one() -> None:
        query = engine.encode([posting])
        best = top_places(carried.scores(query, targets, PROGRAMS)[0], 20)
        carried.reasons(query, targets, [best.tolist()], PROGRAMS)
        engine.explain_each(query, targets, [best.tolist()], Task.GENERIC, 6)

    one()
    timed("rank one posting, explain the best 20", one, 20)


def timed(what: str, work: Callable[[], T], times: int) -> T:
    started = time.perf_counter()
    for _ in range(times):
        result = work()
    print(f"  {what:<44}{(time.perf_counter() - started) / times * 1000:>10.1f} ms")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="ranking quality on the labelled tasks")
    parser.add_argument(
        "--task", choices=[str(task) for task in Task if task is not Task.GENERIC], action="append"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--speed", action="store_true", help="timings instead of quality")
    options = parser.parse_args()
    if options.speed:
        speed()
        return
    if not DATA.is_dir():
        sys.exit("找不到 ../shared/eval：请在带有评测数据的目录旁运行")
    active, words = load_active(), Words(lexicon(load_reference()))
    everything = {}
    for task, labelled in tasks().items():
        if options.task and task.value not in options.task:
            continue
        measured = measure_task(labelled, active.report["tasks"][task.value], words)
        everything[task.value] = measured
        if not options.json:
            show(task, labelled, measured)
    if options.json:
        for measured in everything.values():
            for one in measured["methods"].values():
                one.pop("values", None)
        print(
            json.dumps({"version": active.model.version, "tasks": everything}, ensure_ascii=False, indent=2)
        )


if __name__ == "__main__":
    main()
