"""The registers as they are served: lists with filters, details, corrections, and what is refused."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access import LOCAL, Permission, Principal, current_principal
from tests.register_world import CHIPS, CLOUD, fill_registers, tell

DAY = "2026-11-25"


@pytest.fixture
def told(client: TestClient, session: Session) -> TestClient:
    fill_registers(session)
    return client


def listed(client: TestClient, path: str, **filters: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/{path}", params=filters)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert len(body["items"]) == min(body["total"], filters.get("limit", 50))
    assert "rel=" in answer.headers["link"]
    items: list[dict[str, Any]] = body["items"]
    return items


def test_enterprises_are_listed_as_of_a_day(told: TestClient) -> None:
    assert {item["status"] for item in listed(told, "enterprises", on=DAY)} == {
        "certified",
        "expired",
        "cultivating",
        "removed",
    }
    certified = listed(told, "enterprises", on=DAY, status="certified")
    assert [item["credit_code"] for item in certified] == [CHIPS]
    assert certified[0]["industry_name"] == "集成电路制造"
    assert certified[0]["district_name"] == "浦东新区"
    assert len(listed(told, "enterprises", on=DAY, limit=2)) == 2
    assert [i["name"] for i in listed(told, "enterprises", on=DAY, industry="C")] == ["示例芯片", "示例航空"]
    assert [i["name"] for i in listed(told, "enterprises", on=DAY, district="徐汇")] == ["示例语义"]
    assert [i["name"] for i in listed(told, "enterprises", on=DAY, q="软件")] == ["示例软件"]
    assert listed(told, "enterprises", on="2020-01-01") == []
    for wrong in ({"status": "best"}, {"on": "tomorrow"}, {"mistyped": "1"}):
        assert told.get("/v1/enterprises", params=wrong).status_code == 422


def test_one_enterprise_with_its_history_and_contributions(told: TestClient) -> None:
    body = told.get(f"/v1/enterprises/{CHIPS.lower()}", params={"on": DAY}).json()
    assert [step["status"] for step in body["steps"]] == ["reserve", "cultivating", "certified"]
    assert [(each["year"], each["funds"]) for each in body["contributions"]] == [
        (2024, 3_200_000.0),
        (2025, None),
    ]
    assert body["doubts"] == []
    assert told.get(f"/v1/enterprises/{CHIPS}", params={"on": "2020-01-01"}).status_code == 404
    mistyped = told.get(f"/v1/enterprises/{CHIPS[:-1]}X")
    assert mistyped.status_code == 404 and "校验码" in mistyped.json()["detail"]


def test_progress_names_target_task_and_what_counts(told: TestClient) -> None:
    body = told.get("/v1/pilot-progress", params={"on": DAY}).json()
    targets = {each["id"]: each for each in body["targets"]}
    enterprises = targets["enterprises"]
    assert (enterprises["target"], enterprises["reached"], enterprises["missing"]) == (200, 2, 198)
    assert "任务9" in enterprises["task"] and enterprises["what_counts"]
    assert (targets["platforms"]["target"], targets["platforms"]["share"]) == (40, 0.05)
    assert targets["projects"]["target"] == 30


def test_bases_by_what_they_serve(told: TestClient) -> None:
    both = ["机械实训中心", "芯片测试实训基地"]
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, both),
        ({"program": "080710T"}, both[1:]),
        ({"program": "080701"}, []),  # of the class of a program that is named, but not itself
        ({"program": "080202"}, both[:1]),
        ({"class": "0807"}, both[1:]),
        ({"level": "高职"}, []),
        ({"open": True}, both[1:]),
        ({"kind": "campus"}, both[:1]),
        ({"places": 100, "district": "松江"}, both[1:]),
        ({"school": "复旦大学"}, []),
        ({"q": "机械"}, both[:1]),
    ]
    for filters, names in cases:
        assert [item["name"] for item in listed(told, "training-bases", **filters)] == names, filters
    for item in listed(told, "training-bases"):
        assert told.get(f"/v1/training-bases/{item['key']}").json() == item
    assert told.get("/v1/training-bases", params={"program": "飞毯驾驶"}).status_code == 422


def test_teachers_by_class_and_year(told: TestClient) -> None:
    found = listed(told, "dual-qualified-teachers")
    assert [(item["year"], item["class_name"], item["share"]) for item in found] == [
        (2026, "机械类", 0.4),
        (2025, None, 0.3333),
    ]
    assert listed(told, "dual-qualified-teachers", **{"class": "0802", "year": 2026}) == found[:1]


def test_alliances_with_members_of_the_day_and_partnerships(told: TestClient) -> None:
    group, league = listed(told, "alliances", on=DAY, kind="group") + listed(
        told, "alliances", on=DAY, kind="alliance"
    )
    assert (group["demonstration"], group["leaders"], group["schools"], group["enterprises"]) == (
        True,
        ["上海工程技术大学"],
        1,
        1,
    )
    assert (league["schools"], league["enterprises"]) == (2, 1)
    detail = told.get(f"/v1/alliances/{group['key']}", params={"on": "2024-12-31"}).json()
    assert [m["name"] for m in detail["members"]] == ["上海工程技术大学", "示例芯片", "示例语义"]
    assert told.get("/v1/alliances/0000000000000000").status_code == 404
    assert listed(told, "alliances", enterprise=CLOUD, on=DAY) == [league]
    found = listed(told, "partnerships", on=DAY, enterprise=CHIPS)
    assert [(p["school_code"], p["strength"], len(p["grounds"])) for p in found] == [("4131010856", 0.952, 3)]


def test_platforms_and_projects_are_kept_apart(told: TestClient) -> None:
    assert [w["name"] for w in listed(told, "innovation-platforms")] == [
        "示例筹建中心",
        "示例航空中心",
        "示例协同创新中心",
    ]
    assert [w["name"] for w in listed(told, "innovation-platforms", industry="C39")] == ["示例协同创新中心"]
    assert [w["name"] for w in listed(told, "innovation-platforms", state="planned")] == ["示例筹建中心"]
    project = listed(told, "joint-projects", enterprise=CLOUD, school="复旦大学")[0]
    assert told.get(f"/v1/joint-projects/{project['key']}").json() == project
    assert told.get(f"/v1/innovation-platforms/{project['key']}").status_code == 404


def test_an_address_outlives_a_correction(told: TestClient, session: Session) -> None:
    before = listed(told, "joint-projects")[0]
    corrected = {"name": "示例软件实训", "year": "2025", "state": "建成", "schools": "复旦大学"}
    tell(session, "joint-projects", corrected)
    after = told.get(f"/v1/joint-projects/{before['key']}").json()
    assert (before["state"], after["state"], after["key"]) == ("building", "running", before["key"])
    assert [w["state"] for w in listed(told, "joint-projects")] == ["running"]


def test_reading_registers_needs_its_permission(app: FastAPI, client: TestClient) -> None:
    stranger = Principal("stranger", "外人", LOCAL.permissions - {Permission.READ_REGISTERS})
    app.dependency_overrides[current_principal] = lambda: stranger
    for path in (
        *("enterprises", f"enterprises/{CHIPS}", "pilot-progress", "training-bases", "partnerships"),
        *("dual-qualified-teachers", "training-services", "alliances", "innovation-platforms", "bulletins"),
    ):
        assert client.get(f"/v1/{path}").status_code == 403, path
