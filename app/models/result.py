"""Results of a run: written once under the run's id, read by everything that serves."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.models.base import Base


class OfRun:
    """Columns of every result row."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)

    @declared_attr
    @classmethod
    def run_id(cls) -> Mapped[str]:
        return mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)


class Offering(OfRun, Base):
    """An offering 专业点 with the seats and graduates the run worked with."""

    __tablename__ = "offering"
    __table_args__ = (Index("ix_offering_key", "run_id", "level", "program_code", "school_code"),)

    school_code: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    campus: Mapped[str] = mapped_column(String(100), default="")
    district_code: Mapped[str | None] = mapped_column(String(6))
    district_simulated: Mapped[bool] = mapped_column(default=False)
    year: Mapped[int | None]
    """Year of the plan figures."""
    seats: Mapped[float]
    """Planned seats 人/年 in the plan figures at hand; 0 where only registered."""
    entrants: Mapped[float] = mapped_column(default=0.0)
    """Heads 人/年 that enter from the level below beside the seats."""
    graduates: Mapped[float]
    """Projected graduates entering work in the region 人/年."""
    demand: Mapped[float | None]
    """Heads 人/年 of its program's demand that fall to it; null in runs before they were told, and without supply."""
    rates: Mapped[dict[str, Any]]
    """Each rate used: value, source (data or profile), simulated."""
    cohorts: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """Each known entry year: entry_year, graduation_year, seats, entrants, graduates 人, counted (in `graduates`)."""
    batch_ids: Mapped[list[str]]
    simulated: Mapped[bool] = mapped_column(default=False)


class Fit(OfRun, Base):
    """Fit 适配度 of a program with an industry, an occupation or a posting; the best of each kind are kept."""

    __tablename__ = "fit"
    __table_args__ = (
        Index("ix_fit_program", "run_id", "level", "program_code", "target_kind", "rank"),
        Index("ix_fit_target", "run_id", "target_kind", "target_code", "score"),
    )

    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    target_kind: Mapped[str] = mapped_column(String(12))
    target_code: Mapped[str] = mapped_column(String(36))
    score: Mapped[float]
    rank: Mapped[int]
    explanation: Mapped[dict[str, Any]]


class Balance(OfRun, Base):
    """Supply and demand 供需平衡 of one program (level + code), heads per year."""

    __tablename__ = "balance"
    __table_args__ = (Index("ix_balance_program", "run_id", "level", "program_code"),)

    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    demand_low: Mapped[float]
    demand: Mapped[float]
    demand_high: Mapped[float]
    supply: Mapped[float]
    gap: Mapped[float]
    """demand − supply."""
    gap_p10: Mapped[float | None]
    """The gap that one draw in ten lies below; null in runs before there were draws."""
    gap_p50: Mapped[float | None]
    gap_p90: Mapped[float | None]
    growth: Mapped[float | None]
    """Demand 人/年 that new work brings; null where no record tells growth and replacement apart."""
    replacement: Mapped[float | None]
    ratio: Mapped[float | None]
    """supply / demand; None without demand."""
    offerings: Mapped[int]
    hhi: Mapped[float | None]
    simulated_share: Mapped[float]
    """Share 0-1 of the demand that rests on simulated records."""
    by_year: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """Demand, supply, gap, ratio and known_share of each year that is compared, ascending."""
    evidence: Mapped[list[dict[str, Any]]]


class UnmetDemand(OfRun, Base):
    """Demand that no program at hand trains for."""

    __tablename__ = "unmet_demand"

    cell: Mapped[str] = mapped_column(String(80))
    """Key of the demand cell: forecast, figure or posting it came from."""
    industry_code: Mapped[str | None] = mapped_column(String(5))
    occupation_code: Mapped[str | None] = mapped_column(String(10))
    level: Mapped[str | None] = mapped_column(String(20))
    heads: Mapped[float]
    unmet: Mapped[float]
    simulated: Mapped[bool] = mapped_column(default=False)


