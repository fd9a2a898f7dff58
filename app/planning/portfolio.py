"""Portfolio 整体方案: which of the changes that the rules admit to make together, within all limits of a year."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array

from app.errors import InvalidInputError
from app.planning.balance import ProgramKey
from app.planning.portfolio_conflicts import Conflict, find_conflict
from app.planning.portfolio_items import (
    LIMITS,
    Choice,
    Item,
    PortfolioLimits,
    PortfolioProgram,
    PortfolioWeights,
)
from app.planning.portfolio_limits import limit_rows
from app.planning.portfolio_model import (
    TOLERANCE,
    Bools,
    Floats,
    PortfolioProblem,
    Rows,
    completed,
    pools_of,
    satisfied,
    settle,
    solve,
    value,
)
from app.planning.portfolio_polish import Standing, polish
from app.planning.supply import Key

__all__ = [
    "GAP",
    "LIMITS",
    "NODE_LIMIT",
    "Choice",
    "Conflict",
    "Difference",
    "Item",
    "LimitReport",
    "PortfolioLimits",
    "PortfolioProgram",
    "PortfolioResult",
    "PortfolioWeights",
    "ProgramStanding",
    "Totals",
    "choose_portfolio",
]
GAP = 0.005
"""Proven relative distance from the best at which the search stops."""
NODE_LIMIT = 1_000
"""Nodes after which it stops with the gap it has: unlike seconds, the same on every machine."""


@dataclass(frozen=True, slots=True)
class ProgramStanding:
    """A program after the portfolio, 人/年: supply + unmet + borrowed = demand + surplus + lent."""

    key: ProgramKey
    demand: float
    supply_before: float
    supply: float
    unmet: float
    surplus: float
    borrowed: float
    lent: float


@dataclass(frozen=True, slots=True)
class Totals:
    """A set of changes on the common objective; heads 人/年, seats 人/年, money 万元."""

    objective: float
    changed: int
    unmet: float
    surplus: float
    pooled: float
    seats_added: float
    seats_removed: float
    money: float


@dataclass(frozen=True, slots=True)
class LimitReport:
    """How far a limit is used. Of a limit with many members (schools, programs) those that use it most."""

    code: str
    limit: float
    used: float
    slack: float
    """What is left before it binds, at the member that uses it most."""
    members: int
    at_limit: tuple[str, ...]
    """Members with nothing left; one empty word where it is the whole city."""
    price: float
    """Objective gained by one unit more, in the linear relaxation (dual, summed over members)."""
    prevented: int = 0
    """Changes the rules ask for that it keeps out of the portfolio."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the portfolio does not do what the rules ask for one by one; seats are the change 人/年."""

    key: Key
    kind: str
    """dropped, added or resized."""
    rule_action: str
    rule_seats: float
    action: str
    seats: float
    limits: tuple[str, ...]
    """Codes of the limits that keep out what the rules ask for; none where it does not pay."""


@dataclass(frozen=True, slots=True)
class PortfolioResult:
    status: str
    """optimal (within the gap asked for), node_limit, infeasible (then the rules' set stands), or unsolved (the same)."""
    choices: tuple[Choice | None, ...]
    """What is done with each item, in the order of the items given; None is to leave it as it is."""
    totals: Totals
    rules: Totals
    """All that the rules ask for one by one, whether it keeps to the limits or not."""
    rules_within: Totals | None
    """What the rules ask for, by priority, each if it still keeps to the limits; None if that misses what must change."""
    nothing: Totals
    bound: float | None
    """No portfolio costs less, as the search proved; None, as below, where there is none."""
    lp_bound: float | None
    gap: float | None
    """(objective − bound) / objective."""
    limits: tuple[LimitReport, ...]
    rules_break: tuple[str, ...]
    """Codes of the limits that the rules' set breaks."""
    differences: tuple[Difference, ...]
    programs: tuple[ProgramStanding, ...]
    rules_programs: tuple[ProgramStanding, ...]
    nothing_programs: tuple[ProgramStanding, ...]
    """How every program stands after the portfolio, after all the rules ask for, and as it is."""
    conflict: Conflict | None
    seconds: float = field(compare=False)
    """Wall time; no part of a run's rows or digest."""

    @property
    def stands(self) -> bool:
        """Whether there is a portfolio; without one the choices are those of the rules."""
        return self.status not in ("infeasible", "unsolved")


