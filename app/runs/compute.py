"""The computation of a run: plain rows in, result rows out. No database here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import Engine
from app.matching.outside import OutsideVectors
from app.models import (
    Apprenticeship,
    Balance,
    Base,
    BlockingPair,
    Fit,
    Indicator,
    Offering,
    OpeningCandidate,
    Pathway,
    Placement,
    Portfolio,
    Recommendation,
    SeatPrice,
    UnmetDemand,
    UnplacedPosting,
)
from app.planning.allocation import Allocation
from app.planning.balance import ProgramKey, balance, offering_demand, program_supply
from app.planning.cells import DemandCell
from app.planning.completeness import completeness
from app.planning.enrolment import EnrolmentYear, enrolment_history
from app.planning.groupings import indicators_by_group
from app.planning.pathways import pathways
from app.planning.plans import PlanRow
from app.planning.portfolio_actions import recommend_together
from app.planning.portfolio_check import Reallocated, reallocated
from app.planning.portfolio_result import PortfolioResult
from app.planning.profile import Profile
from app.planning.rates import Key, OutcomeRow
from app.planning.resources import Resources, resources_of
from app.planning.scenario import Scenario
from app.planning.supply import OfferingSupply
from app.planning.uncertainty import draw_balances, with_intervals
from app.planning.warning import Warning
from app.reference import Reference
from app.runs.apprenticeships import apprenticeship_candidates
from app.runs.demand_fits import allocate_cells, cell_fits, demand_coverage_of
from app.runs.documents import run_documents
from app.runs.fits import Fits, FitTables, compute_fits, side
from app.runs.inputs import gather
from app.runs.listed import listed
from app.runs.nearness import nearness
from app.runs.order_class_seats import next_intake
from app.runs.placement import place_order_classes
from app.runs.placement_facts import placement_facts
from app.runs.placement_rows import blocking_row, placement_row, price_rows, unplaced_row
from app.runs.portfolio_rows import portfolio_row, portfolio_summary
from app.runs.program_facts import group_facts, likeness, pathway_programs, program_facts
from app.runs.rows import (
    apprenticeship_row,
    balance_row,
    candidate_row,
    fit_rows,
    indicator_row,
    offering_row,
    pathway_row,
    recommendation_row,
    unmet_rows,
)
from app.runs.snapshot import Snapshot, seed_of
from app.runs.staffing import told_occupations
from app.runs.summary import summary
from app.runs.years import balances_by_year

Rows = dict[type[Base], Sequence[Mapping[str, Any]]]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    rows: Rows
    summary: dict[str, Any]
    warnings: list[dict[str, Any]]
    timings: dict[str, float]
    """Seconds of the steps that search; they differ from run to run."""


def snapshot_fits(
    snapshot: Snapshot, reference: Reference, engine: Engine, outside: OutsideVectors | None = None
) -> Fits:
    """The fits of every program with every industry, occupation and posting of the snapshot.

    `outside`: vectors of `run_documents(snapshot, reference)`, where a layer outside the engine takes part.
    """
    documents = run_documents(snapshot, reference)
    fits = compute_fits(
        engine,
        reference,
        programs=side(engine, documents.programs),
        industries=side(engine, documents.industries),
        occupations=side(engine, documents.occupations),
        postings=side(engine, documents.postings),
        outside=outside,
    )
    return replace(fits, told=told_occupations(snapshot.postings, fits, engine))


def compute(
    snapshot: Snapshot,
    reference: Reference,
    fits: FitTables,
    profile: Profile,
    progress: Progress,
    scenario: Scenario | None = None,
    seed: int | None = None,
) -> RunResult:
    """All results of a run over `snapshot`, in a fixed order: the same inputs give the same rows, bit for bit.

    `fits` are those of the snapshot. Where they can be explained (`Fits`) they are results too; fits that were read
    back are not, for their run has stored them. A `scenario` alters what is planned with, and never the fits.
    `seed` is `seed_of(snapshot)`, where it is known already.
    """
    snapshot, unlisted = listed(snapshot, reference)
    progress("测算供给与需求", 0.0)
    inputs = gather(snapshot, profile, reference, fits, scenario)
    profile, supply, demand = inputs.profile, inputs.supply, inputs.demand
    supplied = program_supply(supply.offerings)
    programs = list(supplied)
    fit = cell_fits(demand.cells, programs, fits)
    allocation = allocate_cells(demand.cells, programs, supplied, fit, profile)
    balances = balance(
        programs,
        supply.offerings,
        demand.cells,
        allocation,
        fit,
        demand_coverage_of(demand.cells, programs, fits),
    )
    by_year = balances_by_year(snapshot, inputs, fits, programs, allocation)
    progress("测算不确定性", 0.0)
    draws = draw_balances(
        programs,
        supply.offerings,
        demand.cells,
        fit,
        allocation,
        profile,
        seed_of(snapshot) if seed is None else seed,
    )
    balances = with_intervals(balances, draws)
    progress("生成调整建议", 0.0)
    facts = program_facts(programs, reference)
    together = recommend_together(
        supply.offerings,
        balances,
        inputs.outcomes,
        facts,
        {school.code: school.name for school in reference.schools},
        profile,
        draws,
        _enrolment(snapshot.plans, inputs.outcomes, profile),
        nearness(programs, supply.offerings, snapshot.clusters, fits, reference),
        inputs.standing,
        _resources(snapshot, reference),
        flipped=scenario is None,
    )
    groups = indicators_by_group(
        supply.offerings,
        balances,
        demand.cells,
        allocation.shares,
        inputs.outcomes,
        group_facts(programs, reference),
        profile.actions.low_percentile.value,
    )
    actions = together.actions
    checks = _checks(together.portfolio, programs, demand.cells, fit, allocation, profile)
    progress("安排订单班", 0.0)
    placement = place_order_classes(
        snapshot,
        supply.offerings,
        fits,
        reference,
        profile,
        placement_facts(
            profile,
            classes=snapshot.order_classes,
            terms=snapshot.posting_terms,
            ties=snapshot.ties,
            intake=next_intake(snapshot.day) if snapshot.day else None,
        ),
    )
    progress("配对贯通专业", 0.0)
    pairs = pathways(
        pathway_programs(reference),
        supply.offerings,
        per_program=int(profile.pathways.per_program.value),
        distance_km=reference.districts.distance_km,
        likeness=likeness(fits),
    )
    apprentices = apprenticeship_candidates(snapshot, supply.offerings, fits, reference, profile)
    progress("整理结果", 0.0)
    warnings = [
        *unlisted,
        *supply.warnings,
        *demand.warnings,
        *completeness(supply.offerings, demand.cells),
        *together.warnings,
        *_coverage(supply.offerings, reference),
    ]
    simulated_postings = {row.id for row in snapshot.postings if row.simulated}
    simulated_postings |= {tie.posting_id for tie in snapshot.ties if tie.simulated}
    rows: Rows = {
        Offering: [
            offering_row(offering, heads)
            for offering, heads in zip(
                supply.offerings, offering_demand(supply.offerings, balances), strict=True
            )
        ],
        Fit: fit_rows(fits, set(programs)) if isinstance(fits, Fits) else [],
        Balance: [balance_row(item, by_year[item.level, item.program_code]) for item in balances],
        UnmetDemand: unmet_rows(demand.cells, allocation),
        Recommendation: [recommendation_row(a, supply.offerings, fits) for a in actions],
        Portfolio: [portfolio_row(together, checks)],
        Placement: [placement_row(item, simulated_postings) for item in placement.classes],
        UnplacedPosting: [unplaced_row(item) for item in placement.unplaced],
        SeatPrice: price_rows(placement, snapshot.simulated),
        BlockingPair: [blocking_row(item, simulated_postings) for item in placement.blocking],
        Pathway: [pathway_row(pair) for pair in pairs],
        OpeningCandidate: [candidate_row(candidate) for candidate in together.candidates],
        Indicator: [indicator_row(group) for group in groups],
        Apprenticeship: [apprenticeship_row(item) for item in apprentices],
    }
    return RunResult(
        rows=rows,
        summary={
            **summary(
                snapshot,
                supply.offerings,
                demand,
                allocation,
                draws,
                actions,
                placement,
                pairs,
                profile,
                apprentices,
                inputs.flows,
            ),
            "portfolio": portfolio_summary(together.portfolio),
            **inputs.notes(),
        },
        warnings=[asdict(warning) for warning in warnings],
        timings={
            "portfolio": round(together.portfolio.seconds, 3),
            "order_classes": round(placement.seconds, 3),
        },
    )


def _checks(
    portfolio: PortfolioResult,
    programs: Sequence[ProgramKey],
    cells: Sequence[DemandCell],
    fit: NDArray[np.float64],
    allocation: Allocation,
    profile: Profile,
) -> dict[str, Reallocated]:
    """What each set of changes leaves unmet and in surplus once demand is divided anew."""
    wanted = np.array([cell.central for cell in cells])
    return {
        name: reallocated(standings, programs, wanted, fit, allocation, profile)
        for name, standings in (
            ("portfolio", portfolio.programs),
            ("rules", portfolio.rules_programs),
            ("nothing", portfolio.nothing_programs),
        )
    }


def _enrolment(
    plans: Sequence[PlanRow], outcomes: Sequence[OutcomeRow], profile: Profile
) -> dict[Key, tuple[EnrolmentYear, ...]]:
    share = profile.limits.year_known_share
    return enrolment_history(plans, outcomes, share.value) if share else {}


def _resources(snapshot: Snapshot, reference: Reference) -> Resources | None:
    if not snapshot.teachers and not snapshot.bases:
        return None
    classes = {program.key: program.class_code for program in reference.programs}
    return resources_of(snapshot.teachers, snapshot.bases, classes)


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
