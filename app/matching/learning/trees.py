"""Learning the ranker: LambdaMART on labelled pairs, taken out of LightGBM as plain arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from app.errors import InvalidInputError
from app.matching.ranker import Trees
from app.matching.space import Singles

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
_GRADES = 30
"""A pair that is right in part counts as so many thirtieths."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees are grown: number, learning rate, leaves and depth of each, pairs a leaf needs, share of the features
    and of the pairs a tree sees.
    """

    trees: int = 300
    rate: float = 0.05
    leaves: int = 15
    depth: int = 7
    least: int = 60
    ridge: float = 10.0
    choice: float = 0.3
    seen: float = 0.7


def grow_trees(
    rows: Singles, right: Floats, query: Indices, growth: Growth, weights: Floats | None = None, seed: int = 1
) -> Trees:
    """Trees that put right candidates before wrong ones (LambdaMART, Burges 2010).

    `rows` (n, features) of pairs, `right` (n,) from 0 to 1, `query` (n,) ascending, `weights` (n,) of the pairs'
    queries. One seed, one result. Raises InvalidInputError where LightGBM is not installed.
    """
    try:
        import lightgbm  # only training needs it: the `train` extra
    except (ImportError, OSError) as error:
        raise InvalidInputError(
            f"训练需要 LightGBM，而它无法载入：{error}",
            remedy="请安装 pip install 'chanjiao[train]'；Linux 上还须有系统库 libgomp",
        ) from error

    grades = np.rint(right * _GRADES).astype(np.int64)
    sizes = np.bincount(query)
    data = lightgbm.Dataset(rows, grades, group=sizes[sizes > 0], weight=weights)
    grown = lightgbm.train(
        {
            "objective": "lambdarank",
            "label_gain": [grade / _GRADES for grade in range(_GRADES + 1)],
            "lambdarank_truncation_level": 30,
            "learning_rate": growth.rate,
            "num_leaves": growth.leaves,
            "max_depth": growth.depth,
            "min_data_in_leaf": growth.least,
            "lambda_l2": growth.ridge,
            "feature_fraction": growth.choice,
            "bagging_fraction": growth.seen,
            "bagging_freq": 1,
            "max_bin": 63,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 2,
            "verbose": -1,
        },
        data,
        growth.trees,
    )
    return _as_arrays([tree["tree_structure"] for tree in grown.dump_model()["tree_info"]])


def _as_arrays(trees: list[Mapping[str, Any]]) -> Trees:
    listed = [_nodes(tree) for tree in trees]
    shape = (len(listed), max(len(nodes) for nodes in listed))
    feature, left, right = (np.zeros(shape, dtype=np.int16) for _ in range(3))
    threshold, value = (np.zeros(shape, dtype=np.float32) for _ in range(2))
    depth = 0
    for row, nodes in enumerate(listed):
        for column, (node, at, lower, upper) in enumerate(nodes):
            depth = max(depth, at)
            left[row, column], right[row, column] = lower, upper
            if "leaf_value" in node:
                value[row, column] = node["leaf_value"]
            else:
                feature[row, column], threshold[row, column] = node["split_feature"], node["threshold"]
                value[row, column] = node["internal_value"]
    return Trees(feature, threshold, left, right, value, depth)


def _nodes(root: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], int, int, int]]:
    """Nodes of a tree with depth and the numbers of what is left and right of them; a leaf leads to itself."""
    found: list[tuple[Mapping[str, Any], int, int, int]] = []

    def add(node: Mapping[str, Any], depth: int) -> int:
        own = len(found)
        found.append((node, depth, own, own))
        if "left_child" in node:
            lower, upper = add(node["left_child"], depth + 1), add(node["right_child"], depth + 1)
            found[own] = (node, depth, lower, upper)
        return own

    add(root, 0)
    return found


def joined(forests: Sequence[Trees], shares: Sequence[float]) -> Trees:
    """One forest whose sums are those of several, weighted."""
    nodes = max(forest.feature.shape[1] for forest in forests)

    def wide(part: NDArray[Any]) -> NDArray[Any]:
        return np.pad(part, ((0, 0), (0, nodes - part.shape[1])))

    return Trees(
        np.concatenate([wide(f.feature) for f in forests]),
        np.concatenate([wide(f.threshold) for f in forests]),
        np.concatenate([wide(f.left) for f in forests]),
        np.concatenate([wide(f.right) for f in forests]),
        np.concatenate([wide(f.value * np.float32(s)) for f, s in zip(forests, shares, strict=True)]),
        max(forest.depth for forest in forests),
    )


def fit_platt(sums: Floats, right: Floats) -> tuple[float, float]:
    """Slope and bias that make 1 / (1 + exp(−slope·x − bias)) the share of right pairs (Platt 1999).

    `sums` (n,) of trees that have not seen these pairs, `right` (n,) from 0 to 1.
    """
    inputs = np.concatenate([sums, sums])[:, None]
    labels = np.concatenate([np.ones(len(right)), np.zeros(len(right))])
    weights = np.concatenate([right, 1 - right])
    kept = weights > 0
    regression = LogisticRegression(C=1e6, max_iter=1000)
    regression.fit(inputs[kept], labels[kept], sample_weight=weights[kept])
    return float(regression.coef_[0, 0]), float(regression.intercept_[0])
