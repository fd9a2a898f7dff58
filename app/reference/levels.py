"""Levels 层次 of education, as codes, labels and ranks."""

import re
from enum import StrEnum
from functools import lru_cache

from app.errors import InvalidCodeError
from app.reference.codes import normalised


class Level(StrEnum):
    """A level of the catalogue. A program is identified by (level, code)."""

    SECONDARY_VOCATIONAL = "secondary_vocational"
    HIGHER_VOCATIONAL = "higher_vocational"
    VOCATIONAL_BACHELOR = "vocational_bachelor"
    BACHELOR = "bachelor"
    POSTGRADUATE = "postgraduate"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def rank(self) -> int:
        """0-3: how high the level stands; vocational and other bachelors stand equally high."""
        return _RANKS[self]


_LABELS = {
    Level.SECONDARY_VOCATIONAL: "中职",
    Level.HIGHER_VOCATIONAL: "高职专科",
    Level.VOCATIONAL_BACHELOR: "职教本科",
    Level.BACHELOR: "普通本科",
    Level.POSTGRADUATE: "研究生",
}
_RANKS = {
    Level.SECONDARY_VOCATIONAL: 0,
    Level.HIGHER_VOCATIONAL: 1,
    Level.VOCATIONAL_BACHELOR: 2,
    Level.BACHELOR: 2,
    Level.POSTGRADUATE: 3,
}
_SYNONYMS = {
    Level.SECONDARY_VOCATIONAL: (
        "中职",
        "中专",
        "中等职业",
        "中等职业教育",
        "职高",
        "技校",
        "中技",
        "中专/中技",
        "中专中技",
        "中等专科",
        "技工",
        "技工学校",
        "职业高中",
        "中等职业学校",
    ),
    Level.HIGHER_VOCATIONAL: (
        "高职专科",
        "高职",
        "大专",
        "专科",
        "高职高专",
        "高等职业教育专科",
        "高职(专科)",
        "专科(高职)",
    ),
    Level.VOCATIONAL_BACHELOR: (
        "职教本科",
        "职业本科",
        "高等职业教育本科",
        "本科层次职业教育",
        "高职本科",
        "职业教育本科",
    ),
    Level.BACHELOR: ("普通本科", "本科", "学士", "大学本科", "统招本科", "本科及以上"),
    Level.POSTGRADUATE: (
        "研究生",
        "硕士",
        "博士",
        "硕士研究生",
        "博士研究生",
        "MBA",
        "MBA/EMBA",
        "EMBA",
        "硕士及以上",
    ),
}
_BY_NAME = {name: level for level, names in _SYNONYMS.items() for name in names} | {
    str(level): level for level in Level
}


@lru_cache(maxsize=1_000)
def parse_level(text: str) -> Level:
    """The level named by a code (`bachelor`) or in Chinese (本科, 大专, 中专 …). Raises InvalidCodeError.

    Of several (大专/本科) the lowest.
    """
    name = normalised(text)
    plain = re.sub(
        r"^(?:全日制|统招|普通|大学(?=专科))+(?=.)|[(](?:全日制|统招|普通)[)]|(?:[及或]?以上|学历|层次|学位|教育|批)+$",
        "",
        name,
    )
    for form in (name, name.lower(), plain):
        if form in _BY_NAME:
            return _BY_NAME[form]
    if "/" in name:  # 中技/中专: the lowest of what is named will do
        return min((parse_level(part) for part in name.split("/")), key=lambda level: level.rank)
    raise InvalidCodeError(
        f"不认识的层次“{text}”", remedy=f"请用 {'、'.join(level.label for level in Level)} 或其代码"
    )
