"""Actions 调整建议: what to do with each offering, and which to open, by the rules of a profile."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.indicators import percentiles
from app.planning.profile import Profile
from app.planning.supply import Key, OfferingSupply, OutcomeRow

LABELS = {
    "open": "增设",
    "expand": "扩招",
    "keep": "保持",
    "upgrade": "改造升级",
    "shrink": "缩减",
    "suspend": "停招",
    "close": "撤销",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of evidence: a figure, its unit, what it says, and the batches and simulation behind it."""

    figure: str
    value: float | None
    unit: str
    text: str
    batch_ids: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What the rules know of a program besides its figures."""

    name: str
    class_code: str
    groups: tuple[str, ...]
    """Ids of the industry groups it serves."""


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
    """Heads by which the action moves towards balance, weighted; higher first."""
    rules: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    summary: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the rules look at, prepared once for all offerings."""

    profile: Profile
    facts: Mapping[ProgramKey, ProgramFacts]
    balances: Mapping[ProgramKey, ProgramBalance]
    school_names: Mapping[str, str]
    low_years: Mapping[Key, tuple[OutcomeRow, ...]]
    """Outcome rows of offerings whose latest destination rate was among the lowest, latest first."""
    outcomes: Mapping[Key, tuple[OutcomeRow, ...]]
    offerings: Sequence[OfferingSupply]
    school_seats: Mapping[tuple[str, str], float]
    """Seats of each school and level."""

    def in_groups(self, key: ProgramKey, groups: Sequence[str]) -> bool:
        facts = self.facts.get(key)
        return facts is not None and bool(set(facts.groups) & set(groups))


def recommend(
    offerings: Sequence[OfferingSupply],
    balances: Sequence[ProgramBalance],
    outcomes: Sequence[OutcomeRow],
    facts: Mapping[ProgramKey, ProgramFacts],
    school_names: Mapping[str, str],
    profile: Profile,
) -> tuple[Action, ...]:
    """One action for every offering, and the openings, highest priority first.

    A rule cuts only on evidence: where the demand known for a program is below `evidence_min_heads`, or the size of
    an offering is not known, it is kept and the summary says that evidence is lacking. Programs of protected groups
    are never cut; for favoured ones the limits are raised by `favoured_tolerance`.
    """
    by_key: dict[Key, list[OutcomeRow]] = defaultdict(list)
    for row in sorted(outcomes, key=lambda row: (row.year, row.batch_id), reverse=True):
        by_key[row.school_code, row.level, row.program_code].append(row)
    context = Context(
        profile=profile,
        facts=facts,
        balances={(b.level, b.program_code): b for b in balances},
        school_names=school_names,
        low_years=_lowest(outcomes, profile),
        outcomes={key: tuple(rows) for key, rows in by_key.items()},
        offerings=offerings,
        school_seats=_school_seats(offerings),
    )
    actions = [_for_offering(offering, context) for offering in offerings]
    actions += _openings(context)
    return tuple(
        sorted(actions, key=lambda a: (-a.priority, a.action, a.school_code, a.level, a.program_code))
    )


def _school_seats(offerings: Sequence[OfferingSupply]) -> dict[tuple[str, str], float]:
    seats: dict[tuple[str, str], float] = defaultdict(float)
    for offering in offerings:
        seats[offering.school_code, offering.level] += offering.seats
    return seats


def _lowest(outcomes: Sequence[OutcomeRow], profile: Profile) -> dict[Key, tuple[OutcomeRow, ...]]:
    """Rows of offerings in the lowest share of their level's destination rates, by offering, latest year first.

    Of two rows of one offering and year the later batch counts. An offering whose latest rate is not among the
    lowest has recovered and is left out, however low it once was.
    """
    current: dict[tuple[Key, int], OutcomeRow] = {}
    latest: dict[Key, int] = {}
    for row in sorted(outcomes, key=lambda row: (row.year, row.batch_id)):
        if row.destination_rate is not None:
            key = (row.school_code, row.level, row.program_code)
            current[key, row.year] = row
            latest[key] = row.year
    groups: dict[tuple[str, int], list[OutcomeRow]] = defaultdict(list)
    for row in current.values():
        groups[row.level, row.year].append(row)
    low: dict[Key, list[OutcomeRow]] = defaultdict(list)
    for (_, _year), rows in sorted(groups.items()):
        ranks = percentiles([row.destination_rate or 0.0 for row in rows])
        for row, rank in zip(rows, ranks, strict=True):
            if rank <= profile.actions.low_percentile.value:
                low[row.school_code, row.level, row.program_code].append(row)
    return {
        key: tuple(sorted(rows, key=lambda row: -row.year))
        for key, rows in low.items()
        if max(row.year for row in rows) == latest[key]
    }


