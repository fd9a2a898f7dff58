"""What a placement is told beside postings and offerings: classes that stand, wishes, partners, certified enterprises."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from app.planning.order_class_modes import mode_rules
from app.planning.placement import FixedClass
from app.planning.profile import OrderClasses
from app.planning.supply import Key
from app.runs.placement import Brought, PlacementFacts


class StandingClass(Protocol):
    """An order class that binds a run: one that is held stays as it is, any other was refused."""

    @property
    def posting_id(self) -> str: ...
    @property
    def enterprise(self) -> str:
        """Credit code, else the name."""

    @property
    def mode(self) -> str: ...
    @property
    def key(self) -> Key: ...
    @property
    def heads(self) -> int: ...
    @property
    def start_year(self) -> int: ...
    @property
    def held(self) -> bool: ...


class Terms(Protocol):
    """What an enterprise says beside its demand."""

    @property
    def id(self) -> str: ...
    @property
    def credit_code(self) -> str | None: ...
    @property
    def teachers(self) -> int | None: ...
    @property
    def partner_schools(self) -> Sequence[str]: ...
    @property
    def excluded_schools(self) -> Sequence[str]: ...


class Tie(Protocol):
    """What the registers say of the enterprise of a posting."""

    @property
    def credit_code(self) -> str: ...
    @property
    def integration(self) -> str:
        """certified, cultivated or empty."""

    @property
    def partners(self) -> Sequence[tuple[str, float]]:
        """School codes with the strength 0-1."""


def placement_facts(
    rules: OrderClasses,
    *,
    classes: Iterable[StandingClass] = (),
    terms: Iterable[Terms] = (),
    ties: Iterable[Tie] = (),
    intake: int | None = None,
) -> PlacementFacts:
    """The facts of a snapshot's records. `intake`: the year whose seats are placed; classes of another one count as
    heads of their posting and hold none of these seats. None: all classes hold them."""
    classes, terms, ties = tuple(classes), tuple(terms), tuple(ties)
    refused = {(one.posting_id, one.key[0]) for one in classes if not one.held}
    refused |= {(one.id, school) for one in terms for school in one.excluded_schools}
    return PlacementFacts(
        enterprises={one.id: one.credit_code for one in terms if one.credit_code},
        fixed=tuple(_fixed(one, rules, intake) for one in classes if one.held),
        refused=frozenset(refused),
        wished=frozenset((one.id, school) for one in terms for school in one.partner_schools),
        partnerships={
            (tie.credit_code, school): strength for tie in ties for school, strength in tie.partners
        },
        integration={tie.credit_code: tie.integration for tie in ties if tie.integration},
        brought={one.id: Brought(teachers=one.teachers) for one in terms if one.teachers is not None},
    )


def _fixed(one: StandingClass, rules: OrderClasses, intake: int | None) -> FixedClass:
    rule = mode_rules(one.mode, rules)
    return FixedClass(
        one.posting_id,
        one.key,
        one.heads,
        enterprise=one.enterprise,
        takes_seats=rule.takes_seats.value,
        teachers=rule.school_teachers_per_class.value,
        of_intake=intake is None or one.start_year == intake,
    )
