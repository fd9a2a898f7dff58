"""How well the engine recovers shortages and surpluses that are known, because they were planted.

    python scripts/bench/planning.py --seed 1 --json
    python scripts/bench/planning.py --region industry --seed 1 --seeds 20

Draws synthetic regions (app/planning/synthetic_world.py, synthetic_records.py), computes each as a run does, and
compares with the truth: the engine, crosswalk counting (openings minus completions) and fit-weighted counting.
`fit_weighted_floor` is the second without fits below the engine's floor: a stronger way of counting than is usual.
"""

import argparse
import json
from collections.abc import Sequence

import numpy as np

from app.planning.profile import Profile, parse_profile
from app.planning.proof import Score, score
from app.planning.synthetic_records import Sight, observe
from app.planning.synthetic_world import Shape, make_world
from app.runs.profiles import load_profile
from app.runs.trial import METHODS, try_out

REGIONS = {
    "city": (Shape(), Sight()),
    "small": (Shape(schools=6, programs=20, occupations=30, industries=5, districts=2), Sight()),
    "industry": (Shape(), Sight(by_occupation=0.1)),
    "hidden": (Shape(), Sight(hidden=0.15)),
    "probability": (Shape(), Sight(as_probability=True)),
}
"""Kinds of regions: of the size of a city, small, with demand known by industry only; and what the engine is not made
for: demand that no forecast contains, fits on another scale."""
RESAMPLES = 1000


def measure(region: str, seed: int, profile: Profile) -> dict[str, Score]:
    """Counts of each method on one region."""
    shape, sight = REGIONS[region]
    world = make_world(shape, seed)
    records = observe(world, sight, profile, seed)
    answers = try_out(records, tuple(str(of_class) for of_class in world.class_of), profile, seed)
    return {name: score(answer, world.demand, world.supply, profile) for name, answer in answers.items()}


def changed(profile: Profile, settings: Sequence[str]) -> Profile:
    """The profile with other numbers, each as `allocation.supply_pull=0.6`."""
    data = profile.model_dump()
    for setting in settings:
        path, value = setting.split("=")
        part, name = path.split(".")
        data[part][name]["value"] = float(value)
    return parse_profile(data)


def summed(scores: Sequence[Score]) -> dict[str, float]:
    return sum(scores, Score()).measures()


def interval(scores: Sequence[Score]) -> dict[str, tuple[float, float]]:
    """95 % interval of each measure by bootstrap over regions."""
    random = np.random.default_rng(0)
    drawn = [
        summed([scores[i] for i in random.integers(0, len(scores), len(scores))]) for _ in range(RESAMPLES)
    ]
    bounds = {name: np.quantile([d[name] for d in drawn], (0.025, 0.975)) for name in drawn[0]}
    return {name: (float(low), float(high)) for name, (low, high) in bounds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the first region")
    parser.add_argument("--seeds", type=int, default=1, help="regions, with successive seeds")
    parser.add_argument("--region", choices=sorted(REGIONS), default="city")
    parser.add_argument("--profile", default="shanghai")
    parser.add_argument(
        "--set", action="append", default=[], metavar="PART.NAME=VALUE", help="another number of the profile"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args()
    profile = changed(load_profile(options.profile), options.set)
    found: dict[str, list[Score]] = {name: [] for name in METHODS}
    for seed in range(options.seed, options.seed + options.seeds):
        for name, one in measure(options.region, seed, profile).items():
            found[name].append(one)
    report = {name: {k: round(v, 4) for k, v in summed(scores).items()} for name, scores in found.items()}
    if options.json:
        print(json.dumps({"region": options.region, "seed": options.seed, "seeds": options.seeds, **report}))
        return
    for name, measures in report.items():
        bounds = interval(found[name])
        print(name)
        for measure_name, value in measures.items():
            low, high = bounds[measure_name]
            print(f"  {measure_name:17} {value:8.3f}  [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
