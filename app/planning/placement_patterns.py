"""Patterns of a posting: the classes, at which offerings and of what sizes, that serve it best at given prices."""

from dataclasses import dataclass

import numpy as np

from app.planning.placement_problem import ClassProblem, Flags, Floats, Ints, least

LONGEST = 400
"""Heads 人 of a posting above which its best pattern is bounded and not searched for: the search grows with heads."""
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class SeatRows:
    """Rows Σ load ≤ seats of a lot. An amount below `floor` loads nothing, one that leaves less than `floor` all seats,
    and any other itself: true of whole classes, whatever the floor (Fekete & Schepers 2001, dual feasible functions).

    With the least class of a lot as its floor every amount counts, and a class that leaves no room for another loads
    all seats. Higher floors forbid mixtures of parts of classes that the seats could not hold whole.
    """

    lot: Ints
    floor: Ints


@dataclass(frozen=True, slots=True)
class Prices:
    seat: Floats
    """Of each row of SeatRows, per seat of its load."""
    teacher: Floats
    """(g,) of each teacher."""
    share: Floats
    """(c,) of each head held against a share."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """The best pattern of each posting: heads `amount` of each of `pairs`."""

    pairs: Ints
    amount: Ints
    bound: float
    """Σ over postings of the cost of the best pattern at these prices, less what all seats are worth: no placement
    costs less (Lagrange)."""


def plain_rows(problem: ClassProblem) -> SeatRows:
    """A row for each lot, m in all, with its least class as the floor."""
    m = len(problem.seats)
    return SeatRows(np.arange(m), least(problem.small, problem.offering, m))


def loads(seats: Ints, floor: Ints, amount: Ints) -> Ints:
    """What amounts load on rows of so many seats and such a floor; arrays that fit each other."""
    return np.where(amount < floor, 0, np.where(amount > seats - floor, seats, amount))


def best_patterns(problem: ClassProblem, rows: SeatRows, prices: Prices) -> Patterns:
    """The pattern of each posting with the largest saving: what its heads cost unmet, less what they cost placed.

    By dynamic programming over heads, one pair of each posting at a time, for all postings at once: O(heads · sizes)
    for each pair that can matter. Of postings above LONGEST heads only the bound is known.
    """
    per_head, per_class = _savings(problem, prices)
    seat = prices.seat[problem.offering]  # the plain rows come first: what a head pays at least
    most = problem.most
    long = problem.heads > LONGEST
    capacity = int(problem.heads[~long].max(initial=0))
    charge, charged = _charges(problem, rows, prices, capacity)
    priced = charged[problem.offering]
    kept = np.flatnonzero((per_head - seat > _NOTHING) & ~long[problem.posting])
    kept = kept[~_dominated(problem, per_head, per_class, seat, priced == 0, kept)]
    kept = kept[np.lexsort((seat[kept] - per_head[kept], problem.posting[kept]))]
    place = np.arange(kept.size) - np.searchsorted(problem.posting[kept], problem.posting[kept])
    best = np.zeros((len(problem.heads), capacity + 1))
    steps: list[tuple[Ints, Ints]] = []
    for step in range(int(place.max(initial=-1)) + 1):
        k = kept[place == step]
        owner = problem.posting[k]
        before, after = best[owner], best[owner].copy()
        choice = np.zeros(after.shape, np.int16)
        for size in range(int(problem.small[k].min()), int(most[k].max()) + 1):
            classes = -(-size // problem.large[k])
            value = per_head[k] * size - charge[priced[k], size] - per_class[k] * classes
            able = np.flatnonzero((size <= most[k]) & (classes * problem.small[k] <= size) & (value > 0))
            if not able.size:
                continue
            reached = before[able, : capacity + 1 - size] + value[able, None]
            view, chosen = after[able, size:], choice[able, size:]
            better = reached > view + _NOTHING
            after[able, size:] = np.where(better, reached, view)
            chosen[better] = size
            choice[able, size:] = chosen
        best[owner] = after
        steps.append((k, choice))
    short = np.flatnonzero(~long)
    saved = np.zeros(len(problem.heads))
    saved[short] = best[short, problem.heads[short]]
    saved += _bounded(problem, per_head - seat, per_class, long)
    pairs, amount = _traced(problem, steps)
    worth = float(prices.seat @ problem.seats[rows.lot])
    for price, have in ((prices.teacher, problem.teachers), (prices.share, problem.shares)):
        if have is not None:
            worth += float(price @ have)
    return Patterns(pairs, amount, problem.all_unmet - float(saved.sum()) - worth)


def _savings(problem: ClassProblem, prices: Prices) -> tuple[Floats, Floats]:
    """(p,) saving per head before seats are paid for, and cost per class."""
    per_head = problem.unmet_cost[problem.posting] - problem.cost
    if problem.share is not None and prices.share.size:
        per_head = per_head - np.where(problem.share >= 0, prices.share[problem.share], 0.0)
    per_class = np.full(len(problem.posting), problem.class_cost)
    if problem.teaching is not None:
        per_class = per_class + problem.teaching.T @ prices.teacher
    return per_head, per_class


def _charges(problem: ClassProblem, rows: SeatRows, prices: Prices, capacity: int) -> tuple[Floats, Ints]:
    """What each amount 0 … capacity pays at a lot with prices, a row for each; and (m,) the row of each lot, 0 for free."""
    priced = np.flatnonzero(prices.seat > _NOTHING)
    lots, place = np.unique(rows.lot[priced], return_inverse=True)
    charge = np.zeros((lots.size + 1, capacity + 1))
    load = loads(
        problem.seats[rows.lot[priced], None], rows.floor[priced, None], np.arange(capacity + 1)[None, :]
    )
    np.add.at(charge, place + 1, prices.seat[priced, None] * load)
    charged = np.zeros(len(problem.seats), np.int64)
    charged[lots] = np.arange(lots.size) + 1
    return charge, charged


def _dominated(
    problem: ClassProblem, per_head: Floats, per_class: Floats, seat: Floats, free: Flags, kept: Ints
) -> Flags:
    """Pairs that no best pattern needs: as many others as the posting can have classes are as good at every size."""
    found = np.zeros(kept.size, bool)
    starts = np.searchsorted(problem.posting[kept], np.arange(len(problem.heads) + 1))
    width = int(np.diff(starts).max(initial=0))
    if not width:
        return found
    most = problem.most
    rows = max(1, 4_000_000 // (width * width))
    for first in range(0, len(problem.heads), rows):
        last = min(first + rows, len(problem.heads))
        part = kept[starts[first] : starts[last]]
        if not part.size:
            continue
        row = problem.posting[part] - first
        column = np.arange(part.size) - (starts[first:last] - starts[first])[row]
        rate = np.full((last - first, width), -np.inf)
        size, room = np.zeros((last - first, width)), np.zeros((last - first, width))
        fee = np.full((last - first, width), np.inf)
        costless = np.zeros((last - first, width), bool)
        rate[row, column] = (per_head - seat)[part]
        size[row, column], fee[row, column] = problem.large[part], per_class[part]
        room[row, column] = most[part]
        costless[row, column] = free[part]
        better = (
            costless[:, :, None]
            & (rate[:, :, None] >= rate[:, None, :])
            & (size[:, :, None] >= size[:, None, :])
            & (room[:, :, None] >= room[:, None, :])
            & (fee[:, :, None] <= fee[:, None, :])
        )
        # of two that are equal the earlier one counts as the better
        earlier = np.arange(width)[:, None] < np.arange(width)[None, :]
        worse = (
            (rate[:, :, None] > rate[:, None, :])
            | (size[:, :, None] > size[:, None, :])
            | (room[:, :, None] > room[:, None, :])
            | (fee[:, :, None] < fee[:, None, :])
        )
        count = (better & (worse | earlier)).sum(axis=1)
        classes = problem.heads[problem.posting[part]] // problem.small[part]
        found[starts[first] : starts[last]] = count[row, column] >= classes
    return found


def _bounded(problem: ClassProblem, per_head: Floats, per_class: Floats, long: Flags) -> Floats:
    """(n,) more than the best pattern of a long posting can save: its best heads, each offering as full as can be."""
    saved = np.zeros(len(problem.heads))
    rate = per_head - per_class / problem.large
    kept = np.flatnonzero(long[problem.posting] & (rate > 0))
    kept = kept[np.lexsort((-rate[kept], problem.posting[kept]))]
    most = problem.most
    for i in np.flatnonzero(long).tolist():
        mine = kept[slice(*np.searchsorted(problem.posting[kept], [i, i + 1]))]
        filled = np.minimum(np.cumsum(most[mine]), problem.heads[i])
        saved[i] = float(rate[mine] @ np.diff(filled, prepend=0))
    return saved


def _traced(problem: ClassProblem, steps: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    left = np.minimum(problem.heads, LONGEST)
    pairs, amounts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for k, choice in reversed(steps):
        rows = problem.posting[k]
        amount = choice[np.arange(k.size), left[rows]].astype(np.int64)
        taken = amount > 0
        left[rows] -= amount
        pairs.append(k[taken])
        amounts.append(amount[taken])
    found, amount = np.concatenate(pairs), np.concatenate(amounts)
    order = np.argsort(found, kind="stable")
    return found[order], amount[order]
