"""Fits with targets that have no labels of their own, carried from the known answers they belong to.

Postings were labelled with classes of bachelor programs, programs with everyday names of industries, business scopes with
divisions. Programs of every level, and industries of every level of GB/T 4754, are reached from there.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.documents import Document, Task
from app.matching.encoding import Encoded
from app.matching.engine import Engine
from app.matching.neighbours import matrix_of
from app.matching.normalise import normalise
from app.matching.reasons import Reasons
from app.matching.structure import carry
from app.reference import Reference
from app.reference.codes import vocational_family
from app.runs.documents import class_documents, industry_documents
from app.runs.thesaurus import Thesaurus

Floats = NDArray[np.float64]
_LEAST: Final = 0.3
"""What a target without any likeness has of the score of the answer it belongs to. Assumption: the answer is known better
than which of its members is meant."""
PROGRAMS, INDUSTRIES, SCOPES = Task.POSTING_CLASS, Task.PROGRAM_INDUSTRY, Task.SCOPE_INDUSTRY


class Carried:
    """An engine asked about programs and industries of every level. Threads may share it."""

    def __init__(self, engine: Engine, reference: Reference, thesaurus: Thesaurus) -> None:
        self.engine = engine
        self._reference = reference
        self._thesaurus = thesaurus
        names = sorted({n for shares in thesaurus.knowledge.destinations.values() for n in shares})
        divisions = [d for d in industry_documents(reference, {}) if len(d.id) == 3]
        self._answers: Mapping[Task, Encoded] = {
            PROGRAMS: engine.encode(class_documents(reference)),
            INDUSTRIES: engine.encode([Document(name, name) for name in names]),
            SCOPES: engine.encode(divisions),
        }
        self._labelled = np.isin(names, engine.answers(INDUSTRIES)) | (not engine.has_learned(INDUSTRIES))
        """Which of the everyday industries (names,) the engine has learned labels of."""
        self._belonging: WeakKeyDictionary[Encoded, dict[Task, tuple[csr_array, csr_array]]] = (
            WeakKeyDictionary()
        )
        """By targets and task: which answers targets belong to, (answers, targets), and the transpose."""

    def scores(self, queries: Encoded, targets: Encoded, task: Task) -> Floats:
        """Fits (queries, targets) in [0, 1]: of postings with programs (`PROGRAMS`), of programs with industries
        (`INDUSTRIES`), of business scopes and any other text with industries (`SCOPES`).
        """
        if not len(queries) or not len(targets):
            return np.zeros((len(queries), len(targets)))
        likeness = self.engine.scores(queries, targets, Task.GENERIC)
        return carry(self._known(queries, task), self._belongs(targets, task)[0], likeness, _LEAST)

    def _known(self, queries: Encoded, task: Task) -> Floats:
        """Scores (queries, answers) of the known answers.

        Some everyday industries (公共管理, 社会工作 …) are in no labels. What the project's table of destinations says of
        them, relative to the class's largest, stands for them, and the labelled ones are scaled to the largest of theirs.
        """
        known = self.engine.scores(queries, self._answers[task], task)
        if task is not INDUSTRIES or self._labelled.all():
            return known
        told = self._thesaurus.knowledge.layers(queries.documents, self._answers[task].documents, task)
        shares = told["destination"].astype(np.float64)
        largest = np.maximum(shares.max(axis=1, keepdims=True), 1e-12)
        scale = shares[:, self._labelled].max(axis=1, keepdims=True) / largest
        said = shares.any(axis=1, keepdims=True)
        scaled = np.where(said, known * scale, known)
        return np.where(self._labelled[None, :], scaled, np.where(said, shares / largest, 0.0))

    def reasons(
        self, queries: Encoded, targets: Encoded, places: Sequence[Sequence[int]], task: Task
    ) -> list[list[tuple[str, Reasons]]]:
        """For each query and each target at its `places` the name of the known answer the score comes from, '' for none, and
        why the query has it.
        """
        belonging = self._belongs(targets, task)[1]
        chosen: list[list[int | None]] = []
        for known, wanted in zip(self._known(queries, task), places, strict=True):
            chosen.append([])
            for place in wanted:
                part = slice(belonging.indptr[place], belonging.indptr[place + 1])
                answers, shares = belonging.indices[part], belonging.data[part]
                chosen[-1].append(int(answers[np.argmax(known[answers] * shares)]) if len(answers) else None)
        asked = [
            sorted({a for a in row if a is not None and (task is not INDUSTRIES or self._labelled[a])})
            for row in chosen
        ]
        found = self.engine.reasons(queries, self._answers[task], asked, task)
        documents = self._answers[task].documents
        told = []
        for row, judged, why in zip(chosen, asked, found, strict=True):
            of = dict(zip(judged, why, strict=True))
            told.append(
                [("", Reasons()) if a is None else (documents[a].title, of.get(a, Reasons())) for a in row]
            )
        return told

    def _belongs(self, targets: Encoded, task: Task) -> tuple[csr_array, csr_array]:
        kept = self._belonging.setdefault(targets, {})
        if task not in kept:
            rows = {d.id: row for row, d in enumerate(self._answers[task].documents)}
            entries = [
                (rows[answer], column, share)
                for column, target in enumerate(targets.documents)
                for answer, share in self._of(target, task).items()
                if answer in rows and share > 0
            ]
            belonging = matrix_of(entries, (len(rows), len(targets)))
            kept[task] = (belonging, csr_array(belonging.T))
        return kept[task]

    def _of(self, target: Document, task: Task) -> Mapping[str, float]:
        """The known answers that a target belongs to, and how far."""
        if task is SCOPES:
            return {target.id[:3]: 1.0}
        if task is INDUSTRIES:
            # How a name is shared out among its codes is told by likeness; here only where it belongs.
            return dict.fromkeys(self._thesaurus.knowledge.industries.get(target.id, {}), 1.0)
        code = target.program_code or ""
        if target.level == "bachelor":
            return {code[:4]: 1.0}
        if target.level != "postgraduate" and (
            family := self._thesaurus.families.get(vocational_family(code))
        ):
            return family
        known = self._thesaurus.knowledge.classes.get(normalise(target.title).strip(), "")
        return self._thesaurus.families.get(known, {known: 1.0} if known else {})
