"""Numbers as postings write them: digits or Chinese numerals up to 999."""

import re
from typing import Final

DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "〇": 0,
    "俩": 2,
}
CHINESE: Final = r"[零〇一二两三四五六七八九十百]{1,7}"
DASH: Final = r"(?:-|~|—|–|至|到|_|～)"


def whole(text: str) -> int:
    """`30`, `三十`, `一百二十` as a number. Raises ValueError for anything else."""
    if text.isdecimal():
        return int(text)
    if not re.fullmatch(CHINESE, text):
        raise ValueError(text)
    total, digit = 0, 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = digit * 10 + DIGITS[character]
    return total + digit