def choose_portfolio(
    items: Sequence[Item],
    programs: Sequence[PortfolioProgram],
    weights: PortfolioWeights,
    limits: PortfolioLimits,
    *,
    gap: float = GAP,
    node_limit: int = NODE_LIMIT,
) -> PortfolioResult:
    """Choose at most one change of each item so that together they cost least:

        Σ_p unmet·weight_p·u_p + surplus·o_p + pooled·b_p  +  Σ cost of the changes made,

    with u, o, b the heads of each program unmet, in surplus and met from its pool (see `portfolio_model.solve`).
    The demand of each program is that of the balance and does not move with supply: the allocation pulls demand
    towards supply mostly within a class, and there the pools answer for it.

    Additions of a program stay within its gap, cuts for surplus within its surplus, and the limits of the year hold.
    Cuts of protected items are never made. If no set keeps to all limits, `conflict` names the smallest set of limits
    that cannot be kept together, and the choices are those of the rules. The result is the same for any order of the
    inputs, never costs more than the rules' set as far as that keeps to the limits, and leaves out no single change that
    would still pay. Raises InvalidInputError for numbers that are not finite, heads or limits below 0 and unknown programs.
    """
    started = time.perf_counter()
    _check(items, programs, weights, limits)
    order = sorted(range(len(items)), key=lambda i: (items[i].opening, items[i].key))
    arranged = [_sound(items[i]) for i in order]
    problem, flat = _problem(arranged, sorted(programs, key=lambda p: p.key), weights, limits)
    by_rule = completed(problem, _marks(arranged, len(problem.cost)))
    nothing = completed(problem, np.zeros(len(problem.cost), dtype=bool))
    keys = sorted(program.key for program in programs)
    rules_break = tuple(rows.code for rows in problem.limits if not satisfied(rows, by_rule).all())
    solved = solve(problem, gap=gap, node_limit=node_limit)
    within = _by_priority(problem, arranged)
    searched = None if solved.chosen is None else completed(problem, solved.chosen)
    starts = [searched, None if rules_break else by_rule, within, nothing]
    ends = [start for start in starts if start is not None and _kept(problem, start)]
    conflict = find_conflict(problem) if solved.infeasible or not ends else None
    if solved.infeasible or not ends:
        status, standing = ("infeasible" if conflict else "unsolved"), Standing(problem, by_rule)
    else:
        standing = polish(problem, min(ends, key=lambda end: value(problem, end)))
        status = ""
    chosen = standing.chosen
    objective = value(problem, chosen)
    stands = not status
    bound = min(solved.bound, objective) if stands and np.isfinite(solved.bound) else None
    left = 0.0 if bound is None or abs(objective) <= TOLERANCE else (objective - bound) / abs(objective)
    status = status or ("optimal" if left <= gap + 1e-9 or solved.complete else "node_limit")
    differences = _differences(arranged, standing) if stands else ()
    choices: list[Choice | None] = [None] * len(items)
    for place, made in zip(order, standing.made[: len(order)], strict=True):
        choices[place] = flat[made] if made >= 0 else None
    return PortfolioResult(
        status=status,
        choices=tuple(choices),
        totals=_totals(problem, flat, chosen),
        rules=_totals(problem, flat, by_rule),
        rules_within=_totals(problem, flat, within) if _kept(problem, within) else None,
        nothing=_totals(problem, flat, nothing),
        bound=bound,
        lp_bound=min(solved.lp_bound, objective) if stands and np.isfinite(solved.lp_bound) else None,
        gap=None if bound is None else max(left, 0.0),
        limits=_limit_reports(problem, chosen, solved.prices, differences),
        rules_break=rules_break,
        differences=differences,
        programs=_standings(problem, chosen, keys),
        rules_programs=_standings(problem, by_rule, keys),
        nothing_programs=_standings(problem, nothing, keys),
        conflict=conflict,
        seconds=time.perf_counter() - started,
    )


