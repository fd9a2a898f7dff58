"""How much each layer counts for each task. Chosen on half of the classes, checked on the other half."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.matching.documents import Task
from app.matching.encoding import Kind


class Part(StrEnum):
    """Which part of a document a layer reads."""

    TITLE = "title"
    WHOLE = "whole"


class Rarity(StrEnum):
    """How the rarity of a term (smooth inverse document frequency, idf = ln((1+N)/(1+df)) + 1) enters.

    UNION: idf over candidates and background together, in the source and in the target.
    PRODUCT: idf over the candidates times idf over the background, in the source alone: what is common on
    either side is worth little, however rare it is on the other.
    """

    UNION = "union"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Layer:
    """One cosine: the parts it compares, the weight of each kind of term in it, its share of the score.

    `pivot` in (0, 1]: 1 divides by the length of the target; less favours targets described at length
    (pivoted length normalisation, Singhal, Buckley and Mitra 1996, with the mean length as pivot).
    """

    name: str
    share: float
    source: Part
    target: Part
    kinds: tuple[tuple[Kind, float], ...]
    pivot: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """The layers of one task, shares adding up to 1. A word in a title counts `title_weight` times."""

    layers: tuple[Layer, ...]
    rarity: Rarity
    title_weight: float = 2.0


_W, _1, _2, _3 = Kind.WORDS, Kind.SINGLES, Kind.PAIRS, Kind.TRIPLES
_T, _A = Part.TITLE, Part.WHOLE

_BALANCED = Recipe(
    (
        Layer("words", 0.50, _A, _A, ((_W, 1.0),)),
        Layer("characters", 0.28, _A, _A, ((_2, 1.0),)),
        Layer("source_title", 0.12, _T, _A, ((_W, 1.0), (_1, 0.5))),
        Layer("target_title", 0.10, _A, _T, ((_W, 1.0), (_2, 1.0))),
    ),
    Rarity.PRODUCT,
)
_NAMES = Recipe(
    (
        Layer("words", 0.15, _A, _A, ((_W, 1.0),)),
        Layer("characters", 0.85, _A, _A, ((_1, 1.0), (_2, 1.0))),
    ),
    Rarity.UNION,
)
_SCOPE = Recipe(
    (
        Layer("words", 0.3, _A, _A, ((_W, 1.0),), pivot=0.8),
        Layer("characters", 0.7, _A, _A, ((_1, 0.5), (_2, 1.0), (_3, 0.5)), pivot=0.8),
    ),
    Rarity.PRODUCT,
)

RECIPES: Final[Mapping[Task, Recipe]] = {
    Task.PROGRAM_OCCUPATION: _BALANCED,
    Task.PROGRAM_INDUSTRY: _BALANCED,
    Task.POSTING_CLASS: _NAMES,
    Task.SCOPE_INDUSTRY: _SCOPE,
    Task.TITLE_TITLE: _NAMES,
    Task.DUTY_CLASS: _NAMES,
    Task.GENERIC: _BALANCED,
}
