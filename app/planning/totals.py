"""Totals and parts of demand: what a finer record names is taken out of the coarser one that contains it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.planning.cells import DemandCell


def parts_out_of_totals(
    postings: Sequence[DemandCell], totals: Sequence[DemandCell]
) -> tuple[list[DemandCell], dict[str, str]]:
    """Forecasts and figures less the heads that a finer one or a posting inside them already names.

    To the total above it a cell counts as its own heads or those of its parts, whichever is more: parts that outgrow
    their total are taken in full out of the one above. The second answer is the key of the total by that of its part.
    """
    by_industry: dict[str, list[DemandCell]] = defaultdict(list)
    for cell in totals:
        for code in cell.industry_codes or ("",):
            by_industry[code].append(cell)
    parts: dict[str, list[DemandCell]] = defaultdict(list)
    enclosed_by: dict[str, str] = {}
    for part in (*postings, *totals):
        if total := _enclosing(part, by_industry):
            parts[total.key].append(part)
            enclosed_by[part.key] = total.key
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
    return remaining, enclosed_by


def _enclosing(part: DemandCell, by_industry: Mapping[str, Sequence[DemandCell]]) -> DemandCell | None:
    """The narrowest total that contains `part`; a figure is never part of a forecast, which goes before it."""
    code = next(iter(part.industry_codes), "")
    return max(
        (
            cell
            for length in range(len(code) + 1)
            for cell in by_industry.get(code[:length], ())
            if _contains(cell, part)
            and (part.kind == "posting" or not _contains(part, cell))
            and (part.kind, cell.kind) != ("figure", "forecast")
        ),
        key=lambda cell: (
            sum(map(len, cell.industry_codes)) / max(len(cell.industry_codes), 1),
            -len(cell.industry_codes),
            cell.occupation_code or "",
            cell.level or "",
            cell.district_code or "",
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
        and total.district_code in (None, part.district_code)
    )
