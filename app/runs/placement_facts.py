"""What a placement is told beside postings and offerings: classes that stand, wishes, partners, certified enterprises."""

from collections.abc import Iterable

from app.planning.order_class_modes import mode_rules
from app.planning.placement_terms import FixedClass
from app.planning.profile import Profile
from app.planning.profile_order_classes import OrderClasses
from app.runs.order_class_fixed import ClassRow
from app.runs.partnerships import strength_of
from app.runs.placement import Brought, PlacementFacts
from app.runs.snapshot import PostingTerms
from app.runs.ties import PostingTie


def placement_facts(
    profile: Profile,
    *,
    classes: Iterable[ClassRow] = (),
    terms: Iterable[PostingTerms] = (),
    ties: Iterable[PostingTie] = (),
    intake: int | None = None,
) -> PlacementFacts:
    """The facts of a snapshot's records. `intake`: the year whose seats are placed; classes of an earlier one count
    as heads of their posting and hold none of these seats. None: all classes hold them.
    """
    classes, terms, ties = tuple(classes), tuple(terms), tuple(ties)
    refused = {(one.posting_id, one.key[0]) for one in classes if not one.held}
    refused |= {(one.id, school) for one in terms for school in one.excluded_schools}
    return PlacementFacts(
        enterprises={one.id: one.credit_code for one in terms if one.credit_code},
        fixed=tuple(_fixed(one, profile.order_classes, intake) for one in classes if one.held),
        refused=frozenset(refused),
        wished=frozenset((one.id, school) for one in terms for school in one.partner_schools),
        partnerships={
            (tie.credit_code, school): strength_of(signs, profile.partnerships)
            for tie in ties
            for school, signs in tie.partners
        },
        integration={tie.credit_code: tie.integration for tie in ties if tie.integration},
        brought=_brought(terms, ties),
    )


def _brought(terms: Iterable[PostingTerms], ties: Iterable[PostingTie]) -> dict[str, Brought]:
    """What the posting says of its teachers, and the registers of the enterprise's workplaces."""
    places = {tie.posting_id: tie.workplaces for tie in ties if tie.workplaces is not None}
    teachers = {one.id: one.teachers for one in terms if one.teachers is not None}
    return {
        posting: Brought(teachers=teachers.get(posting), places=places.get(posting))
        for posting in (*teachers, *places)
    }


def _fixed(one: ClassRow, rules: OrderClasses, intake: int | None) -> FixedClass:
    rule = mode_rules(one.mode, rules)
    return FixedClass(
        one.posting_id,
        one.key,
        one.heads,
        enterprise=one.enterprise,
        takes_seats=rule.takes_seats.value,
        teachers=rule.school_teachers_per_class.value,
        of_intake=intake is None or one.start_year >= intake,
    )
