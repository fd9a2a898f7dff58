"""Order classes as a run reads them: those that stay as they are, and the pairs that were refused."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import OrderClass, OrderClassMove
from app.planning.rates import Key
from app.runs.order_class_states import HELD, REFUSED


@dataclass(frozen=True, slots=True)
class ClassRow:
    """An order class that binds a run: held classes keep their heads and seats, refused ones are not proposed again."""

    id: str
    posting_id: str
    enterprise: str
    """Credit code, else the name."""
    mode: str
    school_code: str
    level: str
    program_code: str
    start_year: int
    heads: int
    state: str
    """As it was when the run read it."""
    simulated: bool

    @property
    def key(self) -> Key:
        return (self.school_code, self.level, self.program_code)

    @property
    def held(self) -> bool:
        """Accepted, confirmed, signed or running: it stays where it is and its seats are not there for others."""
        return self.state in HELD


ClassRows = tuple[tuple[str, ClassRow], ...]
"""(id of the move that brought the class into its state, the class)."""


def binding_classes(session: Session) -> ClassRows:
    """Classes that a run started now heeds, in order of id.

    Beside the signed and running classes these are the accepted and confirmed ones: they hold seats already, and a
    plan that gave their heads to another school while both sides are about to sign would be void.
    """
    found = (
        select(OrderClass, OrderClassMove)
        .join(
            OrderClassMove,
            (OrderClassMove.order_class_id == OrderClass.id) & (OrderClassMove.version == OrderClass.version),
        )
        .where(OrderClass.state.in_((*HELD, *REFUSED)))
        .order_by(OrderClass.id)
    )
    return tuple((move.id, _row(row, move)) for row, move in session.execute(found))


def binding_classes_of(session: Session, move_ids: Collection[str]) -> ClassRows:
    """The classes that an earlier run heeded, by the ids of moves it recorded, as they were then."""
    if not move_ids:
        return ()
    wanted = set(move_ids)
    found = (
        select(OrderClass, OrderClassMove)
        .join(OrderClassMove, OrderClassMove.order_class_id == OrderClass.id)
        .where(OrderClassMove.to_state.in_((*HELD, *REFUSED)))
        .order_by(OrderClass.id)
    )
    return tuple((move.id, _row(row, move)) for row, move in session.execute(found) if move.id in wanted)


def _row(row: OrderClass, move: OrderClassMove) -> ClassRow:
    return ClassRow(
        id=row.id,
        posting_id=row.posting_id,
        enterprise=row.credit_code or row.enterprise,
        mode=row.mode,
        school_code=row.school_code,
        level=row.level,
        program_code=row.program_code,
        start_year=row.start_year,
        heads=row.heads,
        state=move.to_state,
        simulated=row.simulated,
    )
