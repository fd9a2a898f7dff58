"""Fits of a run: programs against industries, occupations and postings, and demand cells against programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.documents import Document, Task
from app.matching.encoding import Encoded
from app.matching.engine import Engine
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
class Listed:
    """The documents of one side of a fit, in the order of its scores: row or column i is document i."""

    documents: tuple[Document, ...]
    index: dict[str, int]


@dataclass(frozen=True, slots=True)
class Side(Listed):
    """One side of a fit with what the engine made of the documents."""

    encoded: Encoded


def side(engine: Engine, documents: Sequence[Document]) -> Side:
    return Side(tuple(documents), {d.id: i for i, d in enumerate(documents)}, engine.encode(documents))


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
    engine: Engine
    """The engine that has learnt which words all programs share."""

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
        )


def explain_fits(fits: Fits, kind: str, program: int, targets: Sequence[int]) -> list[dict[str, Any]]:
    """Why a program fits industries or occupations: the heaviest matched terms, and layers that add up to the score.

    The layer `class` is what the program's class brings, `link` what the official program–occupation link brings.
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
        rest = round(float(getattr(fits, kind)[program, target]) - own * why.lexical, 4)
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
    engine: Engine, reference: Reference, programs: Side, industries: Side, occupations: Side, postings: Side
) -> Fits:
    """Score all programs against all targets; official program–occupation links raise the fit of linked pairs."""
    links = tuple(
        (programs.index[f"{level}:{code}"], occupations.index[occupation])
        for level, code, occupation in reference.crosswalk.edges
        if occupation in occupations.index
    )
    for_programs = engine.acquainted(programs.encoded)
    for_postings = engine.acquainted(postings.encoded) if postings.documents else engine
    return Fits(
        engine=for_programs,
        programs=programs,
        industries=industries,
        occupations=occupations,
        postings=postings,
        industry=smooth_by_group(
            for_programs.scores(programs.encoded, industries.encoded, Task.PROGRAM_INDUSTRY),
            [f"{p.level}:{p.class_code}" for p in reference.programs],
            CLASS_SHARE,
        ),
        occupation=with_links(
            for_programs.scores(programs.encoded, occupations.encoded, Task.PROGRAM_OCCUPATION),
            links,
            LINK_STRENGTH,
        ),
        posting=for_postings.scores(postings.encoded, programs.encoded, Task.POSTING_CLASS).T
        if postings.documents
        else np.zeros((len(programs.documents), 0)),
        links=frozenset(links),
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
