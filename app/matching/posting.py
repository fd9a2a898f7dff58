"""What a posting states: education, heads, experience, certificates, majors; and what must not stay in it."""

import re
from dataclasses import dataclass
from typing import Final

from app.matching.normalise import normalise
from app.reference.levels import Level


@dataclass(frozen=True, slots=True)
class PostingFacts:
    """Facts read from the text of a posting; None and empty where it does not say.

    `education`: the lowest level that will do, None also for 不限. `heads_low` and `heads_high`: people 人
    asked for; the upper is None where only a lower bound is given. `experience_years`: least years asked.
    """

    education: Level | None
    heads_low: int | None
    heads_high: int | None
    experience_years: float | None
    certificates: tuple[str, ...]
    majors: tuple[str, ...]


# Lowest first: a posting that names several levels accepts the lowest of them.
_EDUCATION: Final = (
    (Level.SECONDARY_VOCATIONAL, r"中专|中职|中技|技校|中等职业|中等专科"),
    (Level.HIGHER_VOCATIONAL, r"大专|专科|高职"),
    (Level.BACHELOR, r"本科|学士"),
    (Level.POSTGRADUATE, r"硕士|研究生|博士"),
)
_NO_EDUCATION = re.compile(r"学历(?:要求)?[:\s]*不(?:限|问|作要求)|不限(?:制)?学历")
_PREFERRED = re.compile(r"优先|更佳|尤佳|加分|亦可考虑")
_CLAUSES = re.compile(r"[,;。!?\n，；！？]")
_CHINESE_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九十")} | {"两": 2}
_NUMBER = r"(\d{1,5}|[一二两三四五六七八九十])"
_RANGE = r"\s*(?:[-~—–至到]\s*" + _NUMBER + r")?"
_YEARS = r"(?<![0-9.])([0-2]?\d|[一二两三四五六七八九十])"
_YEARS_RANGE = r"\s*(?:[-~—–至到]\s*([0-2]?\d|[一二两三四五六七八九十]))?"
_HEADS = (
    re.compile(
        rf"(?:招聘|招收|招募|需求|拟招|计划招|急招|招)[^,;。0-9]{{0,6}}{_NUMBER}{_RANGE}\s*(?:余|多)?\s*(?:人|名|位)(?:以上)?"
    ),
    re.compile(rf"人数[^,;。0-9]{{0,4}}{_NUMBER}{_RANGE}(?:\s*(?:人|名|位))?(?:以上)?"),
    re.compile(
        rf"(?:订单班|学徒|培养|用工|岗位)[^,;。0-9]{{0,8}}{_NUMBER}{_RANGE}\s*(?:余|多)?\s*(?:人|名|位)(?:以上)?"
    ),
)
_EXPERIENCE = (
    re.compile(
        rf"{_YEARS}{_YEARS_RANGE}\s*年(?:\s*及)?(?:以上|左右|或以上)?[^,;。0-9]{{0,20}}?(?:经验|工作经历|从业|从事)"
    ),
    re.compile(rf"(?:经验|经历|从事|工作)[^,;。0-9]{{0,12}}{_YEARS}{_YEARS_RANGE}\s*年"),
)
_CERTIFICATE = re.compile(
    r"[a-z0-9+㐀-鿿]{1,14}?(?:资格证书|执业证书|职业资格|资格证|上岗证|操作证|从业证|驾照|驾驶证|证书)"
)
_LEADING = re.compile(
    r"^(?:并|且|须|需|要求|必须|应|具有|具备|持有效|有效|持有|持|有|取得|拥有|相关|获得|以及|及|或|和|等|者|的)+"
)
_NO_CERTIFICATE = re.compile(r"要求|学历|没有|以下|任意|参加")
_GENERAL: Final = frozenset({"", "证书", "资格证书", "资格证", "职业资格", "相关证书", "执业证书", "从业证"})
_MAJORS = re.compile(r"([a-z㐀-鿿、/和与或()]{2,40}?)(?:等)?(?:相关|相近|类|及相关|或相关|等相关)?专业")
# 与 stays: it is part of names such as 计算机科学与技术.
_MAJOR_SPLIT = re.compile(r"[、/()]|和|或|及")
_NOT_MAJORS = re.compile(
    r"不限|知识|技能|能力|各|本科|本专|本人|学历|以上|毕业|提供|具有|具备|扎实|我|你|的|所学|非|对口|要求|其他|领域|"
    r"不断|夯实|独立|使用|^(?:技术|对|用|能|工程|等).*$"
)


