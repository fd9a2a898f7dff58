"""Limits 限制: what the practice of cities and provinces says of offerings by their enrolment and admissions alone.

Each limit stands in the profile with its source; one that a profile does not state does not apply.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.planning.decision import Decision
from app.planning.enrolment import EnrolmentYear, successive_below
from app.planning.evidence import SIMULATED, Evidence, threshold
from app.planning.profile_rules import WarningList
from app.planning.profile_values import Number
from app.planning.rates import OutcomeRow
from app.planning.situation import Region, Situation


def by_enrolment(situation: Situation, region: Region) -> Decision | None:
    """Close what had no entrants for years, suspend what had too few; None where neither applies."""
    limits = region.profile.limits
    years = limits.no_enrolment_years
    if years is not None and (empty := _run(situation, 0.0, years)):
        decision = Decision(
            "close",
            f"连续 {len(empty)} 年没有招到学生",
            ("enrolment.none",),
            (_line("enrolment.none", years, empty),),
            of_itself=True,
        )
        return _unless_protected(decision, situation)
    least = limits.min_enrolment.get(situation.offering.level)  # type: ignore[call-overload]
    years = limits.min_enrolment_years
    if least is None or years is None or not (few := _run(situation, least.value, years)):
        return None
    decision = Decision(
        "suspend",
        f"连续 {len(few)} 年招生不足 {least.value:.0f} 人",
        ("enrolment.few",),
        (_line("enrolment.few", least, few),),
        of_itself=True,
    )
    return _unless_protected(decision, situation)


def by_warning_signs(situation: Situation, region: Region) -> Decision | None:
    """Control or suspend the enrolment of an offering that shows the signs of the city's warning list."""
    rules = region.profile.warning_list
    if rules is None:
        return None
    signs = [*_many_schools(situation, rules), *_admissions(situation, rules), *_signing(situation, rules)]
    if len(signs) < rules.control_signs.value:
        return None
    suspended = len(signs) >= rules.suspend_signs.value
    reason = "符合本市预警专业的特征：" + "、".join(words for words, _ in signs)
    decision = Decision(
        "suspend" if suspended else "shrink",
        reason + ("，宜暂停招生" if suspended else "，宜控制招生规模"),
        ("warning.signs",),
        tuple(line for _, line in signs),
        of_itself=True,
    )
    return _unless_protected(decision, situation)


def crowded_and_low(situation: Situation, region: Region) -> Decision | None:
    """Shrink a program set up at very many schools whose graduates have done badly for years."""
    line = crowded_line(region, situation.program)
    if line is None:
        return None
    balance = situation.balance
    schools = balance.offerings if balance else 0
    decision = Decision(
        "shrink",
        f"全市已有 {schools} 个专业点，且该专业去向落实率连续多年处于末位",
        ("crowded.low",),
        (line,),
        of_itself=True,
    )
    return _unless_protected(decision, situation)


def crowded_line(region: Region, program: tuple[str, str]) -> Evidence | None:
    """The evidence that a program is at too many schools with poor outcomes, or None."""
    limits, balance = region.profile.limits, region.balances.get(program)
    most = limits.crowded_schools.get(program[0])  # type: ignore[call-overload]
    years = limits.crowded_low_years
    if most is None or years is None or balance is None or balance.offerings < most.value:
        return None
    low = region.low_programs.get(program, 0)
    if low < years.value:
        return None
    return threshold(
        "crowded.low",
        most,
        f"专业点 {balance.offerings} 个，不少于 {most.value:.0f} 个，且去向落实率连续 {low} 年居同层次专业末位",
    )


def _run(situation: Situation, limit: float, years: Number) -> tuple[EnrolmentYear, ...]:
    found = successive_below(situation.enrolment, limit)
    return found if years.value >= 1 and len(found) >= years.value else ()


def _line(rule: str, number: Number, years: Sequence[EnrolmentYear]) -> Evidence:
    shown = "、".join(
        f"{each.year} 年{'报到' if each.registered else '计划'} {each.enrolled:.0f} 人"
        for each in reversed(years)
    )
    line = threshold(rule, number, shown)
    return replace(
        line,
        text=line.text + (SIMULATED if any(each.simulated for each in years) else ""),
        batch_ids=tuple(sorted({batch for each in years for batch in each.batch_ids})),
        simulated=any(each.simulated for each in years),
    )


def _unless_protected(decision: Decision, situation: Situation) -> Decision:
    if not situation.protected:
        return decision
    kept = replace(decision, action="upgrade", of_itself=False)
    return kept.also("protected", "，属于民生领域，不予缩减，宜改造课程与培养方向、改进招生")


def _many_schools(situation: Situation, rules: WarningList) -> list[tuple[str, Evidence]]:
    balance = situation.balance
    if balance is None or balance.offerings < rules.schools.value:
        return []
    line = threshold(
        "warning.signs",
        rules.schools,
        f"专业点 {balance.offerings} 个，不少于 {rules.schools.value:.0f} 个",
    )
    return [("重复设置较多", line)]


def _admissions(situation: Situation, rules: WarningList) -> list[tuple[str, Evidence]]:
    years = _successive(
        situation.outcomes,
        int(rules.years.value),
        lambda row: (
            row.first_choice_rate is not None
            and row.adjusted_rate is not None
            and row.first_choice_rate < rules.first_choice_low.value
            and row.adjusted_rate > rules.adjusted_high.value
        ),
    )
    if not years:
        return []
    shown = "、".join(
        f"{row.year} 年第一志愿录取率 {row.first_choice_rate or 0.0:.0%}、调剂率 {row.adjusted_rate or 0.0:.0%}"
        for row in reversed(years)
    )
    return [("连续多年第一志愿录取率低、调剂率高", _of_rows(rules.first_choice_low, shown, years))]


def _signing(situation: Situation, rules: WarningList) -> list[tuple[str, Evidence]]:
    years = _successive(
        situation.outcomes,
        int(rules.years.value),
        lambda row: row.signing_rate is not None and row.signing_rate < rules.signing_low.value,
    )
    if not years:
        return []
    shown = "、".join(f"{row.year} 年签约率 {row.signing_rate or 0.0:.0%}" for row in reversed(years))
    return [("签约率低", _of_rows(rules.signing_low, shown, years))]


def _of_rows(number: Number, shown: str, rows: Sequence[OutcomeRow]) -> Evidence:
    line = threshold("warning.signs", number, shown)
    simulated = any(row.simulated for row in rows)
    return replace(
        line,
        text=line.text + (SIMULATED if simulated else ""),
        batch_ids=tuple(sorted({row.batch_id for row in rows})),
        simulated=simulated,
    )


def _successive(
    rows: Sequence[OutcomeRow], years: int, holds: Callable[[OutcomeRow], bool]
) -> tuple[OutcomeRow, ...]:
    """The latest `years` rows if they are of successive years and `holds` of all, else none."""
    latest = tuple(rows[:years])
    if years < 1 or len(latest) < years or latest[0].year - latest[-1].year != years - 1:
        return ()
    return latest if all(holds(row) for row in latest) else ()
