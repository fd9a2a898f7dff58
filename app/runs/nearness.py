"""How near schools are to the areas whose industries a program serves: district clusters and focus areas."""

from collections.abc import Sequence

from app.matching.engine import top_places
from app.planning.balance import ProgramKey
from app.planning.readiness import Near, Nearness
from app.planning.supply import OfferingSupply
from app.reference import Reference
from app.runs.fits import FitTables
from app.runs.snapshot import ClusterRow

SERVED = 5
"""Industries of a program that count: those it fits best."""


def nearness(
    programs: Sequence[ProgramKey],
    offerings: Sequence[OfferingSupply],
    clusters: Sequence[ClusterRow],
    fits: FitTables,
    reference: Reference,
) -> Near:
    """The nearest area of each school and program: a district with a lead cluster, or an area of the pilot plan.

    An area counts where one of its lead industries and one of the program's best are the same, or one is part of
    the other. A school is where most of what it offers is; distances are those between centres of districts.
    """
    areas = [(row.district_code, row.cluster, row.industry_codes) for row in clusters]
    areas += [
        (district, area.name, area.industry_codes)
        for area in reference.focus_areas
        for district in area.district_codes
    ]
    places: dict[str, OfferingSupply] = {}
    for offering in offerings:
        places.setdefault(offering.school_code, offering)
    serving: dict[ProgramKey, list[tuple[str, str]]] = {}
    for level, code in programs:
        row = fits.industry[fits.programs.index[f"{level}:{code}"]]
        best = [fits.industries.documents[place].id for place in top_places(row, SERVED)]
        serving[level, code] = [
            (district, name)
            for district, name, leads in areas
            if any(one.startswith(lead) or lead.startswith(one) for one in best for lead in leads)
        ]

    def near(school: str, program: ProgramKey) -> Nearness | None:
        place = places.get(school)
        if place is None or place.district_code is None:
            return None
        found = [
            (reference.districts.distance_km(place.district_code, district), name)
            for district, name in serving.get(program, ())
        ]
        if not found:
            return None
        km, name = min(found)
        return Nearness(km, name, place.district_simulated)

    return near
