"""Scenarios on a small published run, and the decisions of reviewers in the run after: computed, not made up."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.errors import ConflictError
from app.ingest import accept_rows
from app.models import Balance, Fit, Offering, Recommendation, Review, ReviewEvent, Run, Scenario
from app.runs.decisions import decisions_in_force
from app.runs.execute import execute
from app.runs.fits import FitTables
from app.runs.kept_fits import fits_key, kept_fits
from app.runs.publish import current_run, publish
from app.runs.published import Published
from app.runs.reviews import Move, move_recommendation
from app.runs.scenarios import Base, add_scenario, delete_scenario, run_scenario
from app.settings import get_settings
from tests.conftest import emptied

DONGHUA, FUDAN, LINGANG = "4131010255", "4131010246", "4131012499"


def quiet(_step: str, _done: float) -> None:
    """No progress in tests."""


def take_in(session: Session) -> None:
    """Plans of two schools for computing and nursing, and forecasts that leave computing short."""
    plans = [
        {
            "school_code": school,
            "year": "2025",
            "province": "上海",
            "level": "本科",
            "program_name": name,
            "plan": seats,
        }
        for school, name, seats in (
            (DONGHUA, "计算机科学与技术", "60"),
            (DONGHUA, "通信工程", "40"),
            (DONGHUA, "软件工程", "50"),
            (FUDAN, "计算机科学与技术", "80"),
            (FUDAN, "软件工程", "40"),
            (FUDAN, "护理学", "30"),
        )
    ]
    figures = (
        ("I651", "2400", "3000", "3600"),
        ("C392", "60", "80", "100"),
        ("Q841", "40", "50", "60"),
    )
    forecasts = [
        {
            "industry_code": code,
            "level": "本科",
            "region": "310000",
            "year": "2028",
            "low": low,
            "central": central,
            "high": high,
            "source": "测试",
        }
        for code, low, central, high in figures
    ]
    accept_rows(session, "enrolment-plan", plans, source="测试")
    accept_rows(session, "forecasts", forecasts, source="测试")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with one published run, made once for all tests of this file: a run takes seconds."""
    name = "sqlite_engine" if request.param == "sqlite" else "postgres_engine"
    chosen: Engine = request.getfixturevalue(name)
    with session_factory(chosen)() as session:
        take_in(session)
        publish(session, execute(session, "shanghai", quiet).id)
    yield chosen
    emptied(chosen)


@pytest.fixture
def published(session: Session) -> Iterator[Run]:
    """The published run; what a test asked and decided is gone after it."""
    run = current_run(session)
    yield run
    session.rollback()
    for scenario in session.scalars(select(Scenario)).all():
        delete_scenario(session, scenario)
    for table in (ReviewEvent, Review):
        session.execute(delete(table))
    session.commit()
    Base._latest = None


MORE = {
    "name": "more-software",
    "title": "软件业需求增加一半",
    "demand": [{"industries": ["I651"], "year": 2028, "factor": 1.5}],
}


def balances(session: Session, run: str) -> dict[str, Balance]:
    return {b.program_code: b for b in session.scalars(select(Balance).where(Balance.run_id == run))}


def test_a_scenario_is_stored_run_and_compared(client: TestClient, session: Session, published: Run) -> None:
    stored = client.post("/v1/scenarios", json=MORE)
    assert stored.status_code == 201 and stored.json()["result"] is None
    assert stored.json()["base_run"] == published.id
    assert client.post("/v1/scenarios", json=MORE).status_code == 200
    assert client.post("/v1/scenarios", json={**MORE, "title": "另一个"}).status_code == 409
    where = stored.headers["location"]
    assert client.get(f"{where}/comparison").status_code == 409
    ran = client.post(f"{where}/run")
    assert ran.status_code == 201
    result = ran.json()["result"]
    assert result["kind"] == "scenario" and result["base_run"] == published.id and result["on_current"]
    (altered,) = result["alterations"]
    assert (altered["before"], altered["after"]) == (3000.0, 4500.0)
    again = client.post(f"{where}/run")
    assert again.status_code == 200 and again.json()["result"]["run"] == result["run"]
    compared = client.get(f"{where}/comparison").json()
    assert compared["kind"] == "scenario" and compared["run"] == published.id
    changes = [item["change"] for item in compared["items"]]
    assert changes == sorted(changes, reverse=True) and changes[0] > 50
    first = compared["items"][0]
    before, after = balances(session, published.id), balances(session, result["run"])
    code = first["program_code"]
    assert first["base"]["gap"] == before[code].gap and first["scenarios"][0]["gap"] == after[code].gap
    assert first["scenarios"][0]["gap_p10"] < first["scenarios"][0]["gap"] < first["scenarios"][0]["gap_p90"]
    assert sum(b.demand for b in after.values()) > sum(b.demand for b in before.values()) + 50
    # Fits are those of the publication: a scenario stores none of its own.
    assert session.scalar(select(func.count()).select_from(Fit).where(Fit.run_id == result["run"])) == 0


