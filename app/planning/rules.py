"""Rules 规则: which action an offering calls for, which rules say so, and against which numbers.

Two principles decide what data can carry. A cut needs the demand to be known: more demand than is known would undo
its reason, so demand read from postings alone, which are a sample, cuts nothing. An addition needs the supply to be
known: more supply than is known would undo its reason, so nothing is added where most offerings have unknown seats.
"""

from dataclasses import replace

from app.planning.balance import ProgramBalance
from app.planning.decision import Decision
from app.planning.evidence import Evidence, threshold
from app.planning.limits import by_enrolment, by_warning_signs, crowded_and_low
from app.planning.situation import Region, Situation

CUTS = ("shrink", "suspend", "close")


def decide(situation: Situation, region: Region) -> Decision:
    """The action for one offering. The first rule that applies decides, in this order:

    no or too few entrants for years → close, suspend; signs of the city's warning list → shrink, suspend; evidence
    too thin → keep; surplus → close, suspend, shrink, or turn towards short programs of the class; set up
    too often → shrink; lowest destination rates → shrink (protected or short: upgrade); low matched rate → upgrade;
    shortage → expand; else keep. Programs of protected groups are never cut.
    """
    return by_enrolment_alone(situation, region) or by_balance(situation, region)


def by_enrolment_alone(situation: Situation, region: Region) -> Decision | None:
    """What the first two rules say, which no balance and no rate of graduates changes."""
    return by_enrolment(situation, region) or by_warning_signs(situation, region)


def by_balance(situation: Situation, region: Region) -> Decision:
    """What the others say where the first two are silent."""
    decision = _lacking(situation, region)
    if decision is not None:
        if situation.low:
            decision = decision.also(
                "destination.lowest", f"；毕业去向落实率连续 {len(situation.low)} 年处于末位，宜先核查"
            )
        return decision
    balance = situation.balance
    assert balance is not None
    decision = (
        _surplus(situation, balance, region)
        or _set_up_too_often(situation, balance, region)
        or crowded_and_low(situation, region)
        or _poor_outcomes(situation, balance, region)
        or _shortage(situation, balance, region)
        or Decision("keep", "供需大体平衡", ("ratio.balanced",))
    )
    return decision.also("favoured") if situation.favoured and decision.action != "upgrade" else decision


def _lacking(situation: Situation, region: Region) -> Decision | None:
    rules, balance = region.profile.actions, situation.balance
    if balance is None or balance.ratio is None or balance.demand < rules.evidence_min_heads.value:
        return Decision(
            "keep",
            "证据不足：已知需求太少，没有数据不等于没有需求，暂予保持",
            ("evidence.insufficient",),
            (
                threshold(
                    "evidence.insufficient",
                    rules.evidence_min_heads,
                    f"需求不足每年 {rules.evidence_min_heads.value:.0f} 人时不作调整",
                ),
            ),
        )
    if balance.demand_fit < rules.evidence_fit.value:
        return Decision(
            "keep",
            f"证据不足：分到的需求与该专业的平均适配度只有 {balance.demand_fit:.2f}，说明不了该专业的需求，暂予保持",
            ("evidence.weak_fit",),
            (
                threshold(
                    "evidence.weak_fit",
                    rules.evidence_fit,
                    f"平均适配度 {balance.demand_fit:.2f} 低于 {rules.evidence_fit.value:.2f} 时不作调整",
                ),
            ),
        )
    if situation.offering.seats <= 0:
        return Decision(
            "keep", "证据不足：只有备案，没有招生计划数，规模未知，暂予保持", ("evidence.seats_unknown",)
        )
    return None


