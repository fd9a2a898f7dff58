"""The round trip of the quarantine: exported, corrected, taken back; nothing lost and nothing doubled."""

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError, UnreadableFileError
from app.ingest import BatchReport, ingest_file
from app.ingest.batch_moves import undo
from app.ingest.quarantine import AFTER, BEFORE, RESOLVED, count, export_quarantine, quarantined
from app.ingest.quarantine_corrections import correct_rows
from app.ingest.quarantine_import import import_corrections
from app.models import Batch, EnrolmentPlan, QuarantinedRow

HEADER = "序号,院校代码,年份,生源省份,专业名称,计划数,说明"
LINES = [
    "1,10246,2025,北京,法学,10,好",
    "2,10246,2025,北京,炼金学,10,=HYPERLINK(1)",
    "3,10246,2025,北京,护理学,许多,13800138000",
    "4,10246,2025,北京,会计学,,-1+2",
    "5,10246,2025,北京,人工智能,5,好",
]
Loaded = Callable[..., BatchReport]


@pytest.fixture
def loaded(session: Session, tmp_path: Path) -> BatchReport:
    path = tmp_path / "plans.csv"
    path.write_text("\n".join([HEADER, *LINES]) + "\n", "utf-8")
    return ingest_file(session, path, "enrolment-plan", source="学校甲", licence="公开")


def lines_of(path: Path) -> list[list[str]]:
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        return [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def save(lines: list[list[str]], path: Path) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)  # type: ignore[union-attr]
        book.save(path)
    else:
        with path.open("w", encoding="gb18030", newline="") as stream:  # as a Chinese Excel saves it
            csv.writer(stream).writerows(lines)
    return path


def change(lines: list[list[str]], row: str, column: str, value: str) -> None:
    place = lines[0].index(column)
    next(line for line in lines[1:] if line[BEFORE.index("行")] == row)[place] = value


def everything(session: Session) -> tuple[int, int]:
    """Records, and rows that wait."""
    records = session.scalar(select(func.count()).select_from(EnrolmentPlan)) or 0
    return records, count(session, quarantined())


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_rows_are_exported_corrected_and_taken_back(
    session: Session, loaded: BatchReport, tmp_path: Path, suffix: str
) -> None:
    batch = str(loaded.batch)
    out = tmp_path / f"out{suffix}"
    assert export_quarantine(session, batch, out) == 3
    lines = lines_of(out)
    assert lines[0] == [*BEFORE, *HEADER.split(","), *AFTER]
    first = dict(zip(lines[0], lines[1], strict=True))
    assert (first["文件"], first["行"], first["专业名称"]) == ("plans.csv", "3", "炼金学")
    assert (first["说明"], first["出错的列"]) == ("'=HYPERLINK(1)", "专业名称")
    assert first["原因"] and first["如何改正"]
    assert dict(zip(lines[0], lines[3], strict=True))["说明"] == "'-1+2"
    assert "13800138000" not in str(lines)

    # nothing was changed: nothing happens, the rows are known again
    report = import_corrections(session, save(lines, out), who="王五")
    assert (report.submitted, report.unchanged, report.read, report.batch) == (3, 3, 0, None)
    assert everything(session) == (2, 3)

    # one is made good, one stays bad in another way, one is left as it was
    change(lines, "3", "专业名称", "软件工程")
    change(lines, "4", "计划数", "99999999")
    report = import_corrections(session, save(lines, out), who="王五", dry_run=True)
    assert (report.read, report.accepted, report.quarantined, report.batch) == (2, 1, 1, None)
    assert everything(session) == (2, 3)
    report = import_corrections(session, save(lines, out), who="王五")
    assert (report.submitted, report.unchanged, report.read) == (3, 1, 2)
    assert (report.accepted, report.repeated, report.quarantined, report.waiting) == (1, 0, 1, 1)
    assert everything(session) == (3, 2)
    new = session.get_one(Batch, report.batch)
    assert (new.parent_id, new.source, new.licence, new.who) == (batch, "学校甲", "公开", "王五")
    assert new.read == new.accepted + new.repeated + new.quarantined == 2
    became = session.execute(
        select(QuarantinedRow.row, QuarantinedRow.resolution).where(QuarantinedRow.resolved_by == new.id)
    )
    assert sorted(became.all()) == [(3, "accepted"), (4, "quarantined")]
    assert session.scalar(select(EnrolmentPlan.row).where(EnrolmentPlan.batch_id == new.id)) == 3

    # the same file once more doubles nothing
    report = import_corrections(session, save(lines, out), who="王五")
    assert (report.unchanged, report.resolved_before, report.read) == (1, 2, 0)
    assert everything(session) == (3, 2)

    # what still waits in the new batch goes the same way; its formula came back as it was
    export_quarantine(session, new.id, out)
    lines = lines_of(out)
    change(lines, "4", "计划数", "30")
    report = import_corrections(session, save(lines, out))
    assert (report.accepted, report.waiting) == (1, 0)
    export_quarantine(session, batch, out)
    lines = lines_of(out)
    change(lines, "5", "计划数", "20")
    report = import_corrections(session, save(lines, out))
    assert everything(session) == (5, 0)
    raw = session.scalar(select(QuarantinedRow.raw).where(QuarantinedRow.row == 5))
    assert raw is not None and raw["说明"] == "-1+2"
    assert count(session, quarantined(state=RESOLVED)) == 4
    with pytest.raises(InvalidInputError, match="没有等待改正"):
        export_quarantine(session, batch, out)


