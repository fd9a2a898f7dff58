"""Actions of the portfolio 整体方案的建议: the recommendations that are served, chosen together, with the rules' evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.planning.actions import Action, actions_of, decisions
from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.decision import LABELS
from app.planning.enrolment import EnrolmentYear
from app.planning.evidence import Evidence
from app.planning.openings import Opening, openings, school_candidates
from app.planning.portfolio import choose_portfolio
from app.planning.portfolio_choices import (
    Offered,
    Possible,
    limits_of,
    offered,
    possible,
    programs_of,
    sources_of,
    weights_of,
)
from app.planning.portfolio_conflicts import in_words
from app.planning.portfolio_items import LIMITS, Choice, PortfolioLimits
from app.planning.portfolio_result import Difference, PortfolioResult
from app.planning.priorities import priorities
from app.planning.profile import Profile
from app.planning.proposals import Proposal
from app.planning.rates import Key, OutcomeRow
from app.planning.readiness import Candidate, Near
from app.planning.resources import Resources
from app.planning.situation import ProgramFacts, survey
from app.planning.standing import Standing
from app.planning.supply import OfferingSupply
from app.planning.uncertainty import Draws
from app.planning.warning import Warning

UNIT = "人/年"


@dataclass(frozen=True, slots=True)
class Together:
    """What is recommended, what every school could open, the portfolio it comes from, and where its limits come from."""

    actions: tuple[Action, ...]
    candidates: tuple[Candidate, ...]
    portfolio: PortfolioResult
    sources: Mapping[str, str]
    warnings: tuple[Warning, ...]


def recommend_together(
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
    resources: Resources | None = None,
    *,
    flipped: bool = True,
) -> Together:
    """One action for every offering, and the openings, all chosen together: what `actions.recommend` gives, less what
    the limits of the year or a better use of them leave out, and in other sizes where that costs less.

    The rules, and what reviewers have decided (`standing`), say what may be done at all (`portfolio_choices`); the
    portfolio decides which of it is done. Where it differs from the rules the recommendation says so
    (`portfolio.dropped`, `portfolio.resized`, `portfolio.added`) and names the limit. Where no set keeps to the limits,
    the rules' own set is given, with a warning that names the conflict. Not `flipped`: without what would change each
    action, which takes a quarter of the time.
    """
    region = survey(offerings, balances, outcomes, facts, school_names, profile, enrolment)
    region = replace(region, resources=resources)
    proposals = decisions(region, standing)
    opened = tuple(openings(proposals, region, near, standing))
    one_by_one = priorities(region, proposals, opened)
    taught = offered(proposals, region, one_by_one, standing)
    to_open = possible(proposals, opened, region, one_by_one, near=near, standing=standing)
    limits = limits_of(region)
    portfolio = choose_portfolio(
        [*(each.item for each in taught), *(each.item for each in to_open)],
        programs_of(region),
        weights_of(profile),
        limits,
    )
    if portfolio.stands:
        proposals, opened = _as_chosen(portfolio, taught, to_open, limits)
    return Together(
        actions=actions_of(region, proposals, opened, draws, standing, flipped=flipped),
        candidates=tuple(school_candidates(proposals, region, opened, near, standing)),
        portfolio=portfolio,
        sources=sources_of(profile),
        warnings=_warnings(portfolio),
    )


def _as_chosen(
    portfolio: PortfolioResult,
    taught: Sequence[Offered],
    to_open: Sequence[Possible],
    limits: PortfolioLimits,
) -> tuple[list[Proposal], tuple[Opening, ...]]:
    differing = {difference.key: difference for difference in portfolio.differences}
    split = len(taught)
    proposals = [
        _proposal(each, choice, differing.get(each.item.key), limits)
        for each, choice in zip(taught, portfolio.choices[:split], strict=True)
    ]
    opened = tuple(
        _opening(each, choice, differing.get(each.item.key), limits)
        for each, choice in zip(to_open, portfolio.choices[split:], strict=True)
        if choice is not None
    )
    return proposals, opened


def _proposal(
    each: Offered, choice: Choice | None, difference: Difference | None, limits: PortfolioLimits
) -> Proposal:
    proposal, now = each.proposal, each.proposal.situation.offering.seats
    if difference is None:
        if choice is None:
            return proposal
        agreed = replace(proposal.decision, thresholds=(*proposal.decision.thresholds, _agreed(choice.seats)))
        return replace(proposal, decision=agreed)
    base = each.decided if difference.kind == "added" else proposal.decision
    action = choice.action if choice is not None else "keep"
    decision = replace(base, action=action).also(
        f"portfolio.{difference.kind}",
        f"；整体方案{_reason(difference, limits)}",
        _line(difference, limits),
    )
    return Proposal(proposal.situation, decision, now + (choice.seats if choice is not None else 0.0))


def _opening(
    each: Possible, choice: Choice, difference: Difference | None, limits: PortfolioLimits
) -> Opening:
    sized = replace(each.opening, seats=choice.seats, heads=choice.heads)
    if difference is None:
        return replace(sized, thresholds=(*sized.thresholds, _agreed(choice.seats)))
    return replace(
        sized,
        thresholds=(*sized.thresholds, _line(difference, limits)),
        rules=(*sized.rules, f"portfolio.{difference.kind}"),
        reason=f"；整体方案{_reason(difference, limits)}",
    )


def _agreed(seats: float) -> Evidence:
    return Evidence("portfolio", seats, UNIT, "整体方案：与逐项规则一致，列入本年一并实施的调整")


def _line(difference: Difference, limits: PortfolioLimits) -> Evidence:
    asked = _in_words(difference.rule_action, difference.rule_seats)
    chosen = _in_words(difference.action, difference.seats)
    why = _why(difference, limits)
    return Evidence(
        "portfolio",
        difference.seats,
        UNIT,
        f"整体方案（规则 portfolio.{difference.kind}）：逐项规则为{asked}，整体方案为{chosen}；{why}",
    )


def _in_words(action: str, seats: float) -> str:
    label = LABELS[action]
    return f"{label} {abs(seats):.0f} {UNIT}" if seats else label


def _reason(difference: Difference, limits: PortfolioLimits) -> str:
    why = _why(difference, limits)
    if difference.kind == "dropped":
        return f"本年不作此调整（逐项规则为{LABELS[difference.rule_action]}）：{why}"
    if difference.kind == "added":
        return f"列入此调整：{why}"
    return f"由{_in_words(difference.rule_action, difference.rule_seats)}改为{_in_words(difference.action, difference.seats)}：{why}"


def _why(difference: Difference, limits: PortfolioLimits) -> str:
    if difference.limits:
        names = "、".join(_limit(code, limits) for code in difference.limits)
        return f"按逐项规则会突破{names}，其他调整在同一限制内更能减少缺口和富余"
    return "全部调整合并计算，这样缺口、富余与调整代价之和更小"


def _limit(code: str, limits: PortfolioLimits) -> str:
    name, unit = LIMITS[code]
    bound = getattr(limits, code, None)
    return f"“{name}”" if not isinstance(bound, float | int) else f"“{name} {bound:.0f} {unit}”"


def _warnings(portfolio: PortfolioResult) -> tuple[Warning, ...]:
    if portfolio.stands:
        return ()
    if portfolio.conflict is None:
        text = "整体方案：在规定的搜索步数内没有找到满足全部限制的方案，本次采用逐项规则的建议；请放宽 [portfolio] 的下限"
        return (Warning("portfolio_unsolved", text),)
    text = f"整体方案无解：{in_words(portfolio.conflict, LIMITS)}。本次采用逐项规则的建议，请修改政策参数 [portfolio]"
    return (Warning("portfolio_infeasible", text, portfolio.conflict.codes),)
