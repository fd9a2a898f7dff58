"""What a run plans with: supply, demand and outcomes of a snapshot, as decisions and a scenario have them."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from app.planning.balance import ProgramKey
from app.planning.demand import DemandResult, demand_cells
from app.planning.further_study import ABOVE, Continuations, Flow, with_further_study
from app.planning.profile import Profile
from app.planning.rates import OutcomeRow
from app.planning.scenario import Scenario
from app.planning.scenario_effects import Alteration, altered_demand, altered_profile, altered_supply
from app.planning.standing import Planned, Standing, carried_out
from app.planning.supply import SupplyResult, project_supply
from app.reference import Reference
from app.runs.fits import FitTables
from app.runs.snapshot import Snapshot
from app.runs.staffing import staffing_pattern


@dataclass(frozen=True, slots=True)
class Inputs:
    profile: Profile
    supply: SupplyResult
    demand: DemandResult
    outcomes: tuple[OutcomeRow, ...]
    standing: Standing
    heeded: int
    """Decisions of reviewers that this run heeds."""
    planned: tuple[Planned, ...]
    """Those that its supply counts already."""
    scenario: Scenario | None
    alterations: tuple[Alteration, ...]
    flows: tuple[Flow, ...]
    """Graduates who go on studying."""

    def notes(self) -> dict[str, Any]:
        """What the summary of the run says of decisions, and of the scenario where there is one."""
        notes: dict[str, Any] = {
            "reviews": {
                "heeded": self.heeded,
                "planned": [
                    {
                        "school_code": each.decision.school_code,
                        "level": each.decision.level,
                        "program_code": each.decision.program_code,
                        "action": each.decision.action,
                        "year": each.decision.year,
                        "seats_before": round(each.seats_before, 3),
                        "seats": round(each.seats, 3),
                    }
                    for each in self.planned
                ],
            }
        }
        if self.scenario is not None:
            notes["scenario"] = {
                "name": self.scenario.name,
                "title": self.scenario.title,
                "alterations": [
                    {**asdict(each), "before": round(each.before, 3), "after": round(each.after, 3)}
                    for each in self.alterations
                ],
            }
        return notes


def gather(
    snapshot: Snapshot,
    profile: Profile,
    reference: Reference,
    fits: FitTables,
    scenario: Scenario | None = None,
) -> Inputs:
    """Project supply and demand of the snapshot, carry out the accepted decisions, then apply the scenario.

    Who goes on studying is counted last, from the offerings as they then are.

    Raises InvalidInputError or ProfileError where the scenario does not go with the snapshot.
    """
    alterations: list[Alteration] = []
    if scenario is not None:
        profile, alterations = altered_profile(scenario, profile)
    supply = project_supply(snapshot.plans, snapshot.registers, snapshot.outcomes, snapshot.campuses, profile)
    demand = demand_of(snapshot, profile, fits)
    offerings, heeded, planned = carried_out(supply.offerings, snapshot.decisions, profile)
    outcomes = snapshot.outcomes
    if scenario is not None:
        cells, of_demand = altered_demand(scenario, demand.cells, snapshot.postings, profile, reference)
        demand = replace(demand, cells=cells)
        offerings, outcomes, of_supply = altered_supply(scenario, offerings, outcomes, profile, reference)
        alterations = [*alterations, *of_demand, *of_supply]
    offerings, flows, more = with_further_study(offerings, _continuations(reference), profile)
    names = {school.code: school.name for school in reference.schools}
    return Inputs(
        profile=profile,
        supply=replace(supply, offerings=offerings, warnings=(*supply.warnings, *more)),
        demand=demand,
        outcomes=outcomes,
        standing=Standing(heeded, planned, profile.review.figure_change, names),
        heeded=len(heeded),
        planned=planned,
        scenario=scenario,
        alterations=tuple(alterations),
        flows=flows,
    )


def demand_of(snapshot: Snapshot, profile: Profile, fits: FitTables) -> DemandResult:
    """The demand of the snapshot in the year that the profile plans for."""
    said = {text.id: text.description for text in snapshot.posting_texts}
    pattern = staffing_pattern(snapshot.postings, said, fits, profile)
    return demand_cells(snapshot.forecasts, snapshot.figures, snapshot.postings, profile, pattern, said)


def _continuations(reference: Reference) -> dict[ProgramKey, Continuations]:
    """Where each program leads, at the levels above its own."""
    found = {}
    for program in reference.programs:
        uppers = ABOVE.get(program.level.value, ())
        linked = dict.fromkeys(
            target.key
            for name in program.continues_to
            for upper in uppers
            for target in reference.programs.named(name, upper)
        )
        found[program.key] = Continuations(tuple(linked), program.class_name)
    return found
