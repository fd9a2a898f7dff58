"""How long a portfolio of a whole city takes, how near the best it comes, and what choosing one by one would cost.

    python scripts/bench/portfolio.py --schools 70 --offerings 600 --openings 300 --seed 1 --json

Schools, programs, offerings and demand are drawn from a seed; what may be done is then decided by the rules of the
profile of Shanghai, as in a run, and all of its limits apply. Offerings are spread so that many schools teach several
programs of a class, half of the programs are short and half have too many graduates, and one in ten is protected.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from placement import quiet

from app.planning.actions import actions_of, decisions
from app.planning.balance import ProgramBalance, ProgramKey, program_supply
from app.planning.openings import openings
from app.planning.plans import PlanRow
from app.planning.portfolio import GAP, NODE_LIMIT, choose_portfolio
from app.planning.portfolio_choices import limits_of, offered, possible, programs_of, weights_of
from app.planning.portfolio_conflicts import in_words
from app.planning.portfolio_items import LIMITS
from app.planning.portfolio_result import PortfolioResult
from app.planning.rates import OutcomeRow
from app.planning.situation import ProgramFacts, Region, survey
from app.planning.supply import OfferingSupply, project_supply
from app.runs.profiles import load_profile

LEVEL = "bachelor"
PROFILE = load_profile("shanghai")


def city(schools: int, offerings: int, seed: int) -> Region:
    """A region of `offerings` offerings of programs in classes of eight at `schools` schools."""
    chance = random.Random(seed)  # noqa: S311  a made-up city, not a secret
    programs = [f"{n:06}" for n in range(max(8, offerings // 5))]
    classes = [list(members) for _, members in groupby(programs, key=lambda code: int(code) // 8)]
    pairs: set[tuple[str, str]] = set()
    while len(pairs) < offerings:
        school = f"41310{chance.randrange(schools):05}"
        members = chance.choice(classes)
        pairs |= {(school, code) for code in chance.sample(members, min(3, len(members)))}
    chosen = sorted(pairs)[:offerings]
    plans = [_plan(school, code, chance.randrange(30, 200)) for school, code in chosen]
    outcomes = [
        OutcomeRow(
            school,
            LEVEL,
            code,
            year,
            None,
            None,
            chance.uniform(0.5, 1),
            chance.uniform(0.4, 1),
            None,
            "o",
            True,
        )
        for school, code in chosen
        for year in (2024, 2025)
    ]
    supply = project_supply(plans, [], outcomes, [], PROFILE).offerings
    facts: dict[ProgramKey, ProgramFacts] = {}
    balances = []
    for (level, code), graduates in program_supply(supply).items():
        here = [o for o in supply if o.program_code == code]
        balances.append(
            _balance(code, here, graduates, graduates * chance.choice([0.2, 0.4, 0.9, 1.5, 2.0, 2.5]))
        )
        groups = ("health",) if chance.random() < 0.1 else ("integrated_circuits",) * (chance.random() < 0.2)
        facts[level, code] = ProgramFacts(code, f"{int(code) // 8:04}", tuple(groups))
    return survey(supply, balances, outcomes, facts, {}, PROFILE)


def _plan(school: str, code: str, seats: int) -> PlanRow:
    return PlanRow(school, 2025, "上海", LEVEL, (code,), None, seats, "", "b", True, 1)


def _balance(code: str, here: Sequence[OfferingSupply], supply: float, demand: float) -> ProgramBalance:
    return ProgramBalance(
        level=LEVEL,
        program_code=code,
        demand_low=demand * 0.85,
        demand=demand,
        demand_high=demand * 1.15,
        supply=supply,
        gap=demand - supply,
        ratio=supply / demand,
        offerings=len(here),
        hhi=None,
        simulated_share=1.0,
        contributions=(),
        demand_fit=0.5,
        forecast_share=1.0,
        known_offerings=len(here),
        supply_simulated=True,
        supply_batch_ids=("b",),
    )


def solve(
    region: Region, most: int, gap: float, node_limit: int, seats_least: float
) -> tuple[PortfolioResult, dict[str, int]]:
    proposals = decisions(region)
    opened = tuple(openings(proposals, region))
    priority = {
        (a.school_code, a.level, a.program_code): a.priority for a in actions_of(region, proposals, opened)
    }
    taught = [each.item for each in offered(proposals, region, priority)]
    to_open = [each.item for each in possible(proposals, opened, region, priority, most)]
    sizes = {
        "offerings": len(taught),
        "openings": len(to_open),
        "programs": len(region.balances),
        "choices": sum(len(item.choices) for item in (*taught, *to_open)),
    }
    result = choose_portfolio(
        [*taught, *to_open],
        programs_of(region),
        weights_of(PROFILE),
        replace(limits_of(region), seats_up_least=seats_least),
        gap=gap,
        node_limit=node_limit,
    )
    return result, sizes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=70)
    parser.add_argument("--offerings", type=int, default=600)
    parser.add_argument("--openings", type=int, default=300, help="candidate openings at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gap", type=float, default=GAP, help="relative gap at which to stop")
    parser.add_argument("--nodes", type=int, default=NODE_LIMIT, help="nodes after which to stop")
    parser.add_argument("--seats-least", type=float, default=0, help="seats that must be added")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args()
    region = city(options.schools, options.offerings, options.seed)
    busy = time.process_time()
    with quiet():
        result, sizes = solve(region, options.openings, options.gap, options.nodes, options.seats_least)
    report = {
        "seconds": round(result.seconds, 3),
        "cpu_seconds": round(time.process_time() - busy, 3),
        "gap": round(result.gap, 6) if result.gap is not None else None,
        "objective": round(result.totals.objective, 3),
        "rules_objective": round(result.rules.objective, 3),
        "rules_within_objective": round(result.rules_within.objective, 3) if result.rules_within else None,
        "nothing_objective": round(result.nothing.objective, 3),
        "lp_bound": round(result.lp_bound, 3) if result.lp_bound is not None else None,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "status": result.status,
        "conflict": in_words(result.conflict, LIMITS) if result.conflict else None,
        "rules_break": list(result.rules_break),
        "changed": result.totals.changed,
        "differences": len(result.differences),
        **sizes,
    }
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for name, figure in report.items():
            print(f"{name:24} {figure}")


if __name__ == "__main__":
    main()
