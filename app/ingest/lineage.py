"""Lineage 溯源: from a served figure back to the batches and rows it comes from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidCodeError, InvalidInputError, NotFoundError
from app.models import (
    Balance,
    Batch,
    Campus,
    DemandFigure,
    EnrolmentPlan,
    Forecast,
    Offering,
    Outcome,
    Placement,
    Posting,
    Recommendation,
    RegisteredProgram,
    Run,
)
from app.planning.plans import PlanRow, one_batch_each
from app.reference import load_reference
from app.reference.levels import parse_level

TRACED = {
    "balance": "供需平衡：层次:专业代码",
    "offering": "专业点：院校代码:层次:专业代码",
    "recommendation": "调整建议：编号",
    "placement": "订单班：岗位需求编号，或 岗位需求编号:院校代码:层次:专业代码",
}
"""What can be traced, and how it is named."""
_RATES = {
    "registration_rate": "报到率",
    "completion_rate": "毕业率",
    "destination_rate": "去向落实率",
    "matched_rate": "对口率",
    "retention_rate": "留沪率",
}
_DEMAND: dict[str, Any] = {"forecast": Forecast, "figure": DemandFigure, "posting": Posting}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a file that a figure comes from."""

    part: str
    """What it brings: plan 招生计划, register 备案, rates 比率, campus 校区, forecast 预测, figure 公开数字, posting 岗位."""
    batch_id: str
    sheet: str
    row: int
    value: float | None
    """How much of the figure it brings, in `unit`; None where it brings no amount."""
    unit: str
    text: str
    simulated: bool


