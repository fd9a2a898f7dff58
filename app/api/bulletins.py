"""Bulletins 行业动态 of industry bodies, tagged with industries and programs."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid5

import structlog
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.api.listing import Listing, Model
from app.api.naming import ProgramName, industry_name, program_names
from app.api.openapi import REGISTERS, answers
from app.api.parameters import PLAIN, Identifier, IndustryCode, Words
from app.api.reader import Reading
from app.api.served import AboutPrograms
from app.errors import InvalidInputError, NotFoundError, NothingPublishedError, ProfileError
from app.ingest import accept_rows
from app.models import Bulletin, BulletinTag, now
from app.runs.bulletins import bulletins_in_force, tag_bulletins
from app.runs.pages import equal, page

router = APIRouter(tags=[REGISTERS])
log = structlog.get_logger("chanjiao.api")
_NAMESPACE = UUID("0c8b2a5e-7f1d-5c3a-9e64-2d1f0b7a8c93")
"""Ids of bulletins that come through the API are made of their content, so that a repeat finds the first."""


class IndustryTag(Model):
    """An industry that a bulletin is about."""

    code: str
    name: str
    score: float = Field(ge=0, le=1, description="匹配度；标题写明的为 1")
    named: bool = Field(description="标题中写明。Named in the title.")


class ProgramTag(ProgramName):
    """A program that a bulletin is about."""

    score: float = Field(ge=0, le=1, description="匹配度")


class BulletinItem(Model):
    """A bulletin."""

    id: str
    title: str
    text: str
    source: str = Field(description="发布单位。The industry body.")
    published: date
    link: str
    tagged: bool = Field(description="是否已由匹配引擎标注；还没有发布测算时暂不标注。")
    industries: list[IndustryTag]
    programs: list[ProgramTag]
    batch_id: str
    received_at: datetime
    simulated: bool


class BulletinAnswer(BulletinItem):
    """What became of a bulletin that was posted."""

    repeated: bool = Field(description="此前已收到同样的动态")
    warnings: list[str]


_REPEATED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "此前已收到同样的动态 The same bulletin was received before",
        "model": BulletinAnswer,
    }
}


class BulletinRequest(BaseModel):
    """A bulletin to post."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "集成电路封装测试企业扩产",
                    "text": "多家企业新建先进封装产线，测试工程师需求上升",
                    "source": "示例行业协会",
                    "published": "2026-09-10",
                }
            ]
        },
    )

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), PLAIN]
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), PLAIN] = Field(
        "", description="正文；手机号、邮箱等在保存前遮去。"
    )
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PLAIN] = (
        Field(description="发布单位。The industry body.")
    )
    published: date
    link: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[^\s]+$")] | None = Field(
        None, description="原文的网址"
    )
    simulated: bool = Field(False, description="是否演示用。Made up.")


class BulletinFilters(AboutPrograms):
    industry: IndustryCode | None = Field(
        None, description="涉及的行业，含其下各级。Industry it is about.", examples=["C39"]
    )
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), PLAIN] | None = Field(
        None, description="发布单位"
    )
    since: date | None = Field(None, description="从哪天起发布的。Published from.")
    until: date | None = Field(None, description="到哪天为止发布的。Published until.")
    q: Annotated[Words, PLAIN] | None = None
    simulated: bool | None = None


def _items(session: Session, rows: Sequence[Bulletin]) -> list[BulletinItem]:
    ids = [row.id for row in rows]
    tags: dict[str, list[BulletinTag]] = {}
    found = select(BulletinTag).where(BulletinTag.bulletin_id.in_(ids)).order_by(BulletinTag.rank)
    for tag in session.scalars(found):
        tags.setdefault(tag.bulletin_id, []).append(tag)
    return [_item(row, tags.get(row.id, [])) for row in rows]


def _item(row: Bulletin, tags: Sequence[BulletinTag]) -> BulletinItem:
    own = ("id", "title", "text", "source", "published", "link", "batch_id", "received_at", "simulated")
    return BulletinItem(
        **{name: getattr(row, name) for name in own},
        tagged=row.tagged_by is not None,
        industries=[
            IndustryTag(code=tag.code, name=industry_name(tag.code) or "", score=tag.score, named=tag.named)
            for tag in tags
            if tag.kind == "industry"
        ],
        programs=[
            ProgramTag(**program_names(tag.level, tag.code), score=tag.score)
            for tag in tags
            if tag.kind == "program"
        ],
    )


EXAMPLE = BulletinItem(
    id="3f1b7c52-1d8e-5a7b-8c11-6f0d9a2e4b70",
    title="集成电路封装测试企业扩产",
    text="多家企业新建先进封装产线，测试工程师需求上升",
    source="示例行业协会",
    published=date(2026, 9, 10),
    link="",
    tagged=True,
    industries=[IndustryTag(code="C397", name="电子器件制造", score=1.0, named=True)],
    programs=[ProgramTag(**program_names("higher_vocational", "510401"), score=0.68)],
    batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
    received_at=datetime.fromisoformat("2026-11-25T08:00:00+00:00"),
    simulated=True,
)
ANSWER_EXAMPLE = BulletinAnswer(**EXAMPLE.model_dump(), repeated=False, warnings=[])


