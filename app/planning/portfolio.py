"""Portfolio 整体方案: which of the changes that the rules admit to make together, within all limits of a year."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from app.errors import InvalidInputError
from app.planning.portfolio_conflicts import find_conflict
from app.planning.portfolio_items import Choice, Item, PortfolioLimits, PortfolioProgram, PortfolioWeights
from app.planning.portfolio_limits import limit_rows
from app.planning.portfolio_model import solve
from app.planning.portfolio_polish import Standing, polish
from app.planning.portfolio_pools import value
from app.planning.portfolio_problem import TOLERANCE, Bools, PortfolioProblem, completed, satisfied
from app.planning.portfolio_report import differences_from_rules, limit_reports, standings, totals
from app.planning.portfolio_result import PortfolioResult

GAP = 0.005
"""Proven relative distance from the best at which the search stops."""
NODE_LIMIT = 1_000
"""Nodes after which it stops with the gap it has: unlike seconds, the same on every machine."""


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
    differences = differences_from_rules(arranged, standing) if stands else ()
    choices: list[Choice | None] = [None] * len(items)
    for place, made in zip(order, standing.made[: len(order)], strict=True):
        choices[place] = flat[made] if made >= 0 else None
    return PortfolioResult(
        status=status,
        choices=tuple(choices),
        totals=totals(problem, flat, chosen),
        rules=totals(problem, flat, by_rule),
        rules_within=totals(problem, flat, within) if _kept(problem, within) else None,
        nothing=totals(problem, flat, nothing),
        bound=bound,
        lp_bound=min(solved.lp_bound, objective) if stands and np.isfinite(solved.lp_bound) else None,
        gap=None if bound is None else max(left, 0.0),
        limits=limit_reports(problem, chosen, solved.prices, differences),
        rules_break=rules_break,
        differences=differences,
        programs=standings(problem, chosen, keys),
        rules_programs=standings(problem, by_rule, keys),
        nothing_programs=standings(problem, nothing, keys),
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
