"""Training the matching model: everything that is learned, and how good it is on queries nothing was learned from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.calibration import calibration_error, reliability
from app.matching.documents import Document, Task
from app.matching.encoding import Encoded
from app.matching.engine import Engine
from app.matching.evaluation import evaluate, interval, single_values
from app.matching.frequencies import Frequencies
from app.matching.labelled import LabelledPair
from app.matching.learning.folds import folds_of
from app.matching.learning.towers import Settings, learn_space
from app.matching.learning.trees import Growth, fit_platt, grow_trees, joined
from app.matching.model import Model
from app.matching.ranker import Ranker, Trees, probability
from app.matching.sheet import Lessons
from app.matching.space import Space, pack_space
from app.matching.vocabulary import Vocabulary
from app.reference import load_reference
from app.runs.engine import lexical_engine
from app.runs.model_store import LEADING
from app.runs.thesaurus import load_thesaurus
from app.runs.training.curriculum import Curriculum, curriculum, held_back
from app.runs.training.labelled import (
    LABELLED,
    LabelledTask,
    bare_program_occupation,
    duty_class,
    title_title,
    with_pairs,
)
from app.runs.training.lessons import Named, balanced, gains_of, learn_lessons
from app.runs.training.sheets import KEPT, Rows, fill_rows

Progress = Callable[[str, float], None]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Forest:
    """One of the forests whose weighted sums are a ranker's: its `share`; `balance`, how far queries of rare answers count
    more in it: weight of a query = (number of queries with its answer)^−balance; layers it is grown `without`.
    """

    share: float = 1.0
    balance: float = 0.0
    without: tuple[str, ...] = ()


# How often an answer occurs in the labelled data says little of how often it is asked for elsewhere.
_FORESTS: dict[Task, tuple[Forest, ...]] = {
    Task.SCOPE_INDUSTRY: (
        Forest(0.3),
        Forest(0.2, balance=0.5),
        Forest(0.5, balance=0.5, without=("known", "votes")),
    ),
    Task.POSTING_CLASS: (Forest(0.6), Forest(0.4, balance=0.6)),
    # Duties of public posts are not those of postings: what was learned from postings counts for less than half.
    Task.DUTY_CLASS: (Forest(0.4, balance=0.5), Forest(0.6, balance=0.5, without=("known", "votes"))),
}
_GROWTH = {
    Task.PROGRAM_INDUSTRY: Growth(trees=250),
    Task.TITLE_TITLE: Growth(trees=150, leaves=8),
    Task.PROGRAM_OCCUPATION: Growth(trees=450, rate=0.035),
    Task.SCOPE_INDUSTRY: Growth(trees=450, rate=0.035),
}
LAYERS_ALONE = (
    "words",
    "bm25_words",
    "bm25_pairs",
    "point",
    "clause_mean",
    "known_words",
    "known_points",
    "votes",
    "title_votes",
    "duties",
    "book_text",
    "book_point",
    "destination",
    "destination_name",
    "base",
)
"""Layers whose own ranking is reported."""
_BARE = {Task.PROGRAM_OCCUPATION: bare_program_occupation}
"""Tasks that are also asked where no texts were loaded, with a ranker of its own for that."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model, and per task what it reaches on queries it has not seen."""

    model: Model
    report: dict[str, Any]


