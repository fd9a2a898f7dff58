"""From a figure of a run back to the rows of the files, which add up to it."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidInputError, NotFoundError
from app.ingest import ingest_file
from app.ingest.batch_moves import undo
from app.ingest.lineage import Lineage, trace
from app.models import Balance, Batch, Offering, Placement, Recommendation, Run
from app.planning.supply import project_supply
from app.runs.profiles import load_profile
from app.runs.rows import offering_row
from app.runs.snapshot import take_snapshot

FILES = {
    "enrolment-plan": (
        "院校代码,年份,生源省份,专业名称,计划数",
        "10246,2025,北京,法学,10",
        "10246,2025,上海,法学,7",
        "10246,2025,上海,计算机类（含软件工程、人工智能）,9",
        "10246,2025,上海,软件工程,4",
        "10246,2024,上海,法学,3",
    ),
    "program-register": ("院校代码,层次,专业代码,专业名称,修业年限,年份", "10246,本科,030101K,法学,4,2020"),
    "outcomes": ("院校代码,层次,专业代码,年份,去向落实率", "10246,本科,030101K,2024,92%"),
    "campuses": ("院校代码,校区,区,主校区", "10246,邯郸校区,杨浦区,1"),
    "forecasts": ("行业代码,年份,低,需求人数,高,来源", "I65,2026,90,100,110,预测甲"),
    "postings": ("编号,企业,岗位名称,人数", "P-1,甲公司,法务,30"),
}


@pytest.fixture
def run(session: Session, tmp_path: Path) -> Run:
    batches: dict[str, str] = {}
    for kind, lines in FILES.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        batches[kind] = str(ingest_file(session, path, kind, source=f"来源 {kind}").batch)
    path = tmp_path / "again.csv"  # another source of the same school, year and province: it counts once
    path.write_text(f"{FILES['enrolment-plan'][0]}\n10246,2025,北京,法学,8\n", "utf-8")
    batches["again"] = str(ingest_file(session, path, "enrolment-plan").batch)
    snapshot = take_snapshot(session)
    made = Run(
        state="finished", profile="shanghai", profile_digest="", parameters={}, model_version="",
        reference_digest="", snapshot_digest=snapshot.digest, batch_ids=list(snapshot.batch_ids),
        summary={"batches": batches}, warnings=[],
    )  # fmt: skip
    session.add(made)
    session.flush()
    supply = project_supply(
        snapshot.plans, snapshot.registers, snapshot.outcomes, snapshot.campuses, load_profile("shanghai")
    )
    session.add_all(Offering(run_id=made.id, **offering_row(offering, None)) for offering in supply.offerings)
    key = {"run_id": made.id, "level": "bachelor", "program_code": "030101K"}
    session.add(
        Balance(
            **key, demand_low=90, demand=125, demand_high=160, supply=10, gap=115, offerings=1, ratio=0.1,
            hhi=1.0, simulated_share=0.0,
            evidence=[
                {"kind": "forecast", "source": "预测甲", "heads": 80.0, "of": 100.0, "fit": 0.5, "row": 2,
                 "batch_id": batches["forecasts"], "simulated": False},
                {"kind": "posting", "source": "甲公司", "heads": 20.0, "of": 30.0, "fit": 0.4, "row": 2,
                 "batch_id": batches["postings"], "simulated": False},
            ],
        )
    )  # fmt: skip
    session.add(
        Recommendation(
            **key, action="expand", school_code="4131010246", industry_codes=[], seats_now=17, rules=[],
            seats_proposed=30, priority=1.0, summary="",
            evidence=[{"figure": "demand", "batch_ids": [batches["again"]]}],
        )
    )  # fmt: skip
    session.add(Placement(**key, posting_id="P-1", school_code="4131010246", seats=30, fit=0.5, reasons=[]))
    session.commit()
    return made


def places(traced: Lineage, part: str) -> list[tuple[str, int]]:
    return [(traced.file_of(row), row.row) for row in traced.rows if row.part == part]


def test_plan_rows_add_up_to_the_seats_of_every_offering(session: Session, run: Run) -> None:
    offerings = session.scalars(select(Offering).where(Offering.run_id == run.id)).all()
    assert {o.program_code: o.seats for o in offerings} == {"030101K": 17.0, "080717T": 4.5, "080902": 8.5}
    for offering in offerings:
        name = f"{offering.school_code}:{offering.level}:{offering.program_code}"
        traced = trace(session, run, "offering", name)
        assert sum(row.value or 0.0 for row in traced.rows if row.part == "plan") == offering.seats
        assert set(offering.batch_ids) <= {batch.id for batch in traced.batches}
    law = trace(session, run, "offering", "10246:本科:030101K")
    assert places(law, "plan") == [("enrolment-plan.csv", 2), ("enrolment-plan.csv", 3)]
    assert places(law, "register") == [("program-register.csv", 2)]
    assert places(law, "rates") == [("outcomes.csv", 2)]
    assert places(law, "campus") == [("campuses.csv", 2)]
    software = trace(session, run, "offering", "4131010246:bachelor:080902")
    assert [(row.row, row.value) for row in software.rows if row.part == "plan"] == [(4, 4.5), (5, 4.0)]


def test_demand_recommendations_and_classes_lead_to_their_rows(session: Session, run: Run) -> None:
    batches = run.summary["batches"]
    traced = trace(session, run, "balance", "bachelor:030101K")
    assert traced.figures == {"demand": 125, "supply": 10, "gap": 115}
    assert traced.demand_named == 0.8
    assert places(traced, "forecast") == [("forecasts.csv", 2)]
    assert places(traced, "posting") == [("postings.csv", 2)]
    assert places(traced, "plan") == [("enrolment-plan.csv", 2), ("enrolment-plan.csv", 3)]
    advice = session.scalars(select(Recommendation)).one()
    traced = trace(session, run, "recommendation", str(advice.id))
    assert places(traced, "forecast") and places(traced, "plan")
    assert {batches["again"], batches["forecasts"]} <= {batch.id for batch in traced.batches}
    traced = trace(session, run, "placement", "P-1")
    assert places(traced, "posting") == [("postings.csv", 2)]
    assert trace(session, run, "placement", "P-1:10246:bachelor:030101K").rows == traced.rows
    data = traced.as_dict()
    first = next(batch for batch in data["batches"] if batch["id"] == batches["postings"])
    assert (first["source"], len(first["sha256"])) == ("来源 postings", 64)


def test_a_batch_that_was_undone_since_is_named_with_its_state(session: Session, run: Run) -> None:
    batches = run.summary["batches"]
    undo(session, batches["enrolment-plan"], "local")
    assert session.get_one(Batch, batches["enrolment-plan"]).state == "rejected"
    traced = trace(session, run, "offering", "10246:bachelor:030101K")
    assert places(traced, "plan") == [("enrolment-plan.csv", 2), ("enrolment-plan.csv", 3)]
    assert batches["enrolment-plan"] in traced.notes[0]


def test_what_the_run_has_not_is_said(session: Session, run: Run) -> None:
    for kind, name in (
        ("balance", "bachelor:080703"),
        ("offering", "10246:bachelor:080703"),
        ("recommendation", "999999"),
        ("placement", "P-9"),
    ):
        with pytest.raises(NotFoundError, match="测算中没有"):
            trace(session, run, kind, name)
    for kind, name in (
        ("balance", "bachelor"),
        ("balance", "火星:080703"),
        ("recommendation", "x"),
        ("rates", "1"),
    ):
        with pytest.raises(InvalidInputError):
            trace(session, run, kind, name)
