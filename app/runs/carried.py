"""Fits with targets that have no labels of their own, carried from the known answers they belong to.

Postings were labelled with classes of bachelor programs, programs with everyday names of industries, business scopes with
divisions. Programs of every level, and industries of every level of GB/T 4754, are reached from there.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
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
from app.reference import Reference, load_reference
from app.runs.documents import class_documents, industry_documents
from app.runs.thesaurus import Thesaurus, load_thesaurus

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
        self._belonging: WeakKeyDictionary[Encoded, dict[Task, csr_array]] = WeakKeyDictionary()

    def scores(self, queries: Encoded, targets: Encoded, task: Task) -> Floats:
        """Fits (queries, targets) in [0, 1]: of postings with programs (`PROGRAMS`), of programs with industries
        (`INDUSTRIES`), of business scopes and any other text with industries (`SCOPES`).
        """
        if not len(queries) or not len(targets):
            return np.zeros((len(queries), len(targets)))
        known = self.engine.scores(queries, self._answers[task], task)
        likeness = self.engine.scores(queries, targets, Task.GENERIC)
        return carry(known, self._belongs(targets, task), likeness, _LEAST)

    def reasons(
        self, queries: Encoded, i: int, targets: Encoded, places: Sequence[int], task: Task
    ) -> list[tuple[str, Reasons]]:
        """For each target at `places` the name of the known answer its score comes from, '' for none, and why query number
        `i` has it.
        """
        belonging = csr_array(self._belongs(targets, task).T)
        known = self.engine.scores(queries.only(i), self._answers[task], task)[0]
        chosen: list[int | None] = []
        for place in places:
            part = slice(belonging.indptr[place], belonging.indptr[place + 1])
            answers, shares = belonging.indices[part], belonging.data[part]
            chosen.append(int(answers[np.argmax(known[answers] * shares)]) if len(answers) else None)
        asked = sorted({answer for answer in chosen if answer is not None})
        found = dict(
            zip(asked, self.engine.reasons(queries, i, self._answers[task], asked, task), strict=True)
        )
        documents = self._answers[task].documents
        return [
            (documents[answer].title, found[answer]) if answer is not None else ("", Reasons())
            for answer in chosen
        ]

    def _belongs(self, targets: Encoded, task: Task) -> csr_array:
        kept = self._belonging.setdefault(targets, {})
        if task not in kept:
            rows = {d.id: row for row, d in enumerate(self._answers[task].documents)}
            entries = [
                (rows[answer], column, share)
                for column, target in enumerate(targets.documents)
                for answer, share in self._of(target, task).items()
                if answer in rows and share > 0
            ]
            kept[task] = matrix_of(entries, (len(rows), len(targets)))
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
        if target.level != "postgraduate" and (family := self._thesaurus.families.get(f"4{code[1:4]}")):
            return family
        known = self._thesaurus.knowledge.classes.get(normalise(target.title).strip(), "")
        return self._thesaurus.families.get(known, {known: 1.0} if known else {})


@lru_cache(maxsize=1)
def carried_by(engine: Engine) -> Carried:
    """The carrier of an engine, made once."""
    return Carried(engine, load_reference(), load_thesaurus())
