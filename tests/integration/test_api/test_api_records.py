"""Runs, publications and batches: the records behind the publication, read-only."""

from fastapi.testclient import TestClient
from published_world import World, make_run
from sqlalchemy.orm import Session

from app.runs.publish import publish, rollback


def test_runs_are_listed_latest_first_with_the_published_one_marked(
    client: TestClient, session: Session, world: World
) -> None:
    failed = make_run(session, "failed", summary={"error": "OperationalError: password=secret"})
    body = client.get("/v1/runs").json()
    assert [(item["id"], item["published"]) for item in body["items"]] == [(failed, False), (world.run, True)]
    assert client.get("/v1/runs?state=failed").json()["total"] == 1
    detail = client.get(f"/v1/runs/{failed}")
    assert detail.json()["state"] == "failed"
    assert "secret" not in detail.text


def test_a_run_names_all_that_is_needed_to_repeat_it(client: TestClient, world: World) -> None:
    body = client.get(f"/v1/runs/{world.run}").json()
    assert body["batch_ids"] == [world.batch]
    assert body["parameters"] == {"profile": "shanghai"}
    assert body["simulated"] is True
    for digest in ("digest", "profile_digest", "reference_digest", "snapshot_digest"):
        assert len(body[digest]) == 64


def test_publications_tell_their_history(client: TestClient, session: Session, world: World) -> None:
    second = make_run(session)
    publish(session, second, note="第二次")
    rollback(session)
    history = client.get("/v1/publications").json()["items"]
    assert [item["run"] for item in history] == [world.run, second, world.run]
    assert history[0]["restores"] == history[2]["id"]
    current = client.get("/v1/publications/current").json()
    assert (current["run"], current["id"]) == (world.run, history[0]["id"])
    assert current["details"]["published"] is True


def test_a_batch_tells_what_became_of_its_rows_without_their_contents(
    client: TestClient, world: World
) -> None:
    item = client.get("/v1/batches?kind=postings").json()["items"][0]
    assert item["read"] == item["accepted"] + item["repeated"] + item["quarantined"]
    assert item["kind_name"] == "岗位需求"
    assert client.get("/v1/batches?kind=forecasts").json()["total"] == 0
    detail = client.get(f"/v1/batches/{world.batch}")
    assert [(row["row"], row["column"], row["remedy"]) for row in detail.json()["quarantine"]] == [
        (3, "学历", "请改用本科等")
    ]
    assert "13800000000" not in detail.text
