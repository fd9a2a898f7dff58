"""Limits of a portfolio 限制: what a year, a school, a program and the budget allow, as rows over the choices."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from app.planning.balance import ProgramKey
from app.planning.portfolio_model import Rows
from app.planning.supply import Key


@dataclass(frozen=True, slots=True)
class Choice:
    """One change that an item may make; seats and heads 人/年, money 万元."""

    action: str
    seats: float
    """Change of seats, negative for a cut."""
    heads: float
    """Change of graduates of the item's own program."""
    cost: float
    """Cost of the change in heads; what it mends of poor outcomes is taken off."""
    money: float = 0.0
    towards: ProgramKey | None = None
    """The program that an upgrade turns graduates to."""
    moved: float = 0.0
    """Graduates it turns."""
    for_outcomes: bool = False
    """A cut for poor outcomes: not bounded by the program's surplus."""
    classes: int = 0
    """Classes that open with it."""


@dataclass(frozen=True, slots=True)
class Item:
    """An offering, or an opening that is possible, with the changes that the rules admit."""

    key: Key
    choices: tuple[Choice, ...]
    rule: int | None = None
    """The place of the choice that the rules make one by one; None is to leave it."""
    opening: bool = False
    protected: bool = False
    priority: float = 0.0
    """Rank of what the rules make among all they make, higher first."""
    standing_cost: float = 0.0
    """Cost of its poor outcomes while nothing is done about them."""

    @property
    def by_rule(self) -> Choice | None:
        return None if self.rule is None else self.choices[self.rule]


@dataclass(frozen=True, slots=True)
class PortfolioLimits:
    """Limits of one year; inf where there is none. Counts of offerings, seats 人/年, money 万元."""

    changed_per_school: float = math.inf
    open_per_school: float = math.inf
    open_per_program: float = math.inf
    duplication_limit: float = math.inf
    """Offerings of one program beyond which none is opened."""
    changed_most: float = math.inf
    changed_least: float = 0.0
    """Offerings changed in the city, openings among them."""
    seats_up_most: float = math.inf
    seats_up_least: float = 0.0
    seats_down_most: float = math.inf
    budget: float = math.inf


LIMITS = {
    "gap": ("各专业新增不超过缺口", "人/年"),
    "surplus": ("各专业缩减不超过富余", "人/年"),
    "changed_per_school": ("每校每年调整的专业点", "个"),
    "open_per_school": ("每校每年增设的专业点", "个"),
    "open_per_program": ("每个专业每年增设的专业点", "个"),
    "duplication_limit": ("一个专业的专业点总数", "个"),
    "changed_most": ("全市每年调整的专业点不多于", "个"),
    "changed_least": ("全市每年调整的专业点不少于", "个"),
    "seats_up_most": ("全市每年新增学位不多于", "人/年"),
    "seats_up_least": ("全市每年新增学位不少于", "人/年"),
    "seats_down_most": ("全市每年缩减学位不多于", "人/年"),
    "budget": ("年度经费不多于", "万元"),
}
"""Every limit with its name and unit, in the order in which they are reported."""
Owner = Callable[[Item], str]
Measure = Callable[[Item, Choice], float]


def limit_rows(
    items: Sequence[Item], programs: Sequence[tuple[ProgramKey, float, int]], limits: PortfolioLimits
) -> tuple[Rows, ...]:
    """The rows of every limit that is set, in the order of LIMITS; `programs` are key, gap 人/年 and offerings."""
    gap = {" ".join(key): heads for key, heads, _ in programs}
    offered = {" ".join(key): count for key, _, count in programs}

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
        ("open_per_school", school, opens, lambda _: limits.open_per_school, none),
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
    return tuple(_family(items, *family) for family in wanted)


def _family(
    items: Sequence[Item],
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
    matrix: csr_array = coo_array((amounts, (rows, columns)), shape=(len(members), k), dtype=float).tocsr()
    return Rows(
        code=code,
        matrix=matrix,
        lower=np.full(len(members), least if least > 0 else -math.inf),
        upper=np.array([most(member) for member in members], float),
        members=members,
    )
