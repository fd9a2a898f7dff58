"""Program register 专业设置备案."""

from app.ingest.dates import year, years_of_schooling
from app.ingest.kinds.entities import LEVEL, SCHOOL_CODE, SCHOOL_NAME, levels_of, program_of, school_of
from app.ingest.resolve_programs import program_coded
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.matching.normalise import simplified
from app.models import RegisteredProgram
from app.reference import Level, load_reference

_LEVELS = (Level.HIGHER_VOCATIONAL, Level.VOCATIONAL_BACHELOR, Level.BACHELOR)


def build(cells: Cells) -> Record:
    school = school_of(cells)
    code, name = cells.text("program_code"), cells.need("program_name")
    programs = load_reference().programs
    # A register is of one level; where no column says which, the program's code does, or the years of schooling.
    likely = levels_of(cells, school)
    candidates = likely[:1] if cells.text("level") else tuple(dict.fromkeys((*likely, *_LEVELS)))
    level = next((at for at in candidates if program_coded(at, code)), None) or next(
        (at for at in candidates if programs.named(simplified(name), at)), candidates[0]
    )
    program = program_of(cells, level, code, name)
    return {
        "school_code": school.code,
        "level": level.value,
        "program_code": program.code,
        "program_name": name,
        "schooling_years": cells.read("schooling_years", years_of_schooling),
        "year": cells.read("year", year),
    }


PROGRAM_REGISTER = Kind(
    name="program-register",
    title="专业设置备案",
    description="学校已备案、可以招生的专业。没有计划数：由此只知道专业点存在。",
    model=RegisteredProgram,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        Column("program_code", "专业代码", ("专业编码", "专业代号", "专业国标代码", "国标专业代码")),
        Column("program_name", "专业名称", ("专业", "备案专业", "备案专业名称"), required=True),
        Column(
            "schooling_years",
            "修业年限",
            ("学制", "年限", "学习年限", "学制年限", "基本学制", "标准学制"),
            required=True,
        ),
        LEVEL,
        Column("year", "年份", ("备案年份", "备案年度", "年度", "招生年份")),
        SIMULATED,
    ),
    build=build,
    one_of=(("school_code", "school_name"),),
    example="专业代码=530701，专业名称=电子商务，学校标识码=4131010275，修业年限=3",
)