def test_a_scenario_that_changes_nothing_gives_the_published_figures(
    session: Session, published: Run
) -> None:
    scenario, _ = add_scenario(
        session, {"name": "same", "title": "一切照旧", "seats": [{"factor": 1.0}]}, "test"
    )
    kept = kept_fits(get_settings().fits_folder, fits_key(published))
    assert isinstance(kept, FitTables)
    run, new = run_scenario(session, scenario, quiet)
    assert new and run.kind == "scenario"
    columns = ("level", "program_code", "demand", "supply", "gap", "gap_p10", "gap_p90", "ratio", "hhi")

    def rows(of: Run) -> list[tuple[Any, ...]]:
        found = session.scalars(select(Balance).where(Balance.run_id == of.id).order_by(Balance.id))
        return [tuple(getattr(row, name) for name in columns) for row in found]

    assert rows(run) == rows(published) != []


def test_kept_fits_that_are_gone_are_made_again(session: Session, published: Run) -> None:
    scenario, _ = add_scenario(session, MORE, "test")
    run, _ = run_scenario(session, scenario, quiet)
    digest = run.digest
    session.delete(run)
    session.commit()
    Base._latest = None
    path = get_settings().fits_folder / f"{fits_key(published)}.npz"
    path.write_bytes(b"not a file of fits")
    run, new = run_scenario(session, scenario, quiet)
    assert new and run.digest == digest
    assert kept_fits(get_settings().fits_folder, fits_key(published)) is not None


def test_a_scenario_is_never_published_and_says_what_it_is(
    client: TestClient, session: Session, published: Run
) -> None:
    scenario, _ = add_scenario(session, MORE, "test")
    run, _ = run_scenario(session, scenario, quiet)
    run_id = run.id
    with pytest.raises(ConflictError, match="情景"):
        publish(session, run_id)
    assert current_run(session).id == published.id
    assert client.get(f"/v1/runs/{run_id}").json()["kind"] == "scenario"
    assert [r["id"] for r in client.get("/v1/runs?kind=scenario").json()["items"]] == [run_id]
    assert client.get("/v1/balance").json()["run"] == published.id
    assert client.delete(f"/v1/scenarios/{scenario.id}").status_code == 204
    assert session.scalar(select(func.count()).select_from(Scenario)) == 0
    session.expire_all()
    assert session.get(Run, run_id) is None
    assert session.scalar(select(func.count()).select_from(Offering).where(Offering.run_id == run_id)) == 0


def test_scenarios_side_by_side(client: TestClient, session: Session, published: Run) -> None:
    campus = {
        "name": "临港",
        "title": "新校区",
        "campuses": [
            {
                "school": LINGANG,
                "campus": "临港",
                "district": "浦东",
                "from_year": 2027,
                "programs": [{"level": "高职", "program": "510201", "seats": 90}],
            }
        ],
    }
    for definition in (MORE, campus):
        scenario, _ = add_scenario(session, definition, "test")
        run_scenario(session, scenario, quiet)
    page = client.get("/v1/scenarios/compare", params={"ids": "more-software,临港", "limit": 1}).json()
    assert page["scenarios"] == ["more-software", "临港"] and len(page["items"]) == 1 < page["total"]
    assert [round(t["seats"]) for t in page["totals"]] == [300, 300, 390]
    whole = client.get("/v1/scenarios/compare", params={"ids": "more-software,临港"}).json()
    new = next(item for item in whole["items"] if item["program_code"] == "510201")
    assert new["base"] is None and new["scenarios"][0] is None and new["scenarios"][1]["supply"] > 0
    assert client.get("/v1/scenarios/compare?ids=more-software,nothing").status_code == 404


