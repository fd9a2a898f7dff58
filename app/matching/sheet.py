"""The sheet of a query: everything the layers say of each candidate, named, one number a pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.bm25 import Bm25
from app.matching.clauses import Pieces, agreement, clauses_of, names_of, pieces
from app.matching.documents import Document, Task
from app.matching.encoding import Encoded, Kind, encode
from app.matching.index import Index
from app.matching.knowledge import Knowledge
from app.matching.known import Known, sided, sided_points
from app.matching.neighbours import Neighbours, nearest_places
from app.matching.rows import Rows
from app.matching.space import Singles, Space, unit
from app.matching.words import Words
from app.reference.codes import vocational_family

Indices = NDArray[np.int64]
CLAUSED: Final = frozenset({Task.SCOPE_INDUSTRY})
"""Tasks whose texts are lists of many things, of which one is the main: they are read clause by clause as well, and late
clauses count less in the whole.
"""
_BM25: Final = {
    Task.PROGRAM_INDUSTRY: (Kind.WORDS, Kind.PAIRS),
    Task.TITLE_TITLE: (Kind.WORDS, Kind.PAIRS),
}
"""Tasks of short texts, and the kinds of terms that are compared by BM25 as well; to rankers of long texts it adds nothing."""
_GROUPED: Final = (4, 7)
"""How many characters of an occupation's code name its middle and its minor group."""
_LEVELS: Final = (
    "secondary_vocational",
    "higher_vocational",
    "vocational_bachelor",
    "bachelor",
    "postgraduate",
)


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What a task has learned beside the ranker: known answers, neighbours, how often candidates are answers."""

    known: Known | None = None
    neighbours: Neighbours | None = None
    titles: Neighbours | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """One set of candidates, ready for the sheets of a task."""

    documents: Sequence[Document]
    index: Index
    titles: Singles
    texts: Singles
    both: Singles
    names: Pieces | None
    groups: tuple[Indices, ...]
    places: Indices
    links: Singles | None
    title_links: Singles | None
    book_terms: csr_array | None
    book_points: Singles | None
    bm25: Mapping[Kind, Bm25]

    @classmethod
    def of(
        cls,
        encoded: Encoded,
        index: Index,
        task: Task,
        space: Space,
        words: Words,
        lessons: Lessons,
        knowledge: Knowledge,
    ) -> "Candidates":
        titles, texts = space.titles(encoded), space.texts(encoded)
        documents = encoded.documents
        groups: tuple[Indices, ...] = ()
        if task is Task.PROGRAM_OCCUPATION:
            groups = tuple(_numbered([d.id[:size] for d in documents]) for size in _GROUPED)
        places = lessons.known.places(documents) if lessons.known else np.full(len(documents), -1)
        codes = {d.id: column for column, d in enumerate(documents)}
        book = knowledge.book(documents, task)
        book_rows = space.vocabulary.text_rows(encode(book, words)) if book else None
        return cls(
            documents,
            index,
            titles,
            texts,
            unit(titles + texts),
            pieces([names_of(d) for d in documents], words, space) if task in CLAUSED else None,
            groups,
            places,
            lessons.neighbours.links_to(codes) if lessons.neighbours else None,
            lessons.titles.links_to(codes) if lessons.titles else None,
            csr_array(book_rows.matrix().T) if book_rows is not None else None,
            space.points(book_rows) if book_rows is not None else None,
            {kind: Bm25.of(encoded.counts[kind]) for kind in _BM25.get(task, ())},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """A block of queries, ready for the sheets of a task."""

    encoded: Encoded
    title_rows: Rows
    lead_rows: Rows
    text_rows: Rows
    titles: Singles
    leads: Singles
    texts: Singles
    clauses: Pieces | None

    @classmethod
    def of(cls, encoded: Encoded, task: Task, space: Space, words: Words) -> "Queries":
        titles, leads, texts = space.vocabulary.all_rows(encoded)
        clauses = None
        if task in CLAUSED:
            clauses = pieces([clauses_of(d) for d in encoded.documents], words, space)
            texts = clauses.faded()
        return cls(
            encoded,
            titles,
            leads,
            texts,
            space.points(titles),
            space.points(leads),
            space.points(texts),
            clauses,
        )

    @property
    def both(self) -> Singles:
        """Points of titles and texts together, (queries, d)."""
        return unit(self.titles + self.texts)

    def heard(self) -> NDArray[np.bool_]:
        """Which queries have a term that is known, (queries,)."""
        return np.asarray((self.title_rows.sizes > 0) | (self.text_rows.sizes > 0))

    def sided(self) -> Rows:
        """Rows of all terms by where they stand, (queries, 3·terms)."""
        return sided(self.title_rows, self.lead_rows, self.text_rows)

    def sided_points(self) -> Singles:
        """Points of titles, leads and texts side by side, (queries, 3d)."""
        return sided_points(self.titles, self.leads, self.texts)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Named layers, each (queries, chosen), of the candidates that were `chosen` (queries, chosen) for each query by
    their `base` (queries, candidates), the best first where not all are.
    """

    layers: Mapping[str, Singles]
    base: Singles
    chosen: Indices

    def rows(self, names: Sequence[str], which: Indices | None = None) -> Singles:
        """Pairs of all queries with their chosen candidates as rows, (queries · chosen, names); of these those that `which`
        numbers.
        """
        chosen = slice(None) if which is None else which
        return np.stack([self.layers[name].ravel()[chosen] for name in names], axis=1)


