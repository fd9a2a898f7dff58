"""Reviews over the API: states, who and why, two reviewers at once, history, and what the matching learns."""

import threading
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import COMMUNICATION, COMPUTING, FUDAN, TONGJI, World, fill, make_run
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Feedback, Recommendation, Review, ReviewEvent
from app.runs.publish import publish


@pytest.fixture
def expand(session: Session, world: World) -> int:
    """The id of the recommendation to expand computing at Fudan."""
    return session.scalars(
        select(Recommendation.id).where(Recommendation.run_id == world.run, Recommendation.action == "expand")
    ).one()


def move(client: TestClient, which: int | str, to: str, version: int, **more: Any) -> Any:
    body = {"to": to, "version": version, **more}
    if isinstance(which, int):
        return client.post(f"/v1/recommendations/{which}/review", json=body)
    return client.patch(f"/v1/reviews/{which}", json=body)


WHY = {"who": "规划处", "reason": "与行业主管部门核对过"}


def test_from_proposed_to_accepted_with_its_history(client: TestClient, expand: int, world: World) -> None:
    at_first = client.get(f"/v1/recommendations/{expand}/review").json()
    assert (at_first["state"], at_first["version"], at_first["id"]) == ("proposed", 0, None)
    assert at_first["next_states"] == ["under_review"] and at_first["history"] == []
    taken = move(client, expand, "under_review", 0, who="张老师")
    assert taken.status_code == 200 and taken.headers["cache-control"] == "no-store"
    accepted = move(client, expand, "accepted", 1, **WHY, year=2027).json()
    assert accepted["state"] == "accepted" and accepted["version"] == 2
    assert accepted["school_name"] and accepted["program_name"] and accepted["action_name"] == "扩招"
    detail = client.get(f"/v1/reviews/{accepted['id']}").json()
    assert [(e["from_state"], e["to_state"], e["who"]) for e in detail["history"]] == [
        ("proposed", "under_review", "张老师"),
        ("under_review", "accepted", "规划处"),
    ]
    last = detail["history"][-1]
    assert last["year"] == 2027 and last["run"] == world.run and last["reason"] == WHY["reason"]
    assert last["figures"]["demand"] == 500 and last["figures"]["supply"] == 200
    assert last["figures"]["seats_proposed"] == 60
    reopened = move(client, accepted["id"], "under_review", 2, who="规划处").json()
    assert reopened["state"] == "under_review" and len(reopened["history"]) == 3


def test_moves_that_are_not_possible_say_what_is(client: TestClient, expand: int) -> None:
    answer = move(client, expand, "accepted", 0, **WHY)
    assert answer.status_code == 409 and answer.json()["code"] == "conflict"
    assert "审核中（under_review）" in answer.json()["detail"]
    move(client, expand, "under_review", 0)
    for more, field in (
        ({"reason": "因为"}, "who"),
        ({"who": "规划处"}, "reason"),
        ({**WHY, "until": "2027-01-01"}, "until"),
    ):
        refused = move(client, expand, "rejected", 1, **more)
        assert refused.status_code == 422, more
        problem = refused.json()["errors"][0]
        assert (problem["location"], problem["field"], problem["pointer"]) == ("body", field, f"/{field}")
    assert move(client, expand, "deferred", 1, **WHY).status_code == 422
    assert move(client, expand, "deferred", 1, **WHY, until="2027-09-01").status_code == 200


def test_what_is_not_there_or_needs_no_review(client: TestClient, session: Session, world: World) -> None:
    assert move(client, 987654, "under_review", 0).status_code == 404
    assert move(client, "no-such", "under_review", 0).status_code == 404
    keep = session.scalars(select(Recommendation.id).where(Recommendation.action == "keep")).first()
    assert keep is not None
    assert "不需要审核" in move(client, keep, "under_review", 0).json()["detail"]
    assert client.get("/v1/reviews?states=accepted").status_code == 422
    assert session.scalar(select(func.count()).select_from(Review)) == 0


