"""School resources: training bases 实训基地, dual-qualified teachers 双师型教师, training services 培训服务."""

import re
from typing import Any

from app.ingest.dates import day, year
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import (
    DISTRICT,
    LEVEL,
    SCHOOL_CODE,
    SCHOOL_NAME,
    level_of,
    program_of,
    school_of,
)
from app.ingest.kinds.entries import FIELDS, PROGRAMS, choice, choices, district_of, entry_key, masked, served
from app.ingest.kinds.named_enterprises import enterprise_of, parted
from app.ingest.resolve import How, Name, found_by, noted
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import decimal, truth, whole
from app.models import TeacherCount, TrainingBase, TrainingService
from app.reference import Level, load_reference
from app.reference.schools import School

BASE_KINDS = {
    "campus": ("校内", "校内实训基地", "校内基地"),
    "production": ("生产性", "生产性实训基地"),
    "public": ("公共", "公共实训基地"),
    "open_center": ("开放实训中心", "开放中心"),
    "enterprise": ("企业内", "校外", "校外实训基地", "企业实践基地"),
    "virtual": ("虚拟仿真", "虚拟仿真实训基地"),
}
MOST_HOURS = 168.0
MOST_TRAINEES = 100_000


def base_of(cells: Cells) -> Record:
    school = school_of(cells)
    cells.need("name")
    cells.need("places")
    texts, count = masked(cells, "name", "opening_hours", "fields", "enterprise")
    return {
        "key": entry_key(school.code, texts["name"]),
        "school_code": school.code,
        "kind": cells.read("kind", choice(BASE_KINDS), "campus"),
        "places": cells.read("places", lambda text: whole(_bare(text), least=1, most=MOST_TRAINEES)),
        "hours_per_week": cells.read("hours_per_week", lambda text: decimal(_bare(text), most=MOST_HOURS)),
        "open_to_enterprises": cells.read("open_to_enterprises", truth, False),
        **served(cells, school),
        **texts,
        "enterprise": parted(texts["enterprise"])[0],
        "district_code": district_of(cells),
        "credit_code": enterprise_of(cells),
        "_masked": count,
    }


def _bare(text: str) -> str:
    """A number without the unit that its column has anyway: 120工位, 50小时/周, 40人/期."""
    return re.sub(r"(?:个?工位|个?小时(?:[/每]周)?|(?<=[人名])[/每][期班])$", "", text)


def teachers_of(cells: Cells) -> Record:
    school = school_of(cells)
    cells.need("year")
    cells.need("dual_qualified")
    unit = _unit(cells, school)
    of_year: int = cells.read("year", year)
    dual: int = cells.read("dual_qualified", lambda text: whole(text, most=MOST_TRAINEES))
    teachers: int | None = cells.read("teachers", lambda text: whole(text, most=MOST_TRAINEES))
    if teachers is not None and dual > teachers:
        raise RowFault(
            "part_exceeds_whole",
            f"双师型教师 {dual} 人多于专任教师 {teachers} 人",
            "请核对两个数",
            "双师型教师数",
            str(dual),
        )
    return {
        "key": entry_key(school.code, *unit.values(), of_year),
        "school_code": school.code,
        **unit,
        "year": of_year,
        "teachers": teachers,
        "dual_qualified": dual,
    }


def _unit(cells: Cells, school: School) -> dict[str, str | None]:
    """Whose teachers are counted: a program's, a class's, or the whole school's."""
    code, name, of_class = (cells.text(each) for each in ("program_code", "program_name", "class"))
    if code or name:
        program = program_of(cells, level_of(cells, school), code.upper(), name)
        return {
            "level": program.level.value,
            "class_code": program.class_code,
            "program_code": program.code,
        }
    if not of_class:
        return {"level": None, "class_code": None, "program_code": None}
    level = level_of(cells, school)
    programs = load_reference().programs
    named, classes = programs.class_named(of_class, level.value), programs.classes(level.value)
    if re.fullmatch(r"\d{3}", of_class) and (code := f"0{of_class}") in classes:
        noted(found_by(How.ZERO, Name(code, classes[code])), cells, "class", of_class)
        of_class = code
    if named or of_class in classes:
        return {
            "level": level.value,
            "class_code": named[0][1] if named else of_class,
            "program_code": None,
        }
    raise RowFault(
        "unknown_program",
        f"{Level(level).label}专业目录中没有专业类“{of_class[:40]}”",
        "请核对专业类的名称或代码，以及层次",
        "专业类",
        of_class,
    )


