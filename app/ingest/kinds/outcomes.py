"""Outcomes 报到与就业."""

from app.ingest.fault import RowFault
from app.ingest.kinds.entities import LEVEL, SCHOOL_CODE, SCHOOL_NAME, level_of, program_of, school_of
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import rate, year
from app.models import Outcome

_RATES = (
    Column("registration_rate", "报到率", ("新生报到率",)),
    Column("completion_rate", "毕业率", ("按期毕业率", "完成率")),
    Column("destination_rate", "毕业去向落实率", ("去向落实率", "就业率", "落实率")),
    Column("matched_rate", "对口率", ("专业对口率", "就业对口率", "专业相关度")),
    Column("retention_rate", "留沪率", ("本地就业率", "留当地率", "本市就业率")),
    Column("first_choice_rate", "第一志愿录取率", ("一志愿录取率", "第一志愿率", "一志愿率")),
    Column("adjusted_rate", "调剂率", ("调剂录取率", "专业调剂率")),
    Column("signing_rate", "签约率", ("就业签约率", "协议签约率")),
)


def build(cells: Cells) -> Record:
    school = school_of(cells)
    level = level_of(cells, school)
    program = program_of(level, cells.text("program_code").upper(), cells.text("program_name"))
    cells.need("year")
    if not any(cells.text(column.name) for column in _RATES):
        raise RowFault("missing_value", "这一行没有任何一个率", "请至少填写一项", _RATES[0].title)
    return {
        "school_code": school.code,
        "level": level.value,
        "program_code": program.code,
        "year": cells.read("year", year),
        **{column.name: cells.read(column.name, rate) for column in _RATES},
    }


OUTCOMES = Kind(
    name="outcomes",
    title="报到与就业",
    description="专业点某年的报到率、毕业率、毕业去向落实率、对口率、留沪率、第一志愿录取率、调剂率和签约率，0–1 或百分数。",
    model=Outcome,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        LEVEL,
        Column("program_code", "专业代码", ("专业编码",)),
        Column("program_name", "专业名称", ("专业",)),
        Column("year", "年份", ("届别", "毕业年份", "年度"), required=True),
        *_RATES,
        SIMULATED,
    ),
    build=build,
    one_of=(
        ("school_code", "school_name"),
        ("program_code", "program_name"),
        tuple(column.name for column in _RATES),
    ),
    example="学校标识码=4131010246，层次=本科，专业代码=030101K，年份=2025，毕业去向落实率=92.5%",
)