class Trainer:
    """The material of a training: tasks, corpus, folds. `fold` numbers from 0; no fold is `FOLDS`."""

    def __init__(
        self, folder: Path, settings: Settings, progress: Progress, pairs: Sequence[LabelledPair] = ()
    ) -> None:
        self._progress = progress
        self._settings = settings
        self.thesaurus = load_thesaurus()
        self.engine: Engine = lexical_engine()
        tasks = {task: read(folder) for task, read in LABELLED.items()}
        self.used = 0
        for task in tasks:
            tasks[task], used = with_pairs(
                tasks[task], [pair for pair in pairs if pair.task is task], self._named_industry
            )
            self.used += used
        tasks[Task.DUTY_CLASS] = duty_class(tasks[Task.POSTING_CLASS])
        tasks[Task.TITLE_TITLE] = title_title(self.thesaurus.titles)
        self.tasks: Mapping[Task, LabelledTask] = tasks
        progress("整理语料", 0.0)
        self.lessons: Curriculum = curriculum(folder, load_reference(), self.thesaurus, tasks)
        self.vocabulary, self._rows = self._counted()
        self.folds = _folds(tasks)
        self._queries = {task: self.engine.encode(t.queries) for task, t in tasks.items()}
        self._candidates = {task: self.engine.encode(t.candidates) for task, t in tasks.items()}
        self.backgrounds = {
            task: Frequencies.of(encoded).only(self.vocabulary.keys)
            for task, encoded in self._queries.items()
        }
        named = named_chosen(self.lessons.named)
        documents = [d for d, _ in named]
        self._named = Named(documents, self.engine.encode(documents), {d.id: c for d, c in named})

    def _counted(self) -> tuple[Vocabulary, csr_array]:
        return self.lessons.corpus.counted(self.engine)

    def _named_industry(self, code: str) -> str:
        """The everyday name of an industry, by which programs are labelled; '' where it has none."""
        names = self.thesaurus.knowledge.industries.get(code, {})
        return max(sorted(names), key=lambda name: names[name]) if names else ""

    def space(self, fold: int) -> Space:
        """The space learned without what was made from the queries of a fold."""
        held = held_back(self.tasks.values(), self.folds, fold)
        where = f"学习语义空间 {fold + 1}/{FOLDS + 1}"
        vectors = learn_space(
            self._rows,
            self.lessons.pairs(held),
            self._settings,
            lambda step, _: self._progress(where, step / self._settings.steps),
        )
        return pack_space(self.vocabulary, vectors)

    def learned(self, task: Task, fold: int, space: Space) -> Lessons:
        """What a task has learned from all queries but those of a fold; titles learn nothing but the space."""
        if task is Task.TITLE_TITLE:
            return Lessons()
        named = self._named if task in {Task.POSTING_CLASS, Task.DUTY_CLASS} else None
        return learn_lessons(
            self.tasks[task],
            self._queries[task],
            np.flatnonzero(self.folds[task] != fold),
            named,
            space,
            self.engine.words,
            self.thesaurus,
            self._candidates[task],
        )

    def unseen(self, task: Task, fold: int, space: Space) -> tuple[Rows, Rows | None]:
        """Rows of the queries of a fold, by what was learned from the others; and of their other form, if there is one."""
        labelled, lessons = self.tasks[task], self.learned(task, fold, space)
        numbers = np.flatnonzero(self.folds[task] == fold)
        if task is Task.TITLE_TITLE:
            # Only titles of the fold: the others were learned from.
            own = {labelled.groups[labelled.queries[i].id] for i in numbers}
            places = [i for i, d in enumerate(labelled.candidates) if labelled.groups[d.id] in own]
        else:
            places = list(range(len(labelled.candidates)))
        rows = self._fill(labelled, numbers, places, space, lessons, self._candidates[task])
        other = None
        if task in _BARE:
            form = _BARE[task](labelled)
            other = self._fill(form, numbers, places, space, lessons, self.engine.encode(form.candidates))
        return rows, other

    def _fill(
        self,
        labelled: LabelledTask,
        numbers: Indices,
        places: list[int],
        space: Space,
        lessons: Lessons,
        candidates: Encoded,
    ) -> Rows:
        chosen = [labelled.candidates[i] for i in places]
        rows = fill_rows(
            self.engine.encode,
            [labelled.queries[i] for i in numbers],
            numbers,
            self.engine.encode(chosen) if len(chosen) < len(labelled.candidates) else candidates,
            self.backgrounds[labelled.task],
            labelled.task,
            space,
            self.engine.words,
            lessons,
            self.thesaurus.knowledge,
        )
        return Rows(rows.names, rows.query, np.asarray(places)[rows.candidate], rows.values)


def train(
    folder: Path,
    progress: Progress,
    pairs: Sequence[LabelledPair] = (),
    settings: Settings | None = None,
) -> Trained:
    """Learn the model from a folder of labelled texts (see docs/model-card.md) and from `pairs` that came from use. The
    same folder and pairs, the same model.

    Everything is learned once without each of five parts of the queries, and what it says of these is what the rankers
    are grown on and measured by; then once from all. Raises UnreadableFileError where the folder lacks a file.
    """
    settings = settings or Settings()
    trainer = Trainer(folder, settings, progress, pairs)
    found: dict[Task, list[tuple[Rows, Rows | None]]] = {task: [] for task in trainer.tasks}
    for fold in range(FOLDS):
        space = trainer.space(fold)
        for number, task in enumerate(trainer.tasks):
            progress(f"比较未见过的文本 {fold + 1}/{FOLDS}", number / len(trainer.tasks))
            found[task].append(trainer.unseen(task, fold, space))
    rankers: dict[Task, Ranker] = {}
    bare: dict[Task, Ranker] = {}
    report: dict[str, Any] = {}
    for number, (task, labelled) in enumerate(trainer.tasks.items()):
        progress("学习排序", number / len(trainer.tasks))
        rows = Rows.joined([first for first, _ in found[task]])
        rankers[task], report[task.value] = learn_ranker(labelled, rows, trainer.folds[task])
        if others := [other for _, other in found[task] if other is not None]:
            bare[task], report[f"{task.value} (bare)"] = learn_ranker(
                labelled, Rows.joined(others), trainer.folds[task]
            )
    space = trainer.space(FOLDS)
    lessons: dict[Task, Lessons] = {
        task: trainer.learned(task, FOLDS, space) for task in trainer.tasks if task is not Task.TITLE_TITLE
    }
    model = Model(space, lessons, rankers, bare, trainer.backgrounds)
    return Trained(
        model,
        {
            "tasks": report,
            "folds": FOLDS,
            "terms": len(trainer.vocabulary),
            "settings": asdict(settings),
            "pairs_from_use": trainer.used,
            "pairs_left_out": len(pairs) - trainer.used,
        },
    )


