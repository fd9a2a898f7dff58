"""Names beside codes: what every item says about the program, school, district and industry it is about."""

from collections.abc import Iterable

from pydantic import Field

from app.api.listing import Model
from app.reference import load_reference
from app.reference.levels import Level

INDUSTRY_LEVELS = {"section": "门类", "division": "大类", "group": "中类", "class": "小类"}
ACTIONS = {
    "open": "增设",
    "expand": "扩招",
    "keep": "保持",
    "upgrade": "改造升级",
    "shrink": "缩减",
    "suspend": "停招",
    "close": "撤销",
}
PATHWAYS = {
    "secondary_higher": "中高贯通",
    "secondary_bachelor": "中本贯通",
    "higher_bachelor": "高本贯通",
}
MODES = {
    "order_class": "订单班",
    "modern_apprenticeship": "现代学徒制",
    "enterprise_apprenticeship": "企业新型学徒制",
    "internship": "实习",
    "recruitment": "招聘",
}


class Named(Model):
    """A code with its name."""

    code: str
    name: str


class ProgramName(Model):
    """Which program: level and code together identify it."""

    level: str = Field(description="层次代码")
    level_name: str
    program_code: str
    program_name: str


class SchoolName(Model):
    school_code: str
    school_name: str


class OfferingName(SchoolName, ProgramName):
    """Which offering 专业点: a program at a school."""


def level_name(level: str) -> str:
    return Level(level).label


def program_name(level: str, code: str) -> str:
    """The name in the catalogue; empty where a run knew a code that this release of the catalogue lacks."""
    program = load_reference().programs.find(level, code)
    return program.name if program else ""


def program_names(level: str, code: str) -> dict[str, str]:
    """The members of ProgramName."""
    return {
        "level": level,
        "level_name": level_name(level),
        "program_code": code,
        "program_name": program_name(level, code),
    }


def school_name(code: str) -> str:
    school = load_reference().schools.find(code)
    return school.name if school else ""


def offering_names(school_code: str, level: str, code: str) -> dict[str, str]:
    """The members of OfferingName."""
    return {
        "school_code": school_code,
        "school_name": school_name(school_code),
        **program_names(level, code),
    }


def district_name(code: str | None) -> str | None:
    district = load_reference().districts.find(code) if code else None
    return district.name if district else None


def industry_name(code: str | None) -> str | None:
    industry = load_reference().industries.find(code) if code else None
    return industry.name if industry else None


def occupation_name(code: str | None) -> str | None:
    return load_reference().occupations.name_of(code) if code else None


def industries_named(codes: Iterable[str]) -> list[Named]:
    return [Named(code=code, name=industry_name(code) or "") for code in codes]


def occupations_named(codes: Iterable[str]) -> list[Named]:
    return [Named(code=code, name=occupation_name(code) or "") for code in codes]


def districts_named(codes: Iterable[str]) -> list[Named]:
    return [Named(code=code, name=district_name(code) or "") for code in codes]


def schools_named(codes: Iterable[str]) -> list[Named]:
    return [Named(code=code, name=school_name(code)) for code in codes]
