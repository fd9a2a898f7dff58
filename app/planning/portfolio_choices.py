"""Choices 可选调整: what the rules admit for each offering and opening, with what it costs, as items of a portfolio."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.planning.decision import Decision
from app.planning.openings import Opening, candidates
from app.planning.portfolio_items import Choice, Item, PortfolioLimits, PortfolioProgram, PortfolioWeights
from app.planning.priorities import mismatched
from app.planning.profile import Profile
from app.planning.profile_values import Levels, Number
from app.planning.proposals import Proposal
from app.planning.rates import Key
from app.planning.readiness import Near
from app.planning.rules import decide
from app.planning.seats import after, graduates_per_seat, students_per_seat, whole
from app.planning.situation import Region, Situation
from app.planning.standing import Standing

NONE_GIVEN: Mapping[Key, float] = {}


@dataclass(frozen=True, slots=True)
class Offered:
    """An offering with what the rules decide before and after the seats of its program are shared out, and its item."""

    decided: Decision
    proposal: Proposal
    item: Item


@dataclass(frozen=True, slots=True)
class Possible:
    """An opening that the rules admit, and its item."""

    opening: Opening
    item: Item


def offered(
    proposals: Iterable[Proposal],
    region: Region,
    priority: Mapping[Key, float] = NONE_GIVEN,
    standing: Standing | None = None,
) -> list[Offered]:
    """Each offering with the changes it may make: those of its rule, in any size the year allows, and milder ones.

    What a reviewer has decided on (`standing`) is no choice.
    """
    standing = standing or Standing()
    found = []
    for proposal in proposals:
        situation = proposal.situation
        key = situation.offering.key
        decided = standing.heeded(key, decide(situation, region), situation.balance)
        choices = tuple(
            choice
            for choice in _choices(proposal, decided, region)
            if standing.withheld(key, choice.action, situation.balance) is None
        )
        made = proposal.seats - proposal.situation.offering.seats
        rule = next(
            (
                place
                for place, choice in enumerate(choices)
                if choice.action == proposal.decision.action and choice.seats == made
            ),
            None,
        )
        poor = _poor(proposal.situation, decided, region.profile)
        left = poor * proposal.situation.offering.graduates
        if choices and proposal.decision.of_itself:
            left += _due(choices[0], region.profile)
        found.append(
            Offered(
                decided,
                proposal,
                Item(
                    key=proposal.situation.offering.key,
                    choices=choices,
                    rule=rule,
                    protected=proposal.situation.protected,
                    priority=priority.get(proposal.situation.offering.key, 0.0),
                    standing_cost=left if choices else 0.0,
                    seats=situation.offering.seats,
                    students_per_seat=students_per_seat(situation.offering, region.profile),
                ),
            )
        )
    return found


def _choices(proposal: Proposal, decided: Decision, region: Region) -> tuple[Choice, ...]:
    situation, profile = proposal.situation, region.profile
    offering, costs = situation.offering, profile.portfolio
    poor = _poor(situation, decided, profile)
    if (
        decided.action == "keep" or situation.balance is None
    ):  # what is not balanced stays as the rules have it
        return ()
    if decided.action == "upgrade":
        towards, moved = _turned(situation, decided, profile)
        mended = costs.upgrade_share.value * poor * offering.graduates
        cost = costs.upgrade_cost.value - mended
        return (Choice("upgrade", 0.0, 0.0, cost, towards=towards, moved=moved),)
    per_seat = graduates_per_seat(offering)

    def change(action: str, seats: float) -> Choice:
        fixed = getattr(costs, f"{action}_cost").value
        ending = action in ("suspend", "close")
        return Choice(
            action=action,
            seats=seats,
            heads=seats * per_seat,
            cost=fixed + costs.seat_cost.value * abs(seats) - poor * max(-seats * per_seat, 0.0),
            money=costs.seat_price.value * max(seats, 0.0) + costs.close_price.value * ending,
            for_outcomes=action == "shrink" and decided.rules[0] == "destination.lowest",
        )

    if decided.of_itself:
        if proposal.decision.action == "keep":
            return ()
        only = change(proposal.decision.action, proposal.seats - offering.seats)
        return (replace(only, cost=only.cost - _due(only, profile), for_outcomes=True),)
    partly = "expand" if decided.action == "expand" else "shrink"
    sign = 1 if partly == "expand" else -1
    sizes = {after(offering.seats, sign * n) - offering.seats for n in _steps(offering.seats, profile)}
    if proposal.decision.action == partly:
        sizes.add(proposal.seats - offering.seats)
    choices = [change(partly, size) for size in sorted(sizes, key=abs) if size]
    if decided.action in ("suspend", "close"):
        choices.append(change(decided.action, -offering.seats))
    return tuple(choices)


def _due(change: Choice, profile: Profile) -> float:
    """Cost of leaving what rests on the offering alone (no entrants, signs of a warning) as it is.

    One head more than the change itself could cost at most, so that only the limits of a year keep it out.
    """
    costs = profile.portfolio
    fixed = getattr(costs, f"{change.action}_cost").value + costs.seat_cost.value * abs(change.seats)
    lost = costs.unmet_weight.value * costs.favoured_weight.value * abs(change.heads)
    return float(fixed + lost + 1.0)


def _steps(seats: float, profile: Profile) -> range:
    """The whole changes of seats that a year allows: whole steps, or single seats where it allows less than a step."""
    rules = profile.actions
    most = whole(seats * rules.yearly_change.value, rules)
    step = max(int(rules.seat_step.value), 1) if most >= rules.seat_step.value else 1
    return range(step, most + 1, step)


def _turned(
    situation: Situation, decided: Decision, profile: Profile
) -> tuple[tuple[str, str] | None, float]:
    """The program an upgrade turns graduates to, and how many: no more than are too many here and missing there."""
    of_class, balance = situation.of_class, situation.balance
    if "class.short" not in decided.rules or of_class is None or of_class.shortest is None or balance is None:
        return None, 0.0
    share = profile.portfolio.upgrade_share.value
    return of_class.shortest, min(share * situation.offering.graduates, max(-balance.gap, 0.0))


def _poor(situation: Situation, decided: Decision, profile: Profile) -> float:
    """Cost of poor outcomes for each graduate of the offering, where the rules find them poor."""
    if not {"matched.low", "destination.lowest"} & set(decided.rules):
        return 0.0
    return profile.portfolio.outcome_weight.value * mismatched(situation, decided)


def possible(
    proposals: Sequence[Proposal],
    opened: Sequence[Opening],
    region: Region,
    priority: Mapping[Key, float] = NONE_GIVEN,
    most: int | None = None,
    near: Near | None = None,
    standing: Standing | None = None,
) -> list[Possible]:
    """The openings that the rules admit (the first `most`), each in one class or more; `opened` are those they make."""
    costs = region.profile.portfolio
    made = {(opening.school_code, opening.program) for opening in opened}
    found: list[Possible] = []
    for opening in candidates(proposals, region, near, standing):
        if most is not None and len(found) >= most:
            break
        gap = region.balances[opening.program].gap
        choices = tuple(
            Choice(
                action="open",
                seats=n * opening.seats,
                heads=n * opening.heads,
                cost=costs.open_cost.value + costs.seat_cost.value * n * opening.seats,
                money=costs.open_price.value + costs.seat_price.value * n * opening.seats,
                classes=n,
            )
            for n in range(1, max(int(costs.open_classes.value), 1) + 1)
            if n == 1 or n * opening.heads <= gap
        )
        rule = 0 if (opening.school_code, opening.program) in made else None
        key = (opening.school_code, *opening.program)
        item = Item(key, choices, rule, opening=True, priority=priority.get(key, 0.0))
        found.append(Possible(opening, item))
    return found


def programs_of(region: Region) -> list[PortfolioProgram]:
    """All balanced programs; the pool of a program is its class, or itself where that is not known."""
    profile = region.profile
    groups = (*profile.favoured_groups, *profile.protected_groups)
    favoured = profile.portfolio.favoured_weight.value
    return [
        PortfolioProgram(
            key=key,
            pool=region.facts[key].class_code if key in region.facts else f"={key[1]}",
            demand=balance.demand,
            supply=balance.supply,
            offerings=balance.offerings,
            unmet_weight=favoured if region.of_group(key, groups) else 1.0,
        )
        for key, balance in sorted(region.balances.items())
    ]


def weights_of(profile: Profile) -> PortfolioWeights:
    rules = profile.portfolio
    return PortfolioWeights(
        unmet=rules.unmet_weight.value,
        surplus=rules.surplus_weight.value,
        pooled=rules.pooled_weight.value,
        pooled_share=rules.pooled_share.value,
    )


def limits_of(region: Region) -> PortfolioLimits:
    """The limits of the profile in offerings, seats and money; shares are of offerings and seats that are known."""
    rules, limits, sizes = region.profile.actions, region.profile.portfolio, region.profile.limits
    of_new = sizes.open_per_new_school or rules.open_per_school
    seats = [s.offering.seats for s in region.situations if s.offering.seats > 0]
    return PortfolioLimits(
        changed_per_school=limits.changed_per_school.value,
        open_per_school=rules.open_per_school.value,
        open_per_new_school=of_new.value,
        new_schools=frozenset(sizes.new_schools.value if sizes.new_schools else ()),
        open_per_program=rules.open_per_program.value,
        duplication_limit=rules.duplication_limit.value,
        changed_most=math.ceil(limits.changed_share_most.value * len(seats) - 1e-9),
        changed_least=math.ceil(limits.changed_share_least.value * len(seats) - 1e-9),
        seats_up_most=limits.seats_up_share.value * sum(seats),
        seats_up_least=limits.seats_up_least.value,
        seats_down_most=limits.seats_down_share.value * sum(seats),
        budget=limits.budget.value,
        max_programs=_by_level(sizes.max_programs),
        max_classes=_by_level(sizes.max_classes),
        mean_enrolment=_by_level(sizes.mean_enrolment),
    )


def _by_level(numbers: Mapping[Levels, Number]) -> dict[str, float]:
    return {level: number.value for level, number in numbers.items()}


def sources_of(profile: Profile) -> dict[str, str]:
    """Where each limit comes from: the source that the profile states."""
    rules, limits = profile.actions, profile.portfolio
    return {
        "gap": "供需平衡：一个专业的扩招和增设合计不超过其缺口",
        "surplus": "供需平衡：一个专业为消化富余所作的缩减合计不超过其富余",
        "changed_per_school": limits.changed_per_school.source,
        "open_per_school": rules.open_per_school.source,
        "open_per_program": rules.open_per_program.source,
        "duplication_limit": rules.duplication_limit.source,
        "changed_most": limits.changed_share_most.source,
        "changed_least": limits.changed_share_least.source,
        "seats_up_most": limits.seats_up_share.source,
        "seats_up_least": limits.seats_up_least.source,
        "seats_down_most": limits.seats_down_share.source,
        "budget": limits.budget.source,
        **{
            name: "；".join(dict.fromkeys(number.source for number in getattr(profile.limits, name).values()))
            for name in ("max_programs", "max_classes", "mean_enrolment")
        },
    }