def sheet_of(
    queries: Queries, candidates: Candidates, task: Task, lessons: Lessons, knowledge: Knowledge, kept: int
) -> Sheet:
    """All layers of a task for a block of queries and the `kept` best candidates of each by words and meaning, 0 for all."""
    words, points = _words(queries, candidates), _points(queries, candidates)
    base = _above(words["words"]) + 0.35 * _above(points["point"]) + 0.15 * _above(points["point_text_title"])
    chosen = _short_list(base, kept)
    said = {**words, **points}
    if queries.clauses is not None and candidates.names is not None:
        said |= agreement(queries.clauses, candidates.names)
    if lessons.known:
        said |= _known(queries, candidates, lessons.known)
    said |= knowledge.layers(queries.encoded.documents, candidates.documents, task)
    said |= _book(queries, candidates)
    if lessons.titles and candidates.title_links is not None:
        said["title_votes"] = lessons.titles.votes(queries.titles, (), candidates.title_links)
    said["base"] = base
    layers = _beside({name: np.take_along_axis(layer, chosen, axis=1) for name, layer in said.items()})
    plain: dict[str, Singles] = {}
    for number, group in enumerate(candidates.groups):
        plain |= _group_layers(f"group_{number}", base, group)
    if lessons.neighbours:
        plain |= _votes(queries, candidates, lessons.neighbours)
    plain |= _circumstances(queries, candidates, task)
    layers |= {name: np.take_along_axis(layer, chosen, axis=1) for name, layer in plain.items()}
    return Sheet(layers, base, chosen)


def _short_list(base: Singles, kept: int) -> Indices:
    if not kept or kept >= base.shape[1]:
        return np.broadcast_to(np.arange(base.shape[1]), base.shape)
    return nearest_places(base, kept)


def _words(queries: Queries, candidates: Candidates) -> dict[str, Singles]:
    recipe = candidates.index.recipe
    cosines = candidates.index.cosines(queries.encoded)
    found = {
        f"words_{layer.name}": c.astype(np.float32) for layer, c in zip(recipe.layers, cosines, strict=True)
    }
    total = sum(layer.share * c for layer, c in zip(recipe.layers, cosines, strict=True))
    for kind, compared in candidates.bm25.items():
        found[f"bm25_{kind}"] = compared.scores(queries.encoded.counts[kind]).astype(np.float32)
    return {**found, "words": np.asarray(total, dtype=np.float32)}


def _points(queries: Queries, candidates: Candidates) -> dict[str, Singles]:
    return {
        "point": queries.both @ candidates.both.T,
        "point_title_title": queries.titles @ candidates.titles.T,
        "point_title_text": queries.titles @ candidates.texts.T,
        "point_lead_title": queries.leads @ candidates.titles.T,
        "point_lead_text": queries.leads @ candidates.texts.T,
        "point_text_title": queries.texts @ candidates.titles.T,
        "point_text_text": queries.texts @ candidates.texts.T,
    }


def _known(queries: Queries, candidates: Candidates, known: Known) -> dict[str, Singles]:
    """What is known of the answers; 0 for a candidate that is none."""
    told = known.layers(queries.sided(), queries.sided_points())
    at = np.maximum(candidates.places, 0)
    return {
        name: np.where(candidates.places >= 0, layer[:, at], 0).astype(np.float32)
        for name, layer in told.items()
    }


