"""Placement 订单班安排: which offering runs which order class, all at once, at least cost."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from app.planning.supply import Key

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlacementPosting:
    """A posting that asks for classes: heads 人, and the sizes a class may have."""

    id: str
    heads: int
    class_size_min: int
    class_size_max: int
    priority: float = 1.0


@dataclass(frozen=True, slots=True)
class PlacementOffering:
    key: Key
    seats: int
    """Seats 人 that order classes may take in all."""


@dataclass(frozen=True, slots=True)
class PlacementRules:
    fit_floor: float = 0.1
    unmet_weight: float = 10.0
    """Cost of a head that stays unmet."""
    fit_weight: float = 5.0
    """Cost per head of a fit of 0; a fit of 1 costs nothing."""
    distance_weight: float = 0.2
    """Cost per head and 10 km."""
    gap: float = 0.002
    """Proven relative distance from the best at which the search stops."""
    node_limit: int = 20_000
    """Nodes after which the search stops with the gap it has: unlike seconds, the same on every machine."""


@dataclass(frozen=True, slots=True)
class PlacedClass:
    posting_id: str
    key: Key
    seats: int
    fit: float
    distance_km: float | None


@dataclass(frozen=True, slots=True)
class Unplaced:
    posting_id: str
    heads: int
    unmet: int
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlacementResult:
    classes: tuple[PlacedClass, ...]
    unplaced: tuple[Unplaced, ...]
    objective: float
    lp_bound: float
    gap: float
    """(objective − lower bound) / |objective| that the solver proved."""
    seconds: float
    """Wall time; not part of a run's digest."""


REASONS = {
    "no_level": "没有层次合适的专业点",
    "fit_below_floor": "层次合适的专业点与岗位的适配度都低于下限",
    "seats_unknown": "适配的专业点没有已知的招生计划数，无法安排名额",
    "seats_below_class": "适配的专业点名额都少于最小开班人数",
    "heads_below_class": "需求人数少于最小开班人数",
    "outcompeted": "适配的专业点名额已安排给总成本更低的订单班",
    "remainder": "余下的人数少于最小开班人数，或适配的专业点名额不足",
}


