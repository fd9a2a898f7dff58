"""The priority of a recommendation: how many heads it is about, and how far from balance."""

from collections.abc import Sequence

from app.planning.balance import ProgramBalance
from app.planning.decision import Decision
from app.planning.openings import Opening
from app.planning.profile import Profile
from app.planning.proposals import Proposal
from app.planning.rates import Key
from app.planning.situation import Region, Situation


def priorities(region: Region, proposals: Sequence[Proposal], opened: Sequence[Opening]) -> dict[Key, float]:
    """The priority of each proposal and opening, as `actions_of` gives it."""
    return {
        **{p.situation.offering.key: priority(p, region.profile) for p in proposals},
        **{(o.school_code, *o.program): opening_priority(o, region) for o in opened},
    }


def opening_priority(opening: Opening, region: Region) -> float:
    """Heads 人/年 that the opening brings, times how far its program is from balance."""
    balance = region.balances[opening.program]
    return opening.heads * _imbalance(balance) * _weight(opening.favoured, region.profile)


def priority(proposal: Proposal, profile: Profile) -> float:
    """Heads 人/年 by which the offering changes, times how far its program is from balance; 0 where it is kept.

    Of an upgrade, or a cut for poor outcomes, the graduates for whom it is meant.
    """
    situation, action = proposal.situation, proposal.decision.action
    balance, graduates = situation.balance, situation.offering.graduates
    if proposal.decision.of_itself and action != "keep":
        return abs(proposal.heads)
    if action == "keep" or balance is None:
        return 0.0
    if action == "upgrade" or proposal.decision.rules[0] == "destination.lowest":
        return graduates * mismatched(situation, proposal.decision)
    favoured = action == "expand" and (situation.favoured or situation.protected)
    return abs(proposal.heads) * _imbalance(balance) * _weight(favoured, profile)


def mismatched(situation: Situation, decision: Decision) -> float:
    """Share 0-1 of the graduates for whom an upgrade, or a cut for poor outcomes, is meant."""
    if "matched.low" in decision.rules and situation.matched is not None:
        return 1.0 - (situation.matched.matched_rate or 0.0)
    if "destination.lowest" in decision.rules:
        return 1.0 - (situation.low[0].destination_rate or 0.0)
    return _imbalance(situation.balance) if situation.balance is not None else 0.0


def _imbalance(balance: ProgramBalance) -> float:
    return abs(balance.gap) / max(balance.demand, balance.supply, 1.0)


def _weight(favoured: bool, profile: Profile) -> float:
    return profile.actions.favoured_tolerance.value if favoured else 1.0