@router.get(
    "/bulletins",
    summary="行业动态 List bulletins",
    responses=answers(EXAMPLE, listed=True, published=False),
    dependencies=[Depends(require(Permission.READ_REGISTERS))],
)
def list_bulletins(reader: Reading, filters: Annotated[BulletinFilters, Query()]) -> Listing[BulletinItem]:
    """行业组织发布的动态及其涉及的行业与专业，新的在前；可按行业、专业筛选。

    What industry bodies tell, with the industries and programs it is about, latest first.
    """
    found = bulletins_in_force()
    if filters.industry is not None:
        within = BulletinTag.code.startswith(filters.industry, autoescape=True)
        found = found.where(_tagged("industry", within))
    wanted = filters.wanted()
    if wanted is not None:
        keys = [f"{program.level.value}:{program.code}" for program in wanted]
        found = found.where(_tagged("program", (BulletinTag.level + ":" + BulletinTag.code).in_(keys)))
    elif filters.level is not None:
        found = found.where(_tagged("program", BulletinTag.level == filters.level))
    found = found.where(*equal((Bulletin.source, filters.source), (Bulletin.simulated, filters.simulated)))
    if filters.since is not None:
        found = found.where(Bulletin.published >= filters.since)
    if filters.until is not None:
        found = found.where(Bulletin.published <= filters.until)
    for word in (filters.q or "").split():
        texts = (Bulletin.title, Bulletin.text)
        found = found.where(or_(*(column.icontains(word, autoescape=True) for column in texts)))
    with reader.records() as session:
        rows = page(session, found.order_by(Bulletin.published.desc(), Bulletin.id.desc()), filters.window)
        return reader.listing(None, filters, rows.total, _items(session, rows.items))


def _tagged(kind: str, condition: Any) -> Any:
    return (
        select(BulletinTag.id)
        .where(BulletinTag.bulletin_id == Bulletin.id, BulletinTag.kind == kind, condition)
        .exists()
    )


@router.get(
    "/bulletins/{bulletin_id}",
    summary="一条行业动态 One bulletin",
    responses=answers(EXAMPLE, published=False, missing=True),
    dependencies=[Depends(require(Permission.READ_REGISTERS))],
)
def get_bulletin(reader: Reading, bulletin_id: Identifier) -> BulletinItem:
    """一条动态与它涉及的行业和专业。

    One bulletin with its tags.
    """
    with reader.records() as session:
        row = session.scalars(bulletins_in_force().where(Bulletin.id == bulletin_id)).first()
        if row is None:
            raise NotFoundError(f"没有行业动态 {bulletin_id}", remedy="用 GET /v1/bulletins 查看现有的动态")
        return _items(session, [row])[0]


@router.post(
    "/bulletins",
    status_code=201,
    summary="发布行业动态 Post a bulletin",
    responses=answers(ANSWER_EXAMPLE, published=False, status=201) | _REPEATED,
)
def create_bulletin(
    reader: Reading,
    response: Response,
    asked: BulletinRequest,
    principal: Annotated[Principal, Depends(require(Permission.POST_BULLETINS))],
) -> BulletinAnswer:
    """行业组织发布动态，当场由匹配引擎标出涉及的行业与专业；手机号、身份证号、邮箱等在保存前遮去。同样内容再次提交回答 200。

    An industry body posts a bulletin; the matching tags it at once. Personal data is masked before it is stored. The
    same bulletin again is answered with 200 and the earlier one.
    """
    # It may be tomorrow already where the bulletin comes from.
    if asked.published > now().date() + timedelta(days=1):
        raise InvalidInputError(
            f"发布日期 {asked.published} 在今天之后", remedy="请核对日期", where={"参数": "published"}
        )
    bulletin_id = str(uuid5(_NAMESPACE, asked.model_dump_json()))
    with reader.unstored() as session:
        repeated, warnings = _received(session, bulletin_id, asked)
        try:
            tag_bulletins(session, only=bulletin_id)
        except NothingPublishedError:
            warnings = [*warnings, "还没有发布测算结果，暂时不能标注行业与专业"]
        except ProfileError as error:
            warnings = [*warnings, f"暂时不能标注行业与专业：{error.message}"]
        log.info("bulletin received", bulletin=bulletin_id, repeated=repeated, principal=principal.id)
        item = _items(session, [session.get_one(Bulletin, bulletin_id)])[0]
    if repeated:
        response.status_code = 200
    response.headers["Location"] = f"/v1/bulletins/{bulletin_id}"
    return BulletinAnswer(**item.model_dump(), repeated=repeated, warnings=warnings)


def _received(session: Session, bulletin_id: str, asked: BulletinRequest) -> tuple[bool, list[str]]:
    """Whether it was there before, and warnings about it. Raises InvalidInputError where it was refused."""
    if session.get(Bulletin, bulletin_id) is not None:
        return True, []
    row = asked.model_dump(mode="json", exclude_none=True, exclude={"simulated"})
    try:
        report = accept_rows(
            session, "bulletins", [{"id": bulletin_id, **row}], source="api", simulated=asked.simulated
        )
    except IntegrityError:
        # The same bulletin arrived twice at once, and the other one was first.
        session.rollback()
        return True, []
    return report.already, report.warnings
