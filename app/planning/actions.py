"""Actions 调整建议: what to do with each offering, and which to open, by the rules of a profile."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.certainty import Certainty
from app.planning.decision import LABELS, Decision
from app.planning.enrolment import EnrolmentYear
from app.planning.evidence import Evidence, balance_evidence, class_evidence, offering_evidence
from app.planning.flips import Flip, flips, opening_flips
from app.planning.openings import Opening, openings, school_candidates, still_short
from app.planning.priorities import opening_priority, priority
from app.planning.profile import Profile
from app.planning.proposals import Proposal, propose
from app.planning.rates import Key, OutcomeRow
from app.planning.readiness import Candidate, Near
from app.planning.rules import decide
from app.planning.situation import ProgramFacts, Region, Situation, survey
from app.planning.standing import Standing
from app.planning.supply import OfferingSupply
from app.planning.uncertainty import Draws
from app.reference.levels import Level

_LEVELS = {level.value: level.label for level in Level}


@dataclass(frozen=True, slots=True)
class Action:
    """An action on one offering, or an opening; seats in heads per year 人/年."""

    action: str
    school_code: str
    level: str
    program_code: str
    seats_now: float
    seats_proposed: float
    priority: float
    """Graduates per year by which the action moves towards balance × how far out of balance; higher first."""
    rules: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    summary: str
    simulated: bool
    probability: float | None = None
    """Share 0-1 of the draws in which the action stays right (see certainty.py); None where nothing says so."""
    flips: tuple[Flip, ...] = ()
    """What would change it, the nearest first (see flips.py)."""
    readiness: Candidate | None = None
    """Of an opening: how ready the school is."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The actions, and the programs each school could open."""

    actions: tuple[Action, ...]
    candidates: tuple[Candidate, ...]


def recommend(
    offerings: Sequence[OfferingSupply],
    balances: Sequence[ProgramBalance],
    outcomes: Sequence[OutcomeRow],
    facts: Mapping[ProgramKey, ProgramFacts],
    school_names: Mapping[str, str],
    profile: Profile,
    draws: Draws | None = None,
    enrolment: Mapping[Key, tuple[EnrolmentYear, ...]] | None = None,
    standing: Standing | None = None,
) -> tuple[Action, ...]:
    """The actions of `advise`."""
    return advise(
        offerings,
        balances,
        outcomes,
        facts,
        school_names,
        profile,
        draws,
        enrolment,
        standing=standing,
    ).actions


def advise(
    offerings: Sequence[OfferingSupply],
    balances: Sequence[ProgramBalance],
    outcomes: Sequence[OutcomeRow],
    facts: Mapping[ProgramKey, ProgramFacts],
    school_names: Mapping[str, str],
    profile: Profile,
    draws: Draws | None = None,
    enrolment: Mapping[Key, tuple[EnrolmentYear, ...]] | None = None,
    near: Near | None = None,
    standing: Standing | None = None,
) -> Advice:
    """One action for every offering, and the openings, highest priority first; the order of the inputs is of no account.

    What each rule asks for stands in `rules.decide`, how many seats in `proposals.propose`, where to open in
    `openings.openings`. Expansions and openings of a program together stay within its gap, closings, suspensions and
    reductions for surplus within its surplus. What reviewers have decided (`standing`) is not proposed again.
    """
    region = survey(offerings, balances, outcomes, facts, school_names, profile, enrolment)
    proposals = decisions(region, standing)
    opened = tuple(openings(proposals, region, near, standing))
    actions = actions_of(region, proposals, opened, draws, standing)
    return Advice(actions, tuple(school_candidates(proposals, region, opened, near, standing)))


def decisions(region: Region, standing: Standing | None = None) -> list[Proposal]:
    """What the rules propose for every offering, one by one, program by program, less what reviewers have decided on."""
    standing = standing or Standing()
    programs: dict[ProgramKey, list[tuple[Situation, Decision]]] = defaultdict(list)
    for situation in region.situations:
        decision = standing.heeded(situation.offering.key, decide(situation, region), situation.balance)
        programs[situation.program].append((situation, decision))
    rules = region.profile.actions
    return [
        _heeding(proposal, standing) for key in sorted(programs) for proposal in propose(programs[key], rules)
    ]


def _heeding(proposal: Proposal, standing: Standing) -> Proposal:
    """The proposal, or keeping the offering where what sharing out the seats made of it was decided on before."""
    situation, decision = proposal.situation, proposal.decision
    held = standing.withheld(situation.offering.key, decision.action, situation.balance)
    if held is None:
        return proposal
    return Proposal(situation, held.withholding(decision), situation.offering.seats)


