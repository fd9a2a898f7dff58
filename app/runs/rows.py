"""Results of the core as rows of the result tables, rounded, and the summary of a run."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import top_places
from app.planning.actions import Action
from app.planning.allocation import Allocation
from app.planning.apprenticeships import Apprenticeship
from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.cells import DemandCell
from app.planning.groupings import GroupIndicators
from app.planning.pathways import PathwayPair
from app.planning.readiness import Candidate
from app.planning.supply import OfferingSupply
from app.planning.years import YearBalance
from app.runs.fits import Fits, FitTables, Side, explain_fits

KEPT_FITS = 20
"""Targets of each kind kept per program, and programs per target."""
EXPLAINED = 5
"""Of those, how many are explained; postings are explained when asked for."""
CLASS_MODES = ("order_class", "modern_apprenticeship", "enterprise_apprenticeship", "internship")
"""Modes of postings that ask for a class."""


def offering_row(offering: OfferingSupply, demand: float | None) -> dict[str, Any]:
    """`demand` 人/年 is what of its program's falls to it."""
    counted = offering.counted
    return {
        "school_code": offering.school_code,
        "level": offering.level,
        "program_code": offering.program_code,
        "campus": offering.campus,
        "district_code": offering.district_code,
        "district_simulated": offering.district_simulated,
        "year": offering.year,
        "seats": round(offering.seats, 3),
        "entrants": round(offering.entrants, 3),
        "graduates": round(offering.graduates, 3),
        "demand": None if demand is None else round(demand, 3),
        "rates": {name: asdict(rate) for name, rate in offering.rates.items()},
        "cohorts": [
            {
                "entry_year": cohort.entry_year,
                "graduation_year": cohort.graduation_year,
                "seats": round(cohort.seats, 3),
                "entrants": round(cohort.entrants, 3),
                "graduates": round(cohort.graduates, 3),
                "counted": counted is not None and cohort.entry_year == counted.entry_year,
            }
            for cohort in offering.cohorts
        ],
        "batch_ids": list(offering.batch_ids),
        "simulated": offering.simulated,
    }


def fit_rows(fits: Fits, offered: set[ProgramKey]) -> list[dict[str, Any]]:
    """The fits worth keeping: a program's best targets, a target's best programs, and every official link.

    `rank` is the target's place among all of its kind for the program. The first few of offered programs are
    explained.
    """
    rows: list[dict[str, Any]] = []
    kinds: tuple[tuple[str, Side, NDArray[np.float64]], ...] = (
        ("industry", fits.industries, fits.industry),
        ("occupation", fits.occupations, fits.occupation),
        ("posting", fits.postings, fits.posting),
    )
    for kind, targets, scores in kinds:
        kept = {(i, j) for i in range(len(scores)) for j in top_places(scores[i], KEPT_FITS).tolist()}
        kept |= {(i, j) for j in range(scores.shape[1]) for i in top_places(scores[:, j], KEPT_FITS).tolist()}
        kept |= fits.links if kind == "occupation" else frozenset()
        ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
        pairs = sorted(pair for pair in kept if scores[pair] > 0)
        keys = [tuple(document.id.split(":")) for document in fits.programs.documents]
        shown: dict[int, list[int]] = {}
        for i, j in pairs:
            if kind != "posting" and keys[i] in offered and ranks[i, j] <= EXPLAINED:
                shown.setdefault(i, []).append(j)
        why = explain_fits(fits, kind, shown)
        rows += [
            {
                "level": keys[i][0],
                "program_code": keys[i][1],
                "target_kind": kind,
                "target_code": targets.documents[j].id,
                "score": round(float(scores[i, j]), 6),
                "rank": int(ranks[i, j]),
                "explanation": why.get((i, j), {}),
            }
            for i, j in pairs
        ]
    return rows


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}


def balance_row(item: ProgramBalance, years: Sequence[YearBalance]) -> dict[str, Any]:
    return {
        "level": item.level,
        "program_code": item.program_code,
        **{
            name: round(getattr(item, name), 3)
            for name in ("demand_low", "demand", "demand_high", "supply", "gap", "simulated_share")
        },
        **{
            name: round(value, 3) if (value := getattr(item, name)) is not None else None
            for name in ("gap_p10", "gap_p50", "gap_p90", "growth", "replacement")
        },
        "ratio": round(item.ratio, 4) if item.ratio is not None else None,
        "hhi": round(item.hhi, 4) if item.hhi is not None else None,
        "offerings": item.offerings,
        "by_year": [_rounded(asdict(each)) for each in years],
        "evidence": [
            {
                "kind": c.cell.kind,
                "source": c.cell.source,
                "industry_codes": list(c.cell.industry_codes),
                "occupation_code": c.cell.occupation_code,
                "posting_id": c.cell.posting_id,
                "level": c.cell.level,
                "heads": round(c.heads, 3),
                "of": round(c.cell.central, 3),
                "fit": round(c.fit, 4),
                "batch_id": c.cell.batch_id,
                "row": c.cell.row,
                "simulated": c.cell.simulated,
                "staffing": _staffing(c.cell),
            }
            for c in item.contributions
        ],
    }


