"""Profiles 政策参数: the thresholds and weights of one jurisdiction. Every number states where it comes from."""

import hashlib
import itertools
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.errors import ProfileError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Number(_Part):
    """A number with its source: a document and its passage, or `assumption`."""

    value: float = Field(strict=True, allow_inf_nan=False)
    source: str = Field(min_length=2)


class _Share(Number):
    value: float = Field(strict=True, ge=0, le=1)


class _Positive(Number):
    value: float = Field(strict=True, gt=0, allow_inf_nan=False)


class _Count(Number):
    value: float = Field(strict=True, ge=0, allow_inf_nan=False)


class _PositiveShare(Number):
    value: float = Field(strict=True, gt=0, le=1)


class Words(_Part):
    """A list of words or codes with its source."""

    value: tuple[str, ...]
    source: str = Field(min_length=2)


class _OverlapRule(_Part):
    value: Literal["larger", "add"]
    source: str = Field(min_length=2)


class LevelRates(_Part):
    """Rates of one level used where the data have none, each 0-1."""

    registration: _Share
    completion: _Share
    destination: _Share
    further_study: _Share
    retention: _Share


Levels = Literal[
    "secondary_vocational", "higher_vocational", "vocational_bachelor", "bachelor", "postgraduate"
]


class Supply(_Part):
    rates: dict[Levels, LevelRates]
    years: dict[Levels, _Positive]
    """Years of schooling 学制 of each level."""
    already_planned: dict[Levels, _Share] = {}
    """Share of those who come from the level below that the plans of a level hold already; 1 where not stated."""

    @model_validator(mode="after")
    def _complete(self) -> "Supply":
        missing = {"secondary_vocational", "higher_vocational", "vocational_bachelor", "bachelor"} - set(
            self.rates
        )
        if missing:
            raise ValueError(f"缺少层次 {'、'.join(sorted(missing))} 的比率")
        if missing := set(get_args(Levels)) - set(self.years):
            raise ValueError(f"缺少层次 {'、'.join(sorted(missing))} 的学制年数 years")
        return self


class Demand(_Part):
    year: _Positive
    """The year that is planned for."""
    regional_share: _Share
    """Share of a national figure that falls to the region."""
    figure_spread_years: _Positive
    """Years over which a published gap is to be closed."""
    figure_max_age: _Count
    """Figures for a year more than this before the planned one are left out."""
    posting_weight: _Count
    """Heads of demand that one head in a posting stands for."""
    source_priority: Words
    """Words in the names of sources, the most trusted first; a source that holds none of them comes last."""
    overlap: _OverlapRule
    """What a forecast by occupation and one by industry have in common: the larger of both, or added."""
    posting_similarity: _Share
    """Jaccard similarity of the texts of two postings of one enterprise and title from which they are one."""
    posting_heads_tolerance: _Share
    """Share of the heads by which two such postings may differ."""
    staffing_strength: _Positive
    """Postings that weigh as much as what is known of the industry above."""
    staffing_match_weight: _Share
    """What a posting whose occupation was matched counts beside one that names it."""
    staffing_occupations: _Count
    """Occupations that are told apart in the demand of one industry."""
    staffing_min_share: _Share
    """Share of an industry's demand below which an occupation is not told apart."""


class Allocation(_Part):
    fit_floor: Annotated[Number, Field()]
    """Fit below which a program does not train for a demand; also the fit of staying unmet."""
    temperature: _Positive
    """Entropy of the transport: small sends heads to the best fits only."""
    supply_pull: _Share
    """0: fit alone divides demand; towards 1: in proportion to supply."""

    @model_validator(mode="after")
    def _floor(self) -> "Allocation":
        if not 0 < self.fit_floor.value < 1:
            raise ValueError("fit_floor 应在 0 与 1 之间")
        if self.supply_pull.value >= 1:
            raise ValueError("supply_pull 应小于 1，否则分配不收敛")
        return self


