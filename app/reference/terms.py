"""School terms 学期, as people write them."""

import re
from dataclasses import dataclass
from datetime import date

from app.errors import InvalidCodeError
from app.reference.codes import normalised

_SEASONS = {"秋": "autumn", "春": "spring", "autumn": "autumn", "spring": "spring"}
_BEGINS = {"autumn": 9, "spring": 3}
_SECOND_HALF = 7
"""Month from which a date means the autumn term of its year."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term, or a year where nothing more is said."""

    year: int
    season: str | None = None
    """autumn 秋季 or spring 春季."""

    def is_past(self, today: date) -> bool:
        """Whether it began before `today`; a mere year is past when it is over."""
        if self.season is None:
            return self.year < today.year
        return date(self.year, _BEGINS[self.season], 1) < today

    def __str__(self) -> str:
        return f"{self.year}-{self.season}" if self.season else str(self.year)

    @property
    def label(self) -> str:
        return f"{self.year} 年" + {"autumn": "秋季", "spring": "春季"}.get(self.season or "", "")


def parse_term(text: str) -> Term:
    """`2028`, `2028年秋季`, `2028-autumn`, `2028-09`, `2028年9月`, `2028-2029学年第2学期`. Raises InvalidCodeError.

    The second term of a school year is the spring of its later calendar year; months from July on mean the autumn.
    """
    plain = re.sub(r"\s+", "", normalised(text)).lower()
    if found := re.fullmatch(r"((?:19|20)\d{2})(?:年|届|级|\.0)?", plain):
        return Term(int(found[1]))
    if found := re.fullmatch(
        r"((?:19|20)\d{2})[年\-/.]?(秋|春|autumn|spring)(?:季)?(?:学期|入学|开学)?", plain
    ):
        return Term(int(found[1]), _SEASONS[found[2]])
    if found := re.fullmatch(r"((?:19|20)\d{2})[年\-/.](\d{1,2})(?:月|[月\-/.]\d{1,2}日?)?", plain):
        month = int(found[2])
        if 1 <= month <= 12:
            return Term(int(found[1]), "autumn" if month >= _SECOND_HALF else "spring")
    if found := re.fullmatch(r"((?:19|20)\d{2})[-~—–至](\d{4})(?:学年)?[-第]?([12一二])(?:学期)?", plain):
        first, second = int(found[1]), int(found[2])
        if second == first + 1:
            return Term(second, "spring") if found[3] in "2二" else Term(first, "autumn")
    raise InvalidCodeError(
        f"看不懂学期“{text}”", remedy="请写成 2028-09、2028年秋季 或 2028-2029学年第1学期；只知年份时写 2028"
    )
