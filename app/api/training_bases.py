"""Training bases 实训基地 of schools."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import contains_words
from app.api.listing import Listing
from app.api.naming import ProgramName, SchoolName, district_name, school_name
from app.api.openapi import REGISTERS, answers
from app.api.parameters import Identifier
from app.api.reader import Reading
from app.api.registers import register_page
from app.api.served import (
    ClassName,
    ServedFilters,
    classes_named,
    programs_named,
    serves,
)
from app.ingest.kinds.school_resources import BASE_KINDS
from app.models import TrainingBase
from app.runs.pages import equal
from app.runs.registers import standing_entries, standing_entry

router = APIRouter(tags=[REGISTERS], dependencies=[Depends(require(Permission.READ_REGISTERS))])
BaseKind = Literal["campus", "production", "public", "open_center", "enterprise", "virtual"]


class TrainingBaseItem(SchoolName):
    """A training base."""

    key: str = Field(description="地址中的编号；更正后不变。Its address.")
    name: str
    kind: BaseKind
    kind_name: str
    places: int = Field(description="工位数。Places at a time.")
    hours_per_week: float | None = Field(description="每周开放 小时")
    opening_hours: str
    open_to_enterprises: bool = Field(description="面向企业开放")
    programs: list[ProgramName] = Field(description="服务的专业")
    classes: list[ClassName] = Field(description="服务的专业类，含所列专业的")
    fields: str = Field(description="服务的领域")
    district_code: str | None
    district_name: str | None
    credit_code: str | None = Field(description="共建企业")
    enterprise: str
    batch_id: str
    simulated: bool


class TrainingBaseFilters(ServedFilters):
    kind: BaseKind | None = Field(
        None, description="、".join(f"{code} {names[0]}" for code, names in BASE_KINDS.items())
    )
    open: bool | None = Field(None, description="是否面向企业开放。Open to enterprises.")
    places: int | None = Field(None, ge=1, le=100_000, description="至少多少工位。At least so many places.")


def _item(row: TrainingBase) -> TrainingBaseItem:
    own = ("key", "name", "kind", "places", "hours_per_week", "opening_hours", "open_to_enterprises")
    also = ("school_code", "fields", "district_code", "credit_code", "enterprise", "batch_id", "simulated")
    return TrainingBaseItem(
        **{name: getattr(row, name) for name in (*own, *also)},
        school_name=school_name(row.school_code),
        kind_name=BASE_KINDS[row.kind][0],
        programs=programs_named(row.programs),
        classes=classes_named(row.classes),
        district_name=district_name(row.district_code),
    )


EXAMPLE = _item(
    TrainingBase(
        key="5d41402abc4b2a76",
        school_code="4131010856",
        name="智能制造实训中心",
        kind="production",
        places=120,
        hours_per_week=50.0,
        opening_hours="周一至周六 8:30-17:00",
        open_to_enterprises=True,
        programs=["bachelor:080717T"],
        classes=["bachelor:0807"],
        fields="工业机器人",
        district_code="310117",
        credit_code=None,
        enterprise="",
        batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
        simulated=True,
    )
)


@router.get(
    "/training-bases",
    summary="实训基地 List training bases",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_training_bases(
    reader: Reading, filters: Annotated[TrainingBaseFilters, Query()]
) -> Listing[TrainingBaseItem]:
    """学校的实训基地：工位、开放时间、服务的专业与领域。

    Training bases of schools: places, opening hours, programs and fields served.
    """
    wanted = filters.wanted()
    found = (
        standing_entries(TrainingBase)
        .where(
            *equal(
                (TrainingBase.school_code, filters.school),
                (TrainingBase.district_code, filters.district),
                (TrainingBase.kind, filters.kind),
                (TrainingBase.open_to_enterprises, filters.open),
            ),
            TrainingBase.places >= (filters.places or 1),
        )
        .order_by(TrainingBase.school_code, TrainingBase.name)
    )
    return register_page(
        reader,
        filters,
        found,
        _item,
        lambda row: serves(row, wanted, filters.level) and contains_words(filters.q, row.name, row.fields),
    )


@router.get(
    "/training-bases/{key}",
    summary="一个实训基地 One training base",
    responses=answers(EXAMPLE, published=False, missing=True),
)
def get_training_base(reader: Reading, key: Identifier) -> TrainingBaseItem:
    """一个实训基地，以最近一次报送的为准。

    One training base, as last told.
    """
    with reader.records() as session:
        path = "/v1/training-bases"
        return _item(standing_entry(session, TrainingBase, key, what="实训基地", path=path))
