"""The kinds of files, one module a noun."""

from collections.abc import Mapping
from types import MappingProxyType

from app.errors import InvalidInputError
from app.ingest.kinds.alliances import ALLIANCES
from app.ingest.kinds.bulletins import BULLETINS
from app.ingest.kinds.campuses import CAMPUSES
from app.ingest.kinds.class_outcomes import CLASS_OUTCOMES
from app.ingest.kinds.demand_figures import DEMAND_FIGURES
from app.ingest.kinds.district_clusters import DISTRICT_CLUSTERS
from app.ingest.kinds.enrolment_plan import ENROLMENT_PLAN
from app.ingest.kinds.enterprises import ENTERPRISE_CONTRIBUTIONS, ENTERPRISE_REGISTER
from app.ingest.kinds.forecasts import FORECASTS
from app.ingest.kinds.joint_work import INNOVATION_PLATFORMS, JOINT_PROJECTS
from app.ingest.kinds.labelled_pairs import LABELLED_PAIRS
from app.ingest.kinds.outcomes import OUTCOMES
from app.ingest.kinds.postings import POSTINGS
from app.ingest.kinds.program_register import PROGRAM_REGISTER
from app.ingest.kinds.school_resources import TEACHERS, TRAINING_BASES, TRAINING_SERVICES
from app.ingest.kinds.schools import SCHOOLS
from app.ingest.kinds.texts import INDUSTRY_TEXTS, OCCUPATION_TEXTS, PROGRAM_TEXTS
from app.ingest.schema import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            SCHOOLS,
            ENROLMENT_PLAN,
            PROGRAM_REGISTER,
            OUTCOMES,
            CAMPUSES,
            FORECASTS,
            DEMAND_FIGURES,
            DISTRICT_CLUSTERS,
            POSTINGS,
            PROGRAM_TEXTS,
            OCCUPATION_TEXTS,
            INDUSTRY_TEXTS,
            LABELLED_PAIRS,
            ENTERPRISE_REGISTER,
            ENTERPRISE_CONTRIBUTIONS,
            TRAINING_BASES,
            TEACHERS,
            TRAINING_SERVICES,
            ALLIANCES,
            INNOVATION_PLATFORMS,
            JOINT_PROJECTS,
            BULLETINS,
            CLASS_OUTCOMES,
        )
    }
)


def kind_named(name: str) -> Kind:
    """Raises InvalidInputError where there is no such kind."""
    if name not in KINDS:
        raise InvalidInputError(f"没有种类 {name}", remedy=f"可用的种类：{'、'.join(KINDS)}")
    return KINDS[name]
