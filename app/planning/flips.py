"""Flips 改变结论的条件: the nearest figure that would make an action another one, found by deciding anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from app.planning.balance import ProgramBalance
from app.planning.copies import Copies
from app.planning.decision import LABELS
from app.planning.rules import by_balance, by_enrolment_alone, decide
from app.planning.situation import Region, Situation

STEPS = (1.03, 1.08, 1.15, 1.25, 1.4, 1.6, 2.0, 2.6, 3.5, 5.0)
"""Factors at which the rules are asked; between the last unlike neighbours the border is halved down."""
_HALVINGS = 18
Says = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Flip:
    """A figure that would have to change, how far, and the action that would follow."""

    figure: str
    """demand, supply, destination_rate, matched_rate or registration_rate."""
    now: float
    then: float
    """The first value from which the rules ask for `action`, 人/年 or 0-1."""
    action: str
    text: str

    @property
    def change(self) -> float:
        """(then − now) / now, for rates then − now."""
        if self.figure in ("demand", "supply"):
            return self.then / self.now - 1 if self.now > 0 else 0.0
        return self.then - self.now


def flips(situation: Situation, region: Region, action: str) -> tuple[Flip, ...]:
    """What would change the decision on an offering, the nearest first; at most one of each figure and direction.

    Each figure is moved alone, demand and supply with all that follows from them (low and high, gap, ratio, the
    class), and the same rules decide anew; the border is found by halving to 2⁻¹⁸ of a step. A figure that changes
    nothing up to five times (or a fifth) of itself, or within 0-1, has no flip. Empty where the rules ask for
    another action than `action` from the start, for then something else than a figure decided.
    """
    if decide(situation, region).action != action:
        return ()
    if by_enrolment_alone(situation, region) is not None:
        return ()
    found = [
        *_balance_flips(situation, region, action),
        *_rate_flips(situation, region, action),
        *_destination_flips(situation, region, action),
    ]
    return tuple(sorted(found, key=lambda flip: (abs(flip.change), flip.figure, flip.then)))


def opening_flips(balance: ProgramBalance, holds: Callable[[ProgramBalance], bool]) -> tuple[Flip, ...]:
    """What would make an opening needless: less demand or more supply, until `holds` of the balance no more."""

    demands, supplies = moved_demand(balance), moved_supply(balance)

    def by_demand(factor: float) -> str:
        return "open" if holds(demands(factor)) else "keep"

    def by_supply(factor: float) -> str:
        return "open" if holds(supplies(factor)) else "keep"

    found = []
    for figure, value, says in (("demand", balance.demand, by_demand), ("supply", balance.supply, by_supply)):
        for then, action in _borders(says, "open"):
            found.append(_of_balance(figure, value, then, action, "不再增设"))
    return tuple(sorted(found, key=lambda flip: (abs(flip.change), flip.figure)))


def moved_demand(balance: ProgramBalance) -> Callable[[float], ProgramBalance]:
    """The balance at a factor times its demand, low and high with it."""
    copies = Copies(balance, "demand_low", "demand", "demand_high", "gap", "ratio")

    def at(factor: float) -> ProgramBalance:
        demand = balance.demand * factor
        return copies(
            balance.demand_low * factor,
            demand,
            balance.demand_high * factor,
            demand - balance.supply,
            balance.supply / demand if demand > 0 else None,
        )

    return at


def moved_supply(balance: ProgramBalance) -> Callable[[float], ProgramBalance]:
    """The balance at a factor times its supply."""
    copies = Copies(balance, "supply", "gap", "ratio")

    def at(factor: float) -> ProgramBalance:
        supply = balance.supply * factor
        return copies(
            supply, balance.demand - supply, supply / balance.demand if balance.demand > 0 else None
        )

    return at


def _balance_flips(situation: Situation, region: Region, action: str) -> Iterator[Flip]:
    balance, of_class = situation.balance, situation.of_class
    if balance is None:
        return

    situations = Copies(situation, "balance", "of_class")
    demands, supplies = moved_demand(balance), moved_supply(balance)

    def by_demand(factor: float) -> str:
        more = balance.demand * (factor - 1)
        moved = replace(of_class, demand=of_class.demand + more) if of_class else None
        return by_balance(situations(demands(factor), moved), region).action

    def by_supply(factor: float) -> str:
        more = balance.supply * (factor - 1)
        moved = replace(of_class, supply=of_class.supply + more) if of_class else None
        return by_balance(situations(supplies(factor), moved), region).action

    for figure, value, says in (("demand", balance.demand, by_demand), ("supply", balance.supply, by_supply)):
        if value > 0:
            for then, other in _borders(says, action):
                yield _of_balance(figure, value, then, other, f"改为{LABELS[other]}")


def _of_balance(figure: str, now: float, factor: float, action: str, follows: str) -> Flip:
    name, way = {"demand": "需求", "supply": "供给"}[figure], "增加" if factor > 1 else "减少"
    text = f"若{name}{way} {abs(factor - 1):.0%}（至 {now * factor:.0f} 人/年）则{follows}"
    return Flip(figure, now, now * factor, action, text)


def _borders(says: Says, action: str) -> Iterator[tuple[float, str]]:
    """The nearest factor above 1 and below 1 from which `says` another action than `action`, with that action."""
    for steps in (STEPS, [1 / step for step in STEPS]):
        before = 1.0
        for step in steps:
            if says(step) != action:
                yield _halved(says, action, before, step)
                break
            before = step


def _halved(says: Says, action: str, inside: float, outside: float) -> tuple[float, str]:
    other = says(outside)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if (there := says(middle)) == action:
            inside = middle
        else:
            outside, other = middle, there
    return outside, other


def _rate_flips(situation: Situation, region: Region, action: str) -> Iterator[Flip]:
    matched, registered = situation.matched, situation.registration
    if matched is not None and matched.matched_rate is not None:

        def by_matched(rate: float) -> str:
            return by_balance(replace(situation, matched=replace(matched, matched_rate=rate)), region).action

        yield from _rate_borders("matched_rate", "对口率", matched.matched_rate, by_matched, action)
    if registered is not None and registered.registration_rate is not None:

        def by_registration(rate: float) -> str:
            row = replace(registered, registration_rate=rate)
            return by_balance(replace(situation, registration=row), region).action

        yield from _rate_borders(
            "registration_rate", "报到率", registered.registration_rate, by_registration, action
        )


def _rate_borders(figure: str, name: str, now: float, says: Says, action: str) -> Iterator[Flip]:
    for end in (0.0, 1.0):
        if now != end and says(end) != action:
            then, other = _halved(says, action, now, end)
            yield _of_rate(figure, name, now, then, other)


def _destination_flips(situation: Situation, region: Region, action: str) -> Iterator[Flip]:
    """The latest destination rate moved out of the lowest of its level and year, or into them."""
    rated = [row for row in situation.outcomes if row.destination_rate is not None]
    if not rated:
        return
    latest = rated[0]
    now = latest.destination_rate or 0.0
    years = int(region.profile.actions.low_years.value)
    cut = _destination_cut(region, latest.level, latest.year, now)
    if cut is None:
        return
    if situation.low:
        changed = replace(situation, low=(), low_run=0)
    elif situation.earlier_low >= years - 1 and len(rated) >= years >= 1:
        fallen = replace(latest, destination_rate=max(cut - 1e-6, 0.0))
        changed = replace(situation, low=(fallen, *rated[1:years]), low_run=situation.earlier_low + 1)
    else:
        return
    other = by_balance(changed, region).action
    if other != action:
        yield _of_rate("destination_rate", f"{latest.year} 年毕业去向落实率", now, cut, other)


def _destination_cut(region: Region, level: str, year: int, own: float) -> float | None:
    """The rate below which an offering of rate `own` is among the lowest share of its level and year.

    Of n rates the k = ⌊share · n⌋ lowest are low, so it is the k-th lowest of the others.
    """
    others = list(region.destination_rates.get((level, year), ()))
    count = int(region.profile.actions.low_percentile.value * len(others) + 1e-9)
    others.remove(own)
    return others[count - 1] if 0 < count <= len(others) else None


def _of_rate(figure: str, name: str, now: float, then: float, action: str) -> Flip:
    way = "升" if then > now else "降"
    return Flip(
        figure,
        now,
        then,
        action,
        f"若{name}由 {now:.1%} {way}至 {then:.1%} {'以上' if then > now else '以下'}则改为{LABELS[action]}",
    )