def test_what_does_not_go_with_the_data_leaves_a_failed_run(
    client: TestClient, session: Session, published: Run
) -> None:
    definition = {"name": "none", "title": "没有的", "demand": [{"industries": ["A01"], "factor": 2}]}
    where = client.post("/v1/scenarios", json=definition).headers["location"]
    answer = client.post(f"{where}/run")
    assert answer.status_code == 422 and "没有符合的需求" in answer.json()["detail"]
    assert client.get(where).json()["result"] is None
    bad = client.post("/v1/scenarios", json={**definition, "demand": [{"industries": ["Z9"], "factor": -1}]})
    assert bad.status_code == 422 and "Z9" in bad.json()["detail"] and "不能小于 0" in bad.json()["detail"]


def test_the_next_run_heeds_decisions(client: TestClient, session: Session, published: Run) -> None:
    """Accepted: counted in the supply and not proposed again. Rejected: kept, with who and why. Reopened: proposed."""
    proposed = {
        (r.school_code, r.program_code): r
        for r in session.scalars(
            select(Recommendation).where(
                Recommendation.run_id == published.id, Recommendation.action == "expand"
            )
        )
    }
    assert len(proposed) >= 2
    first, second = sorted(proposed)[:2]
    why = {"who": "规划处", "reason": "核对过"}

    def decide(key: tuple[str, str], to: str, **more: Any) -> str:
        address = f"/v1/recommendations/{proposed[key].id}/review"
        client.post(address, json={"to": "under_review", "version": 0})
        answer = client.post(address, json={"to": to, "version": 1, **why, **more})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    decide(first, "accepted", year=2027)
    rejected = decide(second, "rejected")
    run = execute(session, "shanghai", quiet)
    assert run.snapshot_digest != published.snapshot_digest and run.batch_ids == published.batch_ids
    assert len(run.parameters["decisions"]) == 2

    def recommended(of: Run, key: tuple[str, str]) -> Recommendation:
        return session.scalars(
            select(Recommendation).where(
                Recommendation.run_id == of.id,
                Recommendation.school_code == key[0],
                Recommendation.program_code == key[1],
            )
        ).one()

    accepted = recommended(run, first)
    assert (
        accepted.action == "keep" and accepted.rules[0] == "review.accepted" and accepted.probability is None
    )
    assert accepted.seats_now == proposed[first].seats_proposed
    assert any(line["figure"] == "planned" and "2027" in line["text"] for line in accepted.evidence)
    assert run.summary["reviews"]["planned"][0]["seats"] == proposed[first].seats_proposed
    before, after = balances(session, published.id), balances(session, run.id)
    assert after[first[1]].supply > before[first[1]].supply
    held = recommended(run, second)
    assert held.action == "keep" and held.rules[:2] == ["review.rejected", "ratio.expand_below"]
    assert "规划处" in held.summary and "核对过" in held.summary
    # A scenario asks about the publication as it was, decisions and all; the next one knows them.
    scenario, _ = add_scenario(session, MORE, "test")
    on_old, _ = run_scenario(session, scenario, quiet)
    assert recommended(on_old, second).action == "expand"
    publish(session, run.id)
    on_new, new = run_scenario(session, scenario, quiet)
    # Half as much demand again is more than the profile's threshold: what was rejected may be asked once more.
    # Whether it is then expanded is for the portfolio to say.
    assert new and "review.rejected" not in recommended(on_new, second).rules
    same, _ = add_scenario(session, {"name": "same", "title": "一切照旧", "seats": [{"factor": 1.0}]}, "test")
    unchanged, _ = run_scenario(session, same, quiet)
    assert recommended(unchanged, second).action == "keep"
    client.patch(f"/v1/reviews/{rejected}", json={"to": "under_review", "version": 2})
    assert [row.action for _, row in decisions_in_force(session, date(2026, 12, 1))] == ["expand"]
    publish(session, published.id)


def test_a_deferral_ends_with_its_day(session: Session, published: Run) -> None:
    row = session.scalars(
        select(Recommendation).where(Recommendation.run_id == published.id, Recommendation.action == "expand")
    ).first()
    assert row is not None
    there = Published.current(session)
    move_recommendation(session, there, row.id, Move("under_review", 0), "test")
    until = date(2027, 9, 1)
    move_recommendation(
        session, there, row.id, Move("deferred", 1, who="规划处", reason="等评估", until=until), "test"
    )
    assert len(decisions_in_force(session, date(2027, 8, 31))) == 1
    assert decisions_in_force(session, until) == ()
