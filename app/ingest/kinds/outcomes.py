"""Outcomes 报到与就业: heads and rates of one offering in one year."""

from app.ingest.dates import year
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import LEVEL, SCHOOL_CODE, SCHOOL_NAME, level_of, program_of, school_of
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.value_types import ValueType
from app.ingest.values import rate, whole
from app.models import Outcome

_WHOLE, _RATE = ValueType.WHOLE, ValueType.RATE
_HEADS = (
    Column("planned", "计划数", ("招生计划", "招生计划数", "计划人数", "计划招生数"), holds=_WHOLE),
    Column(
        "admitted",
        "录取数",
        ("录取人数", "实际录取数", "投档录取数", "录取", "录取总数", "新生录取数", "实际录取人数"),
        holds=_WHOLE,
    ),
    Column(
        "registered",
        "报到数",
        ("报到人数", "实际报到数", "报到", "新生报到数", "实际报到人数", "新生报到人数"),
        holds=_WHOLE,
    ),
    Column(
        "graduates",
        "毕业生数",
        ("毕业人数", "毕业生人数", "毕业生", "毕业生总数", "毕业生总人数", "毕业学生数", "应届毕业生数"),
        holds=_WHOLE,
    ),
    Column(
        "employed",
        "就业人数",
        (
            "落实人数",
            "毕业去向落实人数",
            "就业数",
            "落实去向人数",
            "已就业人数",
            "就业总人数",
            "就业毕业生数",
            "已落实去向人数",
            "毕业去向已落实人数",
        ),
        holds=_WHOLE,
    ),
    Column(
        "matched",
        "对口人数",
        ("对口就业人数", "专业对口人数", "对口数", "对口就业数", "专业对口就业数", "专业对口就业人数"),
        holds=_WHOLE,
    ),
    Column(
        "staying",
        "留沪人数",
        ("留沪就业人数", "本地就业人数", "本市就业人数", "留当地人数", "在沪就业人数", "沪上就业人数"),
        holds=_WHOLE,
    ),
)
_RATES = (
    Column("registration_rate", "报到率", ("新生报到率",), holds=_RATE),
    Column("completion_rate", "毕业率", ("按期毕业率", "完成率"), holds=_RATE),
    Column(
        "destination_rate",
        "毕业去向落实率",
        ("去向落实率", "就业率", "落实率", "毕业生就业率", "总体就业率"),
        holds=_RATE,
    ),
    Column(
        "matched_rate",
        "对口率",
        ("专业对口率", "就业对口率", "专业相关度", "专业对口就业率", "工作与专业相关度"),
        holds=_RATE,
    ),
    Column("retention_rate", "留沪率", ("本地就业率", "留当地率", "本市就业率", "在沪就业率"), holds=_RATE),
    Column("first_choice_rate", "第一志愿录取率", ("一志愿录取率", "第一志愿率", "一志愿率"), holds=_RATE),
    Column("adjusted_rate", "调剂率", ("调剂录取率", "专业调剂率"), holds=_RATE),
    Column("signing_rate", "签约率", ("就业签约率", "协议签约率"), holds=_RATE),
)


_OF: dict[str, tuple[str, str]] = {
    "registration_rate": ("registered", "admitted"),
    "destination_rate": ("employed", "graduates"),
    "matched_rate": ("matched", "employed"),
    "retention_rate": ("staying", "employed"),
}
"""Rates that two of the heads give. Those who graduate entered in another year, so 毕业率 is none of them."""
_AT_THE_END = (
    "graduates", "employed", "matched", "staying", "completion_rate",
    "destination_rate", "matched_rate", "retention_rate", "signing_rate",
)  # fmt: skip
"""What is counted when students leave, years after the 级 in which they came."""
_ROUNDING = 0.006
"""How far a printed rate may be from the heads beside it: rates are often printed as whole per cents."""
MOST_STUDENTS = 20_000


def build(cells: Cells) -> Record:
    school = school_of(cells)
    level = level_of(cells, school)
    program = program_of(cells, level, cells.text("program_code").upper(), cells.text("program_name"))
    cells.need("year")
    if cells.text("year").endswith("级") and any(map(cells.text, _AT_THE_END)):
        raise RowFault(
            "bad_year",
            f"“{cells.text('year')}”是入学年份，这一行有毕业或就业的数",
            "请填写毕业年份，如 2025届；报到与毕业的数请分行填写",
            cells.title("year"),
            cells.text("year"),
        )
    if not any(cells.text(column.name) for column in (*_HEADS, *_RATES)):
        raise RowFault("missing_value", "这一行没有任何人数或率", "请至少填写一项", _RATES[0].title)
    heads: dict[str, int | None] = {
        column.name: cells.read(column.name, lambda text: whole(text, most=MOST_STUDENTS))
        for column in _HEADS
    }
    rates: dict[str, float | None] = {column.name: cells.read(column.name, rate) for column in _RATES}
    return {
        "school_code": school.code,
        "level": level.value,
        "program_code": program.code,
        "year": cells.read("year", year),
        **heads,
        **rates,
        **{name: _rate(cells, name, heads, rates[name]) for name in _OF},
    }


def _rate(cells: Cells, name: str, heads: dict[str, int | None], stated: float | None) -> float | None:
    """The rate as stated, else as the heads give it. Raises RowFault where the two disagree."""
    part_name, whole_name = _OF[name]
    part, all_heads = heads[part_name], heads[whole_name]
    if part is None or all_heads is None:
        return stated
    titles = f"{_TITLES[part_name]} {part} 与{_TITLES[whole_name]} {all_heads}"
    if part > all_heads:
        raise RowFault("counts_disagree", f"{titles}：部分大于总数", "请核对两个数", cells.title(part_name))
    if all_heads == 0:
        return stated
    if stated is not None and abs(stated - part / all_heads) > _ROUNDING:
        raise RowFault(
            "counts_disagree",
            f"{titles}，得 {part / all_heads:.1%}，与{_TITLES[name]} {stated:.1%} 不符",
            "请核对三个数，或只填人数",
            cells.title(name),
        )
    return stated if stated is not None else part / all_heads


_TITLES = {column.name: column.title for column in (*_HEADS, *_RATES)}

OUTCOMES = Kind(
    name="outcomes",
    title="报到与就业",
    description="专业点某年的计划、录取、报到、毕业、就业、对口与留沪人数，和报到率、毕业率、毕业去向落实率、对口率、"
    "留沪率、第一志愿录取率、调剂率、签约率（0–1 或百分数）。没有填写的报到率、落实率、对口率与留沪率由人数得出；"
    "对口与留沪以就业人数为分母。",
    model=Outcome,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        LEVEL,
        Column("program_code", "专业代码", ("专业编码",)),
        Column("program_name", "专业名称", ("专业",)),
        Column(
            "year",
            "年份",
            ("届别", "毕业年份", "毕业年度", "毕业届", "届次", "统计年度", "年度"),
            required=True,
        ),
        *_HEADS,
        *_RATES,
        SIMULATED,
    ),
    build=build,
    one_of=(
        ("school_code", "school_name"),
        ("program_code", "program_name"),
        tuple(column.name for column in (*_HEADS, *_RATES)),
    ),
    example="学校标识码=4131010246，层次=本科，专业代码=030101K，年份=2025，毕业生数=120，就业人数=111，毕业去向落实率=92.5%",
)
