"""Certificates named 证书."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from app.matching.normalise import normalise
from app.matching.posting.clauses import Line
from app.matching.posting.lexicon import Lexicon
from app.reference import load_reference

_SUFFIX = (
    r"(?:执业资格证|职业资格证|从业资格证|专业资格证|资格证|执业证|从业证|上岗证|操作证|等级证|准入证|"
    r"(?<![验论保认查取签凭见求印例公单双佐求用休停留听质铁持信导])证)书?"
)
_MARK = re.compile(r"证书?")
_WINDOW: Final = 24
_MOST_NEAR: Final = 40
_NAMED = re.compile(
    rf"(?P<name>[a-z0-9+㐀-鿿]{{1,16}}?)(?P<about>的相关|等?相关(?:专业|职业)?)?(?:的|专业|职业技能|职业)?(?P<suffix>{_SUFFIX})$"
)
_NOT_MARK = re.compile(r"(?:明|券|据|监|件|实|照|交|言|的能力)")
_LEADING = re.compile(
    r"^(?:并|且|须|需要?|要求|必须|应|要|具有|具备|持有效?|有效的?|有|取得|考取|拥有|相关的?|获得|获取|以及|及|"
    r"或者?|和|与|等|者|的|熟悉|通过|提供|办理|过|国家|省级|市级|上海市?|以上|专业|行业|本|持|至少|一个|任意|如|"
    r"即|最好|能|其他|其它|优先|含|包括|初级|中级|高级(?=以上))+"
)
_NOT_NAMES = re.compile(
    r"^(?:中|高|初|中高|中级|高级|各类)级?$|要求|学历|没有|以下|任意|参加|毕业|学位|双|验证|论证|保|认$|身份|居住|"
    r"结婚|离职|户口|签|考|能力|收集|培训|任一|每年|已拿|拿到|房产|同等|厂商|^新|等$|行业$|方面$|领域$|工作$|"
    r"健康状|信用|退休|暂住|出入|入学|准考|车辆行驶|行驶|营业|准生|结业|护照|通行|学生|学士|硕士|博士|检疫|合格|"
    r"许可|生产|安全生产许可|编号|文件|材料|产品|商标|著作|数字|电子|密钥|ca$|ssl|https|单$|荣誉|获奖|竞赛|专利|"
    r"登记|产权|不|认证|作品|技术$|专业$|相关$|职业$|技能$|等级$|职称$|国家$|各|所|我|你|公|凭|佐|实$|查|求"
)
_PARTS = re.compile(
    r"的|颁发|持有|取得|具有|具备|获得|获取|拥有|考取|提供|办理|有(?!色|机)|及以上|以上|或者?|及|和(?!谐)|与|需要?|须|并"
)
_AMBIGUOUS: Final = frozenset(
    {
        "系统架构设计师",
        "信息系统项目管理师",
        "系统集成项目管理工程师",
        "人力资源管理师证",
        "TOGAF",
        "ITIL",
        "CSM",
        "CDA",
        "OCP",
        "OCM",
        "ACP",
        "CKA",
        "雅思",
        "托福",
        "托业",
        "六西格玛",
        "注册会计师",
        "执业药师资格证",
    }
)
"""Names that are also work, methods or tests: a certificate only where the line speaks of holding one."""
_HELD = re.compile(r"证|资格|资质|持有|考取|通过|分|优先|certif|qualif|preferred")
_OFFICIAL: Final = re.compile(
    r"1\s?\+\s?x\s?(?!证)(?P<name>[^,，;。、()（）]{2,24}?)(?:职业技能)?(?:等级)?(?:证书?|$|[,，;。、()（）])"
)
_DRIVING = re.compile(r"(?<![a-z0-9])([abc][1-3])(?:\s?[a-z]\d)?\s?(?:以上|及以上|本|证|照|驾|类|类型)")
_ENGLISH: Final = (
    (re.compile(
        r"(?:cet|英语|英文|大学英语)[ -]?(?:大学)?\s?(?:四\s?[/、或]?\s?六级?|4\s?[/、或]\s?6)|英语四六级|"
        r"(?<!专业)四六级|大学4或6级英语"), ("大学英语四级", "大学英语六级")),
    (re.compile(r"(?:cet|英语|英文)\s?[-–]?\s?(?:水平)?(?:国家)?(?:4|四)(?:级|\b)|(?:英语|英文)(?:4|四)级"), ("大学英语四级",)),
    (re.compile(r"(?:cet|英语|英文)\s?[-–]?\s?(?:水平)?(?:国家)?(?:6|六)(?:级|\b)|(?:英语|英文)(?:6|六)级"), ("大学英语六级",)),
    (re.compile(r"(?:英语|英文)?专业?(?:八|8)级|tem[- ]?8"), ("英语专业八级",)),
    (re.compile(r"英语专业(?:四|4)级|tem[- ]?4|英语专四"), ("英语专业四级",)),
    (re.compile(r"普通话[^,;]{0,4}?(?:一|二|三|1|2|3)\s?级?[甲乙]?"), ("普通话水平等级证",)),
    (re.compile(
        r"(?:日语|日本语)[^,;]{0,6}?(?:n\s?1|(?:能力)?(?:一|1)级)|jlpt[- ]?n1|(?<![a-z0-9])n1(?=级|水平|以上|证|"
        r"及以上|或|或以上|$)"), ("日语能力N1",)),
    (re.compile(
        r"(?:日语|日本语)[^,;]{0,6}?(?:n\s?2|(?:能力)?(?:二|2)级)|jlpt[- ]?n2|(?<![a-z0-9])n2(?=级|水平|以上|证|"
        r"及以上|或|或以上|$)"), ("日语能力N2",)),
)  # fmt: skip


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon({normalise(alias): name for alias, name in load_reference().certificate_names.items()})


@lru_cache(maxsize=1)
def _official() -> dict[str, str]:
    return {normalise(name): name for program in load_reference().programs for name in program.certificates}


def read_certificates(lines: Sequence[Line]) -> tuple[str, ...]:
    """Certificates that are asked for or preferred, each by one name, in the order of the posting.

    Well-known ones by their usual name (CPA → 注册会计师); 1+X certificates as `1+X` and the official name; others as
    the posting calls them, without 书.
    """
    found: dict[str, None] = {}
    for line in lines:
        placed: list[tuple[int, str]] = []
        taken: list[tuple[int, int]] = []
        for match in _OFFICIAL.finditer(line.text):
            name = match["name"].strip()
            placed.append((match.start(), f"1+X {_official().get(name, name)}"))
            taken.append(match.span())
        for start, end, name in _lexicon().find(line.text):
            held = name not in _AMBIGUOUS or _HELD.search(line.text)
            if held and _stands_alone(line.text, start, end) and not _inside(start, taken):
                placed.append((start, name))
                taken.append((start, end))
        for pattern, names in _ENGLISH:
            if (match2 := pattern.search(line.text)) and not _inside(match2.start(), taken):
                placed += [(match2.start(), name) for name in names]
                taken.append(match2.span())
        if "驾" in line.text or "本" in line.text or "照" in line.text:
            placed += _driving(line.text)
        for mark in _MARK.finditer(line.text):
            start = max(0, mark.start() - _WINDOW)
            named = _NAMED.search(line.text[start : mark.end()])
            if named is None or _NOT_MARK.match(line.text, mark.end()):
                continue
            apart = not any(s < mark.end() and start + named.start() < e for s, e in taken[-_MOST_NEAR:])
            if apart and (other := _name(named)):
                placed.append((mark.start(), other))
        found |= dict.fromkeys(name for _, name in sorted(placed, key=lambda each: each[0]))
    specific = any(name.startswith("机动车驾驶证") and name != "机动车驾驶证" for name in found)
    return tuple(name for name in found if not (specific and name == "机动车驾驶证"))


def _driving(text: str) -> list[tuple[int, str]]:
    found = [(m.start(), f"机动车驾驶证{m[1].upper()}") for m in _DRIVING.finditer(text)]
    if not found and (named := re.search(r"驾照|驾驶证|驾驶执照|驾驶本", text)):
        found.append((named.start(), "机动车驾驶证"))
    return found


def _name(match: re.Match[str]) -> str | None:
    name = _LEADING.sub("", _PARTS.split(match["name"])[-1])
    suffix = match["suffix"].removesuffix("书")
    if match["about"] and not name.isascii():
        return None  # 会计相关证书 names a field, not a certificate
    if len(name) < 2 or "驾" in name or _NOT_NAMES.search(name):
        return None
    if suffix == "专业资格证":
        suffix = "资格证"
    return f"{name}{suffix}"


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Latin names must not be part of a longer word: PMP yes, pmpro no."""
    if not text[start].isascii():
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalpha())


def _inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)
