"""The real files: every row is accounted for, a second load changes nothing, and nothing personal is kept."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.ingest import KINDS, ingest_file
from app.ingest.columns import mapped_columns
from app.ingest.fingerprint import Fingerprints
from app.ingest.mappings import ColumnMapping
from app.ingest.reading import open_table
from app.matching.posting import mask_personal
from app.models import Batch, EnrolmentPlan, Posting, QuarantinedRow, TextProfile

PLAN = "inputs/enrolment_plan_2025_shanghai.gb18030.csv"
OTHER_YEARS = "inputs/enrolment_plan_multi_year_shanghai.csv"
FILES = [
    (PLAN, "enrolment-plan", 10_118),
    (OTHER_YEARS, "enrolment-plan", 2_424),
    ("inputs/program_register_2025_shanghai_53.csv", "program-register", 114),
    ("inputs/published_demand_figures.csv", "demand-figures", 36),
    ("inputs/district_lead_clusters_2024.csv", "district-clusters", 11),
    ("inputs/postings_shanghai_2024.jsonl", "postings", 1_977),
    ("eval/program_texts.jsonl", "program-texts", 1_329),
    ("eval/occupation_texts.jsonl", "occupation-texts", 1_636),
    ("eval/industry_texts.jsonl", "industry-texts", 1_971),
]


FINGERPRINTS = [
    (PLAN, 4_529, "1f3d61c9a274971f"),
    (OTHER_YEARS, 58, "8343710e1f280446"),
    ("inputs/program_register_2025_shanghai_53.csv", 0, "486880862d1333d8"),
    ("inputs/published_demand_figures.csv", 0, "a2733df4cc405ebb"),
    ("inputs/district_lead_clusters_2024.csv", 0, "17e962d137540927"),
    ("inputs/postings_shanghai_2024.jsonl", 0, "cc73c4631ade1ae4"),
]


def stored(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(("name", "kind", "rows"), FILES)
def test_every_row_is_accounted_for_once(
    session: Session, shared: Path, name: str, kind: str, rows: int
) -> None:
    report = ingest_file(session, shared / name, kind)
    assert report.read == rows == report.accepted + report.repeated + report.quarantined
    assert report.accepted > 0.5 * rows
    assert sum(report.reasons.values()) == report.quarantined == stored(session, QuarantinedRow)
    assert stored(session, KINDS[kind].model) == report.accepted
    again = ingest_file(session, shared / name, kind)
    assert (again.already, again.read, again.repeated, again.accepted) == (True, rows, rows, 0)
    assert stored(session, KINDS[kind].model) == report.accepted
    assert stored(session, Batch) == 1


@pytest.mark.parametrize(("name", "repeated", "digest"), FINGERPRINTS)
def test_fingerprints_are_those_that_databases_hold(
    shared: Path, name: str, repeated: int, digest: str
) -> None:
    """Digest over the fingerprints of all rows as the first release made them."""
    kind = KINDS[next(kind for file, kind, _ in FILES if file == name)]
    with open_table(shared / name, lambda header: kind.column_for(header) is not None) as table:
        columns, _ = mapped_columns(table, kind, ColumnMapping(), shared / name)
        made = Fingerprints(kind.name, columns, {}, False)
        prints = made.of(list(table.rows))
    assert len(prints) - len(set(prints)) == repeated
    assert hashlib.sha256(b"".join(prints)).hexdigest().startswith(digest)


def test_seats_of_the_plan_recounted_by_hand(session: Session, shared: Path) -> None:
    """Another reader, another way: distinct rows with a number of seats, of schools in the official list."""
    with (shared / PLAN).open(encoding="gb18030", newline="") as stream:
        rows = {tuple(row.values()): row for row in csv.DictReader(stream)}
    wanted: Counter[str] = Counter()
    for row in rows.values():
        if row["计划数"] and row["院校代码"] != "99999" and "预科" not in row["专业名称"]:
            wanted[row["院校代码"]] += int(row["计划数"])
    report = ingest_file(session, shared / PLAN, "enrolment-plan")
    assert report.repeated == report.read - len(rows)
    totals = session.execute(
        select(EnrolmentPlan.school_code, func.sum(EnrolmentPlan.plan)).group_by(EnrolmentPlan.school_code)
    )
    assert {code[-5:]: total for code, total in totals} == dict(wanted)


def test_rows_that_two_files_share_are_stored_once(session: Session, shared: Path, tmp_path: Path) -> None:
    lines = (shared / PLAN).read_text("gb18030").splitlines(keepends=True)
    half = tmp_path / "half.csv"
    half.write_text("".join(lines[:501]), "utf-8")
    first = ingest_file(session, half, "enrolment-plan")
    whole = ingest_file(session, shared / PLAN, "enrolment-plan")
    assert stored(session, EnrolmentPlan) == first.accepted + whole.accepted
    assert whole.repeated >= first.accepted
    assert whole.read == 10_118 == whole.accepted + whole.repeated + whole.quarantined


def test_plan_rows_carry_programs_and_campus(session: Session, shared: Path) -> None:
    ingest_file(session, shared / PLAN, "enrolment-plan")
    row = session.scalars(select(EnrolmentPlan).where(EnrolmentPlan.row == 2)).one()
    assert (row.school_code, row.province, row.plan, row.class_code) == ("4131010255", "北京", 5, "0807")
    assert (row.campus, row.broad, row.level) == ("松江校区", True, "bachelor")
    assert len(row.program_codes) >= 4


def test_no_posting_keeps_personal_data(session: Session, shared: Path) -> None:
    report = ingest_file(session, shared / "inputs/postings_shanghai_2024.jsonl", "postings")
    assert report.quarantined == 0
    for title, description in session.execute(select(Posting.title, Posting.description)):
        assert mask_personal(title)[1] == mask_personal(description)[1] == 0


def test_the_career_of_a_program_stays_out_of_the_text_that_is_matched(
    session: Session, shared: Path
) -> None:
    ingest_file(session, shared / "eval/program_texts.jsonl", "program-texts")
    source = {
        (row["level"], row["code"]): row
        for row in map(json.loads, (shared / "eval/program_texts.jsonl").read_text("utf-8").splitlines())
    }
    profiles = session.scalars(select(TextProfile)).all()
    assert len(profiles) == len(source)
    with_career = [p for p in profiles if len(p.fields.get("career", "")) > 20]
    assert with_career and all(p.fields["career"] not in p.text for p in with_career)
