"""Published demand figures 公开需求数据."""

import re

from app.ingest.fault import RowFault
from app.ingest.kinds.entities import district_in
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.value_types import ValueType
from app.ingest.values import SCALES, published_number
from app.models import DemandFigure
from app.reference import load_reference
from app.reference.codes import parse_district_code

_MEASURES = (
    ("缺口", "gap"),
    ("求职", "seekers"),
    ("招聘", "openings"),
    ("需求", "need"),
    ("总量", "stock"),
    ("存量", "stock"),
    ("规模", "stock"),
    ("从业", "stock"),
)


_OF_HEADS = re.compile(rf"(?:{SCALES})?(?:余|多)?(?:人次?|名|位|个|个?岗位|个?职位|个?名额|)(?:[/每]年)?")
_NO_HEADS = re.compile(
    r"率$|占比|比例|比重|倍数|增[长幅速]$|同比|环比|薪|工资|收入|产值|营收|指数|家数|企业数"
)


def build(cells: Cells) -> Record:
    item, indicator = cells.need("item"), cells.need("indicator")
    raw, unit = cells.need("value"), cells.text("unit")
    when, quarter = _when(cells.need("year"))
    if re.search(r"\d", raw) and (not _OF_HEADS.fullmatch(unit) or _NO_HEADS.search(indicator)):
        raise RowFault(
            "not_heads",
            f"“{indicator}” {raw[:40]}{unit[:20]} 不是人数",
            "这里只收以人计的数字；比率、金额与家数请删去这一行",
            cells.title("unit"),
            unit,
        )
    number = published_number(raw, unit)
    measure = next((measure for word, measure in _MEASURES if word in indicator), None)
    occupations: list[str] = []
    if number is None:
        if re.search(r"\d", raw):
            raise RowFault(
                "not_a_number", f"看不懂数字“{raw}”", "请写成 47.5、近3000、1900多 这样的形式", "数值", raw
            )
        # A ranking in words: the occupations it names.
        measure = "ranking"
        occupations = [code for name in re.split(r"[、，,；;]", raw) for code in _occupation(name)]
        if not occupations:
            raise RowFault(
                "not_a_number",
                f"“{raw}”既不是数字，也不是认得的职业排行",
                "请写成数字，如 400、近3000；排行请用职业名称，以顿号分开",
                "数值",
                raw,
            )
    elif number[0] < 0 or number[2] > 2e9:
        raise RowFault("out_of_range", f"{raw}{unit} 不合常理", "请核对数值与单位", "数值", raw)
    low, central, high = number or (None, None, None)
    return {
        "item": item[:200],
        "indicator": indicator[:100],
        "measure": measure or "stock",
        "region": cells.read("region", _region, "100000"),
        "year": when,
        "quarter": quarter,
        "low": low,
        "central": central,
        "high": high,
        "raw_value": raw,
        "unit": unit[:20],
        "source": cells.need("source"),
        "industry_codes": list(load_reference().industries.alias(item)),
        "occupation_codes": occupations,
    }


def _when(text: str) -> tuple[int, int | None]:
    found = re.fullmatch(r"((?:19|20)\d{2})年?\s*(?:[Qq第]?([1-4一二三四])(?:季度)?)?", text)
    if not found:
        raise RowFault("bad_year", f"“{text}”不是年份或季度", "请填写 2025 或 2025Q2", "年份", text)
    quarter = found[2]
    return int(found[1]), {"一": 1, "二": 2, "三": 3, "四": 4}.get(quarter) or (
        int(quarter) if quarter else None
    )


def _occupation(name: str) -> tuple[str, ...]:
    """Codes of a name or of its variants in brackets: 商品服务员(营业员)."""
    occupations = load_reference().occupations
    for form in (name, *re.split(r"[()（）]", name)):
        if form.strip() and (found := occupations.named(form.strip())):
            return (found[0].code,)
    return ()


def _region(text: str) -> str:
    if known := {"上海": "310000", "上海市": "310000", "全国": "100000"}.get(text):
        return known
    return district.code if (district := district_in(text)) else parse_district_code(text)


DEMAND_FIGURES = Kind(
    name="demand-figures",
    title="公开需求数据",
    description="已发布文件中的人才数字，照原文写法（1900多、近3000），逐行注明出处；不写地区即全国。",
    model=DemandFigure,
    columns=(
        Column(
            "item",
            "项目",
            ("行业", "领域", "产业", "名称", "行业领域", "产业名称", "产业领域", "重点领域"),
            required=True,
        ),
        Column("indicator", "指标", ("指标名称", "内容", "指标项", "统计指标", "指标内容"), required=True),
        Column(
            "year",
            "年份",
            ("时间", "年度", "时期", "统计时间", "统计期", "统计年份", "数据年份"),
            required=True,
            note="年份，或季度，如 2025Q2",
        ),
        Column("value", "数值", ("值", "数字", "数据", "数据值", "指标值", "数量"), required=True),
        Column("unit", "单位", ("计量单位", "数据单位")),
        Column(
            "region",
            "地区",
            ("区域", "地区代码", "适用地区", "覆盖地区"),
            note="上海、全国，或六位行政区划代码；不填即全国",
            holds=ValueType.REGION,
        ),
        Column("source", "来源", ("出处", "数据来源", "资料来源", "来源文件", "文件来源"), required=True),
        SIMULATED,
    ),
    build=build,
    example="项目=航空航天装备，指标=人才缺口预测，年份=2025，数值=47.5，单位=万人，来源=《制造业人才发展规划指南》",
)
