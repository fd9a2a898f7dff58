"""Values of parameters: codes as people write them, brought to the official form or refused with a reason."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from app.api.validation import checked, refused
from app.errors import InvalidCodeError, NotFoundError
from app.reference import load_reference
from app.reference.codes import parse_credit_code
from app.reference.industries import Industry
from app.reference.levels import Level, parse_level
from app.reference.occupations import Occupation
from app.reference.programs import Program
from app.reference.schools import School


def _level(text: str) -> str:
    return parse_level(text).value


def _school(text: str) -> str:
    schools = load_reference().schools
    named = schools.named(text)
    return (named or schools.get(text)).code


def _district(text: str) -> str:
    districts = load_reference().districts
    named = districts.named(text)
    return (named or districts.get(text)).code


def _industry(text: str) -> str:
    industries = load_reference().industries
    named = industries.named(text)
    return min(named, key=lambda each: len(each.code)).code if named else industries.get(text).code


def _occupation(text: str) -> str:
    occupations = load_reference().occupations
    named = occupations.named(text)
    return (named[0] if named else occupations.get(text)).code


def _text(description: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, "examples": list(examples)})


LevelCode = Annotated[
    str,
    checked(_level),
    _text(
        "层次：代码或中文。Level, as a code or in Chinese: "
        + ", ".join(f"{level.value} {level.label}" for level in Level),
        "bachelor",
        "高职",
    ),
]
SchoolCode = Annotated[
    str, checked(_school), _text("院校：十位或五位代码，或校名。School code or name.", "4131010856", "10856")
]
DistrictCode = Annotated[
    str, checked(_district), _text("区：六位代码或区名。District code or name.", "310117", "松江")
]
IndustryCode = Annotated[
    str,
    checked(_industry),
    _text("行业：GB/T 4754-2017 代码或名称。Industry code or name.", "C39", "I65"),
]
CreditCode = Annotated[
    str,
    checked(parse_credit_code),
    _text("统一社会信用代码，校验到末位。Unified social credit code.", "91310000MA1FL5E65K"),
]
OccupationCode = Annotated[
    str,
    checked(_occupation),
    _text("职业：职业分类大典代码或名称。Occupation code or name.", "2-02-10-03"),
]
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=100),
    Field(description="搜索词，空格分开的每个词都要出现。Every word must occur.", examples=["集成电路"]),
]


def _plain(text: str) -> str:
    if any(unicodedata.category(each) == "Cc" and each not in "\n\r\t" for each in text):
        raise refused("control_character", "含有控制字符（如 NUL）", "请只用可见字符、换行与制表符")
    return text


PLAIN = AfterValidator(_plain)
"""Refuses control characters, which no database keeps alike."""
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PLAIN]
"""What somebody writes to explain a decision."""
Identifier = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")]
"""An id as this service makes them: nothing else reaches the database."""


def program_at(level: str, code: str) -> Program:
    """The program a path names. Raises NotFoundError with what to do."""
    try:
        return load_reference().programs.get(parse_level(level), code)
    except InvalidCodeError as error:
        raise NotFoundError(error.message, remedy=error.remedy) from error


def industry_at(code: str) -> Industry:
    """The industry a path names. Raises NotFoundError."""
    try:
        return load_reference().industries.get(code)
    except InvalidCodeError as error:
        raise NotFoundError(error.message, remedy=error.remedy) from error


def occupation_at(code: str) -> Occupation:
    """The occupation a path names. Raises NotFoundError."""
    try:
        return load_reference().occupations.get(code)
    except InvalidCodeError as error:
        raise NotFoundError(error.message, remedy=error.remedy) from error


def school_at(code: str) -> School:
    """The school a path names, by either code. Raises NotFoundError."""
    try:
        return load_reference().schools.get(code)
    except InvalidCodeError as error:
        raise NotFoundError(error.message, remedy=error.remedy) from error
