"""The computation of a run: plain rows in, result rows out. No database here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import Engine, top_places
from app.models import (
    Balance,
    Base,
    Fit,
    Offering,
    Pathway,
    Placement,
    Recommendation,
    UnmetDemand,
    UnplacedPosting,
)
from app.planning.actions import Action, ProgramFacts, recommend
from app.planning.allocation import Allocation, allocate
from app.planning.balance import ProgramBalance, ProgramKey, balance, program_supply
from app.planning.coverage import covered_industries, covered_occupations, demand_coverage
from app.planning.demand import DemandCell, demand_cells
from app.planning.pathways import PathwayPair, PathwayProgram, pathways
from app.planning.placement import (
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
    place,
)
from app.planning.profile import Profile
from app.planning.supply import OfferingSupply, project_supply
from app.planning.warning import Warning
from app.reference import Reference
from app.runs.documents import (
    industry_documents,
    occupation_documents,
    posting_document,
    program_documents,
    texts_by_key,
)
from app.runs.fits import Fits, Side, compute_fits, explain_fit, level_compatibility, side
from app.runs.snapshot import Snapshot

KEPT_FITS = 20
"""Targets of each kind kept per program, and programs per target."""
EXPLAINED = 5
"""Of those, how many are explained; postings are explained when asked for."""
CLASS_MODES = ("order_class", "modern_apprenticeship", "enterprise_apprenticeship", "internship")
Rows = dict[type[Base], Sequence[Mapping[str, Any]]]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    rows: Rows
    summary: dict[str, Any]
    warnings: list[dict[str, Any]]


def compute(
    snapshot: Snapshot, reference: Reference, engine: Engine, profile: Profile, progress: Progress
) -> RunResult:
    """All results of a run over `snapshot`, in a fixed order: the same inputs give the same rows, bit for bit."""
    texts = texts_by_key(snapshot.texts)
    progress("计算适配度", 0.0)
    fits = compute_fits(
        engine,
        reference,
        programs=side(engine, program_documents(reference, texts)),
        industries=side(engine, industry_documents(reference, texts)),
        occupations=side(engine, occupation_documents(reference, texts)),
        postings=side(engine, [posting_document(text) for text in snapshot.posting_texts]),
    )
    progress("测算供给与需求", 0.0)
    supply = project_supply(snapshot.plans, snapshot.registers, snapshot.outcomes, snapshot.campuses, profile)
    demand = demand_cells(snapshot.forecasts, snapshot.figures, snapshot.postings, profile)
    programs = list(program_supply(supply.offerings))
    fit = cell_fits(demand.cells, programs, fits)
    allocation = _allocate(demand.cells, programs, supply.offerings, fit, profile)
    balances = balance(
        programs,
        supply.offerings,
        demand.cells,
        allocation,
        fit,
        _demand_coverage(demand.cells, programs, fits),
    )
    progress("生成调整建议", 0.0)
    facts = _facts(programs, reference)
    actions = recommend(
        supply.offerings,
        balances,
        snapshot.outcomes,
        facts,
        {school.code: school.name for school in reference.schools},
        profile,
    )
    progress("安排订单班", 0.0)
    placement = _place(snapshot, supply.offerings, fits, reference, profile)
    progress("配对贯通专业", 0.0)
    pairs = pathways(
        _pathway_programs(reference), supply.offerings, per_program=int(profile.pathways.per_program.value)
    )
    progress("整理结果", 0.0)
    warnings = [*supply.warnings, *demand.warnings, *_coverage(supply.offerings, reference)]
    simulated_postings = {row.id for row in snapshot.postings if row.simulated}
    rows: Rows = {
        Offering: [_offering_row(offering) for offering in supply.offerings],
        Fit: fit_rows(fits, set(programs)),
        Balance: [_balance_row(item) for item in balances],
        UnmetDemand: _unmet_rows(demand.cells, allocation),
        Recommendation: [_recommendation_row(a, supply.offerings, fits) for a in actions],
        Placement: [_placement_row(item, simulated_postings) for item in placement.classes],
        UnplacedPosting: [asdict(item) for item in placement.unplaced],
        Pathway: [_pathway_row(pair) for pair in pairs],
    }
    return RunResult(
        rows=rows,
        summary=_summary(
            snapshot, supply.offerings, demand.cells, allocation, actions, placement, pairs, profile
        ),
        warnings=[asdict(warning) for warning in warnings],
    )


def cell_fits(cells: Sequence[DemandCell], programs: Sequence[ProgramKey], fits: Fits) -> NDArray[np.float64]:
    """Fit (cells, programs) in [0, 1] of each demand cell with each offered program, level compatibility included.

    A posting is matched by its text, and by its occupation where it names one; a forecast by its occupation, its
    industries, or the geometric mean of both.
    """
    places = [fits.programs.index[f"{level}:{code}"] for level, code in programs]
    result = np.zeros((len(cells), len(programs)))
    for i, cell in enumerate(cells):
        parts: list[NDArray[np.float64]] = []
        if cell.posting_id is not None:
            parts.append(fits.posting[places, fits.postings.index[cell.posting_id]])
        if cell.occupation_code in fits.occupations.index:
            column = fits.occupations.index[cell.occupation_code]
            parts.append(fits.occupation[places, column])
        if cell.industry_codes and cell.posting_id is None:
            columns = [c for code in cell.industry_codes for c in fits.industry_columns(code)]
            if columns:
                parts.append(fits.industry[places][:, columns].max(axis=1))
        if not parts:
            continue
        levels = np.array([level_compatibility(cell.level, level) for level, _ in programs])
        combined = np.maximum.reduce(parts) if cell.posting_id else np.prod(parts, axis=0) ** (1 / len(parts))
        result[i] = combined * levels
    return result


def _allocate(
    cells: Sequence[DemandCell],
    programs: Sequence[ProgramKey],
    offerings: Sequence[OfferingSupply],
    fit: NDArray[np.float64],
    profile: Profile,
) -> Allocation:
    supply = program_supply(offerings)
    return allocate(
        np.array([cell.central for cell in cells]),
        np.array([supply[key] for key in programs]),
        fit,
        fit_floor=profile.allocation.fit_floor.value,
        temperature=profile.allocation.temperature.value,
        supply_pull=profile.allocation.supply_pull.value,
    )


def _demand_coverage(
    cells: Sequence[DemandCell], programs: Sequence[ProgramKey], fits: Fits
) -> NDArray[np.float64]:
    """Coverage (programs,) of each program's field by forecasts and figures, by industry or by occupation."""
    places = [fits.programs.index[f"{level}:{code}"] for level, code in programs]
    industries = [document.id for document in fits.industries.documents]
    occupations = [document.id for document in fits.occupations.documents]
    groups = [column for column, code in enumerate(industries) if len(code) > 3]
    by_industry = demand_coverage(
        fits.industry[np.ix_(places, groups)], covered_industries(industries, cells)[groups]
    )
    by_occupation = demand_coverage(fits.occupation[places], covered_occupations(occupations, cells))
    coverage: NDArray[np.float64] = np.maximum(by_industry, by_occupation)
    return coverage


