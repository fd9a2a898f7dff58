"""What the pages of the console ask of the database, on both databases."""

from pathlib import Path

from sqlalchemy.orm import Session

from app.console import batch, batches, corrections, home, quarantine, sources
from app.ingest import ingest_file
from app.ingest.quarantine_corrections import correct_rows

PLANS = (
    "院校名称,专业名称,层次,年份,省份,计划数\n"
    "复旦大学,法学,本科,2025,上海,5\n"
    "同济大学,炼金学,本科,2025,上海,3\n"
    "同济大学,炼金学,本科,2025,江苏,4\n"
    "同济大学,软件工程,本科,2025,江苏,很多\n"
)


def loaded(session: Session, folder: Path) -> str:
    path = folder / "plans.csv"
    path.write_text(PLANS, "utf-8")
    report = ingest_file(session, path, "enrolment-plan", simulated=True)
    assert report.batch is not None
    return report.batch


def test_what_waits_and_what_came_is_found(session: Session, tmp_path: Path) -> None:
    name = loaded(session, tmp_path)
    shown = home._shown(session)
    assert (shown["accepted"], shown["records"], shown["held"], shown["waiting"]) == (1, 1, 0, 3)
    total, rows = batches._listed(session, "enrolment-plan", "accepted", 1)
    assert (total, rows[0]["id"], rows[0]["simulated"]) == (1, name, True)
    assert batches._listed(session, "schools", "", 1) == (0, [])
    assert (batch._shown(session, name)["waiting"], len(batch._shown(session, name)["moves"])) == (3, 3)
    assert [(each["id"], each["rows"]) for each in quarantine._waiting(session)] == [(name, 3)]
    assert sources._shown(session, tmp_path / "sources.toml") == ([], [])


def test_rows_with_the_same_fault_are_found_until_they_are_corrected(
    session: Session, tmp_path: Path
) -> None:
    name = loaded(session, tmp_path)
    shown = quarantine._rows(session, name, "unknown_program", 1)
    assert (shown["total"], sum(shown["reasons"].values())) == (2, 3)
    first = shown["rows"][0]["id"]
    row = corrections.held_row(session, first)
    assert row is not None
    assert (row.faulty, row.alike, row.cells["专业名称"]) == (frozenset({"专业名称"}), 2, "炼金学")
    alike = corrections.rows_alike(session, first)
    assert len(alike) == 2
    correct_rows(session, name, {each: {"专业名称": "软件工程"} for each in alike}, who="local")
    assert corrections.held_row(session, first) is None
    assert quarantine._rows(session, name, "", 1)["total"] == 1
    children = batch._shown(session, name)["children"]
    assert [(child["accepted"], child["quarantined"]) for child in children] == [(2, 0)]
