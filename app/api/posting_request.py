"""What an enterprise posts: the request of a posting 岗位需求, checked member by member."""

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

from app.api.naming import (
    school_name,
)
from app.api.parameters import (
    PLAIN,
    CreditCode,
    DistrictCode,
    IndustryCode,
    LevelCode,
    OccupationCode,
    SchoolCode,
)
from app.api.validation import refused
from app.errors import InvalidCodeError
from app.ingest.kinds.postings import MODES as MODE_NAMES
from app.models import now
from app.reference.terms import parse_term

Mode = Literal[
    "order_class", "modern_apprenticeship", "enterprise_apprenticeship", "internship", "recruitment"
]
Listed = list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), PLAIN]]


def _mode(value: object) -> object:
    """The code of a mode given in Chinese, under any of its names; anything else as it is."""
    return next((code for code, names in MODE_NAMES.items() if value and value in names), value)


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
                },
                {
                    "enterprise": "示例企业",
                    "title": "数控加工学徒",
                    "heads_low": 20,
                    "heads_high": 30,
                    "level": "higher_vocational",
                    "mode": "modern_apprenticeship",
                    "start_term": "2099-autumn",
                    "skills": ["数控编程"],
                    "certificates": ["数控车铣加工"],
                    "teachers": 3,
                    "stipend": 1500,
                    "jobs_guaranteed": 20,
                    "partner_schools": ["4131010856"],
                    "simulated": True,
                },
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
    heads_low: int | None = Field(
        None, ge=1, le=10_000, description="人数为一个范围时的下限，与上限一起填写。Least heads."
    )
    heads_high: int | None = Field(
        None, ge=1, le=10_000, validate_default=True, description="人数为一个范围时的上限。Most heads."
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
    start_term: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), PLAIN] | None = Field(
        None,
        validate_default=True,
        description="开始学期，如 2028-09、2028年秋季、2028-2029学年第1学期；不能已经过去。Start term.",
    )
    class_size_min: int | None = Field(None, ge=1, le=1000, description="最小开班人数")
    skills: Listed = Field([], max_length=50, description="要求的技能。Skills.")
    certificates: Listed = Field([], max_length=50, description="要求的证书，如 1+X。Certificates.")
    teachers: int | None = Field(None, ge=0, le=1000, description="企业派出的教师 人。Teachers it brings.")
    equipment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PLAIN] = Field(
        "", description="企业提供的设备与场地。Equipment it brings."
    )
    stipend: float | None = Field(None, ge=0, le=100_000, description="学生补贴 元/人·月。Stipend.")
    jobs_guaranteed: int | None = Field(None, ge=0, le=10_000, description="承诺录用 人。Jobs guaranteed.")
    partner_schools: list[SchoolCode] = Field(
        [], max_length=50, description="愿意优先合作的院校，代码或校名。Schools preferred."
    )
    excluded_schools: list[SchoolCode] = Field(
        [], max_length=50, description="不合作的院校，代码或校名。Schools not wanted."
    )
    simulated: bool = Field(False, description="是否为演示用的模拟需求。Whether it is made up.")

    @field_validator("heads_high")
    @classmethod
    def whole_range(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "heads_low" not in info.data:
            return value
        low = info.data["heads_low"]
        if (low is None) != (value is None):
            raise refused("heads_range", "人数的范围缺少一端", "请同时填写 heads_low 与 heads_high")
        if low is not None and value is not None and low > value:
            raise refused("heads_range", f"人数的下限 {low} 大于上限 {value}", "请核对两个数")
        if value is not None and info.data.get("heads") is not None:
            raise refused("heads_range", "人数与人数的范围只能填一种", "请去掉 heads，或去掉范围")
        return value

    @field_validator("start_term")
    @classmethod
    def term_to_come(cls, value: str | None, info: ValidationInfo) -> str | None:
        year = info.data.get("start_year")
        if value is None and year is None:
            return value
        try:
            term = parse_term(value or str(year))
        except InvalidCodeError as error:
            raise refused("start_term", error.message, error.remedy) from error
        if year is not None and term.year != year:
            raise refused("start_term", f"开始学期 {term.label}不在开始年份 {year}", "请核对，或只填一项")
        today = now().date()
        if term.is_past(today):
            said = f"开始学期 {term.label}已经过去（今天是 {today.isoformat()}）"
            raise refused("past_term", said, "请填写以后的学期")
        return str(term) if value is not None else None

    @field_validator("jobs_guaranteed")
    @classmethod
    def not_more_jobs_than_heads(cls, value: int | None, info: ValidationInfo) -> int | None:
        heads = info.data.get("heads_high") or info.data.get("heads")
        if value is not None and heads is not None and value > heads:
            raise refused("jobs_above_heads", f"承诺录用 {value} 人多于需求 {heads} 人", "请核对两个数")
        return value

    @field_validator("excluded_schools")
    @classmethod
    def not_both(cls, value: list[str], info: ValidationInfo) -> list[str]:
        if both := set(value) & set(info.data.get("partner_schools", ())):
            name = school_name(min(both))
            raise refused("wishes_disagree", f"{name}既是合作院校，又被排除", "请只留一处")
        return value

    @field_validator("class_size_min")
    @classmethod
    def not_above_heads(cls, value: int | None, info: ValidationInfo) -> int | None:
        heads = info.data.get("heads_high") or info.data.get("heads")
        if value is not None and heads is not None and value > heads:
            raise refused(
                "class_above_heads",
                f"最小开班人数 {value} 大于需求人数 {heads}，这个班永远开不成",
                "请增加 heads 或减小 class_size_min",
            )
        return value

    def as_row(self) -> dict[str, Any]:
        """The posting by the column names of the kind `postings`, without what is not given."""
        apart = {"simulated", "heads_low", "heads_high", "start_term"}
        row = self.model_dump(exclude_none=True, exclude=apart)
        row = {name: value for name, value in row.items() if value not in ([], "") or name == "description"}
        if self.heads_low is not None:
            row["heads"] = f"{self.heads_low}-{self.heads_high}"
        if self.start_term is not None:
            row["start_year"] = self.start_term
        return row
