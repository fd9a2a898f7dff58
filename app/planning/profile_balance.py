"""What a profile says of supply, demand, their allocation and how uncertain they are."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from app.planning.profile_values import Count, Levels, Number, Part, Positive, Share, Words


class OverlapRule(Part):
    value: Literal["larger", "add"]
    source: str = Field(min_length=2)


class LevelRates(Part):
    """Rates of one level used where the data have none, each 0-1."""

    registration: Share
    completion: Share
    destination: Share
    further_study: Share
    retention: Share


class Supply(Part):
    rates: dict[Levels, LevelRates]
    years: dict[Levels, Positive]
    """Years of schooling 学制 of each level."""
    year_known_share: Share
    """Share of the seats of a school's largest plan at a level from which the plan of another year is known."""
    already_planned: dict[Levels, Share] = Field(default_factory=dict)
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


class Demand(Part):
    year: Positive
    """The year that is planned for."""
    regional_share: Share
    """Share of a national figure that falls to the region."""
    figure_spread_years: Positive
    """Years over which a published gap is to be closed."""
    figure_max_age: Count
    """Figures for a year more than this before the planned one are left out."""
    posting_weight: Count
    """Heads of demand that one head in a posting stands for."""
    source_priority: Words
    """Words in the names of sources, the most trusted first; a source that holds none of them comes last."""
    overlap: OverlapRule
    """What a forecast by occupation and one by industry have in common: the larger of both, or added."""
    posting_similarity: Share
    """Jaccard similarity of the texts of two postings of one enterprise and title from which they are one."""
    posting_heads_tolerance: Share
    """Share of the heads by which two such postings may differ."""
    staffing_strength: Positive
    """Postings that weigh as much as what is known of the industry above."""
    staffing_match_weight: Share
    """What a posting whose occupation was matched counts beside one that names it."""
    staffing_occupations: Count
    """Occupations that are told apart in the demand of one industry."""
    staffing_min_share: Share
    """Share of an industry's demand below which an occupation is not told apart."""


class Allocation(Part):
    fit_floor: Annotated[Number, Field()]
    """Fit below which a program does not train for a demand; also the fit of staying unmet."""
    temperature: Positive
    """Entropy of the transport: small sends heads to the best fits only."""
    supply_pull: Share
    """0: fit alone divides demand; towards 1: in proportion to supply."""

    @model_validator(mode="after")
    def _floor(self) -> "Allocation":
        if not 0 < self.fit_floor.value < 1:
            raise ValueError("fit_floor 应在 0 与 1 之间")
        if self.supply_pull.value >= 1:
            raise ValueError("supply_pull 应小于 1，否则分配不收敛")
        return self


class Draws(Number):
    value: float = Field(strict=True, ge=200, le=10_000)


class Range(Number):
    value: float = Field(strict=True, gt=0, lt=1)


class Uncertainty(Part):
    """How far the inputs of a balance may be wrong; spreads are standard deviations. See uncertainty.py."""

    draws: Draws
    range_share: Range
    """Probability 0-1 that the truth lies between low and high of a forecast: 0.8 means that they are P10 and P90."""
    source_correlation: Share
    """Correlation of the errors of forecasts of one batch."""
    forecast_spread: Count
    """Of the log of a forecast that gives no range."""
    posting_spread: Count
    """Of the log of a posting's heads."""
    figure_spread: Count
    """Of the log of the regional share of published figures."""
    fit_spread: Count
    """Of the log of the fit of one target with one program."""
    program_spread: Count
    """Of the log of all fits of one program together."""
    rate_spread_data: Count
    """Of the logit of a rate that the data give for the offering."""
    rate_spread_stated: Count
    """Of the logit of a rate that the profile states for a level, the same error for all offerings of the level."""
