"""Schools, programs, levels and districts as rows name them: by code, by name, or both."""

import re
from functools import lru_cache

from app.errors import InvalidCodeError
from app.ingest.fault import RowFault
from app.ingest.schema import Cells, Column
from app.reference import Level, load_reference
from app.reference.codes import parse_program_code
from app.reference.districts import District
from app.reference.levels import parse_level
from app.reference.programs import Program
from app.reference.schools import School, school_levels

SCHOOL_CODE = Column(
    "school_code",
    "学校标识码",
    (
        "院校代码",
        "学校代码",
        "院校标识码",
        "院校代号",
        "学校编码",
        "招生院校代码",
        "院校编号",
        "学校代号",
        "school_id",
    ),
)
SCHOOL_NAME = Column(
    "school_name",
    "学校名称",
    ("学校", "院校名称", "院校", "招生院校", "高校名称", "高校", "学校全称", "招生学校", "school"),
)
LEVEL = Column("level", "层次", ("办学层次", "培养层次", "学历层次", "教育层次", "招生层次"))
DISTRICT = Column(
    "district_code",
    "区",
    ("行政区", "区县", "所在区", "adcode", "行政区划代码", "区划代码", "district", "区名称"),
)


def school_of(cells: Cells) -> School:
    """The school by its code, else by its name; a code and a name that disagree are a fault."""
    return _school(cells.text("school_code"), cells.text("school_name"))


@lru_cache(maxsize=10_000)
def _school(code: str, name: str) -> School:
    schools = load_reference().schools
    plain = re.sub(r"[（(].*?[）)]$", "", name)
    named = schools.named(name) or schools.named(plain) if name else None
    coded = None
    if code:
        try:
            coded = schools.get(code)
        except InvalidCodeError as error:
            if named is None:
                raise RowFault(
                    "unknown_school",
                    f"上海高校名单（教育部 2025-06-20）中没有“{name or code}”（{code}）",
                    "请核对院校代码；外省市与军队院校不在本平台范围",
                    "学校标识码",
                    code,
                ) from error
    if coded and named and coded.code != named.code:
        raise RowFault(
            "code_name_mismatch",
            f"代码 {code} 是{coded.name}，与校名“{name}”不符",
            "请核对代码与校名",
            "学校标识码",
            code,
        )
    school = coded or named
    if school is None:
        if not code and not name:
            raise RowFault("missing_value", "缺少学校代码和校名", "请至少填写一项", "学校标识码")
        raise RowFault(
            "unknown_school",
            f"上海高校名单中没有“{name}”",
            "请用学校全称，或填写学校标识码",
            "学校名称",
            name,
        )
    return school


def levels_of(cells: Cells, school: School, hint: str = "") -> tuple[Level, ...]:
    """Levels a row may be of, the likeliest first: by its column, else by a hint such as the admission batch, else all
    that the school teaches at. 本科 may be the vocational bachelor, and is that first at a vocational university.
    """
    taught = school_levels(school)
    stated: Level | None = cells.read("level", parse_level)
    by_batch = bool(re.search(r"专科|高职", hint)) and "本科" not in hint
    if stated is None:
        return (Level.HIGHER_VOCATIONAL,) if by_batch else taught
    if by_batch and stated in (Level.BACHELOR, Level.VOCATIONAL_BACHELOR):
        # 层次 may be the school's, not the row's; the batch is the row's own.
        return tuple(dict.fromkeys((Level.HIGHER_VOCATIONAL, *taught)))
    if stated in (Level.BACHELOR, Level.VOCATIONAL_BACHELOR):
        both = tuple(level for level in taught if level.rank == stated.rank) or (stated,)
        return both if cells.text("level") not in set(Level) else (stated,)
    return (stated,)


def level_of(cells: Cells, school: School) -> Level:
    """The likeliest level of a row."""
    return levels_of(cells, school)[0]


def program_of(level: Level, code: str, name: str) -> Program:
    """The catalogue program of code and name. A code that the catalogue does not have gives way to the name."""
    programs = load_reference().programs
    coded = None
    if code:
        try:
            coded = programs.find(level, parse_program_code(level, code))
        except InvalidCodeError:
            coded = None
    named = (programs.named(name, level) or programs.named(_without_brackets(name), level)) if name else ()
    if coded and named and coded not in named:
        raise RowFault(
            "code_name_mismatch",
            f"代码 {code} 是{coded.name}，与专业名称“{name}”不符",
            "请核对代码与名称",
            "专业代码",
            code,
        )
    if coded:
        return coded
    if named:
        return named[0]
    raise RowFault(
        "unknown_program",
        f"{level.label}专业目录中没有“{name or code}”" + (f"（代码 {code}）" if code and name else ""),
        "请核对专业代码、名称与层次",
        "专业名称",
        name or code,
    )


def _without_brackets(name: str) -> str:
    """法学 of 法学（国际法方向）."""
    return re.sub(r"[（(].*", "", name).strip()


def district_in(text: str) -> District | None:
    """The Shanghai district that a place such as 上海·浦东新区 names or codes."""
    districts = load_reference().districts
    if found := districts.find(text) or districts.named(text):
        return found
    parts = re.split(r"[·・\-\s,，/市]", text)
    starts = any(text.startswith(district.name) for district in districts)
    if parts and parts[0] not in ("上海", "") and "上海" not in text and not starts:
        return None
    if found := next((found for part in parts[1:] if part and (found := districts.named(part))), None):
        return found
    within = [district for district in districts if district.name in text]
    return within[0] if len(within) == 1 else None
