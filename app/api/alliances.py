"""Alliances 职教集团与联盟 with their members, and the partnerships that the registers show."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import contains_words
from app.api.listing import Listing, Model
from app.api.naming import SchoolName, school_name
from app.api.openapi import REGISTERS, answers
from app.api.parameters import CreditCode, Identifier, SchoolCode, Words
from app.api.reader import Reading
from app.api.served import OfDay
from app.errors import NotFoundError
from app.ingest.kinds.alliances import ALLIANCE_KINDS, MEMBER_KINDS
from app.models import AllianceMember, now
from app.planning.profile_registers import Partnerships
from app.runs.alliances import Alliance, alliances_at
from app.runs.partnerships import Partnership, partnerships, strength_of
from app.runs.profiles import profile_in_force

router = APIRouter(tags=[REGISTERS], dependencies=[Depends(require(Permission.READ_REGISTERS))])
AllianceKind = Literal["group", "alliance"]


class AllianceItem(Model):
    """An alliance."""

    key: str = Field(description="地址中的编号；由名称而定。Its address.")
    name: str
    kind: AllianceKind
    kind_name: str
    demonstration: bool = Field(description="示范性")
    leaders: list[str] = Field(description="牵头单位")
    schools: int
    enterprises: int
    others: int
    simulated: bool


class MemberItem(Model):
    """A member; its code is null where it is not in the official list or was not told."""

    name: str
    kind: Literal["school", "enterprise", "other"]
    kind_name: str
    school_code: str | None
    credit_code: str | None
    lead: bool
    since: date | None
    until: date | None
    batch_id: str
    simulated: bool


class AllianceDetail(AllianceItem):
    """An alliance with its members of the day."""

    members: list[MemberItem]


class AllianceFilters(OfDay):
    kind: AllianceKind | None = None
    demonstration: bool | None = None
    school: SchoolCode | None = Field(None, description="成员学校。A member school.")
    enterprise: CreditCode | None = Field(None, description="成员企业。A member enterprise.")
    q: Words | None = None


class PartnershipItem(SchoolName):
    """An enterprise and a school that work together."""

    credit_code: str
    strength: float = Field(ge=0, le=1, description="合作强度 0–1，订单班安排据此优先。Strength.")
    grounds: list[str] = Field(description="依据。What shows it.")
    simulated: bool


class PartnershipFilters(OfDay):
    school: SchoolCode | None = None
    enterprise: CreditCode | None = None


def _members(alliance: Alliance) -> dict[str, Any]:
    kinds = [row.member_kind for row in alliance.members]
    return {
        "key": alliance.key,
        "name": alliance.name,
        "kind": alliance.kind,
        "kind_name": ALLIANCE_KINDS[alliance.kind][0],
        "demonstration": alliance.demonstration,
        "leaders": [row.member for row in alliance.members if row.lead],
        "schools": kinds.count("school"),
        "enterprises": kinds.count("enterprise"),
        "others": kinds.count("other"),
        "simulated": alliance.simulated,
    }


def _member(row: AllianceMember) -> MemberItem:
    own = ("school_code", "credit_code", "lead", "since", "until", "batch_id", "simulated")
    return MemberItem(
        **{name: getattr(row, name) for name in own},
        name=row.member,
        kind=row.member_kind,
        kind_name=MEMBER_KINDS[row.member_kind][0],
    )


EXAMPLE = AllianceItem(
    key="0cc175b9c0f1b6a8",
    name="示例智能制造职教集团",
    kind="group",
    kind_name="职教集团",
    demonstration=True,
    leaders=["上海工程技术大学"],
    schools=2,
    enterprises=3,
    others=1,
    simulated=True,
)
DETAIL_EXAMPLE = AllianceDetail(
    **EXAMPLE.model_dump(),
    members=[
        MemberItem(
            name="上海工程技术大学",
            kind="school",
            kind_name="学校",
            school_code="4131010856",
            credit_code=None,
            lead=True,
            since=date(2020, 9, 1),
            until=None,
            batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
            simulated=True,
        )
    ],
)
PARTNERSHIP_EXAMPLE = PartnershipItem(
    school_code="4131010856",
    school_name=school_name("4131010856"),
    credit_code="91990000DEMA00013U",
    strength=0.6,
    grounds=["同属示例智能制造职教集团（一方牵头）"],
    simulated=True,
)


@router.get(
    "/alliances",
    summary="职教集团与联盟 List alliances",
    responses=answers(EXAMPLE, listed=True, published=False),
)
def list_alliances(reader: Reading, filters: Annotated[AllianceFilters, Query()]) -> Listing[AllianceItem]:
    """某一天有成员的职教集团与产教融合联盟（试点方案任务8）。

    Vocational education groups and alliances with members on a day.
    """
    with reader.records() as session:
        chosen = [
            each
            for each in alliances_at(session, filters.day)
            if filters.kind in (None, each.kind)
            and filters.demonstration in (None, each.demonstration)
            and (filters.school is None or any(m.school_code == filters.school for m in each.members))
            and (filters.enterprise is None or any(m.credit_code == filters.enterprise for m in each.members))
            and contains_words(filters.q, each.name, *(member.member for member in each.members))
        ]
        return reader.cut(None, filters, chosen, lambda each: AllianceItem(**_members(each)))


@router.get(
    "/alliances/{key}",
    summary="一个联盟 One alliance",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True),
)
def get_alliance(
    reader: Reading,
    key: Identifier,
    on: Annotated[date | None, Query(description="哪一天的成员，不填为今天。As of which day.")] = None,
) -> AllianceDetail:
    """一个联盟与它当天的成员，牵头的在前。

    An alliance with its members of the day, leaders first.
    """
    with reader.records() as session:
        found = alliances_at(session, on or now().date(), key)
        if not found:
            raise NotFoundError(
                f"没有联盟 {key}，或当天没有成员", remedy="用 GET /v1/alliances 查看现有的联盟"
            )
        return AllianceDetail(**_members(found[0]), members=[_member(row) for row in found[0].members])


@router.get(
    "/partnerships",
    summary="校企合作 List partnerships",
    responses=answers(PARTNERSHIP_EXAMPLE, listed=True, published=False),
)
def list_partnerships(
    reader: Reading, filters: Annotated[PartnershipFilters, Query()]
) -> Listing[PartnershipItem]:
    """由同属的联盟、共建的平台与项目、共建的实训基地得出的校企合作及其强度，订单班安排中算作已有合作。

    Enterprises and schools that the registers show to work together, and how strongly; placement counts them as partners.
    """
    with reader.records() as session:
        strengths = profile_in_force(session).partnerships
        chosen = [
            each
            for each in partnerships(session, filters.day)
            if filters.school in (None, each.school_code) and filters.enterprise in (None, each.credit_code)
        ]
    return reader.cut(None, filters, chosen, lambda each: _partnership(each, strengths))


def _partnership(each: Partnership, strengths: Partnerships) -> PartnershipItem:
    return PartnershipItem(
        school_code=each.school_code,
        school_name=school_name(each.school_code),
        credit_code=each.credit_code,
        strength=strength_of(each.signs, strengths),
        grounds=list(each.grounds),
        simulated=each.simulated,
    )
