"""Demand 需求: forecasts, published figures and postings as cells of heads per year, no head in two cells."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.planning.cells import DemandCell, FigureRow, ForecastRow, PostingRow
from app.planning.profile import Profile
from app.planning.totals import parts_out_of_totals
from app.planning.warning import Warning

__all__ = ["DemandCell", "DemandResult", "FigureRow", "ForecastRow", "PostingRow", "demand_cells"]
NATION = "100000"
ABSURD = 1e7
"""Heads a year above which a forecast or posting is a slip: about as many as graduate in the whole country."""
ABSURD_FIGURE = 1e9
"""The same for published figures, which are of the nation and of many years."""


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
    by the stated regional share and spread over the stated years. A negative or non-finite figure is left out, low and
    high are put on their sides of the central figure. What is left out is reported.
    """
    warnings: list[Warning] = []
    chosen = _forecasts_of_year(_sound(forecasts, warnings), profile, warnings)
    _crossing(chosen, warnings)
    cells = [_from_posting(row, profile) for row in _sound_postings(postings, warnings)]
    totals = [_from_forecast(row) for row in chosen]
    totals += _from_figures(figures, chosen, profile, warnings)
    cells += parts_out_of_totals(cells, totals)
    return DemandResult(tuple(cells), tuple(warnings))


def _sound(forecasts: Sequence[ForecastRow], warnings: list[Warning]) -> list[ForecastRow]:
    """Forecasts with figures that can be heads, low ≤ central ≤ high; the others are named in a warning."""
    sound: list[ForecastRow] = []
    for row in forecasts:
        where = f"批次 {row.batch_id} 第 {row.row} 行的需求预测"
        if not all(_possible(heads) for heads in (row.low, row.central, row.high)):
            warnings.append(
                Warning(
                    "impossible_forecast",
                    f"{where}有负数、不是数或超过 {ABSURD:.0e} 人，未计入",
                    (row.batch_id,),
                )
            )
            continue
        if not row.low <= row.central <= row.high:
            warnings.append(
                Warning("range_out_of_order", f"{where}低、中、高次序不对，已按中值放宽", (row.batch_id,))
            )
        sound.append(replace(row, low=min(row.low, row.central), high=max(row.high, row.central)))
    return sound


def _sound_postings(postings: Sequence[PostingRow], warnings: list[Warning]) -> list[PostingRow]:
    sound: list[PostingRow] = []
    for row in postings:
        if row.heads > 0 and _possible(row.heads):
            sound.append(row)
        else:
            text = f"批次 {row.batch_id} 第 {row.row} 行的岗位“{row.title}”人数为 {row.heads}，不合理，未计入"
            warnings.append(Warning("impossible_posting", text, (row.id,)))
    return sound


def _possible(heads: float, most: float = ABSURD) -> bool:
    return math.isfinite(heads) and 0 <= heads <= most


def _crossing(chosen: Sequence[ForecastRow], warnings: list[Warning]) -> None:
    """Say where forecasts by occupation and by industry may count the same heads: neither is part of the other."""
    by_occupation = [row for row in chosen if row.occupation_code and not row.industry_code]
    if by_occupation and any(row.industry_code and not row.occupation_code for row in chosen):
        heads = sum(row.central for row in by_occupation)
        warnings.append(
            Warning(
                "crossing_forecasts",
                f"{len(by_occupation)} 条只按职业的预测（共 {heads:.0f} 人/年）与按行业的预测可能有重叠，均已计入；"
                "如属重叠，请改为同时写明行业和职业",
                tuple(sorted({row.batch_id for row in by_occupation})),
            )
        )


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
        batches = sorted({row.batch_id for row in regional if row.year == year})
        late = f"，已早于计划年 {wanted - year} 年" if year < wanted else ""
        text = f"没有 {wanted} 年的需求预测，采用最接近的 {year} 年{late}（批次 {'、'.join(batches)}）"
        warnings.append(Warning("nearest_year", text, tuple(batches)))
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
        elif not all(
            _possible(heads, ABSURD_FIGURE) for heads in (row.low, row.central, row.high) if heads is not None
        ):
            warnings.append(
                Warning(
                    "impossible_figure",
                    f"“{row.item}”{row.year} 年的缺口有负数、不是数或超过 {ABSURD_FIGURE:.0e} 人，未计入",
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
    low = central if row.low is None else min(row.low, central)
    high = central if row.high is None else max(row.high, central)
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
