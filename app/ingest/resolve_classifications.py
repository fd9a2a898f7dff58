"""Industries, occupations and districts as cells name them: by code, by name, or both in one cell."""

import re
from collections.abc import Callable
from functools import lru_cache

from app.errors import InvalidCodeError
from app.ingest.resolve import (
    LONGEST,
    NOTHING,
    How,
    Name,
    NameIndex,
    Resolution,
    found_by,
    guess,
    several,
)
from app.matching.normalise import simplified
from app.reference import load_reference
from app.reference.districts import District
from app.reference.programs import name_key

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WITH_CODE = re.compile(
    r"\s*([A-T]?\d{2,4}|[A-T]|[1-8](?:[-—–－]\d{2}){3}|\d{6})[\s:：.、()（）\-—]*([\u4e00-\u9fff].*?)[)）]?\s*",
    re.IGNORECASE,
)
"""A code with its name behind it: C397 电子器件制造."""


def resolve_industry(text: str) -> Resolution:
    """The industry of GB/T 4754-2017; SEVERAL where an everyday name covers more than one. Never raises."""
    return _industry(text) if 0 < len(text) <= LONGEST else NOTHING


@lru_cache(maxsize=20_000)
def _industry(text: str) -> Resolution:
    industries, text = load_reference().industries, simplified(text)
    if named := industries.named(text):
        best = min(named, key=lambda industry: len(industry.code))
        return found_by(How.NAME, best)
    if codes := industries.alias(text):
        names = [Name(code, found.name if (found := industries.find(code)) else "") for code in codes]
        if len(names) > 1:
            return several(How.SEVERAL, names)
        return found_by(How.KNOWN_NAME, names[0])
    if named := industries.named(name_key(text).removesuffix("业")):
        best = min(named, key=lambda industry: len(industry.code))
        return found_by(How.VARIANT, best)
    return _by_code(text, _industry_code, _industry_index)


def resolve_occupation(text: str) -> Resolution:
    """The occupation of 职业分类大典 (2022), those the guide lists beside it included. Never raises."""
    return _occupation(text) if 0 < len(text) <= LONGEST else NOTHING


@lru_cache(maxsize=20_000)
def _occupation(text: str) -> Resolution:
    occupations, text = load_reference().occupations, simplified(text)
    if named := occupations.named(text):
        return found_by(How.NAME, named[0])
    for form in re.split(r"[()（）]", text):
        if form.strip() and form.strip() != text and (named := occupations.named(form.strip())):
            return found_by(How.BRACKETED, named[0])
    return _by_code(text, _occupation_code, _occupation_index)


def resolve_district(text: str) -> Resolution:
    """The district of Shanghai, by code, name, or the place within it that a text names. Never raises."""
    return _district(text) if 0 < len(text) <= LONGEST else NOTHING


@lru_cache(maxsize=20_000)
def _district(text: str) -> Resolution:
    districts, text = load_reference().districts, simplified(text)
    if found := districts.find(text):
        return found_by(How.CODE, found)
    if found := districts.named(text) or districts.named(re.sub(r"^上海市?[·\-\s]*", "", text)):
        return found_by(How.NAME, found)
    if (place := districts.places.get(text)) and (found := districts.find(place)):
        return found_by(How.PART, found)
    if within := district_in(text):
        return found_by(How.PART, within)
    named = [district for district in districts if district.name in text]
    if len(named) > 1:
        return several(How.SEVERAL, named)
    return _by_code(text, _district_code, _district_index)


def district_in(text: str) -> District | None:
    """The Shanghai district that a place such as 上海·浦东新区 names or codes."""
    districts, text = load_reference().districts, simplified(text)
    within_city = text.removeprefix("上海市").removeprefix("上海")
    if found := districts.find(text) or districts.named(text) or districts.named(within_city):
        return found
    parts = re.split(r"[·・\-\s,，/市]", text)
    starts = any(text.startswith(district.name) for district in districts)
    if parts and parts[0] not in ("上海", "") and "上海" not in text and not starts:
        return None
    if found := next((found for part in parts[1:] if part and (found := districts.named(part))), None):
        return found
    within = [district for district in districts if district.name in text]
    return within[0] if len(within) == 1 else None


Coded = Callable[[str], Name | None]


def _by_code(text: str, coded: Coded, index: Callable[[], NameIndex]) -> Resolution:
    """By the code that the text is or begins with; else by likeness of name."""
    if not _CHINESE.search(text):
        found = coded(text)
        return found_by(How.CODE, found) if found else NOTHING
    if parts := _WITH_CODE.fullmatch(text):
        code, name = parts.groups()
        if found := coded(code):
            if name_key(name) == name_key(found.name):
                return found_by(How.CODE, found)
            near = index().similar(name)
            if any(alternative.code == found.code for alternative in near):
                return found_by(How.VARIANT, found)
            return several(How.CONFLICT, (found, *near[:1]))
        return guess(index().similar(name))
    return guess(index().similar(text))


def _industry_code(text: str) -> Name | None:
    try:
        industry = load_reference().industries.get(text)
    except InvalidCodeError:
        return None
    return Name(industry.code, industry.name)


def _occupation_code(text: str) -> Name | None:
    try:
        occupation = load_reference().occupations.get(text)
    except InvalidCodeError:
        return None
    return Name(occupation.code, occupation.name)


def _district_code(text: str) -> Name | None:
    try:
        district = load_reference().districts.get(text)
    except InvalidCodeError:
        return None
    return Name(district.code, district.name)


@lru_cache(maxsize=1)
def _industry_index() -> NameIndex:
    # Of a group and its only class that share a name the group comes first and stands for both.
    return NameIndex((Name(i.code, i.name) for i in load_reference().industries), name_key)


@lru_cache(maxsize=1)
def _occupation_index() -> NameIndex:
    return NameIndex((Name(o.code, o.name) for o in load_reference().occupations), name_key)


@lru_cache(maxsize=1)
def _district_index() -> NameIndex:
    return NameIndex((Name(d.code, d.name) for d in load_reference().districts), name_key)
