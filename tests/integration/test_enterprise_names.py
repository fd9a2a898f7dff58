"""Enterprises of a delivery are known to the files that come after it, as long as it counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.ingest import ingest_file
from app.ingest.batch_moves import undo
from app.ingest.quarantine_corrections import correct_rows
from app.models import EnterpriseStatus, Posting, QuarantinedRow, RowNote
from tests.register_world import CHIPS, CLOUD, LANGUAGE, tell

LINES = (
    "企业,统一社会信用代码,岗位,人数\n"
    "上海甲乙芯片有限公司,,测试工程师,3\n"
    "甲乙芯片老厂,,工艺工程师,2\n"
    "上海丙丁语音有限公司,,标注员,4\n"
    "上海丙丁语言有限责任公司,,译员,5\n"
    f"上海丙丁语言有限公司,{CHIPS},译员,6\n"
)


def register(session: Session) -> str:
    base = {"status": "储备", "since": "2022-01-10"}
    return tell(
        session,
        "enterprise-register",
        {**base, "credit_code": CHIPS, "name": "上海甲乙芯片有限公司", "since": "2024-01-10"},
        {**base, "credit_code": CHIPS, "name": "甲乙芯片老厂"},
        {**base, "credit_code": LANGUAGE, "name": "上海丙丁语言有限公司"},
    )


@contextmanager
def reads_of(session: Session, table: str) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and f"FROM {table}" in statement:
            seen.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_postings_get_the_code_of_an_enterprise_of_the_register(session: Session, tmp_path: Path) -> None:
    batch = register(session)
    path = tmp_path / "postings.csv"
    path.write_text(LINES, "utf-8")
    with reads_of(session, EnterpriseStatus.__tablename__) as reads:
        report = ingest_file(session, path, "postings")
    assert len(reads) == 1
    assert (report.accepted, report.quarantined, report.guessed) == (3, 2, 1)
    assert report.reasons == {"needs_review": 1, "code_name_mismatch": 1}
    kept = session.execute(select(Posting.enterprise, Posting.credit_code).order_by(Posting.row)).all()
    assert [tuple(row) for row in kept] == [
        ("上海甲乙芯片有限公司", CHIPS),
        ("甲乙芯片老厂", CHIPS),
        ("上海丙丁语言有限责任公司", LANGUAGE),
    ]
    note = session.scalars(select(RowNote)).one()
    assert (note.row, note.code, note.name, note.how) == (5, LANGUAGE, "上海丙丁语言有限公司", "variant")
    doubt = session.scalars(select(QuarantinedRow).where(QuarantinedRow.reason_code == "needs_review")).one()
    assert (doubt.row, doubt.column) == (4, "企业") and LANGUAGE in doubt.remedy
    corrected = correct_rows(session, str(report.batch), {doubt.id: {"统一社会信用代码": CLOUD}})
    assert (corrected.accepted, corrected.waiting) == (1, 1)

    again = tmp_path / "again.csv"
    again.write_text(LINES.replace("工程师", "工"), "utf-8")
    undo(session, batch, "local", "重发")
    later = ingest_file(session, again, "postings")
    assert (later.quarantined, later.repeated) == (0, 1)
    codes = session.scalars(
        select(Posting.credit_code).where(Posting.batch_id == later.batch).order_by(Posting.row)
    )
    assert codes.all() == [None, None, None, CHIPS]
    assert session.scalars(select(Posting.credit_code).where(Posting.batch_id == report.batch)).all() == [
        CHIPS,
        CHIPS,
        LANGUAGE,
    ]


def test_a_delivery_that_is_held_teaches_nothing_until_it_is_accepted(
    session: Session, tmp_path: Path
) -> None:
    names = tmp_path / "register.csv"
    names.write_text(f"信用代码,企业名称,状态,起始日期\n{CHIPS},甲乙芯片厂,储备,2022-01-10\n", "utf-8")
    ingest_file(session, names, "enterprise-register", hold=True)
    path = tmp_path / "contributions.csv"
    path.write_text(f"企业名称,信用代码,年份,企业教师数\n甲乙芯片厂,,2025,3\n某厂,{CLOUD},2025,1\n", "utf-8")
    assert ingest_file(session, path, "enterprise-contributions", dry_run=True).reasons == {
        "unknown_enterprise": 1
    }
    names.write_text(names.read_text("utf-8").replace("2022", "2023"), "utf-8")
    ingest_file(session, names, "enterprise-register")
    assert ingest_file(session, path, "enterprise-contributions").accepted == 2


def test_a_doubt_is_settled_in_a_file_without_a_column_for_the_code(session: Session, tmp_path: Path) -> None:
    register(session)
    path = tmp_path / "postings.csv"
    path.write_text("企业,岗位,人数\n某某公司,车工,1\n上海丙丁语音有限公司,标注员,4\n", "utf-8")
    report = ingest_file(session, path, "postings")
    doubt = session.scalars(select(QuarantinedRow)).one()
    assert "名称后的括号" in doubt.remedy
    corrected = correct_rows(
        session, str(report.batch), {doubt.id: {"企业": f"上海丙丁语音有限公司（{CLOUD}）"}}
    )
    assert corrected.accepted == 1
    kept = session.scalars(select(Posting).where(Posting.batch_id == corrected.batch)).one()
    assert (kept.enterprise, kept.credit_code) == ("上海丙丁语音有限公司", CLOUD)
