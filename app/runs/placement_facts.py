"""What a snapshot says of enterprises, schools and earlier classes, as the placement of order classes reads it."""

from app.planning.placement import FixedClass
from app.runs.order_class_states import takes_seats
from app.runs.placement import Brought, PlacementFacts
from app.runs.snapshot import Snapshot
from app.runs.ties import credit_codes, integration_enterprises, partner_strengths


def placement_facts(snapshot: Snapshot) -> PlacementFacts:
    """The facts of a snapshot. A class that is held keeps its heads and seats; where either side said no, neither is
    asked for that posting again.
    """
    terms = snapshot.posting_terms
    refused = {(row.posting_id, row.school_code) for row in snapshot.order_classes if not row.held}
    excluded = {(each.id, school) for each in terms for school in each.excluded_schools}
    return PlacementFacts(
        enterprises={each.id: each.credit_code for each in terms if each.credit_code}
        | credit_codes(snapshot.ties),
        fixed=tuple(
            FixedClass(
                posting_id=row.posting_id,
                key=row.key,
                heads=row.heads,
                enterprise=row.enterprise,
                takes_seats=takes_seats(row.mode),
                of_intake=row.state != "running",
            )
            for row in snapshot.order_classes
            if row.held
        ),
        refused=frozenset(refused | excluded),
        wished=frozenset((each.id, school) for each in terms for school in each.partner_schools),
        partnerships=partner_strengths(snapshot.ties),
        integration=integration_enterprises(snapshot.ties),
        brought={each.id: Brought(teachers=each.teachers) for each in terms if each.teachers is not None},
    )
