"""Scenarios 情景: a what-if question as a checked description. What it does to a run stands in scenario_effects.py."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.errors import InvalidInputError
from app.planning.scenario_codes import (
    Code,
    DistrictCode,
    GroupId,
    IndustryCode,
    LevelCode,
    OccupationCode,
    SchoolCode,
    reference_of,
)
from app.reference import Reference
from app.reference.levels import Level

KEY = "scenario"
"""What stands before the name in the batch ids of figures that a scenario brought: `scenario:NAME`."""
MOST = 200
RATES = {
    "registration": "报到率",
    "completion": "毕业率",
    "destination": "去向落实率",
    "further_study": "升学率",
    "retention": "留沪率",
}
Factor = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Finite = Annotated[float, Field(strict=True, ge=-1e6, le=1e6, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfProgram(_Part):
    """Which offerings an entry is about: all that agree with every member given."""

    school: SchoolCode | None = None
    level: LevelCode | None = None
    program: Code | None = Field(None, description="专业代码，与 level 一起给出")
    program_class: Code | None = Field(None, alias="class", description="专业类代码，与 level 一起给出")

    @model_validator(mode="after")
    def _of_the_catalogue(self, info: ValidationInfo) -> "OfProgram":
        programs = reference_of(info).programs
        if (self.program or self.program_class) and self.level is None:
            raise ValueError("专业和专业类要与层次（level）一起给出：同样的代码在不同层次可能是不同的专业")
        if self.program and programs.find(self.level or "", self.program) is None:
            label = Level(self.level or "").label
            raise ValueError(f"专业目录（{label}）中没有代码 {self.program}，请核对层次与代码")
        if self.program_class and self.program_class not in programs.classes(self.level or ""):
            label = Level(self.level or "").label
            raise ValueError(f"专业目录（{label}）中没有专业类 {self.program_class}")
        return self

    def selection(self) -> tuple[object, ...]:
        return (self.school, self.level, self.program, self.program_class)


class DemandChange(_Part):
    """Demand multiplied, or heads added (taken away) 人/年, for all demand that agrees with every member given."""

    industry_group: GroupId | None = None
    industries: tuple[IndustryCode, ...] = Field(
        (), max_length=50, description="行业，含其下各级；小类按所属中类"
    )
    occupations: tuple[OccupationCode, ...] = Field((), max_length=50)
    level: LevelCode | None = None
    district: DistrictCode | None = Field(None, description="岗位所在的区；预测不分区，不受影响")
    year: int | None = Field(
        None, ge=2000, le=2100, description="所说的年份，须是测算的规划年（profile demand.year）"
    )
    factor: Factor | None = None
    heads: Finite | None = None

    @model_validator(mode="after")
    def _one_change(self) -> "DemandChange":
        _exactly_one(self, "factor", "heads")
        if self.heads is not None and self.heads > 0:
            if not (self.industry_group or self.industries or self.occupations):
                raise ValueError("增加的人数要写明行业或职业")
            if len(self.occupations) > 1:
                raise ValueError("增加人数时职业只能写一个，其余请另写一条")
            if self.district:
                raise ValueError("增加的人数不分区，请去掉 district，或改用 factor")
        return self

    def selection(self) -> tuple[object, ...]:
        industries = tuple(sorted(self.industries))
        return (self.industry_group, industries, tuple(sorted(self.occupations)), self.level, self.district)


class RateChange(OfProgram):
    """One rate moved by points (5 = 5 个百分点) or multiplied; the outcome stays between 0 and 1."""

    rate: Literal["registration", "completion", "destination", "further_study", "retention"]
    points: Annotated[float, Field(strict=True, ge=-100, le=100, allow_inf_nan=False)] | None = None
    factor: Factor | None = None

    @model_validator(mode="after")
    def _one_change(self) -> "RateChange":
        _exactly_one(self, "points", "factor")
        return self

    def selection(self) -> tuple[object, ...]:
        return (self.rate, *super().selection())


class SeatChange(OfProgram):
    """Seats of existing offerings multiplied, or so many added to (taken from) each of them, 人/年."""

    factor: Factor | None = None
    seats: Finite | None = None

    @model_validator(mode="after")
    def _one_change(self) -> "SeatChange":
        _exactly_one(self, "factor", "seats")
        return self


class NewProgram(_Part):
    """A program at a new campus with its seats 人/年."""

    level: LevelCode
    program: Code
    seats: Annotated[float, Field(strict=True, gt=0, le=100_000, allow_inf_nan=False)]

    @field_validator("program")
    @classmethod
    def _of_the_catalogue(cls, value: str, info: ValidationInfo) -> str:
        level = info.data.get("level")
        if level is not None and reference_of(info).programs.find(level, value) is None:
            raise ValueError(f"专业目录（{Level(level).label}）中没有代码 {value}，请核对层次与代码")
        return value


class Campus(_Part):
    """A new campus, or new programs at a school; they count where `from_year` is not after the planned year."""

    school: SchoolCode
    campus: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    district: DistrictCode
    from_year: int = Field(ge=2000, le=2100)
    programs: tuple[NewProgram, ...] = Field(min_length=1, max_length=MOST)

    @model_validator(mode="after")
    def _each_once(self) -> "Campus":
        _each_once("programs", [(each.level, each.program) for each in self.programs])
        return self


def _plain_name(value: str) -> str:
    if not value.replace("-", "").replace("_", "").isalnum():
        raise ValueError("名称只能用文字、数字、- 和 _")
    return value


class Scenario(_Part):
    """A what-if question. Entries are applied in the order given; those that overlap add to each other."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
        AfterValidator(_plain_name),
    ]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    demand: tuple[DemandChange, ...] = Field((), max_length=MOST)
    rates: tuple[RateChange, ...] = Field((), max_length=MOST)
    seats: tuple[SeatChange, ...] = Field((), max_length=MOST)
    campuses: tuple[Campus, ...] = Field((), max_length=MOST)
    profile: dict[str, Annotated[float, Field(strict=True, allow_inf_nan=False)]] = Field(
        {}, max_length=MOST, description="政策参数，如 {'actions.expand_below': 0.85}"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        if not (self.demand or self.rates or self.seats or self.campuses or self.profile):
            raise ValueError("情景没有任何调整，请至少写一条 demand、rates、seats、campuses 或 profile")
        for part in ("demand", "rates", "seats"):
            _each_once(part, [entry.selection() for entry in getattr(self, part)])
        _each_once(
            "campuses",
            [(c.school, each.level, each.program) for c in self.campuses for each in c.programs],
        )
        if self.rates and any(key.startswith("supply.rates.") for key in self.profile):
            raise ValueError("比率既在 rates 又在 profile 的 supply.rates 中调整，请只用其中一种")
        return self

    @property
    def key(self) -> str:
        """The batch id of figures that it brought."""
        return f"{KEY}:{self.name}"

    @property
    def definition(self) -> dict[str, Any]:
        """All that was said, with official codes, as it is stored and served."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)

    @property
    def digest(self) -> str:
        """SHA-256 of the definition."""
        return hashlib.sha256(
            json.dumps(self.definition, sort_keys=True, ensure_ascii=False).encode()
        ).hexdigest()


def _exactly_one(part: BaseModel, one: str, other: str) -> None:
    given = [name for name in (one, other) if getattr(part, name) is not None]
    if len(given) != 1:
        raise ValueError(f"{one} 与 {other} " + ("只能给出一个" if given else "要给出一个"))


def _each_once(part: str, keys: list[Any]) -> None:
    repeated = {key: place for place, key in enumerate(keys) if key in keys[:place]}
    if repeated:
        places = "、".join(str(place + 1) for place in repeated.values())
        raise ValueError(f"{part} 的第 {places} 条与前面的一条对象相同，互相矛盾，请合并为一条")


def parse_scenario(data: Mapping[str, Any], reference: Reference) -> Scenario:
    """Check a scenario read from TOML or JSON and bring its codes to official form.

    Raises InvalidInputError naming every member that is missing, unknown or wrong, and what to do about it.
    """
    try:
        return Scenario.model_validate(data, context={"reference": reference})
    except ValidationError as error:
        faults = "；".join(f"{_place(fault['loc'])}：{_said(fault)}" for fault in error.errors())
        raise InvalidInputError(
            f"情景不合要求：{faults}", remedy="写法见 docs/concepts.md，例子在 app/data/scenarios"
        ) from error


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path) or "整体"


_IN_WORDS = {
    "missing": "缺少",
    "extra_forbidden": "没有这一项",
    "float_type": "不是数字",
    "int_type": "不是整数",
    "int_parsing": "不是整数",
    "string_type": "不是文字",
    "tuple_type": "不是列表",
    "model_type": "不是表",
    "dict_type": "不是表",
    "finite_number": "不是有限的数",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "要大于 {gt}",
    "string_too_short": "不能为空",
    "string_too_long": "最多 {max_length} 个字符",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "literal_error": "只能是 {expected} 之一",
}


def _said(fault: Any) -> str:
    words = _IN_WORDS.get(fault["type"])
    return (
        words.format_map(fault.get("ctx", {})) if words else str(fault["msg"]).removeprefix("Value error, ")
    )
