"""Items of a portfolio: what may change, by which choices, and the limits within which it does."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.planning.balance import ProgramKey
from app.planning.rates import Key


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
    seats: float = 0.0
    """Seats 人/年 of an offering now."""
    students_per_seat: float = 0.0
    """Students 人 at school for each seat a year."""

    @property
    def by_rule(self) -> Choice | None:
        return None if self.rule is None else self.choices[self.rule]


@dataclass(frozen=True, slots=True)
class PortfolioProgram:
    """A program as the portfolio sees it; demand and supply 人/年 as balanced."""

    key: ProgramKey
    pool: str
    """Programs of one level and pool (class) are closely related: graduates of one may meet demand for another."""
    demand: float
    supply: float
    offerings: int
    unmet_weight: float = 1.0
    """Multiplies the cost of its unmet heads."""


@dataclass(frozen=True, slots=True)
class PortfolioWeights:
    """Costs per head and year; what they are in a jurisdiction is for its profile to say."""

    unmet: float = 1.0
    surplus: float = 0.4
    pooled: float = 0.3
    """Cost of a head of demand met from another program of the pool; not below the difference of two unmet costs."""
    pooled_share: float = 0.3


@dataclass(frozen=True, slots=True)
class PortfolioLimits:
    """Limits of one year; inf where there is none. Counts of offerings, seats 人/年, money 万元."""

    changed_per_school: float = math.inf
    open_per_school: float = math.inf
    open_per_new_school: float = math.inf
    """The same for the `new_schools`."""
    new_schools: frozenset[str] = frozenset()
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
    max_programs: Mapping[str, float] = field(default_factory=dict)
    """By level: programs that a school which opens any may have, those it ends not counted …"""
    max_classes: Mapping[str, float] = field(default_factory=dict)
    """… classes they may belong to …"""
    mean_enrolment: Mapping[str, float] = field(default_factory=dict)
    """… and students 人 that each must have on average, those of the openings not counted."""


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
    "max_programs": ("增设后每校的专业不多于", "个"),
    "max_classes": ("增设后每校专业所属专业类不多于", "个"),
    "mean_enrolment": ("增设后每校在校生不少于专业数乘以平均每专业在校生", "人"),
}
"""Every limit with its name and unit, in the order in which they are reported."""
