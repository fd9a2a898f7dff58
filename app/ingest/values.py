"""Cell values as people write them, read into numbers, ranges, rates and dates."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.ingest.fault import RowFault
from app.reference.codes import normalised

_LONGEST_EMPTY = 4
_EMPTY = {"", "-", "--", "—", "——", "/", "无", "nan", "none", "null", "n/a", "暂无"}
_CHINESE = {c: i for i, c in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2}
_TIMES = {"百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8}
SCALES = "十万|百万|千万|百|千|万|亿"
"""The scales of numbers, for a pattern: longer ones before those they begin with."""


def clean(value: object) -> str:
    """A cell as text: NFKC, no control characters, no blanks around; `10255.0` from a spreadsheet is `10255`, and
    `1.3e5`, as programs write whole numbers, is `130000`.
    """
    if type(value) is str:
        return _CLEANED[value]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return _CLEANED[str(value)]


class _Cleaned(dict[str, str]):
    """Short texts with what is left of them when cleaned: most cells of a table say what others said before."""

    def __missing__(self, text: str) -> str:
        return self.kept(text, _clean(text))

    def kept(self, text: str, cleaned: str) -> str:
        if len(text) <= _REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[text] = cleaned
        return cleaned


_REMEMBERED, _MOST_REMEMBERED = 300, 20_000
_CLEANED = _Cleaned()


def _clean(text: str) -> str:
    plain = normalised(text if text.isascii() else _FOOTNOTE.sub(" ", text))
    if not plain.isprintable():
        plain = "".join(c for c in plain if c in "\n\t" or c.isprintable()).strip()
    if plain[:1] in _TEXT_MARKS and (found := _MARKED_TEXT.fullmatch(plain)):
        plain = (found[1] or found[2]).strip()
    if plain[-1:].isdigit() and "e" in plain[1:14].lower() and (found := _SCIENTIFIC.fullmatch(plain)):
        number = Decimal(plain)
        # Twelve digits and more are how spreadsheets shorten what is longer: the rest is lost and not to be guessed.
        if int(found[1]) <= _EXACT and number == number.to_integral_value():
            return str(int(number))
    return plain


_FOOTNOTE = re.compile("(?<=[0-9０-９])(?=[²³¹⁰⁴-⁹₀-₉①-⒛⓪])")
"""Before a mark that NFKC makes a digit: `30①` is not 301."""
_TEXT_MARKS = frozenset("='’")
_MARKED_TEXT = re.compile(r"=\"([^\"]*)\"|['’](\d[\dA-Za-z.]*)")
"""How exports keep a spreadsheet from taking a code for a number: `="080902"`, `'080902`."""
_SCIENTIFIC = re.compile(r"[1-9](?=[.]|[eE][+])(?:\.\d{1,10})?[eE]\+?(\d{1,2})")
"""A number with a point or a plus sign in it; `1E5` may as well be a code."""
_EXACT = 10


def clean_all(texts: Iterable[str]) -> list[str]:
    """Cells of a row that are text, cleaned."""
    return list(map(_CLEANED.__getitem__, texts))


class _Texts(_Cleaned):
    """The same, empty for the usual signs of nothing."""

    def __missing__(self, text: str) -> str:
        cleaned = clean(text)
        found = "" if is_empty(cleaned) else cleaned
        return self.kept(text, found)


TEXTS: Mapping[str, str] = _Texts()
"""Any text as it is read: `TEXTS["　无 "]` is empty."""


def is_empty(text: str) -> bool:
    plain = text.strip()
    return len(plain) <= _LONGEST_EMPTY and plain.lower() in _EMPTY


def header_unit(header: str) -> str:
    """The unit of numbers that a header names in brackets or behind a stroke, 千 or 万 and the like: `人数（万人/年）` and
    `人数/万人` give `万人`.
    """
    found = _HEADER_UNIT.search(normalised(header))
    return (found[1] or found[2]).removesuffix("次") if found else ""


_HEADER_UNIT = re.compile(
    rf"[(\[【](?:单位:?)?\s*((?:{SCALES})(?:人次|[人名个元])?)(?=\s*[/,、;每·)\]】])"
    rf"|[/:,、_\s-]\s*(?:单位:?)?((?:{SCALES})(?:人次|[人名元]))(?:/[年月])?$"
)


def with_unit(value: Any, unit: str) -> Any:
    """A plain number as text with the unit of its column; anything else, such as a number that has one, as it is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    found = _PLAIN_NUMBER.fullmatch(clean(value))
    if not found:
        return value
    number, rough = found.groups()
    scale = unit.rstrip("人名个元")
    return f"{number}{scale}{rough}{unit[len(scale) :]}"