def _facts(programs: Sequence[ProgramKey], reference: Reference) -> dict[ProgramKey, ProgramFacts]:
    facts = {}
    for level, code in programs:
        program = reference.programs.get(level, code)
        groups = tuple(
            group.id
            for group in reference.industry_groups
            if any(word in program.name or word in program.class_name for word in group.program_keywords)
        )
        facts[level, code] = ProgramFacts(program.name, program.class_code, groups)
    return facts


def _place(
    snapshot: Snapshot,
    offerings: Sequence[OfferingSupply],
    fits: Fits,
    reference: Reference,
    profile: Profile,
) -> PlacementResult:
    rules = profile.placement
    wanting = [row for row in snapshot.postings if row.mode in CLASS_MODES]
    postings = [
        PlacementPosting(
            id=row.id,
            heads=row.heads,
            class_size_min=min(row.class_size_min or int(rules.class_size_min.value), max(row.heads, 1)),
            class_size_max=max(int(rules.class_size_max.value), row.class_size_min or 0),
        )
        for row in wanting
    ]
    sides = [
        PlacementOffering(offering.key, int(offering.seats * rules.seat_share.value))
        for offering in offerings
    ]
    shape = (len(postings), len(sides))
    fit, levels, distance = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
    rows = [fits.programs.index[f"{o.level}:{o.program_code}"] for o in offerings]
    for i, row in enumerate(wanting):
        fit[i] = fits.posting[rows, fits.postings.index[row.id]]
        if row.occupation_code in fits.occupations.index:
            fit[i] = np.maximum(fit[i], fits.occupation[rows, fits.occupations.index[row.occupation_code]])
        levels[i] = [level_compatibility(row.level, offering.level) for offering in offerings]
        if row.district_code:
            distance[i] = [
                reference.districts.distance_km(row.district_code, o.district_code)
                if o.district_code
                else np.nan
                for o in offerings
            ]
    return place(
        postings,
        sides,
        fit,
        levels,
        distance,
        PlacementRules(
            fit_floor=rules.fit_floor.value,
            unmet_weight=rules.unmet_weight.value,
            fit_weight=rules.fit_weight.value,
            distance_weight=rules.distance_weight.value,
        ),
    )


