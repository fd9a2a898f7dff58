"""Openings 增设: programs that stay short after every possible expansion, at schools that teach their class."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.evidence import Evidence, threshold
from app.planning.proposals import Proposal
from app.planning.readiness import Candidate, Near, readiness_parts, readiness_score
from app.planning.rules import supply_unknown
from app.planning.school_limits import SchoolLimits
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
    rules: tuple[str, ...] = ("gap.open", "duplication.below_limit", "siblings.ready")
    reason: str = ""
    """What there is to say beyond the rules."""
    readiness: Candidate | None = None
    """How ready the school is."""


def candidates(
    proposals: Sequence[Proposal],
    region: Region,
    near: Near | None = None,
    standing: Standing | None = None,
) -> Iterator[Opening]:
    """Every opening that the rules admit, however many: programs by gap, largest first, schools by readiness.

    A program may be opened where its low demand is above its supply, its offerings' seats are known and fewer schools
    than the duplication limit offer it; a school needs the stated number of siblings, must not teach it yet, and no
    limit of the profile may stand against it. Of equally ready schools that with more siblings comes first, then by
    code. How many are opened of a program or at a school in a year is not looked at here. A school for which a reviewer
    has decided on the opening (`standing`) is not ready for it.
    """
    yield from _admitted(SchoolLimits(proposals, region, standing), proposals, near)


def openings(
    proposals: Sequence[Proposal],
    region: Region,
    near: Near | None = None,
    standing: Standing | None = None,
) -> Iterator[Opening]:
    """Openings of each program, one by one: of the candidates as many as its gap less this year's expansions fills.

    No more than a year's number is opened of a program or at a school, and each opening counts against the limits of
    its school for the next.
    """
    standing = standing or Standing()
    rules = region.profile.actions
    expanded: dict[ProgramKey, float] = defaultdict(float)
    for proposal in proposals:
        expanded[proposal.situation.program] += max(proposal.heads, 0.0)
    limits = SchoolLimits(proposals, region, standing)
    of_program: Counter[ProgramKey] = Counter()
    for opening in _admitted(limits, proposals, near):
        key, balance = opening.program, region.balances[opening.program]
        places = min(
            int((balance.gap - expanded[key]) // opening.heads),
            int(rules.open_per_program.value),
            int(rules.duplication_limit.value) - balance.offerings,
        )
        if of_program[key] < places and not limits.barriers(opening.school_code, key):
            limits.note_opening(opening.school_code, key)
            of_program[key] += 1
            yield opening


def school_candidates(
    proposals: Sequence[Proposal],
    region: Region,
    opened: Sequence[Opening],
    near: Near | None = None,
    standing: Standing | None = None,
) -> list[Candidate]:
    """What every school could open, with how ready it is and what stands against it, by school.

    Candidates are the programs that are short, at the schools that teach at their level and not the program: of each
    school those that are `opened`, then those with nothing against them, the readiest first, at most
    `profile.readiness.per_school` (more only where more are opened).
    """
    limits = SchoolLimits(proposals, region, standing)
    chosen = {(opening.school_code, opening.program) for opening in opened}
    schools: dict[str, list[Candidate]] = defaultdict(list)
    for key, balance in _short(region):
        for candidate in _of_schools(key, balance, limits, near):
            schools[candidate.school_code].append(
                replace(candidate, chosen=(candidate.school_code, key) in chosen)
            )
    most = region.profile.readiness.per_school.value
    return [
        candidate
        for school in sorted(schools)
        for place, candidate in enumerate(
            sorted(schools[school], key=lambda c: (not c.chosen, len(c.barriers) > 0, -c.score, c.program))
        )
        if place < most or candidate.chosen
    ]


def _admitted(limits: SchoolLimits, proposals: Sequence[Proposal], near: Near | None) -> Iterator[Opening]:
    region = limits.region
    rules = region.profile.actions
    yields: dict[ProgramKey, list[float]] = defaultdict(list)
    for proposal in proposals:
        if (per_seat := graduates_per_seat(proposal.situation.offering)) > 0:
            yields[proposal.situation.program].append(per_seat)
    for key, balance in _short(region):
        per_seat = sum(yields[key]) / len(yields[key]) if yields[key] else 0.0
        heads = rules.open_seats.value * per_seat
        if heads <= 0 or supply_unknown(balance, region) is not None:
            continue
        favoured = region.of_group(key, (*region.profile.favoured_groups, *region.profile.protected_groups))
        for candidate in _of_schools(key, balance, limits, near, rules.open_siblings.value):
            if not candidate.barriers:
                yield Opening(
                    candidate.school_code,
                    key,
                    rules.open_seats.value,
                    heads,
                    int(candidate.parts[0].value or 0),
                    favoured,
                    _thresholds(balance, region),
                    readiness=replace(candidate, chosen=True),
                )


def _of_schools(
    key: ProgramKey,
    balance: ProgramBalance,
    limits: SchoolLimits,
    near: Near | None,
    least_siblings: float = 0.0,
) -> list[Candidate]:
    """Every school that teaches at the program's level and not the program, the readiest first.

    Schools with fewer than `least_siblings` offerings of its class are left out.
    """
    region = limits.region
    rules = region.profile.actions
    found = []
    for school, level in sorted(limits.going_on):
        if level != key[0] or key in limits.taught[school]:
            continue
        siblings = limits.siblings[school, level][region.facts[key].class_code]
        if siblings < least_siblings:
            continue
        place = near(school, key) if near else None
        has = region.resources(school, key) if region.resources else None
        parts = readiness_parts(balance, siblings, place, region.profile, has)
        barriers = limits.barriers(school, key)
        if siblings < rules.open_siblings.value:
            text = f"同专业类专业点 {siblings} 个，少于 {rules.open_siblings.value:.0f} 个"
            barriers.append(threshold("siblings.ready", rules.open_siblings, text))
        if balance.offerings >= rules.duplication_limit.value:
            text = f"全市专业点 {balance.offerings} 个，不少于 {rules.duplication_limit.value:.0f} 个"
            barriers.append(threshold("duplication.below_limit", rules.duplication_limit, text))
        simulated = balance.supply_simulated or balance.simulated_share > 0 or bool(place and place.simulated)
        simulated = simulated or bool(has and has.simulated)
        found.append(Candidate(school, key, readiness_score(parts), parts, tuple(barriers), False, simulated))
    return sorted(found, key=lambda c: (-c.score, -(c.parts[0].value or 0), c.school_code))


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
