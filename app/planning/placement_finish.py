"""Whole heads for the classes a search found, with nothing left open that would pay."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from app.planning.placement_problem import ROUNDING, ClassProblem, Floats, Ints, incidence


def finished(problem: ClassProblem, classes: Ints, cost: Floats) -> tuple[Ints, Ints]:
    """Heads and classes (p,): the cheapest heads for the classes found, after opening what still pays.

    A search that stops within its gap may leave seats free that a posting could use: nobody would understand that.
    `cost` (p,) are those of the problem with what decides between equals.
    """
    x = heads_of(problem, classes, cost)
    if x is None:  # no solution, or one that only holds within the solver's tolerance
        classes = np.zeros_like(classes)
        x = np.zeros_like(classes)
    opened = _filled(problem, x, classes, cost)
    if (opened[1] != classes).any():
        better = heads_of(problem, opened[1], cost)
        x, classes = (better if better is not None else opened[0]), opened[1]
    # fewest classes that hold these heads: a class more than needed costs a teacher
    return x, np.where(x > 0, np.ceil(x / problem.large), 0).astype(np.int64)


def heads_of(problem: ClassProblem, classes: Ints, cost: Floats) -> Ints | None:
    """The cheapest heads x for given classes: the transportation problem, at a vertex, or None if there is none.

    A share lies within one lot, so that the rows still form a network and the vertices are whole.
    """
    open_ = np.flatnonzero(classes > 0)
    x = np.zeros(len(classes), dtype=np.int64)
    if not open_.size:
        return x
    sides = [(problem.posting, problem.heads), (problem.offering, problem.seats)]
    if problem.share is not None and problem.shares is not None:
        sides.append((problem.share, problem.shares))
    solved = milp(
        (cost - problem.unmet_cost[problem.posting])[open_],
        bounds=Bounds((problem.small * classes)[open_], (problem.large * classes)[open_]),
        constraints=[
            LinearConstraint(incidence(owner[open_], len(most)), -np.inf, most) for owner, most in sides
        ],
    )
    if solved.x is None or np.abs(solved.x - np.rint(solved.x)).max() > ROUNDING:
        return None
    x[open_] = np.rint(solved.x).astype(np.int64)
    return x


@dataclass
class Room:
    """What classes so far leave: heads unmet, seats, teachers and shares free."""

    problem: ClassProblem
    unmet: Ints
    free: Ints
    teachers: Floats | None
    shares: Ints | None

    @classmethod
    def after(cls, problem: ClassProblem, x: Ints, classes: Ints) -> "Room":
        def left(owner: Ints, most: Ints) -> Ints:
            held = owner >= 0
            used = np.bincount(owner[held], weights=x[held], minlength=len(most))
            return most - used.astype(np.int64)

        taught = problem.teaching is not None and problem.teachers is not None
        shared = problem.share is not None and problem.shares is not None
        return cls(
            problem,
            left(problem.posting, problem.heads),
            left(problem.offering, problem.seats),
            problem.teachers - problem.teaching @ classes if taught else None,  # type: ignore[operator]
            left(problem.share, problem.shares) if shared else None,  # type: ignore[arg-type]
        )

    def heads(self, k: int) -> int:
        """Heads that pair k could still take."""
        room = min(int(self.unmet[self.problem.posting[k]]), int(self.free[self.problem.offering[k]]))
        if self.shares is not None and self.problem.share is not None and self.problem.share[k] >= 0:
            room = min(room, int(self.shares[self.problem.share[k]]))
        return room

    def teaches(self, k: int) -> bool:
        """Whether there are teachers for one more class of pair k."""
        if self.teachers is None or self.problem.teaching is None:
            return True
        need = self.problem.teaching[:, [k]].toarray().ravel()
        return bool((self.teachers >= need - ROUNDING).all())

    def take(self, k: int, heads: int, classes: int) -> None:
        self.unmet[self.problem.posting[k]] -= heads
        self.free[self.problem.offering[k]] -= heads
        if self.shares is not None and self.problem.share is not None and self.problem.share[k] >= 0:
            self.shares[self.problem.share[k]] -= heads
        if self.teachers is not None and self.problem.teaching is not None and classes:
            self.teachers -= classes * self.problem.teaching[:, [k]].toarray().ravel()


def _filled(problem: ClassProblem, x: Ints, classes: Ints, cost: Floats) -> tuple[Ints, Ints]:
    """Greedily: classes that still fit in what is free, for the costliest unmet heads first."""
    x, classes = x.copy(), classes.copy()
    room = Room.after(problem, x, classes)
    starts = np.searchsorted(problem.posting, np.arange(len(problem.heads) + 1))
    for i in sorted(np.flatnonzero(room.unmet > 0).tolist(), key=lambda i: (-problem.unmet_cost[i], i)):
        for k in (starts[i] + np.argsort(cost[starts[i] : starts[i + 1]], kind="stable")).tolist():
            small, large = int(problem.small[k]), int(problem.large[k])
            saved = problem.unmet_cost[i] - cost[k]
            more = min(room.heads(k), large * int(classes[k]) - int(x[k]))
            if saved > 0 and more > 0:
                x[k] += more
                room.take(k, more, 0)
            while (
                (more := min(room.heads(k), large)) >= small
                and saved * more > problem.class_cost
                and room.teaches(k)
            ):
                x[k], classes[k] = x[k] + more, classes[k] + 1
                room.take(k, more, 1)
    return x, classes
