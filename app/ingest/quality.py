"""The data-quality report 数据质量报告: of one batch, and of everything that counts, kind by kind."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.ingest.batch_moves import get_batch
from app.ingest.batch_records import ACCEPTED, SUPERSEDED
from app.ingest.kinds import KINDS
from app.ingest.quality_measures import FEWEST_TEXTS, CodeChange, Drift, Outlier, code_change, drift, outliers
from app.ingest.quality_tally import Shape, Tally, compared, shape_of
from app.ingest.reasons import reason_title
from app.ingest.schema import Kind
from app.models import Batch, QuarantinedRow, RepeatedRow

RANGES = {"too_small", "too_large", "out_of_range", "class_size", "too_long"}
"""Reasons of the quarantine that say that a value is out of range."""
MOST_OUTLIERS = 200


@dataclass(frozen=True, slots=True)
class Filled:
    """How complete a column is."""

    column: str
    title: str
    filled: int
    share: float
    """0-1 of the records."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that the quarantine took for one reason in one column."""

    column: str
    reason_code: str
    rows: int
    out_of_range: bool
    waiting: int
    """Those that nobody has corrected yet."""

    @property
    def reason(self) -> str:
        """The reason in a few words."""
        return reason_title(self.reason_code)


@dataclass(slots=True)
class QualityReport:
    """`read == accepted + repeated + quarantined`; `records` are those looked at: stored ones and those repeated."""

    kind: str
    kind_name: str
    batches: list[str]
    compared_with: str | None
    """The earlier batch that codes and texts are compared with; None where there is none."""
    read: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    masked: int = 0
    records: int = 0
    simulated: bool = False
    completeness: list[Filled] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    outliers: list[Outlier] = field(default_factory=list)
    """Against the year before, the largest change first; at most 200 a column and year."""
    codes: list[CodeChange] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    """What deserves a look, in words."""

    def title(self, column: str) -> str:
        """The Chinese title of a column."""
        return next((each.title for each in self.completeness if each.column == column), column)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def batch_quality(session: Session, batch_id: str) -> QualityReport:
    """The report on one batch, against the one before of its kind. Raises NotFoundError."""
    batch = get_batch(session, batch_id)
    kind = KINDS[batch.kind]
    shape = shape_of(kind)
    tally = Tally().take(shape, _rows_of(session, kind, shape, batch))
    report = _started(kind, [batch])
    _fill(session, report, kind, shape, tally)
    earlier = earlier_of(session, batch)
    if earlier is not None:
        report.compared_with = earlier.id
        _compare(report, shape, tally, Tally().take(shape, _rows_of(session, kind, shape, earlier)))
    report.findings = findings(report)
    return report


def whole_quality(session: Session) -> list[QualityReport]:
    """A report on each kind that has batches that count; codes and texts are those of its latest batch."""
    reports = []
    for kind in KINDS.values():
        batches = session.scalars(
            select(Batch).where(Batch.kind == kind.name, Batch.state == ACCEPTED).order_by(Batch.id)
        ).all()
        if not batches:
            continue
        shape = shape_of(kind)
        tally = Tally().take(shape, _counting(session, kind, shape))
        report = _started(kind, batches)
        _fill(session, report, kind, shape, tally, everything=True)
        whole = [batch for batch in batches if batch.parent_id is None]
        if whole and (earlier := earlier_of(session, whole[-1])) is not None:
            report.compared_with = earlier.id
            latest = Tally().take(shape, _rows_of(session, kind, shape, whole[-1]))
            _compare(report, shape, latest, Tally().take(shape, _rows_of(session, kind, shape, earlier)))
        report.findings = findings(report)
        reports.append(report)
    return reports


def earlier_of(session: Session, batch: Batch) -> Batch | None:
    """The batch of the kind before it, of the same source if there is one; superseded ones, too."""
    found = (
        select(Batch)
        .where(
            Batch.kind == batch.kind,
            Batch.id < batch.id,
            Batch.parent_id.is_(None),
            Batch.state.in_((ACCEPTED, SUPERSEDED)),
        )
        .order_by((Batch.source == batch.source).desc(), Batch.id.desc())
        .limit(1)
    )
    return session.scalars(found).first()


