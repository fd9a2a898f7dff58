"""The placement 订单班安排 on plain arrays: a whole search where it can be, else patterns; and the gap that is proved."""

import time

import numpy as np

from app.planning.placement_columns import Generated
from app.planning.placement_decompose import decompose
from app.planning.placement_finish import finished
from app.planning.placement_problem import ClassProblem, ClassSolution, cost_of
from app.planning.placement_relaxation import relaxed
from app.planning.placement_search import search

TIE = 1e-4
"""Largest cost per head that decides between equals: no real difference of fit or distance is as small."""
_WHOLE = 2_000
"""Pairs up to which the whole search comes first."""


class Solver:
    """Solves a problem, and again with shares: then from what it has found already."""

    def __init__(
        self, *, gap: float, node_limit: int, time_limit: float | None = None, search_pairs: int = 10_000
    ) -> None:
        self.gap, self.node_limit, self.search_pairs = gap, node_limit, search_pairs
        self.time_limit = time_limit
        self._started = time.perf_counter()
        self._begun: Generated | None = None

    def solve(self, problem: ClassProblem) -> ClassSolution:
        """The cheapest placement: minimise Σ unmet_cost·u + Σ cost·x + class_cost·Σ y.

        Variables: heads x and classes y of each pair, unmet heads u of each posting. Σ_j x_ij + u_i = heads_i;
        Σ_i x_ij ≤ seats_j; small·y ≤ x ≤ large·y, y a whole number. With y fixed, what is left is a transportation
        problem with whole bounds, whose vertices are whole (Hoffman & Kruskal 1956), so x is found at the end as a
        vertex of it by dual simplex.

        Equals are decided by a cost of TIE·√((k + 1)/p) per head of pair k: it grows with the place of the pair, and
        less and less, so that of two postings that could swap offerings the earlier gets the earlier one. HiGHS
        itself is deterministic (one search, its fixed default seed), and limits in nodes and rounds stop at the same
        point everywhere. A `time_limit` in seconds does not: then the result depends on the machine, and `status`
        says so.

        Up to `_WHOLE` pairs are searched whole (`search`). More are decomposed into patterns (`decompose`), and
        searched whole only if that leaves a wider gap than asked for and there are at most `search_pairs`.
        """
        p = len(problem.posting)
        if not p:
            nothing = np.zeros(0, dtype=np.int64)
            constant = problem.all_unmet
            return ClassSolution(nothing, nothing, constant, constant, constant, 0.0, "optimal")
        cost = problem.cost + TIE * np.sqrt(np.arange(1, p + 1) / p)
        relaxation = relaxed(problem)
        slack = TIE * float(problem.heads.sum())  # what decides between equals adds at most TIE a head
        bound, best, complete = relaxation.value, None, False
        if p > _WHOLE:
            found = decompose(problem, cost, relaxation, self._late, self._begun)
            self._begun, bound = found.generated, max(bound, found.bound - slack)
            best = finished(problem, found.classes, cost)
        if best is None or (p <= self.search_pairs and self._wide(cost_of(problem, *best), bound)):
            searched = search(
                problem, cost, gap=self.gap, node_limit=self.node_limit, time_limit=self._left()
            )
            complete, bound = searched.complete, max(bound, searched.bound - slack)
            other = finished(problem, searched.classes, cost)
            if best is None or cost_of(problem, *other) < cost_of(problem, *best):
                best = other
        objective = cost_of(problem, *best)
        bound = min(bound, objective)
        if complete or not self._wide(objective, bound):
            status = "optimal"
        elif self._late():
            status = "time_limit"
        else:
            status = "node_limit" if p <= self.search_pairs else "restricted"
        # a cost within the rounding of the ties is none
        left = (objective - bound) / abs(objective) if abs(objective) > slack else 0.0
        return ClassSolution(*best, objective, bound, relaxation.value, left, status)

    def _wide(self, objective: float, bound: float) -> bool:
        return objective - bound > self.gap * abs(objective)

    def _left(self) -> float:
        if self.time_limit is None:
            return np.inf
        return max(self.time_limit - (time.perf_counter() - self._started), 0.1)

    def _late(self) -> bool:
        return self.time_limit is not None and time.perf_counter() - self._started >= self.time_limit
