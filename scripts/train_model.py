"""Train the heads of the matching model from the labelled texts of ../shared/eval.

    .venv/bin/python scripts/train_model.py                    # writes app/data/model/model.npz
    .venv/bin/python scripts/train_model.py --out other.npz

What joins a head with the words is fitted on folds: programs of one class are in one fold only, and postings of one beginning;
each is scored by a head that has not seen it. The figures printed are of these scores. The same input gives the same file.
"""

import argparse
import sys
import time
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.matching.blend import fit_blend
from app.matching.documents import Task
from app.matching.engine import Engine, top_places
from app.matching.evaluation import evaluate
from app.matching.heads import Head, pack_head, ridge_weights
from app.matching.model import model_arrays, model_from_arrays
from app.matching.vocabulary import Vocabulary
from app.runs.engine import lexical_engine

sys.path.insert(0, str(Path(__file__).parent / "bench"))
from gold import LABELLED, LabelledTask

Floats = NDArray[np.float64]
RIDGE = {Task.PROGRAM_INDUSTRY: 0.3, Task.POSTING_CLASS: 0.7}
LEAST = {Task.PROGRAM_INDUSTRY: 1, Task.POSTING_CLASS: 2}
"""In how many queries a term must occur."""
KEPT = 20_000
FOLDS = 5
OUT = Path(__file__).parents[1] / "app" / "data" / "model" / "model.npz"


def gains_of(labelled: LabelledTask) -> Floats:
    columns = {d.id: j for j, d in enumerate(labelled.candidates)}
    gains = np.zeros((len(labelled.queries), len(columns)))
    for i, document in enumerate(labelled.queries):
        for code, gain in labelled.gold[document.id].items():
            gains[i, columns[code]] = gain
    return gains


def folds_of(labelled: LabelledTask) -> NDArray[np.int64]:
    """Fold of each query: programs by class, postings by how they begin, so that near repeats stay together."""
    by_class = labelled.task is Task.PROGRAM_INDUSTRY
    keys = [labelled.classes[d.id] if by_class else f"{d.title[:6]}{d.text[:40]}" for d in labelled.queries]
    return np.array([zlib.crc32(f"fold {key}".encode()) % FOLDS for key in keys])


def train(engine: Engine, labelled: LabelledTask) -> Head:
    """The head of one task, with its figures on queries it has not seen."""
    task = labelled.task
    queries, candidates = engine.encode(labelled.queries), engine.encode(labelled.candidates)
    lexical = engine.acquainted(queries).scores(queries, candidates, task)
    vocabulary = Vocabulary.of(queries, LEAST[task])
    features, gains, folds = vocabulary.features(queries), gains_of(labelled), folds_of(labelled)
    expected = np.zeros_like(gains)
    for fold in range(FOLDS):
        others, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        weights, offset = ridge_weights(features[others], gains[others], RIDGE[task])
        expected[held] = np.asarray(features[held] @ weights) + offset
    scores = np.zeros_like(gains)
    for fold in range(FOLDS):
        others, held = folds != fold, folds == fold
        blend = fit_blend([lexical[others], expected[others]], gains[others])
        scores[held] = blend.scores([lexical[held], expected[held]])
    for name, figures in (("words", lexical), ("head", expected), ("both", scores)):
        report(labelled, figures, name)
    weights, offset = ridge_weights(features, gains, RIDGE[task])
    return pack_head(
        vocabulary, weights, offset, labelled.candidates, fit_blend([lexical, expected], gains), kept=KEPT
    )


def report(labelled: LabelledTask, scores: Floats, name: str) -> None:
    codes = [d.id for d in labelled.candidates]
    run = {
        d.id: [codes[j] for j in top_places(row, len(codes))]
        for d, row in zip(labelled.queries, scores, strict=True)
    }
    metrics = evaluate(run, labelled.gold).as_dict()
    random = np.random.default_rng(1)
    named = list(labelled.gold)
    key = "ndcg_at_10" if labelled.task is Task.PROGRAM_INDUSTRY else "map"
    single = np.array([evaluate(run, {q: labelled.gold[q]}).as_dict()[key] for q in named])
    means = [single[random.integers(0, len(single), len(single))].mean() for _ in range(2000)]
    low, high = np.percentile(means, [2.5, 97.5])
    gains = gains_of(labelled)
    right = (gains / gains.max(axis=1, keepdims=True)).ravel()
    flat = np.clip(scores.ravel(), 0, 1)
    bins = np.minimum((flat * 15).astype(int), 14)
    error = sum(abs(flat[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins))
    figures = ", ".join(f"{key} {value:.3f}" for key, value in metrics.items() if key != "queries")
    print(
        f"{labelled.task} {name}: {key} [{low:.3f}–{high:.3f}]; {figures}; calibration error {error:.4f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="train the heads of the matching model")
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    started = time.monotonic()
    engine = lexical_engine()
    heads = {task: train(engine, LABELLED[task]()) for task in RIDGE}
    arrays = model_arrays(heads)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **arrays)
    version = model_from_arrays(arrays).version
    print(
        f"{out.name}: version {version}, {out.stat().st_size / 1e6:.1f} MB, {time.monotonic() - started:.0f} s"
    )


if __name__ == "__main__":
    main()
