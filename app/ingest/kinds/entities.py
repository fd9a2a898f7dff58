"""Schools, programs, levels and districts as rows name them: by code, by name, or both."""

import re
from collections.abc import Callable

from app.errors import InvalidCodeError
from app.ingest.fault import RowFault
from app.ingest.kinds.row_levels import level_of, levels_of
from app.ingest.resolve import NOTHING, How, Resolution, settled
from app.ingest.resolve_classifications import (
    district_in,
    resolve_district,
    resolve_industry,
    resolve_occupation,
)
from app.ingest.resolve_programs import resolve_program
from app.ingest.resolve_schools import resolve_school
from app.ingest.schema import Cells, Column
from app.reference import Level, load_reference
from app.reference.districts import District
from app.reference.programs import Program
from app.reference.schools import School

__all__ = [
    "DISTRICT",
    "LEVEL",
    "SCHOOL_CODE",
    "SCHOOL_NAME",
    "district_in",
    "district_of",
    "industry_of",
    "level_of",
    "levels_of",
    "occupation_of",
    "program_of",
    "school_of",
]

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
        "高校代码",
        "高等学校代码",
        "院校国标代码",
        "学校国标代码",
        "高校标识码",
        "院校编码",
        "school_id",
    ),
)
SCHOOL_NAME = Column(
    "school_name",
    "学校名称",
    (
        "学校",
        "院校名称",
        "院校",
        "招生院校",
        "高校名称",
        "高校",
        "学校全称",
        "招生学校",
        "校名",
        "院校全称",
        "高等学校名称",
        "招生院校名称",
        "录取院校",
        "school",
    ),
)
LEVEL = Column(
    "level", "层次", ("办学层次", "培养层次", "学历层次", "教育层次", "招生层次", "学历", "学历层次")
)
DISTRICT = Column(
    "district_code",
    "区",
    (
        "行政区",
        "区县",
        "所在区",
        "adcode",
        "行政区划代码",
        "区划代码",
        "district",
        "区名称",
        "所属区",
        "所在区县",
        "所属区县",
        "学校所在区",
    ),
)


def school_of(cells: Cells) -> School:
    """The school by its code, else by its name; a code and a name that disagree are a fault."""
    code, name = cells.text("school_code"), cells.text("school_name")
    if not code and not name:
        raise RowFault(
            "missing_value",
            "缺少学校代码和校名",
            "请至少填写一项；若校名只写在每一段的第一行，请向下填充到每一行",
            "学校标识码",
        )
    found = resolve_school(code, name, cells.known)
    if found.score == 1.0 and (school := load_reference().schools.find(found.code or "")):
        return school  # as almost every row has it
    if found.how is How.CONFLICT:
        raise RowFault(
            "code_name_mismatch",
            f"代码 {code} 是{found.alternatives[0].name}，与校名“{name}”不符",
            "请核对代码与校名",
            "学校标识码",
            code,
        )
    used = settled(found, cells, "school_name", name or code, _unknown_school(code, name))
    return load_reference().schools.get(used)


def _unknown_school(code: str, name: str) -> Callable[[], RowFault]:
    if code:
        return lambda: RowFault(
            "unknown_school",
            f"上海高校名单（教育部 2025-06-20）中没有“{name or code}”（{code}）",
            "请核对院校代码；外省市与军队院校不在本平台范围",
            "学校标识码",
            code,
        )
    return lambda: RowFault(
        "unknown_school",
        f"上海高校名单中没有“{name}”",
        "请用学校全称，或填写学校标识码",
        "学校名称",
        name,
    )


def program_of(cells: Cells, level: Level, code: str, name: str) -> Program:
    """The catalogue program of code and name. A code that the catalogue does not have gives way to the name."""
    if not code and not name:
        raise RowFault("unknown_program", "缺少专业代码和专业名称", "请至少填写一项", "专业名称")
    found = resolve_program(level, code, name)
    if found.how is How.CONFLICT:
        raise RowFault(
            "code_name_mismatch",
            f"代码 {code} 是{found.alternatives[0].name}，与专业名称“{name}”不符",
            "请核对代码与名称",
            "专业代码",
            code,
        )
    column = "program_name" if cells.text("program_name") else "name"
    used = settled(
        found,
        cells,
        column,
        name or code,
        lambda: RowFault(
            "unknown_program",
            f"{level.label}专业目录中没有“{name or code}”" + (f"（代码 {code}）" if code and name else ""),
            "请核对专业代码、名称与层次",
            "专业名称",
            name or code,
        ),
    )
    return load_reference().programs.get(level, used)


def district_of(cells: Cells, column: str = "district_code") -> District:
    """The district that a cell names or codes. Raises RowFault where it is none of Shanghai's."""
    text = cells.need(column)
    title = cells.title(column)
    code = settled(
        resolve_district(text),
        cells,
        column,
        text,
        lambda: RowFault("unknown_district", f"上海没有“{text}”这个区", "请填写区名或六位代码", title, text),
    )
    return load_reference().districts.get(code)


def industry_of(cells: Cells, column: str = "industry_code") -> str | None:
    """The code of the industry that a cell names or codes; None where it is empty."""
    text = cells.text(column)
    if not text:
        return None
    found = resolve_industry(text)
    if found.how is How.SEVERAL:
        raise RowFault(
            "ambiguous_industry",
            f"“{text}”对应多个行业：{'、'.join(f'{a.code} {a.name}' for a in found.alternatives)}",
            "请填写其中一个代码，或分行填写",
            cells.title(column),
            text,
        )

    def unknown() -> RowFault:
        remedy = "请填写 GB/T 4754-2017 的名称或代码，如 C397"
        return RowFault("unknown_industry", f"没有名称是“{text}”的行业", remedy, cells.title(column), text)

    return _listed(found, cells, column, text, unknown, load_reference().industries.get)


def occupation_of(cells: Cells, column: str = "occupation_code", given: str = "") -> str | None:
    """The code of the occupation that a cell, or `given` out of it, names or codes; None where it is empty."""
    text = given or cells.text(column)
    if not text:
        return None

    def unknown() -> RowFault:
        remedy = "请填写职业分类大典的名称或代码，如 2-02-10-01"
        return RowFault("unknown_occupation", f"没有名称是“{text}”的职业", remedy, cells.title(column), text)

    found = resolve_occupation(text)
    return _listed(found, cells, column, text, unknown, load_reference().occupations.get)


def _listed(
    found: Resolution,
    cells: Cells,
    column: str,
    text: str,
    unknown: Callable[[], RowFault],
    get: Callable[[str], object],
) -> str:
    """The code of an official table; what is written as a code and is none says which part of it is wrong."""
    if found.how is How.CONFLICT:
        raise RowFault(
            "code_name_mismatch",
            f"“{text}”中的代码是{found.alternatives[0].name}，与名称不符",
            "请核对代码与名称，或只填其中一项",
            cells.title(column),
            text,
        )
    if found is NOTHING and not re.search(r"[\u4e00-\u9fff]", text):
        try:
            get(text)
        except InvalidCodeError as error:
            raise RowFault(error.code, error.message, error.remedy, cells.title(column), text) from error
    return settled(found, cells, column, text, unknown)
