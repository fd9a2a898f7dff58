"""What the field knows beside texts and labels: words of duties, and where graduates of a class go to work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from app.matching.documents import Document, Task
from app.matching.normalise import normalise
from app.matching.phrases import Phrases
from app.matching.space import Singles
from app.reference.codes import vocational_family

Shares = Mapping[str, float]
Lines = Sequence[tuple[tuple[str, ...], Shares]]
_TITLE: Final = 2.5
"""A phrase in a title counts like so many in a text."""


@dataclass(frozen=True)
class Knowledge:
    """`duties`: phrases, and the classes of programs they ask for, with weights.

    `destinations`: class of programs → everyday names of industries with shares; `name_destinations`: the same for parts
    of the names of programs. `classes`: normalised names of programs and classes → class. `industries`: code of GB/T 4754 →
    everyday names it belongs to, with the share of the name that is its own. `books`: per task, code of a candidate →
    words that texts use which ask for it.
    """

    duties: Lines = ()
    destinations: Mapping[str, Shares] = field(default_factory=dict)
    name_destinations: Lines = ()
    classes: Mapping[str, str] = field(default_factory=dict)
    industries: Mapping[str, Shares] = field(default_factory=dict)
    books: Mapping[Task, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def _phrases(self) -> Phrases:
        return Phrases(self._lines)

    @cached_property
    def _lines(self) -> dict[str, list[int]]:
        """Phrase → the lines of `duties` it stands in."""
        found: dict[str, list[int]] = {}
        for line, (phrases, _) in enumerate(self.duties):
            for phrase in phrases:
                found.setdefault(normalise(phrase), []).append(line)
        return found

    def book(self, candidates: Sequence[Document], task: Task) -> list[Document]:
        """What is known of each candidate beside its text, as documents; none where nothing is known of any."""
        known = self.books.get(task, {})
        if not any(d.id in known for d in candidates):
            return []
        return [Document(d.id, "", known.get(d.id, "")) for d in candidates]

    def layers(
        self, queries: Sequence[Document], candidates: Sequence[Document], task: Task
    ) -> dict[str, Singles]:
        """What is known of each pair, each (queries, candidates); nothing where the task has no such knowledge."""
        if task in {Task.POSTING_CLASS, Task.DUTY_CLASS} and self.duties:
            columns = {d.id: column for column, d in enumerate(candidates)}
            asked = np.array([self._duties(d, columns) for d in queries], dtype=np.float32)
            asked = asked.reshape(len(queries), 2, len(candidates))
            return {"duties": asked[:, 0], "duties_title": asked[:, 1]}
        if task is Task.PROGRAM_INDUSTRY and self.destinations:
            names, belonging = self._belonging(candidates)
            own = np.array([self._destinations(d, names) for d in queries]).reshape(len(queries), -1)
            parts = np.array([self._name_destinations(d, names) for d in queries]).reshape(len(queries), -1)
            return {
                "destination": _shares(own @ belonging),
                "destination_name": _shares(parts @ belonging),
            }
        return {}

    def class_of(self, document: Document) -> str | None:
        """The class of the program a document is: by its code, else by its name, else by a class its text names."""
        code = document.program_code or ""
        if len(code) >= 6 and document.level in {None, "bachelor"} and code[:4] in self.destinations:
            return code[:4]
        if (
            document.level not in {None, "bachelor", "postgraduate"}
            and vocational_family(code) in self.destinations
        ):
            return vocational_family(code)
        for text in (document.title, document.text[:40]):
            if known := self.classes.get(normalise(text).strip()):
                return known
        return None

    def _destinations(self, document: Document, names: Mapping[str, int]) -> Singles:
        return _filled(self.destinations.get(self.class_of(document) or "", {}), names)

    def _name_destinations(self, document: Document, names: Mapping[str, int]) -> Singles:
        title = normalise(document.title)
        found = np.zeros(len(names), dtype=np.float32)
        for parts, shares in self.name_destinations:
            if any(title.endswith(p[:-1]) if p.endswith("$") else p in title for p in parts):
                found += _filled(shares, names)
        return found

    def _belonging(self, candidates: Sequence[Document]) -> tuple[dict[str, int], Singles]:
        """Numbers of the everyday names, and how much of each belongs to each candidate, (names, candidates)."""
        listed = sorted({name for shares in self.destinations.values() for name in shares})
        names = {name: number for number, name in enumerate(listed)}
        belonging = np.zeros((len(names), len(candidates)), dtype=np.float32)
        for column, candidate in enumerate(candidates):
            if candidate.title in names:
                belonging[names[candidate.title], column] = 1.0
            else:
                for name, share in self.industries.get(candidate.id, {}).items():
                    belonging[names[name], column] = share
        return names, belonging

    def _duties(self, document: Document, columns: Mapping[str, int]) -> tuple[Singles, Singles]:
        """Share of each candidate in what the phrases of a text and of its title ask for, (candidates,) each; in the
        first a phrase of the title counts more than one of the text.
        """
        in_title = self._phrases.counts(normalise(document.title))
        in_text = self._phrases.counts(normalise(document.text))
        both, alone = np.zeros(len(columns)), np.zeros(len(columns))
        weights: dict[int, list[float]] = {}
        for phrase in {**in_title, **in_text}:
            titled = _TITLE * np.log1p(in_title.get(phrase, 0)) * len(phrase) ** 0.5
            said = np.log1p(in_text.get(phrase, 0)) * len(phrase) ** 0.5
            for line in self._lines[phrase]:
                weight = weights.setdefault(line, [0.0, 0.0])
                weight[0] += titled + said
                weight[1] += titled
        for line, (whole, titled) in sorted(weights.items()):
            shares = _filled(self.duties[line][1], columns)
            both += whole * shares
            alone += titled * shares
        return both / max(both.sum(), 1e-6), alone / max(alone.sum(), 1e-6)


def _filled(shares: Shares, places: Mapping[str, int]) -> Singles:
    row = np.zeros(len(places), dtype=np.float32)
    for name, share in shares.items():
        if name in places:
            row[places[name]] = share
    return row


def _shares(rows: Singles) -> Singles:
    return np.asarray(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-6), dtype=np.float32)
