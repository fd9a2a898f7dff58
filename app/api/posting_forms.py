"""What an enterprise posts and what it is answered: the request and the replies about postings 岗位需求."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from app.api.listing import Model, OfRun
from app.api.naming import (
    MODES,
    OfferingName,
    district_name,
    industry_name,
    level_name,
    occupation_name,
    offering_names,
)
from app.api.openapi import RUN_ID
from app.api.parameters import PLAIN, CreditCode, DistrictCode, IndustryCode, LevelCode, OccupationCode
from app.api.placements import PlacementItem, UnplacedItem
from app.api.validation import refused
from app.matching.posting import understand
from app.models import Posting
from app.runs.matcher import OfferingHit

Mode = Literal[
    "order_class", "modern_apprenticeship", "enterprise_apprenticeship", "internship", "recruitment"
]
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


def _mode(value: object) -> object:
    """The code of a mode given in Chinese; anything else as it is."""
    return next((code for code, name in MODES.items() if value == name), value)


class PostingRequest(BaseModel):
    """A talent demand. Codes may be given as names too: 松江, 本科, 订单班."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "enterprise": "示例企业",
                    "title": "集成电路测试工程师",
                    "description": "负责芯片测试方案与测试程序开发",
                    "heads": 30,
                    "level": "bachelor",
                    "mode": "order_class",
                    "district_code": "310115",
                    "industry_code": "C397",
                    "class_size_min": 25,
                    "simulated": True,
                }
            ]
        },
    )

    enterprise: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PLAIN
    ] = Field(description="企业名称")
    credit_code: CreditCode | None = None
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), PLAIN] = (
        Field(description="岗位名称")
    )
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), PLAIN] = Field(
        "", description="职责与要求"
    )
    heads: int | None = Field(
        None, ge=1, le=10_000, description="人数；不填时看文字，文字也没有写明按 1 人计。Heads."
    )
    level: LevelCode | None = Field(
        None, description="要求的最低层次；不填时看文字，文字也没有写明为不限。Lowest level."
    )
    mode: Annotated[Mode, BeforeValidator(_mode)] = Field("recruitment", description="合作方式")
    district_code: DistrictCode | None = Field(
        None, validation_alias=AliasChoices("district_code", "district"), description="所在区"
    )
    industry_code: IndustryCode | None = Field(
        None, validation_alias=AliasChoices("industry_code", "industry"), description="行业"
    )
    occupation_code: OccupationCode | None = Field(
        None, validation_alias=AliasChoices("occupation_code", "occupation"), description="职业"
    )
    start_year: int | None = Field(None, ge=2000, le=2100, description="开始年份")
    class_size_min: int | None = Field(None, ge=1, le=1000, description="最小开班人数")
    simulated: bool = Field(False, description="是否为演示用的模拟需求。Whether it is made up.")

    @field_validator("class_size_min")
    @classmethod
    def not_above_heads(cls, value: int | None, info: ValidationInfo) -> int | None:
        heads = info.data.get("heads")
        if value is not None and heads is not None and value > heads:
            raise refused(
                "class_above_heads",
                f"最小开班人数 {value} 大于需求人数 {heads}，这个班永远开不成",
                "请增加 heads 或减小 class_size_min",
            )
        return value


class PostingItem(Model):
    """A posting as it was understood."""

    id: str
    enterprise: str
    credit_code: str | None
    title: str
    description: str
    heads: int
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
    class_size_min: int | None
    experience_years: float | None = Field(description="最少经验 年；0 为不要求或应届可。Least years asked.")
    salary_min: float | None = Field(description="元/月")
    salary_max: float | None = Field(description="元/月；没有上限时为空")
    certificates: list[str] = Field(description="文字中写明的证书。Certificates the text names.")
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
    district_code: str | None
    district_name: str | None
    distance_km: float | None = Field(description="区中心之间的距离 公里")
    reasons: list[str]
    explanation: dict[str, Any]


class PostingAnswer(Model):
    """What became of a posting."""

    posting_id: str
    repeated: bool = Field(description="此前已收到同样的需求。The same posting was received before.")
    run: str | None = Field(description="排序所依据的测算；尚无发布时为空。")
    warnings: list[str]
    next_step: str = Field(description="接下来会怎样。What happens next.")
    posting: PostingItem
    offerings: list[RankedOffering] = Field(description="适配的专业点，最适配的在前。Best first.")
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
        "class_size_min": posting.class_size_min,
        "experience_years": posting.experience_years,
        "salary_min": posting.salary_min,
        "salary_max": posting.salary_max,
        "certificates": list(facts.certificates),
        "majors": list(facts.majors),
        "read_from_text": posting.read_from_text,
        "batch_id": posting.batch_id,
        "simulated": posting.simulated,
    }


def ranked_offerings(
    run: str, hits: Sequence[OfferingHit], simulated: set[tuple[str, str, str]]
) -> list[RankedOffering]:
    return [
        RankedOffering(
            run=run,
            simulated=(hit.school_code, hit.level, hit.program_code) in simulated,
            **offering_names(hit.school_code, hit.level, hit.program_code),
            rank=rank,
            fit=hit.fit,
            seats=hit.seats,
            district_code=hit.district_code,
            district_name=district_name(hit.district_code),
            distance_km=hit.distance_km,
            reasons=list(hit.reasons),
            explanation=dict(hit.explanation),
        )
        for rank, hit in enumerate(hits, start=1)
    ]


_POSTING_EXAMPLE = PostingItem(
    id="5b0f6c1e-7a53-5c1d-8d53-9d2f0a4e7c21",
    enterprise="示例企业",
    credit_code=None,
    title="集成电路测试工程师",
    description="负责芯片测试方案与测试程序开发。微电子专业，应届亦可，英语四级；月薪8000-12000元",
    heads=30,
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
    start_year=None,
    class_size_min=25,
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
            district_code="310117",
            district_name="松江区",
            distance_km=33.1,
            reasons=["适配度 0.43", "层次相符"],
            explanation={"terms": [["集成电路", 0.2]], "layers": {"lexical": 0.43}, "links": []},
        )
    ],
    layers_unavailable=[],
)
DETAIL_EXAMPLE = PostingDetail(**_POSTING_EXAMPLE.model_dump(), run=RUN_ID, placements=[], unplaced=[])