def test_a_stale_version_is_refused(client: TestClient, expand: int) -> None:
    move(client, expand, "under_review", 0)
    answer = move(client, expand, "under_review", 0)
    assert answer.status_code == 409
    assert "版本 1" in answer.json()["detail"] and "审核中" in answer.json()["detail"]


def test_of_reviewers_at_once_exactly_one_wins(app: FastAPI, session: Session, expand: int) -> None:
    for version, (first, others) in enumerate(
        [("under_review", ("under_review",)), ("accepted", ("rejected", "accepted"))]
    ):
        barrier, statuses = threading.Barrier(6), list[int]()

        def decide(to: str, version: int = version, barrier: threading.Barrier = barrier) -> None:
            with TestClient(app, raise_server_exceptions=False) as client:
                barrier.wait()
                statuses.append(move(client, expand, to, version, **WHY).status_code)  # noqa: B023

        moves = [first, *others, first, *others, first, first][:6]
        threads = [threading.Thread(target=decide, args=(to,)) for to in moves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, 409, 409, 409, 409, 409]
        session.expire_all()
        assert session.scalar(select(func.count()).select_from(ReviewEvent)) == version + 1
    review = session.scalars(select(Review)).one()
    assert review.version == 2 and review.state in ("accepted", "rejected")


def test_lists_by_state_and_what_waits(
    client: TestClient, session: Session, expand: int, world: World
) -> None:
    waiting = client.get("/v1/reviews?state=proposed").json()
    assert waiting["total"] == 3 and {i["action"] for i in waiting["items"]} == {"expand", "open", "shrink"}
    move(client, expand, "under_review", 0)
    move(client, expand, "rejected", 1, **WHY)
    assert client.get("/v1/reviews?state=proposed").json()["total"] == 2
    rejected = client.get("/v1/reviews?state=rejected").json()
    assert rejected["total"] == 1 and rejected["items"][0]["latest"]["who"] == "规划处"
    assert rejected["items"][0]["recommendation"] == expand
    assert client.get("/v1/reviews?state=accepted").json()["total"] == 0
    assert client.get(f"/v1/reviews?school={FUDAN}&program={COMPUTING}&action=expand").json()["total"] == 1
    assert client.get(f"/v1/reviews?school={TONGJI}").json()["total"] == 0
    # The key holds across runs: the same offering and action in the next publication is the same review.
    again = make_run(session)
    fill(session, again, world.posting)
    publish(session, again)
    listed = client.get("/v1/reviews").json()["items"][0]
    assert listed["recommendation"] not in (None, expand) and listed["state"] == "rejected"


def test_decisions_about_a_match_become_feedback(
    client: TestClient, session: Session, expand: int, world: World
) -> None:
    shrink = session.scalars(select(Recommendation.id).where(Recommendation.action == "shrink")).one()
    for which in (expand, shrink):
        move(client, which, "under_review", 0)
    missing = move(client, expand, "rejected", 1, **WHY, reason_code="fit_wrong")
    assert missing.status_code == 422 and "industry_code" in missing.json()["detail"]
    wrong = {**WHY, "reason_code": "fit_wrong", "industry_code": "39", "correct_code": "I65"}
    assert move(client, expand, "rejected", 1, **wrong).status_code == 200
    right = {**WHY, "reason_code": "fit_right", "occupation_code": "2-02-10-03"}
    assert move(client, shrink, "accepted", 1, **right).status_code == 200
    rows = {row.program_code: row for row in session.scalars(select(Feedback))}
    assert len(rows) == 2
    no, yes = rows[COMPUTING], rows[COMMUNICATION]
    assert (no.task, no.target_code, no.verdict, no.correct_code) == (
        "program-industry",
        "C39",
        "corrected",
        "I65",
    )
    assert (yes.task, yes.target_code, yes.verdict, yes.gain) == (
        "program-occupation",
        "2-02-10-03",
        "accepted",
        1.0,
    )
    assert {row.origin for row in rows.values()} == {"recommendation_review"}
    assert {row.run_id for row in rows.values()} == {world.run}
    assert {row.who for row in rows.values()} == {"规划处"}
