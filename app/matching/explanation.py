"""Why a score is what it is: the matched terms, with weights that add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.matching.encoding import Encoded, Kind
from app.matching.index import Index

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


def asked_of(sources: Sequence[csr_array]) -> list[NDArray[np.float64]]:
    """The one document of `Index.sources` as a dense row (terms,) per layer."""
    rows = []
    for source in sources:
        row = np.zeros(source.shape[1])
        row[source.indices] = source.data
        rows.append(row)
    return rows


def explain(
    index: Index, asked: Sequence[NDArray[np.float64]], candidates: Encoded, target: int, top: int
) -> Explanation:
    """Take apart the score of one document against one candidate; `asked`: its row (terms,) in each layer, see `asked_of`."""
    layers: dict[str, float] = {}
    weights: dict[str, float] = {}
    words: set[str] = set()
    for layer, own, targets in zip(index.recipe.layers, asked, index.targets, strict=True):
        row = slice(targets.indptr[target], targets.indptr[target + 1])
        columns = targets.indices[row]
        values = own[columns] * targets.data[row]
        matched = np.flatnonzero(values)
        layers[layer.name] = layers.get(layer.name, 0.0) + layer.share * float(values.sum())
        ends = np.cumsum([len(index.keys[kind]) for kind, _ in layer.kinds])
        for column, value in zip(columns[matched].tolist(), values[matched].tolist(), strict=True):
            block = int(np.searchsorted(ends, column, side="right"))
            kind = layer.kinds[block][0]
            start = int(ends[block - 1]) if block else 0
            term = candidates.counts[kind].name(int(column) - start)
            weights[term] = weights.get(term, 0.0) + layer.share * float(value)
            if kind is Kind.WORDS:
                words.add(term)
    lexical = sum(layers.values())
    ranked = sorted(_readable(weights, words).items(), key=lambda item: (-item[1], item[0]))
    shown = tuple(ranked[:top])
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
            for size in range(1, min(_LONGEST_RUN, len(term)) + 1):
                inside.update((term[start : start + size], term) for start in range(len(term) - size + 1))
                if level is words:
                    ends[term[-size:]] = starts[term[:size]] = term
    readable: dict[str, float] = {}
    for term, weight in weights.items():
        holders = _holders(term, words, inside, ends, starts)
        for holder in holders:
            readable[holder] = readable.get(holder, 0.0) + weight / len(holders)
    return readable


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