def service_of(cells: Cells) -> Record:
    school = school_of(cells)
    for name in ("title", "capacity"):
        cells.need(name)
    texts, count = masked(cells, "title", "description", "fields")
    return {
        "key": entry_key(school.code, texts["title"]),
        "school_code": school.code,
        **served(cells, school),
        **texts,
        "capacity": cells.read("capacity", lambda text: whole(_bare(text), least=1, most=MOST_TRAINEES)),
        "price": cells.read("price", _price),
        "district_code": district_of(cells),
        "until": cells.read("until", day),
        "_masked": count,
    }


def _price(text: str) -> float | None:
    """元 per trainee; 免费 is 0, 面议 is by agreement."""
    if text in ("免费", "公益"):
        return 0.0
    if text in ("面议", "协商"):
        return None
    return decimal(text.removesuffix("/人").removesuffix("每人"), most=1e7)


def _kind(**members: Any) -> Kind:
    school = ("school_code", "school_name")
    return Kind(**members, one_of=(school,))


TRAINING_BASES = _kind(
    name="training-bases",
    title="实训基地",
    description="学校的实训基地：工位数、开放时间、服务的专业与领域。同一学校同名的基地后到的一行代替先到的。",
    model=TrainingBase,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        Column("name", "基地名称", ("实训基地", "实训基地名称", "实训中心名称", "base"), required=True),
        Column("kind", "基地类型", ("类型", "基地类别"), allowed=choices(BASE_KINDS)),
        Column("places", "工位数", ("容量", "可容纳人数", "实训工位", "capacity"), required=True),
        Column("hours_per_week", "每周开放小时", ("周开放时长",), note="小时，0–168"),
        Column("opening_hours", "开放时间", ("开放时段",), note="文字"),
        Column("open_to_enterprises", "面向企业开放", ("对企业开放", "是否对外开放")),
        PROGRAMS,
        FIELDS,
        DISTRICT,
        Column("credit_code", "共建企业信用代码", ("统一社会信用代码",)),
        Column("enterprise", "共建企业", ("共建企业名称", "合作企业")),
        SIMULATED,
    ),
    build=base_of,
    example="学校标识码=4131010856，基地名称=智能制造实训中心，基地类型=生产性，工位数=120，每周开放小时=50，"
    "开放时间=周一至周六 8:30-17:00，面向企业开放=是，服务专业=机械类、机电一体化技术，服务领域=工业机器人，区=松江区",
)
TEACHERS = _kind(
    name="dual-qualified-teachers",
    title="双师型教师",
    description="学校某年的双师型教师数：按专业、按专业类，或（两者都不填）全校。同一单位同一年后到的一行代替先到的。",
    model=TeacherCount,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        LEVEL,
        Column("program_code", "专业代码", ("专业编码",)),
        Column("program_name", "专业名称", ("专业",)),
        Column("class", "专业类", ("专业类代码", "专业类名称", "class_code")),
        Column("year", "年份", ("年度", "统计年份"), required=True),
        Column("teachers", "专任教师数", ("专任教师", "教师数")),
        Column(
            "dual_qualified",
            "双师型教师数",
            ("双师型教师", "双师型人数", "双师素质教师数"),
            required=True,
        ),
        SIMULATED,
    ),
    build=teachers_of,
    example="学校标识码=4131010856，层次=本科，专业类=机械类，年份=2026，专任教师数=60，双师型教师数=24",
)
TRAINING_SERVICES = _kind(
    name="training-services",
    title="培训服务",
    description="学校向企业提供的培训服务：对应的专业与领域、每期人数、价格。同一学校同名的服务后到的一行代替先到的。",
    model=TrainingService,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        Column("title", "培训名称", ("培训项目", "培训服务", "服务名称"), required=True),
        Column("description", "培训内容", ("说明", "内容简介")),
        PROGRAMS,
        FIELDS,
        Column("capacity", "每期人数", ("容量", "可培训人数", "最大人数"), required=True, note="人"),
        Column("price", "价格", ("收费标准", "费用", "单价"), note="元/人；可写免费、面议"),
        DISTRICT,
        Column("until", "截止日期", ("有效期至",)),
        SIMULATED,
    ),
    build=service_of,
    example="学校标识码=4131010856，培训名称=工业机器人操作与运维，培训内容=示教编程与日常维护，服务专业=机器人工程，"
    "每期人数=40，价格=1800，区=松江区",
)
