"""Forecasts that count: of the region and its districts, of the planned year, one for each thing forecast."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from app.planning.cells import DemandCell, ForecastRow
from app.planning.profile import Profile
from app.planning.warning import Warning

ForecastKey = tuple[str | None, str | None, str | None, str]
"""(industry, occupation, level, region)."""


def district_of(region: str, profile: Profile) -> str | None:
    """The district a region code names within the profile's region; None where it is the region itself."""
    return None if region == profile.region else region


def within(region: str, profile: Profile) -> bool:
    """Whether a region code is the profile's region or lies in it: 310115 is in 310000."""
    return region.startswith(profile.region.rstrip("0").ljust(2, "0"))


def chosen_forecasts(
    forecasts: Sequence[ForecastRow], profile: Profile, warnings: list[Warning]
) -> list[ForecastRow]:
    """One forecast for each industry, occupation, level and district: that of the year nearest to the planned one.

    Of several for one thing and year the source of highest priority counts (`profile.demand.source_priority`), of
    equals what is not simulated, then the later batch; of two years equally near the earlier. What is left out is
    reported.
    """
    here = [row for row in forecasts if within(row.region, profile)]
    if others := len(forecasts) - len(here):
        warnings.append(
            Warning("other_region", f"{others} 条需求预测不属于本地区（{profile.region}），未计入")
        )
    wanted = int(profile.demand.year.value)
    by_key: dict[ForecastKey, list[ForecastRow]] = defaultdict(list)
    for row in sorted(here, key=lambda row: (row.batch_id, row.row)):
        by_key[row.industry_code, row.occupation_code, row.level, row.region].append(row)
    chosen, years = [], Counter[int]()
    for rows in by_key.values():
        year = min({row.year for row in rows}, key=lambda year: (abs(year - wanted), year))
        of_year = [row for row in rows if row.year == year]
        best = min(reversed(of_year), key=lambda row: (source_rank(row.source, profile), row.simulated))
        years[year] += 1
        for row in of_year:
            if row is not best:
                text = f"同一需求有两条预测，采用{_why(best, row, profile)}（{best.source}）"
                warnings.append(Warning("repeated_forecast", text, (row.batch_id,)))
        chosen.append(best)
    if elsewhere := {year: count for year, count in sorted(years.items()) if year != wanted}:
        named = "、".join(
            f"{year} 年{f'（早于计划年 {wanted - year} 年）' if year < wanted else ''} {count} 条"
            for year, count in elsewhere.items()
        )
        batches = tuple(sorted({row.batch_id for row in chosen if row.year != wanted}))
        warnings.append(
            Warning(
                "nearest_year",
                f"有 {sum(elsewhere.values())} 项需求没有 {wanted} 年的预测，采用最接近的年份：{named}（批次 {'、'.join(batches)}）",
                batches,
            )
        )
    return chosen


def source_rank(source: str, profile: Profile) -> int:
    """Place of a source in the profile's priority: that of the first word its name holds; others come last."""
    words = profile.demand.source_priority.value
    return next((place for place, word in enumerate(words) if word in source), len(words))


def _why(best: ForecastRow, other: ForecastRow, profile: Profile) -> str:
    if source_rank(best.source, profile) != source_rank(other.source, profile):
        return "来源优先的"
    return "非模拟的" if best.simulated != other.simulated else "后到的"


def forecast_cell(row: ForecastRow, profile: Profile) -> DemandCell:
    """The cell of a forecast; its growth and replacement as a share, so that it stays true when heads are taken out."""
    district = district_of(row.region, profile)
    both = None if row.growth is None or row.replacement is None else row.growth + row.replacement
    return DemandCell(
        key=f"forecast:{row.industry_code or ''}:{row.occupation_code or ''}:{row.level or ''}"
        + (f":{district}" if district else ""),
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
        district_code=district,
        growth_share=row.growth / both if both and row.growth is not None else None,
    )