_PLAIN_NUMBER = re.compile(
    r"((?:[约近超逾达≥+-]|大约|约为|超过|突破|达到|至少|不少于)?\s*\d[\d,]*(?:\.\d+)?(?:\s*[-~—–至到]\s*\d[\d,]*(?:\.\d+)?)?)"
    r"\s*(多|余|左右|以上|\+|)"
)


@lru_cache(maxsize=4_096)
def whole(text: str, *, least: int = 0, most: int = 1_000_000, unit: str = "人") -> int:
    """A whole number such as `30`, `30人`, `1,200`, `30.0` or `1.2万`. Raises RowFault outside [least, most].

    `约200`, `30-50` and `若干` are no such number: what is exact must not be guessed.
    """
    plain = _in_ones(re.sub(rf"{unit}$|名$|个$", "", _joined(text)))
    if (spelt := chinese_whole(plain)) is not None:
        plain = str(spelt)
    if not re.fullmatch(r"[+-]?\d+(\.0+)?", plain):
        raise RowFault("not_a_number", f"“{text}”不是整数", _no_number(text) or "请填写整数")
    digits = plain.split(".")[0]
    beyond = least - 1 if digits.startswith("-") else most + 1
    number = int(digits) if len(digits) <= 18 else beyond
    if number < least:
        raise RowFault(
            "too_small", f"{text[:20]} 小于 {least}", "请核对数字，不能为负" if least == 0 else "请核对数字"
        )
    if number > most:
        raise RowFault("too_large", f"{text[:20]} 大于 {most}，不合常理", "请核对数字与单位")
    return number


@lru_cache(maxsize=4_096)
def decimal(text: str, *, least: float = 0.0, most: float = 1e12, heads: bool = False) -> float:
    """A number such as `0.5`, `1,200`, `¥7000`, `7000元` or `3.5万人`; of `heads` none with a sign of money. Raises
    RowFault outside [least, most].
    """
    plain = _in_ones(re.sub(r"[人名个]+$" if heads else r"^(?:[¥￥]|人民币)|[元人名个]+$", "", _joined(text)))
    try:
        number = float(plain)
    except ValueError:
        raise RowFault("not_a_number", f"“{text}”不是数字", _no_number(text) or "请填写数字") from None
    if not math.isfinite(number) or not least <= number <= most:
        raise RowFault("out_of_range", f"{text} 不在 {least:g}–{most:g} 之间", "请核对数字与单位")
    return number


def _joined(text: str) -> str:
    """Without the commas of thousands, and without blanks save those between digits: `30 40` and `30,5` are two numbers,
    or one that is broken, and none to be made up of both.
    """
    return re.sub(r"(?<=\d)[,，](?=\d{3}(?!\d))|(?<!\d)\s+|\s+(?!\d)", "", text)


def _in_ones(text: str) -> str:
    """`1.2万` → `12000`, exactly; a text without 百, 千, 万 or 亿 as it is."""
    found = re.fullmatch(rf"([+-]?\d{{1,12}}(?:\.\d{{1,8}})?)({SCALES})", text)
    return f"{Decimal(found[1]) * int(_TIMES[found[2]]):f}" if found else text


def chinese_whole(text: str) -> int | None:
    """`二十` → 20, `一百零五` → 105, `三千二百` → 3200; None for digits, for `十几`, and for `三百五`, which may be 350 or 305."""
    if not _SPELT.fullmatch(text):
        return None
    total = 0
    for size, part in zip((10_000, 1), text.rpartition("万")[::2], strict=True):
        if not part:
            continue
        found = _SPELT_PART.fullmatch(part.removeprefix("零") if size == 1 else part)
        if not found:
            return None
        thousands, hundreds, tens, ten, gap, ones = found.groups()
        if ones and not gap and not ten and (thousands or hundreds):
            return None
        numbers = [_CHINESE.get(digit or "", 0) for digit in (thousands, hundreds, tens, ones)]
        if ten and not tens:
            numbers[2] = 1
        total += size * sum(n * at for n, at in zip(numbers, (1000, 100, 10, 1), strict=True))
    return total or None


_SPELT = re.compile("[零〇一二两三四五六七八九十百千万]{1,12}")
_DIGIT = "[一二两三四五六七八九]"
_SPELT_PART = re.compile(
    rf"(?:({_DIGIT})千)?(?:零?({_DIGIT})百)?(?:零?({_DIGIT})?(十))?(?:([零〇])?({_DIGIT}))?"
)


def _no_number(text: str) -> str:
    """What to write instead of a word or a range; empty where the text is neither."""
    if re.search(r"\d\s*[-~—–至到]\s*\d", text):
        return "这里要一个确定的数，不能是范围；请填写其中一个，或按低、高分列填写"
    if re.search(r"若干|不限|[约近余多]|左右|以上", text):
        return "这里要一个确定的数；不知道时请留空"
    return ""