def named_chosen(
    named: list[tuple[Document, dict[str, float]]], common: int = 500
) -> list[tuple[Document, dict[str, float]]]:
    """Postings that name majors, of those with one and the same class no more than `common`."""
    met: dict[tuple[str, ...], int] = {}
    chosen = []
    for document, classes in named:
        key = tuple(classes)
        met[key] = met.get(key, 0) + 1
        if met[key] <= common:
            chosen.append((document, classes))
    return chosen


def learn_ranker(labelled: LabelledTask, rows: Rows, folds: Indices) -> tuple[Ranker, dict[str, Any]]:
    """The ranker of a task, and what rankers grown without each fold reach on it."""
    right = _right(labelled, rows)
    sums = np.zeros(len(rows.query))
    for fold in range(FOLDS):
        held = folds[rows.query] == fold
        trees = _grown(labelled, rows, folds != fold)
        sums[held] = trees.sums(rows.values[held])
    scores = np.zeros(len(sums))
    for fold in range(FOLDS):
        held = folds[rows.query] == fold
        slope, bias = fit_platt(sums[~held], right[~held])
        scores[held] = probability(slope * sums[held] + bias)
    slope, bias = fit_platt(sums, right)
    trees = _grown(labelled, rows, folds >= 0)
    ranker = Ranker(rows.names, trees, slope, bias, KEPT.get(labelled.task, 0))
    return ranker, measured(labelled, rows, scores, right)


def _grown(labelled: LabelledTask, rows: Rows, used: NDArray[np.bool_]) -> Trees:
    """The forests of a task, grown on the rows of the queries that are `used` (queries,)."""
    forests = _FORESTS.get(labelled.task, (Forest(),))
    kept = used[rows.query]
    grown = []
    for forest in forests:
        values = rows.values[kept]
        values[:, [name.startswith(forest.without) for name in rows.names]] = 0.0
        grown.append(
            grow_trees(
                values,
                _right(labelled, rows)[kept],
                rows.query[kept],
                _GROWTH.get(labelled.task, Growth()),
                _weights(labelled, forest.balance)[rows.query[kept]],
            )
        )
    return joined(grown, [forest.share for forest in forests])


def _right(labelled: LabelledTask, rows: Rows) -> Floats:
    """How far each pair is right, (n,): its gain as a share of the query's largest."""
    gains = gains_of(labelled.queries, [labelled.gold[d.id] for d in labelled.queries], labelled.candidates)
    gains /= np.maximum(gains.max(axis=1, keepdims=True), 1e-12)
    return np.asarray(gains[rows.query, rows.candidate])


def _weights(labelled: LabelledTask, balance: float) -> Floats:
    """What each query counts, (queries,), mean 1; see `Forest`."""
    weights = balanced(labelled.queries, labelled.gold, balance)
    return np.asarray(weights / weights.mean())


def measured(labelled: LabelledTask, rows: Rows, scores: Floats, right: Floats) -> dict[str, Any]:
    """Ranking metrics of scores (n,) of unseen pairs, with the 95% interval and the single values of the leading measure,
    and calibration; and the leading measure of each layer alone.
    """
    leading = LEADING.get(labelled.task, "map")
    ranked = _ranked(labelled, rows, scores)
    curve = reliability(scores, right)
    alone = {}
    for name in (name for name in LAYERS_ALONE if name in rows.names):
        layer = rows.values[:, rows.names.index(name)].astype(np.float64)
        alone[name] = round(evaluate(_ranked(labelled, rows, layer), labelled.gold).as_dict()[leading], 4)
    return {
        **{name: round(value, 4) for name, value in evaluate(ranked, labelled.gold).as_dict().items()},
        "interval": [round(value, 4) for value in interval(ranked, labelled.gold, leading)],
        "calibration_error": round(calibration_error(scores, right), 4),
        "reliability": [[round(stated, 3), round(share, 3), n] for stated, share, n in curve],
        "alone": alone,
        "values": [round(value, 4) for value in single_values(ranked, labelled.gold, leading)],
    }


def _ranked(labelled: LabelledTask, rows: Rows, scores: Floats) -> dict[str, list[str]]:
    ranked: dict[str, list[str]] = {}
    starts = np.flatnonzero(np.diff(rows.query, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(rows.query)], strict=True):
        order = start + np.argsort(-scores[start:end], kind="stable")
        query = labelled.queries[int(rows.query[start])].id
        ranked[query] = [labelled.candidates[int(rows.candidate[place])].id for place in order]
    return ranked


def _folds(tasks: Mapping[Task, LabelledTask]) -> dict[Task, Indices]:
    folds: dict[Task, Indices] = {
        task: folds_of([t.groups[d.id] for d in t.queries], FOLDS)
        for task, t in tasks.items()
        if task is not Task.DUTY_CLASS
    }
    # A sentence is in the fold of the posting it was taken from.
    posted = {
        d.id: int(fold)
        for d, fold in zip(tasks[Task.POSTING_CLASS].queries, folds[Task.POSTING_CLASS], strict=True)
    }
    folds[Task.DUTY_CLASS] = np.array(
        [posted[d.id.rsplit(":", 1)[0]] for d in tasks[Task.DUTY_CLASS].queries]
    )
    return folds
