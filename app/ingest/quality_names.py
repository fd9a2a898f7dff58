"""Names in quality reports: of fields that no column of a file is, and of what a figure is about."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.ingest.schema import Kind
from app.reference import load_reference
from app.reference.levels import Level

_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "name": "名称",
        "text": "说明",
        "level": "层次",
        "key": "名称或编号",
        "form": "形式",
        "fields": "领域",
        "classes": "订单班",
        "measure": "度量",
        "quarter": "季度",
        "reason": "理由",
        "verdict": "判断",
        "low": "低值",
        "central": "中值",
        "high": "高值",
        "heads_low": "人数下限",
        "heads_high": "人数上限",
        "heads_stated": "人数是否写明",
        "raw_value": "原文数值",
        "start_season": "开班季节",
        "tagged_by": "标注者",
        "class_code": "专业类代码",
        "correct_code": "正确的代码",
        "district_code": "区代码",
        "alliance_key": "所属集团或联盟",
        "program_codes": "专业代码",
        "industry_codes": "行业代码",
        "occupation_codes": "职业代码",
    }
)


def titles_of(kind: Kind) -> dict[str, str]:
    """Chinese titles of the fields of a kind's records, those of its columns first."""
    return {**_FIELDS, **{column.name: column.title for column in kind.columns}}


def name_of(fields: Mapping[str, Any]) -> str:
    """What the fields that name a figure name, in words; codes that the tables do not know stay as they are."""
    tables = load_reference()
    level = fields.get("level")
    said = []
    for name, value in fields.items():
        if value in (None, ""):
            continue
        found: Any = None
        if name == "school_code":
            found = tables.schools.find(value)
        elif name == "program_code":
            found = tables.programs.find(level, value) if level else None
        elif name == "industry_code":
            found = tables.industries.find(value)
        elif name == "occupation_code":
            found = tables.occupations.find(value)
        said.append(_level(value) if name == "level" else found.name if found else str(value))
    return " ".join(said)


def _level(value: str) -> str:
    try:
        return Level(value).label
    except ValueError:
        return value