def actions_of(
    region: Region,
    proposals: Sequence[Proposal],
    opened: Sequence[Opening],
    draws: Draws | None = None,
    standing: Standing | None = None,
    *,
    flipped: bool = True,
) -> tuple[Action, ...]:
    """Proposals and openings as actions with their evidence, highest priority first, `flipped`: with what would change
    those on offerings.
    """
    standing = standing or Standing()
    certainty = Certainty(region, draws) if draws is not None else None
    shared = {
        key: [*balance_evidence(balance), *standing.evidence(key)] for key, balance in region.balances.items()
    }
    actions = [_on_offering(proposal, region, shared, certainty, flipped) for proposal in proposals]
    actions += [_opening(opening, region, shared, certainty) for opening in opened]
    return tuple(
        sorted(actions, key=lambda a: (-a.priority, a.action, a.school_code, a.level, a.program_code))
    )


def _on_offering(
    proposal: Proposal,
    region: Region,
    shared: Mapping[ProgramKey, list[Evidence]],
    certainty: Certainty | None,
    flipped: bool,
) -> Action:
    situation, decision, offering = proposal.situation, proposal.decision, proposal.situation.offering
    evidence = [
        *shared.get((offering.level, offering.program_code), ()),
        *(
            [class_evidence(situation.of_class)]
            if "class.short" in decision.rules and situation.of_class
            else ()
        ),
        *offering_evidence(situation, int(region.profile.demand.year.value)),
        *decision.thresholds,
    ]
    simulated = offering.simulated or any(line.simulated for line in evidence)
    return Action(
        action=decision.action,
        school_code=offering.school_code,
        level=offering.level,
        program_code=offering.program_code,
        seats_now=offering.seats,
        seats_proposed=proposal.seats,
        priority=priority(proposal, region.profile),
        rules=decision.rules,
        evidence=tuple(evidence),
        summary=_summary(
            decision.action,
            decision.reason,
            offering.key,
            (offering.seats, proposal.seats),
            situation.balance,
            region,
            simulated,
        ),
        simulated=simulated,
        probability=certainty.of(situation, decision.action, decision.rules)
        # what the portfolio leaves out is not left out because the rules say so: nothing says how probable it is
        if certainty and "portfolio.dropped" not in decision.rules
        else None,
        flips=flips(situation, region, decision.action) if flipped else (),
    )


def _opening(
    opening: Opening,
    region: Region,
    shared: Mapping[ProgramKey, list[Evidence]],
    certainty: Certainty | None,
) -> Action:
    level, code = opening.program
    balance = region.balances[opening.program]
    evidence = (
        *shared[opening.program],
        Evidence(
            "siblings",
            float(opening.siblings),
            "个",
            f"该校同层次同专业类的专业点 {opening.siblings} 个；该校是否已设该专业只按已装入的计划和备案判断，增设前请核对",
        ),
        *_readiness_line(opening),
        *opening.thresholds,
    )
    simulated = any(line.simulated for line in evidence)
    reason = f"现有专业点一年内扩招补不足缺口，该校已有同类专业点 {opening.siblings} 个{opening.reason}"
    return Action(
        action="open",
        school_code=opening.school_code,
        level=level,
        program_code=code,
        seats_now=0.0,
        seats_proposed=opening.seats,
        priority=opening_priority(opening, region),
        rules=(*opening.rules, *(("favoured",) * opening.favoured)),
        evidence=evidence,
        summary=_summary(
            "open",
            reason,
            (opening.school_code, level, code),
            (0.0, opening.seats),
            balance,
            region,
            simulated,
        ),
        simulated=simulated,
        probability=certainty.of_opening(opening.program) if certainty else None,
        flips=opening_flips(balance, lambda moved: still_short(moved, region)),
        readiness=opening.readiness,
    )


def _readiness_line(opening: Opening) -> list[Evidence]:
    if (ready := opening.readiness) is None:
        return []
    text = f"增设条件 {ready.score:.2f}（0–1）：" + "；".join(part.text for part in ready.parts)
    return [Evidence("readiness", ready.score, "", text, (), ready.simulated)]


def _summary(
    action: str,
    reason: str,
    key: Key,
    seats: tuple[float, float],
    balance: ProgramBalance | None,
    region: Region,
    simulated: bool,
) -> str:
    school, level, code = key
    now, proposed = seats
    move = ""
    if action == "open":
        move = f"，首年招生 {proposed:.0f} 人"
    elif proposed != now:
        move = f"，每年招生由 {now:.0f} 人调整为 {proposed:.0f} 人"
    figures = ""
    if balance is not None:
        figures = (
            f"（该专业全市需求约 {balance.demand:.0f} 人/年，"
            f"低至 {balance.demand_low:.0f}、高至 {balance.demand_high:.0f}；"
            f"供给约 {balance.supply:.0f} 人/年，只计已装入的招生计划）"
        )
    note = "以上用到了模拟数据，只供演示。" if simulated else ""
    label = _LEVELS.get(level, level)
    return (
        f"建议{region.school(school)}“{region.name((level, code))}”专业（{label}）{LABELS[action]}{move}："
        f"{reason}{figures}。{note}"
    )
