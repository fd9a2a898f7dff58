"""Demand 需求: forecasts, published figures and postings as cells of heads per year, no head in two cells."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.planning.profile import Profile
from app.planning.warning import Warning

NATION = "100000"


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
class DemandCell:
    """Heads per year asked for by one record; `low ≤ central ≤ high`."""

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


@dataclass(frozen=True, slots=True)
class DemandResult:
    cells: tuple[DemandCell, ...]
    """In a fixed order: postings, forecasts, figures, each by batch and row."""
    warnings: tuple[Warning, ...]


def demand_cells(
    forecasts: Sequence[ForecastRow],
    figures: Sequence[FigureRow],
    postings: Sequence[PostingRow],
    profile: Profile,
) -> DemandResult:
    """All demand of the planned year in the profile's region.

    Rules: a forecast of the region goes before a national figure; of two forecasts of the same thing the later
    batch counts; parts are taken out of totals (a posting out of the forecast or figure of its industry or
    occupation, a group out of its division), so that a head named twice is counted once; a national gap is scaled
    by the stated regional share and spread over the stated years. What is left out is reported.
    """
    warnings: list[Warning] = []
    chosen = _forecasts_of_year(forecasts, profile, warnings)
    cells = [_from_posting(row, profile) for row in postings if row.heads > 0]
    totals = [_from_forecast(row) for row in chosen]
    totals += _from_figures(figures, chosen, profile, warnings)
    cells += _parts_out_of_totals(cells, totals)
    return DemandResult(tuple(cells), tuple(warnings))


def _forecasts_of_year(
    forecasts: Sequence[ForecastRow], profile: Profile, warnings: list[Warning]
) -> list[ForecastRow]:
    regional = [row for row in forecasts if row.region == profile.region]
    if others := len(forecasts) - len(regional):
        warnings.append(
            Warning("other_region", f"{others} 条需求预测不属于本地区（{profile.region}），未计入")
        )
    if not regional:
        return []
    wanted = int(profile.demand.year.value)
    year = min({row.year for row in regional}, key=lambda year: (abs(year - wanted), year))
    if year != wanted:
        warnings.append(Warning("nearest_year", f"没有 {wanted} 年的需求预测，采用最接近的 {year} 年"))
    latest: dict[tuple[str | None, str | None, str | None], ForecastRow] = {}
    for row in sorted((r for r in regional if r.year == year), key=lambda r: (r.batch_id, r.row)):
        key = (row.industry_code, row.occupation_code, row.level)
        if key in latest:
            warnings.append(
                Warning(
                    "repeated_forecast",
                    f"同一需求有两条预测，采用后到的（{row.source}）",
                    (latest[key].batch_id,),
                )
            )
        latest[key] = row
    return list(latest.values())


def _from_posting(row: PostingRow, profile: Profile) -> DemandCell:
    heads = row.heads * profile.demand.posting_weight.value
    return DemandCell(
        key=f"posting:{row.id}",
        kind="posting",
        industry_codes=(row.industry_code,) if row.industry_code else (),
        occupation_code=row.occupation_code,
        posting_id=row.id,
        level=row.level,
        low=heads,
        central=heads,
        high=heads,
        source=f"{row.enterprise}：{row.title}",
        batch_id=row.batch_id,
        row=row.row,
        simulated=row.simulated,
    )


def _from_forecast(row: ForecastRow) -> DemandCell:
    return DemandCell(
        key=f"forecast:{row.industry_code or ''}:{row.occupation_code or ''}:{row.level or ''}",
        kind="forecast",
        industry_codes=(row.industry_code,) if row.industry_code else (),
        occupation_code=row.occupation_code,
        posting_id=None,
        level=row.level,
        low=row.low,
        central=row.central,
        high=row.high,
        source=row.source,
        batch_id=row.batch_id,
        row=row.row,
        simulated=row.simulated,
    )


def _parts_out_of_totals(postings: Sequence[DemandCell], totals: Sequence[DemandCell]) -> list[DemandCell]:
    """Forecasts and figures less the heads that a finer one or a posting inside them already names.

    To the total above it a cell counts as its own heads or those of its parts, whichever is more: parts that outgrow
    their total are taken in full out of the one above.
    """
    parts: dict[str, list[DemandCell]] = defaultdict(list)
    for part in (*postings, *totals):
        if total := _enclosing(part, totals):
            parts[total.key].append(part)
    known: dict[str, float] = {}

    def named(cell: DemandCell) -> float:
        if cell.key not in known:
            known[cell.key] = sum(max(part.central, named(part)) for part in parts.get(cell.key, ()))
        return known[cell.key]

    remaining = []
    for cell in totals:
        left = max(cell.central - named(cell), 0.0)
        scale = left / cell.central if cell.central else 0.0
        remaining.append(replace(cell, low=cell.low * scale, central=left, high=cell.high * scale))
    return remaining


def _enclosing(part: DemandCell, totals: Sequence[DemandCell]) -> DemandCell | None:
    """The narrowest total that contains `part`; a figure is never part of a forecast, which goes before it."""
    return max(
        (
            cell
            for cell in totals
            if _contains(cell, part)
            and (part.kind == "posting" or not _contains(part, cell))
            and (part.kind, cell.kind) != ("figure", "forecast")
        ),
        key=lambda cell: (
            sum(map(len, cell.industry_codes)) / max(len(cell.industry_codes), 1),
            -len(cell.industry_codes),
            cell.occupation_code or "",
            cell.level or "",
            cell.key,
        ),
        default=None,
    )


def _contains(total: DemandCell, part: DemandCell) -> bool:
    """Whether what `part` asks for is among what `total` asks for; what a total does not name is any."""
    if total.industry_codes and not part.industry_codes:
        return False
    return (
        all(
            not total.industry_codes or any(code.startswith(own) for own in total.industry_codes)
            for code in part.industry_codes
        )
        and total.occupation_code in (None, part.occupation_code)
        and total.level in (None, part.level)
    )


def _from_figures(
    figures: Sequence[FigureRow],
    forecasts: Sequence[ForecastRow],
    profile: Profile,
    warnings: list[Warning],
) -> list[DemandCell]:
    oldest = profile.demand.year.value - profile.demand.figure_max_age.value
    latest: dict[tuple[str, ...], FigureRow] = {}
    for row in figures:
        if row.measure != "gap":
            continue
        if row.central is None or not row.industry_codes:
            warnings.append(
                Warning(
                    "figure_incomplete",
                    f"“{row.item}”{row.year} 年的缺口没有数值或没有对应的行业，未计入",
                    (row.batch_id,),
                )
            )
        elif row.year < oldest:
            warnings.append(
                Warning("figure_too_old", f"“{row.item}”{row.year} 年的数字已过时，未计入", (row.batch_id,))
            )
        elif row.region not in (NATION, profile.region):
            warnings.append(
                Warning("other_region", f"“{row.item}”的数字属于其他地区，未计入", (row.batch_id,))
            )
        elif any(_covers(forecast, row) for forecast in forecasts):
            warnings.append(
                Warning(
                    "figure_covered",
                    f"“{row.item}”{row.year} 年的数字已有本地区的需求预测，未计入",
                    (row.batch_id,),
                )
            )
        elif (known := latest.get(row.industry_codes)) is None or (known.year, known.row) < (
            row.year,
            row.row,
        ):
            latest[row.industry_codes] = row
    return [_from_figure(row, profile) for row in latest.values()]


def _covers(forecast: ForecastRow, figure: FigureRow) -> bool:
    """Whether a forecast speaks of an industry of the figure, one above or below it, or of its only occupation."""
    if forecast.industry_code is None:
        return (forecast.occupation_code,) == figure.occupation_codes
    return any(
        code.startswith(forecast.industry_code) or forecast.industry_code.startswith(code)
        for code in figure.industry_codes
    )


def _from_figure(row: FigureRow, profile: Profile) -> DemandCell:
    scale = 1 / profile.demand.figure_spread_years.value
    note = f"缺口按 {profile.demand.figure_spread_years.value:.0f} 年补足"
    if row.region == NATION:
        scale *= profile.demand.regional_share.value
        note += f"，本地区按全国的 {profile.demand.regional_share.value:.1%} 计"
    central = row.central or 0.0
    low = central if row.low is None else row.low
    high = central if row.high is None else row.high
    return DemandCell(
        key=f"figure:{row.batch_id}:{row.row}",
        kind="figure",
        industry_codes=row.industry_codes,
        occupation_code=row.occupation_codes[0] if len(row.occupation_codes) == 1 else None,
        posting_id=None,
        level=None,
        low=low * scale,
        central=central * scale,
        high=high * scale,
        source=f"{row.source}：{row.item} {row.year} 年{row.indicator}（{note}）",
        batch_id=row.batch_id,
        row=row.row,
        simulated=row.simulated,
    )
