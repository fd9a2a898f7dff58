"""What a row means by a code or a name: one answer with its score, how it was found, and what else it might be.

A guess at or above ACCEPT is used, and noted beside the row; one below goes to review, never into the data.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from app.ingest.fault import RowFault
from app.ingest.schema import Cells, Note

ACCEPT = 0.9
"""Score from which a guess is used."""
WORTH_SHOWING = 0.65
"""Similarity from which a name is put before a reviewer as what may be meant."""
MARGIN = 0.08
"""How far the best of several similar names must stand before the next to be taken without a person's word."""
MOST_SHOWN = 5
LONGEST = 500
"""Characters; a longer text names nothing, and what was found for it is not worth keeping."""
_LONGEST = 60
"""Characters; nothing of an official table is longer, and similarity takes time with the square of it."""


class How(StrEnum):
    """How an answer was found; the value is stored and stable, the label is for people."""

    CODE = "code"
    NAME = "name"
    KNOWN_NAME = "known_name"
    FORMER_NAME = "former_name"
    CODE_ONLY = "code_only"
    ZERO = "leading_zero"
    VARIANT = "variant"
    BRACKETED = "bracketed"
    PART = "part"
    SIMILAR = "similar"
    CATEGORY = "category"
    SEVERAL = "several"
    CONFLICT = "conflict"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    How.CODE: "代码",
    How.NAME: "名称",
    How.KNOWN_NAME: "简称、别名",
    How.FORMER_NAME: "原名",
    How.CODE_ONLY: "依代码，名称不认得",
    How.ZERO: "代码，补上开头的 0",
    How.VARIANT: "写法略有不同",
    How.BRACKETED: "去掉括号中的说明",
    How.PART: "名称中的一部分",
    How.SIMILAR: "名称相近",
    How.CATEGORY: "是类，不是其中一个",
    How.SEVERAL: "对应多个",
    How.CONFLICT: "代码与名称不符",
    How.NOTHING: "没有找到",
}

SCORES: Mapping[How, float] = MappingProxyType(
    {
        How.CODE: 1.0,
        How.NAME: 1.0,
        How.KNOWN_NAME: 1.0,
        How.FORMER_NAME: 0.98,
        How.ZERO: 0.98,
        How.BRACKETED: 0.97,
        How.VARIANT: 0.95,
        How.CODE_ONLY: 0.95,
        How.PART: 0.95,
    }
)
"""How sure an answer is that was found so; set by judgement: what is in a table is certain, what leaves words out is not."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """What else, or perhaps, is meant; score 0–1."""

    code: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer: a code with a score 0–1 (1: certain), or none with what may be meant, best first."""

    code: str | None
    score: float
    how: How
    alternatives: tuple[Alternative, ...] = ()
    name: str = ""
    """The official name behind the code."""

    @property
    def usable(self) -> bool:
        return self.code is not None and self.score >= ACCEPT


NOTHING = Resolution(None, 0.0, How.NOTHING)


class Entry(Protocol):
    """An entry of any table."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Name:
    """A name that may be meant, with the code it stands for."""

    code: str
    name: str


def similarity(one: str, other: str) -> float:
    """0–1: the mean of matching characters in order (Ratcliff–Obershelp) and of shared pairs of characters (Dice)."""
    if one == other:
        return 1.0
    if not one or not other or max(len(one), len(other)) > _LONGEST:
        return 0.0
    return (SequenceMatcher(None, one, other, autojunk=False).ratio() + _dice(_pairs(one), _pairs(other))) / 2


def _pairs(text: str) -> frozenset[str]:
    return frozenset(a + b for a, b in itertools.pairwise(text))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


class NameIndex:
    """Names of one table, for the search of those that a text resembles."""

    def __init__(self, names: Iterable[Name], key: Callable[[str], str]) -> None:
        self._key = key
        self._entries = [(entry, key(entry.name)) for entry in names]
        self._bags = [_pairs(text) for _, text in self._entries]

    def similar(self, text: str) -> tuple[Alternative, ...]:
        """Names that resemble a text, best first, each code once."""
        wanted = self._key(text)
        if len(wanted) < 2 or len(wanted) > _LONGEST:
            return ()
        bag = _pairs(wanted)
        # Dice is cheap and bounds the mean: the dear comparison is for the few that can still pass.
        worth = [i for i, other in enumerate(self._bags) if _dice(bag, other) >= 2 * WORTH_SHOWING - 1]
        found: dict[str, Alternative] = {}
        for i in worth:
            entry, key = self._entries[i]
            score = round(similarity(wanted, key), 3)
            if score >= WORTH_SHOWING and (entry.code not in found or found[entry.code].score < score):
                found[entry.code] = Alternative(entry.code, entry.name, score)
        ranked = sorted(found.values(), key=lambda a: (-a.score, a.code))
        return tuple(ranked[:MOST_SHOWN])


def guess(alternatives: Sequence[Alternative]) -> Resolution:
    """The answer that similar names give: the best one, unless another is nearly as good."""
    if not alternatives:
        return NOTHING
    best = alternatives[0]
    score = min(best.score, 0.99)
    if len(alternatives) > 1 and best.score - alternatives[1].score < MARGIN:
        score = min(score, ACCEPT - 0.01)
    return Resolution(best.code, score, How.SIMILAR, tuple(alternatives), best.name)


def found_by(how: How, entry: Entry) -> Resolution:
    """The answer found so, as sure as such answers are."""
    return Resolution(entry.code, SCORES[how], how, (), entry.name)


def several(how: How, names: Iterable[Entry], score: float = 0.5) -> Resolution:
    """No single answer: each of these may be meant."""
    shown = tuple(Alternative(entry.code, entry.name, score) for entry in list(names)[:MOST_SHOWN])
    return Resolution(None, 0.0, how, shown)


def settled(found: Resolution, cells: Cells, column: str, given: str, unknown: Callable[[], RowFault]) -> str:
    """The code to use, noted where it is not certain. Raises RowFault: needs_review with what may be meant, or the one
    that `unknown` makes where nothing comes near.
    """
    if found.usable and found.code is not None:
        noted(found, cells, column, given)
        return found.code
    if not found.alternatives:
        raise unknown()
    raise RowFault(
        "needs_review",
        f"“{given}”不能确定是哪一个（{found.how.label}）",
        f"可能是：{candidates(found)}；请改填其中一个的代码或全名后重新提交",
        cells.title(column),
        given,
    )


def noted(found: Resolution, cells: Cells, column: str, given: str) -> None:
    """Note an answer beside the row, unless it is certain."""
    if found.score < 1.0:
        code = found.code or ""
        cells.note(Note(cells.title(column), given, code, found.name, found.score, found.how.value))


def candidates(found: Resolution) -> str:
    """What may be meant, with code and score, for messages."""
    return "、".join(f"{a.name} {a.code}（{a.score:.2f}）" for a in found.alternatives)


def weakened(found: Resolution, most: float) -> Resolution:
    """The same answer with a score of at most `most`."""
    return replace(found, score=min(found.score, most))
