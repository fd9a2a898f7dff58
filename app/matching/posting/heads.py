"""Heads asked for 招聘人数."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.matching.posting.clauses import Line
from app.matching.posting.numbers import CHINESE, DASH, whole

MOST_HEADS: Final = 10_000
_N = rf"(?:\d{{1,5}}|{CHINESE})"
_UNIT = r"(?:人|名|位|个(?=人|名额))"
_ASK = r"(?:招聘|招收|招募|招录|诚聘|急聘|聘|需求|拟招|计划招|急招|扩招|急需|寻找(?!一)|招|录用|录取)"
_RANGE = rf"(?:约|近|大约|共|计)?\s?(?P<low>{_N})\s?{_UNIT}?\s?(?:{DASH}\s?(?P<high>{_N}))?\s?(?P<open>余|多|\+)?\s?"
_MORE = r"(?P<more>以上|左右)?"
_PATTERNS: Final = (
    re.compile(
        rf"人数(?:要求)?[^,;0-9一二两三四五六七八九十]{{0,4}}{_RANGE}{_UNIT}?\s?{_MORE}(?!\d|%|万|岁|年|月)"
    ),
    re.compile(
        rf"{_ASK}[^,;0-9%]{{0,12}}?{_RANGE}{_UNIT}(?!\w{0, 8}团队|以内的|次|员|气|际|力|均|民|才|工智|士|下|/){_MORE}"
    ),
    re.compile(rf"(?:订单班|学徒|培养|用工|名额|岗位需求|缺口)[^,;0-9]{{0,8}}?{_RANGE}{_UNIT}{_MORE}"),
)
_IN_TITLE = re.compile(rf"{_RANGE}(?:名|位|人)$")
_SOME = re.compile(
    r"(?:招聘?|聘|人数|名额|需求|需|急招|员|工|师|生|机|手|理|助|专员)[^,;0-9]{0,8}?(?:若干|数|多|数十|"
    r"几)\s?(?:人(?!协|合|团|使)|名|位)|(?:招聘?|诚聘|人数|名额|数量)[:：]?\s?若干|若干(?:人|名|位)|(?:人数|"
    r"名额)[^,;]{0,3}(?:若干|不限)|"
    r"(?:大量|批量|长期大量)\s?(?:招聘|招收|招人|招工|急招|招)"
)
_NOT_ASKED = re.compile(
    r"带领|管理\d|团队规模|下属|现有|员工\d|服务\d|家企业|学员\d|客户\d|超过\d+人|招聘经验|面试\d"
)


@dataclass(frozen=True, slots=True)
class Heads:
    """People 人 asked for. `low` None: some, but not how many (若干); `high` None with a low: no upper end (以上)."""

    low: int | None
    high: int | None


def read_heads(lines: Sequence[Line]) -> Heads | None:
    """The first number or range of heads; where there is none, whether the posting says 若干 or the like."""
    for pattern in _PATTERNS:
        for line in lines:
            for segment in line.segments:
                found = None if _NOT_ASKED.search(segment) else pattern.search(segment)
                if found and (heads := _heads(found)):
                    return heads
    for line in lines:
        if line.title and (found := _IN_TITLE.search(line.text)) and (heads := _heads(found)):
            return heads
    if any(_SOME.search(line.text) for line in lines):
        return Heads(None, None)
    return None


def _heads(found: re.Match[str]) -> Heads | None:
    low = whole(found["low"])
    high = whole(found["high"]) if found["high"] else low
    low, high = min(low, high), max(low, high)
    if low < 1 or high > MOST_HEADS:
        return None
    more = found.groupdict().get("more") == "以上"
    return Heads(low, None if found["open"] or (more and not found["high"]) else high)
