"""The placement of order classes as rows of the result tables, and what a run's summary says of it."""

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from app.planning.placement_reasons import Unplaced
from app.planning.placement_terms import BlockingPair, PlacedClass, PlacementResult, SeatPrice


def placement_row(item: PlacedClass, simulated: set[str]) -> dict[str, Any]:
    school, level, program = item.key
    return {
        "posting_id": item.posting_id,
        "school_code": school,
        "level": level,
        "program_code": program,
        "seats": item.seats,
        "classes": item.classes,
        "fit": round(item.fit, 6),
        "distance_km": round(item.distance_km, 2) if item.distance_km is not None else None,
        "reasons": list(item.reasons),
        "simulated": item.posting_id in simulated,
    }


def unplaced_row(item: Unplaced) -> dict[str, Any]:
    nearest = None
    if item.nearest is not None:
        school, level, program = item.nearest.key
        nearest = {
            "school_code": school,
            "level": level,
            "program_code": program,
            "shortfalls": [
                {**asdict(short), "has": round(short.has, 4), "needs": round(short.needs, 4)}
                for short in item.nearest.shortfalls
            ],
        }
    return {
        "posting_id": item.posting_id,
        "heads": item.heads,
        "unmet": item.unmet,
        "reason_code": item.reason_code,
        "reason": item.reason,
        "nearest": nearest,
    }


def price_rows(placement: PlacementResult, simulated: bool) -> list[dict[str, Any]]:
    """Of each offering, and before them of each program: one more seat spread over its offerings as their seats are.
    `simulated`: whether any posting or offering that took part is."""
    by_program: defaultdict[tuple[str, str], list[SeatPrice]] = defaultdict(list)
    for price in placement.prices:
        by_program[price.key[1], price.key[2]].append(price)
    rows: list[dict[str, Any]] = []
    for (level, program), prices in by_program.items():
        seats = sum(price.seats for price in prices)
        weights = [price.seats / seats if seats else 1 / len(prices) for price in prices]
        rows.append(
            {
                "school_code": None,
                "level": level,
                "program_code": program,
                "heads": sum(w * price.heads for w, price in zip(weights, prices, strict=True)),
                "cost": sum(w * price.cost for w, price in zip(weights, prices, strict=True)),
                "seats": seats,
                "taken": sum(price.taken for price in prices),
            }
        )
    rows.sort(key=lambda row: (-row["heads"], -row["cost"], row["level"], row["program_code"]))
    rows += [
        {
            "school_code": price.key[0],
            "level": price.key[1],
            "program_code": price.key[2],
            "heads": price.heads,
            "cost": price.cost,
            "seats": price.seats,
            "taken": price.taken,
        }
        for price in placement.prices
    ]
    rounded = ("heads", "cost")
    return [
        {**row, **{name: round(row[name], 4) for name in rounded}, "simulated": simulated} for row in rows
    ]


def blocking_row(item: BlockingPair, simulated: set[str]) -> dict[str, Any]:
    school, level, program = item.key
    return {
        "posting_id": item.posting_id,
        "school_code": school,
        "level": level,
        "program_code": program,
        "heads": item.heads,
        "gain": round(item.gain, 4),
        "simulated": item.posting_id in simulated,
    }


def placement_summary(placement: PlacementResult) -> dict[str, Any]:
    return {
        "heads_asked": placement.heads_asked,
        "heads_placed": placement.heads_placed,
        "heads_fixed": placement.heads_fixed,
        "classes": len(placement.classes),
        "objective": round(placement.objective, 4),
        "lp_bound": round(placement.lp_bound, 4),
        "bound": round(placement.bound, 4),
        "gap": round(placement.gap, 6),
        "status": placement.status,
        "blocking_pairs": placement.blocking_count,
        "shared_offerings": len(placement.shared),
    }