class Recommendation(OfRun, Base):
    """An action 调整建议 for an offering, or an opening, with its evidence."""

    __tablename__ = "recommendation"
    __table_args__ = (Index("ix_recommendation_action", "run_id", "action", "priority"),)

    action: Mapped[str] = mapped_column(String(12))
    school_code: Mapped[str] = mapped_column(String(10), index=True)
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    district_code: Mapped[str | None] = mapped_column(String(6))
    industry_codes: Mapped[list[str]]
    """Divisions the program serves best, for filtering."""
    seats_now: Mapped[float]
    seats_proposed: Mapped[float]
    priority: Mapped[float]
    """Higher first."""
    probability: Mapped[float | None]
    """Share 0-1 of the draws in which the action stays right; null where nothing says so."""
    rules: Mapped[list[str]]
    evidence: Mapped[list[dict[str, Any]]]
    flips: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """What would change it, the nearest first: figure, now, then, change, action, text."""
    summary: Mapped[str] = mapped_column(Text)
    simulated: Mapped[bool] = mapped_column(default=False)


class Portfolio(OfRun, Base):
    """The portfolio 整体方案 of a run: the changes chosen together, beside the rules one by one. One row a run."""

    __tablename__ = "portfolio"

    status: Mapped[str] = mapped_column(String(12))
    """optimal, node_limit, infeasible or unsolved."""
    objective: Mapped[float]
    bound: Mapped[float | None]
    lp_bound: Mapped[float | None]
    gap: Mapped[float | None]
    """(objective − bound) / objective; null without a portfolio."""
    sets: Mapped[dict[str, Any]]
    """Totals of the portfolio, the rules, the rules within the limits, and doing nothing."""
    rules_break: Mapped[list[str]]
    limits: Mapped[list[dict[str, Any]]]
    differences: Mapped[list[dict[str, Any]]]
    conflict: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The limits that cannot be kept together; null where they can."""


class OpeningCandidate(OfRun, Base):
    """A program that a school could open 增设, with how ready the school is and what stands against it."""

    __tablename__ = "opening_candidate"
    __table_args__ = (Index("ix_opening_candidate_school", "run_id", "school_code"),)

    school_code: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(20))
    program_code: Mapped[str] = mapped_column(String(10))
    score: Mapped[float]
    """0-1: mean of the known parts of readiness by weight."""
    parts: Mapped[list[dict[str, Any]]]
    barriers: Mapped[list[dict[str, Any]]]
    chosen: Mapped[bool]
    """It is among the openings recommended."""
    simulated: Mapped[bool] = mapped_column(default=False)


class Indicator(OfRun, Base):
    """Indicators 指标 of one group of a grouping; heads and seats per year."""

    __tablename__ = "indicator"
    __table_args__ = (Index("ix_indicator_group", "run_id", "grouping", "level", "code"),)

    grouping: Mapped[str] = mapped_column(String(10))
    """program, class, category, level, district, school or industry."""
    level: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(20))
    """Empty where the group is what names no district or industry."""
    offerings: Mapped[int]
    programs: Mapped[int]
    schools: Mapped[int]
    seats: Mapped[float]
    supply: Mapped[float]
    demand: Mapped[float]
    gap: Mapped[float]
    ratio: Mapped[float | None]
    structural_deviation: Mapped[float | None]
    location_quotient: Mapped[float | None]
    hhi: Mapped[float | None]
    duplication: Mapped[float | None]
    coupling: Mapped[float | None]
    coordination: Mapped[float | None]
    grade: Mapped[str | None] = mapped_column(String(10))
    rates: Mapped[list[dict[str, Any]]]
    """Registration, destination and matched rates of the latest two years, with their percentile."""
    simulated: Mapped[bool] = mapped_column(default=False)


class Pathway(OfRun, Base):
    """A pair of offerings for a pathway 贯通."""

    __tablename__ = "pathway"

    kind: Mapped[str] = mapped_column(String(30))
    """secondary_higher 中高贯通, secondary_bachelor 中本贯通, higher_bachelor 高本贯通."""
    from_school_code: Mapped[str | None] = mapped_column(String(10))
    from_level: Mapped[str] = mapped_column(String(20))
    from_program_code: Mapped[str] = mapped_column(String(10))
    to_school_code: Mapped[str | None] = mapped_column(String(10))
    to_level: Mapped[str] = mapped_column(String(20))
    to_program_code: Mapped[str] = mapped_column(String(10))
    score: Mapped[float]
    distance_km: Mapped[float | None]
    capacity: Mapped[float | None]
    """Heads 人/年 both sides could take: the smaller of their seats; null where one is not known."""
    shared_courses: Mapped[list[str]]
    reasons: Mapped[list[str]]