def _check(
    items: Sequence[Item],
    programs: Sequence[PortfolioProgram],
    weights: PortfolioWeights,
    limits: PortfolioLimits,
) -> None:
    known = {program.key for program in programs}
    if len(known) != len(programs) or len({item.key for item in items}) != len(items):
        raise InvalidInputError("整体方案的专业或专业点有重复")
    for program in programs:
        figures = (program.demand, program.supply, program.unmet_weight)
        if not all(np.isfinite(figures)) or min(figures) < 0:
            raise InvalidInputError(f"专业 {' '.join(program.key)} 的需求、供给或权重不是非负数")
    for item in items:
        for choice in item.choices:
            if not np.isfinite((choice.seats, choice.heads, choice.cost, choice.money, choice.moved)).all():
                raise InvalidInputError(f"专业点 {' '.join(item.key)} 的可选调整有不是数字的值")
            if item.key[1:] not in known or choice.towards not in (None, *known):
                raise InvalidInputError(f"专业点 {' '.join(item.key)} 的可选调整涉及未知的专业")
    for name in ("unmet", "surplus", "pooled", "pooled_share"):
        figure = getattr(weights, name)
        if not np.isfinite(figure) or figure < 0:
            raise InvalidInputError(f"整体方案的权重 {name} 不是非负数")
    highest = max((program.unmet_weight for program in programs), default=1.0)
    lowest = min((program.unmet_weight for program in programs), default=1.0)
    if weights.pooled < weights.unmet * (highest - lowest) - 1e-9:
        raise InvalidInputError(
            "整体方案中由同类专业满足一人的代价小于两个专业未满足代价之差",
            remedy="请提高 pooled_weight 或降低 favoured_weight",
        )
    for name in limits.__slots__:
        bound = getattr(limits, name)
        numbers = bound.values() if isinstance(bound, Mapping) else (bound,)
        if name != "new_schools" and not all(number >= 0 for number in numbers):
            raise InvalidInputError(f"整体方案的限制 {name} 不是非负数")


def _sound(item: Item) -> Item:
    """The item without the choices nobody may make: cuts of what is protected."""
    if not item.protected:
        return item
    kept = tuple(choice for choice in item.choices if choice.seats >= 0)
    rule = item.choices[item.rule] if item.rule is not None else None
    return replace(item, choices=kept, rule=kept.index(rule) if rule in kept else None)


def _problem(
    items: Sequence[Item],
    programs: Sequence[PortfolioProgram],
    weights: PortfolioWeights,
    limits: PortfolioLimits,
) -> tuple[PortfolioProblem, list[Choice]]:
    flat = [choice for item in items for choice in item.choices]
    owner = np.array([i for i, item in enumerate(items) for _ in item.choices], dtype=np.int64)
    place = {program.key: j for j, program in enumerate(programs)}
    rows, columns, heads = [], [], []
    for k, choice in enumerate(flat):
        own = place[items[owner[k]].key[1:]]
        rows.append(own)
        columns.append(k)
        heads.append(choice.heads)
        if choice.towards is not None and choice.moved:
            rows += [own, place[choice.towards]]
            columns += [k, k]
            heads += [-choice.moved, choice.moved]
    pools = {pool: n for n, pool in enumerate(sorted({(p.key[0], p.pool) for p in programs}))}
    rows_of_limits, taught = limit_rows(items, programs, limits)
    width = len(flat) + len(taught)
    matrix = csr_array((heads, (rows, columns)), shape=(len(programs), width))
    followers = np.arange(len(items), len(items) + len(taught), dtype=np.int64)
    return (
        PortfolioProblem(
            items=len(items) + len(taught),
            item=np.concatenate([owner, followers]),
            cost=np.array([*(choice.cost for choice in flat), *(0.0 for _ in taught)], float),
            heads=matrix,
            demand=np.array([p.demand for p in programs], float),
            supply=np.array([p.supply for p in programs], float),
            unmet_cost=weights.unmet * np.array([p.unmet_weight for p in programs], float),
            surplus_cost=weights.surplus,
            pooled_cost=weights.pooled,
            pooled_share=weights.pooled_share,
            pool=np.array([pools[p.key[0], p.pool] for p in programs], dtype=np.int64),
            limits=rows_of_limits,
            taught=taught,
            constant=float(sum(item.standing_cost for item in items)),
        ),
        flat,
    )


def _marks(items: Sequence[Item], choices: int) -> Bools:
    """(c,) the choices that the rules make."""
    marks, first = np.zeros(choices, dtype=bool), 0
    for item in items:
        if item.rule is not None:
            marks[first + item.rule] = True
        first += len(item.choices)
    return marks


def _kept(problem: PortfolioProblem, chosen: Bools) -> bool:
    return all(satisfied(rows, chosen).all() for rows in problem.limits)


