"""Proposals: the decisions on all offerings of one program, with the seats that together stay within its gap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.planning.balance import ProgramBalance
from app.planning.decision import Decision
from app.planning.profile_rules import Actions
from app.planning.seats import after, graduates_per_seat, quality, seats_for, share_out, whole
from app.planning.situation import Situation


@dataclass(frozen=True, slots=True)
class Proposal:
    situation: Situation
    decision: Decision
    seats: float
    """Seats proposed, 人/年."""

    @property
    def heads(self) -> float:
        """Graduates per year that the change adds (or takes away, negative)."""
        offering = self.situation.offering
        return (self.seats - offering.seats) * graduates_per_seat(offering)


def propose(decided: Sequence[tuple[Situation, Decision]], rules: Actions) -> list[Proposal]:
    """Turn the decisions on one program's offerings into seats, in the order given.

    Expansions share the program's gap in proportion to graduates × relative destination rate; reductions share its
    surplus, less what closings and suspensions take, in proportion to graduates ÷ relative destination rate. No
    offering changes by more than a year's share, none below one seat: what would is kept. Closings and suspensions
    go from the lowest destination rate upwards and only while the surplus lasts; the others shrink instead.
    """
    balance = decided[0][0].balance
    if balance is None:
        return [_by_itself(s, d, rules) for s, d in decided]
    proposals = _ended(decided, balance, rules)
    proposals = _reduced(proposals, balance, rules)
    return _expanded(proposals, balance, rules)


def _by_itself(situation: Situation, decision: Decision, rules: Actions) -> Proposal:
    """The seats of a decision that rests on the offering alone; those of any other are left as they are."""
    proposal = Proposal(situation, decision, situation.offering.seats)
    if not decision.of_itself:
        return proposal
    if decision.action in ("close", "suspend"):
        return replace(proposal, seats=0.0)
    return _changed(proposal, -whole(situation.offering.seats * rules.yearly_change.value, rules))


def _ended(
    decided: Sequence[tuple[Situation, Decision]], balance: ProgramBalance, rules: Actions
) -> list[Proposal]:
    proposals = [_by_itself(situation, decision, rules) for situation, decision in decided]
    surplus = max(-balance.gap + sum(p.heads for p in proposals), 0.0)
    ending = [i for i, (_, d) in enumerate(decided) if d.action in ("close", "suspend") and not d.of_itself]
    ending.sort(key=lambda i: (decided[i][0].low[0].destination_rate or 0.0, decided[i][0].offering.key))
    for i in ending:
        situation, decision = decided[i]
        if situation.offering.graduates <= surplus:
            surplus -= situation.offering.graduates
            proposals[i] = Proposal(situation, decision, 0.0)
        else:
            decision = replace(decision, action="shrink").also(
                "surplus.used_up", "；其余专业点的调整已消化富余，先缩减"
            )
            proposals[i] = Proposal(situation, decision, situation.offering.seats)
    return proposals


def _reduced(proposals: list[Proposal], balance: ProgramBalance, rules: Actions) -> list[Proposal]:
    shrinking = [
        i for i, p in enumerate(proposals) if p.decision.action == "shrink" and not p.decision.of_itself
    ]
    if not shrinking:
        return proposals
    # A cut that rests on outcomes, not on a surplus, is a year's share by itself.
    by_outcome = [i for i in shrinking if proposals[i].decision.rules[0] == "destination.lowest"]
    for i in by_outcome:
        offering = proposals[i].situation.offering
        seats = whole(offering.seats * rules.yearly_change.value, rules)
        proposals[i] = _changed(proposals[i], -seats)
    sharing = [i for i in shrinking if i not in by_outcome]
    surplus = max(-balance.gap + sum(p.heads for p in proposals), 0.0)
    offerings = [proposals[i].situation.offering for i in sharing]
    graduates = np.array([o.graduates for o in offerings])
    weights = graduates / np.maximum(quality(offerings), 0.1)
    for i, heads in zip(
        sharing, share_out(surplus, weights, graduates * rules.yearly_change.value), strict=True
    ):
        offering = proposals[i].situation.offering
        proposals[i] = _changed(proposals[i], -seats_for(float(heads), offering, rules))
    return proposals


def _expanded(proposals: list[Proposal], balance: ProgramBalance, rules: Actions) -> list[Proposal]:
    expanding = [i for i, p in enumerate(proposals) if p.decision.action == "expand"]
    offerings = [proposals[i].situation.offering for i in expanding]
    graduates = np.array([o.graduates for o in offerings])
    given = share_out(
        max(balance.gap, 0.0), graduates * quality(offerings), graduates * rules.yearly_change.value
    )
    for i, heads in zip(expanding, given, strict=True):
        offering = proposals[i].situation.offering
        proposals[i] = _changed(proposals[i], seats_for(float(heads), offering, rules))
    return proposals


def _changed(proposal: Proposal, change: int) -> Proposal:
    if change == 0:
        decision = replace(proposal.decision, action="keep").also(
            "change.too_small", "；按一年调整上限折算不足 1 人，暂不调整"
        )
        return replace(proposal, decision=decision)
    return replace(proposal, seats=after(proposal.situation.offering.seats, change))