def _surplus(situation: Situation, balance: ProgramBalance, region: Region) -> Decision | None:
    rules, ratio = region.profile.actions, balance.ratio or 0.0
    tolerance = rules.favoured_tolerance.value if situation.favoured else 1.0
    lenient = f"×{tolerance:.1f}（重点支持领域）" if situation.favoured else ""
    if ratio <= rules.shrink_above.value * tolerance:
        return None
    line = threshold(
        "ratio.shrink_above",
        rules.shrink_above,
        f"供需比 {ratio:.2f} 高于缩减线 {rules.shrink_above.value:.2f}{lenient}",
    )
    spared = _spared(
        situation, balance, region, "ratio.shrink_above", f"供给超过需求，供需比 {ratio:.2f}", line
    )
    if spared is not None:
        return spared
    of_class = situation.of_class
    if of_class is not None and of_class.shortest is not None and of_class.demand >= of_class.supply:
        towards = region.name(of_class.shortest)
        return Decision(
            "upgrade",
            f"该专业供给超过需求而同类专业整体不足，宜转向本类短缺专业，其中缺口最大的是“{towards}”，总量不减",
            ("ratio.shrink_above", "class.short"),
            (line,),
        )
    if situation.low:
        for action, number, words in (
            ("close", rules.close_above, "供给远超需求"),
            ("suspend", rules.suspend_above, "供给明显超过需求"),
        ):
            if ratio > number.value * tolerance:
                rule = f"ratio.{action}_above"
                decision = Decision(
                    action,
                    f"{words}，供需比 {ratio:.2f}，且毕业去向落实率连续 {len(situation.low)} 年处于末位",
                    (rule, "destination.lowest"),
                    (
                        threshold(rule, number, f"供需比 {ratio:.2f} 高于 {number.value:.2f}{lenient}"),
                        _low_line(situation, region),
                    ),
                )
                if situation.core:
                    decision = replace(decision, action="shrink").also(
                        "core",
                        "；属该校主干专业，先缩减",
                        threshold(
                            "core",
                            rules.core_share,
                            f"占该校同层次招生的 {rules.core_share.value:.0%} 以上为主干专业",
                        ),
                    )
                return decision
    return Decision("shrink", f"供给超过需求，供需比 {ratio:.2f}", ("ratio.shrink_above",), (line,))


def _spared(
    situation: Situation, balance: ProgramBalance, region: Region, rule: str, reason: str, line: Evidence
) -> Decision | None:
    """Why an offering that a rule would cut is kept all the same, or None."""
    rules = region.profile.actions
    if situation.protected:
        return Decision("keep", f"{reason}，但属于政策支持的民生领域，不予缩减", (rule, "protected"), (line,))
    if balance.forecast_share < rules.evidence_forecast_share.value:
        return Decision(
            "keep",
            f"证据不足：已知需求主要来自岗位，岗位只是样本，不能据此缩减（预测和公开数字只占 {balance.forecast_share:.0%}）",
            (rule, "evidence.postings_only"),
            (
                line,
                threshold(
                    "evidence.postings_only",
                    rules.evidence_forecast_share,
                    f"预测和公开数字占需求不足 {rules.evidence_forecast_share.value:.0%} 时不作缩减",
                ),
            ),
        )
    if balance.coverage is not None and balance.coverage < rules.evidence_coverage.value:
        return Decision(
            "keep",
            f"证据不足：该专业最相关的行业和职业中，有预测或公开数字的只占 {balance.coverage:.0%}，不能据此缩减",
            (rule, "evidence.partial_demand"),
            (
                line,
                threshold(
                    "evidence.partial_demand",
                    rules.evidence_coverage,
                    f"需求资料覆盖不足 {rules.evidence_coverage.value:.0%} 时不作缩减",
                ),
            ),
        )
    if balance.supply <= balance.demand_high:
        return Decision(
            "keep",
            f"{reason}，但高情景需求 {balance.demand_high:.0f} 人/年时并不过剩，暂予保持",
            (rule, "range.contains_balance"),
            (line,),
        )
    return None


def _set_up_too_often(situation: Situation, balance: ProgramBalance, region: Region) -> Decision | None:
    rules = region.profile.actions
    if balance.offerings <= rules.duplication_limit.value or balance.gap >= 0 or situation.core:
        return None
    line = threshold(
        "duplication.above_limit",
        rules.duplication_limit,
        f"专业点 {balance.offerings} 个，多于 {rules.duplication_limit.value:.0f} 个",
    )
    reason = f"设置过多：全市有 {balance.offerings} 个专业点，且供给大于需求"
    return _spared(situation, balance, region, "duplication.above_limit", reason, line) or Decision(
        "shrink", reason, ("duplication.above_limit",), (line,)
    )


