"""Rows of demand as they come in, and the cells of heads per year that they become."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """Heads per year 人/年 by industry, occupation, level, region and year, in any mix."""

    industry_code: str | None
    occupation_code: str | None
    level: str | None
    region: str
    year: int
    low: float
    central: float
    high: float
    source: str
    batch_id: str
    row: int
    simulated: bool
    growth: float | None = None
    """Of `central`, the heads that new work brings; negative where work shrinks. None where the source tells no parts."""
    replacement: float | None = None
    """Of `central`, the heads that replace people who leave."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A published figure; `measure` says what it counts, only a `gap` is demand."""

    item: str
    indicator: str
    measure: str
    region: str
    year: int
    low: float | None
    central: float | None
    high: float | None
    industry_codes: tuple[str, ...]
    occupation_codes: tuple[str, ...]
    source: str
    batch_id: str
    row: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class PostingRow:
    id: str
    title: str
    level: str | None
    heads: int
    mode: str
    district_code: str | None
    industry_code: str | None
    occupation_code: str | None
    enterprise: str
    class_size_min: int | None
    batch_id: str
    row: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Staffing:
    """By which share an industry's demand came to an occupation (see staffing.py)."""

    share: float
    """0-1 of the heads of the record."""
    own: float
    """0-1 of that share that rests on postings of the industry itself; the rest is that of the industries above."""
    postings: int
    """Postings of the industry that were seen."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class DemandCell:
    """Heads per year asked for by one record, or a part of it; `low ≤ central ≤ high`."""

    key: str
    kind: str
    """forecast, figure or posting."""
    industry_codes: tuple[str, ...]
    occupation_code: str | None
    posting_id: str | None
    level: str | None
    low: float
    central: float
    high: float
    source: str
    batch_id: str
    row: int
    simulated: bool
    district_code: str | None = None
    """None: the whole region."""
    growth_share: float | None = None
    """Growth / (growth + replacement) of the record; negative where work shrinks; None where it tells no parts."""
    staffing: Staffing | None = None
    """Set where the occupation comes from the staffing pattern and not from the record."""
    record: str = ""
    """Key of the cell this is a part of; empty where it is whole. Parts of one record err together."""
