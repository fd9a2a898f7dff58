"""Why a score is what it is: the matched terms, with weights that add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.matching.encoding import Encoded, Kind
from app.matching.index import Index
from app.matching.recipes import Layer
from app.matching.rows import Rows

_LONGEST_RUN: Final = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of one score, all in units of the score (0 to 1).

    `layers`: share of each layer, adding up to `lexical`. `terms`: the matched terms that count most,
    heaviest first; with `rest`, the weight of all others, they add up to `lexical` as well. Without links
    or calibration `score` equals `lexical`.
    """

    score: float
    lexical: float
    layers: dict[str, float]
    terms: tuple[tuple[str, float], ...]
    rest: float


def asked_of(sources: Sequence[Rows], row: int) -> list[NDArray[np.float64]]:
    """Document number `row` of `Index.sources` as a dense row (terms,) per layer."""
    rows = []
    for source in sources:
        own = slice(source.starts[row], source.starts[row + 1])
        dense = np.zeros(source.width)
        dense[source.columns[own]] = source.data[own]
        rows.append(dense)
    return rows


def explain(
    index: Index,
    asked: Sequence[NDArray[np.float64]],
    candidates: Encoded,
    targets: Sequence[int],
    top: int,
) -> list[Explanation]:
    """Take apart the scores of one document against some candidates; `asked`: its row (terms,) in each layer, see `asked_of`."""
    layers: list[dict[str, float]] = [{} for _ in targets]
    numbers: dict[str, int] = {}
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]] = []
    for layer, own, matrix in zip(index.recipe.layers, asked, index.targets, strict=True):
        rows = [slice(matrix.indptr[target], matrix.indptr[target + 1]) for target in targets]
        columns = np.concatenate([matrix.indices[row] for row in rows])
        values = layer.share * own[columns] * np.concatenate([matrix.data[row] for row in rows])
        owners = np.repeat(np.arange(len(rows)), [row.stop - row.start for row in rows])
        for place, total in enumerate(np.bincount(owners, weights=values, minlength=len(rows)).tolist()):
            layers[place][layer.name] = layers[place].get(layer.name, 0.0) + total
        matched = np.flatnonzero(values)
        used, terms = np.unique(columns[matched], return_inverse=True)
        names = _names(index, layer, candidates, used)
        number = np.array([numbers.setdefault(name, len(numbers)) for name, _ in names], dtype=np.int64)
        is_word = np.array([is_word for _, is_word in names], dtype=bool)
        found.append((owners[matched], number[terms], values[matched], is_word[terms]))
    owner, term, value, as_word = (np.concatenate(parts) for parts in zip(*found, strict=True))
    shape, places = (len(targets), len(numbers)), owner * len(numbers) + term
    weights = np.bincount(places, value, shape[0] * shape[1]).reshape(shape)
    spelt = np.bincount(places, as_word, shape[0] * shape[1]).reshape(shape) > 0
    listed = np.array(list(numbers), dtype=object)
    explained = []
    for shares, row, words in zip(layers, weights, spelt, strict=True):
        terms = np.flatnonzero(row)
        weighed = dict(zip(listed[terms].tolist(), row[terms].tolist(), strict=True))
        explained.append(_explanation(shares, weighed, set(listed[words].tolist()), top))
    return explained


def _names(
    index: Index, layer: Layer, candidates: Encoded, columns: NDArray[np.int64]
) -> list[tuple[str, bool]]:
    """The terms that columns of a layer stand for, and whether they are words."""
    ends = np.cumsum([len(index.keys[kind]) for kind, _ in layer.kinds])
    names = []
    for column, block in zip(columns.tolist(), np.searchsorted(ends, columns, "right").tolist(), strict=True):
        kind = layer.kinds[block][0]
        start = int(ends[block - 1]) if block else 0
        names.append((candidates.counts[kind].name(column - start), kind is Kind.WORDS))
    return names


def _explanation(
    layers: dict[str, float], weights: dict[str, float], words: set[str], top: int
) -> Explanation:
    lexical = sum(layers.values())
    readable = _readable(weights, words)
    shown = tuple(sorted(readable.items(), key=lambda item: (-item[1], item[0]))[:top])
    return Explanation(
        lexical, lexical, layers, shown, max(lexical - sum(weight for _, weight in shown), 0.0)
    )


def _readable(weights: dict[str, float], words: set[str]) -> dict[str, float]:
    """Give what runs of characters weigh to the matched terms they are pieces of, so that words are read.

    A run inside a word goes to the word, a run across the border of two words to both, any other run to a
    longer run that contains it; of several, to the one that weighs most.
    """
    runs = [sorted(term for term in weights if term not in words and len(term) == size) for size in (2, 3)]
    inside: dict[str, str] = {}
    ends: dict[str, str] = {}
    starts: dict[str, str] = {}
    for level in (*runs, words):
        for term in sorted(level, key=lambda term: (weights[term], term)):
            inside.update(dict.fromkeys(_runs(term), term))
            if level is words:
                for size in range(1, min(_LONGEST_RUN, len(term)) + 1):
                    ends[term[-size:]] = starts[term[:size]] = term
    readable: dict[str, float] = {}
    for term, weight in weights.items():
        holders = _holders(term, words, inside, ends, starts)
        for holder in holders:
            readable[holder] = readable.get(holder, 0.0) + weight / len(holders)
    return readable


@lru_cache(maxsize=20_000)
def _runs(term: str) -> tuple[str, ...]:
    """The runs of one to three characters of a term."""
    sizes = range(1, min(_LONGEST_RUN, len(term)) + 1)
    return tuple(term[start : start + size] for size in sizes for start in range(len(term) - size + 1))


def _holders(
    term: str, words: set[str], inside: dict[str, str], ends: dict[str, str], starts: dict[str, str]
) -> tuple[str, ...]:
    while term not in words:
        for border in range(1, len(term)):
            if term[:border] in ends and term[border:] in starts and inside[term] not in words:
                return ends[term[:border]], starts[term[border:]]
        holder = inside.get(term, term)
        if holder == term:
            break
        term = holder
    return (term,)
