"""A unit that stands above a table counts for its numbers, once, and the report says so."""

import zipfile
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest import ingest_file
from app.ingest.quarantine_corrections import correct_rows
from app.models import Batch, EnrolmentPlan, Forecast, QuarantinedRow


def test_heads_under_a_title_that_states_a_unit(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "forecast.csv"
    path.write_text(
        "某市人才需求,,,,,单位：万人\n"
        "行业代码,年份,需求人数,低（人）,更替需求,来源\n"
        "C397,2028,3,25000,约2,测试\n"
        "C397,2029,3.5万,25000,,测试\n"
        "C39,2028,3,25000,-0.1,测试\n"
        "C397,2030,0.00001,,,测试\n",
        "utf-8",
    )
    report = ingest_file(session, path, "forecasts")
    said = "表上方写明“单位：万人”，已用于没有另写单位的列：需求人数、更替需求"
    assert said in report.warnings and said in session.get_one(Batch, report.batch).warnings
    rows = select(Forecast.year, Forecast.low, Forecast.central).order_by(Forecast.row)
    assert [tuple(row) for row in session.execute(rows)] == [(2029, 25_000, 35_000), (2030, 0.1, 0.1)]
    kept = {row.row: row for row in session.scalars(select(QuarantinedRow))}
    assert kept[3].raw["更替需求"] == "约2" and kept[5].raw["需求人数"] == "3", "as they came"
    corrected = correct_rows(session, str(report.batch), {kept[3].id: {"更替需求": "2"}})
    assert corrected.accepted == 1
    mended = session.scalars(select(Forecast).where(Forecast.batch_id == corrected.batch)).one()
    assert (mended.central, mended.replacement, mended.low) == (30_000, 20_000, 25_000)


def test_each_member_of_an_archive_has_its_own_unit(session: Session, tmp_path: Path) -> None:
    table = "行业代码,年份,需求人数,来源\n{code},2028,3,测试\n"
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("1.csv", "单位：千人\n" + table.format(code="C397"))
        archive.writestr("2.csv", table.format(code="C39"))
    report = ingest_file(session, tmp_path / "all.zip", "forecasts")
    assert report.accepted == 2 and len(report.warnings) == 1
    found = session.execute(select(Forecast.sheet, Forecast.central).order_by(Forecast.sheet)).all()
    assert [tuple(row) for row in found] == [("1.csv", 3000), ("2.csv", 3)]


def test_money_is_not_heads_and_a_unit_for_nothing_is_said(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    table = "院校代码,年份,专业名称,计划数,学费\n10246,2025,{name},30,0.65\n"
    path.write_text("招生计划（单位：人、万元）\n" + table.format(name="法学"), "utf-8")
    assert ingest_file(session, path, "enrolment-plan").warnings[-1].endswith("的列：学费")
    path.write_text("招生计划（单位：亿元、万元）\n" + table.format(name="软件工程"), "utf-8")
    assert "没有一列用得上" in ingest_file(session, path, "enrolment-plan").warnings[-1]
    plans = session.execute(select(EnrolmentPlan.plan, EnrolmentPlan.tuition).order_by(EnrolmentPlan.id))
    assert [tuple(row) for row in plans] == [(30, 6500), (30, 0)]
