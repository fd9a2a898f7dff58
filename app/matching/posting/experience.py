"""Years of experience asked for 工作经验."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.matching.posting.clauses import COMPANY, Line
from app.matching.posting.numbers import DASH, whole

MOST_YEARS: Final = 30
A_YEAR_OF_TWO_DIGITS: Final = 16
"""`24年` is a date; `20年以上` is not."""
_N = r"(?:\d{1,2}(?:\.5)?|[一二两三四五六七八九十]{1,3}|半)"
_YEARS = re.compile(
    rf"(?<![\d.年月])(?<!\d[-~—–至到])(?P<low>{_N})\s?(?:年|years?)?\s?(?:(?:{DASH}|或|、|"
    rf"to)\s?(?P<high>{_N}))?\s?(?P<plus>\+)?\s?(?:年|years?\b|yrs?\b)"
    r"(?P<open>(?:或\s?\S{1,3}年)?\s?(?:\(?含\)?)?\s?(?:及其?|或|\(含\))?\s?(?:以上|之上)|\s?\+|\s?起)?"
)
_CUE = re.compile(
    r"经验|经历|从业|从事|工作|资历|驾龄|工龄|年限|开发|研发|设计|实战|项目|岗位|同岗|experience|background|背景|"
    r"管理|销售|测试|运维|编程|教学|临床"
)
_LEAST = re.compile(r"(?:至少|最少|不少于|不低于|minimum|at least)[^,]{0,4}$")
_BEFORE = re.compile(
    r"(?:近|过去|最近|未来|每|前|第|已|历时|合同|签|为期|成立|公司|深耕|专注|创立|来|毕业|学制|20|19|\d月|合作|"
    r"保修|质保|入职|任期|共|约定|培养|持续|实习|到岗|保证)\s?(?:[:：了的])?$"
)
_AFTER = re.compile(
    r"^\s?(?:内|来|前(?!端|后端|台)|后(?!端|台)|制(?!造|程)|级|期(?!货)|底(?!层|盘)|初|外包|应届|度|会|一次|庆|薪|"
    r"终|假|轮|一?签|毕业|届|发展|历史|多?的?(?:沉淀|积累|发展|历史)|\d|[一-龥]?季度|至今|间|春|起步|"
    r"左右(?:的)?历史|以下|一(?!线|定)|本科毕业|未|保(?!险)|中国)"
)
_PREFERRED = re.compile(
    r"^[^有会熟懂并具,]{0,34}?(?:优先|更佳|尤佳|为佳|最佳|更好|佳(?!绩)|加分|preferred|a plus|desirable)"
)
_PREFERRED_BEFORE = re.compile(r"优先(?:考虑|录用)?[^,]{0,6}$|加分[^,]{0,6}$|最好(?:有|具有|具备)?$")
_DEGREE_BEFORE = re.compile(
    r"(?:硕士|研究生|本科生?|博士|大专|专科|学士|中专)[^,;0-9一二三四五六七八九十]{0,8}$"
)
_TIER = re.compile(r"^(?:\W{0,2})(?:初级|中级|高级|资深|初中级|中高级|junior|senior|p\d|t\d)[^,]{0,12}$")
_HEADING = re.compile(r"^(?:工作|从业|相关)?(?:经验|年限|经历)(?:要求)?[:：]?$")
_NONE_ASKED = re.compile(
    r"经验(?:、学历|和学历|、年龄)?\s?[:：]?\s?(?:均|都)?(?:不限|无要求|不作?做?要求)|不限(?:工作|行业|相关)?经验|"
    r"(?:无|没有|零|不需要?有?|无需|不要求有?|不管有没有|不论有无|有无|不管你有没有)"
    r"(?:相关|工作|从业|任何|行业|开发)?(?:工作)?经验(?:者)?(?!者?优先)|零基础|0基础|0经验|小白|接受新人|新人亦可|"
    r"生手|新手(?:也可|亦可|均可|可)|接受转行|学徒(?!制)"
)
_NOT_NONE = re.compile(r"(?:无|没有)(?:相关|工作)?经验(?:者)?(?:勿|请勿|不|免)|非(?:零|0)基础|小白(?:勿|不)")
_GRADUATES = re.compile(
    r"应届(?:毕业)?(?:大学|本科|硕士)?生?|20\d\d\s?届|\b2\d届|毕业季|在校(?:学?生|大学生)|实习生?转正"
)
_NOT_GRADUATES = re.compile(r"非应届|应届生?(?:勿|不|除外)|求职|应届生招聘|进沪|落户|户籍|评分办法")
_EXCEPTION = re.compile(r"优秀|能力强|能力突出|条件|放宽|特别|成绩优")


@dataclass(frozen=True, slots=True)
class Experience:
    """Years asked: at least `least`; `most` where a closed range is given. 0 where none is asked or 应届 will do."""

    least: float
    most: float | None


@dataclass(frozen=True, slots=True)
class _Mention:
    least: float
    most: float | None
    alternative: bool


def read_experience(lines: Sequence[Line]) -> Experience | None:
    """The years that somebody needs who meets all that is asked; None where the posting says nothing of it.

    Several demands: the longest counts, since it includes the rest. Alternatives (本科5年、硕士2年; 初级, 高级): the
    shortest. Numbers go before 应届可 and 经验不限 where these are exceptions for the excellent.
    """
    demands: list[_Mention] = []
    heading = False
    for line in lines:
        mentions = [m for segment in line.segments for m in _mentions(segment, line, heading)]
        choices = [mention for mention in mentions if mention.alternative]
        if len(choices) > 1:
            mentions = [min(choices, key=lambda m: m.least)]
        demands += mentions
        heading = bool(_HEADING.match(line.text))
    tiers = [mention for mention in demands if mention.alternative]
    open_to_all = _open_to_all(lines)
    if demands and open_to_all is not True:
        low = min(tiers, key=lambda m: m.least) if len(tiers) > 1 else max(demands, key=lambda m: m.least)
        return Experience(low.least, low.most)
    return Experience(0.0, None) if open_to_all is not None else None


def _mentions(segment: str, line: Line, heading: bool) -> list[_Mention]:
    found: list[_Mention] = []
    if COMPANY.search(segment):
        return found
    for match in _YEARS.finditer(segment):
        before, after = (
            segment[max(0, match.start() - 24) : match.start()],
            segment[match.end() : match.end() + 60],
        )
        if _BEFORE.search(before) or _AFTER.match(after):
            continue
        if _PREFERRED.match(after[:50]) or _PREFERRED_BEFORE.search(before):
            continue
        rest = f"{before[-20:]}|{after[:40]}"
        if not (
            _CUE.search(rest)
            or _LEAST.search(before)
            or match["open"]
            or match["plus"]
            or heading
            or _HEADING.match(before)
        ):
            continue
        low = _years(match["low"])
        high = _years(match["high"]) if match["high"] else None
        if high is not None and high < low:
            low, high = high, low
        if low > MOST_YEARS or (low >= A_YEAR_OF_TWO_DIGITS and not match["open"] and not match["plus"]):
            continue
        closed = high if not match["open"] and not match["plus"] else None
        tier = _DEGREE_BEFORE.search(before) or _TIER.match(before)
        found.append(_Mention(low, closed, tier is not None))
    return found


def _open_to_all(lines: Sequence[Line]) -> bool | None:
    """True: no years are needed whatever else is said; False: none is asked unless years are given; None: not said."""
    said: bool | None = None
    for line in lines:
        for segment in line.segments:
            if _NONE_ASKED.search(segment) and not _NOT_NONE.search(segment):
                said = said or False
            if _GRADUATES.search(segment) and not _NOT_GRADUATES.search(line.text):
                accepted = re.search(r"亦可|也可|均可|都可|皆可|接受|欢迎|可$|也可以", segment) is not None
                said = True if accepted and not _EXCEPTION.search(segment) else said or False
    return said


def _years(text: str) -> float:
    if text == "半":
        return 0.5
    return float(text) if text[0].isdigit() else float(whole(text))
