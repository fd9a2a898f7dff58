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
    LEAD = "lead"
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
    """The layers of one task, shares adding up to 1. In a whole document,
    a word of the title counts `title_weight` times and one of the lead `lead_weight` times more. A term that occurs
    tf times counts 1 + ln tf, or tf to the `power`: where both sides are written to one pattern, what they repeat
    is what they are about.
    """

    layers: tuple[Layer, ...]
    rarity: Rarity
    title_weight: float = 2.0
    lead_weight: float = 0.0
    power: float | None = None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of terms that any layer uses."""
        used = {kind for layer in self.layers for kind, _ in layer.kinds}
        return tuple(kind for kind in Kind if kind in used)


_WORDS: Final = ((Kind.WORDS, 1.0),)
_PAIRS: Final = ((Kind.PAIRS, 1.0),)
_SINGLES: Final = ((Kind.SINGLES, 1.0),)
_CHARACTERS: Final = ((Kind.SINGLES, 1.0), (Kind.PAIRS, 1.0))
_EVERYTHING: Final = (*_WORDS, *_CHARACTERS)
_TITLE, _LEAD, _WHOLE = Part.TITLE, Part.LEAD, Part.WHOLE

# Long texts on both sides: words carry the meaning, and what both do for work says most.
_PROFILES = Recipe(
    (
        Layer("words", 0.40, _WHOLE, _WHOLE, _WORDS),
        Layer("characters", 0.15, _WHOLE, _WHOLE, _PAIRS),
        Layer("source_title", 0.15, _TITLE, _WHOLE, _EVERYTHING),
        Layer("source_lead", 0.15, _LEAD, _WHOLE, _WORDS),
        Layer("target_title", 0.10, _WHOLE, _TITLE, _EVERYTHING),
        Layer("target_lead", 0.05, _WHOLE, _LEAD, _WORDS),
    ),
    Rarity.PRODUCT,
    power=0.7,
)
# Anything against anything: single characters keep short names comparable (医药 with 医疗保健).
_GENERIC = Recipe(
    (
        Layer("words", 0.40, _WHOLE, _WHOLE, _WORDS),
        Layer("characters", 0.35, _WHOLE, _WHOLE, _CHARACTERS),
        Layer("source_title", 0.10, _TITLE, _WHOLE, _CHARACTERS),
        Layer("target_title", 0.15, _WHOLE, _TITLE, _CHARACTERS),
    ),
    Rarity.PRODUCT,
)
# Targets are lists of names: the characters names are built of meet more often than whole words do.
_NAMES = Recipe(
    (
        Layer("words", 0.15, _WHOLE, _WHOLE, _WORDS, pivot=0.8),
        Layer("characters", 0.75, _WHOLE, _WHOLE, _CHARACTERS, pivot=0.8),
        Layer("single_characters", 0.10, _WHOLE, _WHOLE, _SINGLES, pivot=0.8),
    ),
    Rarity.UNION,
    title_weight=4.0,
)
_DUTIES = Recipe(
    (
        Layer("words", 0.25, _WHOLE, _WHOLE, _WORDS, pivot=0.8),
        Layer("characters", 0.75, _WHOLE, _WHOLE, _CHARACTERS, pivot=0.8),
    ),
    Rarity.UNION,
    title_weight=4.0,
)
_TITLES = Recipe(
    (
        Layer("words", 0.25, _WHOLE, _WHOLE, _WORDS),
        Layer("characters", 0.40, _WHOLE, _WHOLE, _CHARACTERS),
        Layer("single_characters", 0.35, _WHOLE, _WHOLE, _SINGLES),
    ),
    Rarity.UNION,
)
# A business scope opens with the main business and ends with what every enterprise may do.
_SCOPES = Recipe(
    (
        Layer("words", 0.10, _WHOLE, _WHOLE, _WORDS, pivot=0.8),
        Layer("characters", 0.40, _WHOLE, _WHOLE, _CHARACTERS, pivot=0.8),
        Layer("source_lead", 0.30, _LEAD, _WHOLE, _WORDS, pivot=0.8),
        Layer("target_title", 0.20, _WHOLE, _TITLE, _CHARACTERS, pivot=0.8),
    ),
    Rarity.PRODUCT,
    lead_weight=8.0,
)

RECIPES: Final[Mapping[Task, Recipe]] = {
    Task.PROGRAM_OCCUPATION: _PROFILES,
    Task.PROGRAM_INDUSTRY: _GENERIC,
    Task.POSTING_CLASS: _NAMES,
    Task.SCOPE_INDUSTRY: _SCOPES,
    Task.TITLE_TITLE: _TITLES,
    Task.DUTY_CLASS: _DUTIES,
    Task.GENERIC: _GENERIC,
}
