"""What a model outside the engine says of a pair, joined with the engine's score on the scale of log-odds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.matching.engine import Match

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
LAYER: Final = "embedding"
"""Name of the layer in explanations, answers and versions."""

_FARTHEST: Final = 4.0
"""Standard deviations beyond which a cosine says no more: one odd candidate shall not decide alone."""
_LEVEL: Final = 1e-4
"""Spread of cosines below which they are all alike: rounding is not an opinion."""
_FLOOR: Final = 0.01
"""Where a pair without a common term starts when the outside speaks for it (assumption)."""


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """`scores` (queries, candidates) in [0, 1], and of them `added` by the outside (−1 to 1): the layer's contribution."""

    scores: Floats
    added: Floats


@dataclass(frozen=True, slots=True, eq=False)
class OutsideVectors:
    """What an outside model made of the documents of a run: unit vectors, row i for document i; zero means unknown.

    `share`: how much the layer counts, 0 to 1.
    """

    programs: Vectors
    industries: Vectors
    occupations: Vectors
    postings: Vectors
    share: float


def cosines(queries: Vectors, candidates: Vectors) -> Floats:
    """Cosine of unit vectors (queries, n) and (candidates, n), shape (queries, candidates).

    A row of zeros stands for a text of which nothing is known: its cosines are NaN.
    """
    if not queries.size or not candidates.size:
        return np.full((len(queries), len(candidates)), np.nan)
    found = (queries @ candidates.T).astype(np.float64)
    found[~queries.any(axis=1)] = np.nan
    found[:, ~candidates.any(axis=1)] = np.nan
    return found


def join(scores: Floats, outside: Floats, share: float) -> Joined:
    """Scores (queries, candidates) in [0, 1] joined with cosines of that shape, `share` 0 to 1.

    Models differ in where their cosines lie, so each is taken as standard deviations above its query's mean, at
    most 4, and `share` times that is added to the log-odds of the score (pooling of log-odds, Genest & Zidek 1986):
    the typical candidate keeps its score, whatever the model. A pair on which the engine is silent starts from odds
    of 1 : 99 if the outside speaks for it and stays at 0 otherwise. Rises with the score and with the cosine.
    A cosine that is not finite adds nothing. With `share` 0 the scores are those given, bit for bit.
    """
    if scores.shape != outside.shape:
        raise InvalidInputError(
            f"得分与向量相似度的形状不同：{scores.shape} 与 {outside.shape}", remedy="请给出同样的查询与候选"
        )
    if not 0.0 <= share <= 1.0:
        raise InvalidInputError(f"参数 share 应在 0 与 1 之间，现为 {share}")
    if share == 0.0 or not scores.size:
        return Joined(scores, np.zeros(scores.shape))
    shift = share * _standard(outside)
    odds = np.exp(shift)
    floor = np.where(shift > 0, _FLOOR, 0.0)
    start = floor + (1.0 - floor) * scores
    raised = start * odds / (1.0 - start + start * odds)
    joined = np.where(shift == 0, scores, np.clip((raised - floor) / (1.0 - floor), 0.0, 1.0))
    return Joined(joined, joined - scores)


def rejoin(
    matches: Sequence[Match], candidates: Sequence[str], outside: Floats, share: float, top: int
) -> list[Match]:
    """The `top` best of a whole ranking once the outside has spoken; ties keep the ranking's order.

    `matches`: all that the engine ranked for one query; `outside` (candidates,): the query's cosines with the
    candidates of the codes `candidates`. Of a code in several wordings the best cosine counts.
    """
    if not matches:
        return []
    best: dict[str, float] = {}
    for code, cosine in zip(candidates, outside.tolist(), strict=True):
        best[code] = np.fmax(cosine, best.get(code, np.nan))
    given = np.array([[match.score for match in matches]])
    scores = join(given, np.array([[best[match.code] for match in matches]]), share).scores[0]
    order = np.argsort(-scores, kind="stable")[:top]
    return [replace(matches[place], score=float(scores[place])) for place in order]


def _standard(outside: Floats) -> Floats:
    """Standard scores by row, 0 where nothing finite is known or all cosines are alike."""
    known = np.isfinite(outside)
    values = np.clip(np.where(known, outside, 0.0), -1.0, 1.0)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = values.sum(axis=1, keepdims=True) / count
    off = np.where(known, values - mean, 0.0)
    spread = np.sqrt((off**2).sum(axis=1, keepdims=True) / count)
    return np.clip(off / np.where(spread > _LEVEL, spread, np.inf), -_FARTHEST, _FARTHEST)