def _for_offering(offering: OfferingSupply, context: Context) -> Action:
    key: ProgramKey = (offering.level, offering.program_code)
    balance, rules = context.balances[key], context.profile.actions
    limit = rules.favoured_tolerance.value if context.in_groups(key, context.profile.favoured_groups) else 1.0
    protected = context.in_groups(key, context.profile.protected_groups)
    core = (
        offering.seats > rules.core_share.value * context.school_seats[offering.school_code, offering.level]
    )
    low = _consecutive(context.low_years.get(offering.key, ()), int(rules.low_years.value))
    matched = next(
        (row for row in context.outcomes.get(offering.key, ()) if row.matched_rate is not None), None
    )
    evidence = [*_balance_evidence(balance), *_offering_evidence(offering, low, matched)]
    ratio = balance.ratio
    fired: list[str] = []
    if balance.demand < rules.evidence_min_heads.value or ratio is None:
        action, reason = "keep", "现有需求数据不足以判断，暂予保持；没有数据不等于没有需求"
        fired = ["evidence.insufficient"]
    elif offering.seats <= 0:
        action, reason = "keep", "招生规模未知（仅有备案，没有计划数），暂予保持"
        fired = ["evidence.seats_unknown"]
    elif ratio > rules.suspend_above.value * limit and low and core and not protected:
        action, reason = "shrink", "供给明显超过需求，且毕业去向落实率连续处于末位；属该校主干专业，先缩减"
        fired = ["ratio.suspend_above", "destination.lowest", "core"]
    elif ratio > rules.close_above.value * limit and low and not protected:
        action, reason = "close", "供给远超需求，且毕业去向落实率连续处于末位"
        fired = ["ratio.close_above", "destination.lowest"]
    elif ratio > rules.suspend_above.value * limit and low and not protected:
        action, reason = "suspend", "供给明显超过需求，且毕业去向落实率连续处于末位"
        fired = ["ratio.suspend_above", "destination.lowest"]
    elif ratio > rules.shrink_above.value * limit and not protected:
        action, reason = "shrink", "供给超过需求"
        fired = ["ratio.shrink_above"]
    elif low and not protected:
        action, reason = "shrink", "毕业去向落实率连续处于末位"
        fired = ["destination.lowest"]
    elif ratio > rules.shrink_above.value and protected:
        action, reason = "keep", "供给超过需求，但属于政策支持的民生领域，不缩减"
        fired = ["ratio.shrink_above", "protected"]
    elif matched and matched.matched_rate is not None and matched.matched_rate < rules.matched_low.value:
        action, reason = "upgrade", "有需求而对口率偏低，宜改造课程与培养方向"
        fired = ["matched.low"]
    elif ratio < rules.expand_below.value and offering.graduates <= 0:
        action, reason = (
            "keep",
            "供给低于需求，但按现有比率没有毕业生进入本地就业，扩招无效，请先核对各项比率",
        )
        fired = ["evidence.no_graduates"]
    elif ratio < rules.expand_below.value and balance.gap >= rules.seat_step.value:
        action, reason = "expand", "供给低于需求"
        fired = ["ratio.expand_below"]
    else:
        action, reason = "keep", "供需大体平衡"
        fired = ["ratio.balanced"]
    if limit > 1 and action in ("keep", "expand", "shrink"):
        fired.append("favoured")
    proposed = _proposed(action, offering, balance, context.profile)
    return Action(
        action=action,
        school_code=offering.school_code,
        level=offering.level,
        program_code=offering.program_code,
        seats_now=offering.seats,
        seats_proposed=proposed,
        priority=_priority(action, offering.seats, proposed, balance, limit),
        rules=tuple(fired),
        evidence=tuple(evidence),
        summary=_summary(action, reason, offering.key, offering.seats, proposed, balance, context),
        simulated=offering.simulated or balance.simulated_share > 0,
    )