def _pathway_programs(reference: Reference) -> list[PathwayProgram]:
    return [
        PathwayProgram(
            level=program.level.value,
            code=program.code,
            name=program.name,
            courses=frozenset(program.core_courses) | frozenset(program.foundation_courses),
            continues_to=program.continues_to,
        )
        for program in reference.programs
    ]


def _coverage(offerings: Sequence[OfferingSupply], reference: Reference) -> list[Warning]:
    with_seats = {o.school_code for o in offerings if o.seats > 0}
    lacking = [school for school in reference.schools if school.code not in with_seats]
    if not lacking:
        return []
    return [
        Warning(
            "supply_coverage",
            f"{len(reference.schools)} 所院校中有 {len(lacking)} 所没有招生计划数，供给只反映已装入的部分",
            tuple(school.code for school in lacking),
        )
    ]


# --- rows -------------------------------------------------------------------------------------------------------


def _offering_row(offering: OfferingSupply) -> dict[str, Any]:
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
        linked = set(fits.links) if kind == "occupation" else set()
        kept = {(i, j) for i in range(len(scores)) for j in top_places(scores[i], KEPT_FITS).tolist()}
        kept |= {(i, j) for j in range(scores.shape[1]) for i in top_places(scores[:, j], KEPT_FITS).tolist()}
        ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
        for i, j in sorted(kept | linked):
            if scores[i, j] <= 0:
                continue
            level, code = fits.programs.documents[i].id.split(":")
            rank = int(ranks[i, j])
            explained = rank <= EXPLAINED and kind != "posting" and (level, code) in offered
            rows.append(
                {
                    "level": level,
                    "program_code": code,
                    "target_kind": kind,
                    "target_code": targets.documents[j].id,
                    "score": round(float(scores[i, j]), 6),
                    "rank": rank,
                    "explanation": explain_fit(fits, kind, i, j, (i, j) in linked) if explained else {},
                }
            )
    return rows


def _balance_row(item: ProgramBalance) -> dict[str, Any]:
    return {
        "level": item.level,
        "program_code": item.program_code,
        **{
            name: round(getattr(item, name), 3)
            for name in ("demand_low", "demand", "demand_high", "supply", "gap", "simulated_share")
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


def _unmet_rows(cells: Sequence[DemandCell], allocation: Allocation) -> list[dict[str, Any]]:
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


def _recommendation_row(action: Action, offerings: Sequence[OfferingSupply], fits: Fits) -> dict[str, Any]:
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
        "rules": list(action.rules),
        "evidence": [
            {
                **asdict(line),
                "value": round(line.value, 4) if line.value is not None else None,
                "batch_ids": list(line.batch_ids),
            }
            for line in action.evidence
        ],
        "summary": action.summary,
        "simulated": action.simulated,
    }


def _placement_row(item: Any, simulated: set[str]) -> dict[str, Any]:
    school, level, program = item.key
    reasons = [f"适配度 {item.fit:.2f}", f"安排 {item.seats} 人"]
    if item.distance_km is not None:
        reasons.append(f"两区中心相距 {item.distance_km:.0f} 公里")
    return {
        "posting_id": item.posting_id,
        "school_code": school,
        "level": level,
        "program_code": program,
        "seats": item.seats,
        "fit": round(item.fit, 6),
        "distance_km": round(item.distance_km, 2) if item.distance_km is not None else None,
        "reasons": reasons,
        "simulated": item.posting_id in simulated,
    }


def _pathway_row(pair: PathwayPair) -> dict[str, Any]:
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


def _summary(
    snapshot: Snapshot,
    offerings: Sequence[OfferingSupply],
    cells: Sequence[DemandCell],
    allocation: Allocation,
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
        "allocation": {"iterations": allocation.iterations, "residual": float(f"{allocation.residual:.2e}")},
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
