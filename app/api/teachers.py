"""Dual-qualified teachers 双师型教师 of schools, counted."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Listing, Paging
from app.api.naming import SchoolName, level_name, program_name, school_name
from app.api.openapi import REGISTERS, answers
from app.api.parameters import LevelCode, SchoolCode
from app.api.reader import Reading
from app.api.registers import register_page
from app.models import TeacherCount
from app.reference import load_reference
from app.runs.pages import equal
from app.runs.registers import standing_entries

router = APIRouter(tags=[REGISTERS], dependencies=[Depends(require(Permission.READ_REGISTERS))])


class TeacherItem(SchoolName):
    """A count: of a program, a class, or the whole school where both are null."""

    year: int
    level: str | None
    level_name: str | None
    class_code: str | None
    class_name: str | None
    program_code: str | None
    program_name: str | None
    teachers: int | None = Field(description="专任教师 人；未报为空。Full-time teachers.")
    dual_qualified: int = Field(description="双师型教师 人")
    share: float | None = Field(description="双师型教师占专任教师的比例 0–1")
    batch_id: str
    simulated: bool


class TeacherFilters(Paging):
    school: SchoolCode | None = None
    level: LevelCode | None = None
    class_: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")] | None = Field(
        None, alias="class", description="专业类代码。Class code.", examples=["0802"]
    )
    year: int | None = Field(None, ge=1990, le=2100)


def _item(row: TeacherCount) -> TeacherItem:
    own = ("school_code", "year", "level", "class_code", "program_code", "teachers", "dual_qualified")
    values: dict[str, Any] = {name: getattr(row, name) for name in (*own, "batch_id", "simulated")}
    level = row.level
    return TeacherItem(
        **values,
        school_name=school_name(row.school_code),
        level_name=level_name(level) if level else None,
        class_name=load_reference().programs.classes(level).get(row.class_code or "") if level else None,
        program_name=program_name(level, row.program_code) if level and row.program_code else None,
        share=round(row.dual_qualified / row.teachers, 4) if row.teachers else None,
    )


EXAMPLE = _item(
    TeacherCount(
        school_code="4131010856",
        year=2026,
        level="bachelor",
        class_code="0802",
        program_code=None,
        teachers=60,
        dual_qualified=24,
        batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
        simulated=True,
    )
)


@router.get(
    "/dual-qualified-teachers",
    summary="双师型教师 List dual-qualified teachers",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_teachers(reader: Reading, filters: Annotated[TeacherFilters, Query()]) -> Listing[TeacherItem]:
    """各校某年的专任教师与双师型教师：全校、按专业类或按专业；新的年份在前。各行各自为数，不能相加。

    Full-time and dual-qualified teachers by school, class or program and year; the rows overlap, so do not add them.
    """
    found = (
        standing_entries(TeacherCount)
        .where(
            *equal(
                (TeacherCount.school_code, filters.school),
                (TeacherCount.level, filters.level),
                (TeacherCount.class_code, filters.class_),
                (TeacherCount.year, filters.year),
            )
        )
        .order_by(TeacherCount.year.desc(), TeacherCount.school_code, TeacherCount.id)
    )
    return register_page(reader, filters, found, _item)