def _consecutive(rows: Sequence[OutcomeRow], years: int) -> tuple[OutcomeRow, ...]:
    """The latest `years` rows if they are of successive years, else none."""
    latest: dict[int, OutcomeRow] = {}
    for row in rows:
        latest.setdefault(row.year, row)
    run = sorted(latest, reverse=True)[:years]
    if years < 1 or len(run) < years or run[0] - run[-1] != years - 1:
        return ()
    return tuple(latest[year] for year in run)


def _proposed(action: str, offering: OfferingSupply, balance: ProgramBalance, profile: Profile) -> float:
    """Seats after the action. The change keeps within `yearly_change`, but an expansion is one step at least."""
    rules, seats = profile.actions, offering.seats
    if action in ("suspend", "close"):
        return 0.0
    if action not in ("expand", "shrink"):
        return seats
    step, limit = rules.seat_step.value, seats * rules.yearly_change.value
    if action == "shrink" and balance.gap >= 0:
        wanted = limit
    else:
        # The program's gap is shared among its offerings by their graduates, and turned back into seats.
        wanted = abs(balance.gap) * seats / balance.supply
    steps = math.floor(limit / step + 1e-9)
    if action == "expand":
        return seats + step * min(max(round(wanted / step), 1), max(steps, 1))
    # Where the limit is less than a step, whole seats; where it is less than a seat, the limit itself.
    most = step * steps if steps else float(math.floor(limit)) or limit
    return seats - min(step * max(round(wanted / step), 1), most)


def _priority(action: str, now: float, proposed: float, balance: ProgramBalance, weight: float) -> float:
    if action == "keep":
        return 0.0
    if action == "upgrade":
        return min(now, balance.demand) * 0.5
    return (
        abs(proposed - now) * min(abs(balance.gap) / max(balance.demand, balance.supply, 1.0), 1.0) * weight
    )


