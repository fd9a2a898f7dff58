"""How early and how often the engine would have said so, on synthetic regions whose history is known.

    python scripts/bench/backtest.py --seed 1 --seeds 5 --json

Eight years of a region in which surpluses grow; in each year the engine sees that year's records only. Decisions follow
the truth late and by chance, some without reason (app/planning/synthetic_history.py).
"""

import argparse
import json

import numpy as np

from app.planning.backtest import BackTest, Said, back_test
from app.planning.profile import Profile
from app.planning.synthetic_history import make_history
from app.planning.synthetic_records import Sight, observe
from app.planning.synthetic_world import Shape
from app.runs.profiles import load_profile
from app.runs.trial import METHODS, try_out


def of_region(shape: Shape, seed: int, profile: Profile, within: int, k: int) -> dict[str, BackTest]:
    history = make_history(shape, seed)
    said: dict[str, list[Said]] = {name: [] for name in METHODS}
    programs: tuple[tuple[str, str], ...] = ()
    for year, world in zip(history.years, history.worlds, strict=True):
        records = observe(world, Sight(), profile, seed * 1000 + year, year)
        programs = records.programs
        answers = try_out(records, tuple(str(c) for c in world.class_of), profile, seed)
        for name, answer in answers.items():
            # How far the surplus lies beyond what the answer itself is unsure of.
            risk = -answer.gap / np.maximum(answer.high - answer.low, 1.0)
            cut = frozenset(key for key, move in zip(programs, answer.move, strict=True) if move < 0)
            said[name].append(Said(year, programs, risk, cut))
    decided = history.decided(programs)
    return {name: back_test(found, decided, within=within, k=k, seed=seed) for name, found in said.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--programs", type=int, default=60)
    parser.add_argument("--within", type=int, default=3, help="years in which a decision must follow")
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    profile = load_profile("shanghai")
    shape = Shape(schools=20, programs=options.programs, occupations=90, industries=9, districts=5)
    found: dict[str, list[BackTest]] = {name: [] for name in METHODS}
    for seed in range(options.seed, options.seed + options.seeds):
        for name, one in of_region(shape, seed, profile, options.within, options.k).items():
            found[name].append(one)
    report = {name: _summary(tests) for name, tests in found.items()}
    if options.json:
        print(json.dumps({"seed": options.seed, "seeds": options.seeds, **report}))
        return
    for name, measures in report.items():
        print(name, measures)


def _summary(tests: list[BackTest]) -> dict[str, float | int | None]:
    """Means over regions; lead times of all decisions together."""
    leads = [lead for test in tests for lead in test.leads]
    years = [lead.years for lead in leads if lead.years is not None]
    flagged = sum(test.flagged for test in tests)
    return {
        "auc": round(float(np.mean([test.auc for test in tests if test.auc is not None])), 3),
        "auc_low": round(float(np.mean([t.auc_low for t in tests if t.auc_low is not None])), 3),
        "auc_high": round(float(np.mean([t.auc_high for t in tests if t.auc_high is not None])), 3),
        "hit_rate": round(float(np.mean([test.hit_rate for test in tests])), 3),
        "base_rate": round(float(np.mean([test.base_rate for test in tests])), 3),
        "decisions": len(leads),
        "foreseen": len(years),
        "median_lead": float(np.median(years)) if years else None,
        "flagged": flagged,
        "flagged_right": sum(test.flagged_right for test in tests),
    }


if __name__ == "__main__":
    main()
