"""The summary of a run: its figures in all, as stored beside its rows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.planning.actions import Action
from app.planning.allocation import Allocation
from app.planning.apprenticeships import Apprenticeship, against_target
from app.planning.demand import DemandResult
from app.planning.further_study import Flow
from app.planning.pathways import PathwayPair, against_targets
from app.planning.placement_terms import PlacementResult
from app.planning.profile import Profile
from app.planning.supply import OfferingSupply
from app.planning.uncertainty import Draws
from app.runs.placement_rows import placement_summary
from app.runs.snapshot import Snapshot


def _demand_parts(demand: DemandResult, profile: Profile) -> dict[str, Any]:
    """Where the heads of demand come from, 人/年, and the rules by which none is counted twice."""
    cells = demand.cells
    told = [cell for cell in cells if cell.growth_share is not None]
    kinds = ("forecast", "figure", "posting")
    overlaps = dict.fromkeys(("occupation", "industry", "both"), 0.0)
    for overlap in demand.overlaps:
        overlaps[overlap.kept] += overlap.heads
    return {
        **{kind: round(sum(c.central for c in cells if c.kind == kind), 1) for kind in kinds},
        "growth": round(sum(c.central * (c.growth_share or 0.0) for c in told), 1),
        "replacement": round(sum(c.central * (1 - (c.growth_share or 0.0)) for c in told), 1),
        "by_staffing_pattern": round(sum(c.central for c in cells if c.staffing is not None), 1),
        "overlaps": {side: round(heads, 1) for side, heads in overlaps.items()},
        "overlap_rule": profile.demand.overlap.value,
        "source_priority": list(profile.demand.source_priority.value),
        "repeated_postings": len(demand.repeats),
        "national_scaled": round(demand.scaled, 1),
        "regional_share": profile.demand.regional_share.value,
    }


def _adjusted(actions: Sequence[Action], profile: Profile) -> dict[str, Any]:
    """By level, the share of offerings opened, upgraded, shrunk, suspended or closed, beside the profile's yardstick."""
    levels: dict[str, list[Action]] = {}
    for action in actions:
        levels.setdefault(action.level, []).append(action)
    found = {}
    for level, of_level in sorted(levels.items()):
        offerings = sum(action.action != "open" for action in of_level)
        changed = sum(action.action not in ("keep", "expand") for action in of_level)
        number = profile.limits.adjusted_share.get(level)  # type: ignore[call-overload]
        found[level] = {
            "offerings": offerings,
            "adjusted": changed,
            "share": round(changed / offerings, 4) if offerings else None,
            "yardstick": number.value if number else None,
            "source": number.source if number else None,
        }
    return found


def summary(
    snapshot: Snapshot,
    offerings: Sequence[OfferingSupply],
    demand: DemandResult,
    allocation: Allocation,
    draws: Draws,
    actions: Sequence[Action],
    placement: PlacementResult,
    pairs: Sequence[PathwayPair],
    profile: Profile,
    apprentices: Sequence[Apprenticeship] = (),
    flows: Sequence[Flow] = (),
) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for action in actions:
        counts[action.action] = counts.get(action.action, 0) + 1
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
        "demand": round(sum(cell.central for cell in demand.cells), 1),
        "demand_parts": _demand_parts(demand, profile),
        "unmet": round(float(allocation.unmet.sum()), 1),
        "allocation": {
            "iterations": allocation.iterations,
            "residual": float(f"{allocation.residual:.2e}"),
            "tolerance": allocation.tolerance,
        },
        "uncertainty": {"draws": len(draws.demand), "seed": draws.seed},
        "further_study": [
            {
                "level": flow.level,
                "graduate_after": flow.graduate_after,
                **{
                    name: round(getattr(flow, name), 1) for name in ("going_on", "entered", "planned", "left")
                },
            }
            for flow in flows
        ],
        "actions": dict(sorted(counts.items())),
        "adjusted": _adjusted(actions, profile),
        "order_classes": placement_summary(placement),
        "pathways": {
            tally.kind: {
                "pairs": tally.pairs,
                "complete": tally.complete,
                "programs": tally.programs,
                "target": tally.target,
            }
            for tally in against_targets(
                pairs,
                {
                    kind: int(getattr(targets, f"target_{kind}").value)
                    for kind in ("secondary_higher", "secondary_bachelor", "higher_bachelor")
                },
            )
        },
        "apprenticeships": asdict(against_target(apprentices, int(targets.target_apprenticeships.value))),
    }
