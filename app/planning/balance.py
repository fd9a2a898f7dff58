"""Balance 供需平衡: demand, supply and gap of each program, with the records that weigh most."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.planning.allocation import Allocation, Array
from app.planning.cells import DemandCell
from app.planning.indicators import herfindahl_by_group, supply_demand_ratios
from app.planning.supply import OfferingSupply

EVIDENCE_LINES = 6
ProgramKey = tuple[str, str]
"""(level, program code)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Heads that one demand record gives to a program, and the fit by which it does."""

    cell: DemandCell
    heads: float
    fit: float


@dataclass(frozen=True, slots=True)
class ProgramBalance:
    """Supply and demand of one program in heads per year 人/年; gap = demand − supply."""

    level: str
    program_code: str
    demand_low: float
    demand: float
    demand_high: float
    supply: float
    gap: float
    ratio: float | None
    offerings: int
    hhi: float | None
    simulated_share: float
    contributions: tuple[Contribution, ...]
    """The largest first."""
    demand_fit: float
    """Mean fit 0-1 of the demand, weighted by heads: how well the demand found speaks of this program."""
    forecast_share: float
    """Share 0-1 of the demand that forecasts and published figures bring; postings are a sample only."""
    known_offerings: int
    """Offerings whose seats are known; the supply is that of these."""
    supply_simulated: bool
    """The supply rests on simulated plans or rates."""
    supply_batch_ids: tuple[str, ...]
    coverage: float | None = None
    """Share 0-1 of its field that forecasts and figures speak of (see coverage.py); None where not measured."""
    gap_p10: float | None = None
    """The gap 人/年 that one draw in ten lies below (see uncertainty.py); None where not drawn."""
    gap_p50: float | None = None
    gap_p90: float | None = None
    growth: float | None = None
    """Heads 人/年 of the demand that new work brings; None where no record of it tells growth and replacement apart."""
    replacement: float | None = None
    """Heads 人/年 that replace people who leave; what is in neither is not told apart."""


def program_supply(offerings: Sequence[OfferingSupply]) -> dict[ProgramKey, float]:
    """Graduates of all offerings of each program, in order of the programs' keys."""
    total: dict[ProgramKey, float] = defaultdict(float)
    for offering in offerings:
        total[offering.level, offering.program_code] += offering.graduates
    return dict(sorted(total.items()))


def offering_demand(
    offerings: Sequence[OfferingSupply], balances: Sequence[ProgramBalance]
) -> tuple[float | None, ...]:
    """Heads 人/年 of demand that fall to each offering: its program's by its share of the supply; None without supply.

    This is what allocating to offerings gives (`allocate` with `part`), as long as fits do not tell the offerings of a
    program apart.
    """
    per_graduate = {
        (item.level, item.program_code): item.demand / item.supply for item in balances if item.supply > 0
    }
    return tuple(
        offering.graduates * per_graduate[key]
        if (key := (offering.level, offering.program_code)) in per_graduate
        else None
        for offering in offerings
    )


def balance(
    programs: Sequence[ProgramKey],
    offerings: Sequence[OfferingSupply],
    cells: Sequence[DemandCell],
    allocation: Allocation,
    fit: Array,
    coverage: Array | None = None,
) -> tuple[ProgramBalance, ...]:
    """The balance of each program: column j of `allocation.shares` and `fit` (n, m) is `programs[j]`, row i `cells[i]`.

    Low and high demand move each cell's heads within its own range and keep the shares.
    `coverage` (m,) is the demand coverage of each program, where it was measured.
    """
    by_program: dict[ProgramKey, list[OfferingSupply]] = defaultdict(list)
    for offering in offerings:
        by_program[offering.level, offering.program_code].append(offering)
    central = np.array([cell.central for cell in cells])
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(central > 0, np.array([cell.low for cell in cells]) / central, 0.0)
        high = np.where(central > 0, np.array([cell.high for cell in cells]) / central, 0.0)
    simulated = np.array([cell.simulated for cell in cells], dtype=bool)
    told = np.array([cell.growth_share is not None for cell in cells], dtype=bool)
    growth = np.array([cell.growth_share or 0.0 for cell in cells])
    forecast = np.array([cell.kind != "posting" for cell in cells], dtype=bool)
    members = [by_program.get(key, []) for key in programs]
    wanted = [float(allocation.shares[:, j].sum()) for j in range(len(programs))]
    supplied = [float(sum(offering.graduates for offering in here)) for here in members]
    ratios = supply_demand_ratios(supplied, wanted).tolist()
    concentrations = herfindahl_by_group(
        [offering.seats for here in members for offering in here],
        np.repeat(np.arange(len(programs)), [len(here) for here in members]),
        len(programs),
    ).tolist()
    balances = []
    for j, key in enumerate(programs):
        heads, here = allocation.shares[:, j], members[j]
        demand, supply = wanted[j], supplied[j]
        order = np.argsort(-heads, kind="stable")[:EVIDENCE_LINES]
        balances.append(
            ProgramBalance(
                level=key[0],
                program_code=key[1],
                demand_low=float(heads @ low) if len(cells) else 0.0,
                demand=demand,
                demand_high=float(heads @ high) if len(cells) else 0.0,
                supply=supply,
                gap=demand - supply,
                ratio=ratios[j],
                offerings=len(here),
                hhi=concentrations[j],
                simulated_share=float(heads[simulated].sum()) / demand if demand > 0 else 0.0,
                contributions=tuple(
                    Contribution(cells[i], float(heads[i]), float(fit[i, j]))
                    for i in order
                    if heads[i] > 0.05
                ),
                demand_fit=float(heads @ fit[:, j]) / demand if demand > 0 else 0.0,
                forecast_share=float(heads[forecast].sum()) / demand if demand > 0 else 0.0,
                known_offerings=sum(offering.seats > 0 for offering in here),
                supply_simulated=any(offering.simulated for offering in here),
                supply_batch_ids=tuple(sorted({batch for o in here for batch in o.batch_ids})),
                coverage=None if coverage is None else float(coverage[j]),
                growth=float(heads[told] @ growth[told]) if told.any() and heads[told].any() else None,
                replacement=float(heads[told] @ (1.0 - growth[told]))
                if told.any() and heads[told].any()
                else None,
            )
        )
    return tuple(balances)
