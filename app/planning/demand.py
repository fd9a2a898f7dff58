"""Demand 需求: forecasts, published figures and postings as cells of heads per year, no head in two cells."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.planning.cells import DemandCell, FigureRow, ForecastRow, PostingRow
from app.planning.forecasts import chosen_forecasts, forecast_cell, within
from app.planning.overlaps import Overlap, without_overlaps
from app.planning.profile import Profile
from app.planning.repeats import without_repeats
from app.planning.staffing import StaffingPattern, spread_over_occupations
from app.planning.totals import parts_out_of_totals
from app.planning.warning import Warning

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
    overlaps: tuple[Overlap, ...] = ()
    repeats: Mapping[str, str] = field(default_factory=dict)
    """Id of the posting that counts, by that of one that repeats it."""
    scaled: float = 0.0
    """Heads 人/年 that national figures bring by the stated regional share."""


def demand_cells(
    forecasts: Sequence[ForecastRow],
    figures: Sequence[FigureRow],
    postings: Sequence[PostingRow],
    profile: Profile,
    pattern: StaffingPattern | None = None,
    texts: Mapping[str, str] | None = None,
) -> DemandResult:
    """All demand of the planned year in the profile's region and its districts.

    Rules: a forecast of the region goes before a national figure; of two forecasts of the same thing the source of
    higher priority counts, of equals the later batch; a posting that repeats another is counted once (`texts`: what
    postings say, by id); parts are taken out of totals (a posting out of the forecast or figure of its industry or
    occupation, a group out of its division), so that a head named twice is counted once; what names an industry only
    is divided over occupations by the staffing `pattern`; what a forecast by occupation and those by industry have in
    common counts as the profile says; a national gap is scaled by the stated regional share and spread over the
    stated years. A negative or non-finite figure is left out, low and high are put on their sides of the central
    figure. What is left out, scaled or found twice is reported.
    """
    warnings: list[Warning] = []
    rules = profile.demand
    chosen = chosen_forecasts(_sound(forecasts, warnings), profile, warnings)
    kept, repeats, more = without_repeats(
        _sound_postings(postings, warnings),
        texts or {},
        similarity=rules.posting_similarity.value,
        heads_tolerance=rules.posting_heads_tolerance.value,
    )
    warnings += more
    asked = [_from_posting(row, profile) for row in kept]
    totals = [forecast_cell(row, profile) for row in chosen]
    totals += _from_figures(figures, chosen, profile, warnings)
    remaining, enclosed_by = parts_out_of_totals(asked, totals)
    if pattern is not None:
        remaining = spread_over_occupations(
            remaining, pattern, int(rules.staffing_occupations.value), rules.staffing_min_share.value
        )
    cells, overlaps = without_overlaps([*asked, *remaining], enclosed_by, profile, warnings)
    national = {f"figure:{row.batch_id}:{row.row}" for row in figures if row.region == NATION}
    scaled = sum(cell.central for cell in cells if (cell.record or cell.key) in national)
    if scaled > 0:
        text = (
            f"全国数字按本地区占 {rules.regional_share.value:.1%}（参数 demand.regional_share，来源："
            f"{rules.regional_share.source}）折算，计入 {scaled:.0f} 人/年"
        )
        warnings.append(Warning("national_scaled", text))
    return DemandResult(tuple(cells), tuple(warnings), overlaps, repeats, scaled)


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
        district_code=row.district_code,
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
        elif row.region != NATION and not within(row.region, profile):
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
        district_code=None if row.region in (NATION, profile.region) else row.region,
    )
