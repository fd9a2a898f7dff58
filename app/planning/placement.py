"""Placement 订单班安排: which offering runs which order class, all at once, at least cost."""

import time
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from app.errors import InvalidInputError
from app.planning.placement_blocking import blocking
from app.planning.placement_fair import Stake, contested, overreached, with_shares
from app.planning.placement_model import Solver
from app.planning.placement_prepare import Prepared, prepare
from app.planning.placement_prices import lot_prices
from app.planning.placement_problem import ClassSolution
from app.planning.placement_terms import (
    BlockingPair,
    FixedClass,
    Pairs,
    PlacedClass,
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
    SeatPrice,
)
from app.planning.placement_unplaced import unplaced

_FAIR_TURNS = 5
"""Turns in which shares are dealt out where one is overreached; after these, wherever one could be."""


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
    rows, columns = (side.ravel() for side in np.indices(shape))
    chosen = {name: table.reshape(shape).ravel() for name, table in arrays.items()}
    return place_pairs(postings, offerings, Pairs(posting=rows, offering=columns, **chosen), rules)


def place_pairs(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    pairs: Pairs,
    rules: PlacementRules,
    *,
    fixed: Sequence[FixedClass] = (),
    school_teachers: Mapping[str, float] | None = None,
) -> PlacementResult:
    """Assign seats of offerings to postings by mixed-integer programming (HiGHS).

    A pair is eligible where its level fits (> 0), fit ≥ `fit_floor` and neither side excludes the other; only eligible
    pairs become variables. A posting may have several classes, also at one offering; each has at least its minimum and
    at most its maximum of heads or does not open. Minimise

        Σ unmet · unmet_weight · priority + Σ heads · cost + class_weight · classes,
        cost = fit_weight · (1 − fit·level_fit) + distance_weight · km/10 − partnership_weight · partnership
               − preference_weight · (wish of the enterprise + wish of the school),

    with heads of a posting ≤ what it asks, heads at an offering ≤ its seats, and teachers of classes at an offering and
    at its school (`school_teachers`, by code; none counted where not given) ≤ those there are. Classes in `fixed` stay
    as they are: their heads, seats and teachers are not there for others, and they are not in the result's classes.
    No enterprise holds more than its share of an offering while another lacks a class there (`placement_fair`).

    An unknown distance counts as half the largest known. Equals are decided as `Solver.solve` states; two calls give
    the same result. Each posting with unmet heads is in `unplaced` with the reason that binds. Raises
    InvalidInputError for negative heads, seats or teachers, class sizes below 1 or crossed, and fits outside [0, 1].
    """
    started = time.perf_counter()
    prepared = prepare(postings, offerings, pairs, rules, fixed, school_teachers or {})
    solver = Solver(
        gap=rules.gap,
        node_limit=rules.node_limit,
        time_limit=rules.time_limit,
        search_pairs=rules.search_pairs,
    )
    solution, shares = _fairly(prepared, solver)
    return answer(postings, offerings, prepared, solution, rules, shares, started)


def answer(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    prepared: Prepared,
    solution: ClassSolution,
    rules: PlacementRules,
    shares: Collection[Stake],
    started: float,
    *,
    market: bool = True,
) -> PlacementResult:
    """The result of a solution; with `market` also prices of seats and blocking pairs, which take another search."""
    problem, m = prepared.problem, len(offerings)
    fixed_heads = np.minimum(prepared.fixed_heads, [posting.heads for posting in postings])
    pairs, count = _blocking(postings, offerings, prepared, solution, rules) if market else ((), 0)
    return PlacementResult(
        classes=_classes(postings, offerings, prepared, solution),
        unplaced=unplaced(postings, offerings, prepared, solution, rules),
        objective=solution.objective,
        lp_bound=solution.lp_bound,
        gap=solution.gap,
        seconds=time.perf_counter() - started,
        status=solution.status,
        heads_asked=sum(posting.heads for posting in postings),
        heads_placed=int(solution.seats.sum() + fixed_heads.sum()),
        heads_fixed=int(fixed_heads.sum()),
        bound=solution.bound,
        prices=_prices(offerings, prepared, solution) if market and len(problem.posting) else (),
        blocking=pairs,
        blocking_count=count,
        shared=tuple(sorted({offerings[lot % m].key for _, lot in shares})),
    )


def _blocking(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    prepared: Prepared,
    solution: ClassSolution,
    rules: PlacementRules,
) -> tuple[tuple[BlockingPair, ...], int]:
    problem = prepared.problem
    worth = (prepared.enterprise_worth[prepared.able], prepared.school_worth[prepared.able])
    found = blocking(problem, solution, *worth)
    shown = slice(rules.blocking_shown)
    listed = zip(found.pairs[shown].tolist(), found.heads[shown], found.gain[shown], strict=True)
    return (
        tuple(
            BlockingPair(
                postings[problem.posting[k]].id,
                offerings[problem.offering[k] % len(offerings)].key,
                int(heads),
                round(float(gain), 6),
            )
            for k, heads, gain in listed
        ),
        len(found.pairs),
    )


def _fairly(prepared: Prepared, solver: Solver) -> tuple[ClassSolution, dict[Stake, int]]:
    """The cheapest placement found in which no enterprise overreaches, and the shares this took.

    Bound and gap are those of the problem with these shares: what fairness costs is no fault of the search.
    """
    problem, stakes = prepared.problem, prepared.stakes
    solution = solver.solve(problem)
    shares: dict[Stake, int] = {}
    turn = 0
    while more := overreached(problem, solution, stakes):
        turn += 1
        shares |= more if turn <= _FAIR_TURNS else contested(problem, stakes)
        solution = solver.solve(with_shares(problem, stakes, shares))
        if turn > _FAIR_TURNS:
            break
    return solution, shares


def _classes(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    prepared: Prepared,
    solution: ClassSolution,
) -> tuple[PlacedClass, ...]:
    placed = []
    pairs = prepared.pairs
    for k in np.flatnonzero(solution.seats > 0).tolist():
        pair = prepared.able[k]
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
        if pairs.enterprise_wish is not None and pairs.enterprise_wish[pair] > 0:
            reasons.append("企业希望与该校合作")
        if pairs.school_wish is not None and pairs.school_wish[pair] > 0:
            reasons.append("院校希望与该企业合作")
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


def _prices(
    offerings: Sequence[PlacementOffering], prepared: Prepared, solution: ClassSolution
) -> tuple[SeatPrice, ...]:
    """Of lots of seats alone: places of interns are students who are there already."""
    problem, m = prepared.problem, len(offerings)
    prices = lot_prices(problem)
    taken = np.bincount(problem.offering, weights=solution.seats, minlength=2 * m).astype(int)
    whole = prepared.stakes.seats
    found = [
        SeatPrice(
            offerings[j].key,
            round(float(prices.cost[j]), 6),
            round(float(prices.heads[j]), 6),
            int(whole[j]),
            int(whole[j] - prepared.seats[j] + taken[j]),
        )
        for j in np.flatnonzero((prices.cost[:m] > 1e-6) | (prices.heads[:m] > 0)).tolist()
    ]
    return tuple(sorted(found, key=lambda price: (-price.heads, -price.cost, price.key)))
