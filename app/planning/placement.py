"""Placement 订单班安排: which offering runs which order class, all at once, at least cost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import InvalidInputError
from app.planning.placement_model import ROUNDING, ClassProblem, ClassSolution, Floats, Ints, solve
from app.planning.placement_reasons import REASONS, Prospects, Unplaced, explain
from app.planning.supply import Key

__all__ = [
    "REASONS",
    "Pairs",
    "PlacedClass",
    "PlacementOffering",
    "PlacementPosting",
    "PlacementResult",
    "PlacementRules",
    "Unplaced",
    "place",
    "place_pairs",
]


@dataclass(frozen=True, slots=True)
class PlacementPosting:
    """A posting that asks for classes: heads 人, and the sizes a class may have."""

    id: str
    heads: int
    class_size_min: int
    class_size_max: int
    priority: float = 1.0
    """Multiplies the cost of its unmet heads."""


@dataclass(frozen=True, slots=True)
class PlacementOffering:
    key: Key
    seats: int
    """Seats 人 that order classes may take in all."""


@dataclass(frozen=True, slots=True)
class PlacementRules:
    """Weights are costs per head; what they are in a jurisdiction is for its profile to say."""

    fit_floor: float = 0.1
    unmet_weight: float = 10.0
    """Cost of a head that stays unmet."""
    fit_weight: float = 5.0
    """Cost per head of a fit of 0; a fit of 1 costs nothing."""
    distance_weight: float = 0.2
    """Cost per head and 10 km."""
    partnership_weight: float = 1.0
    """What an existing partnership of full strength saves per head."""
    class_weight: float = 0.0
    """Cost of each class that opens: above 0, fewer and larger classes are preferred."""
    gap: float = 0.005
    """Proven relative distance from the best at which the search stops."""
    node_limit: int = 20_000
    """Nodes after which the search stops with the gap it has: unlike seconds, the same on every machine."""
    time_limit: float | None = None
    """Seconds after which the search stops with the gap it has. None, because a result that depends on the speed
    of a machine cannot be repeated."""
    search_pairs: int = 10_000
    """Eligible pairs the search looks at; of more, those that the linear relaxation values most."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The p pairs of postings and offerings that may be looked at, as parallel arrays (p,), in any order.

    For a large city: n × m tables of 5,000 postings and 20,000 offerings would not fit in memory.
    """

    posting: Ints
    offering: Ints
    fit: Floats
    """0-1."""
    level_fit: Floats
    """How far the level answers what is asked, 0-1; 0 makes the pair ineligible."""
    distance_km: Floats
    """NaN where unknown."""
    partnership: Floats
    """Strength of an existing partnership, 0-1."""


@dataclass(frozen=True, slots=True)
class PlacedClass:
    """Heads of one posting at one offering."""

    posting_id: str
    key: Key
    seats: int
    fit: float
    distance_km: float | None
    classes: int = 1
    """Classes these heads make up, each within the posting's class sizes."""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacementResult:
    classes: tuple[PlacedClass, ...]
    """In order of postings, then offerings."""
    unplaced: tuple[Unplaced, ...]
    objective: float
    lp_bound: float
    """Cost of the linear relaxation: no placement can cost less."""
    gap: float
    """(objective − best bound proved) / objective."""
    seconds: float
    """Wall time; not part of a run's digest."""
    status: str = "optimal"
    """optimal (within the gap of the rules), node_limit, time_limit, or restricted (see `search_pairs`)."""
    heads_asked: int = 0
    heads_placed: int = 0


def place(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    fit: ArrayLike,
    level_fit: ArrayLike,
    distance_km: ArrayLike,
    rules: PlacementRules,
    partnership: ArrayLike | None = None,
) -> PlacementResult:
    """`place_pairs` on tables (n, m): rows are postings, columns offerings.

    `fit`, `level_fit` and `partnership` (none where not given) in [0, 1]; `distance_km` NaN where unknown.
    """
    shape = (len(postings), len(offerings))
    tables = {
        "fit": fit,
        "level_fit": level_fit,
        "distance_km": distance_km,
        "partnership": np.zeros(shape) if partnership is None else partnership,
    }
    arrays = {name: np.asarray(table, float) for name, table in tables.items()}
    for name, table in arrays.items():
        if table.shape != shape and not (table.size == 0 and 0 in shape):
            raise InvalidInputError(
                f"订单班安排的 {name} 应为 {shape[0]}×{shape[1]} 的表，实为 {'×'.join(map(str, table.shape))}"
            )
    rows, columns = np.nonzero(~(arrays["level_fit"].reshape(shape) <= 0))
    chosen = {name: table.reshape(shape)[rows, columns] for name, table in arrays.items()}
    return place_pairs(postings, offerings, Pairs(posting=rows, offering=columns, **chosen), rules)


