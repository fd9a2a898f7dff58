"""Evidence 依据: the figures behind an action, each with its unit, its batches and whether it is simulated."""

from dataclasses import dataclass

from app.planning.balance import ProgramBalance
from app.planning.cells import DemandCell
from app.planning.profile_values import Number
from app.planning.rates import OutcomeRow
from app.planning.situation import ClassBalance, Situation

SHOWN_CONTRIBUTIONS = 3
SIMULATED = "（模拟）"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of evidence: a figure, its unit, what it says, and the batches and simulation behind it."""

    figure: str
    value: float | None
    unit: str
    text: str
    batch_ids: tuple[str, ...] = ()
    simulated: bool = False


def threshold(rule: str, number: Number, text: str) -> Evidence:
    """The number of the profile that a rule compared with, and where that number comes from."""
    source = "假设，待主管部门核定" if number.source == "assumption" else number.source
    return Evidence("threshold", number.value, "", f"规则 {rule}：{text}（参数来源：{source}）")


def balance_evidence(balance: ProgramBalance) -> list[Evidence]:
    """Demand, supply, gap and ratio of the program, how far they can be relied on, and the largest demands."""
    simulated = balance.simulated_share > 0
    batches = tuple(sorted({c.cell.batch_id for c in balance.contributions}))
    note = f"，其中模拟数据占 {balance.simulated_share:.0%}" if simulated else ""
    both = simulated or balance.supply_simulated
    lines = [
        Evidence(
            "demand",
            balance.demand,
            "人/年",
            f"分配到该专业的需求每年 {balance.demand:.0f} 人"
            f"（{balance.demand_low:.0f}–{balance.demand_high:.0f}）{note}",
            batches,
            simulated,
        ),
        Evidence(
            "supply",
            balance.supply,
            "人/年",
            f"各校该专业每年进入本地就业的毕业生约 {balance.supply:.0f} 人，由已装入的招生计划推算"
            + ("（含模拟比率）" if balance.supply_simulated else ""),
            balance.supply_batch_ids,
            balance.supply_simulated,
        ),
        Evidence("gap", balance.gap, "人/年", _gap_text(balance), (), both),
    ]
    if balance.growth is not None and balance.replacement is not None:
        rest = balance.demand - balance.growth - balance.replacement
        untold = f"，来源未分开的 {rest:.0f} 人/年" if rest >= 0.5 else ""
        lines.insert(
            1,
            Evidence(
                "growth",
                balance.growth,
                "人/年",
                f"其中新增需求 {balance.growth:.0f} 人/年，更替需求 {balance.replacement:.0f} 人/年{untold}",
                batches,
                simulated,
            ),
        )
    if balance.ratio is not None:
        lines.append(Evidence("ratio", balance.ratio, "", f"供需比 {balance.ratio:.2f}", (), both))
    lines += [
        Evidence(
            "offerings",
            float(balance.offerings),
            "个",
            f"本地区专业点 {balance.offerings} 个，其中 {balance.known_offerings} 个有招生计划数",
        ),
        Evidence(
            "demand_fit",
            balance.demand_fit,
            "",
            f"这些需求与该专业的平均适配度 {balance.demand_fit:.2f}，"
            f"来自预测和公开数字的占 {balance.forecast_share:.0%}，其余来自岗位",
        ),
    ]
    if balance.coverage is not None:
        lines.append(
            Evidence(
                "coverage",
                balance.coverage,
                "",
                f"该专业最相关的行业和职业中，有预测或公开数字的占 {balance.coverage:.0%}",
            )
        )
    lines += [
        Evidence(
            "contribution",
            c.heads,
            "人/年",
            f"{c.cell.source}：{c.heads:.1f} 人/年，适配度 {c.fit:.2f}{_staffing_text(c.cell)}"
            + (SIMULATED if c.cell.simulated else ""),
            (c.cell.batch_id,),
            c.cell.simulated,
        )
        for c in balance.contributions[:SHOWN_CONTRIBUTIONS]
    ]
    return lines


def _staffing_text(cell: DemandCell) -> str:
    """Which part of a contribution is data and which an estimated share."""
    if (staffing := cell.staffing) is None:
        return ""
    return (
        f"；人数出自行业预测，职业 {cell.occupation_code} 的份额 {staffing.share:.0%} 按用人结构估计"
        f"（本行业 {staffing.postings} 条岗位占 {staffing.own:.0%}，其余取自上级行业）"
    )


def _gap_text(balance: ProgramBalance) -> str:
    text = f"缺口（需求−供给）{balance.gap:+.0f} 人/年"
    if balance.gap_p10 is None or balance.gap_p90 is None:
        return text
    return f"{text}，八成可能在 {balance.gap_p10:+.0f} 到 {balance.gap_p90:+.0f} 之间（P10–P90）"


def class_evidence(of_class: ClassBalance) -> Evidence:
    """Supply and demand of the class the program belongs to."""
    return Evidence(
        "class_gap",
        of_class.demand - of_class.supply,
        "人/年",
        f"同层次同专业类合计：需求 {of_class.demand:.0f} 人/年，供给 {of_class.supply:.0f} 人/年",
    )


def offering_evidence(situation: Situation, planned_year: int) -> list[Evidence]:
    """Seats of the offering, the cohort that counts where it is another than its seats or the planned year say, and the
    rates that its graduates and applicants show.
    """
    offering = situation.offering
    known = offering.year is not None and offering.seats > 0
    lines = [
        Evidence(
            "seats",
            offering.seats,
            "人/年",
            f"{offering.year} 年已知招生计划 {offering.seats:.0f} 人（只含已装入的生源省份）"
            if known
            else "招生计划数未知",
            offering.batch_ids,
            offering.simulated and not any(rate.simulated for rate in offering.rates.values()),
        )
    ]
    cohort = offering.counted
    if cohort is not None and (cohort.graduation_year != planned_year or cohort.entry_year != offering.year):
        near = "" if cohort.graduation_year == planned_year else f"，最接近规划年 {planned_year}"
        text = (
            f"计入供给的是 {cohort.entry_year} 年入学、{cohort.graduation_year} 年毕业的一届{near}："
            f"计划 {cohort.seats:.0f} 人，预计 {offering.graduates:.0f} 人进入本地就业"
        )
        lines.append(
            Evidence("cohort", offering.graduates, "人/年", text, offering.batch_ids, offering.simulated)
        )
    lines += [
        _rate("destination_rate", row.destination_rate, row, "毕业去向落实率", "，处于同层次末位")
        for row in situation.low
    ]
    if (row := situation.matched) is not None:
        lines.append(_rate("matched_rate", row.matched_rate, row, "对口率"))
    if (row := situation.registration) is not None:
        lines.append(_rate("registration_rate", row.registration_rate, row, "报到率"))
    return lines


def _rate(figure: str, value: float | None, row: OutcomeRow, name: str, remark: str = "") -> Evidence:
    text = f"{row.year} 年{name} {value or 0.0:.1%}{remark}"
    return Evidence(
        figure, value, "", text + (SIMULATED if row.simulated else ""), (row.batch_id,), row.simulated
    )