def understand(title: str, description: str) -> PostingFacts:
    """Read the facts a posting states. What it does not say stays None or empty; nothing is guessed."""
    clauses = [clause.strip() for clause in _CLAUSES.split(f"{title}\n{description}".replace("\r", "\n"))]
    text = [folded for folded in map(normalise, clauses) if folded]
    heads = _first_range(_HEADS, text)
    experience = _first_range(_EXPERIENCE, text)
    return PostingFacts(
        education=_education(text),
        heads_low=heads[0] if heads else None,
        heads_high=heads[1] if heads else None,
        experience_years=float(experience[0]) if experience else None,
        certificates=_certificates(text),
        majors=_majors(text),
    )


def _education(clauses: list[str]) -> Level | None:
    """The lowest level that is asked for; what is only preferred counts where nothing else is said."""
    if any(_NO_EDUCATION.search(clause) for clause in clauses):
        return None
    for preferred in (False, True):
        asked = [clause for clause in clauses if bool(_PREFERRED.search(clause)) is preferred]
        for level, pattern in _EDUCATION:
            if any(re.search(pattern, clause) for clause in asked):
                return level
    return None


def _first_range(patterns: tuple[re.Pattern[str], ...], clauses: list[str]) -> tuple[int, int | None] | None:
    """The first number or range found, as (low, high); high is None where 以上 or 余 leaves it open."""
    for pattern in patterns:
        for clause in clauses:
            if found := pattern.search(clause):
                low = _whole(found[1])
                high = _whole(found[2]) if found[2] else low
                if high < low:
                    low, high = high, low
                open_end = not found[2] and re.search(r"以上|余|多", found[0]) is not None
                return low, None if open_end else high
    return None


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else _CHINESE_DIGITS[text]


def _certificates(clauses: list[str]) -> tuple[str, ...]:
    found = [_LEADING.sub("", match[0]) for clause in clauses for match in _CERTIFICATE.finditer(clause)]
    return tuple(
        dict.fromkeys(name for name in found if name not in _GENERAL and not _NO_CERTIFICATE.search(name))
    )


def _majors(clauses: list[str]) -> tuple[str, ...]:
    majors: list[str] = []
    for clause in clauses:
        for match in _MAJORS.finditer(clause):
            names = [_LEADING.sub("", name).strip() for name in _MAJOR_SPLIT.split(match[1])]
            majors += [name for name in names if 2 <= len(name) <= 12 and not _NOT_MAJORS.search(name)]
    return tuple(dict.fromkeys(majors))


# Neighbouring digits would make a longer number of it: an order number is not a telephone number.
_PERSONAL = (
    (
        re.compile(
            r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])"
        ),
        "[身份证号]",
    ),
    (re.compile(r"(?<![0-9])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9])"), "[手机号]"),
    (re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"), "[邮箱]"),
)
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def mask_personal(text: str) -> tuple[str, int]:
    """`text` with identity-card numbers, mobile numbers and e-mail addresses masked, and how many there were.

    Full-width digits and letters are recognised as well; the rest of the text stays as it is.
    """
    folded = text.translate(_FULL_WIDTH)
    spans: list[tuple[int, int, str]] = []
    for pattern, mask in _PERSONAL:
        for match in pattern.finditer(folded):
            if all(match.end() <= start or match.start() >= end for start, end, _ in spans):
                spans.append((match.start(), match.end(), mask))
    masked, place = [], 0
    for start, end, mask in sorted(spans):
        masked += [text[place:start], mask]
        place = end
    return "".join([*masked, text[place:]]), len(spans)
