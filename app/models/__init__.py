"""All tables, so that one import gives the whole metadata."""

from app.models.base import Base, new_id, now
from app.models.batch import Batch, BatchMove, QuarantinedRow, RepeatedRow
from app.models.campus import Campus
from app.models.demand_figure import DemandFigure
from app.models.district_cluster import DistrictCluster
from app.models.embedding import Embedding
from app.models.enrolment_plan import EnrolmentPlan
from app.models.feedback import Feedback
from app.models.forecast import Forecast
from app.models.outcome import Outcome
from app.models.posting import Posting
from app.models.program_register import RegisteredProgram
from app.models.pull import Pull
from app.models.result import (
    Apprenticeship,
    Balance,
    Fit,
    Indicator,
    Offering,
    OpeningCandidate,
    Pathway,
    Placement,
    Portfolio,
    Recommendation,
    UnmetDemand,
    UnplacedPosting,
)
from app.models.review import Review, ReviewEvent
from app.models.row_note import RowNote
from app.models.run import Publication, Run
from app.models.scenario import Scenario, ScenarioRun
from app.models.school_profile import SchoolProfile
from app.models.text_profile import TextProfile

__all__ = [
    "Apprenticeship",
    "Balance",
    "Base",
    "Batch",
    "BatchMove",
    "Campus",
    "DemandFigure",
    "DistrictCluster",
    "Embedding",
    "EnrolmentPlan",
    "Feedback",
    "Fit",
    "Forecast",
    "Indicator",
    "Offering",
    "OpeningCandidate",
    "Outcome",
    "Pathway",
    "Placement",
    "Portfolio",
    "Posting",
    "Publication",
    "Pull",
    "QuarantinedRow",
    "Recommendation",
    "RegisteredProgram",
    "RepeatedRow",
    "Review",
    "ReviewEvent",
    "RowNote",
    "Run",
    "Scenario",
    "ScenarioRun",
    "SchoolProfile",
    "TextProfile",
    "UnmetDemand",
    "UnplacedPosting",
    "new_id",
    "now",
]
