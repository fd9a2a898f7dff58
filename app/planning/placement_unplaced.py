"""Postings with heads left without a class: what each found among the offerings, and why that was not enough."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.planning.placement_prepare import Prepared
from app.planning.placement_problem import ClassSolution, Floats
from app.planning.placement_reasons import Asked, Nearest, Prospects, Unplaced, explain, nearest
from app.planning.placement_terms import PlacementOffering, PlacementPosting, PlacementRules


def unplaced(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    prepared: Prepared,
    solution: ClassSolution,
    rules: PlacementRules,
) -> tuple[Unplaced, ...]:
    """In order of postings; where none of its pairs was eligible, with the offering that comes nearest."""
    problem, pairs = prepared.problem, prepared.pairs
    n, lots = len(problem.heads), len(problem.seats)
    placed = np.bincount(problem.posting, weights=solution.seats, minlength=n).astype(np.int64)
    taken = np.bincount(problem.offering, weights=solution.seats, minlength=lots).astype(np.int64)
    own: dict[tuple[int, int], int] = {}
    takers: dict[int, set[int]] = {}
    for k in np.flatnonzero(solution.seats > 0).tolist():
        i, lot = int(problem.posting[k]), int(problem.offering[k])
        own[i, lot] = int(solution.seats[k])
        takers.setdefault(lot, set()).add(i)
    teachers_left = _teachers_left(prepared, solution)
    starts = np.searchsorted(pairs.posting, np.arange(n + 1))
    served = np.bincount(problem.posting, minlength=n) > 0
    left = []
    for i in np.flatnonzero(problem.heads > placed).tolist():
        here = slice(starts[i], starts[i + 1])
        here_lots = prepared.lot[here]
        mine = np.array([own.get((i, lot), 0) for lot in here_lots.tolist()], dtype=np.int64)
        fits = (pairs.fit[here] >= rules.fit_floor) & (pairs.level_fit[here] > 0)
        seen = Prospects(
            level_fit=pairs.level_fit[here],
            fit=pairs.fit[here],
            excluded=prepared.excluded[here],
            seats=prepared.seats[here_lots],
            own=mine,
            others=taken[here_lots] - mine,
            cost=prepared.cost[here],
            teachers=prepared.teachers[here],
            teachers_left=teachers_left[here],
            rivals=len({other for lot in here_lots[fits].tolist() for other in takers.get(lot, ())} - {i}),
        )
        posting = postings[i]
        asked = Asked(
            posting_id=posting.id,
            heads=posting.heads,
            open=int(problem.heads[i]),
            unmet=int(problem.heads[i] - placed[i]),
            class_min=posting.class_size_min,
            class_max=posting.class_size_max,
            teachers=posting.teachers_per_class,
            fit_floor=rules.fit_floor,
            unmet_cost=float(problem.unmet_cost[i]),
        )
        why = explain(asked, seen)
        found = None if served[i] else nearest(asked, seen)
        if found is not None:
            key = offerings[pairs.offering[starts[i] + found[0]]].key
            why = replace(why, nearest=Nearest(key, found[1]))
        left.append(why)
    return tuple(left)


def _teachers_left(prepared: Prepared, solution: ClassSolution) -> Floats:
    """(pairs,) teachers that the classes placed leave at each offering and its school, the scarcer of the two."""
    problem, able = prepared.problem, prepared.able
    left = prepared.teachers.copy()
    if problem.teaching is None or problem.teachers is None:
        return left
    spare = problem.teachers - problem.teaching @ solution.classes
    by_pair = problem.teaching.tocsc()
    for k in range(len(able)):
        rows = by_pair.indices[by_pair.indptr[k] : by_pair.indptr[k + 1]]
        if rows.size:
            left[able[k]] = spare[rows].min()
    return left