def place(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    fit: Array,
    level_fit: Array,
    distance_km: Array,
    rules: PlacementRules,
) -> PlacementResult:
    """Assign seats of offerings (columns) to postings (rows) by mixed-integer programming (HiGHS).

    `fit` and `level_fit` (n, m) in [0, 1]; `distance_km` (n, m), NaN where unknown (then half the largest known).
    A pair is eligible where the level fits (> 0) and fit ≥ `fit_floor`. Variables: seats x_ij and open classes y_ij;
    min_i·y_ij ≤ x_ij ≤ max_i·y_ij, so that a class has at least its minimum or does not open; Σ_j x_ij ≤ heads_i;
    Σ_i x_ij ≤ seats_j. Objective: Σ unmet heads · unmet_weight · priority + Σ x_ij · (fit cost + distance cost). A
    perturbation of 1e-7 per pair, growing with its place, decides between equals the same way every time.
    """
    started = time.monotonic()
    n, m = len(postings), len(offerings)
    heads = np.array([p.heads for p in postings], float)
    small = np.array([p.class_size_min for p in postings], float)
    large = np.array([p.class_size_max for p in postings], float)
    seats = np.array([o.seats for o in offerings], float)
    suitable = (fit >= rules.fit_floor) & (level_fit > 0) if n and m else np.zeros((n, m), bool)
    able = (
        suitable & (np.minimum.outer(np.minimum(heads, np.inf), seats) >= small[:, None])
        if n and m
        else suitable
    )
    rows, columns = np.nonzero(able)
    pairs = len(rows)
    weight = rules.unmet_weight * np.array([p.priority for p in postings], float)
    if not pairs:
        unplaced = tuple(
            _unplaced(p, p.heads, i, suitable, able, level_fit, seats)
            for i, p in enumerate(postings)
            if p.heads > 0
        )
        nothing = float(weight @ heads) if n else 0.0
        return PlacementResult((), unplaced, nothing, nothing, 0.0, time.monotonic() - started)
    known = distance_km[np.isfinite(distance_km)]
    distances = np.where(np.isfinite(distance_km), distance_km, known.max() / 2 if known.size else 0.0)
    cost = (
        rules.fit_weight * (1 - fit[rows, columns] * level_fit[rows, columns])
        + rules.distance_weight * distances[rows, columns] / 10
        + 1e-7 * np.arange(pairs)
    )
    most = np.floor(np.minimum(heads[rows], seats[columns]) / small[rows])
    objective = np.concatenate([cost - weight[rows], np.zeros(pairs)])
    each = np.arange(pairs)
    ones = np.ones(pairs)
    upper = np.minimum(np.minimum(large[rows] * most, heads[rows]), seats[columns])
    matrices = (
        (csr_array((ones, (rows, each)), shape=(n, 2 * pairs)), -np.inf, heads),
        (csr_array((ones, (columns, each)), shape=(m, 2 * pairs)), -np.inf, seats),
        (_pairwise(each, ones, -small[rows]), 0.0, np.inf),
        (_pairwise(each, ones, -large[rows]), -np.inf, 0.0),
    )
    constraints = [LinearConstraint(a, low, high) for a, low, high in matrices]
    bounds = Bounds(np.zeros(2 * pairs), np.concatenate([upper, most]))
    relaxed = milp(objective, bounds=bounds, constraints=constraints)
    solved = milp(
        objective,
        integrality=np.ones(2 * pairs, dtype=np.int64),
        bounds=bounds,
        constraints=constraints,
        options={"node_limit": rules.node_limit, "mip_rel_gap": rules.gap},
    )
    constant = float(weight @ heads)
    chosen = np.rint(solved.x[:pairs]).astype(int) if solved.x is not None else np.zeros(pairs, int)
    reached = constant + float(objective[:pairs] @ chosen)
    classes = tuple(
        PlacedClass(
            postings[i].id,
            offerings[j].key,
            int(x),
            float(fit[i, j]),
            float(distance_km[i, j]) if np.isfinite(distance_km[i, j]) else None,
        )
        for i, j, x in zip(rows.tolist(), columns.tolist(), chosen.tolist(), strict=True)
        if x > 0
    )
    placed: dict[str, int] = defaultdict(int)
    for item in classes:
        placed[item.posting_id] += item.seats
    left = tuple(
        _unplaced(p, p.heads - placed[p.id], i, suitable, able, level_fit, seats)
        for i, p in enumerate(postings)
        if p.heads > placed[p.id]
    )
    return PlacementResult(
        classes=classes,
        unplaced=left,
        objective=reached,
        lp_bound=constant + float(relaxed.fun or 0.0),
        # A search stopped before it found anything has proved no gap: then nothing is placed, and the relaxation bounds it.
        gap=float(solved.mip_gap or 0.0)
        if solved.x is not None
        else (reached - constant - float(relaxed.fun or 0.0)) / max(abs(reached), 1.0),
        seconds=time.monotonic() - started,
    )


def _pairwise(each: NDArray[np.int64], x: Array, y: Array) -> csr_array:
    """One row a pair: x_ij and y_ij with their coefficients."""
    pairs = len(each)
    return csr_array(
        (np.concatenate([x, y]), (np.concatenate([each, each]), np.concatenate([each, each + pairs]))),
        shape=(pairs, 2 * pairs),
    )


def _unplaced(
    posting: PlacementPosting,
    unmet: int,
    i: int,
    suitable: NDArray[np.bool_],
    able: NDArray[np.bool_],
    level_fit: Array,
    seats: Array,
) -> Unplaced:
    """The first reason that binds, from the broadest to the narrowest."""
    if not level_fit.shape[1] or not (level_fit[i] > 0).any():
        code = "no_level"
    elif not suitable[i].any():
        code = "fit_below_floor"
    elif posting.heads < posting.class_size_min:
        code = "heads_below_class"
    elif not (suitable[i] & (seats > 0)).any():
        code = "seats_unknown"
    elif not able[i].any():
        code = "seats_below_class"
    else:
        code = "outcompeted" if unmet == posting.heads else "remainder"
    return Unplaced(posting.id, posting.heads, unmet, code, REASONS[code])
