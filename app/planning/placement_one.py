"""One posting placed anew, e.g. after a school declined: on the seats that are left, and nothing else moves."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from app.planning.placement import answer
from app.planning.placement_model import Solver
from app.planning.placement_prepare import Prepared, prepare
from app.planning.placement_terms import (
    FixedClass,
    Pairs,
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
)

_CHEAPEST, _ROOMIEST = 200, 50
"""Eligible offerings that are searched: more classes than a posting has, at the least cost, and the largest."""


def replace_one(
    posting: PlacementPosting,
    offerings: Sequence[PlacementOffering],
    pairs: Pairs,
    rules: PlacementRules,
    *,
    standing: Sequence[FixedClass],
    declined: Collection[str] = (),
    school_teachers: Mapping[str, float] | None = None,
) -> PlacementResult:
    """Place what is left of one posting; every class in `standing` stays exactly as it is.

    `pairs` are those of this posting (`pairs.posting` all 0). `standing` are all other classes that hold seats now,
    proposed ones too, and those of the same posting that stay: its heads there count as placed. Schools whose code is
    in `declined` get nothing. `school_teachers` are those each school has for order classes in all, by its code. The
    result's `classes` are only the new ones; `unplaced` says why heads stay without; prices and blocking pairs are not
    asked for. Deterministic, well under a
    second with 20,000 offerings. Raises InvalidInputError as `place_pairs` does.
    """
    started = time.perf_counter()
    refused = set(declined)
    out = np.array([offerings[j].key[0] in refused for j in pairs.offering.tolist()], dtype=bool)
    wish = np.zeros(out.size) if pairs.enterprise_wish is None else pairs.enterprise_wish
    pairs = replace(pairs, enterprise_wish=np.where(out, np.nan, wish))
    prepared = _likely(prepare([posting], offerings, pairs, rules, standing, school_teachers or {}))
    solver = Solver(gap=rules.gap, node_limit=rules.node_limit, time_limit=rules.time_limit)
    solution = solver.solve(prepared.problem)
    return answer([posting], offerings, prepared, solution, rules, (), started, market=False)


def _likely(prepared: Prepared) -> Prepared:
    """With the pairs alone that cost least, and those with room for most."""
    problem = prepared.problem
    cheap = np.argsort(problem.cost, kind="stable")[:_CHEAPEST]
    roomy = np.argsort(-problem.most, kind="stable")[:_ROOMIEST]
    kept = np.union1d(cheap, roomy)
    return replace(prepared, able=prepared.able[kept], problem=problem.of_pairs(kept))