def test_undoing_a_correction_lets_the_row_wait_again(session: Session, loaded: BatchReport) -> None:
    batch = str(loaded.batch)
    bad = session.scalars(select(QuarantinedRow).where(QuarantinedRow.row == 3)).one()
    done = correct_rows(session, batch, {bad.id: {"专业名称": "软件工程"}}, who="local")
    assert (done.accepted, done.waiting) == (1, 2)
    assert everything(session) == (3, 2)
    assert undo(session, str(done.batch), "local").reopened == 1
    assert count(session, quarantined()) == 3
    again = correct_rows(session, batch, {bad.id: {"专业名称": "软件工程"}})
    assert again.accepted == 1
    # the corrections of a file go with it, and none of its rows waits
    moved = undo(session, batch, "local")
    assert moved.taken_out == (again.batch,)
    assert count(session, quarantined()) == 0
    with pytest.raises(ConflictError, match="撤回"):
        correct_rows(session, batch, {bad.id: {"专业名称": "数学与应用数学"}})


def test_a_corrected_row_that_is_known_already_is_a_repeat(session: Session, loaded: BatchReport) -> None:
    bad = session.scalars(select(QuarantinedRow).where(QuarantinedRow.row == 3)).one()
    good = {"专业名称": "法学", "说明": "好"}
    report = correct_rows(session, str(loaded.batch), {bad.id: good})
    assert (report.read, report.accepted, report.repeated) == (1, 0, 1)
    session.expire_all()
    assert bad.resolution == "repeated"
    assert everything(session) == (2, 2)


def test_a_correction_that_mends_nothing_is_refused_whole(session: Session, loaded: BatchReport) -> None:
    bad = session.scalars(select(QuarantinedRow).where(QuarantinedRow.row == 3)).one()
    with pytest.raises(InvalidInputError, match="没有一行可以接收"):
        correct_rows(session, str(loaded.batch), {bad.id: {"专业名称": "占星学"}})
    assert everything(session) == (2, 3)
    with pytest.raises(InvalidInputError, match="没有列“专业”"):
        correct_rows(session, str(loaded.batch), {bad.id: {"专业": "法学"}})
    with pytest.raises(InvalidInputError, match="没有编号 987654"):
        correct_rows(session, str(loaded.batch), {987654: {}})