def _openings(context: Context) -> list[Action]:
    """Openings where a program is short, not duplicated, and a school teaches siblings of its class."""
    profile, rules = context.profile, context.profile.actions
    taught: dict[str, set[ProgramKey]] = defaultdict(set)
    siblings: Counter[tuple[str, str, str]] = Counter()
    for offering in context.offerings:
        key = (offering.level, offering.program_code)
        taught[offering.school_code].add(key)
        if key in context.facts:
            siblings[offering.school_code, offering.level, context.facts[key].class_code] += 1
    wanted = sorted(
        (
            b
            for b in context.balances.values()
            if b.gap >= rules.open_min_gap.value
            and b.offerings < rules.duplication_limit.value
            and (b.ratio or 0.0) < rules.expand_below.value
        ),
        key=lambda b: (-b.gap, b.level, b.program_code),
    )
    opened: Counter[str] = Counter()
    actions: list[Action] = []
    for balance in wanted:
        key = (balance.level, balance.program_code)
        facts = context.facts[key]
        # Expanding what exists comes first: only what a year's expansion cannot reach is left for openings.
        reach = balance.supply * rules.yearly_change.value
        places = int((balance.gap - reach) // rules.open_seats.value)
        ready = sorted(
            (
                (-count, school)
                for (school, level, class_code), count in siblings.items()
                if (level, class_code) == (balance.level, facts.class_code)
                and count >= rules.open_siblings.value
                and key not in taught[school]
                and opened[school] < rules.open_per_school.value
            ),
        )
        room = int(rules.duplication_limit.value) - balance.offerings
        for count, school in ready[: max(min(places, room), 0)]:
            opened[school] += 1
            actions.append(_opening(school, -count, balance, profile, context))
    return actions


def _opening(
    school: str, siblings: int, balance: ProgramBalance, profile: Profile, context: Context
) -> Action:
    seats = profile.actions.open_seats.value
    favoured = context.in_groups((balance.level, balance.program_code), profile.favoured_groups)
    reason = f"缺口大于现有专业点一年可扩的规模，该校已有同类专业点 {siblings} 个"
    return Action(
        action="open",
        school_code=school,
        level=balance.level,
        program_code=balance.program_code,
        seats_now=0.0,
        seats_proposed=seats,
        priority=_priority(
            "open", 0.0, seats, balance, profile.actions.favoured_tolerance.value if favoured else 1.0
        ),
        rules=("gap.open", "duplication.below_limit", "siblings.ready") + (("favoured",) if favoured else ()),
        evidence=(
            *_balance_evidence(balance),
            Evidence("siblings", float(siblings), "个", f"该校同专业类的专业点 {siblings} 个"),
        ),
        summary=_summary(
            "open", reason, (school, balance.level, balance.program_code), 0.0, seats, balance, context
        ),
        simulated=balance.simulated_share > 0,
    )


def _balance_evidence(balance: ProgramBalance) -> list[Evidence]:
    simulated = balance.simulated_share > 0
    batches = tuple(sorted({c.cell.batch_id for c in balance.contributions}))
    lines = [
        Evidence(
            "demand",
            balance.demand,
            "人/年",
            f"分配到该专业的需求每年 {balance.demand:.0f} 人（{balance.demand_low:.0f}–{balance.demand_high:.0f}）"
            + (f"，其中模拟数据占 {balance.simulated_share:.0%}" if simulated else ""),
            batches,
            simulated,
        ),
        Evidence(
            "supply", balance.supply, "人/年", f"各校该专业每年进入本地就业的毕业生约 {balance.supply:.0f} 人"
        ),
        Evidence("gap", balance.gap, "人/年", f"缺口（需求−供给）{balance.gap:+.0f} 人/年"),
    ]
    if balance.ratio is not None:
        lines.append(Evidence("ratio", balance.ratio, "", f"供需比 {balance.ratio:.2f}"))
    lines.append(
        Evidence("offerings", float(balance.offerings), "个", f"本地区专业点 {balance.offerings} 个")
    )
    lines += [
        Evidence(
            "contribution",
            c.heads,
            "人/年",
            f"{c.cell.source}：{c.heads:.1f} 人/年，适配度 {c.fit:.2f}"
            + ("（模拟）" if c.cell.simulated else ""),
            (c.cell.batch_id,),
            c.cell.simulated,
        )
        for c in balance.contributions[:3]
    ]
    return lines


def _offering_evidence(
    offering: OfferingSupply, low: Sequence[OutcomeRow], matched: OutcomeRow | None
) -> list[Evidence]:
    lines = [
        Evidence(
            "seats",
            offering.seats,
            "人/年",
            f"{offering.year} 年已知招生计划 {offering.seats:.0f} 人"
            if offering.year and offering.seats
            else "招生计划数未知",
            offering.batch_ids,
            False,
        )
    ]
    lines += [
        Evidence(
            "destination_rate",
            row.destination_rate,
            "",
            f"{row.year} 年毕业去向落实率 {row.destination_rate:.1%}，处于同层次末位"
            + ("（模拟）" if row.simulated else ""),
            (row.batch_id,),
            row.simulated,
        )
        for row in low
    ]
    if matched is not None and matched.matched_rate is not None:
        lines.append(
            Evidence(
                "matched_rate",
                matched.matched_rate,
                "",
                f"{matched.year} 年对口率 {matched.matched_rate:.1%}"
                + ("（模拟）" if matched.simulated else ""),
                (matched.batch_id,),
                matched.simulated,
            )
        )
    return lines


def _summary(
    action: str,
    reason: str,
    key: Key,
    now: float,
    proposed: float,
    balance: ProgramBalance,
    context: Context,
) -> str:
    school, level, code = key
    name = context.facts[level, code].name if (level, code) in context.facts else code
    place = context.school_names.get(school, school)
    figures = f"需求 {balance.demand:.0f} 人/年，供给 {balance.supply:.0f} 人/年"
    move = f"，由 {now:.0f} 人调整为 {proposed:.0f} 人" if proposed != now else ""
    note = "（含模拟数据）" if balance.simulated_share > 0 else ""
    return f"建议{place}“{name}”专业{LABELS[action]}{move}：{reason}（{figures}）。{note}"