def _low_line(situation: Situation, region: Region) -> Evidence:
    rules = region.profile.actions
    return threshold(
        "destination.lowest",
        rules.low_percentile,
        f"毕业去向落实率连续 {len(situation.low)} 年位于同层次后 {rules.low_percentile.value:.0%}",
    )


def _poor_outcomes(situation: Situation, balance: ProgramBalance, region: Region) -> Decision | None:
    rules = region.profile.actions
    if situation.low:
        words, line = f"毕业去向落实率连续 {len(situation.low)} 年处于末位", _low_line(situation, region)
        decision = Decision("upgrade", words, ("destination.lowest",), (line,))
        if situation.protected:
            return decision.also("protected", "，属于民生领域，不予缩减，宜改造课程与培养方向")
        if (balance.ratio or 0.0) < rules.expand_below.value:
            # Others cannot train enough for this demand: fewer seats here would not help anyone.
            return decision.also(
                "ratio.expand_below", "，而该专业全市短缺，问题在培养质量，宜改造课程与培养方向"
            )
        after = region.profile.limits.low_suspend_years
        if after is not None and situation.low_run >= after.value:
            return replace(decision, action="suspend", of_itself=True).also(
                "destination.still_lowest",
                "，缩减后仍未好转，宜停招",
                threshold(
                    "destination.still_lowest",
                    after,
                    f"已连续 {situation.low_run} 年位于末位，不少于 {after.value:.0f} 年",
                ),
            )
        return replace(decision, action="shrink")
    matched = situation.matched
    if matched is None or matched.matched_rate is None or matched.matched_rate >= rules.matched_low.value:
        return None
    return Decision(
        "upgrade",
        f"有需求而对口率只有 {matched.matched_rate:.0%}，宜改造课程与培养方向",
        ("matched.low",),
        (
            threshold(
                "matched.low",
                rules.matched_low,
                f"对口率 {matched.matched_rate:.0%} 低于 {rules.matched_low.value:.0%}",
            ),
        ),
    )


def _shortage(situation: Situation, balance: ProgramBalance, region: Region) -> Decision | None:
    rules, ratio = region.profile.actions, balance.ratio or 0.0
    if ratio >= rules.expand_below.value:
        return None
    if situation.offering.graduates <= 0:
        return Decision(
            "keep",
            "供给低于需求，但按现有比率没有毕业生进入本地就业，扩招无效，请先核对各项比率",
            ("evidence.no_graduates",),
        )
    line = threshold(
        "ratio.expand_below",
        rules.expand_below,
        f"供需比 {ratio:.2f} 低于扩招线 {rules.expand_below.value:.2f}",
    )
    decision = Decision("keep", f"供给低于需求，供需比 {ratio:.2f}", ("ratio.expand_below",), (line,))
    if (unknown := supply_unknown(balance, region)) is not None:
        return decision.also(
            "evidence.supply_unknown",
            f"，但 {balance.offerings} 个专业点中只有 {balance.known_offerings} 个有招生计划数，缺口可能高估，暂予保持",
            unknown,
        )
    if balance.supply >= balance.demand_low:
        return decision.also(
            "range.contains_balance",
            f"，但低情景需求 {balance.demand_low:.0f} 人/年时并不短缺，暂予保持",
        )
    registered = situation.registration
    if (
        registered is not None
        and registered.registration_rate is not None
        and registered.registration_rate < rules.registration_low.value
    ):
        return decision.also(
            "registration.low",
            f"，但报到率只有 {registered.registration_rate:.0%}，现有计划尚未招满，先提高报到率",
            threshold(
                "registration.low",
                rules.registration_low,
                f"报到率低于 {rules.registration_low.value:.0%} 时不再扩招",
            ),
        )
    return replace(decision, action="expand")


def supply_unknown(balance: ProgramBalance, region: Region) -> Evidence | None:
    """The threshold line that says too few offerings of the program have known seats to add any, or None."""
    number = region.profile.actions.supply_known_share
    if balance.known_offerings >= number.value * balance.offerings and balance.known_offerings > 0:
        return None
    return threshold(
        "evidence.supply_unknown",
        number,
        f"有招生计划数的专业点不足 {number.value:.0%} 时不作扩招和增设",
    )
