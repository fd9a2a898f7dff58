"""Overlaps 重叠: heads that a forecast by occupation and one by industry both count, though neither is part of the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.planning.cells import DemandCell
from app.planning.forecasts import source_rank
from app.planning.profile import Profile
from app.planning.warning import Warning


@dataclass(frozen=True, slots=True)
class Overlap:
    """Heads 人/年 of one forecast by occupation that forecasts by industry name too, and which of them kept them."""

    occupation_code: str
    heads: float
    kept: str
    """occupation, industry, or both where the profile's rule is to add."""


def without_overlaps(
    cells: Sequence[DemandCell], enclosed_by: Mapping[str, str], profile: Profile, warnings: list[Warning]
) -> tuple[list[DemandCell], tuple[Overlap, ...]]:
    """The cells, with what a forecast over all industries and those of industries have in common counted once.

    What is named by industry and occupation, or by a posting, and was taken out of its industry (`enclosed_by`: key
    of a cell → key of the total it is part of) is part of the occupation's forecast for certain. What came to the
    occupation by a staffing pattern may be. Rule `larger`: of two such figures the larger counts, as it does for
    totals and parts; rule `add`: both. The heads stay where the source has priority (`source_priority`); of equals
    with the forecast by occupation, which says itself what the pattern only estimates.
    """
    rule = profile.demand.overlap.value
    current = list(cells)
    unused = {place: cell.central for place, cell in enumerate(cells)}
    found: list[Overlap] = []
    by_occupation = [
        place
        for place, cell in enumerate(cells)
        if cell.kind == "forecast" and cell.occupation_code and not cell.industry_codes
    ]
    # The narrowest first: a forecast of one level before that of all, of a district before that of the region.
    by_occupation.sort(
        key=lambda place: (cells[place].level is None, cells[place].district_code is None, cells[place].key)
    )
    for place in by_occupation:
        total = cells[place]
        same = [
            other
            for other, cell in enumerate(cells)
            if cell.occupation_code == total.occupation_code
            and cell.industry_codes
            and _meet(total.level, cell.level)
            and _meet(total.district_code, cell.district_code)
        ]
        sure = [
            o for o in same if cells[o].staffing is None and _of_an_industry(cells[o], total, enclosed_by)
        ]
        left = current[place].central
        certain = min(left, sum(unused[o] for o in sure))
        _use(unused, sure, certain)
        if certain > 0:
            current[place] = _with(current[place], left - certain)
            found.append(Overlap(total.occupation_code or "", certain, "industry"))
        estimated = [o for o in same if cells[o].staffing is not None]
        left = current[place].central
        common = min(left, sum(unused[o] for o in estimated))
        if common <= 0:
            continue
        first = min(source_rank(cells[o].source, profile) for o in estimated)
        if rule == "add":
            found.append(Overlap(total.occupation_code or "", common, "both"))
        elif source_rank(total.source, profile) <= first:
            kept = 1.0 - common / sum(unused[o] for o in estimated)
            for o in estimated:
                taken = unused[o] * (1.0 - kept)
                current[o] = _with(current[o], max(current[o].central - taken, 0.0))
                unused[o] -= taken
            found.append(Overlap(total.occupation_code or "", common, "occupation"))
        else:
            _use(unused, estimated, common)
            current[place] = _with(current[place], left - common)
            found.append(Overlap(total.occupation_code or "", common, "industry"))
    _say(cells, by_occupation, found, warnings)
    return current, tuple(found)


def _meet(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _of_an_industry(part: DemandCell, total: DemandCell, enclosed_by: Mapping[str, str]) -> bool:
    """Whether a cell is part of `total` and was not taken out of it, but out of another or of none."""
    return (
        (part.kind, total.kind) != ("figure", "forecast")
        and total.level in (None, part.level)
        and total.district_code in (None, part.district_code)
        and enclosed_by.get(part.key) not in (total.key, None)
    )


def _use(unused: dict[int, float], places: Sequence[int], heads: float) -> None:
    whole = sum(unused[place] for place in places)
    for place in places:
        unused[place] -= heads * unused[place] / whole if whole > 0 else 0.0


def _with(cell: DemandCell, central: float) -> DemandCell:
    scale = max(central, 0.0) / cell.central if cell.central > 0 else 0.0
    return replace(cell, low=cell.low * scale, central=cell.central * scale, high=cell.high * scale)


def _say(
    cells: Sequence[DemandCell],
    by_occupation: Sequence[int],
    found: Sequence[Overlap],
    warnings: list[Warning],
) -> None:
    crossing = any(
        cell.kind == "forecast" and cell.industry_codes and (cell.staffing or not cell.occupation_code)
        for cell in cells
    )
    if not by_occupation or not (crossing or found):
        return
    heads = sum(cells[place].central for place in by_occupation)
    kept = {
        side: sum(each.heads for each in found if each.kept == side)
        for side in ("occupation", "industry", "both")
    }
    said = [
        f"{kept['occupation']:.0f} 人/年计入按职业的预测" if kept["occupation"] else "",
        f"{kept['industry']:.0f} 人/年计入按行业的预测" if kept["industry"] else "",
        f"{kept['both']:.0f} 人/年按参数 demand.overlap 两边都计" if kept["both"] else "",
    ]
    shared = "；".join(part for part in said if part) or "按用人结构没有发现重叠"
    warnings.append(
        Warning(
            "crossing_forecasts",
            f"{len(by_occupation)} 条只按职业的预测（共 {heads:.0f} 人/年）与按行业的预测交叉，重叠部分：{shared}；"
            "要消除估计，请改为同时写明行业和职业",
            tuple(sorted({cells[place].batch_id for place in by_occupation})),
        )
    )
