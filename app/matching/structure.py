"""What official links between sources and targets add to a score."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.errors import InvalidInputError

Floats = NDArray[np.float64]


def with_links(scores: Floats, edges: Sequence[tuple[int, int]], strength: float) -> Floats:
    """Scores (n_p, n_t) in [0, 1] with linked cells raised by noisy-or: 1 − (1 − s)(1 − strength).

    `edges` are (row, column) pairs; a pair given twice counts once. Returns a new array. Text and official
    link are taken as two independent causes of a fit (noisy-or, Pearl 1988).
    """
    _check_share("strength", strength)
    raised = scores.copy()
    if edges:
        rows, columns = _unique(edges, scores.shape)
        raised[rows, columns] = 1.0 - (1.0 - raised[rows, columns]) * (1.0 - strength)
    return raised


def carry(known: Floats, belonging: csr_array, likeness: Floats, least: float) -> Floats:
    """Scores (n, targets) of targets without labels of their own, carried from the known answers they belong to.

    `known` (n, answers) in [0, 1]; `belonging` (answers, targets) in (0, 1] where a target belongs to an answer;
    `likeness` (n, targets) ≥ 0 tells targets of one answer apart: the likest has the whole score of the answer, one without any
    likeness `least` of it. Of several answers the best counts. What belongs to none has half its likeness.
    """
    _check_share("least", least)
    scores = np.zeros_like(likeness)
    entries = csr_array(belonging)
    members, sizes = entries.indices, np.diff(entries.indptr)
    if len(members):
        answers = np.repeat(np.arange(len(sizes)), sizes)
        own = likeness[:, members]
        best = np.repeat(
            np.maximum.reduceat(own, entries.indptr[:-1][sizes > 0], axis=1), sizes[sizes > 0], axis=1
        )
        near = own / np.where(best > 0, best, 1.0)
        carried = known[:, answers] * entries.data * (least + (1.0 - least) * near)
        order = np.argsort(members, kind="stable")
        reached, starts = np.unique(members[order], return_index=True)
        scores[:, reached] = np.maximum.reduceat(carried[:, order], starts, axis=1)
    alone = np.bincount(members, minlength=likeness.shape[1]) == 0
    scores[:, alone] = 0.5 * likeness[:, alone]
    return np.clip(scores, 0.0, 1.0)


def _unique(
    edges: Sequence[tuple[int, int]], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = np.unique(np.asarray(edges, dtype=np.int64).reshape(-1, 2), axis=0)
    if (pairs < 0).any() or (pairs >= np.asarray(shape)).any():
        raise InvalidInputError("关联边超出了得分矩阵的范围", remedy="请检查边的行号与列号")
    return pairs[:, 0], pairs[:, 1]


def _check_share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise InvalidInputError(f"参数 {name} 应在 0 与 1 之间，现为 {value}")