def _staffing(cell: DemandCell) -> dict[str, Any] | None:
    if (part := cell.staffing) is None:
        return None
    return {"share": round(part.share, 4), "own": round(part.own, 4), "postings": part.postings}


def unmet_rows(cells: Sequence[DemandCell], allocation: Allocation) -> list[dict[str, Any]]:
    return [
        {
            "cell": cell.key,
            "industry_code": cell.industry_codes[0] if cell.industry_codes else None,
            "occupation_code": cell.occupation_code,
            "level": cell.level,
            "heads": round(cell.central, 3),
            "unmet": round(float(unmet), 3),
            "simulated": cell.simulated,
        }
        for cell, unmet in zip(cells, allocation.unmet, strict=True)
        if unmet >= 0.5
    ]


def recommendation_row(
    action: Action, offerings: Sequence[OfferingSupply], fits: FitTables
) -> dict[str, Any]:
    key = (action.school_code, action.level, action.program_code)
    place_of = next((o for o in offerings if o.key == key), None) or next(
        (o for o in offerings if o.school_code == action.school_code), None
    )
    program = fits.programs.index[f"{action.level}:{action.program_code}"]
    best = top_places(fits.industry[program], 5)
    return {
        "action": action.action,
        "school_code": action.school_code,
        "level": action.level,
        "program_code": action.program_code,
        "district_code": place_of.district_code if place_of else None,
        "industry_codes": list(dict.fromkeys(fits.industries.documents[j].id for j in best)),
        "seats_now": round(action.seats_now, 3),
        "seats_proposed": round(action.seats_proposed, 3),
        "priority": round(action.priority, 4),
        "probability": round(action.probability, 4) if action.probability is not None else None,
        "rules": list(action.rules),
        "evidence": [
            {
                "figure": line.figure,
                "value": round(line.value, 4) if line.value is not None else None,
                "unit": line.unit,
                "text": line.text,
                "batch_ids": list(line.batch_ids),
                "simulated": line.simulated,
            }
            for line in action.evidence
        ],
        "flips": [
            {
                "figure": flip.figure,
                "now": round(flip.now, 4),
                "then": round(flip.then, 4),
                "change": round(flip.change, 4),
                "action": flip.action,
                "text": flip.text,
            }
            for flip in action.flips
        ],
        "summary": action.summary,
        "simulated": action.simulated,
    }


def candidate_row(candidate: Candidate) -> dict[str, Any]:
    return {
        "school_code": candidate.school_code,
        "level": candidate.program[0],
        "program_code": candidate.program[1],
        "score": round(candidate.score, 4),
        "parts": [
            {
                "name": part.name,
                "value": None if part.value is None else round(part.value, 4),
                "score": None if part.score is None else round(part.score, 4),
                "weight": part.weight,
                "text": part.text,
            }
            for part in candidate.parts
        ],
        "barriers": [{"value": line.value, "text": line.text} for line in candidate.barriers],
        "chosen": candidate.chosen,
        "simulated": candidate.simulated,
    }


_HEADS = ("seats", "supply", "demand", "gap")
_RATIOS = (
    "ratio",
    "structural_deviation",
    "location_quotient",
    "hhi",
    "duplication",
    "coupling",
    "coordination",
)


def indicator_row(group: GroupIndicators) -> dict[str, Any]:
    same = ("grouping", "level", "code", "offerings", "programs", "schools", "grade", "simulated")
    return {
        **{name: getattr(group, name) for name in same},
        **{name: round(getattr(group, name), 3) for name in _HEADS},
        **{name: None if (v := getattr(group, name)) is None else round(v, 4) for name in _RATIOS},
        "rates": [
            {**asdict(rate), "rate": round(rate.rate, 4), "percentile": round(rate.percentile, 4)}
            for rate in group.rates
        ],
    }


def pathway_row(pair: PathwayPair) -> dict[str, Any]:
    return {
        "kind": pair.kind,
        "from_school_code": pair.from_school,
        "from_level": pair.from_program[0],
        "from_program_code": pair.from_program[1],
        "to_school_code": pair.to_school,
        "to_level": pair.to_program[0],
        "to_program_code": pair.to_program[1],
        "score": round(pair.score, 6),
        "distance_km": None if pair.distance_km is None else round(pair.distance_km, 2),
        "capacity": None if pair.capacity is None else round(pair.capacity, 1),
        "shared_courses": list(pair.shared_courses),
        "reasons": list(pair.reasons),
    }


def apprenticeship_row(item: Apprenticeship) -> dict[str, Any]:
    school, level, program = item.key
    return {
        "posting_id": item.posting_id,
        "school_code": school,
        "level": level,
        "program_code": program,
        "heads": item.heads,
        "capacity": item.capacity,
        "fit": round(item.fit, 6),
        "distance_km": None if item.distance_km is None else round(item.distance_km, 2),
        "asked": item.asked,
        "reasons": list(item.reasons),
        "simulated": item.simulated,
    }
