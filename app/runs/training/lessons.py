"""What a task learns beside the ranker: known answers, neighbours, titles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from app.matching.documents import Document, Task
from app.matching.encoding import Encoded, encode
from app.matching.known import Known
from app.matching.learning.answers import learn_known
from app.matching.neighbours import Neighbours, link_matrix
from app.matching.sheet import Lessons, Queries, family
from app.matching.space import Singles, Space, unit
from app.matching.words import Words
from app.runs.thesaurus import Thesaurus
from app.runs.training.labelled import Gold, LabelledTask

Indices = NDArray[np.int64]
_KNOWN = {
    Task.POSTING_CLASS: (20_000, 1.0),
    Task.DUTY_CLASS: (0, 1.0),
    Task.SCOPE_INDUSTRY: (16_000, 5.0),
    Task.PROGRAM_INDUSTRY: (4_000, 0.4),
}
"""Tasks whose answers are known beforehand, how many terms are kept for them, and the ridge of the regression on words."""
_BALANCE = 0.4
"""How far texts with rare answers count more for what is known of answers; see `balanced`."""
_NAMED_WEIGHT = 0.5
"""A posting that names majors counts as much beside one that was labelled with care."""


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Texts beyond the labelled ones with answers that were read from them."""

    documents: Sequence[Document]
    encoded: Encoded
    gold: Gold


def learn_lessons(
    labelled: LabelledTask,
    encoded: Encoded,
    which: Indices,
    named: Named | None,
    space: Space,
    words: Words,
    thesaurus: Thesaurus,
    candidate_titles: Encoded,
) -> Lessons:
    """Lessons of a task from its queries `which` (numbers of queries), `encoded` all of them, and from `named` texts."""
    queries = Queries.of(encoded, labelled.task, space, words)
    rows, points = queries.sided().matrix()[which], queries.sided_points()[which]
    documents = [labelled.queries[i] for i in which]
    gold = [labelled.gold[d.id] for d in documents]
    weights = np.ones(len(which))
    if named is not None:
        more = Queries.of(named.encoded, labelled.task, space, words)
        rows = csr_array(vstack([rows, more.sided().matrix()], format="csr"))
        points = np.concatenate([points, more.sided_points()])
        documents += named.documents
        gold += [named.gold[d.id] for d in named.documents]
        weights = np.concatenate([weights, np.full(len(named.documents), _NAMED_WEIGHT)])
    weights = weights * balanced(documents, dict(zip((d.id for d in documents), gold, strict=True)), _BALANCE)
    weights /= weights.mean()
    known: Known | None = None
    if labelled.task in _KNOWN:
        kept, ridge = _KNOWN[labelled.task]
        known = learn_known(
            rows,
            points,
            gains_of(documents, gold, labelled.candidates),
            weights,
            labelled.candidates,
            space.titles(candidate_titles),
            kept=kept,
            ridge=ridge,
        )
    graded = [{code: gain / max(gains.values()) for code, gain in gains.items()} for gains in gold]
    links, codes = link_matrix(graded)
    # Programs are public; whose posting or scope it was is not told.
    named_programs = labelled.task in {Task.PROGRAM_OCCUPATION, Task.PROGRAM_INDUSTRY}
    labels = tuple(d.id for d in documents) if named_programs else ()
    neighbours = Neighbours(unit(points), np.array([family(d) for d in documents]), links, codes, labels)
    titles = (
        title_book(thesaurus, space, words)
        if labelled.task in {Task.POSTING_CLASS, Task.DUTY_CLASS}
        else None
    )
    return Lessons(known, neighbours, titles)


def balanced(documents: Sequence[Document], gold: Gold, balance: float) -> NDArray[np.float64]:
    """Weights (documents,): the mean over a text's answers of (number of texts with the answer)^−`balance`."""
    count: dict[str, int] = {}
    for document in documents:
        for code in gold[document.id]:
            count[code] = count.get(code, 0) + 1
    return np.array([np.mean([count[code] ** -balance for code in gold[d.id]]) for d in documents])


def gains_of(
    documents: Sequence[Document], gold: Sequence[dict[str, float]], candidates: Sequence[Document]
) -> NDArray[np.float64]:
    """Gains (documents, candidates); an answer that is no candidate is left out."""
    columns = {d.id: column for column, d in enumerate(candidates)}
    gains = np.zeros((len(documents), len(candidates)))
    for row, answers in enumerate(gold):
        for code, gain in answers.items():
            if code in columns:
                gains[row, columns[code]] = gain
    return gains


def title_book(thesaurus: Thesaurus, space: Space, words: Words) -> Neighbours:
    """Names of jobs as points, linked to the classes of programs that are asked for."""
    listed = [
        (title, classes)
        for same, classes in zip(thesaurus.titles, thesaurus.title_classes, strict=True)
        if classes
        for title in same
    ]
    encoded = encode([Document("", title) for title, _ in listed], words)
    links, codes = link_matrix([{c: w / 10 for c, w in classes.items()} for _, classes in listed])
    points: Singles = space.titles(encoded)
    return Neighbours(points, np.zeros(0, dtype=str), links, codes)
