"""An enterprise asks for training, a school answers: once each, in order, and never twice at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access import LOCAL, Permission, Principal, current_principal
from app.models import TrainingRequest
from tests.register_world import CHIPS, REGISTERS, tell

ASKED: dict[str, Any] = {
    "enterprise": "示例芯片",
    "credit_code": CHIPS,
    "heads": 30,
    "start": "2090-03-01",
    "note": "请联系 13812345678",
    "who": "人力资源部",
}


@pytest.fixture
def services(client: TestClient, session: Session) -> dict[str, str]:
    """Addresses of the services by title."""
    tell(session, "training-services", *REGISTERS["training-services"])
    return {
        item["title"]: f"/v1/training-services/{item['key']}"
        for item in client.get("/v1/training-services").json()["items"]
    }


def test_services_are_listed_with_what_they_take(client: TestClient, services: dict[str, str]) -> None:
    def titles(**filters: Any) -> list[str]:
        answer = client.get("/v1/training-services", params=filters)
        assert answer.status_code == 200, answer.text
        return [item["title"] for item in answer.json()["items"]]

    assert set(titles()) == {"芯片测试", "已停的培训"}
    assert titles(offered=True) == titles(heads=30) == titles(program="080710T") == ["芯片测试"]
    item = client.get(services["已停的培训"]).json()
    assert (item["offered"], item["price"]) == (False, 0.0)


def test_a_request_is_answered_step_by_step(
    client: TestClient, services: dict[str, str], session: Session
) -> None:
    made = client.post(f"{services['芯片测试']}/requests", json=ASKED)
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["state"], body["school_code"], body["title"]) == ("requested", "4131010856", "芯片测试")
    assert "13812345678" not in made.text
    assert session.get_one(TrainingRequest, body["id"]).note == "请联系 [手机号]"
    address = made.headers["location"]
    assert client.get(address).json() == body

    again = client.post(f"{services['芯片测试']}/requests", json=ASKED)
    assert (again.status_code, again.json()["id"]) == (200, body["id"])

    def move(to: str, version: int, **more: str) -> Any:
        return client.patch(address, json={"to": to, "version": version, "who": "继续教育学院", **more})

    illegal = move("done", 1)
    assert illegal.status_code == 409
    assert "已接受（accepted）" in illegal.json()["detail"]
    assert move("declined", 1).status_code == 422  # without a reason
    assert client.patch(address, json={"to": "accepted", "version": 1, "who": " "}).status_code == 422
    accepted = move("accepted", 1)
    assert accepted.status_code == 200, accepted.text
    assert [each["code"] for each in accepted.json()["possible"]] == ["done", "declined", "withdrawn"]
    assert move("declined", 1, reason="已满").status_code == 409  # of a version that is past
    assert move("done", 2).json()["possible"] == []
    assert move("withdrawn", 3).status_code == 409
    history = client.get(address).json()["history"]
    assert [(each["state"], each["who"]) for each in history] == [
        ("requested", "人力资源部"),
        ("accepted", "继续教育学院"),
        ("done", "继续教育学院"),
    ]
    anew = client.post(f"{services['芯片测试']}/requests", json=ASKED)
    assert anew.status_code == 201 and anew.json()["id"] != body["id"]
    listed = client.get("/v1/training-requests", params={"state": "requested", "enterprise": CHIPS}).json()
    assert [item["id"] for item in listed["items"]] == [anew.json()["id"]]


@pytest.mark.parametrize(
    ("title", "changed", "status", "said"),
    [
        ("芯片测试", {"heads": 41}, 422, "每期 40 人"),
        ("芯片测试", {"heads": 0}, 422, "大于或等于"),
        ("芯片测试", {"credit_code": f"{CHIPS[:-1]}X"}, 422, "校验码"),
        ("芯片测试", {"start": "2020-01-01"}, 422, "已过"),
        ("芯片测试", {"enterprise": " "}, 422, "至少"),
        ("芯片测试", {"mistyped": 1}, 422, "不认识"),
        ("已停的培训", {"heads": 10}, 409, "停止受理"),
    ],
)
def test_what_cannot_be_asked_for_says_why(
    client: TestClient, services: dict[str, str], title: str, changed: dict[str, Any], status: int, said: str
) -> None:
    answer = client.post(f"{services[title]}/requests", json={**ASKED, **changed})
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert client.get("/v1/training-requests").json()["total"] == 0


def test_an_unknown_service_or_request_is_not_found(client: TestClient) -> None:
    assert client.post("/v1/training-services/0000/requests", json=ASKED).status_code == 404
    assert client.get("/v1/training-requests/nothing").status_code == 404


def test_at_one_moment_one_request_is_stored_and_one_answer_counts(
    client: TestClient, services: dict[str, str], session: Session
) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: client.post(f"{services['芯片测试']}/requests", json=ASKED), range(6)))
        assert sorted(answer.status_code for answer in made) == [200] * 5 + [201]
        address = f"/v1/training-requests/{made[0].json()['id']}"
        bodies = [
            {"to": to, "version": 1, "who": "学校", "reason": "已满"} for to in ("accepted", "declined") * 3
        ]
        moved = list(pool.map(lambda body: client.patch(address, json=body), bodies))
    assert sorted(answer.status_code for answer in moved) == [200] + [409] * 5
    assert len(client.get(address).json()["history"]) == 2


def test_each_side_needs_its_own_permission(
    app: FastAPI, client: TestClient, services: dict[str, str]
) -> None:
    made = client.post(f"{services['芯片测试']}/requests", json=ASKED)
    enterprise = Principal("e", "企业", LOCAL.permissions - {Permission.ANSWER_TRAINING})
    app.dependency_overrides[current_principal] = lambda: enterprise
    answer = {"version": 1, "who": "甲"}
    assert client.patch(made.headers["location"], json={"to": "accepted", **answer}).status_code == 403
    assert client.patch(made.headers["location"], json={"to": "withdrawn", **answer}).status_code == 200
    school = Principal("s", "学校", LOCAL.permissions - {Permission.REQUEST_TRAINING})
    app.dependency_overrides[current_principal] = lambda: school
    assert client.post(f"{services['芯片测试']}/requests", json=ASKED).status_code == 403
