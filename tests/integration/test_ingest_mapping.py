"""Templates filled in, headers in doubt, mappings kept per source, names learnt, and guesses noted beside rows."""

import io
import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.cli import app
from app.cli.ingest import _asker
from app.cli.terminal import Steps
from app.errors import InvalidInputError, UnreadableFileError
from app.ingest import KINDS, ingest_file
from app.ingest.column_proposal import Candidate, HeaderProposal
from app.ingest.describe import example_cells
from app.ingest.mappings import ColumnMapping, kept_path
from app.ingest.templates import write_template
from app.models import Batch, EnrolmentPlan, QuarantinedRow, RowNote, SchoolProfile

ODD = "校,招的专业,年,计划\n复旦大学,法学,2025,5\n同济大学,软件工程,2025,7\n"


def stored(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_every_template_filled_in_is_loaded_as_it_is(session: Session, tmp_path: Path) -> None:
    """The example stays in, as people leave it; the row they add is the only one that counts."""
    for name, kind in KINDS.items():
        path = tmp_path / f"{name}.xlsx"
        write_template(kind, path)
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        places = {kind.column_for(cell.value).name: cell.column for cell in sheet[1]}  # type: ignore[union-attr]
        for header, value in example_cells(kind).items():
            sheet.cell(3, places[kind.column_for(header).name], value)  # type: ignore[union-attr]
        book.save(path)
        report = ingest_file(session, path, name)
        assert (report.read, report.accepted, report.reasons) == (2, 1, {"example_row": 1}), name
        assert not [w for w in report.warnings if "未读" in w], name
        assert stored(session, kind.model) >= 1


def test_the_example_files_are_loaded_as_they_are(session: Session) -> None:
    folder = Path(__file__).parents[2] / "docs" / "examples"
    for name in KINDS:
        report = ingest_file(session, folder / f"{name}.csv", name)
        assert (report.read, report.accepted) == (1, 1), name


def test_columns_that_nothing_uses_are_named_once(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    path.write_text(
        "序号,院校代码,年份,专业名称,计划数,调剂,联系13812345678\n1,10255,2025,软件工程,30,是,甲\n",
        "utf-8",
    )
    mapping = ColumnMapping(ignored=frozenset({"调剂"}))
    report = ingest_file(session, path, "enrolment-plan", mapping=mapping)
    assert [said for said in report.warnings if "没有用到" in said] == ["没有用到的列：联系[手机号]"]
    batch = session.get_one(Batch, report.batch)
    assert batch.reading["unused"] == ["联系[手机号]"] and batch.warnings == report.warnings
    path.write_text("序号,院校代码,年份,专业名称,计划数\n1,10255,2025,法学,30\n", "utf-8")
    assert ingest_file(session, path, "enrolment-plan").warnings == []


def test_headers_in_doubt_stop_the_file_until_a_person_has_spoken(session: Session, tmp_path: Path) -> None:
    path, later, third = (tmp_path / f"{name}.csv" for name in ("odd", "later", "third"))
    third.write_text(ODD.replace(",5", ",8"), "utf-8")
    path.write_text(ODD, "utf-8")
    later.write_text(ODD.replace(",5", ",6"), "utf-8")
    with pytest.raises(UnreadableFileError, match="不能确定") as fault:
        ingest_file(session, path, "enrolment-plan", source="招办")
    assert stored(session, Batch) == 0 and not kept_path("招办").exists()

    said = tmp_path / "m.toml"  # the mapping in the message is ready to be used
    said.write_text(fault.value.remedy[fault.value.remedy.index("[columns]") :], "utf-8")
    report = ingest_file(session, path, "enrolment-plan", source="招办", mapping=said, save_mapping=True)
    assert (report.accepted, report.warnings) == (2, [])

    again = ingest_file(session, later, "enrolment-plan", source="招办")
    assert (again.accepted, again.repeated) == (1, 1)
    assert "保存的列对应" in again.warnings[0]
    with pytest.raises(UnreadableFileError, match="不能确定"):
        ingest_file(session, third, "enrolment-plan", source="别处")
    kept_path("招办").write_text("[broken", "utf-8")
    broken = ingest_file(session, third, "enrolment-plan", source="招办", mapping=said, save_mapping=True)
    assert broken.accepted == 1 and "没有保存" in broken.warnings[-1]
    with pytest.raises(InvalidInputError, match="无法读取"):
        ingest_file(session, third, "enrolment-plan", source="招办")
    kept_path("招办").unlink()


def test_answers_at_the_terminal_are_kept_when_asked_to(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "asked.csv"
    path.write_text(ODD, "utf-8")

    def ask(header: HeaderProposal) -> str | None:
        return header.candidates[0].column

    report = ingest_file(session, path, "enrolment-plan", source="问答", ask=ask, save_mapping=True)
    assert report.accepted == stored(session, EnrolmentPlan) == 2
    text = kept_path("问答").read_text("utf-8")
    assert 'school_name = "校"' in text and "[enrolment-plan.columns]" in text
    kept_path("问答").unlink()


def test_names_of_accepted_profiles_stand_for_the_school(session: Session, tmp_path: Path) -> None:
    plan, schools = tmp_path / "plan.csv", tmp_path / "schools.csv"
    plan.write_text("学校,年份,专业,计划\n复旦大学,2025,法学,5\n松江纺大,2025,法学,3\n", "utf-8")
    schools.write_text("院校代码,简称\n10255,松江纺大、两家都叫\n10246,两家都叫\n", "utf-8")
    first = ingest_file(session, plan, "enrolment-plan", dry_run=True)
    assert first.reasons == {"unknown_school": 1}
    assert ingest_file(session, schools, "schools").accepted == stored(session, SchoolProfile) == 2
    report = ingest_file(session, plan, "enrolment-plan")
    assert report.accepted == 2
    codes = session.scalars(select(EnrolmentPlan.school_code).order_by(EnrolmentPlan.row)).all()
    assert codes == ["4131010246", "4131010255"]
    other = tmp_path / "other.csv"
    other.write_text("学校,年份,专业,计划\n复旦大学,2025,法学,4\n两家都叫,2025,法学,3\n", "utf-8")
    assert ingest_file(session, other, "enrolment-plan").reasons == {"unknown_school": 1}


def test_guesses_are_noted_beside_the_row_and_doubts_are_quarantined(
    session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_text(
        "学校,层次,专业,届别,对口率\n"
        "上海电子信息职业技术学院,高职,会计,2025,0.7\n"
        "复旦大学,本科,法学（国际法方向）,2025,0.7\n"
        "复旦大学,本科,法学,2025,0.8\n"
        "复旦大学,本科,电汽工程及其自动化,2025,0.7\n"
        "复旦大学,本科,法学（国际法方向）,2025,很高\n",
        "utf-8",
    )
    report = ingest_file(session, path, "outcomes")
    assert (report.accepted, report.guessed) == (3, 2)
    assert report.reasons == {"needs_review": 1, "not_a_number": 1}
    notes = session.scalars(select(RowNote).order_by(RowNote.row)).all()
    assert [(note.row, note.value, note.code, note.how) for note in notes] == [
        (2, "会计", "530302", "former_name"),
        (3, "法学(国际法方向)", "030101K", "bracketed"),
    ]
    assert all(0.9 <= note.score < 1 and note.batch_id == report.batch for note in notes)
    doubt = session.scalars(select(QuarantinedRow).where(QuarantinedRow.reason_code == "needs_review")).one()
    assert "080601（0.82）" in doubt.remedy and doubt.raw["专业"] == "电汽工程及其自动化"


def test_the_terminal_asks_until_it_has_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Candidate("plan", "计划数", 0.8), Candidate("tuition", "学费", 0.6)
    header = HeaderProposal("规模", ("5",), "plan", 0.8, "similar", True, (first, second))
    for typed, column in (("9\n2\n", "tuition"), ("0\n", None), ("x\n1\n", "plan")):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert _asker(Steps())(header) == column
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(InvalidInputError, match="没有回答"):
        _asker(Steps())(header)


def test_the_command_line_writes_a_template(tmp_path: Path) -> None:
    run = CliRunner().invoke
    path = tmp_path / "t.xlsx"
    answer = run(app, ["ingest", "template", "campuses", "--out", str(path), "--json"])
    assert json.loads(answer.stdout) == {"kind": "campuses", "file": str(path)} and path.is_file()
    wrong = run(app, ["ingest", "template", "nothing"])
    assert "enrolment-plan" in str(wrong.exception)