class Actions(_Part):
    evidence_min_heads: _Count
    """Demand below this many heads a year is no evidence to act on."""
    evidence_fit: _Share
    """Mean fit of a program's demand below which that demand says too little about it to act on."""
    evidence_forecast_share: _Share
    """Least share of a program's demand that forecasts and figures must bring before anything is cut."""
    evidence_coverage: _Share
    """Least share of a program's field that forecasts and figures must speak of before anything is cut."""
    supply_known_share: _Share
    """Least share of a program's offerings whose seats must be known before anything is added."""
    expand_below: _Positive
    """Supply/demand ratio below which a program is short."""
    shrink_above: _Positive
    suspend_above: _Positive
    close_above: _Positive
    yearly_change: _Share
    """Largest change of an offering's seats in a year."""
    seat_step: _Positive
    core_share: _Share
    """Share of a school's seats at a level above which an offering is its core: it is shrunk, not closed."""
    duplication_limit: _Count
    """Offerings of one program beyond which none is opened."""
    low_percentile: _Share
    """Lowest share of destination rates that counts as low."""
    low_years: _Count
    matched_low: _Share
    registration_low: _Share
    """Registration rate below which more seats would stay empty."""
    open_min_gap: _Count
    open_seats: _Positive
    open_siblings: _Count
    """Offerings of the same class a school must have to open a program."""
    open_per_school: _Count
    open_per_program: _Count
    favoured_tolerance: _Positive
    """Factor, 1 at least, by which the shrink, suspend and close limits are raised for favoured groups."""

    @model_validator(mode="after")
    def _ordered(self) -> "Actions":
        names = ("expand_below", "shrink_above", "suspend_above", "close_above")
        for lower, upper in itertools.pairwise(names):
            if getattr(self, lower).value > getattr(self, upper).value:
                raise ValueError(f"{lower} 不应大于 {upper}")
        if self.favoured_tolerance.value < 1:
            raise ValueError("favoured_tolerance 不应小于 1")
        return self


class Limits(_Part):
    """Limits of cities and provinces on offerings by their numbers alone; one that is not stated does not apply."""

    no_enrolment_years: _Count | None = None
    """Successive years without entrants after which an offering is closed."""
    min_enrolment: dict[Levels, _Count] = {}
    """Entrants of a level below which an offering is too small …"""
    min_enrolment_years: _Count | None = None
    """… and successive years of it after which it is suspended."""
    year_known_share: _Share | None = None
    """Share of a school's largest plan at a level that a year's plan must reach for its entrants to be judged."""
    low_suspend_years: _Count | None = None
    """Successive years among the lowest destination rates after which an offering is suspended, not shrunk."""
    open_max_schools: dict[Levels, _Count] = {}
    """Schools that may have a program; where more have it, it is not opened."""
    open_max_district_share: dict[Levels, _Share] = {}
    """Share of a district's schools of the level; where more have a program, it is not opened there."""
    mean_enrolment: dict[Levels, _Positive] = {}
    """Students per program of a school on average: students / this is the most programs it may have."""
    max_programs: dict[Levels, _Count] = {}
    """Programs a school may have at a level …"""
    max_classes: dict[Levels, _Count] = {}
    """… and classes 专业类 they may belong to."""
    open_per_new_school: _Count | None = None
    """Programs a new school may open in a year, instead of `actions.open_per_school`."""
    new_schools: Words | None = None
    """Codes of the schools that count as new."""
    crowded_schools: dict[Levels, _Count] = {}
    """Schools from which a program is at too many …"""
    crowded_low_years: _Count | None = None
    """… if its destination rate was among the lowest of the level's programs for so many years: not opened, and cut."""
    adjusted_share: dict[Levels, _Share] = {}
    """Share of offerings that are adjusted: a yardstick for the run's summary, no rule."""

    @model_validator(mode="after")
    def _pairs(self) -> "Limits":
        for one, other in (
            ("min_enrolment", "min_enrolment_years"),
            ("crowded_schools", "crowded_low_years"),
            ("open_per_new_school", "new_schools"),
        ):
            if bool(getattr(self, one)) != bool(getattr(self, other)):
                raise ValueError(f"{one} 与 {other} 应同时给出")
        if (self.min_enrolment or self.no_enrolment_years) and self.year_known_share is None:
            raise ValueError("有关招生人数的限制需要 year_known_share")
        return self


class WarningList(_Part):
    """Signs of the programs a city warns of every year, and what follows from them."""

    schools: _Count
    """Offerings from which a program counts as set up at many schools."""
    first_choice_low: _Share
    """Share of entrants admitted on their first choice below which few chose it first …"""
    adjusted_high: _Share
    """… and share assigned from other choices 调剂 above which many did not."""
    signing_low: _Share
    """Share of graduates who signed a contract 签约率 below which it is low."""
    years: _Count
    """Successive years for which the rates must be so."""
    control_signs: _Count
    """Signs, of three, from which enrolment is controlled (shrunk, never expanded) …"""
    suspend_signs: _Count
    """… and from which it is suspended."""


class Readiness(_Part):
    """Weights of the parts of a school's readiness to open a program, and where two of them are full or nothing."""

    siblings: _Count
    need: _Count
    duplication: _Count
    distance: _Count
    teachers: _Count
    bases: _Count
    siblings_full: _Positive
    """Offerings of the class that make a full score."""
    distance_far: _Positive
    """km to the nearest area of the program's industries from which the score is 0."""
    teachers_full: _PositiveShare
    """Share of dual-qualified teachers that makes a full score."""
    per_school: _Count
    """Candidates kept of each school, the best first."""


