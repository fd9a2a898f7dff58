"""Demand forecasts 需求预测."""

from app.ingest.dates import year
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import LEVEL, district_in, industry_of, occupation_of
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.value_types import ValueType
from app.ingest.values import decimal
from app.models import Forecast
from app.reference.codes import parse_district_code
from app.reference.levels import parse_level

MOST_HEADS = 10_000_000


def build(cells: Cells) -> Record:
    industry = industry_of(cells)
    occupation = occupation_of(cells)
    if industry is None and occupation is None:
        raise RowFault("missing_value", "行业和职业都没有填写", "请至少填写一项", "行业代码")
    cells.need("year")
    central, growth, replacement = _parts(cells)
    low: float = cells.read("low", _heads, central)
    high: float = cells.read("high", _heads, central)
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
    growth: float | None = cells.read("growth", lambda text: _heads(text, least=-MOST_HEADS))
    replacement: float | None = cells.read("replacement", _heads)
    if growth is None or replacement is None:
        cells.need("central")
    else:
        total = growth + replacement
    central: float | None = cells.read("central", _heads)
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


def _heads(text: str, least: float = 0.0) -> float:
    return decimal(text, least=least, most=MOST_HEADS, heads=True)


def _region(text: str) -> str:
    if known := {"上海": "310000", "上海市": "310000", "全国": "100000"}.get(text):
        return known
    return district.code if (district := district_in(text)) else parse_district_code(text)


FORECASTS = Kind(
    name="forecasts",
    title="需求预测",
    description="按行业、职业、层次、地区和年份的人才需求，人/年，可有低、中、高三个数。",
    model=Forecast,
    columns=(
        Column(
            "industry_code",
            "行业代码",
            ("行业", "国民经济行业", "国民经济行业代码", "行业名称", "所属行业", "行业分类", "industry"),
        ),
        Column("occupation_code", "职业代码", ("职业", "职业名称", "职业编码", "occupation")),
        LEVEL,
        Column(
            "region",
            "地区",
            ("地区代码", "区域", "区县", "适用地区"),
            note="上海、全国，或六位行政区划代码；不填即上海",
            holds=ValueType.REGION,
        ),
        Column("year", "年份", ("预测年份", "年度", "预测年度", "目标年份"), required=True),
        Column("low", "低", ("低方案", "下限", "需求下限", "低值", "需求低方案"), holds=ValueType.NUMBER),
        Column(
            "central",
            "需求人数",
            (
                "中",
                "中方案",
                "需求",
                "需求量",
                "预测需求",
                "人数",
                "需求数",
                "人才需求",
                "人才需求量",
                "人才需求数",
                "预测需求量",
                "需求预测数",
                "预测人数",
                "年需求量",
                "年需求人数",
                "demand",
            ),
            note="人/年；填了新增与更替时可不填",
            holds=ValueType.NUMBER,
        ),
        Column(
            "growth",
            "新增需求",
            ("增长需求", "扩张需求", "新增岗位", "新增需求量", "新增需求人数", "growth_demand"),
            note="可为负",
            holds=ValueType.NUMBER,
        ),
        Column(
            "replacement",
            "更替需求",
            ("替代需求", "退休更替", "更替补充", "替代需求量", "更替需求量", "replacement_demand"),
            holds=ValueType.NUMBER,
        ),
        Column("high", "高", ("高方案", "上限", "需求上限", "高值", "需求高方案"), holds=ValueType.NUMBER),
        Column("source", "来源", ("数据来源", "出处", "数据出处", "资料来源", "来源文件"), required=True),
        SIMULATED,
    ),
    build=build,
    one_of=(("industry_code", "occupation_code"), ("central", "growth")),
    example="行业代码=C397，层次=本科，地区=310000，年份=2028，低=492，需求人数=600，高=804，来源=……",
)
