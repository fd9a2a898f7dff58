"""Years, days and years of schooling as people write them. What is none raises RowFault."""

import re
from datetime import date, timedelta
from functools import lru_cache

from app.ingest.fault import RowFault
from app.ingest.values import chinese_whole


@lru_cache(maxsize=256)
def year(text: str) -> int:
    found = re.fullmatch(r"((?:19|20)\d{2})(?:年度?|届|级|\.0)?", text)
    if not found or int(found[1]) > _LAST_YEAR:
        raise RowFault("bad_year", f"“{text}”不是年份", "请填写四位年份，如 2025")
    return int(found[1])


_LAST_YEAR = 2060
"""What lies beyond is a slip of the finger."""


@lru_cache(maxsize=256)
def years_of_schooling(text: str) -> int | None:
    """`四年`, `4`, `4年制`, `五年一贯制`, `3+2` → whole years; None where no number of years is written.

    Raises RowFault for half years and ranges: the records hold whole years, and half a year is not to be rounded away.
    """
    plain = re.sub(r"[(（][^()（）]*[)）]|\s", "", text)
    if found := _YEARS.fullmatch(plain):
        parts = [part.removesuffix("年") for part in re.split("[+加]", found[1])]
        total = float(sum(float(p) if p[0].isdecimal() else chinese_whole(p) or 0 for p in parts))
        if total.is_integer() and not found[2] and 1 <= total <= _MOST_YEARS:
            return int(total)
    if not _SOME_YEARS.search(plain):
        return None
    raise RowFault(
        "not_a_number",
        f"“{text[:40]}”不是整年数，或不合常理",
        "请填写整年数，如 4，贯通培养可写 3+2；有半年的或不止一个数的，按学籍规定的整年填写，没有规定时留空",
    )


_MOST_YEARS = 10
_SPAN = r"(?:\d{1,2}(?:\.\d{1,2})?|[零〇一二两三四五六七八九十]{1,3})年?"
_YEARS = re.compile(
    rf"(?:基本|标准|全日制|本科|专科|高职|中职|中高|中本|高本|贯通|学制|[:：])*({_SPAN}(?:[+加]{_SPAN})*)(半)?"
    r"(?:个?学?年)?(?:一贯|学?制|贯通|分段|培养|模式)*"
)
_SOME_YEARS = re.compile(r"\d|[零〇一二两三四五六七八九十半]个?学?年|年半")


def day(text: str) -> date | None:
    """A date as `2024-10-09`, `2024/10/9`, `2024年10月9日`, `20241009`, with a time of day behind it or not, or a
    spreadsheet's serial number. Of a span, such as `2024-10-09至2025-10-08`, neither end is guessed.
    """
    if found := _DAY.fullmatch(text):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            raise RowFault("bad_date", f"“{text}”不是有效日期", "请按 2025-09-01 的形式填写") from None
    if found := re.fullmatch(r"((?:19|20)\d{2})(\d{2})(\d{2})", text):  # 20240727
        return day("-".join(found.groups()))
    if re.fullmatch(r"[34]\d{4}(?:\.\d+)?", text):
        return date(1899, 12, 30) + timedelta(days=int(text[:5]))
    raise RowFault("bad_date", f"“{text}”不是有效日期", "请按 2025-09-01 的形式填写")


_DAY = re.compile(
    r"((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s*(?:起|止|前)?"
    r"(?:[(（]?(?:周|星期)[一二三四五六日天][)）]?)?"
    r"(?:\s*T?\s*(?:上午|下午)?\d{1,2}[:：时点]\d{0,2}(?:[:：分]\d{0,2}(?:\.\d+)?)?[分秒]?\s*(?:[AaPp][Mm]|Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
