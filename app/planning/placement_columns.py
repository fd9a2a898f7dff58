"""Column generation for a large placement: patterns of postings, priced against each other by the seats they share."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from app.planning.placement_patterns import Patterns, Prices, SeatRows, best_patterns, loads, plain_rows
from app.planning.placement_problem import ROUNDING, ClassProblem, Floats, Ints, incidence

_STEADY = 0.7
"""Weight of the best prices so far against the newest: prices that jump about bring columns nobody uses (Wentges 1997)."""
_STEADY_LATE = 0.4
_LATE = 15
_NEAR = 3e-3
"""Distance of the bound from the mixture at which rows are added."""
_BROKEN = 0.02
"""Share of the seats by which a mixture must break a row to have it added."""


@dataclass
class Columns:
    """Patterns found so far: column c has heads `amount[k]` of pair `pairs[k]` for k in first[c] … first[c + 1]."""

    problem: ClassProblem
    posting: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    first: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    pairs: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    amount: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    _seen: set[bytes] = field(default_factory=set)

    def add(self, patterns: Patterns) -> int:
        """Add the patterns that are new; how many."""
        if not patterns.pairs.size:
            return 0
        owner = self.problem.posting[patterns.pairs]
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        ends = np.append(starts[1:], owner.size)
        new = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            mark = patterns.pairs[start:end].tobytes() + patterns.amount[start:end].tobytes()
            if mark not in self._seen:
                self._seen.add(mark)
                new.append((start, end))
        if new:
            taken = np.concatenate([np.arange(start, end) for start, end in new])
            sizes = np.array([end - start for start, end in new])
            self.posting = np.concatenate([self.posting, owner[[start for start, _ in new]]])
            self.first = np.concatenate([self.first, self.first[-1] + np.cumsum(sizes)])
            self.pairs = np.concatenate([self.pairs, patterns.pairs[taken]])
            self.amount = np.concatenate([self.amount, patterns.amount[taken]])
        return len(new)

    @property
    def column(self) -> Ints:
        """The column each of `pairs` belongs to."""
        return np.repeat(np.arange(len(self.posting)), np.diff(self.first))


@dataclass(frozen=True, slots=True)
class Master:
    """The choice among columns: maximise saved·z, matrix·z ≤ most; rows of postings, seats, teachers, shares."""

    saved: Floats
    matrix: csr_array
    most: Floats
    ends: Ints
    """Where each kind of row ends."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """The best mixture of the columns: how much of each, its cost, and the prices it gives."""

    value: float
    weight: Floats
    """One for each column looked at."""
    prices: Prices


def master(columns: Columns, problem: ClassProblem, rows: SeatRows, kept: Ints) -> Master:
    """Each posting takes at most one in all of its patterns among `kept` (columns), within what `problem` has.

    `problem` has the pairs of that of the columns, and may have fewer seats.
    """
    member = np.zeros(len(columns.posting), bool)
    member[kept] = True
    column = columns.column
    used = member[column]
    place = np.cumsum(member) - 1
    index, pairs, amount = place[column[used]], columns.pairs[used], columns.amount[used]
    count, n = len(kept), len(problem.heads)
    classes = -(-amount // problem.large[pairs])
    saving = amount * (problem.unmet_cost[problem.posting[pairs]] - problem.cost[pairs])
    blocks = [
        (incidence(columns.posting[kept], n), np.ones(n)),
        (_loaded(problem, rows, index, pairs, amount, count), problem.seats[rows.lot]),
    ]
    if problem.teaching is not None and problem.teachers is not None:
        spread = csr_array((classes.astype(float), (pairs, index)), shape=(len(problem.posting), count))
        blocks.append((csr_array(problem.teaching @ spread), problem.teachers))
    if problem.share is not None and problem.shares is not None:
        held = problem.share[pairs] >= 0
        where = (problem.share[pairs][held], index[held])
        size = (len(problem.shares), count)
        blocks.append((csr_array((amount[held].astype(float), where), shape=size), problem.shares))
    return Master(
        saved=np.bincount(index, weights=saving - problem.class_cost * classes, minlength=count).astype(
            float
        ),
        matrix=csr_array(vstack([block for block, _ in blocks])),
        most=np.concatenate([np.asarray(limit, float) for _, limit in blocks]),
        ends=np.cumsum([block.shape[0] for block, _ in blocks]),
    )


def _loaded(
    problem: ClassProblem, rows: SeatRows, index: Ints, pairs: Ints, amount: Ints, count: int
) -> csr_array:
    """(rows, count) what each column loads on each row of seats."""
    order = np.argsort(rows.lot, kind="stable")
    starts = np.searchsorted(rows.lot[order], problem.offering[pairs], "left")
    ends = np.searchsorted(rows.lot[order], problem.offering[pairs], "right")
    many = ends - starts
    entry = np.repeat(np.arange(pairs.size), many)
    row = order[np.repeat(starts, many) + np.arange(entry.size) - np.repeat(np.cumsum(many) - many, many)]
    load = loads(problem.seats[rows.lot[row]], rows.floor[row], amount[entry]).astype(float)
    loaded: csr_array = csr_array((load, (row, index[entry])), shape=(len(rows.lot), count))
    return loaded


def mixture(columns: Columns, problem: ClassProblem, rows: SeatRows, kept: Ints) -> Mixture:
    """The best mixture of the columns `kept` (see `master`), by linear programming."""
    chosen = master(columns, problem, rows, kept)
    bound = np.diff(chosen.matrix.indptr) > 0
    solved = linprog(  # type: ignore[call-overload]  # its stubs know no sparse arrays
        -chosen.saved,
        A_ub=chosen.matrix[bound],
        b_ub=chosen.most[bound],
        bounds=(0, None),
        method="highs-ds",
    )
    price = np.zeros(len(chosen.most))
    price[bound] = -np.asarray(solved.ineqlin.marginals, float)
    parts = np.split(price, chosen.ends[:-1])
    none = np.zeros(0)
    prices = Prices(
        parts[1],
        parts[2] if problem.teaching is not None else none,
        parts[-1] if problem.share is not None else none,
    )
    return Mixture(problem.all_unmet + float(solved.fun), np.asarray(solved.x, float), prices)


@dataclass(frozen=True, slots=True)
class Generated:
    columns: Columns
    rows: SeatRows
    mixture: Mixture
    bound: float
    """The best Lagrangian bound met: no placement costs less."""


def generate(
    problem: ClassProblem,
    start: Prices,
    *,
    tolerance: float,
    rounds: int,
    stop: Callable[[], bool],
    begun: Generated | None = None,
) -> Generated:
    """Patterns until the bound is within `tolerance` of the best mixture, or for so many rounds.

    Dantzig & Wolfe (1960) with the postings as blocks: the mixture is at least as good a bound as the relaxation,
    for it mixes whole classes only. `start`: prices of the relaxation, which begin near the end. Whenever bound and
    mixture are nearly so close, rows that the mixture breaks are added, as long as they raise it. `begun`: what was
    found for the same pairs with other shares. Once `stop()`, it ends with what it has.
    """
    columns, rows = Columns(problem), plain_rows(problem)
    if begun is not None:
        columns, rows = begun.columns, begun.rows
    prices = best_prices = _longer(start, len(rows.lot))
    best, calm, before = -np.inf, 0, -np.inf
    for _ in range(rounds):
        patterns = best_patterns(problem, rows, prices)
        if patterns.bound > best:
            best, best_prices = patterns.bound, prices
        columns.add(patterns)
        mixed = mixture(columns, problem, rows, np.arange(len(columns.posting)))
        calm += 1
        distance = (mixed.value - best) / abs(mixed.value)
        rising = mixed.value - before > tolerance * abs(mixed.value)
        more = broken(columns, problem, rows, mixed) if rising and distance <= _NEAR else None
        if stop() or (distance <= tolerance and (more is None or not more.lot.size)):
            break
        if more is not None and more.lot.size:
            before, calm = mixed.value, 0
            rows = SeatRows(np.append(rows.lot, more.lot), np.append(rows.floor, more.floor))
            mixed = mixture(columns, problem, rows, np.arange(len(columns.posting)))
            best_prices = _longer(best_prices, len(rows.lot))
        prices = between(best_prices, mixed.prices, _STEADY if calm < _LATE else _STEADY_LATE)
    return Generated(columns, rows, mixed, best)


def broken(columns: Columns, problem: ClassProblem, rows: SeatRows, mixed: Mixture) -> SeatRows:
    """Of each lot the row, if any, that the mixture breaks most: its floor just above, or at, an amount in use."""
    weight = mixed.weight[columns.column]
    used = np.flatnonzero(weight > ROUNDING)
    lots, amount, part = problem.offering[columns.pairs[used]], columns.amount[used], weight[used]
    order = np.argsort(lots, kind="stable")
    lots, amount, part = lots[order], amount[order], part[order]
    starts = np.flatnonzero(np.diff(lots, prepend=-1))
    known = set(zip(rows.lot.tolist(), rows.floor.tolist(), strict=True))
    found = []
    for start, end in zip(starts.tolist(), np.append(starts[1:], lots.size).tolist(), strict=True):
        if end - start < 2:
            continue
        lot, seats = int(lots[start]), int(problem.seats[lots[start]])
        here, parts = amount[start:end], part[start:end]
        floors = np.unique(np.concatenate([here, here + 1, seats - here, seats - here + 1]))
        floors = floors[(floors > rows.floor[lot]) & (floors <= seats)]
        if not floors.size:
            continue
        over = loads(np.full_like(floors, seats)[:, None], floors[:, None], here[None, :]) @ parts
        first = int(np.argmax(over))
        if over[first] > seats * (1 + _BROKEN) and (lot, int(floors[first])) not in known:
            found.append((lot, int(floors[first])))
    lot_floor = np.array(found, np.int64).reshape(-1, 2)
    return SeatRows(lot_floor[:, 0], lot_floor[:, 1])


def _longer(prices: Prices, rows: int) -> Prices:
    """The same prices where rows were added: 0 for these."""
    return Prices(np.pad(prices.seat, (0, rows - len(prices.seat))), prices.teacher, prices.share)


def between(one: Prices, other: Prices, weight: float) -> Prices:
    return Prices(
        weight * one.seat + (1 - weight) * other.seat,
        weight * one.teacher + (1 - weight) * other.teacher,
        weight * one.share + (1 - weight) * other.share,
    )