def findings(report: QualityReport) -> list[str]:
    """What deserves a look, the gravest first."""
    said = []
    if report.read and report.quarantined / report.read > 0.05:
        said.append(f"{report.quarantined / report.read:.0%} 的行被隔离")
    if beyond := sum(each.rows for each in report.refused if each.out_of_range):
        said.append(f"{beyond} 行有超出范围的值")
    if report.outliers:
        first = report.outliers[0]
        said.append(
            f"{len(report.outliers)} 个数与上年相比变化异常，如 {first.name}（{report.title(first.column)}）："
            f"{first.before:g} → {first.value:g}"
        )
    said += [
        f"{report.title(each.column)}：新出现 {each.new_count} 个代码，不再出现 {each.vanished_count} 个"
        for each in report.codes
        if each.new_count or each.vanished_count
    ]
    said += [
        f"{report.title(each.column)}的用字与上一批明显不同（JS 散度 {each.divergence:.2f}）"
        for each in report.drift
        if each.drifted
    ]
    return said


def _started(kind: Kind, batches: Sequence[Batch]) -> QualityReport:
    report = QualityReport(kind.name, kind.title, [batch.id for batch in batches], None)
    for batch in batches:
        for name in ("read", "accepted", "repeated", "quarantined", "masked"):
            setattr(report, name, getattr(report, name) + getattr(batch, name))
        report.simulated |= batch.simulated
    return report


def _fill(
    session: Session,
    report: QualityReport,
    kind: Kind,
    shape: Shape,
    tally: Tally,
    *,
    everything: bool = False,
) -> None:
    report.records = tally.rows
    if tally.rows:
        report.completeness = [
            Filled(
                name,
                shape.titles.get(name, name),
                tally.filled[name],
                round(tally.filled[name] / tally.rows, 4),
            )
            for name in shape.columns
        ]
    report.refused = _refused(session, report, everything=everything)
    if not shape.figures or not tally.years:
        return
    wanted = {year - 1 for year in tally.years}
    before = tally if everything else Tally().take(shape, _counting(session, kind, shape, wanted))
    for (name, year), now in sorted(tally.figures.items()):
        last = before.figures.get((name, year - 1)) or tally.figures.get((name, year - 1))
        if last:
            here, there = compared(now, last)
            found = outliers(name, here, there, year, rate=name in shape.rates)[:MOST_OUTLIERS]
            report.outliers += [replace(each, name=tally.names.get(each.key, each.key)) for each in found]


def _compare(report: QualityReport, shape: Shape, now: Tally, before: Tally) -> None:
    report.codes = [code_change(name, now.codes[name], before.codes[name]) for name in shape.codes]
    report.drift = [
        drift(name, now.characters[name], before.characters[name])
        for name in shape.texts
        if min(now.texts[name], before.texts[name]) >= FEWEST_TEXTS
    ]


def _refused(session: Session, report: QualityReport, *, everything: bool) -> list[Refused]:
    found = select(
        QuarantinedRow.column,
        QuarantinedRow.reason_code,
        func.count(),
        func.count(QuarantinedRow.resolved_by),
    ).join(Batch, Batch.id == QuarantinedRow.batch_id)
    found = (
        found.where(Batch.kind == report.kind, Batch.state == ACCEPTED)
        if everything
        else found.where(Batch.id == report.batches[0])
    )
    counted: Counter[tuple[str, str]] = Counter()
    solved: Counter[tuple[str, str]] = Counter()
    for column, code, rows, resolved in session.execute(
        found.group_by(QuarantinedRow.column, QuarantinedRow.reason_code)
    ):
        counted[column, code] += rows
        solved[column, code] += resolved
    return [
        Refused(column, code, rows, code in RANGES, rows - solved[column, code])
        for (column, code), rows in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def _rows_of(session: Session, kind: Kind, shape: Shape, batch: Batch) -> Iterator[dict[str, Any]]:
    """All that a batch said: its records, and those of other batches that its repeats are the same as."""
    model: Any = kind.model
    columns = [model.__table__.columns[name] for name in ("batch_id", *shape.columns)]
    own = select(*columns).where(model.batch_id == batch.id)
    repeated = (
        select(*columns)
        .join(RepeatedRow, RepeatedRow.fingerprint == model.fingerprint)
        .where(RepeatedRow.batch_id == batch.id)
    )
    for statement in (own, repeated):
        for row in session.execute(statement.execution_options(yield_per=2000)).mappings():
            yield {**row, "batch_id": batch.id}


def _counting(
    session: Session, kind: Kind, shape: Shape, years: set[int] | None = None
) -> Iterator[dict[str, Any]]:
    """Records of the kind that count, of some years only."""
    model: Any = kind.model
    columns = [model.__table__.columns[name] for name in ("batch_id", *shape.columns)]
    found = (
        select(*columns)
        .join(Batch, Batch.id == model.batch_id)
        .where(Batch.state == ACCEPTED, Batch.kind == kind.name)
    )
    if years is not None:
        found = found.where(model.year.in_(years))
    for row in session.execute(found.execution_options(yield_per=2000)).mappings():
        yield dict(row)
