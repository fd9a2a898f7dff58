"""Demand forecasts 需求预测."""

import re

from app.ingest.fault import RowFault
from app.ingest.kinds.entities import LEVEL
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import decimal, year
from app.models import Forecast
from app.reference import load_reference
from app.reference.codes import parse_district_code
from app.reference.levels import parse_level

MOST_HEADS = 10_000_000


def build(cells: Cells) -> Record:
    industry = cells.read("industry_code", _industry)
    occupation = cells.read("occupation_code", _occupation)
    if industry is None and occupation is None:
        raise RowFault("missing_value", "行业和职业都没有填写", "请至少填写一项", "行业代码")
    cells.need("year")
    central, growth, replacement = _parts(cells)
    low: float = cells.read("low", lambda text: decimal(text, most=MOST_HEADS), central)
    high: float = cells.read("high", lambda text: decimal(text, most=MOST_HEADS), central)
    if not low <= central <= high:
        raise RowFault(
            "range_disordered",
            f"低、中、高应依次不减，现为 {low:g}、{central:g}、{high:g}",
            "请核对三个数",
            "需求人数",
        )
    level = cells.read("level", parse_level)
    return {
        "industry_code": industry,
        "occupation_code": occupation,
        "level": level.value if level else None,
        "region": cells.read("region", _region, "310000"),
        "year": cells.read("year", year),
        "low": low,
        "central": central,
        "high": high,
        "growth": growth,
        "replacement": replacement,
        "source": cells.need("source"),
    }


def _parts(cells: Cells) -> tuple[float, float | None, float | None]:
    """Heads, and growth and replacement in them; of the three numbers any two give the third."""
    growth: float | None = cells.read(
        "growth", lambda text: decimal(text, least=-MOST_HEADS, most=MOST_HEADS)
    )
    replacement: float | None = cells.read("replacement", lambda text: decimal(text, most=MOST_HEADS))
    if growth is None or replacement is None:
        cells.need("central")
    else:
        total = growth + replacement
    central: float | None = cells.read("central", lambda text: decimal(text, most=MOST_HEADS))
    if central is None:
        if total < 0:
            raise RowFault(
                "parts_disagree",
                f"新增 {growth:g} 与更替 {replacement:g} 之和是负数",
                "请核对两个数；行业收缩大于更替时，需求人数填 0",
                "新增需求",
            )
        return total, growth, replacement
    if growth is not None and replacement is None:
        replacement = central - growth
    elif replacement is not None and growth is None:
        growth = central - replacement
    elif growth is not None and replacement is not None and abs(total - central) > max(0.01 * central, 1.0):
        raise RowFault(
            "parts_disagree",
            f"新增 {growth:g} 与更替 {replacement:g} 之和不是需求人数 {central:g}",
            "请核对三个数，或只填新增与更替",
            "需求人数",
        )
    if replacement is not None and replacement < 0:
        raise RowFault(
            "parts_disagree", f"新增 {growth:g} 大于需求人数 {central:g}", "请核对两个数", "新增需求"
        )
    return central, growth, replacement


def _industry(text: str) -> str:
    industries = load_reference().industries
    if named := industries.named(text):
        return min(named, key=lambda industry: len(industry.code)).code
    if codes := industries.alias(text):
        if len(codes) == 1:
            return codes[0]
        raise RowFault(
            "ambiguous_industry",
            f"“{text}”对应多个行业：{'、'.join(codes)}",
            "请填写其中一个代码，或分行填写",
        )
    if re.search(r"[\u4e00-\u9fff]", text):
        raise RowFault(
            "unknown_industry", f"没有名称是“{text}”的行业", "请填写 GB/T 4754-2017 的名称或代码，如 C397"
        )
    return industries.get(text).code


def _occupation(text: str) -> str:
    occupations = load_reference().occupations
    if named := occupations.named(text):
        return named[0].code
    if re.search(r"[\u4e00-\u9fff]", text):
        raise RowFault(
            "unknown_occupation", f"没有名称是“{text}”的职业", "请填写职业分类大典的名称或代码，如 2-02-10-01"
        )
    return occupations.get(text).code


def _region(text: str) -> str:
    return {"上海": "310000", "上海市": "310000", "全国": "100000"}.get(text) or parse_district_code(text)


FORECASTS = Kind(
    name="forecasts",
    title="需求预测",
    description="按行业、职业、层次、地区和年份的人才需求，人/年，可有低、中、高三个数。",
    model=Forecast,
    columns=(
        Column("industry_code", "行业代码", ("行业", "国民经济行业", "industry")),
        Column("occupation_code", "职业代码", ("职业", "occupation")),
        LEVEL,
        Column("region", "地区", ("地区代码", "区域")),
        Column("year", "年份", ("预测年份", "年度"), required=True),
        Column("low", "低", ("低方案", "下限", "需求下限")),
        Column(
            "central",
            "需求人数",
            ("中", "中方案", "需求", "需求量", "预测需求", "人数", "demand"),
            note="人/年；填了新增与更替时可不填",
        ),
        Column("growth", "新增需求", ("增长需求", "扩张需求", "新增岗位", "growth_demand"), note="可为负"),
        Column("replacement", "更替需求", ("替代需求", "退休更替", "更替补充", "replacement_demand")),
        Column("high", "高", ("高方案", "上限", "需求上限")),
        Column("source", "来源", ("数据来源", "出处"), required=True),
        SIMULATED,
    ),
    build=build,
    one_of=(("industry_code", "occupation_code"), ("central", "growth")),
    example="行业代码=C397，层次=本科，地区=310000，年份=2028，低=492，需求人数=600，高=804，来源=……",
)
