"""Blocking pairs of a placement: a posting and an offering that would both rather have each other than what they got."""

from dataclasses import dataclass

import numpy as np

from app.planning.placement_problem import ClassProblem, ClassSolution, Floats, Ints


@dataclass(frozen=True, slots=True)
class Blocking:
    pairs: Ints
    """Largest gain first."""
    heads: Ints
    """Heads 人 the two could agree on, at least a class."""
    gain: Floats
    """Per head: what the enterprise gains over the worst heads it would give up for it, and the school likewise."""


def blocking(problem: ClassProblem, solution: ClassSolution, enterprise: Floats, school: Floats) -> Blocking:
    """Pairs without a class of which both sides would gain (Gale & Shapley 1962, with classes for couples).

    `enterprise` and `school` (p,) are what a head there is worth to each side. A posting would give its unmet heads
    and those at offerings worth less to it; an offering its free seats and those of postings worth less to it. The
    two block if what both would give holds a class, and there are teachers free for it.
    """
    n, m = len(problem.heads), len(problem.seats)
    x = solution.seats
    placed = np.bincount(problem.posting, weights=x, minlength=n)
    taken = np.bincount(problem.offering, weights=x, minlength=m)
    offers, lowest = _worse(problem.posting, n, enterprise, x)
    frees, cheapest = _worse(problem.offering, m, school, x)
    unmet, free = (problem.heads - placed)[problem.posting], (problem.seats - taken)[problem.offering]
    heads = np.minimum(np.minimum(unmet + offers, free + frees), problem.most).astype(np.int64)
    able = (x == 0) & (heads >= problem.small)
    if problem.teaching is not None and problem.teachers is not None:
        spare = problem.teachers - problem.teaching @ solution.classes
        need = problem.teaching.tocsc()
        for k in np.flatnonzero(able).tolist():
            rows = need.indices[need.indptr[k] : need.indptr[k + 1]]
            wants = need.data[need.indptr[k] : need.indptr[k + 1]]
            able[k] = bool((spare[rows] >= wants - 1e-9).all())
    gain_enterprise = enterprise - np.where(unmet > 0, 0.0, lowest)
    gain_school = school - np.where(free > 0, 0.0, cheapest)
    found = np.flatnonzero(able)
    gain = (gain_enterprise + gain_school)[found]
    order = np.lexsort((found, -gain))
    return Blocking(found[order], heads[found[order]], gain[order])


def _worse(owner: Ints, size: int, worth: Floats, x: Ints) -> tuple[Floats, Floats]:
    """(p,) heads the owner of each pair holds at pairs worth less than this one, and the least worth among them (0 if
    none)."""
    held = np.flatnonzero(x > 0)
    held = held[np.lexsort((worth[held], owner[held]))]
    starts = np.searchsorted(owner[held], np.arange(size + 1))
    most = int(np.diff(starts).max(initial=0))
    heads, lowest = np.zeros(len(owner)), np.zeros(len(owner))
    for place in range(most):
        here = starts[:-1] + place
        there = here < starts[1:]
        entry = np.where(there, here, 0)
        if not held.size:
            break
        value = np.where(there, worth[held[entry]], np.inf)[owner]
        less = value < worth - 1e-9
        heads += np.where(less, np.where(there, x[held[entry]], 0)[owner], 0)
        if place == 0:
            lowest = np.where(less, value, 0.0)
    return heads, lowest
