"""From mixtures of patterns to whole ones: the surest are kept, the rest is priced anew on what they leave."""

from dataclasses import replace

import numpy as np

from app.planning.placement_columns import Columns, Generated, Mixture, mixture
from app.planning.placement_patterns import Patterns, Prices, best_patterns, plain_rows
from app.planning.placement_problem import ClassProblem, Flags, Ints

_SURE = 0.99
_SHARE = 0.08
"""Share of the undecided postings that one turn decides at least."""
_ANEW = 4
"""Times that patterns are priced anew in a turn."""


def dive(problem: ClassProblem, generated: Generated) -> tuple[Ints, Ints]:
    """Heads and classes (p,) of a placement near the best mixture.

    A dive with column generation (Sadykov et al. 2019): of each turn's mixture whole patterns are kept, and the
    largest parts of the others, as long as they fit; what is left of seats, teachers and shares is the next turn's.
    """
    columns, mixed = generated.columns, generated.mixture
    kept = np.arange(len(columns.posting))
    x = np.zeros(len(problem.posting), np.int64)
    y = np.zeros(len(problem.posting), np.int64)
    open_ = np.ones(len(problem.heads), bool)
    left = problem
    while True:
        decided = _decided(columns, mixed, kept, left)
        if not decided.size:
            return x, y
        held = np.isin(columns.column, decided)
        pairs, amount = columns.pairs[held], columns.amount[held]
        x[pairs] += amount
        y[pairs] += -(-amount // problem.large[pairs])
        open_[columns.posting[decided]] = False
        left = rest(problem, x, y)
        prices = Prices(mixed.prices.seat[: len(left.seats)], mixed.prices.teacher, mixed.prices.share)
        for _ in range(_ANEW):
            columns.add(_patterns(left, prices, open_))
            kept = _fitting(columns, left, open_)
            if not kept.size:
                return x, y
            mixed = mixture(columns, left, plain_rows(left), kept)
            prices = mixed.prices


def rest(problem: ClassProblem, x: Ints, y: Ints) -> ClassProblem:
    """What classes leave of seats, teachers and shares; heads and pairs stay as they are."""
    taken = np.bincount(problem.offering, weights=x, minlength=len(problem.seats)).astype(np.int64)
    left = replace(problem, seats=problem.seats - taken)
    if problem.teaching is not None and problem.teachers is not None:
        left = replace(left, teachers=np.maximum(problem.teachers - problem.teaching @ y, 0.0))
    if problem.share is not None and problem.shares is not None:
        held = problem.share >= 0
        used = np.bincount(problem.share[held], weights=x[held], minlength=len(problem.shares))
        left = replace(left, shares=problem.shares - used.astype(np.int64))
    return left


def _decided(columns: Columns, mixed: Mixture, kept: Ints, left: ClassProblem) -> Ints:
    """Columns to keep whole: those that are so already, then the largest parts, that fit together in what is left."""
    order = np.argsort(-mixed.weight, kind="stable")
    order = order[mixed.weight[order] > 1e-6]
    sure = int((mixed.weight >= _SURE).sum())
    undecided = len(np.unique(columns.posting[kept[order[sure:]]]))
    wanted = sure + max(1, int(_SHARE * undecided))
    seats, done, chosen = left.seats.copy(), set[int](), list[int]()
    teachers = None if left.teachers is None else left.teachers.copy()
    shares = None if left.shares is None else left.shares.copy()
    for c in kept[order].tolist():
        if len(chosen) == wanted:
            break
        posting = int(columns.posting[c])
        if posting in done:
            continue
        entries = slice(columns.first[c], columns.first[c + 1])
        pairs, amount = columns.pairs[entries], columns.amount[entries]
        lots = left.offering[pairs]
        if (seats[lots] < amount).any():
            continue
        if teachers is not None and left.teaching is not None:
            need = left.teaching[:, pairs] @ -(-amount // left.large[pairs]).astype(float)
            if (teachers < need - 1e-9).any():
                continue
            teachers -= need
        if shares is not None and left.share is not None:
            held = left.share[pairs] >= 0
            used = np.bincount(left.share[pairs][held], weights=amount[held], minlength=len(shares))
            if (shares < used).any():
                continue
            shares -= used.astype(np.int64)
        seats[lots] -= amount
        done.add(posting)
        chosen.append(c)
    return np.array(chosen, dtype=np.int64)


def _patterns(left: ClassProblem, prices: Prices, open_: Flags) -> Patterns:
    """The best patterns of the open postings on what is left, in pairs of the whole problem."""
    room = left.seats[left.offering]
    if left.share is not None and left.shares is not None:
        room = np.where(left.share >= 0, np.minimum(room, left.shares[left.share]), room)
    able = np.flatnonzero(open_[left.posting] & (room >= left.small))
    part = left.of_pairs(able)
    part = replace(part, large=np.minimum(part.large, room[able]))
    found = best_patterns(part, plain_rows(part), prices)
    return Patterns(able[found.pairs], found.amount, found.bound)


def _fitting(columns: Columns, left: ClassProblem, open_: Flags) -> Ints:
    """Columns of open postings that fit in what is left."""
    room = left.seats[left.offering[columns.pairs]]
    if left.share is not None and left.shares is not None:
        share = left.share[columns.pairs]
        room = np.where(share >= 0, np.minimum(room, left.shares[share]), room)
    over = np.bincount(columns.column, weights=columns.amount > room, minlength=len(columns.posting))
    found: Ints = np.flatnonzero((over == 0) & open_[columns.posting])
    return found
