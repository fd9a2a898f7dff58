"""Ranking quality on the labelled tasks: the engine beside plain TF-IDF and BM25.

    .venv/bin/python scripts/bench/quality.py                     every task
    .venv/bin/python scripts/bench/quality.py --task posting-class --layers   and each layer alone
    .venv/bin/python scripts/bench/quality.py --half 1            only the classes of one half
    OMP_NUM_THREADS=1 .venv/bin/python scripts/bench/quality.py --speed       timings on one core

Figures are means over queries with a 95% interval by bootstrap over queries (2,000 resamples, seed 1); the
measures are those of `chanjiao evaluate`. Needs the folder ../shared and the development dependencies.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import bm25s
import numpy as np
from gold import LABELLED, SHARED, LabelledTask, catalogue, lexicon
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from app.matching.documents import Document, Task
from app.matching.engine import Engine, top_places
from app.matching.evaluation import evaluate, measure
from app.matching.index import Index
from app.matching.normalise import normalise
from app.matching.recipes import RECIPES
from app.matching.words import Words

Scores = NDArray[np.float64]
T = TypeVar("T")
_RESAMPLES = 2000
COLUMNS = {
    "macro_map": "macro-MAP",
    "ndcg_at_10": "nDCG@10",
    "recall_at_10": "R@10",
    "mrr": "MRR",
    "macro_mrr": "macro-MRR",
    "top_1": "top-1",
}


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


def report(labelled: LabelledTask, scores: Scores) -> dict[str, float]:
    """The metrics of one ranking, with the interval of the mean average precision (or of nDCG@10)."""
    codes = [document.id for document in labelled.candidates]
    run = {
        document.id: [codes[place] for place in top_places(row, len(codes))]
        for document, row in zip(labelled.queries, scores, strict=True)
    }
    metrics = evaluate(run, labelled.gold).as_dict()
    each = [measure(run[query], gains) for query, gains in labelled.gold.items()]
    values = np.array([one.ndcg_at_10 if by_share(labelled) else one.average_precision for one in each])
    drawn = np.random.default_rng(1).integers(0, len(values), size=(_RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
    return {**metrics, "low": float(low), "high": float(high)}


def by_share(labelled: LabelledTask) -> bool:
    return labelled.task is Task.PROGRAM_INDUSTRY


def engine_scores(engine: Engine, labelled: LabelledTask) -> tuple[Scores, float]:
    started = time.perf_counter()
    queries, candidates = engine.encode(labelled.queries), engine.encode(labelled.candidates)
    scores = engine.acquainted(queries).scores(queries, candidates, labelled.task)
    return scores, time.perf_counter() - started


def layer_scores(engine: Engine, labelled: LabelledTask) -> dict[str, Scores]:
    """Each layer of the task's recipe alone."""
    queries, candidates = engine.encode(labelled.queries), engine.encode(labelled.candidates)
    recipe = RECIPES[labelled.task]
    background = engine.acquainted(queries).background
    alone = {layer.name: replace(recipe, layers=(replace(layer, share=1.0),)) for layer in recipe.layers}
    return {name: Index.build(candidates, one, background).scores(queries) for name, one in alone.items()}


def show(name: str, labelled: LabelledTask, figures: dict[str, float], seconds: float | None = None) -> None:
    lead = "ndcg_at_10" if by_share(labelled) else "map"
    interval = f"{figures[lead]:.3f} [{figures['low']:.3f}–{figures['high']:.3f}]"
    others = "".join(f"{figures[key]:>11.3f}" for key in COLUMNS)
    print(f"  {name:<24}{interval:>20}{others}" + (f"  {seconds:.1f} s" if seconds is not None else ""))


def speed() -> None:
    """Seconds on this machine to build, encode and score the whole catalogue, and milliseconds for one query."""
    programs, targets = catalogue()
    engine = timed("build the engine", lambda: Engine.build(lexicon()))
    sources = timed(f"encode {len(programs)} programs", lambda: engine.encode(programs))
    candidates = timed(f"encode {len(targets)} targets", lambda: engine.encode(targets))
    scores = timed("score every pair", lambda: engine.scores(sources, candidates))
    timed("score every pair again", lambda: engine.scores(sources, candidates))
    posting = max(programs, key=lambda document: len(document.text))

    def one() -> None:
        query = engine.encode([posting])
        best = top_places(engine.scores(query, candidates)[0], 3)
        for place in best:
            engine.explain(query, 0, candidates, int(place))

    timed("rank one text, explain the best 3", one)
    print(f"  {scores.size:,} pairs")


def timed(what: str, work: Callable[[], T]) -> T:
    started = time.perf_counter()
    result = work()
    print(f"  {what:<36}{time.perf_counter() - started:>8.3f} s")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="ranking quality on the labelled tasks")
    parser.add_argument("--task", choices=[str(task) for task in LABELLED], action="append")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only the classes of one half")
    parser.add_argument("--layers", action="store_true", help="each layer of the engine alone as well")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--speed", action="store_true", help="timings instead of quality")
    options = parser.parse_args()
    if not (SHARED / "eval").is_dir():
        sys.exit("找不到 ../shared/eval：请在带有评测数据的目录旁运行")
    if options.speed:
        speed()
        return
    names = lexicon()
    engine, words = Engine.build(names), Words(names)
    methods: dict[str, Callable[..., Scores]] = {
        "TF-IDF words": plain(lambda text: words.split(text, {})),
        "TF-IDF characters 1–2": plain("char", (1, 2)),
        "TF-IDF characters 2–3": plain("char", (2, 3)),
        "BM25 words": bm25(lambda text: words.split(text, {})),
    }
    everything: dict[str, dict[str, dict[str, float]]] = {}
    for task in [Task(name) for name in options.task] if options.task else list(LABELLED):
        labelled = LABELLED[task]()
        if options.half is not None:
            labelled = labelled.half(options.half)
        figures = everything.setdefault(str(task), {})
        if not options.json:
            lead = "nDCG@10" if by_share(labelled) else "MAP"
            print(f"\n{task}: {len(labelled.queries)} queries, {len(labelled.candidates)} candidates")
            print(f"  {'':<24}{lead:>20}" + "".join(f"{name:>11}" for name in COLUMNS.values()))
        for name, method in methods.items():
            figures[name] = report(labelled, method(texts(labelled.queries), texts(labelled.candidates)))
            if not options.json:
                show(name, labelled, figures[name])
        if options.layers:
            for name, scores in layer_scores(engine, labelled).items():
                figures[f"layer {name}"] = report(labelled, scores)
                if not options.json:
                    show(f"layer {name}", labelled, figures[f"layer {name}"])
        scores, seconds = engine_scores(engine, labelled)
        figures["engine"] = {**report(labelled, scores), "seconds": seconds}
        if not options.json:
            show("engine", labelled, figures["engine"], seconds)
    if options.json:
        print(json.dumps({"version": engine.version, "tasks": everything}, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