def rate(text: str) -> float:
    """A rate in [0, 1], written as `0.93`, `93%` or `93`. A number of heads is none."""
    if not re.fullmatch(r"[+-]?[\d.]+\s*%?", text):
        raise RowFault("not_a_number", f"“{text}”不是比率", _no_number(text) or "请填写 0.93 或 93% 这样的数")
    number = decimal(text.replace("%", ""), most=100.0)
    return number / 100 if "%" in text or number > 1 else number


def truth(text: str) -> bool:
    """Whether a cell says yes: `是`, `√`, `Y`, `1`, `是（预约）`. Raises RowFault where it says neither yes nor no."""
    plain = re.split(r"[(（,，;；。]", text.lower())[0].strip()
    if plain not in _TRUE | _FALSE:
        raise RowFault("unknown_choice", f"“{text[:40]}”不是“是”或“否”", "请填写是或否")
    return plain in _TRUE


_TRUE = {
    "true", "yes", "t", "on", "模拟", "主校区", "开放", "对外开放", "牵头", "示范", "示范性", *"1y是√✓✔☑对有真主",
}  # fmt: skip
_FALSE = {
    "false", "no", "off", "没有", "不是", "真实", "非模拟", "分校区", "不开放", "成员", *"0n否×✗✘x☐无不非假f",
}  # fmt: skip


def heads_range(text: str) -> tuple[int, int] | None:
    """Heads as enterprises write them: `40`, `约200人`, `30-50人`, `10人以上`, `10+`, `≥20`, `二十人`, `1.2万人`; None for
    `若干` and the like.

    A rough number stands for itself; 以上 leaves the upper end at the lower.
    """
    text = _REMARK.sub("", text)
    if re.search(r"若干|不限|数[人名]|一批", text):
        return None
    plain = re.sub(r"[,，\s约近人名位个左右以上不少于余多]|^(?:≥|>=|至少)|\+$", "", text)
    if not plain or re.search(r"数|批", plain):
        return None
    if len(re.findall(r"\d+", plain)) < len(re.findall(r"\d+", _joined(text))):
        plain = text  # 5人6人: two numbers, not 56
    plain = _in_ones(plain).removesuffix(".0")
    if (spelt := chinese_whole(plain)) is not None:
        plain = str(spelt)
    if found := re.fullmatch(r"(\d{1,9})(?:\.0+)?(?:[-~—–至到](\d{1,9}))?", plain):
        low = int(found[1])
        high = int(found[2] or found[1])
        low, high = min(low, high), max(low, high)
        if low < 1 or high > 100_000:
            raise RowFault("bad_heads", f"人数“{text}”不合常理", "请填写 1 至 100000 之间的人数")
        return low, high
    raise RowFault("bad_heads", f"看不懂人数“{text}”", "请填写数字或范围，如 40、30-50、若干")


_REMARK = re.compile(r"[(（][^()（）\d]*[)）]$|[,，;；、]\s*(?:男女|性别|年龄|专业|学历|经验)\w*不限$")
"""What is said of those wanted, not of how many: 10名（男女不限）, 2（急聘）."""


def published_number(text: str, unit: str) -> tuple[float, float, float] | None:
    """A figure of a published document in heads, as (low, central, high); None where it is words.

    A number with 万 in a row whose unit is 万人 is not multiplied twice; where the two differ it is no number either.

    `近3000` is somewhat less: low 0.9 times; `1900多` and `1900余` somewhat more: high 1.1 times; `约` either: ±5%.
    """
    named = re.match(rf"({SCALES})(?!分)", unit)
    scale = _TIMES[named[1]] if named else 1.0
    found = re.fullmatch(
        r"(近|大?约为?|超过?|逾|突破|达到?|≥)?\s*(\d[\d,]*(?:\.\d+)?)\s*(千万|百万|千|万|亿)?\s*(?:[-~—–至到]\s*(\d[\d,]*(?:\.\d+)?))?\s*(千万|百万|千|万|亿)?\s*(多|余|左右|以上|\+)?[人名]?",
        text,
    )
    if not found:
        return None
    rough, first, times, second, last_times, more = found.groups()
    if last_times and not times:
        times = last_times  # 2-3万
    elif (times and bool(second) != bool(last_times)) or (last_times or times) != times:
        return None  # 3万万, 3万-5: which is meant is not said
    if times:
        if scale not in (1.0, _TIMES[times]):
            return None
        scale = _TIMES[times]
    number = float(first.replace(",", "")) * scale
    if second:
        other = float(second.replace(",", "")) * scale
        low, high = sorted((number, other))
        return low, (low + high) / 2, high
    about = "约" in (rough or "") or more == "左右"
    beyond = more in ("多", "余", "以上", "+") or rough in ("超", "超过", "逾", "突破", "≥")
    low = number * (0.9 if rough == "近" else 0.95 if about else 1.0)
    high = number * (1.1 if beyond else 1.05 if about else 1.0)
    return low, number, high
