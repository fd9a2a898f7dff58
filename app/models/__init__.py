"""All tables, so that one import gives the whole metadata."""

from app.models.alliance import AllianceMember
from app.models.base import Base, new_id, now
from app.models.batch import Batch, BatchMove, QuarantinedRow, RepeatedRow
from app.models.bulletin import Bulletin, BulletinTag
from app.models.campus import Campus
from app.models.class_outcome import ClassOutcome
from app.models.demand_figure import DemandFigure
from app.models.district_cluster import DistrictCluster
from app.models.embedding import Embedding
from app.models.enrolment_plan import EnrolmentPlan
from app.models.enterprise import EnterpriseContribution, EnterpriseStatus
from app.models.event import Event, EventCounter
from app.models.feedback import Feedback
from app.models.forecast import Forecast
from app.models.joint_work import JointWork
from app.models.order_class import OfferingSeats, OrderClass, OrderClassMove
from app.models.outcome import Outcome
from app.models.placement import Apprenticeship, BlockingPair, Placement, SeatPrice, UnplacedPosting
from app.models.posting import Posting
from app.models.posting_answer import PostingAnswer
from app.models.program_register import RegisteredProgram
from app.models.pull import Pull
from app.models.result import (
    Balance,
    Fit,
    Indicator,
    Offering,
    OpeningCandidate,
    Pathway,
    Portfolio,
    Recommendation,
    UnmetDemand,
)
from app.models.review import Review, ReviewEvent
from app.models.row_note import RowNote
from app.models.run import Publication, Run
from app.models.scenario import Scenario, ScenarioRun
from app.models.school_profile import SchoolProfile
from app.models.teacher import TeacherCount
from app.models.text_profile import TextProfile
from app.models.training_base import TrainingBase
from app.models.training_service import TrainingRequest, TrainingRequestEvent, TrainingService

__all__ = [
    "AllianceMember",
    "Apprenticeship",
    "Balance",
    "Base",
    "Batch",
    "BatchMove",
    "BlockingPair",
    "Bulletin",
    "BulletinTag",
    "Campus",
    "ClassOutcome",
    "DemandFigure",
    "DistrictCluster",
    "Embedding",
    "EnrolmentPlan",
    "EnterpriseContribution",
    "EnterpriseStatus",
    "Event",
    "EventCounter",
    "Feedback",
    "Fit",
    "Forecast",
    "Indicator",
    "JointWork",
    "Offering",
    "OfferingSeats",
    "OpeningCandidate",
    "OrderClass",
    "OrderClassMove",
    "Outcome",
    "Pathway",
    "Placement",
    "Portfolio",
    "Posting",
    "PostingAnswer",
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
    "SeatPrice",
    "TeacherCount",
    "TextProfile",
    "TrainingBase",
    "TrainingRequest",
    "TrainingRequestEvent",
    "TrainingService",
    "UnmetDemand",
    "UnplacedPosting",
    "new_id",
    "now",
]
