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


def smooth_by_group(scores: Floats, groups: Sequence[str], share: float) -> Floats:
    """Scores (n_p, n_t) drawn towards the mean of their group: (1 − share)·s + share·mean of the rows alike.

    Rows of one group (a program class at one level) train for neighbouring fields; a short name that happens to
    share a word with a target, or not to, then decides less (shrinkage towards the group mean, James and Stein
    1961). Returns a new array in the range of the old.
    """
    _check_share("share", share)
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    smoothed = scores.copy()
    for rows in members.values():
        smoothed[rows] = (1.0 - share) * scores[rows] + share * scores[rows].mean(axis=0)
    return smoothed


def propagate_links(
    scores: Floats,
    similarity: Floats,
    edges: Sequence[tuple[int, int]],
    strength: float,
    neighbours: int = 8,
) -> Floats:
    """Scores (n_p, n_t) raised by links of similar rows: what a row's neighbours are linked to, it may fit.

    `similarity` (n_p, n_p) in [0, 1]; a row is never its own neighbour, so its own links are not used. The
    vote for a cell is the similarity-weighted share of the `neighbours` most similar linked rows that have
    the link, times the similarity of the nearest of them; it enters by noisy-or with `strength`. Returns a
    new array (k-nearest-neighbour label propagation).
    """
    _check_share("strength", strength)
    if similarity.shape != (scores.shape[0], scores.shape[0]):
        raise InvalidInputError(
            "相似度矩阵与得分矩阵的行数不一致", remedy="请给出每个来源之间的相似度，形状为（行数，行数）"
        )
    if not edges or neighbours < 1:
        return scores.copy()
    rows, columns = _unique(edges, scores.shape)
    links = csr_array((np.ones(len(rows)), (rows, columns)), shape=scores.shape)
    linked = np.diff(links.indptr) > 0
    near = np.where(linked[None, :], similarity, 0.0)
    np.fill_diagonal(near, 0.0)
    order = np.argsort(-near, axis=1, kind="stable")[:, :neighbours]
    kept = np.zeros_like(near)
    np.put_along_axis(kept, order, np.take_along_axis(near, order, axis=1), axis=1)
    total = kept.sum(axis=1, keepdims=True)
    share = (csr_array(kept) @ links).toarray() / np.where(total > 0, total, 1.0)
    vote = np.clip(share * kept.max(axis=1, initial=0.0, keepdims=True), 0.0, 1.0)
    raised: Floats = 1.0 - (1.0 - scores) * (1.0 - strength * vote)
    return raised


def carry(known: Floats, belonging: csr_array, likeness: Floats, least: float) -> Floats:
    """Scores (n, targets) of targets without labels of their own, carried from the known answers they belong to.

    `known` (n, answers) in [0, 1]; `belonging` (answers, targets) in (0, 1] where a target belongs to an answer;
    `likeness` (n, targets) ≥ 0 tells targets of one answer apart: the likest has the whole score of the answer, one without any
    likeness `least` of it. Of several answers the best counts. What belongs to none has half its likeness.
    """
    _check_share("least", least)
    scores = np.zeros_like(likeness)
    columns = csr_array(belonging)
    for answer in range(columns.shape[0]):
        part = slice(columns.indptr[answer], columns.indptr[answer + 1])
        members, shares = columns.indices[part], columns.data[part]
        if not len(members):
            continue
        own = likeness[:, members]
        best = own.max(axis=1, keepdims=True)
        near = own / np.where(best > 0, best, 1.0)
        carried = known[:, [answer]] * shares[None, :] * (least + (1.0 - least) * near)
        scores[:, members] = np.maximum(scores[:, members], carried)
    alone = np.bincount(columns.indices, minlength=likeness.shape[1]) == 0
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
