"""What the outcomes of order classes 订单班 say of a match, as labels for the next training."""

from sqlalchemy.orm import Session

from app.matching.documents import Task
from app.matching.labelled import LabelledPair
from app.models import Posting
from app.reference import load_reference
from app.runs.order_class_outcomes import known_outcomes, latest_outcomes
from app.runs.posting_majors import without_majors

ORIGIN = "placement_outcome"


def class_outcome_pairs(session: Session) -> list[LabelledPair]:
    """Labels posting → program class from classes whose graduates are counted, simulated ones left out.

    gain = hired / graduated: an enterprise that takes nobody from a class says that the match was wrong.
    """
    pairs = []
    for outcome, row in latest_outcomes(known_outcomes(session)):
        posting = session.get(Posting, row.posting_id)
        program = load_reference().programs.find(row.level, row.program_code)
        if outcome.simulated or row.simulated or posting is None or program is None:
            continue
        if not outcome.graduated or outcome.hired is None:
            continue
        title, text = without_majors(posting.title), without_majors(posting.description)
        if title or text:
            gain = round(outcome.hired / outcome.graduated, 6)
            pairs.append(
                LabelledPair(
                    Task.POSTING_CLASS, title, text, None, None, program.class_code, gain, 1.0, ORIGIN
                )
            )
    return pairs
