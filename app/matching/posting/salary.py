"""Salary offered 薪酬."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.matching.posting.clauses import Line

DAYS_A_MONTH: Final = 21.75
"""月计薪天数: (365 − 104) ÷ 12, 《关于职工全年月平均工作时间和工资折算问题的通知》 (人社部发〔2025〕2号)."""
HOURS_A_DAY: Final = 8
LEAST_A_MONTH: Final = 1_000.0
MOST_A_MONTH: Final = 1_000_000.0
"""元 per month: what falls outside is not a salary."""


class Period(StrEnum):
    """What the figure of a salary is for."""

    MONTH = "month"
    YEAR = "year"
    DAY = "day"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Salary:
    """`low` to `high` in 元 per month, to the cent; None where that end is open. `period`: what the posting gave it for.

    Year: a twelfth, a thirteenth month not spread. Day and hour: by the month's paid days and eight hours.
    `months`: how many are paid a year (13薪), where it says.
    """

    low: float | None
    high: float | None
    period: Period
    months: int | None


_TO_MONTH: Final = {
    Period.MONTH: 1.0,
    Period.YEAR: 1 / 12,
    Period.DAY: DAYS_A_MONTH,
    Period.HOUR: DAYS_A_MONTH * HOURS_A_DAY,
}
_MOST: Final = {Period.HOUR: 1_000.0, Period.DAY: 3_000.0}
"""元: more than this is not what a day or an hour pays, whatever the words (日结工资，每月8000)."""
UNITS: Final = {"k": 1e3, "千": 1e3, "w": 1e4, "万": 1e4, "": 1.0}
"""What a figure is multiplied by: 8k, 1.2万."""
_AMOUNT = r"(?:\d{1,3}(?:,\d{3})+|\d{1,7}(?:\.\d{1,2})?)"
_RANGE = re.compile(
    rf"(?<![\da-z年第版])(?<!\d月)(?<!\d[.,])(?P<sign>[¥￥]\s?)?(?P<low>{_AMOUNT})\s?(?P<low_unit>k|千|w|万)?\s?(?P<low_yuan>元|块|rmb)?\s?"
    rf"(?:(?:-|~|—|–|至|到|一|_|/){{1,3}}\s?[¥￥]?\s?(?P<high>{_AMOUNT})\s?(?P<high_unit>k|千|w|万)?\s?(?P<high_yuan>元|块|rmb)?)?\s?"
    r"(?P<more>以上|起|\+|多)?"
    r"(?![\d.%a-jl-vyz])(?!\s?(?:-|~|—|至|到)\s?\d)"
    r"(?!\s?(?:亿|包裹|用户|客户|订单|日活|平米?|公里|小时(?!工)|个|人|名|位|岁|点|次|倍|家|台|号|折|"
    r"天(?!薪)))(?!年(?!薪)|月(?!薪)|日(?!结|薪)|[项款种条期路楼室米])"
)
_PERIODS: Final = (
    (Period.HOUR, re.compile(r"[/每一]\s?(?:个)?(?:小时|时|h\b)|时薪|小时工|(?:每|一)个?小时|元/?时")),
    (Period.DAY, re.compile(r"[/每一]\s?(?:天|日)|日薪|日结|元天|元每天")),
    (Period.YEAR, re.compile(r"[/每一]\s?年|年薪|年收入|年综合|年入|年包|年总包|全年|package")),
    (Period.MONTH, re.compile(r"[/每一]\s?月|月薪|月入|月收入|月工资|月综合|月均")),
)
_DIRECT = re.compile(r"\s?(?:[/每一]\s?个?\s?(?:月|年|天|日|小时|时|h\b)|(?:月|年|日|时)薪|日结)")
_PAY = re.compile(
    r"薪|工资|收入|月入|年入|底薪|到手|报酬|待遇|综合|保底|package|salary|薪水|酬劳|元/|元每|税[前后]|[k万]/[月年]|[¥￥]"
)
_WHOLE_PAY = re.compile(
    r"综合|到手|税[前后]|月薪|年薪|月入|年入|薪资范围|工资范围|薪资[:： ]|月收入|总收入|年收入|高薪|月工资|"
    r"薪酬[:： ]|工资[:： ]|收入[:： ]"
)
_PART_PAY = re.compile(r"底薪|基本|基础|保底|试用期|实习期?|培训期|学徒期|起薪")
_NOT_PAY = re.compile(
    r"补贴|补助|津贴|餐补|房补|车补|饭补|话补|提成|押金|体检费|罚|奖金|奖励|注册|营收|业绩|销售额|销量|融资|社保|"
    r"公积金|保险|保额|扣|客单|预算|投资|产值|规模|资产|资金|成本|"
    r"面积|融资|用户|基金|科研|安家|房贴|日活|粉丝|流水|学费|费用|佣金|红包|礼金|经费|住宿费|宿舍|水电|评为"
)
_MONTHS = re.compile(
    r"(?<!\d)(1[2-9]|2[0-4])(?:\s?[-~]\s?(?:1[2-9]|2[0-4]))?\s?(?:薪|个月(?:薪水|薪资|薪|工资))"
)
_TITLE_PAY = re.compile(r"\d\s?[k千w万]|元|薪|月入")


def read_salary(lines: Sequence[Line]) -> Salary | None:
    """The salary that is offered on the whole, for the longest time it is given for; None where no figure is given.

    What is offered altogether (综合, 月薪) goes before a base (底薪, 试用期), a range before one figure, a month or year
    before a day or an hour. Steps of one sort on one line (P3 9-11k，P4 11-15k) are taken from the lowest to the highest.
    """
    found = [offer for place, line in enumerate(lines) for offer in _offers(line, place)]
    if not found:
        return None
    best = max(found, key=lambda offer: offer.rank)
    same = [o for o in found if o.rank == best.rank and o.place == best.place and o.period is best.period]
    lows = [o.low for o in same if o.low is not None]
    highs = [o.high for o in same]
    months = next((int(m[1]) for line in lines if (m := _MONTHS.search(line.text))), None)
    return Salary(
        min(lows, default=None),
        None if any(high is None for high in highs) else max(high for high in highs if high is not None),
        best.period,
        months,
    )


@dataclass(frozen=True, slots=True)
class _Offer:
    low: float | None
    high: float | None
    period: Period
    rank: tuple[int, ...]
    place: int


def _offers(line: Line, place: int) -> Iterator[_Offer]:
    text = line.text
    if not (_PAY.search(text) or (line.title and _TITLE_PAY.search(text))):
        return
    for match in _RANGE.finditer(text):
        before, after = text[max(0, match.start() - 14) : match.start()], text[match.end() : match.end() + 12]
        near = re.split(r"[,，;。、)）+]", before)[-1]
        if _NOT_PAY.search(near) or (match["more"] != "+" and _NOT_PAY.match(after.lstrip(" 的"))):
            continue
        offer = _offer(match, near, after, text, line.title, place)
        if offer is not None:
            yield offer


def _offer(match: re.Match[str], near: str, after: str, text: str, title: bool, place: int) -> _Offer | None:
    low_unit, high_unit = match["low_unit"], match["high_unit"]
    yuan = match["low_yuan"] or match["high_yuan"]
    figure = bool(low_unit or high_unit or yuan or match["sign"])
    low = _number(match["low"]) * UNITS[low_unit or high_unit or ""]
    high = _number(match["high"]) * UNITS[high_unit or low_unit or ""] if match["high"] else None
    period = _period(
        near, after, text[max(0, match.start() - 40) : match.start()], low if high is None else high
    )
    if not figure and max(low, high or 0) < (1000 if period in (Period.MONTH, Period.YEAR) else 10):
        return None
    named = _PAY.search(near) or _PAY.search(after[:6]) or (yuan and re.match(r"\s?[/每一]", after))
    if (
        not named
        and not (title and figure)
        and not (_PAY.search(text[max(0, match.start() - 30) : match.start()]) and (high or figure))
    ):
        return None
    if high is not None and high < low:
        low, high = high, low
    if high is None and not match["more"] and not _about_most(near):
        high = low
    rate = _TO_MONTH[period]
    low, high = round(low * rate, 2), (round(high * rate, 2) if high is not None else None)
    if not LEAST_A_MONTH <= low <= MOST_A_MONTH or (high is not None and high > MOST_A_MONTH * 2):
        return None
    whole_pay = bool(_WHOLE_PAY.search(near) or _WHOLE_PAY.search(after[:6]))
    part = bool(_PART_PAY.search(near) or _PART_PAY.match(after.lstrip("( （")))
    long = period in (Period.MONTH, Period.YEAR)
    rank = (int(long), int(not part), int(match["high"] is not None), int(whole_pay))
    return _Offer(low, high, period, rank, place)


def _about_most(near: str) -> bool:
    return re.search(r"(?:超过?|≥|＞|>|高于|不低于|至少|起薪)\s?$", near) is not None


def _period(near: str, after: str, before: str, amount: float) -> Period:
    # `元/月` right behind the figure says most; `,每年14个月` behind a comma is about something else.
    direct = _DIRECT.match(after)
    for text in (direct[0] if direct else "", near, before):
        for period, words in _PERIODS:
            if words.search(text) and amount <= _MOST.get(period, amount):
                return period
    # Without a word: amounts that nobody earns in a month are for a year.
    return Period.YEAR if amount >= 100_000 else Period.MONTH


def _number(text: str) -> float:
    return float(text.replace(",", ""))
