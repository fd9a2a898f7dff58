"""School profiles 院校资料: names a school goes by, and its size."""

import re

from app.ingest.dates import year
from app.ingest.kinds.entities import DISTRICT, SCHOOL_CODE, SCHOOL_NAME, district_of, school_of
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.value_types import ValueType
from app.ingest.values import whole
from app.models import SchoolProfile

MOST_HEADS = 200_000
LONGEST_NAME = 100


def build(cells: Cells) -> Record:
    school = school_of(cells)
    return {
        "school_code": school.code,
        "name": school.name,
        "short_names": _names(cells, "short_names"),
        "former_names": _names(cells, "former_names"),
        "category": cells.text("category"),
        "ownership": cells.text("ownership") or school.ownership,
        "district_code": district_of(cells).code if cells.text("district_code") else None,
        **{
            name: cells.read(name, lambda text: whole(text, most=MOST_HEADS))
            for name in ("capacity", "enrolled", "teachers")
        },
        "year": cells.read("year", year),
    }


def _names(cells: Cells, column: str) -> list[str]:
    names = (name.strip()[:LONGEST_NAME] for name in re.split(r"[、，,；;|\n]", cells.text(column)))
    return list(dict.fromkeys(name for name in names if len(name) >= 2))


SCHOOLS = Kind(
    name="schools",
    title="院校资料",
    description="名单内院校的简称、原名、类型、所在区与规模。简称与原名在此后装入的文件中可以代替校名。",
    model=SchoolProfile,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        Column(
            "short_names",
            "简称",
            ("学校简称", "院校简称", "校名简称", "别名", "学校别称"),
            note="多个以顿号分开",
        ),
        Column(
            "former_names",
            "原名",
            ("曾用名", "原校名", "历史名称", "曾用校名", "学校曾用名"),
            note="多个以顿号分开",
        ),
        Column("category", "办学类型", ("学校类型", "院校类型", "类型", "学校类别", "办学类别")),
        Column(
            "ownership",
            "办学性质",
            ("举办者性质", "公办民办", "学校性质", "办学体制"),
            allowed=("公办", "民办", "中外合作办学"),
        ),
        DISTRICT,
        Column(
            "capacity", "办学规模", ("规模", "核定规模", "核定办学规模"), note="人", holds=ValueType.WHOLE
        ),
        Column(
            "enrolled",
            "在校生数",
            (
                "全日制在校生",
                "在校生",
                "在校生人数",
                "在校生总数",
                "在校学生数",
                "在校学生总数",
                "全日制在校生数",
                "全日制在校生人数",
            ),
            note="人",
            holds=ValueType.WHOLE,
        ),
        Column(
            "teachers",
            "专任教师数",
            ("专任教师", "教师数", "专任教师人数", "专任教师总数"),
            note="人",
            holds=ValueType.WHOLE,
        ),
        Column("year", "年份", ("年度", "统计年份", "统计年度", "数据年份")),
        SIMULATED,
    ),
    build=build,
    one_of=(
        ("school_code", "school_name"),
        ("short_names", "former_names", "category", "capacity", "enrolled", "teachers", "district_code"),
    ),
    example="学校标识码=4131010255，学校名称=东华大学，简称=东华，原名=中国纺织大学，区=松江区，在校生数=20000，年份=2025",
)