def _by_priority(problem: PortfolioProblem, items: Sequence[Item]) -> Bools:
    """What the rules ask for, the highest priority first, each unless it would break a limit."""
    standing = Standing(problem, completed(problem, np.zeros(len(problem.cost), dtype=bool)))
    asking = [i for i, item in enumerate(items) if item.rule is not None]
    for i in sorted(asking, key=lambda i: (-items[i].priority, i)):
        choice = standing.items[i][items[i].rule or 0]
        if not standing.broken((i, choice)):
            standing.make((i, choice))
    return standing.chosen


def _standings(
    problem: PortfolioProblem, chosen: Bools, keys: Sequence[ProgramKey]
) -> tuple[ProgramStanding, ...]:
    supply: Floats = problem.supply + problem.heads @ chosen.astype(float)
    gaps = (problem.demand - supply).tolist()
    found: dict[int, ProgramStanding] = {}
    for members in pools_of(problem):
        settled = settle(problem, members, gaps)
        for k, j in enumerate(members):
            found[j] = ProgramStanding(
                key=keys[j],
                demand=float(problem.demand[j]),
                supply_before=float(problem.supply[j]),
                supply=float(supply[j]),
                unmet=settled.unmet[k],
                surplus=settled.surplus[k],
                borrowed=settled.borrowed[k],
                lent=settled.lent[k],
            )
    return tuple(found[j] for j in sorted(found))


def _totals(problem: PortfolioProblem, flat: Sequence[Choice], chosen: Bools) -> Totals:
    made = [flat[k] for k in np.flatnonzero(chosen[: len(flat)]).tolist()]
    keys = [("", "")] * len(problem.demand)
    standings = _standings(problem, chosen, keys)
    return Totals(
        objective=value(problem, chosen),
        changed=len(made),
        unmet=sum(s.unmet for s in standings),
        surplus=sum(s.surplus for s in standings),
        pooled=sum(s.borrowed for s in standings),
        seats_added=sum(max(choice.seats, 0.0) for choice in made),
        seats_removed=sum(max(-choice.seats, 0.0) for choice in made),
        money=sum(choice.money for choice in made),
    )


def _differences(items: Sequence[Item], standing: Standing) -> tuple[Difference, ...]:
    found = []
    for i, item in enumerate(items):
        rule = item.by_rule
        made = standing.made[i]
        choice = item.choices[made - standing.items[i][0]] if made >= 0 else None
        if choice is rule:
            continue
        wanted = standing.items[i][item.rule] if item.rule is not None else -1
        found.append(
            Difference(
                key=item.key,
                kind="dropped" if choice is None else "added" if rule is None else "resized",
                rule_action=rule.action if rule else "keep",
                rule_seats=rule.seats if rule else 0.0,
                action=choice.action if choice else "keep",
                seats=choice.seats if choice else 0.0,
                limits=standing.broken((i, wanted)),
            )
        )
    return tuple(found)


def _limit_reports(
    problem: PortfolioProblem,
    chosen: Bools,
    prices: Sequence[Floats],
    differences: Sequence[Difference],
) -> tuple[LimitReport, ...]:
    reports = []
    for rows, price in zip(problem.limits, prices, strict=True):
        used, bound, slack = _used(rows, chosen)
        if not len(slack) or not np.isfinite(bound).any():
            continue
        tightest = int(np.argmin(slack))
        reports.append(
            LimitReport(
                code=rows.code,
                limit=float(bound[tightest]),
                used=float(used[tightest]),
                slack=max(float(slack[tightest]), 0.0)
                if satisfied(rows, chosen).all()
                else float(slack.min()),
                members=len(set(rows.members[: len(slack)])),
                at_limit=tuple(
                    dict.fromkeys(
                        member
                        for member, left, most in zip(rows.members[: len(slack)], slack, bound, strict=True)
                        if left <= TOLERANCE and (most > 0 or rows.demands)
                    )
                ),
                price=float(price.sum()),
                prevented=sum(rows.code in difference.limits for difference in differences),
            )
        )
    return tuple(reports)


def _used(rows: Rows, chosen: Bools) -> tuple[Floats, Floats, Floats]:
    """(r,) what each member uses of a limit, where the limit stands, and what is left."""
    picked = chosen.astype(float)
    if rows.shown is not None:
        used = rows.shown.base + rows.shown.matrix @ picked
        return used, rows.shown.bound, rows.shown.bound - used
    used = rows.matrix @ picked
    bound = rows.lower if rows.demands else rows.upper
    return used, bound, used - rows.lower if rows.demands else rows.upper - used
