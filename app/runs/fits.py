"""Fits of a run: programs against industries, occupations and postings, and demand cells against programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.documents import Document, Task
from app.matching.encoding import Encoded
from app.matching.engine import Engine
from app.matching.explanation import Explanation
from app.matching.outside import LAYER, Joined, OutsideVectors, Vectors, cosines, join
from app.matching.reasons import Reasons
from app.matching.structure import with_links
from app.reference import Reference, load_reference
from app.reference.levels import Level
from app.runs.carried import INDUSTRIES, PROGRAMS, Carried
from app.runs.thesaurus import load_thesaurus

LINK_STRENGTH = 0.6
"""Fit that an official program–occupation link alone is worth: 职业信息与…专业信息对应指引(2023)."""
LINK_SOURCE = "职业信息与教育培训项目（专业）信息对应指引（2023版）"
EXPLAINED_TERMS = 6
_BLOCK = 64
"""Programs explained together."""
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Listed:
    """The documents of one side of a fit, in the order of its scores: row or column i is document i."""

    documents: tuple[Document, ...]
    index: dict[str, int]


@dataclass(frozen=True, slots=True)
class Side(Listed):
    """One side of a fit with what the engine made of the documents."""

    encoded: Encoded


def side(engine: Engine, documents: Sequence[Document]) -> Side:
    """Documents encoded by the engine; the same documents lately asked for are not encoded again."""
    return _side(engine, tuple(documents))


@lru_cache(maxsize=8)
def _side(engine: Engine, documents: tuple[Document, ...]) -> Side:
    return Side(documents, {d.id: i for i, d in enumerate(documents)}, engine.encode(documents))


@dataclass(frozen=True, slots=True)
class FitTables:
    """Scores 0-1 of every catalogue program (rows) against each kind of target (columns): all that planning reads."""

    programs: Listed
    industries: Listed
    occupations: Listed
    postings: Listed
    industry: Array
    occupation: Array
    posting: Array
    links: frozenset[tuple[int, int]]
    """Crosswalk edges as (program row, occupation column)."""
    told: NDArray[np.int64]
    """Column of the occupation that the title of each posting tells, -1 for none (see staffing.py)."""

    def industry_columns(self, code: str) -> list[int]:
        """Columns of an industry: itself where it is scored, else what is scored above it, or below a section."""
        for shorter in (code, code[:4], code[:3]):
            if shorter in self.industries.index:
                return [self.industries.index[shorter]]
        return [
            column
            for known, column in self.industries.index.items()
            if known.startswith(code) and len(known) == 3
        ]


@dataclass(frozen=True, slots=True)
class Fits(FitTables):
    """Scores with what is needed to say why."""

    programs: Side
    industries: Side
    occupations: Side
    postings: Side
    carried: Carried
    """The engine that has learnt which words all programs share, asked about industries of every level."""
    added: Mapping[str, Array] = field(default_factory=dict)
    """What an outside layer added to the engine's scores of `industry` and `occupation`; empty without one."""
    explanations: dict[Any, list[dict[str, Any]]] = field(default_factory=dict, compare=False)
    """What was explained already, shared by runs over the same catalogue."""

    def tables(self) -> FitTables:
        """The scores alone."""
        return FitTables(
            self.programs,
            self.industries,
            self.occupations,
            self.postings,
            self.industry,
            self.occupation,
            self.posting,
            self.links,
            self.told,
        )


def explain_fits(
    fits: Fits, kind: str, wanted: Mapping[int, Sequence[int]]
) -> dict[tuple[int, int], dict[str, Any]]:
    """Why programs fit industries or occupations: by program and target, for the targets `wanted` of each program.

    `terms` are the heaviest matched terms and `layers` the parts of the texts they stand in; both add up to the likeness of
    the texts. `log_odds` says what each learned layer adds to the log-odds of the engine's probability, that of the
    known answer `answer` where the fit is carried from one. `neighbours`: like programs whose labels speak for it. What
    comes on top is named: `links`, and `embedding` with what the outside layer adds.
    """
    lacking = [program for program in wanted if (kind, program, *wanted[program]) not in fits.explanations]
    for start in range(0, len(lacking), _BLOCK):
        block = lacking[start : start + _BLOCK]
        found = _explained(fits, kind, block, [wanted[program] for program in block])
        for program, own in zip(block, found, strict=True):
            fits.explanations[(kind, program, *wanted[program])] = own
    explanations = {}
    for program, targets in wanted.items():
        for target, base in zip(targets, fits.explanations[(kind, program, *targets)], strict=True):
            explanation = {**base, "layers": dict(base["layers"])}
            if fits.added:
                explanation["layers"][LAYER] = round(float(fits.added[kind][program, target]), 4)
            if kind == "occupation" and (program, target) in fits.links:
                explanation["links"] = [LINK_SOURCE]
            explanations[program, target] = explanation
    return explanations


