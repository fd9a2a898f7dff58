"""Order classes 订单班: proposed from the published run, then moved by schools and enterprises, each move an event."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.matching.personal import mask_personal
from app.models import OrderClass, OrderClassMove, Placement, Posting, now
from app.outbox.recording import hold_feed, record_event
from app.planning.rates import Key
from app.runs.order_class_seats import give_back_seats, next_intake, planned_seats, take_seats
from app.runs.order_class_states import HELD, OPEN, REFUSED, STATES, check_move, check_words, takes_seats
from app.runs.pages import equal
from app.runs.publish import current_run

PLATFORM = "平台"
"""Who proposes."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a school or an enterprise asks for: the state to move to, the version of the class they saw, and why."""

    to: str
    version: int
    who: str = ""
    reason: str = ""
    effective: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A class as it stands, with all moves, oldest first."""

    row: OrderClass
    history: tuple[OrderClassMove, ...]

    @property
    def key(self) -> Key:
        return key_of(self.row)


@dataclass(frozen=True, slots=True)
class Proposals:
    """What became of the placements of a run: classes proposed now, and how many others stay, went or wait."""

    run_id: str
    proposed: tuple[OrderClass, ...]
    kept: int
    """Placements that a class stands for already."""
    superseded: int
    """Earlier proposals nobody had answered that the run places differently."""
    refused: int
    """Placements that the school declined, or from which the enterprise withdrew, since the run was computed."""
    waiting: int
    """Placements of heads that other classes of the posting hold; the next run places what is left."""


def key_of(row: OrderClass | Placement) -> Key:
    return (row.school_code, row.level, row.program_code)


def get_class(session: Session, class_id: str) -> Standing:
    """The class with this id. Raises NotFoundError."""
    row = session.get(OrderClass, class_id)
    if row is None:
        raise NotFoundError(f"没有订单班 {class_id}", remedy="用 GET /v1/order-classes 查看已有的订单班")
    found = select(OrderClassMove).where(OrderClassMove.order_class_id == row.id)
    return Standing(row, tuple(session.scalars(found.order_by(OrderClassMove.version))))


def listed_classes(
    *, states: Collection[str] = (), school: str | None = None, posting: str | None = None,
    enterprise: str | None = None, level: str | None = None, program: str | None = None,
) -> Select[OrderClass]:  # fmt: skip
    """Classes, the latest moved first. `enterprise`: its name or credit code."""
    found = (
        select(OrderClass)
        .where(
            *equal(
                (OrderClass.school_code, school),
                (OrderClass.posting_id, posting),
                (OrderClass.level, level),
                (OrderClass.program_code, program),
            )
        )
        .order_by(OrderClass.at.desc(), OrderClass.id.desc())
    )
    if states:
        found = found.where(OrderClass.state.in_(states))
    if enterprise is not None:
        found = found.where((OrderClass.enterprise == enterprise) | (OrderClass.credit_code == enterprise))
    return found


def propose_classes(session: Session, principal: str) -> Proposals:
    """Turn the placements of the published run into proposals, in one transaction committed here.

    Doing it again changes nothing. Classes that a school has accepted or more stay; proposals that nobody has answered
    and that the run places otherwise become `superseded`. Raises NothingPublishedError.
    """
    hold_feed(session)
    run = current_run(session)
    placements = session.scalars(
        select(Placement).where(Placement.run_id == run.id).order_by(Placement.id)
    ).all()
    standing: defaultdict[str, list[OrderClass]] = defaultdict(list)
    for row in session.scalars(select(OrderClass).where(OrderClass.state.in_(OPEN)).order_by(OrderClass.id)):
        standing[row.posting_id].append(row)
    refused = {
        (row.posting_id, key_of(row))
        for row in session.scalars(select(OrderClass).where(OrderClass.state.in_(REFUSED)))
    }
    wanted = {row.posting_id for row in placements}
    postings = {row.id: row for row in session.scalars(select(Posting).where(Posting.id.in_(sorted(wanted))))}
    proposed, counts = [], dict.fromkeys(("kept", "superseded", "refused", "waiting"), 0)
    placed: set[str] = set()
    for placement in placements:
        posting, of_posting = postings.get(placement.posting_id), standing[placement.posting_id]
        there = [
            row
            for row in of_posting
            if key_of(row) == key_of(placement)
            and (row.state in HELD or row.run_id == run.id or row.heads == placement.seats)
        ]
        held = sum(row.heads for row in of_posting if row.state in HELD)
        if there:
            counts["kept"] += 1
            placed.update(row.id for row in there)
        elif posting is None or (placement.posting_id, key_of(placement)) in refused:
            counts["refused"] += 1
        elif held and held + placement.seats > (posting.heads_high or posting.heads):
            counts["waiting"] += 1
        else:
            proposed.append(_proposal(posting, placement, run.id))
    for row in [row for of_posting in standing.values() for row in of_posting]:
        # What was placed anew after a decline belongs to the run that was published then, and is not in its placements.
        if row.state == "proposed" and row.run_id != run.id and row.id not in placed:
            counts["superseded"] += 1
            _write(session, row, "superseded", PLATFORM, principal, f"测算 {run.id} 另有安排")
    for new in proposed:
        begin_class(session, new, principal)
    session.commit()
    return Proposals(run.id, tuple(proposed), **counts)


def _proposal(posting: Posting, placement: Placement, run_id: str) -> OrderClass:
    return new_class(
        posting,
        key_of(placement),
        heads=placement.seats,
        fit=placement.fit,
        distance_km=placement.distance_km,
        reasons=list(placement.reasons),
        run_id=run_id,
        simulated=placement.simulated,
    )


def new_class(
    posting: Posting, key: Key, *, heads: int, fit: float, distance_km: float | None, reasons: list[str],
    run_id: str, simulated: bool, replaces_id: str | None = None,
) -> OrderClass:  # fmt: skip
    """A class that is not stored yet; see `begin_class`."""
    return OrderClass(
        posting_id=posting.id,
        run_id=run_id,
        replaces_id=replaces_id,
        enterprise=posting.enterprise,
        credit_code=posting.credit_code,
        title=posting.title,
        mode=posting.mode,
        school_code=key[0],
        level=key[1],
        program_code=key[2],
        start_year=posting.start_year or next_intake(now().date()),
        heads=heads,
        fit=fit,
        distance_km=distance_km,
        reasons=reasons,
        state="",
        version=0,
        simulated=simulated,
    )


def begin_class(session: Session, row: OrderClass, principal: str, reason: str = "") -> None:
    """Store a new class as proposed, with its first move and event. The caller holds the feed and commits."""
    session.add(row)
    session.flush()
    _write(session, row, "proposed", PLATFORM, principal, reason)


def move_class(session: Session, class_id: str, move: Move, principal: str) -> Standing:
    """Move a class, with its event, in one transaction committed here. An acceptance takes the seats.

    Raises NotFoundError; ConflictError for a move that is not possible, where somebody else has moved the class since
    the version named, or where the seats left are too few; InvalidInputError for a move that lacks who or why.
    """
    check_words(move.to, who=move.who, reason=move.reason, effective=move.effective, today=now().date())
    hold_feed(session)
    try:
        row = get_class(session, class_id).row
        if move.version != row.version:
            raise ConflictError(
                f"这个订单班已被别人改动：现在的状态是“{STATES[row.state]}”（{row.state}），版本 {row.version}",
                remedy="请重新读取后再决定，并在 version 中写明读到的版本",
            )
        check_move(row.state, move.to)
        figures = {}
        if takes_seats(row.mode) and move.to in HELD and row.state not in HELD:
            planned = planned_seats(session, current_run(session).id, key_of(row))
            held = take_seats(session, key_of(row), row.start_year, row.heads, planned)
            figures = {"planned": planned, "held": held}
        # Of a class that has run, the students had their seats: they are not free again.
        if takes_seats(row.mode) and row.state in HELD and move.to not in HELD and row.state != "running":
            give_back_seats(session, key_of(row), row.start_year, row.heads)
        _write(
            session,
            row,
            move.to,
            mask_personal(move.who.strip())[0],
            principal,
            mask_personal(move.reason.strip())[0],
            effective=move.effective,
            figures=figures,
        )
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return get_class(session, class_id)


def _write(
    session: Session, row: OrderClass, to: str, who: str, principal: str, reason: str,
    *, effective: date | None = None, figures: dict[str, int] | None = None,
) -> None:  # fmt: skip
    """The move itself: state, history and event. The caller holds the feed, has checked it and commits."""
    at, before = now(), row.state
    row.state, row.version, row.at = to, row.version + 1, at
    session.add(
        OrderClassMove(
            order_class_id=row.id,
            version=row.version,
            at=at,
            from_state=before,
            to_state=to,
            effective=effective,
            who=who,
            principal=principal,
            reason=reason,
            figures=figures or {},
        )
    )
    payload = {
        "order_class": row.id,
        "posting": row.posting_id,
        "school_code": row.school_code,
        "level": row.level,
        "program_code": row.program_code,
        "start_year": row.start_year,
        "heads": row.heads,
        "version": row.version,
        "from_state": before,
        "to_state": to,
        "effective": effective.isoformat() if effective else None,
        "reason": reason,
        "replaces": row.replaces_id,
        "simulated": row.simulated,
    }
    record_event(session, f"order_class.{to}", f"order-classes/{row.id}", payload)