def _book(queries: Queries, candidates: Candidates) -> dict[str, Singles]:
    """How texts agree with the words that the project knows of a candidate beside its own text."""
    if candidates.book_terms is None or candidates.book_points is None:
        return {}
    return {
        "book_title": queries.title_rows.times(candidates.book_terms).astype(np.float32),
        "book_lead": queries.lead_rows.times(candidates.book_terms).astype(np.float32),
        "book_text": queries.text_rows.times(candidates.book_terms).astype(np.float32),
        "book_point": queries.both @ candidates.book_points.T,
    }


def _votes(queries: Queries, candidates: Candidates, neighbours: Neighbours) -> dict[str, Singles]:
    families = [family(d) for d in queries.encoded.documents]
    links = candidates.links if candidates.links is not None else neighbours.links_to({})
    votes = neighbours.votes(unit(queries.sided_points()), families, links)
    layers = {"votes": votes}
    for number, group in enumerate(candidates.groups):
        sums = np.zeros((len(votes), int(group.max()) + 1), dtype=np.float32)
        for column, own in enumerate(group):
            sums[:, own] += votes[:, column]
        layers[f"votes_group_{number}"] = sums[:, group]
    return layers


def family(document: Document) -> str:
    """The class of programs a document belongs to, the same at all vocational levels; its id where it is none."""
    code = document.program_code or ""
    if len(code) < 4:
        return document.id
    return code[:4] if document.level == "bachelor" else f"v{vocational_family(code)}"


def _circumstances(queries: Queries, candidates: Candidates, task: Task) -> dict[str, Singles]:
    """What is the same for all candidates, or for all queries: length, level, kind and size of the candidate."""
    shape = (len(queries.encoded), len(candidates.documents))
    length = np.log1p(queries.text_rows.sizes + queries.title_rows.sizes)
    layers = {
        "length": np.broadcast_to(length.astype(np.float32)[:, None], shape),
    }
    if task is Task.PROGRAM_OCCUPATION:
        levels = {name: rank for rank, name in enumerate(_LEVELS)}
        level = np.array([levels.get(d.level or "", -1) for d in queries.encoded.documents], dtype=np.float32)
        major = np.array([float(d.id[0]) if d.id[:1].isdigit() else 0.0 for d in candidates.documents])
        technical = np.array(["技术人员" in d.title for d in candidates.documents], dtype=np.float32)
        layers["level"] = np.broadcast_to(level[:, None], shape)
        layers["major"] = np.broadcast_to(major.astype(np.float32)[None, :], shape)
        layers["technical"] = np.broadcast_to(technical[None, :], shape)
    return layers


def _beside(said: Mapping[str, Singles]) -> dict[str, Singles]:
    """Layers beside how they stand among the candidates of their query: deviations, distance to the best, rank."""
    stacked = np.stack(list(said.values()))
    order = np.argsort(np.argsort(-stacked, axis=2, kind="stable"), axis=2)
    parts = {
        "": stacked,
        "|above": _above(stacked),
        "|behind": stacked.max(axis=2, keepdims=True, initial=0) - stacked,
        "|rank": np.log1p(order).astype(np.float32),
    }
    return {f"{name}{kind}": part[i] for kind, part in parts.items() for i, name in enumerate(said)}


def _above(layer: Singles) -> Singles:
    """How many standard deviations a value lies above the mean of its query."""
    spread = layer.std(axis=-1, keepdims=True)
    middle = layer.mean(axis=-1, keepdims=True)
    return np.asarray((layer - middle) / np.maximum(spread, 1e-6), dtype=np.float32)


def _group_layers(name: str, base: Singles, group: Indices) -> dict[str, Singles]:
    """The best and the mean of a candidate's group, and the size of the group."""
    count = np.bincount(group)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(count)[:-1]])
    best = np.maximum.reduceat(base[:, order], starts, axis=1)
    mean = np.add.reduceat(base[:, order], starts, axis=1) / count
    size = np.broadcast_to(count[group].astype(np.float32)[None, :], base.shape)
    return {
        f"{name}|best": best[:, group],
        f"{name}|mean": mean[:, group].astype(np.float32),
        f"{name}|size": size,
    }


def _numbered(names: Sequence[str]) -> Indices:
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.int64)