@dataclass(slots=True)
class Lineage:
    kind: str
    id: str
    figures: dict[str, float | None]
    """The served figures that are traced."""
    rows: list[SourceRow] = field(default_factory=list)
    demand_named: float | None = None
    """Share 0-1 of the demand that the demand rows make up; a run keeps the largest of each program."""
    batches: list[Batch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def file_of(self, row: SourceRow) -> str:
        return next((batch.filename for batch in self.batches if batch.id == row.batch_id), "")

    def as_dict(self) -> dict[str, Any]:
        names = ("id", "kind", "source", "licence", "filename", "sha256", "received_at", "state", "simulated")
        return {
            "kind": self.kind,
            "id": self.id,
            "figures": self.figures,
            "demand_named": self.demand_named,
            "batches": [{name: getattr(batch, name) for name in names} for batch in self.batches],
            "rows": [{**asdict(row), "file": self.file_of(row)} for row in self.rows],
            "notes": self.notes,
        }


def trace(session: Session, run: Run, kind: str, name: str) -> Lineage:
    """The batches and rows behind a figure of a run.

    `name` as TRACED says. A batch that was undone or superseded since is named still, with its state.
    Raises InvalidInputError where the kind or the form of the name is not known, NotFoundError where the run has no
    such result.
    """
    if kind not in TRACED:
        raise InvalidInputError(f"不能追溯 {kind}", remedy=f"可用：{'、'.join(TRACED)}")
    traced = _TRACERS[kind](session, run, name)
    wanted = {row.batch_id for row in traced.rows} | {batch.id for batch in traced.batches}
    traced.batches = _batches(session, wanted)
    for batch in traced.batches:
        if batch.state != "accepted":
            traced.notes.append(f"批次 {batch.id} 在这次测算之后已被撤回或取代；结果仍是当时的")
    return traced


def _balance(session: Session, run: Run, name: str) -> Lineage:
    level, code = _program(name, *_parts(name, 2, "balance"))
    balance = _result(session, run, Balance, name, level=level, program_code=code)
    traced = Lineage(
        "balance", name, {"demand": balance.demand, "supply": balance.supply, "gap": balance.gap}
    )
    _add_demand(session, traced, balance)
    offerings = session.scalars(
        select(Offering)
        .where(Offering.run_id == run.id, Offering.level == level, Offering.program_code == code)
        .order_by(Offering.school_code, Offering.id)
    ).all()
    for offering in offerings:
        traced.rows += _supply(session, run, offering)
    return traced


def _offering(session: Session, run: Run, name: str) -> Lineage:
    school, level, code = _parts(name, 3, "offering")
    offering = _result(
        session, run, Offering, name, school_code=_school(school), **_keys(_program(name, level, code))
    )
    return Lineage(
        "offering",
        name,
        {"seats": offering.seats, "graduates": offering.graduates},
        list(_supply(session, run, offering)),
    )


def _recommendation(session: Session, run: Run, name: str) -> Lineage:
    if not name.isdecimal() or len(name) > 18:
        raise InvalidInputError(
            f"建议的编号不是数：{name[:40]}", remedy="用 GET /v1/recommendations 查看编号"
        )
    row = _result(session, run, Recommendation, name, id=int(name))
    traced = Lineage(
        "recommendation", name, {"seats_now": row.seats_now, "seats_proposed": row.seats_proposed}
    )
    key = {"level": row.level, "program_code": row.program_code}
    if (balance := _find(session, run, Balance, **key)) is not None:
        _add_demand(session, traced, balance)
    offering = _find(session, run, Offering, school_code=row.school_code, **key)
    if offering is not None:
        traced.rows += _supply(session, run, offering)
    # Lines of evidence may rest on more: other offerings of the program, outcomes of other years.
    traced.batches = _batches(session, {batch for line in row.evidence for batch in line["batch_ids"]})
    return traced


def _placement(session: Session, run: Run, name: str) -> Lineage:
    posting_id, *offered = name.rsplit(":", 3) if name.count(":") >= 3 else [name]
    key: dict[str, Any] = {"posting_id": posting_id}
    if offered:
        key |= {"school_code": _school(offered[0]), **_keys(_program(name, *offered[1:]))}
    found = session.scalars(
        select(Placement).where(Placement.run_id == run.id).filter_by(**key).order_by(Placement.id)
    ).all()
    if not found:
        raise _absent("placement", name)
    traced = Lineage("placement", name, {"seats": float(sum(row.seats for row in found))})
    posting = session.get(Posting, posting_id)
    if posting is not None and posting.batch_id in set(run.batch_ids):
        traced.rows.append(_posting_row(posting, posting.heads))
    else:
        traced.notes.append(f"岗位需求 {posting_id} 的那一行已随批次撤出，编号另给了别的一行")
    for each in found:
        offering = _find(
            session,
            run,
            Offering,
            school_code=each.school_code,
            level=each.level,
            program_code=each.program_code,
        )
        if offering is not None:
            traced.rows += _supply(session, run, offering)
    return traced


_TRACERS = {
    "balance": _balance,
    "offering": _offering,
    "recommendation": _recommendation,
    "placement": _placement,
}


def _add_demand(session: Session, traced: Lineage, balance: Balance) -> None:
    """Demand rows of a balance: those that the run kept, the largest."""
    for line in balance.evidence:
        model = _DEMAND.get(line["kind"])
        record = (
            session.scalars(
                select(model).where(model.batch_id == line["batch_id"], model.row == line["row"])
            ).first()
            if model is not None
            else None
        )
        traced.rows.append(
            SourceRow(
                line["kind"],
                line["batch_id"],
                record.sheet if record is not None else "",
                line["row"],
                line["heads"],
                "人/年",
                f"{line['source']}：{line['heads']:.1f} 人/年，出自这一行的 {line['of']:.1f}，适配度 {line['fit']:.2f}",
                line["simulated"],
            )
        )
    if balance.demand > 0:
        named = sum(float(line["heads"]) for line in balance.evidence) / balance.demand
        traced.demand_named = round(min(1.0, named), 4)


def _supply(session: Session, run: Run, offering: Offering) -> Iterator[SourceRow]:
    """Rows of plans, of the register, of rates and of the campus behind an offering, as the run counted them."""
    of_run = set(run.batch_ids)
    key = {"school_code": offering.school_code, "level": offering.level}
    yield from _plan_rows(session, of_run, offering, key)
    key["program_code"] = offering.program_code
    for record in _records(session, RegisteredProgram, of_run, key):
        text = f"备案：{record.program_name}" + (f"，{record.year} 年" if record.year else "")
        yield _row("register", record, None, "", text)
    for record in _records(session, Outcome, of_run, key):
        rates = "、".join(
            f"{title} {value:.1%}"
            for name, title in _RATES.items()
            if (value := getattr(record, name)) is not None
        )
        yield _row("rates", record, None, "", f"{record.year} 年 {rates or '无比率'}")
    for record in _records(session, Campus, of_run, {"school_code": offering.school_code}):
        if record.district_code == offering.district_code:
            yield _row("campus", record, None, "", f"校区 {record.name}")


def _plan_rows(
    session: Session, of_run: set[str], offering: Offering, key: dict[str, str]
) -> Iterator[SourceRow]:
    """Of overlapping sources the one that counts (`one_batch_each`), of a broad category the offering's share."""
    if offering.year is None:
        return
    records = _records(session, EnrolmentPlan, of_run, {**key, "year": offering.year})
    kept, _ = one_batch_each(_plain(record) for record in records)
    counted = {(row.province, row.batch_id) for row in kept}
    members: dict[str, set[str]] = defaultdict(set)
    for record in records:
        if record.class_code and (record.province, record.batch_id) in counted:
            members[record.class_code].update(record.program_codes)
    for record in records:
        codes = set(record.program_codes) or members.get(record.class_code or "", set())
        if offering.program_code not in codes or (record.province, record.batch_id) not in counted:
            continue
        share = f"，大类 {record.plan} 人由 {len(codes)} 个专业平分" if len(codes) > 1 else ""
        text = f"{record.year} 年 {record.province or '（未写省份）'} {record.name}{share}"
        yield _row("plan", record, round(record.plan / len(codes), 3), "人", text)


def _plain(record: EnrolmentPlan) -> PlanRow:
    values: dict[str, Any] = {each.name: getattr(record, each.name) for each in fields(PlanRow)}
    return PlanRow(**{**values, "program_codes": tuple(record.program_codes)})


def _records(session: Session, model: Any, of_run: set[str], key: dict[str, Any]) -> list[Any]:
    found = session.scalars(select(model).filter_by(**key).order_by(model.batch_id, model.row, model.id))
    return [record for record in found if record.batch_id in of_run]


def _row(part: str, record: Any, value: float | None, unit: str, text: str) -> SourceRow:
    return SourceRow(part, record.batch_id, record.sheet, record.row, value, unit, text, record.simulated)


def _posting_row(posting: Posting, heads: float) -> SourceRow:
    return _row("posting", posting, heads, "人", f"{posting.enterprise}：{posting.title}")


def _batches(session: Session, ids: Iterable[str]) -> list[Batch]:
    wanted = sorted(set(ids))
    found: list[Batch] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        found += session.scalars(select(Batch).where(Batch.id.in_(part)).order_by(Batch.id))
    return found


def _find(session: Session, run: Run, table: Any, **key: Any) -> Any:
    return session.scalars(select(table).where(table.run_id == run.id).filter_by(**key)).first()


def _result(session: Session, run: Run, table: Any, name: str, **key: Any) -> Any:
    found = _find(session, run, table, **key)
    if found is None:
        raise _absent(table.__tablename__, name)
    return found


def _absent(kind: str, name: str) -> NotFoundError:
    return NotFoundError(f"测算中没有 {kind} {name}", remedy=f"写法：{TRACED[kind]}")


def _parts(name: str, count: int, kind: str) -> Sequence[str]:
    parts = name.split(":")
    if len(parts) != count:
        raise InvalidInputError(f"写法不对：{name[:60]}", remedy=f"写法：{TRACED[kind]}")
    return parts


def _program(name: str, level: str, code: str) -> tuple[str, str]:
    try:
        return parse_level(level).value, code.upper()
    except InvalidCodeError as error:
        raise InvalidInputError(f"{error.message}（{name[:60]}）", remedy=error.remedy) from error


def _keys(program: tuple[str, str]) -> dict[str, str]:
    return {"level": program[0], "program_code": program[1]}


def _school(text: str) -> str:
    school = load_reference().schools.find(text)
    return school.code if school else text
