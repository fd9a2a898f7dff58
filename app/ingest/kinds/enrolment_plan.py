"""Enrolment plans 招生计划."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from app.ingest.dates import year, years_of_schooling
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import LEVEL, SCHOOL_CODE, SCHOOL_NAME, levels_of, school_of
from app.ingest.kinds.provinces import province
from app.ingest.kinds.tuition import tuition_alone, tuition_of
from app.ingest.program_names import BROAD, PlanName, one_bracket, outer_brackets, parse_plan_name
from app.ingest.resolve import NOTHING, How, Name, found_by, noted, settled
from app.ingest.resolve_programs import resolve_program, resolve_program_name
from app.ingest.schema import SIMULATED, Apart, Cells, Column, Kind, Record
from app.ingest.values import whole
from app.matching.normalise import simplified
from app.models import EnrolmentPlan
from app.reference import Level, load_reference

MOST_SEATS = 20_000
_NOT_A_PROGRAM = re.compile(r"院校录取|原始志愿|投档|^合计|^总计|^小计|^共计|征集志愿$|^专业名称$|预科班?$")
_SUM = re.compile(r"（(?:小计|合计|总计|共计)）")
_TOTAL = re.compile(r"^(?:合计|总计|小计|共计|总数)")
_SUBJECTS = re.compile(
    r"(?:普通|艺术|体育|文史|理工|文科|理科|物理|历史|综合|师范|非师范|本科|专科|高职|国际|其他|其它|中外合作(?:办学)?|提前批?\w?)类"
)
"""Subjects 科类 and the like, under which tables sum up; no class of programs is called so."""


def build(cells: Cells) -> Record:
    name = _printed_name(cells)
    code = _bare_code(cells.text("program_code"))
    others = ("school_name", "school_code", "province", "subject")
    if _is_no_program(name) or any(map(_is_total, map(cells.text, others))):
        raise _no_program(name)
    school = school_of(cells)
    levels = levels_of(cells, school, cells.text("admission_batch"))
    if not name:
        name = (code and _catalogue_name(cells, code, levels)) or cells.need("program_name")
    if not cells.text("plan"):
        raise RowFault("plan_missing", f"“{name}”没有计划数", "请补填计划数；不知道时可留在隔离区", "计划数")
    plan = _seats(cells)
    level, parsed = _parsed(name, cells.text("program_name"), code, levels)
    _check_code(code, level, parsed, name)
    if parsed.broad and not parsed.programs and not parsed.class_code and _SUBJECTS.fullmatch(parsed.head):
        raise _no_program(name)
    if not parsed.programs and not parsed.broad:
        level, parsed = _meant(cells, name, code, parsed, levels)
    elif parsed.by_code:
        found = found_by(How.CODE_ONLY, load_reference().programs.get(level, parsed.programs[0]))
        noted(found, cells, "program_name", name)
    elif parsed.class_code and not parsed.programs and not BROAD.search(parsed.head):
        of_class = Name(parsed.class_code, load_reference().programs.classes(level)[parsed.class_code])
        noted(found_by(How.VARIANT, of_class), cells, "program_name", name)
    return {
        "school_code": school.code,
        "year": _year(cells),
        "province": _province(cells),
        "subject": _subject(cells),
        "admission_batch": cells.text("admission_batch")[:100],
        "level": level.value,
        "name": name,
        "program_codes": list(parsed.programs),
        "class_code": parsed.class_code,
        "broad": parsed.broad,
        "plan": plan,
        "campus": (cells.text("campus") or parsed.campus)[:100],
        "schooling_years": _schooling_years(cells),
        "tuition": tuition_of(cells),
    }


def _no_program(name: str) -> RowFault:
    return RowFault(
        "not_a_program",
        f"“{name}”不是专业，可能是汇总行、科类、批次名或预科",
        "删去这一行，或填写专业名称",
        "专业名称",
        name,
    )


def _seats(cells: Cells) -> int:
    cells.need("plan")
    seats: int = cells.read("plan", lambda text: whole(text, most=MOST_SEATS))
    return seats


def _year(cells: Cells) -> int:
    cells.need("year")
    found: int = cells.read("year", year)
    return found


def _province(cells: Cells) -> str:
    return province(_no_total(cells, "province"))


def _subject(cells: Cells) -> str:
    return simplified(_no_total(cells, "subject"))[:40]


def _no_total(cells: Cells, column: str) -> str:
    text = cells.text(column)
    if _is_total(text):
        raise RowFault(
            "not_a_program", f"“{text}”是汇总行，不是专业", "删去这一行", cells.title(column), text
        )
    return text


def _schooling_years(cells: Cells) -> int | None:
    years: int | None = cells.read("schooling_years", years_of_schooling)
    return years


@lru_cache(maxsize=20_000)
def _is_no_program(name: str) -> bool:
    text = one_bracket(name)
    return bool(_NOT_A_PROGRAM.search(outer_brackets(text)[0]) or _SUM.search(text))


@lru_cache(maxsize=20_000)
def _is_total(text: str) -> bool:
    return bool(_TOTAL.search(one_bracket(text)))


@lru_cache(maxsize=20_000)
def _bare_code(text: str) -> str:
    return re.sub(r"\.0+$", "", text).upper()


def _printed_name(cells: Cells) -> str:
    """The longest name, with what a column of remarks adds: some tables print 含… and the campus there."""
    name = cells.text("full_name") or cells.text("program_name")
    remark = cells.text("remark")
    return f"{name}（{remark}）" if name and remark and remark not in name else name


def _catalogue_name(cells: Cells, code: str, levels: Sequence[Level]) -> str:
    """The name of the program or class of a code that stands alone; empty where the catalogue has none."""
    for level in levels:
        found = resolve_program(level, code, "")
        if found.usable:
            noted(found, cells, "program_code", code)
            return found.name
        if of_class := load_reference().programs.classes(level).get(code):
            return of_class
    return ""


def _parsed(name: str, short: str, code: str, levels: Sequence[Level]) -> tuple[Level, PlanName]:
    """The name at the first level where it means something; the short name where the long one does not."""
    for level in levels:
        for form in dict.fromkeys((name, short or name)):
            parsed = parse_plan_name(form, level, code)
            # A class by a name without 类 is likely enough at the likeliest level only.
            if parsed.programs or (parsed.class_code and (level == levels[0] or parsed.head.endswith("类"))):
                return level, parsed
    return levels[0], parse_plan_name(name, levels[0], code)


def _check_code(code: str, level: Level, parsed: PlanName, name: str) -> None:
    """Raise RowFault where the catalogue has the code for another program than the name's, or for its name at another
    level. Numbers that a province gives itself are in no catalogue.
    """
    if parsed.broad or not parsed.programs:
        return
    for at in Level:
        coded = load_reference().programs.find(at, code)
        if coded is None or coded.code in parsed.programs:
            continue
        if at == level or coded.name == parsed.head:
            of_level = "" if at == level else f"{at.label}的"
            raise RowFault(
                "code_name_mismatch",
                f"代码 {code} 是{of_level}{coded.name}，与{level.label}的“{name[:60]}”不符",
                "请核对代码、名称与层次",
                "专业代码",
                code,
            )


def _meant(
    cells: Cells, name: str, code: str, parsed: PlanName, levels: Sequence[Level]
) -> tuple[Level, PlanName]:
    """The program that a name of no catalogue comes nearest to, at the first level where any does."""
    found = {level: resolve_program_name(level, parsed.head) for level in levels}
    level = next((level for level in levels if found[level] is not NOTHING), levels[0])
    column = "program_name" if cells.text("program_name") else "full_name"
    program = settled(
        found[level],
        cells,
        column,
        name,
        lambda: RowFault(
            "unknown_program",
            f"{levels[0].label}专业目录中没有“{parsed.head}”"
            + (f"（代码 {code}）" if code.strip("0") else ""),
            "请核对专业名称与层次；新设专业请先更新专业目录",
            "专业名称",
            name,
        ),
    )
    return level, replace(parsed, programs=(program,))


ENROLMENT_PLAN = Kind(
    name="enrolment-plan",
    title="招生计划",
    description="学校按年份、生源省份和专业的招生计划数。大类招生写明所含专业时会拆开，校区从括号中取出。",
    model=EnrolmentPlan,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        Column("year", "年份", ("招生年份", "招生年度", "计划年份", "计划年度", "年度", "年"), required=True),
        Column(
            "province",
            "生源省份",
            (
                "省份",
                "生源地",
                "招生省份",
                "省市",
                "生源省市",
                "生源地省份",
                "招生地区",
                "生源所在地",
                "生源省",
                "生源地区",
                "投放省份",
                "计划投放省份",
                "招生省市",
                "省",
                "省区市",
            ),
        ),
        Column("subject", "科类", ("首选科目", "科目", "招生科类", "科类名称", "选科", "类别")),
        Column("admission_batch", "批次", ("招生批次", "录取批次", "录取批", "批次名称")),
        LEVEL,
        Column(
            "program_code",
            "专业代码",
            ("专业代号", "专业编码", "国标专业代码", "专业国标代码", "国家专业代码", "教育部专业代码"),
        ),
        Column(
            "program_name",
            "专业名称",
            ("专业", "招生专业", "专业（类）名称", "招生专业名称", "专业类名称", "专业或大类", "major"),
        ),
        Column("full_name", "专业全称", ("专业名称及备注", "专业及备注", "专业全名", "专业备注名称")),
        Column("remark", "备注", ("专业备注", "专业说明", "招生备注", "备注说明")),
        Column(
            "plan",
            "计划数",
            (
                "计划",
                "招生计划",
                "招生计划数",
                "招生人数",
                "计划人数",
                "计划招生数",
                "人数",
                "招生数",
                "招生计划人数",
                "拟招人数",
                "拟招生人数",
                "拟招生数",
                "计划招生人数",
                "计划招生",
                "计划总数",
                "总计划数",
                "招生规模",
                "招生名额",
                "计划名额",
            ),
            required=True,
        ),
        Column("campus", "校区", ("办学地点", "办学校区", "就读校区", "上课地点", "办学校址")),
        Column("schooling_years", "学制", ("修业年限", "年制", "学习年限", "标准学制", "基本学制")),
        Column("tuition", "学费", ("收费标准", "学费标准", "年学费")),
        SIMULATED,
    ),
    build=build,
    one_of=(("school_code", "school_name"), ("program_name", "full_name", "program_code")),
    apart=(
        Apart("year", _year),
        Apart("province", _province),
        Apart("subject", _subject),
        Apart("plan", _seats),
        Apart("tuition", tuition_alone),
    ),
    example="院校代码=10255，年份=2025，生源省份=北京，专业名称=计算机类（含软件工程、信息安全；办学地点：松江校区），计划数=3",
)
