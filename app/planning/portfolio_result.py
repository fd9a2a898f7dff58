"""The result of a portfolio 整体方案: what is done, what it costs beside the rules and nothing, and which limits bind."""

from dataclasses import dataclass, field

from app.planning.balance import ProgramKey
from app.planning.portfolio_conflicts import Conflict
from app.planning.portfolio_items import Choice
from app.planning.rates import Key


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
