"""The last touches on a portfolio: single changes that still pay, and of equals the earlier."""

import numpy as np
from scipy.sparse import csc_array, vstack

from app.planning.portfolio_pools import pools_of, settle
from app.planning.portfolio_problem import TOLERANCE, Bools, PortfolioProblem, ties

_PASSES = 50
_PAYS = 1e-9
_NONE = -1


class Standing:
    """A set of choices with what it uses of every limit, ready to be asked what another choice would change."""

    def __init__(self, problem: PortfolioProblem, chosen: Bools) -> None:
        self.problem = problem
        self.items: list[list[int]] = [[] for _ in range(problem.items)]
        for choice, item in enumerate(problem.item.tolist()):
            self.items[item].append(choice)
        self._first = problem.items - len(problem.taught)
        self._taught_of: dict[int, list[int]] = {}
        for j, taught in enumerate(problem.taught):
            owners = {int(problem.item[k]) for k in taught.opened_by} | {item for item, _ in taught.kept_by}
            for item in sorted(owners):
                self._taught_of.setdefault(item, []).append(j)
        self.made = [next((k for k in choices if chosen[k]), _NONE) for choices in self.items]
        self._cost = (problem.cost + ties(len(problem.cost))).tolist()
        self._heads = _columns(csc_array(problem.heads))
        limits = csc_array(vstack([rows.matrix for rows in problem.limits]))
        self._uses = _columns(limits)
        self._lower = np.concatenate([rows.lower for rows in problem.limits]).tolist()
        self._upper = np.concatenate([rows.upper for rows in problem.limits]).tolist()
        self._code = [code for rows in problem.limits for code in [rows.code] * len(rows.members)]
        picked = chosen.astype(float)
        self._used = (limits @ picked).tolist()
        self._gaps = (problem.demand - problem.supply - problem.heads @ picked).tolist()
        self._pools = pools_of(problem)
        self._pool = problem.pool.tolist()
        self._settled = [settle(problem, members, self._gaps).cost for members in self._pools]

    @property
    def chosen(self) -> Bools:
        chosen = np.zeros(len(self.problem.cost), dtype=bool)
        chosen[[k for k in self.made if k != _NONE]] = True
        return chosen

    @property
    def free_items(self) -> int:
        """Items that may be chosen on; those behind them follow."""
        return self._first

    def _with_taught(self, changes: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        """The changes with those of the classes that are taught, or not any more, because of them."""
        if not self._taught_of:
            return changes
        then = dict(changes)
        more = []
        for j in sorted({j for item, _ in changes for j in self._taught_of.get(item, ())}):

            def made(item: int) -> int:
                return then.get(item, self.made[item])

            def chosen(k: int) -> bool:
                return made(int(self.problem.item[k])) == k

            item = self._first + j
            choice = self.problem.free + j if self.problem.taught[j].holds(made, chosen) else _NONE
            if choice != self.made[item]:
                more.append((item, choice))
        return (*changes, *more)

    def broken(self, *changes: tuple[int, int]) -> tuple[str, ...]:
        """Codes of the limits that the changes (item, choice or −1) would break together, in their order."""
        moved: dict[int, float] = {}
        for item, choice in self._with_taught(changes):
            for sign, k in ((-1.0, self.made[item]), (1.0, choice)):
                for row, amount in self._uses[k] if k != _NONE else ():
                    moved[row] = moved.get(row, 0.0) + sign * amount
        found: dict[str, None] = {}
        for row in sorted(moved):
            used, by = self._used[row] + moved[row], moved[row]
            if (by > 0 and used > self._upper[row] + TOLERANCE) or (
                by < 0 and used < self._lower[row] - TOLERANCE
            ):
                found[self._code[row]] = None
        return tuple(found)

    def saves(self, *changes: tuple[int, int]) -> float:
        """By how much the objective falls, the cost of ties included."""
        gaps, cost = self._moved(changes)
        saved = -cost
        for pool in sorted({self._pool[j] for j in gaps}):
            before = {j: self._gaps[j] for j in gaps}
            for j, heads in gaps.items():
                self._gaps[j] = heads
            saved += self._settled[pool] - settle(self.problem, self._pools[pool], self._gaps).cost
            for j, heads in before.items():
                self._gaps[j] = heads
        return saved

    def make(self, *changes: tuple[int, int]) -> None:
        changes = self._with_taught(changes)
        gaps, _ = self._moved(changes)
        for item, choice in changes:
            for sign, k in ((-1.0, self.made[item]), (1.0, choice)):
                for row, amount in self._uses[k] if k != _NONE else ():
                    self._used[row] += sign * amount
            self.made[item] = choice
        for j, heads in gaps.items():
            self._gaps[j] = heads
        for pool in {self._pool[j] for j in gaps}:
            self._settled[pool] = settle(self.problem, self._pools[pool], self._gaps).cost

    def _moved(self, changes: tuple[tuple[int, int], ...]) -> tuple[dict[int, float], float]:
        gaps: dict[int, float] = {}
        cost = 0.0
        for item, choice in changes:
            for sign, k in ((-1.0, self.made[item]), (1.0, choice)):
                if k == _NONE:
                    continue
                cost += sign * self._cost[k]
                for j, heads in self._heads[k]:
                    gaps[j] = gaps.get(j, self._gaps[j]) - sign * heads
        return gaps, cost


def polish(problem: PortfolioProblem, chosen: Bools) -> Standing:
    """The set after every single change, and every exchange within a program, that still pays and keeps to all limits.

    A search that stops within its gap may leave a seat to be gained that anybody would see; what is left undone after
    this is kept out by a limit or does not pay. `chosen` keeps to all limits, and so does the result; it never costs more.
    """
    standing = Standing(problem, chosen)
    programs: dict[int, list[int]] = {}
    heads = _columns(csc_array(problem.heads))
    for item, choices in enumerate(standing.items):
        if choices and heads[choices[0]]:
            programs.setdefault(heads[choices[0]][0][0], []).append(item)
    for _ in range(_PASSES):
        changed = False
        for item in range(standing.free_items):
            changed |= _best_single(standing, item)
        for members in programs.values():
            changed |= _exchanges(standing, members)
        if not changed:
            break
    return standing


def _best_single(standing: Standing, item: int) -> bool:
    best, saved = standing.made[item], _PAYS
    for choice in (_NONE, *standing.items[item]):
        if choice == standing.made[item]:
            continue
        more = standing.saves((item, choice))
        if more > saved and not standing.broken((item, choice)):
            best, saved = choice, more
    if best == standing.made[item]:
        return False
    standing.make((item, best))
    return True


def _exchanges(standing: Standing, members: list[int]) -> bool:
    """Give up what one item of a program does for what another, not yet changed, could do."""
    changed = False
    for item in [i for i in members if standing.made[i] != _NONE]:
        best, saved = None, _PAYS
        for other in members:
            if standing.made[other] != _NONE:
                continue
            for choice in standing.items[other]:
                swap = ((item, _NONE), (other, choice))
                more = standing.saves(*swap)
                if more > saved and not standing.broken(*swap):
                    best, saved = swap, more
        if best is not None:
            standing.make(*best)
            changed = True
    return changed


def _columns(matrix: csc_array) -> list[list[tuple[int, float]]]:
    """The entries (row, value) of each column."""
    matrix.sort_indices()
    return [
        list(
            zip(
                matrix.indices[start:end].tolist(),
                matrix.data[start:end].tolist(),
                strict=True,
            )
        )
        for start, end in zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True)
    ]