def test_files_that_are_no_export_are_refused(session: Session, loaded: BatchReport, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    export_quarantine(session, str(loaded.batch), out)
    lines = lines_of(out)
    refused = {
        "不是隔离区导出": [line[1:] for line in lines],
        "没有隔离编号": [lines[0], ["", *lines[1][1:]]],
        "出现了两次": [*lines, lines[1]],
        "没有编号 99999": [lines[0], ["99999", *lines[1][1:]]],
        "列与原来的不同": [[*lines[0][:4], "代码", *lines[0][5:]], *lines[1:]],
        "文件里没有行": lines[:1],
    }
    for message, changed in refused.items():
        with pytest.raises(InvalidInputError, match=message):
            import_corrections(session, save(changed, out))
    with pytest.raises(UnreadableFileError, match="找不到"):
        import_corrections(session, tmp_path / "none.csv")
    out.with_suffix(".xlsx").write_bytes(b"PK\x03\x04broken")
    with pytest.raises(UnreadableFileError, match="不是有效的 Excel"):
        import_corrections(session, out.with_suffix(".xlsx"))
    with pytest.raises(InvalidInputError, match="不认识的文件类型"):
        export_quarantine(session, str(loaded.batch), tmp_path / "out.docx")
    assert everything(session) == (2, 3)


def test_a_line_with_two_values_of_a_key_waits_until_one_is_left(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plans.jsonl"
    good = '{"院校代码": "10246", "年份": 2025, "生源省份": "北京", "专业名称": "法学", "计划数": 3}'
    twice = good.replace("北京", "天津").replace("}", ', "计划数": 30, "备注": "致电13812345678"}')
    path.write_text(f"{good}\n{twice}\n", "utf-8")
    report = ingest_file(session, path, "enrolment-plan")
    assert (report.accepted, report.reasons) == (1, {"key_twice": 1})
    bad = session.scalars(select(QuarantinedRow)).one()
    assert bad.column == "计划数" and "“3”与“30”" in bad.reason
    assert bad.raw["line"].count("计划数") == 2 and "13812345678" not in bad.raw["line"]
    with pytest.raises(InvalidInputError, match="两个“计划数”"):
        correct_rows(session, str(report.batch), {bad.id: {"line": bad.raw["line"].replace("30", "31")}})
    left = {bad.id: {"line": bad.raw["line"].replace('"计划数": 3, ', "")}}
    assert correct_rows(session, str(report.batch), left).accepted == 1


def test_broken_lines_and_surplus_cells_can_be_corrected(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plans.jsonl"
    good = '{"院校代码": "10246", "年份": 2025, "生源省份": "北京", "专业名称": "法学", "计划数": 3}'
    path.write_text(f"{good}\n{good[:-9]}\n", "utf-8")
    batch = str(ingest_file(session, path, "enrolment-plan").batch)
    bad = session.scalars(select(QuarantinedRow)).one()
    assert "line" in bad.raw
    done = correct_rows(session, batch, {bad.id: {"line": good.replace("法学", "会计学")}})
    assert done.accepted == 1
    path = tmp_path / "wide.csv"
    path.write_text(f"{HEADER}\n{LINES[4]}\n1,10246,2025,上海,法学,7,甲,乙\n", "utf-8")
    batch = str(ingest_file(session, path, "enrolment-plan").batch)
    bad = session.scalars(select(QuarantinedRow).where(QuarantinedRow.batch_id == batch)).one()
    assert bad.raw["多余"] == ["乙"]
    assert correct_rows(session, batch, {bad.id: {"多余": ""}}).accepted == 1


def test_rows_of_several_sheets_are_corrected_in_one_file(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plans.xlsx"
    book = openpyxl.Workbook()
    for place, (name, program) in enumerate((("本科", "炼金学"), ("专科", "占星学"))):
        sheet = book.active if place == 0 else book.create_sheet()
        sheet.title = name  # type: ignore[union-attr]
        for line in (
            HEADER.split(","),
            LINES[0].split(","),
            ["2", "10246", "2025", "上海", program, "10", ""],
        ):
            sheet.append(line)  # type: ignore[union-attr]
    book.save(path)
    batch = str(ingest_file(session, path, "enrolment-plan").batch)
    held = session.scalars(select(QuarantinedRow).order_by(QuarantinedRow.id)).all()
    assert [(row.sheet, row.row) for row in held] == [("本科", 3), ("专科", 3)]
    out = tmp_path / "out.xlsx"
    assert export_quarantine(session, batch, out) == 2
    lines = lines_of(out)
    place = lines[0].index("专业名称")
    lines[1][place], lines[2][place] = "哲学", "占卜学"
    report = import_corrections(session, save(lines, out))
    assert (report.read, report.accepted, report.quarantined) == (2, 1, 1)
    session.expire_all()
    resolved = {(row.sheet, row.resolution) for row in held}
    assert resolved == {(lines[1][2], "accepted"), (lines[2][2], "quarantined")}
