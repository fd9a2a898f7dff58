"""Fits of a run: programs against industries, occupations and postings, and demand cells against programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.documents import Document, Task
from app.matching.encoding import Encoded
from app.matching.engine import Engine
from app.matching.outside import LAYER, Joined, OutsideVectors, Vectors, cosines, join
from app.matching.structure import smooth_by_group, with_links
from app.reference import Reference
from app.reference.levels import Level

LINK_STRENGTH = 0.6
"""Fit that an official program–occupation link alone is worth: 职业信息与…专业信息对应指引(2023)."""
LINK_SOURCE = "职业信息与教育培训项目（专业）信息对应指引（2023版）"
CLASS_SHARE = 0.4
"""How far the fit of a program with an industry is that of its class."""
EXPLAINED_TERMS = 6
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a fit: the documents and what the engine made of them. Row i of a score is document i."""

    documents: tuple[Document, ...]
    encoded: Encoded
    index: dict[str, int]


def side(engine: Engine, documents: Sequence[Document]) -> Side:
    return Side(tuple(documents), engine.encode(documents), {d.id: i for i, d in enumerate(documents)})


@dataclass(frozen=True, slots=True)
class Fits:
    """Scores 0-1 of every catalogue program (rows) against each kind of target (columns)."""

    engine: Engine
    """The engine that has learnt which words all programs share."""
    programs: Side
    industries: Side
    occupations: Side
    postings: Side
    industry: Array
    occupation: Array
    posting: Array
    links: frozenset[tuple[int, int]]
    """Crosswalk edges as (program row, occupation column)."""
    added: Mapping[str, Array] = field(default_factory=dict)
    """What an outside layer added to the engine's scores of `industry` and `occupation`; empty without one."""

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


def explain_fits(fits: Fits, kind: str, program: int, targets: Sequence[int]) -> list[dict[str, Any]]:
    """Why a program fits industries or occupations: the heaviest matched terms, and layers that add up to the score.

    The layer `class` is what the program's class brings, `link` what the official program–occupation link brings,
    `embedding` what the outside layer adds, where there is one.
    """
    side_, task = (
        (fits.industries, Task.PROGRAM_INDUSTRY)
        if kind == "industry"
        else (fits.occupations, Task.PROGRAM_OCCUPATION)
    )
    own = 1.0 - CLASS_SHARE if kind == "industry" else 1.0
    reasons = fits.engine.explain_each(
        fits.programs.encoded, program, side_.encoded, targets, task, EXPLAINED_TERMS
    )
    explanations = []
    for target, why in zip(targets, reasons, strict=True):
        linked = kind == "occupation" and (program, target) in fits.links
        layers = {name: round(own * share, 4) for name, share in why.layers.items()}
        outside = own * float(fits.added[kind][program, target]) if fits.added else 0.0
        if fits.added:
            layers[LAYER] = round(outside, 4)
        rest = round(float(getattr(fits, kind)[program, target]) - own * why.lexical - outside, 4)
        if kind == "industry":
            layers["class"] = rest
        elif linked:
            layers["link"] = rest
        explanation: dict[str, Any] = {
            "terms": [[term, round(own * weight, 4)] for term, weight in why.terms],
            "layers": layers,
        }
        if linked:
            explanation["links"] = [LINK_SOURCE]
        explanations.append(explanation)
    return explanations


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

    `outside`: vectors of the documents of each side, joined with the engine's scores before class and links.
    """
    links = tuple(
        (programs.index[f"{level}:{code}"], occupations.index[occupation])
        for level, code, occupation in reference.crosswalk.edges
        if occupation in occupations.index
    )
    for_programs = engine.acquainted(programs.encoded)
    for_postings = engine.acquainted(postings.encoded) if postings.documents else engine

    def heard(scores: Array, kind: str) -> Joined:
        if outside is None:
            return Joined(scores, np.zeros((0, 0)))
        sides: tuple[Vectors, Vectors] = {
            "industry": (outside.programs, outside.industries),
            "occupation": (outside.programs, outside.occupations),
            "posting": (outside.postings, outside.programs),
        }[kind]
        return join(scores, cosines(*sides), outside.share)

    industry = heard(
        for_programs.scores(programs.encoded, industries.encoded, Task.PROGRAM_INDUSTRY), "industry"
    )
    occupation = heard(
        for_programs.scores(programs.encoded, occupations.encoded, Task.PROGRAM_OCCUPATION), "occupation"
    )
    return Fits(
        engine=for_programs,
        programs=programs,
        industries=industries,
        occupations=occupations,
        postings=postings,
        industry=smooth_by_group(
            industry.scores,
            [f"{p.level}:{p.class_code}" for p in reference.programs],
            CLASS_SHARE,
        ),
        occupation=with_links(occupation.scores, links, LINK_STRENGTH),
        posting=heard(
            for_postings.scores(postings.encoded, programs.encoded, Task.POSTING_CLASS), "posting"
        ).scores.T
        if postings.documents
        else np.zeros((len(programs.documents), 0)),
        links=frozenset(links),
        added={} if outside is None else {"industry": industry.added, "occupation": occupation.added},
    )


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
