"""Results of the core as rows of the result tables, rounded, and the summary of a run."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import top_places
from app.planning.actions import Action
from app.planning.allocation import Allocation
from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.demand import DemandCell
from app.planning.pathways import PathwayPair
from app.planning.placement import PlacedClass, PlacementResult
from app.planning.profile import Profile
from app.planning.supply import OfferingSupply
from app.planning.uncertainty import Draws
from app.runs.fits import Fits, FitTables, Side, explain_fits
from app.runs.snapshot import Snapshot

KEPT_FITS = 20
"""Targets of each kind kept per program, and programs per target."""
EXPLAINED = 5
"""Of those, how many are explained; postings are explained when asked for."""
CLASS_MODES = ("order_class", "modern_apprenticeship", "enterprise_apprenticeship", "internship")
"""Modes of postings that ask for a class."""


def offering_row(offering: OfferingSupply) -> dict[str, Any]:
    row = asdict(offering)
    row["batch_ids"] = list(offering.batch_ids)
    row["seats"], row["graduates"] = round(offering.seats, 3), round(offering.graduates, 3)
    return row


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
        by_program = groupby(sorted(pair for pair in kept if scores[pair] > 0), key=itemgetter(0))
        for i, pairs in by_program:
            level, code = fits.programs.documents[i].id.split(":")
            places = [j for _, j in pairs]
            shown = [j for j in places if ranks[i, j] <= EXPLAINED]
            explained = kind != "posting" and (level, code) in offered
            why = dict(zip(shown, explain_fits(fits, kind, i, shown), strict=True)) if explained else {}
            rows += [
                {
                    "level": level,
                    "program_code": code,
                    "target_kind": kind,
                    "target_code": targets.documents[j].id,
                    "score": round(float(scores[i, j]), 6),
                    "rank": int(ranks[i, j]),
                    "explanation": why.get(j, {}),
                }
                for j in places
            ]
    return rows


def balance_row(item: ProgramBalance) -> dict[str, Any]:
    return {
        "level": item.level,
        "program_code": item.program_code,
        **{
            name: round(getattr(item, name), 3)
            for name in ("demand_low", "demand", "demand_high", "supply", "gap", "simulated_share")
        },
        **{
            name: round(value, 3) if (value := getattr(item, name)) is not None else None
            for name in ("gap_p10", "gap_p50", "gap_p90")
        },
        "ratio": round(item.ratio, 4) if item.ratio is not None else None,
        "hhi": round(item.hhi, 4) if item.hhi is not None else None,
        "offerings": item.offerings,
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
            }
            for c in item.contributions
        ],
    }


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
        "summary": action.summary,
        "simulated": action.simulated,
    }


def placement_row(item: PlacedClass, simulated: set[str]) -> dict[str, Any]:
    school, level, program = item.key
    return {
        "posting_id": item.posting_id,
        "school_code": school,
        "level": level,
        "program_code": program,
        "seats": item.seats,
        "fit": round(item.fit, 6),
        "distance_km": round(item.distance_km, 2) if item.distance_km is not None else None,
        "reasons": list(item.reasons),
        "simulated": item.posting_id in simulated,
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
        "shared_courses": list(pair.shared_courses),
        "reasons": list(pair.reasons),
    }


def summary(
    snapshot: Snapshot,
    offerings: Sequence[OfferingSupply],
    cells: Sequence[DemandCell],
    allocation: Allocation,
    draws: Draws,
    actions: Sequence[Action],
    placement: PlacementResult,
    pairs: Sequence[PathwayPair],
    profile: Profile,
) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for action in actions:
        counts[action.action] = counts.get(action.action, 0) + 1
    kinds: dict[str, int] = {}
    for pair in pairs:
        kinds[pair.kind] = kinds.get(pair.kind, 0) + 1
    asked = sum(row.heads for row in snapshot.postings if row.mode in CLASS_MODES)
    targets = profile.pathways
    return {
        "year": int(profile.demand.year.value),
        "region": profile.region,
        "batches": len(snapshot.batch_ids),
        "offerings": len(offerings),
        "programs": len({(o.level, o.program_code) for o in offerings}),
        "schools": len({o.school_code for o in offerings}),
        "seats": round(sum(o.seats for o in offerings), 1),
        "supply": round(sum(o.graduates for o in offerings), 1),
        "demand": round(sum(cell.central for cell in cells), 1),
        "unmet": round(float(allocation.unmet.sum()), 1),
        "allocation": {
            "iterations": allocation.iterations,
            "residual": float(f"{allocation.residual:.2e}"),
            "tolerance": allocation.tolerance,
        },
        "uncertainty": {"draws": len(draws.demand), "seed": draws.seed},
        "actions": dict(sorted(counts.items())),
        "order_classes": {
            "heads_asked": asked,
            "heads_placed": sum(item.seats for item in placement.classes),
            "classes": len(placement.classes),
            "objective": round(placement.objective, 4),
            "lp_bound": round(placement.lp_bound, 4),
            "gap": round(placement.gap, 6),
        },
        "pathways": {
            "secondary_higher": {
                "pairs": kinds.get("secondary_higher", 0),
                "target": int(targets.target_secondary_higher.value),
            },
            "secondary_bachelor": {
                "pairs": kinds.get("secondary_bachelor", 0),
                "target": int(targets.target_secondary_bachelor.value),
            },
            "higher_bachelor": {
                "pairs": kinds.get("higher_bachelor", 0),
                "target": int(targets.target_higher_bachelor.value),
            },
        },
    }
