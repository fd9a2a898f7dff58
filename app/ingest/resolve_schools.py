"""Schools 院校 as rows name them: by either code, by full, short and former name, with campus or city around it."""

import re
from functools import lru_cache

from app.errors import InvalidCodeError
from app.ingest.resolve import (
    ACCEPT,
    LONGEST,
    NOTHING,
    SCORES,
    Alternative,
    How,
    Name,
    NameIndex,
    Resolution,
    found_by,
    guess,
    several,
    weakened,
)
from app.ingest.schema import NONE_KNOWN, KnownNames
from app.matching.normalise import simplified
from app.reference import load_reference
from app.reference.former_names import former_school_names
from app.reference.programs import name_key
from app.reference.schools import School

_BRACKETS = re.compile(r"[（(].*?[）)]$")
_CAMPUS = re.compile(r".{1,8}(?:校区|校部|分校)|校本部|本部")
_PART = 0.8
"""A longer name that begins with a school's: a college of it, or another institution altogether."""
_OTHER_CODE = 0.85
"""A name that is only similar, beside a code that the list does not have: most likely a school elsewhere."""


def resolve_school(code: str, name: str, known: KnownNames = NONE_KNOWN) -> Resolution:
    """The school of a code, a name or both; CONFLICT where they say two schools. Never raises."""
    if len(name) > LONGEST or len(code) > LONGEST:
        return NOTHING
    learnt = known.schools.get(name_key(simplified(name))) if known.schools else None
    return _resolved(code, name, learnt)


@lru_cache(maxsize=20_000)
def _resolved(code: str, name: str, learnt: str | None) -> Resolution:
    coded, named = _coded(code), _named(name, learnt)
    if coded is None:
        return weakened(named, _OTHER_CODE) if code and named.how in (How.SIMILAR, How.PART) else named
    if not named.usable:
        return found_by(How.CODE_ONLY if name else How.CODE, coded)
    if named.code != coded.code:
        return several(How.CONFLICT, (coded, Name(named.code or "", named.name)))
    return found_by(How.CODE, coded)


def _coded(code: str) -> School | None:
    try:
        return load_reference().schools.get(code) if code else None
    except InvalidCodeError:
        return None


def _named(name: str, learnt: str | None) -> Resolution:
    if not name:
        return NOTHING
    schools, name = load_reference().schools, simplified(name)
    if school := schools.named(name):
        same = name_key(school.name) == name_key(name)
        return found_by(How.NAME if same else How.KNOWN_NAME, school)
    if learnt and (school := schools.find(learnt)):
        return found_by(How.KNOWN_NAME, school)
    if school := schools.named(_BRACKETS.sub("", name)):
        return found_by(How.BRACKETED, school)
    if school := schools.find(former_school_names().get(name_key(name), "")):
        return found_by(How.FORMER_NAME, school)
    return _varied(name)


def _varied(name: str) -> Resolution:
    """The school whose name the text contains or resembles."""
    schools = load_reference().schools
    key = name_key(name)
    for prefix in ("上海市", "上海", "中国"):
        if key.startswith(prefix) and (school := schools.named(key.removeprefix(prefix))):
            return found_by(How.VARIANT, school)
    if school := schools.named(f"上海{key}"):
        return found_by(How.VARIANT, school)
    within = max(
        (s for s in schools if key.startswith(name_key(s.name))), key=lambda s: len(s.name), default=None
    )
    if within is not None:
        rest = key[len(name_key(within.name)) :].strip("-—·:：,，/ ")
        score = SCORES[How.PART] if _CAMPUS.fullmatch(rest) else _PART
        return Resolution(
            within.code, score, How.PART, (Alternative(within.code, within.name, score),), within.name
        )
    # 学院 and 学校, 第一 and 第二: schools of nearly one name are two schools, so likeness is for a person to judge.
    return weakened(guess(_index().similar(name)), ACCEPT - 0.01)


@lru_cache(maxsize=1)
def _index() -> NameIndex:
    return NameIndex((Name(school.code, school.name) for school in load_reference().schools), name_key)
