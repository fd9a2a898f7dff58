"""ETags and conditional requests: what is served from a publication says so, and is not sent twice."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import COMPUTING, FUDAN, World, fill, make_run, offering
from sqlalchemy.orm import Session

from app.api.conditional import matches
from app.runs.publish import publish, rollback

PLACES = {
    "{level}": "bachelor",
    "/programs/bachelor/{code}": f"/programs/bachelor/{COMPUTING}",
    "/industries/{code}": "/industries/C39",
    "/occupations/{code}": "/occupations/2-02-10-03",
    "/schools/{code}": "/schools/10246",
    "/offerings/{school}/bachelor/{code}": f"/offerings/10246/bachelor/{COMPUTING}",
}


def published_paths(app: FastAPI, client: TestClient) -> list[str]:
    """Every GET path whose description promises a 304."""
    first = client.get("/v1/recommendations").json()["items"][0]["id"]
    paths = []
    for path, operations in app.openapi()["paths"].items():
        if "304" in operations.get("get", {}).get("responses", {}):
            for template, place in PLACES.items():
                path = path.replace(template, place)
            paths.append(path.replace("{recommendation_id}", str(first)))
    return paths


def test_everything_served_from_the_publication_answers_304_to_its_run(
    app: FastAPI, client: TestClient, world: World
) -> None:
    paths = published_paths(app, client)
    assert len(paths) > 20
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["etag"].removeprefix("W/") == f'"{world.run}"', path
        assert answer.headers["cache-control"] == "private, no-cache"
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == answer.headers["etag"]
        assert again.headers["cache-control"] == "private, no-cache"
        assert "content-length" not in again.headers
        assert "content-type" not in again.headers


def test_only_the_pointer_itself_has_a_weak_tag(client: TestClient, world: World) -> None:
    assert client.get("/v1/publications/current").headers["etag"] == f'W/"{world.run}"'
    assert client.get("/v1/balance").headers["etag"] == f'"{world.run}"'


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"{run}"', 304),
        ('W/"{run}"', 304),
        ('"other", "{run}"', 304),
        ('"a,b" ,W/"{run}"', 304),
        ("*", 304),
        (" * ", 304),
        ('"other"', 200),
        ("{run}", 200),
        ('"{run}', 200),
        ('"x{run}"', 200),
        ("", 200),
    ],
)
def test_if_none_match(client: TestClient, world: World, condition: str, status: int) -> None:
    answer = client.get("/v1/balance", headers={"If-None-Match": condition.replace("{run}", world.run)})
    assert answer.status_code == status


def test_if_none_match_may_come_in_several_lines(client: TestClient, world: World) -> None:
    lines = [("If-None-Match", '"other"'), ("If-None-Match", f'"{world.run}"')]
    assert client.get("/v1/balance", headers=lines).status_code == 304


def test_a_failing_request_fails_whatever_the_client_has(client: TestClient, world: World) -> None:
    for condition in (f'"{world.run}"', "*"):
        headers = {"If-None-Match": condition}
        assert client.get("/v1/programs/bachelor/999999", headers=headers).status_code == 404
        assert client.get("/v1/balance?limit=0", headers=headers).status_code == 422
        assert "etag" not in client.get("/v1/balance?limit=0", headers=headers).headers


def test_head_is_get_without_the_body(client: TestClient, world: World) -> None:
    full, head = client.get("/v1/offerings"), client.head("/v1/offerings")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == full.headers["etag"]
    assert head.headers["content-length"] == full.headers["content-length"]
    assert client.head("/v1/offerings", headers={"If-None-Match": "*"}).status_code == 304
    assert client.head("/v1/programs/bachelor/999999").status_code == 404


def test_a_new_publication_changes_everything_at_once_and_a_roll_back_brings_it_back(
    client: TestClient, session: Session, world: World
) -> None:
    tag = client.get("/v1/offerings").headers["etag"]
    before = client.get("/v1/offerings").json()
    second = make_run(session)
    session.add(offering(second, FUDAN, "bachelor", COMPUTING, 999.0))
    session.commit()
    assert client.get("/v1/offerings", headers={"If-None-Match": tag}).status_code == 304
    publish(session, second)
    after = client.get("/v1/offerings", headers={"If-None-Match": tag})
    assert after.status_code == 200
    assert after.headers["etag"] == f'"{second}"'
    assert [item["seats"] for item in after.json()["items"]] == [999.0]
    assert client.get("/v1/recommendations").json()["items"] == []
    assert client.get("/v1/programs?offered=true").json()["total"] == 1
    rollback(session)
    assert client.get("/v1/offerings", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/v1/offerings").json() == before


def test_results_of_other_runs_are_never_reached(client: TestClient, session: Session, world: World) -> None:
    other = make_run(session)
    fill(session, other, world.posting)
    publish(session, other)
    ids = [item["id"] for item in client.get("/v1/recommendations").json()["items"]]
    rollback(session)
    assert client.get("/v1/offerings").json()["total"] == 6
    assert [client.get(f"/v1/recommendations/{each}").status_code for each in ids] == [404] * len(ids)


def test_what_is_not_of_the_publication_has_no_tag(client: TestClient, world: World) -> None:
    for path in ("/v1/runs", "/v1/batches", "/v1/publications", f"/v1/runs/{world.run}", "/healthz"):
        answer = client.get(path, headers={"If-None-Match": "*"})
        assert answer.status_code == 200
        assert "etag" not in answer.headers


def test_tags_are_compared_whole() -> None:
    assert matches('W/"a-b"', '"a-b"')
    assert not matches('"a"', '"a-b"')
    assert not matches('*, "a"', '"b"')
