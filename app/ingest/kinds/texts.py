"""Texts 文本资料 of programs, occupations and industries: they enrich the matching."""

import re
from dataclasses import replace
from typing import Any

from app.ingest.kinds.entities import LEVEL, occupation_of, program_of
from app.ingest.schema import Cells, Column, Kind, Record
from app.ingest.value_types import ValueType
from app.matching.personal import mask_personal
from app.models import TextProfile
from app.reference import load_reference
from app.reference.industries import Industry
from app.reference.levels import parse_level
from app.reference.occupations import Occupation

CODE = Column("code", "代码", ("专业代码", "职业代码", "行业代码"), required=True)
NAME = Column("name", "名称", ("专业名称", "职业名称", "行业名称"), required=True)


def _of(column: Column, holds: ValueType) -> Column:
    return replace(column, holds=holds)


def _fields(cells: Cells, names: tuple[str, ...]) -> tuple[dict[str, Any], int]:
    """The texts that are there, personal data masked, and how many numbers were."""
    masked = {name: mask_personal(cells.text(name)) for name in names if cells.text(name)}
    return {name: text for name, (text, _) in masked.items()}, sum(count for _, count in masked.values())


def _program(cells: Cells) -> Record:
    cells.need("level")
    level = cells.read("level", parse_level)
    program = program_of(cells, level, cells.need("code"), cells.need("name"))
    fields, masked = _fields(cells, ("goal", "abilities", "courses", "certificates", "career"))
    # `career` names occupations outright: kept as a fact, not read by the matching.
    text = "\n".join(value for name, value in fields.items() if name != "career")
    if codes := _occupations(cells):
        fields["occupation_codes"] = codes  # likewise
    return _record("program", level.value, program.code, program.name, text, fields, masked)


def _occupations(cells: Cells) -> list[str]:
    """Codes of the occupations a program is for, each named or coded. Raises RowFault for one that is not known."""
    named = load_reference().occupations.named
    listed: list[str] = []
    for part in re.split(r"[；;|\n]", cells.text("occupations")):
        # The names of some occupations hold 、 themselves.
        listed += [part] if named(part.strip()) else re.split(r"[、，,]", part)
    codes = [
        code
        for part in listed
        if part.strip() and (code := occupation_of(cells, "occupations", part.strip()))
    ]
    return list(dict.fromkeys(codes))


def _occupation(cells: Cells) -> Record:
    cells.need("code")
    occupation: Occupation = cells.read("code", load_reference().occupations.get)
    fields, masked = _fields(cells, ("definition", "tasks"))
    return _record(
        "occupation", "", occupation.code, occupation.name, "\n".join(fields.values()), fields, masked
    )


def _industry(cells: Cells) -> Record:
    cells.need("code")
    industry: Industry = cells.read("code", load_reference().industries.get)
    fields, masked = _fields(cells, ("note",))
    return _record("industry", "", industry.code, industry.name, fields.get("note", ""), fields, masked)


def _record(
    subject: str, level: str, code: str, name: str, text: str, fields: dict[str, Any], masked: int
) -> Record:
    record = {"subject": subject, "level": level, "code": code, "name": name, "text": text, "fields": fields}
    return record | {"_masked": masked}


PROGRAM_TEXTS = Kind(
    name="program-texts",
    title="专业简介",
    description="专业的培养目标、能力、课程、证书、职业面向与对应职业。",
    model=TextProfile,
    columns=(
        LEVEL,
        _of(CODE, ValueType.PROGRAM_CODE),
        _of(NAME, ValueType.PROGRAM_NAME),
        Column("goal", "培养目标", ("培养目标定位",)),
        Column("abilities", "主要专业能力", ("能力", "主要专业能力要求")),
        Column("courses", "主要课程", ("课程", "主要专业课程与实习实训")),
        Column("certificates", "证书", ("职业类证书举例", "职业证书")),
        Column("career", "职业面向", ("就业面向",)),
        Column(
            "occupations",
            "对应职业",
            ("面向职业", "对应职业代码"),
            note="职业分类大典的代码或名称，以顿号分开；作为事实保存，不参与匹配",
        ),
    ),
    build=_program,
    one_of=(("goal", "abilities", "courses"), ("level",)),
    example="层次=高职专科，代码=460308，名称=工业自动化仪表技术，培养目标=……",
)
OCCUPATION_TEXTS = Kind(
    name="occupation-texts",
    title="职业定义",
    description="职业的定义与主要工作任务。",
    model=TextProfile,
    columns=(
        _of(CODE, ValueType.OCCUPATION),
        NAME,
        Column("definition", "定义", ("职业定义",), required=True),
        Column("tasks", "主要工作任务", ("工作任务", "任务")),
    ),
    build=_occupation,
    example="代码=2-02-10-01，名称=……，定义=……",
)
INDUSTRY_TEXTS = Kind(
    name="industry-texts",
    title="行业说明",
    description="GB/T 4754 各类的说明：包括什么、不包括什么。",
    model=TextProfile,
    columns=(
        _of(CODE, ValueType.INDUSTRY),
        NAME,
        Column("note", "说明", ("注释", "行业说明"), required=True),
    ),
    build=_industry,
    example="代码=C397，名称=电子器件制造，说明=……",
)
