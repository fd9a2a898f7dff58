"""Seats 名额 of offerings that order classes hold: taken and given back, never more than there are."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.models import Offering, OfferingSeats
from app.planning.rates import Key

INTAKE_MONTH = 9


def next_intake(today: date) -> int:
    """The year of the next autumn intake: what a class without a start year is for."""
    return today.year + (today.month >= INTAKE_MONTH)


def planned_seats(session: Session, run_id: str, key: Key) -> int:
    """Whole planned seats 人 of the offering in the run; 0 where they are not known."""
    found = session.scalar(
        select(func.sum(Offering.seats)).where(
            Offering.run_id == run_id,
            Offering.level == key[1],
            Offering.program_code == key[2],
            Offering.school_code == key[0],
        )
    )
    return int(found or 0)


def take_seats(session: Session, key: Key, start_year: int, heads: int, planned: int) -> int:
    """Hold `heads` seats in the caller's transaction; how many are held then.

    Raises ConflictError where fewer are left, with nothing changed. The condition stands in the update itself: the
    second of two who want the last seats waits for the first, and then finds them gone.
    """
    school, level, program = key
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"school_code": school, "level": level, "program_code": program, "start_year": start_year}
    session.execute(insert(OfferingSeats).values(**row, taken=0).on_conflict_do_nothing())
    held: int | None = session.scalar(
        update(OfferingSeats)
        .where(*_is(key, start_year), OfferingSeats.taken + heads <= planned)
        .values(taken=OfferingSeats.taken + heads)
        .returning(OfferingSeats.taken)
    )
    if held is not None:
        return held
    taken = session.scalar(select(OfferingSeats.taken).where(*_is(key, start_year))) or 0
    if not planned:
        raise ConflictError(
            "这个专业点的招生计划数未知或为 0，不能为订单班留名额",
            remedy="请先装入招生计划并重新测算、发布",
        )
    raise ConflictError(
        f"名额不足：{start_year} 年招生计划 {planned} 人，订单班已占 {taken} 人，还剩 {max(0, planned - taken)} 人，"
        f"这个班要 {heads} 人",
        remedy="可由学校谢绝，平台随即为这份需求另找专业点；或先增加招生计划",
    )


def give_back_seats(session: Session, key: Key, start_year: int, heads: int) -> None:
    """Give seats back in the caller's transaction."""
    session.execute(
        update(OfferingSeats).where(*_is(key, start_year)).values(taken=OfferingSeats.taken - heads)
    )


def taken_seats(session: Session, start_year: int, keys: Collection[Key] | None = None) -> dict[Key, int]:
    """Seats held by classes of this intake, by offering; of `keys` or of all."""
    found = select(OfferingSeats).where(OfferingSeats.start_year == start_year, OfferingSeats.taken > 0)
    if keys is not None:
        found = found.where(OfferingSeats.school_code.in_(sorted({key[0] for key in keys})))
    return {(row.school_code, row.level, row.program_code): row.taken for row in session.scalars(found)}


def _is(key: Key, start_year: int) -> tuple[ColumnElement[bool], ...]:
    return (
        OfferingSeats.school_code == key[0],
        OfferingSeats.level == key[1],
        OfferingSeats.program_code == key[2],
        OfferingSeats.start_year == start_year,
    )
