"""Parts of the labelled data that are kept from each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def folds_of(groups: Sequence[str], count: int, seed: int = 0) -> NDArray[np.int64]:
    """Fold 0 … count-1 of each query, (n,): a group is in one fold only, and folds are about equally large.

    The largest groups are dealt first, each to the fold that has least; equally large ones in an order by `seed`.
    """
    names, number, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    fold = np.zeros(len(names), dtype=np.int64)
    loads = np.zeros(count)
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        fold[group] = int(loads.argmin())
        loads[fold[group]] += sizes[group]
    return fold[number]
