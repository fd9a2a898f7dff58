"""A posting cut into lines and segments in one form of writing, without the numbers of its lists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from app.matching.normalise import normalise

# A number in a circle begins an item; NFKC would make ①5年 fifteen years.
_LINE_ENDS = re.compile(r"[\r\n;；。!！?？•●■◆①-⒇❶-❿➀-➓]|(?<=[^\d\s])\s{2,}(?=\d{1,2}[.、)）])")
_SEGMENT_ENDS = re.compile(r"[,，()\[\]【】]")
LONGEST_LINE: Final = 1_000
_LIST_NUMBER = re.compile(
    r"^(?:[(（]?\d{1,2}\s?[)）、:]|[①-⑳]|\d{1,2}\s?\.(?!\d)|[-*#·>]+(?=\D)|[一二三四五六七八九十]{1,2}[、.])\s*"
)
_NUMBER_AND_DIGIT = re.compile(r"^(\d{1,2})\.(?=\d)")
_INCLUSIVE = re.compile(r"[(（](?:含|包含|包括|及)[^()（）]{0,4}[)）]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a posting, normalised, and its segments: what stands between commas and brackets."""

    text: str
    segments: tuple[str, ...]
    title: bool = False


def lines_of(title: str, description: str) -> tuple[Line, ...]:
    """The lines of title and description that say anything.

    `2.3年以上` in a numbered list is the second item and asks for three years; `1.5年` alone is a year and a half.
    """
    head = _pieces(normalise(title))
    rows = [
        piece for row in _LINE_ENDS.split(unescape(description)) for piece in _pieces(normalise(row)) if piece
    ]
    numbered = sum(bool(_LIST_NUMBER.match(row) or _NUMBER_AND_DIGIT.match(row)) for row in rows) > 1
    lines = [_line(row, title=True) for row in head if row]
    for row in rows:
        plain = _LIST_NUMBER.sub("", row, count=1)
        if numbered:
            plain = _NUMBER_AND_DIGIT.sub("", plain, count=1)
        if plain:
            lines.append(_line(plain))
    return tuple(lines)


def _pieces(row: str) -> Iterator[str]:
    """A line in pieces of at most LONGEST_LINE, cut where a segment ends: so all reading stays linear in the text."""
    while len(row) > LONGEST_LINE:
        cut = max((row.rfind(mark, LONGEST_LINE // 2, LONGEST_LINE) + 1 for mark in ",， 、"), default=0)
        cut = cut or LONGEST_LINE
        yield row[:cut]
        row = row[cut:]
    yield row


def _line(text: str, *, title: bool = False) -> Line:
    text = _INCLUSIVE.sub("", text)
    segments = tuple(segment.strip() for segment in _SEGMENT_ENDS.split(text))
    return Line(text, tuple(filter(None, segments)), title)


COMPANY = re.compile(
    r"员工|带队|团队由|成员[由均包]|毕业自|创始|高管|在职|人员均|占比|占\d|\d%|海归|海内外|公司(?:成立|拥有|具有|现有|深耕|专注)|"
    r"我们(?:拥有|是|有)|团队(?:拥有|平均|包括)|成立(?:于|近|已)|校友|导师|伙伴|来自于"
)
"""Words of a segment that speaks of the enterprise and not of whom it wants."""
