"""What a column holds: how its cells are told apart from others', and what may be chosen for it."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from app.errors import InvalidCodeError
from app.ingest.dates import day, years_of_schooling
from app.ingest.fault import RowFault
from app.ingest.values import clean, decimal, heads_range, is_empty, rate, whole
from app.reference import Level, load_reference
from app.reference.codes import parse_credit_code
from app.reference.levels import parse_level


class ValueType(StrEnum):
    """The type of a column's values; the value is its Chinese name, for templates and the page on formats."""

    TEXT = "文字"
    WHOLE = "整数"
    NUMBER = "数字"
    RATE = "比率"
    YEAR = "年份"
    YEARS = "年数"
    DATE = "日期"
    HEADS = "人数"
    BOOLEAN = "是或否"
    LEVEL = "层次"
    DISTRICT = "区"
    REGION = "地区"
    SCHOOL_CODE = "院校代码"
    SCHOOL_NAME = "校名"
    PROGRAM_CODE = "专业代码"
    PROGRAM_NAME = "专业名称"
    INDUSTRY = "行业"
    OCCUPATION = "职业"
    CREDIT_CODE = "信用代码"


YES, NO = "是", "否"

_USUAL: Mapping[str, ValueType] = MappingProxyType(
    {
        **dict.fromkeys(("simulated", "main", "demonstration", "lead"), ValueType.BOOLEAN),
        **dict.fromkeys(("year", "start_year"), ValueType.YEAR),
        **dict.fromkeys(("level", "program_level"), ValueType.LEVEL),
        **dict.fromkeys(("district_code", "district", "adcode"), ValueType.DISTRICT),
        **dict.fromkeys(("plan", "class_size_min", "teachers", "dual_qualified", "places"), ValueType.WHOLE),
        **dict.fromkeys(("filled", "graduated", "hired", "staying", "jobs_guaranteed"), ValueType.WHOLE),
        **dict.fromkeys(
            ("salary_min", "salary_max", "tuition", "stipend", "hours_per_week"), ValueType.NUMBER
        ),
        **dict.fromkeys(("published", "since", "until", "day"), ValueType.DATE),
        "open_to_enterprises": ValueType.BOOLEAN,
        "heads": ValueType.HEADS,
        "schooling_years": ValueType.YEARS,
        "school_code": ValueType.SCHOOL_CODE,
        "school_name": ValueType.SCHOOL_NAME,
        "program_code": ValueType.PROGRAM_CODE,
        "program_name": ValueType.PROGRAM_NAME,
        "industry_code": ValueType.INDUSTRY,
        "occupation_code": ValueType.OCCUPATION,
        "credit_code": ValueType.CREDIT_CODE,
    }
)


def usual_type(column: str) -> ValueType:
    """The type of a column of this name where its kind does not say otherwise."""
    return _USUAL.get(column, ValueType.TEXT)


def reads_as(kind: ValueType, value: object) -> bool:
    """Whether a cell could stand in a column of the type; never raises. Text takes anything."""
    text = clean(value)
    if kind is ValueType.TEXT:
        return True
    if is_empty(text) or len(text) > _LONGEST:
        return False
    try:
        return bool(_READERS[kind](text))
    except (RowFault, InvalidCodeError, ValueError, OverflowError):
        return False


_LONGEST = 200
"""Characters; a longer cell is running text, whatever it begins with."""


def _school(text: str) -> bool:
    schools = load_reference().schools
    return schools.named(text) is not None or schools.named(re.sub(r"[（(].*?[）)]$", "", text)) is not None


def _program_name(text: str) -> bool:
    programs = load_reference().programs
    bare = re.sub(r"[（(].*", "", text).strip()
    return bool(programs.named(text) or programs.named(bare) or programs.class_named(bare))


def _program_code(text: str) -> bool:
    programs = load_reference().programs
    code = text.upper()
    return any(programs.find(level, form) for level in Level for form in (code, f"0{code}"))


