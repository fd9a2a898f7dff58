"""Openings 增设: programs that stay short after every possible expansion, at schools that teach their class."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.evidence import Evidence, threshold
from app.planning.proposals import Proposal
from app.planning.readiness import Candidate, Near, readiness_parts, readiness_score
from app.planning.rules import supply_unknown
from app.planning.school_limits import SchoolLimits
from app.planning.seats import graduates_per_seat
from app.planning.situation import Region


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
    candidate: Candidate


def openings(
    proposals: Sequence[Proposal], region: Region, near: Near | None = None
) -> tuple[list[Opening], list[Candidate]]:
    """Openings of each program, the largest gap first, at the schools that are readiest; and every school's candidates.

    A program is opened where its low demand is above its supply, its offerings' seats are known, fewer schools than
    the duplication limit offer it, and its gap less this year's expansions fills whole openings. No more
    than a year's number is opened of a program or at a school, a school needs the stated number of siblings, and no
    limit of the profile may stand against it. Of equally ready schools that with more siblings comes first, then by code.

    Candidates are the programs that are short at the schools that teach at their level and not the program: of each
    school the `profile.readiness.per_school` best, and all that are opened.
    """
    rules = region.profile.actions
    expanded: dict[ProgramKey, float] = defaultdict(float)
    yields: dict[ProgramKey, list[float]] = defaultdict(list)
    for proposal in proposals:
        offering = proposal.situation.offering
        expanded[proposal.situation.program] += max(proposal.heads, 0.0)
        if (per_seat := graduates_per_seat(offering)) > 0:
            yields[proposal.situation.program].append(per_seat)
    limits = SchoolLimits(proposals, region)
    opened: list[Opening] = []
    candidates: list[Candidate] = []
    for key, balance in _short(region):
        per_seat = sum(yields[key]) / len(yields[key]) if yields[key] else 0.0
        heads = rules.open_seats.value * per_seat
        of_program = _candidates(key, balance, limits, near)
        places = 0
        if heads > 0 and supply_unknown(balance, region) is None:
            places = min(
                int((balance.gap - expanded[key]) // heads),
                int(rules.open_per_program.value),
                int(rules.duplication_limit.value) - balance.offerings,
            )
        favoured = region.of_group(key, (*region.profile.favoured_groups, *region.profile.protected_groups))
        for candidate in of_program:
            if places > 0 and not candidate.barriers:
                places -= 1
                limits.note_opening(candidate.school_code, key)
                siblings = int(candidate.parts[0].value or 0)
                opened.append(
                    Opening(
                        candidate.school_code,
                        key,
                        rules.open_seats.value,
                        heads,
                        siblings,
                        favoured,
                        _thresholds(balance, region),
                        candidate,
                    )
                )
                candidate = replace(candidate, chosen=True)
            candidates.append(candidate)
    return opened, _best_of_each_school(candidates, int(region.profile.readiness.per_school.value))


def _candidates(
    key: ProgramKey, balance: ProgramBalance, limits: SchoolLimits, near: Near | None
) -> list[Candidate]:
    """Every school that teaches at the program's level and not the program, the readiest first."""
    region = limits.region
    number = region.profile.actions.open_siblings
    found = []
    for school, level in sorted(limits.going_on):
        if level != key[0] or key in limits.taught[school]:
            continue
        siblings = limits.siblings[school, level][region.facts[key].class_code]
        place = near(school, key) if near else None
        parts = readiness_parts(balance, siblings, place, region.profile)
        barriers = limits.barriers(school, key)
        if siblings < number.value:
            text = f"同专业类专业点 {siblings} 个，少于 {number.value:.0f} 个"
            barriers.append(threshold("siblings.ready", number, text))
        if balance.offerings >= region.profile.actions.duplication_limit.value:
            most = region.profile.actions.duplication_limit
            text = f"全市专业点 {balance.offerings} 个，不少于 {most.value:.0f} 个"
            barriers.append(threshold("duplication.below_limit", most, text))
        simulated = balance.supply_simulated or balance.simulated_share > 0
        found.append(Candidate(school, key, readiness_score(parts), parts, tuple(barriers), False, simulated))
    return sorted(found, key=lambda c: (-c.score, -(c.parts[0].value or 0), c.school_code))


def _best_of_each_school(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    """By school, those that are opened, then those with least against them, the readiest first."""
    schools: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        schools[candidate.school_code].append(candidate)
    return [
        candidate
        for school in sorted(schools)
        for place, candidate in enumerate(
            sorted(schools[school], key=lambda c: (not c.chosen, len(c.barriers) > 0, -c.score, c.program))
        )
        if place < most or candidate.chosen
    ]


def still_short(balance: ProgramBalance, region: Region) -> bool:
    """Whether a program is short by as much as an opening asks for, even at the low forecast."""
    rules = region.profile.actions
    return (
        balance.ratio is not None
        and balance.ratio < rules.expand_below.value
        and balance.demand >= rules.evidence_min_heads.value
        and balance.gap >= rules.open_min_gap.value
        and balance.supply < balance.demand_low
    )


def _short(region: Region) -> list[tuple[ProgramKey, ProgramBalance]]:
    rules = region.profile.actions
    short = [
        (key, balance)
        for key, balance in region.balances.items()
        if key in region.facts
        and balance.demand_fit >= rules.evidence_fit.value
        and still_short(balance, region)
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
