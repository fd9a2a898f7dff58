"""Profiles 政策参数: the thresholds and weights of one jurisdiction. Every number states where it comes from."""

import hashlib
import itertools
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

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

    @model_validator(mode="after")
    def _complete(self) -> "Supply":
        missing = {"secondary_vocational", "higher_vocational", "vocational_bachelor", "bachelor"} - set(
            self.rates
        )
        if missing:
            raise ValueError(f"缺少层次 {'、'.join(sorted(missing))} 的比率")
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

    @model_validator(mode="after")
    def _sizes(self) -> "Placement":
        if self.class_size_min.value > self.class_size_max.value:
            raise ValueError("class_size_min 不应大于 class_size_max")
        return self


class Pathways(_Part):
    target_secondary_higher: _Count
    target_secondary_bachelor: _Count
    target_higher_bachelor: _Count
    per_program: _Positive


class Review(_Part):
    """How long the decisions of reviewers hold."""

    figure_change: _Positive
    """Relative change of a program's demand or supply above which a rejected action may be proposed again."""


class Profile(_Part):
    """All rules of one jurisdiction."""

    name: str
    title: str
    region: str = Field(pattern=r"^\d{6}$")
    favoured_groups: tuple[str, ...]
    protected_groups: tuple[str, ...]
    supply: Supply
    demand: Demand
    allocation: Allocation
    uncertainty: Uncertainty
    actions: Actions
    placement: Placement
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


_IN_WORDS = {"missing": "缺少", "extra_forbidden": "没有这个参数", "float_type": "不是数字"}
