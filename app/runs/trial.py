"""Trials 试算: the computation of a run on the records of a synthetic region, and the two ways of counting beside it."""

import numpy as np

from app.matching.documents import Document
from app.planning.allocation import Allocation
from app.planning.balance import ProgramBalance, balance, program_supply
from app.planning.demand import demand_cells
from app.planning.portfolio_actions import recommend_together
from app.planning.profile import Profile
from app.planning.proof import Answer, answer_of, crosswalk_counting, fit_weighted_counting, with_range
from app.planning.situation import ProgramFacts
from app.planning.supply import project_supply
from app.planning.synthetic_records import Records
from app.planning.uncertainty import Draws, draw_balances, with_intervals
from app.runs.demand_fits import allocate_cells, cell_fits, demand_coverage_of
from app.runs.fits import FitTables, Listed
from app.runs.staffing import staffing_pattern

METHODS = ("engine", "crosswalk", "fit_weighted", "fit_weighted_floor")
_LINKED = 0.5
"""An industry counts as linked to the programs that fit it at least half as well as the best."""


def try_out(records: Records, classes: tuple[str, ...], profile: Profile, seed: int) -> dict[str, Answer]:
    """What the engine and the two ways of counting say of the same records, by the same rules of `profile`.

    Each method's changes are told as its rules ask for them and as a portfolio makes them within the limits of a year.
    The staffing pattern is the engine's: who counts takes the forecast of an industry as it is. `classes` holds the class code of
    each program; `seed` decides the draws of the engine.
    """
    supply = project_supply(records.plans, (), records.outcomes, records.campuses, profile)
    supplied = program_supply(supply.offerings)
    programs = list(supplied)
    fits = measured_fits(records)
    place = {key: j for j, key in enumerate(records.programs)}
    order = [place[key] for key in programs]
    facts = {key: ProgramFacts(f"专业 {key[1]}", classes[place[key]], ()) for key in programs}

    def answer(balances: tuple[ProgramBalance, ...], draws: Draws | None = None) -> Answer:
        together = recommend_together(supply.offerings, balances, records.outcomes, facts, {}, profile, draws)
        return answer_of(records.programs, balances, together.actions, together.portfolio.differences)

    pattern = staffing_pattern(records.postings, {}, fits, profile)
    cells = demand_cells(records.forecasts, (), records.postings, profile, pattern).cells
    fit = cell_fits(cells, programs, fits)
    allocation = allocate_cells(cells, programs, supplied, fit, profile)
    coverage = demand_coverage_of(cells, programs, fits)
    balances = balance(programs, supply.offerings, cells, allocation, fit, coverage)
    draws = draw_balances(programs, supply.offerings, cells, fit, allocation, profile, seed)
    engine = answer(with_intervals(balances, draws), draws)

    cells = demand_cells(records.forecasts, (), records.postings, profile).cells
    fit = cell_fits(cells, programs, fits)
    coverage = demand_coverage_of(cells, programs, fits)

    def counted(allocation: Allocation) -> Answer:
        return answer(with_range(balance(programs, supply.offerings, cells, allocation, fit, coverage)))

    heads = np.array([cell.central for cell in cells])
    best = fit.max(axis=1, keepdims=True, initial=0.0)
    linked = fit >= np.maximum(_LINKED * best, profile.allocation.fit_floor.value)
    column = {code: o for o, code in enumerate(records.occupations)}
    for i, cell in enumerate(cells):
        if cell.occupation_code in column:
            linked[i] = [(p, column[cell.occupation_code]) in records.links for p in order]
    return {
        "engine": engine,
        "crosswalk": counted(crosswalk_counting(heads, linked)),
        "fit_weighted": counted(fit_weighted_counting(heads, fit)),
        "fit_weighted_floor": counted(fit_weighted_counting(heads, fit, profile.allocation.fit_floor.value)),
    }


def measured_fits(records: Records) -> FitTables:
    """The measured fits of a synthetic region in the form a run has them; there are no texts to encode."""

    def named(codes: tuple[str, ...]) -> Listed:
        return Listed(tuple(Document(code, "") for code in codes), {code: i for i, code in enumerate(codes)})

    return FitTables(
        programs=named(tuple(f"{level}:{code}" for level, code in records.programs)),
        industries=named(records.industries),
        occupations=named(records.occupations),
        postings=named(tuple(row.id for row in records.postings)),
        industry=records.industry_fit,
        occupation=records.occupation_fit,
        posting=records.posting_fit,
        links=records.links,
        told=np.full(len(records.postings), -1, dtype=np.int64),
    )
