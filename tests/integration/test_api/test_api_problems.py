"""Every error is a problem document that says what is wrong, where, and what to do."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import World, recommendation
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.access import Principal, current_principal
from app.api.problems import PROBLEM_TYPES
from app.database import make_engine
from app.errors import ChanjiaoError
from app.main import LARGEST_BODY, create_app
from app.settings import Settings

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert set(body) == MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"/v1/problems/{code}"
    return body


@pytest.mark.parametrize(
    ("path", "field", "said"),
    [
        ("/v1/offerings?limit=0", "limit", "大于或等于 1"),
        ("/v1/offerings?limit=501", "limit", "小于或等于 500"),
        ("/v1/offerings?limit=ten", "limit", "整数"),
        ("/v1/offerings?offset=-1", "offset", "大于或等于 0"),
        ("/v1/offerings?offset=99999999999999999999", "offset", "小于或等于"),
        ("/v1/offerings?shool=10246", "shool", "不认识的参数"),
        ("/v1/offerings?simulated=perhaps", "simulated", "true 或 false"),
        ("/v1/balance?sort=size", "sort", "-gap、gap"),
        ("/v1/recommendations?action=explode", "action.0", "open、expand"),
        ("/v1/pathways?kind=x", "kind", "secondary_higher"),
        ("/v1/order-classes/placements?posting=%00", "posting", "格式"),
        (f"/v1/programs?q={'长' * 101}", "q", "最多 100 个字符"),
    ],
)
def test_a_wrong_parameter_is_named_in_chinese(
    client: TestClient, world: World, path: str, field: str, said: str
) -> None:
    body = problem(client.get(path), 422, "validation_failed")
    assert [error["field"] for error in body["errors"]] == [field]
    assert said in body["errors"][0]["message"]
    assert field in body["detail"]
    assert body["errors"][0]["location"] == "query"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/offerings?level=小学", "level"),
        ("/v1/offerings?school=99999", "school"),
        ("/v1/offerings?district=火星", "district"),
        ("/v1/recommendations?industry=B39", "industry"),
        ("/v1/recommendations?industry=Z", "industry"),
        ("/v1/industries?parent=9999", "parent"),
    ],
)
def test_an_unknown_code_is_refused_with_a_remedy(
    client: TestClient, world: World, path: str, field: str
) -> None:
    body = problem(client.get(path), 422, "invalid_code")
    assert body["errors"][0]["field"] == field
    assert body["errors"][0]["remedy"]


@pytest.mark.parametrize("parameter", ["program", "class", "category"])
def test_a_class_that_is_not_in_the_catalogue_is_refused(
    client: TestClient, world: World, parameter: str
) -> None:
    body = problem(client.get("/v1/balance", params={parameter: "炼金术"}), 422, "invalid_input")
    assert body["errors"][0]["field"] == parameter
    assert "炼金术" in body["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/programs/bachelor/999999",
        "/v1/programs/bachelor/abc",
        "/v1/programs/kindergarten/080901",
        "/v1/programs/bachelor/999999/fit",
        "/v1/industries/Z99",
        "/v1/industries/Z99/programs",
        "/v1/occupations/9-99-99-99",
        "/v1/schools/00000",
        "/v1/offerings/10246/bachelor/101101K",
        "/v1/recommendations/999999",
        "/v1/runs/no-such-run",
        "/v1/runs/%00",
        "/v1/batches/no-such-batch",
        "/v1/postings/no-such-posting",
        "/v1/problems/no-such-problem",
        "/v1/nothing",
        "/nothing",
    ],
)
def test_what_is_not_there_is_a_404_that_says_so(client: TestClient, world: World, path: str) -> None:
    assert problem(client.get(path), 404, "not_found")["detail"]


def test_a_wrong_method_lists_the_right_ones(client: TestClient, world: World) -> None:
    answer = client.delete("/v1/programs")
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b'{"title": ', "application/json", 422, "validation_failed"),
        (b'"text"', "application/json", 422, "validation_failed"),
        (b'{"title": "x"}', "text/plain", 422, "validation_failed"),
        (b"", "application/json", 422, "validation_failed"),
        (b'{"title": "\xff"}', "application/json", 400, "bad_request"),
        (b"[" * 100_000, "application/json", 400, "bad_request"),
        (b'{"title": "' + b"a" * LARGEST_BODY + b'"}', "application/json", 413, "content_too_large"),
    ],
)
def test_a_body_that_cannot_be_read(
    client: TestClient, world: World, content: bytes, kind: str, status: int, code: str
) -> None:
    problem(client.post("/v1/match", content=content, headers={"content-type": kind}), status, code)


def test_without_a_publication_the_remedy_is_named(client: TestClient) -> None:
    for path in ("/v1/programs", "/v1/recommendations", "/v1/publications/current", "/v1/meta"):
        assert "chanjiao run --publish" in problem(client.get(path), 503, "nothing_published")["detail"]
    assert client.get("/v1/runs").json()["total"] == 0


def test_an_unexpected_error_tells_nothing_but_an_id_that_the_log_has_too(
    client: TestClient, session: Session, world: World
) -> None:
    session.add(recommendation(world.run, "explode", "4131010246", "080901", 9.0))
    session.commit()
    with capture_logs() as logs:
        body = problem(client.get("/v1/recommendations"), 500, "internal_error")
    occurrence = body["instance"].removeprefix("urn:uuid:")
    assert [entry["id"] for entry in logs] == [occurrence]
    assert isinstance(logs[0]["exc_info"], Exception)
    assert "explode" not in str(body)
    assert "Error" not in body["detail"]


def test_a_database_without_tables_is_not_ready(tmp_path: Any) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}", _env_file=None)  # type: ignore[call-arg]
    client = TestClient(create_app(settings, console=False), raise_server_exceptions=False)
    body = problem(client.get("/readyz"), 503, "database_state")
    assert "chanjiao db upgrade" in body["detail"]
    with capture_logs():
        answer = client.get("/v1/offerings")
    assert "offering" not in problem(answer, 503, "database_state")["detail"]
    assert answer.headers["retry-after"]
    assert client.get("/healthz").json()["status"] == "ok"


def test_every_problem_leads_to_an_explanation(client: TestClient) -> None:
    codes = {error.code for error in _all_errors(ChanjiaoError)}
    assert codes <= set(PROBLEM_TYPES)
    for code, kind in PROBLEM_TYPES.items():
        body = client.get(f"/v1/problems/{code}").json()
        assert (body["code"], body["status"], body["meaning"]) == (code, kind.status, kind.meaning)


def _all_errors(error: type[ChanjiaoError]) -> list[type[ChanjiaoError]]:
    return [error, *(each for below in error.__subclasses__() for each in _all_errors(below))]


def test_every_operation_asks_for_a_permission(app: FastAPI, client: TestClient, world: World) -> None:
    app.dependency_overrides[current_principal] = lambda: Principal("nobody", "无权用户", frozenset())
    asked = 0
    for path, operations in app.openapi()["paths"].items():
        if not path.startswith("/v1/") or path.startswith("/v1/problems"):
            continue
        for method in operations:
            answer = client.request(method, path, json={"enterprise": "示例", "title": "岗位"})
            if method == "get" and answer.status_code == 422:
                continue  # a path parameter that has to be a number
            problem(answer, 403, "forbidden")
            asked += 1
    assert asked > 25
    assert client.get("/healthz").status_code == 200


def test_ready_names_the_run_that_is_served(client: TestClient, engine: Engine, world: World) -> None:
    body = client.get("/readyz").json()
    assert body == {"status": "ok", "version": body["version"], "published": world.run}
    assert make_engine(str(engine.url)).dialect.name == engine.dialect.name
