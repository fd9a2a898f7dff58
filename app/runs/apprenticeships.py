"""Candidates for modern apprenticeships from the records of a run."""

from functools import lru_cache

import numpy as np

from app.planning.apprenticeships import ASKED, Apprenticeship, apprenticeships
from app.planning.profile import Profile
from app.planning.supply import OfferingSupply
from app.reference import Reference
from app.runs.fits import FitTables, level_compatibility
from app.runs.snapshot import Snapshot


def apprenticeship_candidates(
    snapshot: Snapshot,
    offerings: tuple[OfferingSupply, ...],
    fits: FitTables,
    reference: Reference,
    profile: Profile,
) -> tuple[Apprenticeship, ...]:
    """The best vocational offerings of each posting that asks for an apprenticeship or for enough heads for a class,
    none that fits less than an order class may (`profile.placement.fit_floor`)."""
    smallest = int(profile.placement.class_size_min.value)
    postings = [row for row in snapshot.postings if row.mode in ASKED or row.heads >= smallest]
    shape = (len(postings), len(offerings))
    fit, level, distance = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
    rows = [fits.programs.index[f"{o.level}:{o.program_code}"] for o in offerings]
    km = lru_cache(maxsize=None)(reference.districts.distance_km)
    for i, row in enumerate(postings):
        fit[i] = fits.posting[rows, fits.postings.index[row.id]]
        if row.occupation_code in fits.occupations.index:
            fit[i] = np.maximum(fit[i], fits.occupation[rows, fits.occupations.index[row.occupation_code]])
        answers = {one: level_compatibility(row.level, one) for one in {o.level for o in offerings}}
        level[i] = [answers[offering.level] for offering in offerings]
        if row.district_code:
            distance[i] = [
                km(row.district_code, o.district_code) if o.district_code else np.nan for o in offerings
            ]
    fit[fit < profile.placement.fit_floor.value] = 0.0
    return apprenticeships(
        postings,
        offerings,
        fit,
        level,
        distance,
        smallest=smallest,
        seat_share=profile.placement.seat_share.value,
        per_posting=int(profile.pathways.apprenticeships_per_posting.value),
    )