def _explained(
    fits: Fits, kind: str, programs: Sequence[int], targets: Sequence[Sequence[int]]
) -> list[list[dict[str, Any]]]:
    engine, queries = fits.carried.engine, fits.programs.encoded.rows(programs)
    if kind == "industry":
        others, task = fits.industries.encoded, Task.GENERIC
        learned = fits.carried.reasons(queries, others, targets, INDUSTRIES)
    else:
        others, task = fits.occupations.encoded, Task.PROGRAM_OCCUPATION
        learned = [[("", one) for one in own] for own in engine.reasons(queries, others, targets, task)]
    terms = engine.explain_each(queries, others, targets, task, EXPLAINED_TERMS)
    return [
        [explained(matched, answer, why) for matched, (answer, why) in zip(*own, strict=True)]
        for own in zip(terms, learned, strict=True)
    ]


def explained(matched: Explanation, answer: str, learned: Reasons) -> dict[str, Any]:
    """An explanation as it is stored and served."""
    found: dict[str, Any] = {
        "terms": [[term, round(weight, 4)] for term, weight in matched.terms],
        "layers": {name: round(share, 4) for name, share in matched.layers.items()},
    }
    if learned.log_odds:
        found["log_odds"] = {name: round(value, 3) for name, value in learned.log_odds.items()}
    if answer:
        found["answer"] = answer
    if learned.neighbours:
        found["neighbours"] = [[label, round(cosine, 3)] for label, cosine in learned.neighbours]
    return found


def compute_fits(
    engine: Engine,
    reference: Reference,
    programs: Side,
    industries: Side,
    occupations: Side,
    postings: Side,
    outside: OutsideVectors | None = None,
) -> Fits:
    """Score all programs against all targets; official program–occupation links raise the fit of linked pairs.

    `outside`: vectors of the documents of each side, joined with the engine's scores before links.
    """
    links = tuple(
        (programs.index[f"{level}:{code}"], occupations.index[occupation])
        for level, code, occupation in reference.crosswalk.edges
        if occupation in occupations.index
    )
    catalogue = _catalogue(engine, programs.encoded, industries.encoded, occupations.encoded)
    for_postings = Carried(engine.acquainted(postings.encoded), reference, load_thesaurus())

    def heard(scores: Array, kind: str) -> Joined:
        if outside is None:
            return Joined(scores, np.zeros((0, 0)))
        sides: tuple[Vectors, Vectors] = {
            "industry": (outside.programs, outside.industries),
            "occupation": (outside.programs, outside.occupations),
            "posting": (outside.postings, outside.programs),
        }[kind]
        return join(scores, cosines(*sides), outside.share)

    industry, occupation = heard(catalogue.industry, "industry"), heard(catalogue.occupation, "occupation")
    posting = heard(for_postings.scores(postings.encoded, programs.encoded, PROGRAMS), "posting")
    return Fits(
        carried=catalogue.carried,
        explanations=catalogue.explanations,
        programs=programs,
        industries=industries,
        occupations=occupations,
        postings=postings,
        industry=industry.scores,
        occupation=with_links(occupation.scores, links, LINK_STRENGTH),
        posting=posting.scores.T,
        links=frozenset(links),
        told=np.full(len(postings.documents), -1, dtype=np.int64),
        added={} if outside is None else {"industry": industry.added, "occupation": occupation.added},
    )


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What does not change from run to run while the texts of the catalogue stay: scores before links and outside layers."""

    carried: Carried
    industry: Array
    occupation: Array
    explanations: dict[Any, list[dict[str, Any]]]


@lru_cache(maxsize=2)
def _catalogue(engine: Engine, programs: Encoded, industries: Encoded, occupations: Encoded) -> _Catalogue:
    carried = Carried(engine.acquainted(programs), load_reference(), load_thesaurus())
    industry = carried.scores(programs, industries, INDUSTRIES)
    occupation = carried.engine.scores(programs, occupations, Task.PROGRAM_OCCUPATION)
    for scores in (industry, occupation):
        scores.flags.writeable = False
    return _Catalogue(carried, industry, occupation, {})


def level_compatibility(asked: str | None, offered: str) -> float:
    """How far graduates of level `offered` answer demand for level `asked`, 0-1.

    The level asked for is the lowest that will do: the same rank counts fully, one rank higher at 0.5 (such
    graduates do take the job, but fewer will), more than one rank higher or any rank lower not at all.
    Without a level every vocational and bachelor program counts.
    """
    if asked is None:
        return 1.0
    above = Level(offered).rank - Level(asked).rank
    return {0: 1.0, 1: 0.5}.get(above, 0.0)