def _industry(text: str) -> bool:
    industries = load_reference().industries
    if industries.alias(text):
        return True
    return not re.search(r"[\u4e00-\u9fff]", text) and bool(industries.get(text))


def _occupation(text: str) -> bool:
    occupations = load_reference().occupations
    return bool(occupations.named(text)) or bool(occupations.get(text))


def _district(text: str) -> bool:
    districts = load_reference().districts
    return bool(districts.find(text) or districts.named(text.removeprefix("上海市").removeprefix("上海")))


_READERS: Mapping[ValueType, Callable[[str], Any]] = MappingProxyType(
    {
        ValueType.WHOLE: lambda text: whole(text) >= 0,
        ValueType.NUMBER: lambda text: decimal(text, least=-1e12) is not None,
        ValueType.RATE: lambda text: rate(text) >= 0,
        ValueType.YEAR: lambda text: re.match(r"(?:19|20)\d{2}(?!\d)", text),
        ValueType.YEARS: years_of_schooling,
        ValueType.DATE: day,
        ValueType.HEADS: lambda text: heads_range(text) is not None or text in ("若干", "不限"),
        ValueType.BOOLEAN: lambda text: text.lower() in ("1", "0", "true", "false", "y", "n", YES, NO),
        ValueType.LEVEL: parse_level,
        ValueType.DISTRICT: _district,
        ValueType.REGION: lambda text: text in ("上海", "上海市", "全国") or re.fullmatch(r"\d{6}", text),
        ValueType.SCHOOL_CODE: lambda text: load_reference().schools.find(text),
        ValueType.SCHOOL_NAME: _school,
        ValueType.PROGRAM_CODE: _program_code,
        ValueType.PROGRAM_NAME: _program_name,
        ValueType.INDUSTRY: _industry,
        ValueType.OCCUPATION: _occupation,
        ValueType.CREDIT_CODE: parse_credit_code,
    }
)

TELLING: Mapping[ValueType, float] = MappingProxyType(
    {
        ValueType.TEXT: 0.0,
        **dict.fromkeys((ValueType.WHOLE, ValueType.NUMBER, ValueType.RATE, ValueType.HEADS), 0.25),
        **dict.fromkeys((ValueType.YEARS, ValueType.BOOLEAN), 0.3),
        **dict.fromkeys((ValueType.YEAR, ValueType.DATE, ValueType.REGION), 0.4),
        **dict.fromkeys((ValueType.INDUSTRY, ValueType.OCCUPATION), 0.5),
        **dict.fromkeys((ValueType.LEVEL, ValueType.DISTRICT, ValueType.CREDIT_CODE), 0.6),
        **dict.fromkeys((ValueType.SCHOOL_CODE, ValueType.SCHOOL_NAME), 0.6),
        **dict.fromkeys((ValueType.PROGRAM_CODE, ValueType.PROGRAM_NAME), 0.6),
    }
)
"""0–1: how much it says of a column that its cells read as the type. Many columns hold numbers, few hold schools."""

CODES = frozenset(
    {ValueType.SCHOOL_CODE, ValueType.PROGRAM_CODE, ValueType.INDUSTRY, ValueType.OCCUPATION}
    | {ValueType.CREDIT_CODE, ValueType.DISTRICT, ValueType.REGION}
)
"""Types whose cells a spreadsheet must keep as text, lest it drop leading zeros or round."""


def choices(kind: ValueType) -> tuple[str, ...]:
    """All values of a closed type, as they are best written; empty for an open one."""
    if kind is ValueType.BOOLEAN:
        return (YES, NO)
    if kind is ValueType.LEVEL:
        return tuple(level.label for level in Level)
    if kind is ValueType.DISTRICT:
        return tuple(district.name for district in load_reference().districts)
    if kind is ValueType.SCHOOL_NAME:
        return tuple(school.name for school in load_reference().schools)
    return ()
