"""Feedback: verdicts are checked, masked, stored once, and listed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import World
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import LOCAL, Permission, Principal, current_principal
from app.models import Feedback

GIVEN: dict[str, Any] = {
    "task": "posting-class",
    "title": "集成电路测试工程师",
    "text": "负责芯片测试方案，联系 13812345678",
    "target_code": "0809",
    "verdict": "corrected",
    "correct_code": "电子信息类",
    "reason": "老师 wang@example.com 说要懂模拟电路",
    "origin": "school_correction",
}
ACCEPTED: dict[str, Any] = {
    "task": "program-industry",
    "level": "本科",
    "program_code": "080901",
    "target_code": "软件和信息技术服务业",
    "verdict": "accepted",
}


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Feedback)) or 0


def test_a_verdict_is_stored_with_official_codes_and_without_personal_data(
    client: TestClient, session: Session, world: World
) -> None:
    answer = client.post("/v1/feedback", json={**GIVEN, "run_id": world.run})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["stored"], body["repeated"]) == (1, 0)
    assert "2 处个人信息" in body["warnings"][0]
    assert "13812345678" not in answer.text and "wang@example.com" not in answer.text
    item = body["feedback"][0]
    assert (item["target_code"], item["target_name"]) == ("0809", "计算机类")
    assert (item["correct_code"], item["correct_name"]) == ("0807", "电子信息类")
    assert (item["who"], item["gain"], item["origin_name"]) == ("local", 1.0, "学校更正")
    row = session.get_one(Feedback, item["id"])
    assert row.text == "负责芯片测试方案，联系 [手机号]"
    assert (row.run_id, row.verdict, row.batch_id) == (world.run, "corrected", None)


def test_a_program_can_be_the_source(client: TestClient, session: Session) -> None:
    item = client.post("/v1/feedback", json={**ACCEPTED, "gain": 0.7}).json()["feedback"][0]
    assert (item["level"], item["program_code"], item["program_name"]) == (
        "bachelor",
        "080901",
        "计算机科学与技术",
    )
    assert (item["target_code"], item["gain"]) == ("I65", 0.7)


def test_the_same_verdict_again_is_not_stored_again_and_a_changed_mind_is(
    client: TestClient, session: Session
) -> None:
    first = client.post("/v1/feedback", json=GIVEN)
    again = client.post(
        "/v1/feedback", json={**GIVEN, "correct_code": "0807", "gain": 1, "title": " 集成电路测试工程师"}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json()["stored"], again.json()["repeated"]) == (0, 1)
    assert again.json()["feedback"][0]["id"] == first.json()["feedback"][0]["id"]
    rejected = {name: value for name, value in GIVEN.items() if name != "correct_code"} | {
        "verdict": "rejected"
    }
    changed = client.post("/v1/feedback", json=rejected)
    back = client.post("/v1/feedback", json=GIVEN)
    assert (changed.status_code, back.status_code) == (201, 201)
    assert changed.json()["feedback"][0]["gain"] == 0.0
    assert back.json()["feedback"][0]["id"] != first.json()["feedback"][0]["id"]
    assert count(session) == 3


def test_many_senders_of_one_verdict_at_once_store_it_once(client: TestClient, session: Session) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/feedback", json=GIVEN), range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert count(session) == 1


def test_a_list_is_stored_as_a_whole(client: TestClient, session: Session) -> None:
    many = [{**GIVEN, "title": f"岗位 {number}", "text": "测试" * 300} for number in range(1000)]
    answer = client.post("/v1/feedback", json=many)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["stored"], len(body["feedback"])) == (1000, 1000)
    assert body["feedback"][999]["title"] == "岗位 999"
    half = client.post("/v1/feedback", json=[*many[:3], {**GIVEN, "title": "新"}]).json()
    assert (half["stored"], half["repeated"]) == (1, 3)
    assert count(session) == 1001


def test_one_list_can_say_and_unsay(client: TestClient, session: Session) -> None:
    rejected = {**ACCEPTED, "verdict": "rejected"}
    body = client.post("/v1/feedback", json=[ACCEPTED, ACCEPTED, rejected, ACCEPTED]).json()
    assert (body["stored"], body["repeated"]) == (3, 1)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"task": "duty-class"}, "task", "posting-class"),
        ({"target_code": "0899"}, "target_code", "没有专业类"),
        ({"target_code": "C39"}, "target_code", "没有专业类"),
        ({"correct_code": "0899"}, "correct_code", "没有专业类"),
        ({"correct_code": None}, "correct_code", "要给出正确的代码"),
        ({"correct_code": "0809"}, "correct_code", "与目标相同"),
        ({"verdict": "rejected"}, "correct_code", "不用给出"),
        ({"verdict": "maybe"}, "verdict", "accepted"),
        ({"gain": 1.2}, "gain", "小于或等于 1"),
        ({"gain": 0}, "gain", "大于 0"),
        ({"verdict": "rejected", "correct_code": None, "gain": 0.2}, "gain", "只能是 0"),
        ({"level": "bachelor", "program_code": "080901"}, "program_code", "来源是文字"),
        ({"title": "", "text": " "}, "text", "没有写明来源"),
        ({"text": "长" * 20_001}, "text", "最多 20000"),
        ({"note": "含\u0000字符"}, "note", "控制字符"),
        ({"origin": "file"}, "origin", "school_correction"),
        ({"run_id": "01939c52-0000-7c41-9a55-2f4f0f7c6a10"}, "run_id", "没有测算"),
        ({"run_id": "'; drop"}, "run_id", "格式"),
        ({"who": "me"}, "who", "不认识的参数"),
    ],
)
def test_a_wrong_member_is_named_and_nothing_is_stored(
    client: TestClient, session: Session, change: dict[str, Any], field: str, said: str
) -> None:
    wrong = {**GIVEN, **change}
    for body, pointer in ((wrong, f"/{field}"), ([GIVEN, wrong], f"/1/{field}")):
        answer = client.post("/v1/feedback", json=body)
        assert answer.status_code == 422, answer.text
        errors = {error["pointer"]: error for error in answer.json()["errors"]}
        assert said in errors[pointer]["message"], errors
    assert count(session) == 0


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"program_code": "080999"}, "program_code", "没有代码"),
        ({"program_code": None}, "program_code", "一起给出"),
        ({"level": None}, "program_code", "一起给出"),
        ({"level": "火星"}, "level", "不认识的层次"),
        ({"target_code": "Z1"}, "target_code", "行业代码"),
        ({"task": "program-occupation", "target_code": "9-9"}, "target_code", "职业代码"),
    ],
)
def test_a_wrong_code_of_a_program_is_named(
    client: TestClient, change: dict[str, Any], field: str, said: str
) -> None:
    answer = client.post("/v1/feedback", json={**ACCEPTED, **change})
    assert answer.status_code == 422
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert said in errors[field]["message"]


@pytest.mark.parametrize(
    ("body", "said"), [([], "至少要有 1 项"), ([GIVEN] * 1001, "最多 1000 项"), ("x", "对象")]
)
def test_a_body_of_another_shape_is_refused(client: TestClient, body: Any, said: str) -> None:
    answer = client.post("/v1/feedback", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert {error["pointer"] for error in answer.json()["errors"]} == {""}


def test_only_this_path_takes_large_bodies(client: TestClient) -> None:
    large = {**GIVEN, "text": "长" * 400_000}
    assert client.post("/v1/feedback", json=large).status_code == 422
    assert client.post("/v1/match", json={"text": large["text"]}).status_code == 413
    assert client.post("/v1/feedback", json={**GIVEN, "text": "a" * (4 * 1024 * 1024)}).status_code == 413


def test_the_list_is_paged_and_filtered_latest_first(
    client: TestClient, session: Session, world: World
) -> None:
    client.post("/v1/feedback", json=[GIVEN, {**GIVEN, "title": "另一岗位", "run_id": world.run}])
    client.post("/v1/feedback", json={**ACCEPTED, "simulated": True})

    def tasks(**filters: Any) -> list[str]:
        answer = client.get("/v1/feedback", params=filters)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) == min(answer.json()["total"], filters.get("limit", 50))
        return [item["task"] for item in answer.json()["items"]]

    assert tasks() == ["program-industry", "posting-class", "posting-class"]
    assert tasks(limit=1) == ["program-industry"]
    assert tasks(task="posting-class", target="0807") == ["posting-class"] * 2
    assert tasks(program="080901", level="本科") == ["program-industry"]
    assert tasks(run=world.run) == tasks(verdict="corrected", limit=1) == ["posting-class"]
    assert tasks(simulated="true") == tasks(origin="recommendation_review") == ["program-industry"]
    assert tasks(who="nobody") == []
    assert client.get("/v1/feedback", params={"task": "generic"}).status_code == 422
    assert client.get("/v1/feedback", params={"mistyped": "1"}).status_code == 422


def test_giving_feedback_needs_its_permission(app: FastAPI, client: TestClient, session: Session) -> None:
    reader = Principal("reader", "只读者", LOCAL.permissions - {Permission.GIVE_FEEDBACK})
    app.dependency_overrides[current_principal] = lambda: reader
    answer = client.post("/v1/feedback", json=GIVEN)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "feedback:write" in answer.json()["detail"]
    assert count(session) == 0
