"""What a profile says of actions, limits, the warning list, readiness and the portfolio."""

import itertools

from pydantic import Field, model_validator

from app.planning.profile_values import Count, Levels, Part, Positive, PositiveShare, Share, Words


class Actions(Part):
    evidence_min_heads: Count
    """Demand below this many heads a year is no evidence to act on."""
    evidence_fit: Share
    """Mean fit of a program's demand below which that demand says too little about it to act on."""
    evidence_forecast_share: Share
    """Least share of a program's demand that forecasts and figures must bring before anything is cut."""
    evidence_coverage: Share
    """Least share of a program's field that forecasts and figures must speak of before anything is cut."""
    supply_known_share: Share
    """Least share of a program's offerings whose seats must be known before anything is added."""
    expand_below: Positive
    """Supply/demand ratio below which a program is short."""
    shrink_above: Positive
    suspend_above: Positive
    close_above: Positive
    yearly_change: Share
    """Largest change of an offering's seats in a year."""
    seat_step: Positive
    core_share: Share
    """Share of a school's seats at a level above which an offering is its core: it is shrunk, not closed."""
    duplication_limit: Count
    """Offerings of one program beyond which none is opened."""
    low_percentile: Share
    """Lowest share of destination rates that counts as low."""
    low_years: Count
    matched_low: Share
    registration_low: Share
    """Registration rate below which more seats would stay empty."""
    open_min_gap: Count
    open_seats: Positive
    open_siblings: Count
    """Offerings of the same class a school must have to open a program."""
    open_per_school: Count
    open_per_program: Count
    favoured_tolerance: Positive
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


class Limits(Part):
    """Limits of cities and provinces on offerings by their numbers alone; one that is not stated does not apply."""

    no_enrolment_years: Count | None = None
    """Successive years without entrants after which an offering is closed."""
    min_enrolment: dict[Levels, Count] = Field(default_factory=dict)
    """Entrants of a level below which an offering is too small …"""
    min_enrolment_years: Count | None = None
    """… and successive years of it after which it is suspended."""
    year_known_share: Share | None = None
    """Share of a school's largest plan at a level that a year's plan must reach for its entrants to be judged."""
    low_suspend_years: Count | None = None
    """Successive years among the lowest destination rates after which an offering is suspended, not shrunk."""
    open_max_schools: dict[Levels, Count] = Field(default_factory=dict)
    """Schools that may have a program; where more have it, it is not opened."""
    open_max_district_share: dict[Levels, Share] = Field(default_factory=dict)
    """Share of a district's schools of the level; where more have a program, it is not opened there."""
    mean_enrolment: dict[Levels, Positive] = Field(default_factory=dict)
    """Students per program of a school on average: students / this is the most programs it may have."""
    max_programs: dict[Levels, Count] = Field(default_factory=dict)
    """Programs a school may have at a level …"""
    max_classes: dict[Levels, Count] = Field(default_factory=dict)
    """… and classes 专业类 they may belong to."""
    open_per_new_school: Count | None = None
    """Programs a new school may open in a year, instead of `actions.open_per_school`."""
    new_schools: Words | None = None
    """Codes of the schools that count as new."""
    crowded_schools: dict[Levels, Count] = Field(default_factory=dict)
    """Schools from which a program is at too many …"""
    crowded_low_years: Count | None = None
    """… if its destination rate was among the lowest of the level's programs for so many years: not opened, and cut."""
    adjusted_share: dict[Levels, Share] = Field(default_factory=dict)
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


class WarningList(Part):
    """Signs of the programs a city warns of every year, and what follows from them."""

    schools: Count
    """Offerings from which a program counts as set up at many schools."""
    first_choice_low: Share
    """Share of entrants admitted on their first choice below which few chose it first …"""
    adjusted_high: Share
    """… and share assigned from other choices 调剂 above which many did not."""
    signing_low: Share
    """Share of graduates who signed a contract 签约率 below which it is low."""
    years: Count
    """Successive years for which the rates must be so."""
    control_signs: Count
    """Signs, of three, from which enrolment is controlled (shrunk, never expanded) …"""
    suspend_signs: Count
    """… and from which it is suspended."""


class Readiness(Part):
    """Weights of the parts of a school's readiness to open a program, and where two of them are full or nothing."""

    siblings: Count
    need: Count
    duplication: Count
    distance: Count
    teachers: Count
    bases: Count
    siblings_full: Positive
    """Offerings of the class that make a full score."""
    distance_far: Positive
    """km to the nearest area of the program's industries from which the score is 0."""
    teachers_full: PositiveShare
    """Share of dual-qualified teachers that makes a full score."""
    per_school: Count
    """Candidates kept of each school, the best first."""


class Portfolio(Part):
    """Weights, costs and yearly limits of the set of changes chosen together; see portfolio.py. Costs count in heads
    of demand left unmet for a year; money is in 万元."""

    unmet_weight: Positive
    """Cost of a head of demand that stays unmet."""
    favoured_weight: Positive
    """Factor, 1 at least, on it for favoured and protected groups."""
    surplus_weight: Count
    """Cost of a graduate whom no demand asks for."""
    pooled_weight: Count
    """Cost of a head of demand that a graduate of another program of the class meets."""
    pooled_share: Share
    """Largest share of a program's demand that graduates of other programs of its class may meet."""
    outcome_weight: Count
    """Cost of a graduate without (matched) employment where the rules find outcomes poor."""
    upgrade_share: Share
    """Share of an offering's graduates that an upgrade turns, or of its poor outcomes that it mends, in a year."""
    expand_cost: Count
    shrink_cost: Count
    upgrade_cost: Count
    suspend_cost: Count
    close_cost: Count
    open_cost: Count
    """Cost of each such change, whatever its size."""
    seat_cost: Count
    """Cost of each seat added or taken away."""
    open_classes: Positive
    """Most classes of `actions.open_seats` seats that an opening may begin with."""
    changed_per_school: Count
    """Most offerings of a school that change in a year, openings among them."""
    changed_share_most: Share
    changed_share_least: Share
    """Most and least share of the offerings with known seats that change in a year."""
    seats_up_share: Share
    seats_down_share: Share
    """Most seats added and taken away in a year, as shares of all known seats."""
    seats_up_least: Count
    """Seats 人/年 that must be added in a year."""
    seat_price: Count
    open_price: Count
    close_price: Count
    """Money 万元 for each seat added, each opening, each closing or suspension."""
    budget: Count
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
