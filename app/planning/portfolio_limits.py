"""Limits of a portfolio 限制: what a year, a school, a program and the budget allow, as rows over the choices."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import coo_array, csr_array

from app.planning.portfolio_items import Choice, Item, PortfolioLimits, PortfolioProgram
from app.planning.portfolio_problem import ClassTaught, Rows
from app.planning.portfolio_schools import SchoolSizes

Owner = Callable[[Item], str]
Measure = Callable[[Item, Choice], float]


def limit_rows(
    items: Sequence[Item], programs: Sequence[PortfolioProgram], limits: PortfolioLimits
) -> tuple[tuple[Rows, ...], tuple[ClassTaught, ...]]:
    """The rows of every limit that is set, in the order of LIMITS, and the classes of schools that they count."""
    gap = {" ".join(p.key): p.demand - p.supply for p in programs}
    offered = {" ".join(p.key): p.offerings for p in programs}
    sizes = SchoolSizes(items, {p.key: p.pool for p in programs}, limits)

    def open_most(school: str) -> float:
        return limits.open_per_new_school if school in limits.new_schools else limits.open_per_school

    def program(item: Item) -> str:
        return " ".join(item.key[1:])

    def one(_item: Item) -> str:
        return ""

    def school(item: Item) -> str:
        return item.key[0]

    def opens(item: Item, _choice: Choice) -> float:
        return float(item.opening)

    def changes(_item: Item, _choice: Choice) -> float:
        return 1.0

    def added(_item: Item, choice: Choice) -> float:
        return max(choice.heads, 0.0)

    def removed(_item: Item, choice: Choice) -> float:
        return 0.0 if choice.for_outcomes else max(-choice.heads, 0.0)

    def up(_item: Item, choice: Choice) -> float:
        return max(choice.seats, 0.0)

    def down(_item: Item, choice: Choice) -> float:
        return max(-choice.seats, 0.0)

    def money(_item: Item, choice: Choice) -> float:
        return choice.money

    none = -math.inf
    wanted: list[tuple[str, Owner, Measure, Callable[[str], float], float]] = [
        ("gap", program, added, lambda p: max(gap[p], 0.0), none),
        ("surplus", program, removed, lambda p: max(-gap[p], 0.0), none),
        ("changed_per_school", school, changes, lambda _: limits.changed_per_school, none),
        ("open_per_school", school, opens, open_most, none),
        ("open_per_program", program, opens, lambda _: limits.open_per_program, none),
        (
            "duplication_limit",
            program,
            opens,
            lambda p: max(limits.duplication_limit - offered[p], 0.0),
            none,
        ),
        ("changed_most", one, changes, lambda _: limits.changed_most, none),
        ("changed_least", one, changes, lambda _: math.inf, limits.changed_least),
        ("seats_up_most", one, up, lambda _: limits.seats_up_most, none),
        ("seats_up_least", one, up, lambda _: math.inf, limits.seats_up_least),
        ("seats_down_most", one, down, lambda _: limits.seats_down_most, none),
        ("budget", one, money, lambda _: limits.budget, none),
    ]
    of_year = tuple(_family(items, sizes.width, *family) for family in wanted)
    return (*of_year, *sizes.rows()), tuple(sizes.taught)


def _family(
    items: Sequence[Item],
    width: int,
    code: str,
    owner: Owner,
    measure: Measure,
    most: Callable[[str], float],
    least: float,
) -> Rows:
    entries: dict[str, list[tuple[int, float]]] = defaultdict(list)
    if code == "changed_least" or code == "seats_up_least":
        entries[""] = []  # a demand stands even where nothing can answer it
    k = 0
    for item in items:
        for choice in item.choices:
            if amount := measure(item, choice):
                entries[owner(item)].append((k, amount))
            k += 1
    members = tuple(sorted(entries))
    amounts = [amount for member in members for _, amount in entries[member]]
    columns = [column for member in members for column, _ in entries[member]]
    rows = np.repeat(np.arange(len(members)), [len(entries[member]) for member in members])
    matrix: csr_array = coo_array(
        (amounts, (rows, columns)), shape=(len(members), width), dtype=float
    ).tocsr()
    return Rows(
        code=code,
        matrix=matrix,
        lower=np.full(len(members), least if least > 0 else -math.inf),
        upper=np.array([most(member) for member in members], float),
        members=members,
    )