def place_pairs(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    pairs: Pairs,
    rules: PlacementRules,
) -> PlacementResult:
    """Assign seats of offerings to postings by mixed-integer programming (HiGHS).

    A pair is eligible where its level fits (> 0) and fit ≥ `fit_floor`; only eligible pairs become variables. A
    posting may have several classes, also at one offering; each has at least its minimum and at most its maximum of
    heads or does not open. Minimise

        Σ unmet · unmet_weight · priority + Σ heads · cost + class_weight · classes,
        cost = fit_weight · (1 − fit·level_fit) + distance_weight · km/10 − partnership_weight · partnership,

    with heads of a posting ≤ what it asks and heads at an offering ≤ its seats. An unknown distance counts as half
    the largest known. Equals are decided as `placement_model.solve` states; two calls give the same result.
    Each posting with unmet heads is in `unplaced` with the reason that binds. Raises InvalidInputError for negative
    heads or seats, class sizes below 1 or crossed, and fits outside [0, 1].
    """
    started = time.perf_counter()
    _check(postings, offerings, pairs)
    pairs = _sorted(pairs)
    heads = np.array([posting.heads for posting in postings], dtype=np.int64)
    seats = np.array([offering.seats for offering in offerings], dtype=np.int64)
    small = np.array([posting.class_size_min for posting in postings], dtype=np.int64)[pairs.posting]
    large = np.array([posting.class_size_max for posting in postings], dtype=np.int64)[pairs.posting]
    unmet_cost = rules.unmet_weight * np.array([posting.priority for posting in postings], float)
    cost = _costs(pairs, rules)
    room = np.minimum(np.minimum(heads[pairs.posting], seats[pairs.offering]), large)
    dear = (unmet_cost[pairs.posting] - cost) * room <= rules.class_weight
    able = np.flatnonzero(
        (pairs.fit >= rules.fit_floor) & (pairs.level_fit > 0) & (room >= small) & ~(dear & (room > 0))
    )
    problem = ClassProblem(
        heads=heads,
        unmet_cost=unmet_cost,
        seats=seats,
        posting=pairs.posting[able],
        offering=pairs.offering[able],
        cost=cost[able],
        small=small[able],
        large=room[able],
        class_cost=rules.class_weight,
    )
    solution = solve(
        problem,
        gap=rules.gap,
        node_limit=rules.node_limit,
        time_limit=rules.time_limit,
        search_pairs=rules.search_pairs,
    )
    classes = _classes(postings, offerings, pairs, able, solution)
    unplaced = _unplaced(postings, pairs, problem, solution, dear, rules)
    return PlacementResult(
        classes=classes,
        unplaced=unplaced,
        objective=solution.objective,
        lp_bound=solution.lp_bound,
        gap=solution.gap,
        seconds=time.perf_counter() - started,
        status=solution.status,
        heads_asked=int(heads.sum()),
        heads_placed=int(solution.seats.sum()),
    )


def _check(
    postings: Sequence[PlacementPosting], offerings: Sequence[PlacementOffering], pairs: Pairs
) -> None:
    for posting in postings:
        if posting.heads < 0 or not 1 <= posting.class_size_min <= posting.class_size_max:
            raise InvalidInputError(
                f"岗位需求 {posting.id} 的人数 {posting.heads} 或班额 {posting.class_size_min}–{posting.class_size_max} "
                "不合理",
                remedy="人数不能为负，最小班额至少 1 人且不大于最大班额",
            )
    for offering in offerings:
        if offering.seats < 0:
            raise InvalidInputError(f"专业点 {' '.join(offering.key)} 的名额 {offering.seats} 为负")
    for name in ("fit", "level_fit", "partnership"):
        values = getattr(pairs, name)
        if not ((values >= -ROUNDING) & (values <= 1 + ROUNDING)).all():  # NaN fails too
            raise InvalidInputError(f"订单班安排的 {name} 有不在 0 与 1 之间的值")
    if (pairs.distance_km < 0).any():
        raise InvalidInputError("订单班安排的 distance_km 有负值")


