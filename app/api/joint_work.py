"""Innovation platforms 创新平台 and joint projects 产教融合项目."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import contains_words
from app.api.listing import Listing, Model, Paging
from app.api.naming import Named, district_name, industries_named, schools_named
from app.api.openapi import REGISTERS, answers
from app.api.parameters import CreditCode, DistrictCode, Identifier, IndustryCode, SchoolCode, Words
from app.api.reader import Reader, Reading
from app.api.registers import register_page
from app.ingest.kinds.joint_work import WORK_STATES
from app.models import JointWork
from app.reference import load_reference
from app.runs.pages import equal
from app.runs.registers import standing_entries, standing_entry

router = APIRouter(tags=[REGISTERS], dependencies=[Depends(require(Permission.READ_REGISTERS))])
WorkState = Literal["planned", "building", "running", "closed"]
_FORMS = {
    "platform": ("创新平台", "/v1/innovation-platforms"),
    "project": ("产教融合项目", "/v1/joint-projects"),
}
"""What each form is called, and where all of it are listed."""


class JointWorkItem(Model):
    """A platform or project."""

    key: str = Field(description="地址中的编号；由名称而定。Its address.")
    name: str
    category: str = Field(description="类别，如 协同创新中心、实验实训")
    fields: str = Field(description="领域")
    industries: list[Named]
    district_code: str | None
    district_name: str | None
    year: int = Field(description="批准的年份")
    state: WorkState
    state_name: str
    schools: list[Named] = Field(description="合作院校")
    enterprises: list[str] = Field(description="合作企业的统一社会信用代码")
    partners: str = Field(description="其他伙伴")
    batch_id: str
    simulated: bool


class JointWorkFilters(Paging):
    state: WorkState | None = Field(
        None, description="、".join(f"{code} {names[0]}" for code, names in WORK_STATES.items())
    )
    year: int | None = Field(None, ge=1990, le=2100)
    industry: IndustryCode | None = None
    district: DistrictCode | None = None
    school: SchoolCode | None = None
    enterprise: CreditCode | None = None
    q: Words | None = None


def _item(row: JointWork) -> JointWorkItem:
    own = ("key", "name", "category", "fields", "district_code", "year", "state", "enterprises", "partners")
    return JointWorkItem(
        **{name: getattr(row, name) for name in (*own, "batch_id", "simulated")},
        industries=industries_named(row.industry_codes),
        district_name=district_name(row.district_code),
        state_name=WORK_STATES[row.state][0],
        schools=schools_named(row.schools),
    )


def _example(form: str, name: str, category: str) -> JointWorkItem:
    return _item(
        JointWork(
            key="92eb5ffee6ae2fec",
            form=form,
            name=name,
            category=category,
            fields="集成电路测试",
            industry_codes=["C397"],
            district_code="310115",
            year=2024,
            state="running",
            schools=["4131010856"],
            enterprises=["91990000DEMA00013U"],
            partners="",
            batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
            simulated=True,
        )
    )


PLATFORM = _example("platform", "示例集成电路协同创新中心", "协同创新中心")
PROJECT = _example("project", "示例集成电路测试实训项目", "实验实训")


@router.get(
    "/innovation-platforms",
    summary="创新平台 List innovation platforms",
    responses=answers(PLATFORM, listed=True, published=False),
)
def list_innovation_platforms(
    reader: Reading, filters: Annotated[JointWorkFilters, Query()]
) -> Listing[JointWorkItem]:
    """校企共建的创新平台（试点方案任务11），新的在前。

    Innovation platforms of schools and enterprises, latest first.
    """
    return _listed(reader, "platform", filters)


@router.get(
    "/innovation-platforms/{key}",
    summary="一个创新平台 One innovation platform",
    responses=answers(PLATFORM, published=False, missing=True),
)
def get_innovation_platform(reader: Reading, key: Identifier) -> JointWorkItem:
    """一个创新平台，以最近一次报送的为准。

    One innovation platform, as last told.
    """
    return _one(reader, "platform", key)


@router.get(
    "/joint-projects",
    summary="产教融合项目 List joint projects",
    responses=answers(PROJECT, listed=True, published=False),
)
def list_joint_projects(
    reader: Reading, filters: Annotated[JointWorkFilters, Query()]
) -> Listing[JointWorkItem]:
    """校企合作的产教融合实验实训、协同创新项目（试点方案任务10、任务11），新的在前。

    Joint projects of schools and enterprises, latest first.
    """
    return _listed(reader, "project", filters)


@router.get(
    "/joint-projects/{key}",
    summary="一个产教融合项目 One joint project",
    responses=answers(PROJECT, published=False, missing=True),
)
def get_joint_project(reader: Reading, key: Identifier) -> JointWorkItem:
    """一个产教融合项目，以最近一次报送的为准。

    One joint project, as last told.
    """
    return _one(reader, "project", key)


def _listed(reader: Reader, form: str, filters: JointWorkFilters) -> Listing[JointWorkItem]:
    found = (
        standing_entries(JointWork)
        .where(
            *equal(
                (JointWork.form, form),
                (JointWork.state, filters.state),
                (JointWork.year, filters.year),
                (JointWork.district_code, filters.district),
            )
        )
        .order_by(JointWork.year.desc(), JointWork.name, JointWork.id)
    )
    within = load_reference().industries.within(filters.industry) if filters.industry else None
    return register_page(
        reader,
        filters,
        found,
        _item,
        lambda row: (
            (within is None or not within.isdisjoint(row.industry_codes))
            and (filters.school is None or filters.school in row.schools)
            and (filters.enterprise is None or filters.enterprise in row.enterprises)
            and contains_words(filters.q, row.name, row.category, row.fields, row.partners)
        ),
    )


def _one(reader: Reader, form: str, key: str) -> JointWorkItem:
    what, path = _FORMS[form]
    with reader.records() as session:
        return _item(standing_entry(session, JointWork, key, JointWork.form == form, what=what, path=path))