class _Draws(Number):
    value: float = Field(strict=True, ge=200, le=10_000)


class _Range(Number):
    value: float = Field(strict=True, gt=0, lt=1)


class Uncertainty(_Part):
    """How far the inputs of a balance may be wrong; spreads are standard deviations. See uncertainty.py."""

    draws: _Draws
    range_share: _Range
    """Probability 0-1 that the truth lies between low and high of a forecast: 0.8 means that they are P10 and P90."""
    source_correlation: _Share
    """Correlation of the errors of forecasts of one batch."""
    forecast_spread: _Count
    """Of the log of a forecast that gives no range."""
    posting_spread: _Count
    """Of the log of a posting's heads."""
    figure_spread: _Count
    """Of the log of the regional share of published figures."""
    fit_spread: _Count
    """Of the log of the fit of one target with one program."""
    program_spread: _Count
    """Of the log of all fits of one program together."""
    rate_spread_data: _Count
    """Of the logit of a rate that the data give for the offering."""
    rate_spread_stated: _Count
    """Of the logit of a rate that the profile states for a level, the same error for all offerings of the level."""


class Portfolio(_Part):
    """Weights, costs and yearly limits of the set of changes chosen together; see portfolio.py. Costs count in heads
    of demand left unmet for a year; money is in 万元."""

    unmet_weight: _Positive
    """Cost of a head of demand that stays unmet."""
    favoured_weight: _Positive
    """Factor, 1 at least, on it for favoured and protected groups."""
    surplus_weight: _Count
    """Cost of a graduate whom no demand asks for."""
    pooled_weight: _Count
    """Cost of a head of demand that a graduate of another program of the class meets."""
    pooled_share: _Share
    """Largest share of a program's demand that graduates of other programs of its class may meet."""
    outcome_weight: _Count
    """Cost of a graduate without (matched) employment where the rules find outcomes poor."""
    upgrade_share: _Share
    """Share of an offering's graduates that an upgrade turns, or of its poor outcomes that it mends, in a year."""
    expand_cost: _Count
    shrink_cost: _Count
    upgrade_cost: _Count
    suspend_cost: _Count
    close_cost: _Count
    open_cost: _Count
    """Cost of each such change, whatever its size."""
    seat_cost: _Count
    """Cost of each seat added or taken away."""
    open_classes: _Positive
    """Most classes of `actions.open_seats` seats that an opening may begin with."""
    changed_per_school: _Count
    """Most offerings of a school that change in a year, openings among them."""
    changed_share_most: _Share
    changed_share_least: _Share
    """Most and least share of the offerings with known seats that change in a year."""
    seats_up_share: _Share
    seats_down_share: _Share
    """Most seats added and taken away in a year, as shares of all known seats."""
    seats_up_least: _Count
    """Seats 人/年 that must be added in a year."""
    seat_price: _Count
    open_price: _Count
    close_price: _Count
    """Money 万元 for each seat added, each opening, each closing or suspension."""
    budget: _Count
    """Money 万元 for all changes of a year."""

    @model_validator(mode="after")
    def _consistent(self) -> "Portfolio":
        if self.favoured_weight.value < 1:
            raise ValueError("favoured_weight 不应小于 1")
        if self.changed_share_least.value > self.changed_share_most.value:
            raise ValueError("changed_share_least 不应大于 changed_share_most")
        if self.pooled_weight.value < self.unmet_weight.value * (self.favoured_weight.value - 1):
            raise ValueError(
                "pooled_weight 不应小于 unmet_weight × (favoured_weight − 1)，否则会为重点专业调走别的专业所需的毕业生"
            )
        return self


class Placement(_Part):
    class_size_min: _Positive
    class_size_max: _Positive
    fit_floor: _Share
    unmet_weight: _Positive
    fit_weight: _Count
    distance_weight: _Count
    """Cost per head and 10 km."""
    seat_share: _Share
    """Largest share of an offering's seats that order classes may take."""
    partnership_weight: _Count
    """What an existing partnership of full strength saves per head …"""
    preference_weight: _Count
    """… and the wish of the enterprise for the school, or of the school for the enterprise, each."""
    enterprise_share: _Share
    """Most of an offering's seats that one enterprise may hold while another lacks a class there."""
    priority_certified: _Positive
    priority_cultivated: _Positive
    """Factors, 1 at least, on the cost of unmet heads of integration enterprises 产教融合型企业: certified, in the making."""
    priority_focus: _Positive
    """The same for postings in the industries of favoured groups."""

    @model_validator(mode="after")
    def _priorities(self) -> "Placement":
        for name in ("priority_certified", "priority_cultivated", "priority_focus"):
            if getattr(self, name).value < 1:
                raise ValueError(f"{name} 不应小于 1")
        return self

    @model_validator(mode="after")
    def _sizes(self) -> "Placement":
        if self.class_size_min.value > self.class_size_max.value:
            raise ValueError("class_size_min 不应大于 class_size_max")
        return self