def _sorted(pairs: Pairs) -> Pairs:
    """By posting, then offering, whatever order they came in."""
    order = np.lexsort((pairs.offering, pairs.posting))
    return Pairs(
        posting=np.asarray(pairs.posting, np.int64)[order],
        offering=np.asarray(pairs.offering, np.int64)[order],
        fit=pairs.fit[order],
        level_fit=pairs.level_fit[order],
        distance_km=pairs.distance_km[order],
        partnership=pairs.partnership[order],
    )


def _costs(pairs: Pairs, rules: PlacementRules) -> Floats:
    known = np.isfinite(pairs.distance_km)
    unknown = pairs.distance_km[known].max() / 2 if known.any() else 0.0
    distance = np.where(known, pairs.distance_km, unknown)
    costs: NDArray[np.float64] = (
        rules.fit_weight * (1 - pairs.fit * pairs.level_fit)
        + rules.distance_weight * distance / 10
        - rules.partnership_weight * pairs.partnership
    )
    return costs


def _classes(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    pairs: Pairs,
    able: Ints,
    solution: ClassSolution,
) -> tuple[PlacedClass, ...]:
    placed = []
    for k in np.flatnonzero(solution.seats > 0).tolist():
        pair = able[k]
        km = float(pairs.distance_km[pair])
        heads, count = int(solution.seats[k]), int(solution.classes[k])
        reasons = [
            f"适配度 {pairs.fit[pair]:.2f}",
            f"安排 {heads} 人" + (f"，{count} 个班" if count > 1 else ""),
        ]
        if np.isfinite(km):
            reasons.append(f"两区中心相距 {km:.0f} 公里" if km >= 0.5 else "在同一个区")
        if pairs.partnership[pair] > 0:
            reasons.append("已有合作关系")
        placed.append(
            PlacedClass(
                posting_id=postings[pairs.posting[pair]].id,
                key=offerings[pairs.offering[pair]].key,
                seats=heads,
                fit=float(pairs.fit[pair]),
                distance_km=km if np.isfinite(km) else None,
                classes=count,
                reasons=tuple(reasons),
            )
        )
    return tuple(placed)


def _unplaced(
    postings: Sequence[PlacementPosting],
    pairs: Pairs,
    problem: ClassProblem,
    solution: ClassSolution,
    dear: NDArray[np.bool_],
    rules: PlacementRules,
) -> tuple[Unplaced, ...]:
    n, m = len(problem.heads), len(problem.seats)
    placed = np.bincount(problem.posting, weights=solution.seats, minlength=n).astype(np.int64)
    taken = np.bincount(problem.offering, weights=solution.seats, minlength=m).astype(np.int64)
    own: dict[tuple[int, int], int] = {}
    takers: dict[int, set[int]] = {}
    for k in np.flatnonzero(solution.seats > 0).tolist():
        i, j = int(problem.posting[k]), int(problem.offering[k])
        own[i, j] = int(solution.seats[k])
        takers.setdefault(j, set()).add(i)
    starts = np.searchsorted(pairs.posting, np.arange(n + 1))
    left = []
    for i in np.flatnonzero(problem.heads > placed).tolist():
        here = np.arange(starts[i], starts[i + 1])
        here = here[pairs.level_fit[here] > 0]
        offerings = pairs.offering[here]
        mine = np.array([own.get((i, j), 0) for j in offerings.tolist()], dtype=np.int64)
        fits = pairs.fit[here] >= rules.fit_floor
        seen = Prospects(
            fit=pairs.fit[here],
            fit_floor=rules.fit_floor,
            dear=dear[here],
            seats=problem.seats[offerings],
            own=mine,
            others=taken[offerings] - mine,
            rivals=len({other for j in offerings[fits].tolist() for other in takers.get(j, ())} - {i}),
        )
        posting = postings[i]
        left.append(
            explain(
                posting.id,
                posting.heads,
                int(problem.heads[i] - placed[i]),
                posting.class_size_min,
                posting.class_size_max,
                seen,
            )
        )
    return tuple(left)
