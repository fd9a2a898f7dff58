"""What an enterprise is answered: the replies about postings 岗位需求."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from app.api.listing import Model, OfRun
from app.api.naming import (
    MODES,
    Named,
    OfferingName,
    district_name,
    industry_name,
    level_name,
    occupation_name,
    offering_names,
    schools_named,
)
from app.api.openapi import RUN_ID
from app.api.placements import PlacementItem
from app.api.unplaced import UnplacedItem
from app.matching.posting import understand
from app.models import Posting
from app.reference.terms import Term
from app.runs.posting_ranking import Ranked, Unserved

NEXT_STEP = "已保存；下一次测算会把它计入需求，要求开班的同时安排订单班。结果见 GET /v1/postings/{id}"

READ_NAMES = {
    "level": "学历",
    "heads": "人数",
    "district_code": "区",
    "experience_years": "经验",
    "salary_min": "月薪",
    "salary_max": "月薪",
}
"""Members of a posting that may be read from its text, with their names."""


class PostingItem(Model):
    """A posting as it was understood."""

    id: str
    enterprise: str
    credit_code: str | None
    title: str
    description: str
    heads: int = Field(description="人数；给出范围时为其中点。Heads; of a range its middle.")
    heads_low: int | None
    heads_high: int | None
    heads_stated: bool = Field(description="人数是否由企业写明；否则按 1 人计。")
    level: str | None
    level_name: str | None
    mode: str
    mode_name: str
    district_code: str | None
    district_name: str | None
    industry_code: str | None
    industry_name: str | None
    occupation_code: str | None
    occupation_name: str | None
    start_year: int | None
    start_term: str | None = Field(description="如 2028-autumn；只知年份时为年份。Start term.")
    class_size_min: int | None
    skills: list[str]
    teachers: int | None = Field(description="企业派出的教师 人")
    equipment: str
    stipend: float | None = Field(description="元/人·月")
    jobs_guaranteed: int | None
    partner_schools: list[Named]
    excluded_schools: list[Named]
    experience_years: float | None = Field(description="最少经验 年；0 为不要求或应届可。Least years asked.")
    salary_min: float | None = Field(description="元/月")
    salary_max: float | None = Field(description="元/月；没有上限时为空")
    certificates: list[str] = Field(
        description="要求的证书，以及文字中写明的。Certificates asked for, and those the text names."
    )
    majors: list[str] = Field(description="文字中写明的专业。Majors the text names.")
    read_from_text: list[str] = Field(
        description="没有填写而从标题与描述中读出的项；其中有 level 而 level 为空，即写明学历不限。"
        "Members that were left out and read from the text."
    )
    batch_id: str
    simulated: bool


class RankedOffering(OfferingName, OfRun):
    """An offering that could train for the posting."""

    rank: int
    fit: float = Field(ge=0, le=1, description="适配度 0–1")
    seats: float = Field(description="计划人数 人/年")
    seats_free: int | None = Field(
        description="该届计划中还没有被订单班占用的名额 人；计划不知时为空。Seats no class of that intake holds."
    )
    partner: bool = Field(description="是否为企业愿意优先合作的院校。A school the enterprise prefers.")
    district_code: str | None
    district_name: str | None
    distance_km: float | None = Field(description="区中心之间的距离 公里")
    reasons: list[str]
    explanation: dict[str, Any]


class UnservedItem(Model):
    """Why no offering can serve the posting."""

    reason_code: str
    reason: str = Field(description="为什么、怎么办。Why, and what to do.")
    nearest: RankedOffering | None = Field(description="最接近的专业点。The nearest there is.")


class PostingAnswer(Model):
    """What became of a posting."""

    posting_id: str
    repeated: bool = Field(description="此前已收到同样的需求。The same posting was received before.")
    likely_duplicates: list[str] = Field(
        description="可能与之重复的较早的需求：同一企业、同一岗位、同一方式。Earlier postings that may be the same."
    )
    run: str | None = Field(description="排序所依据的测算；尚无发布时为空。")
    warnings: list[str]
    next_step: str = Field(description="接下来会怎样。What happens next.")
    posting: PostingItem
    offerings: list[RankedOffering] = Field(description="适配的专业点，最适配的在前。Best first.")
    unserved: UnservedItem | None = Field(
        description="没有专业点能承接时：为什么，最接近的是哪个。Why nobody can serve it."
    )
    layers_unavailable: list[str] = Field(
        description="配置了而这次没有参与的层，如 embedding。Configured layers that took no part in this answer."
    )


class PostingDetail(PostingItem):
    """A posting with what the published run made of it."""

    run: str | None
    placements: list[PlacementItem]
    unplaced: list[UnplacedItem]


def posting_members(posting: Posting) -> dict[str, Any]:
    facts = understand(posting.title, posting.description)
    return {
        "id": posting.id,
        "enterprise": posting.enterprise,
        "credit_code": posting.credit_code,
        "title": posting.title,
        "description": posting.description,
        "heads": posting.heads,
        "heads_low": posting.heads_low,
        "heads_high": posting.heads_high,
        "heads_stated": posting.heads_stated,
        "level": posting.level,
        "level_name": level_name(posting.level) if posting.level else None,
        "mode": posting.mode,
        "mode_name": MODES.get(posting.mode, posting.mode),
        "district_code": posting.district_code,
        "district_name": district_name(posting.district_code),
        "industry_code": posting.industry_code,
        "industry_name": industry_name(posting.industry_code),
        "occupation_code": posting.occupation_code,
        "occupation_name": occupation_name(posting.occupation_code),
        "start_year": posting.start_year,
        "start_term": str(Term(posting.start_year, posting.start_season)) if posting.start_year else None,
        "skills": posting.skills,
        "teachers": posting.teachers,
        "equipment": posting.equipment,
        "stipend": posting.stipend,
        "jobs_guaranteed": posting.jobs_guaranteed,
        "partner_schools": schools_named(posting.partner_schools),
        "excluded_schools": schools_named(posting.excluded_schools),
        "class_size_min": posting.class_size_min,
        "experience_years": posting.experience_years,
        "salary_min": posting.salary_min,
        "salary_max": posting.salary_max,
        "certificates": list(dict.fromkeys((*posting.certificates, *facts.certificates))),
        "majors": list(facts.majors),
        "read_from_text": posting.read_from_text,
        "batch_id": posting.batch_id,
        "simulated": posting.simulated,
    }


def ranked_offerings(run: str, ranked: Sequence[Ranked]) -> list[RankedOffering]:
    return [_ranked_offering(run, rank, each) for rank, each in enumerate(ranked, start=1)]


def _ranked_offering(run: str, rank: int, each: Ranked) -> RankedOffering:
    hit = each.hit
    return RankedOffering(
        run=run,
        simulated=each.simulated,
        **offering_names(hit.school_code, hit.level, hit.program_code),
        rank=rank,
        fit=hit.fit,
        seats=hit.seats,
        seats_free=each.seats_free,
        partner=each.partner,
        district_code=hit.district_code,
        district_name=district_name(hit.district_code),
        distance_km=hit.distance_km,
        reasons=[*hit.reasons, *_further_reasons(each)],
        explanation=dict(hit.explanation),
    )


def _further_reasons(each: Ranked) -> list[str]:
    reasons = ["企业愿意优先合作的院校"] if each.partner else []
    if each.seats_free is not None and each.seats_free < int(each.hit.seats):
        reasons.append(
            f"订单班已占 {int(each.hit.seats) - each.seats_free} 个名额，还剩 {each.seats_free} 个"
        )
    return reasons


def unserved_item(run: str, found: Unserved | None) -> UnservedItem | None:
    if found is None:
        return None
    nearest = _ranked_offering(run, 1, found.nearest) if found.nearest else None
    return UnservedItem(reason_code=found.reason_code, reason=found.reason, nearest=nearest)


_POSTING_EXAMPLE = PostingItem(
    id="5b0f6c1e-7a53-5c1d-8d53-9d2f0a4e7c21",
    enterprise="示例企业",
    credit_code=None,
    title="集成电路测试工程师",
    description="负责芯片测试方案与测试程序开发。微电子专业，应届亦可，英语四级；月薪8000-12000元",
    heads=30,
    heads_low=None,
    heads_high=None,
    heads_stated=True,
    level="bachelor",
    level_name="普通本科",
    mode="order_class",
    mode_name="订单班",
    district_code="310115",
    district_name="浦东新区",
    industry_code="C397",
    industry_name=industry_name("C397"),
    occupation_code=None,
    occupation_name=None,
    start_year=2028,
    start_term="2028-autumn",
    class_size_min=25,
    skills=["测试程序开发"],
    teachers=2,
    equipment="",
    stipend=1200.0,
    jobs_guaranteed=25,
    partner_schools=[],
    excluded_schools=[],
    experience_years=0.0,
    salary_min=8000.0,
    salary_max=12000.0,
    certificates=["大学英语四级"],
    majors=["微电子"],
    read_from_text=["experience_years", "salary_max", "salary_min"],
    batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
    simulated=True,
)
EXAMPLE = PostingAnswer(
    posting_id=_POSTING_EXAMPLE.id,
    repeated=False,
    likely_duplicates=[],
    run=RUN_ID,
    warnings=[],
    next_step=NEXT_STEP.format(id=_POSTING_EXAMPLE.id),
    posting=_POSTING_EXAMPLE,
    offerings=[
        RankedOffering(
            run=RUN_ID,
            simulated=True,
            **offering_names("4131010856", "bachelor", "080703"),
            rank=1,
            fit=0.43,
            seats=64.0,
            seats_free=34,
            partner=False,
            district_code="310117",
            district_name="松江区",
            distance_km=33.1,
            reasons=["适配度 0.43", "层次相符"],
            explanation={"terms": [["集成电路", 0.2]], "layers": {"lexical": 0.43}, "links": []},
        )
    ],
    unserved=None,
    layers_unavailable=[],
)
DETAIL_EXAMPLE = PostingDetail(**_POSTING_EXAMPLE.model_dump(), run=RUN_ID, placements=[], unplaced=[])
