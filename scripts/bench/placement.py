"""How long a placement of order classes takes, and how near the best it comes.

    python scripts/bench/placement.py --postings 500 --offerings 2000 --eligible 30 --seed 1 --json

Postings, offerings and fits are drawn from a seed: there is no real city of this size at hand. Half of the offerings
have no known seats, as where only a register is published; the others have 1.8 seats for each head that is asked,
many in lots too small for a class, so that there is something to decide.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from app.planning.placement import place_pairs
from app.planning.placement_terms import (
    Pairs,
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
)

Instance = tuple[list[PlacementPosting], list[PlacementOffering], Pairs]


def instance(postings: int, offerings: int, eligible: int, seed: int) -> Instance:
    """Postings of 10 to 80 heads in classes of 15 (or 20, 25) to 50; each may go to `eligible` offerings."""
    random = np.random.default_rng(seed)
    heads = random.integers(10, 81, postings)
    small = random.choice([15, 20, 25], postings)
    asking = [
        PlacementPosting(
            f"P{i}",
            int(heads[i]),
            int(small[i]),
            50,
            priority=float(random.choice([1.0, 1.5])),
            enterprise=f"E{i % max(1, 2 * postings // 3)}",
        )
        for i in range(postings)
    ]
    shares = random.gamma(2.0, size=offerings)
    seats = np.rint(shares / shares.sum() * heads.sum() * 1.2).astype(int)
    seats = np.where(random.random(offerings) < 0.5, seats * 3, 0) if offerings > postings else seats
    teaching = [
        PlacementOffering((f"S{j % 70}", "bachelor", f"{j}"), int(seats[j])) for j in range(offerings)
    ]
    each = min(eligible, offerings)
    rows = np.repeat(np.arange(postings), each)
    columns = np.concatenate([random.choice(offerings, each, replace=False) for _ in range(postings)])
    fit = random.beta(2, 3, rows.size) * 0.85 + 0.15
    distance = np.where(random.random(rows.size) < 0.8, random.gamma(2, 8, rows.size), np.nan)
    partner = np.where(random.random(rows.size) < 0.03, 1.0, 0.0)
    return asking, teaching, Pairs(rows, columns, fit, np.ones(rows.size), distance, partner)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postings", type=int, default=500)
    parser.add_argument("--offerings", type=int, default=2000)
    parser.add_argument("--eligible", type=int, default=30, help="eligible offerings of each posting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--gap", type=float, default=PlacementRules().gap, help="relative gap at which to stop"
    )
    parser.add_argument(
        "--time-limit", type=float, default=None, help="seconds after which to stop; default none"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args()
    drawn = instance(options.postings, options.offerings, options.eligible, options.seed)
    rules = PlacementRules(gap=options.gap, time_limit=options.time_limit)
    with quiet():
        result = place_pairs(*drawn, rules)
    report = summary(result)
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for name, value in report.items():
            print(f"{name:14} {value}")


@contextmanager
def quiet() -> Iterator[None]:
    """Standard output kept for the report: HiGHS 1.12 now and then prints a line of its own past every option."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def summary(result: PlacementResult) -> dict[str, float | int | str]:
    reasons: dict[str, int] = {}
    for left in result.unplaced:
        reasons[left.reason_code] = reasons.get(left.reason_code, 0) + left.unmet
    return {
        "seconds": round(result.seconds, 3),
        "processor_seconds": round(time.process_time(), 3),
        "gap": round(result.gap, 6),
        "heads_asked": result.heads_asked,
        "heads_placed": result.heads_placed,
        "objective": round(result.objective, 3),
        "lp_bound": round(result.lp_bound, 3),
        "bound": round(result.bound, 3),
        "classes": len(result.classes),
        "status": result.status,
        "blocking_pairs": result.blocking_count,
        "priced_offerings": len(result.prices),
        "shared_offerings": len(result.shared),
        "unmet": dict(sorted(reasons.items())),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


if __name__ == "__main__":
    main()