class _Recruiters(_Part):
    value: Literal["school", "enterprise", "both"]
    source: str = Field(min_length=2)


class _YesNo(_Part):
    value: bool = Field(strict=True)
    source: str = Field(min_length=2)


class OrderClassMode(_Part):
    """Rules of one mode 培养方式; see order_class_modes.py."""

    recruits: _Recruiters
    """Who chooses the students."""
    placed: _YesNo
    """Whether classes are placed for it; recruiting opens none."""
    takes_seats: _YesNo
    """Whether its students hold seats of the intake; interns are there already, and apprentices of a firm its staff."""
    levels: Words
    """Levels of the offerings that may run it."""
    class_size_min: _Positive
    class_size_max: _Positive
    students_per_enterprise_teacher: _Count
    """Students whom one teacher of the enterprise may guide; 0 where none is needed."""
    school_teachers_per_class: _Count
    """Teachers of the school that a class needs, less those the enterprise brings."""
    staff_share: _Share | None = None
    """Most students as a share of the enterprise's staff."""
    places_per_student: _Count | None = None
    """Workplaces the enterprise offers for each student at least."""

    @model_validator(mode="after")
    def _sizes(self) -> "OrderClassMode":
        if self.class_size_min.value > self.class_size_max.value:
            raise ValueError("class_size_min 不应大于 class_size_max")
        if unknown := set(self.levels.value) - set(get_args(Levels)):
            raise ValueError(f"levels 有不认识的层次 {'、'.join(sorted(unknown))}")
        return self


class OrderClasses(_Part):
    order_class: OrderClassMode
    modern_apprenticeship: OrderClassMode
    enterprise_apprenticeship: OrderClassMode
    internship: OrderClassMode
    recruitment: OrderClassMode


class Pathways(_Part):
    target_secondary_higher: _Count
    target_secondary_bachelor: _Count
    target_higher_bachelor: _Count
    target_apprenticeships: _Count
    apprenticeships_per_posting: _Positive
    """Offerings kept as candidates for a modern apprenticeship with one posting."""
    per_program: _Positive


class Review(_Part):
    """How long the decisions of reviewers hold."""

    figure_change: _Positive
    """Relative change of a program's demand or supply above which a rejected action may be proposed again."""


class Profile(_Part):
    """All rules of one jurisdiction."""

    name: str
    title: str
    version: str = Field(pattern=r"^\d+(\.\d+)*$")
    """Of the rules, as their keeper counts: a change of numbers is a new version; the digest tells any change."""
    region: str = Field(pattern=r"^\d{6}$")
    favoured_groups: tuple[str, ...]
    protected_groups: tuple[str, ...]
    supply: Supply
    demand: Demand
    allocation: Allocation
    uncertainty: Uncertainty
    actions: Actions
    portfolio: Portfolio
    readiness: Readiness
    limits: Limits = Limits()
    warning_list: WarningList | None = None
    placement: Placement
    order_classes: OrderClasses
    pathways: Pathways
    review: Review

    @property
    def digest(self) -> str:
        """SHA-256 of all values and sources."""
        return hashlib.sha256(
            json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False).encode()
        ).hexdigest()


def parse_profile(data: Mapping[str, Any]) -> Profile:
    """Check a profile read from TOML. Raises ProfileError naming every key that is missing, unknown or wrong."""
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        faults = "；".join(
            f"{'.'.join(map(str, fault['loc'])) or '整体'}：{_IN_WORDS.get(fault['type'], fault['msg'].removeprefix('Value error, '))}"
            for fault in error.errors()
        )
        raise ProfileError(
            f"政策参数不合要求：{faults}", remedy="请对照 app/data/profiles/shanghai.toml 修改"
        ) from error


_IN_WORDS = {
    "missing": "缺少",
    "extra_forbidden": "没有这个参数",
    "float_type": "不是数字",
    "string_type": "不是文字",
    "model_type": "应为 { value = …, source = … }",
    "dict_type": "应为一张表",
    "tuple_type": "应为列表",
}
