"""Openings 增设: programs that stay short after every possible expansion, at schools that teach their class."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.evidence import Evidence, threshold
from app.planning.proposals import Proposal
from app.planning.rules import supply_unknown
from app.planning.seats import graduates_per_seat
from app.planning.situation import Region
from app.planning.standing import Standing


@dataclass(frozen=True, slots=True)
class Opening:
    """A program to open at a school."""

    school_code: str
    program: ProgramKey
    seats: float
    heads: float
    """Graduates per year that the opening will add."""
    siblings: int
    """Offerings of the program's class at the school and level."""
    favoured: bool
    thresholds: tuple[Evidence, ...]


def openings(
    proposals: Sequence[Proposal], region: Region, standing: Standing | None = None
) -> Iterator[Opening]:
    """Openings of each program, the largest gap first, at the schools with most siblings, ties by school code.

    A program is opened where its low demand is above its supply, its offerings' seats are known, fewer schools than
    the duplication limit offer it, and its gap less this year's expansions fills whole openings. No more
    than a year's number is opened of a program or at a school, and a school needs the stated number of siblings.
    A school for which a reviewer has decided on the opening (`standing`) is not ready for it.
    """
    standing = standing or Standing()
    rules = region.profile.actions
    expanded: dict[ProgramKey, float] = defaultdict(float)
    taught: dict[str, set[ProgramKey]] = defaultdict(set)
    siblings: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    yields: dict[ProgramKey, list[float]] = defaultdict(list)
    for proposal in proposals:
        offering = proposal.situation.offering
        key = (offering.level, offering.program_code)
        expanded[key] += max(proposal.heads, 0.0)
        taught[offering.school_code].add(key)
        if (per_seat := graduates_per_seat(offering)) > 0:
            yields[key].append(per_seat)
        if key in region.facts and proposal.decision.action not in ("suspend", "close"):
            siblings[offering.level, region.facts[key].class_code][offering.school_code] += 1
    opened: Counter[str] = Counter()
    for key, balance in _short(region):
        per_seat = sum(yields[key]) / len(yields[key]) if yields[key] else 0.0
        heads = rules.open_seats.value * per_seat
        if heads <= 0 or supply_unknown(balance, region) is not None:
            continue
        favoured = region.of_group(key, (*region.profile.favoured_groups, *region.profile.protected_groups))
        places = min(
            int((balance.gap - expanded[key]) // heads),
            int(rules.open_per_program.value),
            int(rules.duplication_limit.value) - balance.offerings,
        )
        ready = sorted(
            (-count, school)
            for school, count in siblings[key[0], region.facts[key].class_code].items()
            if count >= rules.open_siblings.value
            and key not in taught[school]
            and opened[school] < rules.open_per_school.value
            and standing.withheld((school, *key), "open", balance) is None
        )
        for count, school in ready[: max(places, 0)]:
            opened[school] += 1
            yield Opening(
                school, key, rules.open_seats.value, heads, -count, favoured, _thresholds(balance, region)
            )


def _short(region: Region) -> list[tuple[ProgramKey, ProgramBalance]]:
    rules = region.profile.actions
    short = [
        (key, balance)
        for key, balance in region.balances.items()
        if key in region.facts
        and balance.ratio is not None
        and balance.ratio < rules.expand_below.value
        and balance.demand >= rules.evidence_min_heads.value
        and balance.demand_fit >= rules.evidence_fit.value
        and balance.gap >= rules.open_min_gap.value
        and balance.supply < balance.demand_low
    ]
    return sorted(short, key=lambda item: (-item[1].gap, item[0]))


def _thresholds(balance: ProgramBalance, region: Region) -> tuple[Evidence, ...]:
    rules = region.profile.actions
    return (
        threshold(
            "gap.open",
            rules.open_min_gap,
            f"缺口 {balance.gap:.0f} 人/年不小于 {rules.open_min_gap.value:.0f} 人/年",
        ),
        threshold(
            "duplication.below_limit",
            rules.duplication_limit,
            f"专业点 {balance.offerings} 个，少于 {rules.duplication_limit.value:.0f} 个",
        ),
        threshold(
            "siblings.ready", rules.open_siblings, f"同专业类专业点不少于 {rules.open_siblings.value:.0f} 个"
        ),
    )
