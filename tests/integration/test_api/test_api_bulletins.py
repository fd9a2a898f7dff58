"""Bulletins: masked, stored once, tagged by the matching, found by industry and program."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import World
from sqlalchemy.orm import Session

from app.access import LOCAL, Permission, Principal, current_principal
from app.models import Bulletin, Run
from app.runs.bulletins import tag_bulletins
from tests.register_world import tell

POSTED: dict[str, Any] = {
    "title": "集成电路封装测试企业扩产",
    "text": "测试工程师需求上升，投稿 wang@example.com",
    "source": "示例行业协会",
    "published": "2024-09-10",
    "link": "https://example.org/1",
}
MEETING = {"title": "协会召开年度大会", "source": "示例商会", "published": "2024-09-11"}


def test_a_bulletin_is_tagged_found_and_stored_once(
    client: TestClient, session: Session, world: World
) -> None:
    made = client.post("/v1/bulletins", json=POSTED)
    assert made.status_code == 201, made.text
    body = made.json()
    assert "wang@example.com" not in made.text and "个人信息" in body["warnings"][0]
    assert session.get_one(Bulletin, body["id"]).text == "测试工程师需求上升，投稿 [邮箱]".replace("，", ",")
    assert body["tagged"] is True
    assert {(tag["code"], tag["named"]) for tag in body["industries"]} >= {("C397", True), ("I652", True)}
    assert body["programs"][0]["program_name"].startswith("集成电路")
    assert all(0.4 <= tag["score"] <= 1 for tag in body["programs"])
    again = client.post("/v1/bulletins", json=POSTED)
    assert (again.status_code, again.json()["repeated"], again.json()["id"]) == (200, True, body["id"])

    tell(session, "bulletins", MEETING)
    waiting = client.get("/v1/bulletins", params={"q": "年度"}).json()["items"]
    assert [(item["tagged"], item["industries"]) for item in waiting] == [(False, [])]
    assert tag_bulletins(session) == 1
    assert tag_bulletins(session) == tag_bulletins(session, again=True) == 0

    def titles(**filters: Any) -> list[str]:
        answer = client.get("/v1/bulletins", params=filters)
        assert answer.status_code == 200, answer.text
        return [item["title"] for item in answer.json()["items"]]

    assert titles() == [MEETING["title"], POSTED["title"]]
    assert titles(industry="C39") == titles(industry="I652") == titles(program="510401") == [POSTED["title"]]
    assert titles(program="101101K") == titles(industry="Q84") == []
    assert titles(source="示例商会", since="2024-09-11") == [MEETING["title"]]
    assert titles(until="2024-09-10", level="高职", q="封装 测试") == [POSTED["title"]]
    assert titles(q="%") == []
    stored = client.get(made.headers["location"]).json()
    assert stored == {name: body[name] for name in stored}
    nothing = next(
        item for item in client.get("/v1/bulletins").json()["items"] if item["source"] == "示例商会"
    )
    assert (nothing["tagged"], nothing["industries"], nothing["programs"]) == (True, [], [])


def test_what_a_tag_takes_stands_in_the_profile_of_the_published_run(
    client: TestClient, session: Session, world: World, tmp_path: Path
) -> None:
    shanghai = (files("app.data") / "profiles" / "shanghai.toml").read_text("utf-8")
    strict = tmp_path / "strict.toml"
    strict.write_text(
        shanghai.replace("program_floor = { value = 0.4", "program_floor = { value = 1"), "utf-8"
    )
    run = session.get_one(Run, world.run)
    run.parameters, run.profile_digest = {"profile": str(strict)}, "strict"
    session.commit()
    body = client.post("/v1/bulletins", json=POSTED).json()
    assert (body["tagged"], body["programs"]) == (True, [])
    assert {tag["code"] for tag in body["industries"]} >= {"C397"}

    run.parameters, run.profile_digest = {"profile": str(tmp_path / "gone.toml")}, "gone"
    session.commit()
    body = client.post("/v1/bulletins", json={**POSTED, "title": "集成电路人才会"}).json()
    assert body["tagged"] is False and "gone.toml" in "".join(body["warnings"])
    assert client.get(f"/v1/bulletins/{body['id']}").status_code == 200


def test_without_a_publication_a_bulletin_waits_for_its_tags(client: TestClient, session: Session) -> None:
    body = client.post("/v1/bulletins", json={**POSTED, "text": ""}).json()
    assert (body["tagged"], body["industries"]) == (False, [])
    assert "还没有发布" in body["warnings"][0]


def test_what_is_no_bulletin_is_refused_and_nothing_stored(client: TestClient, session: Session) -> None:
    for changed, said in (
        ({"title": " "}, "至少"),
        ({"published": "2099-01-01"}, "今天之后"),
        ({"published": "昨天"}, "取值无效"),
        ({"link": "javascript:alert(1)"}, "格式"),
        ({"title": "标\0题"}, "控制字符"),
    ):
        answer = client.post("/v1/bulletins", json={**POSTED, **changed})
        assert answer.status_code == 422, answer.text
        assert said in answer.json()["detail"]
    assert client.get("/v1/bulletins").json()["total"] == 0
    assert client.get("/v1/bulletins/nothing").status_code == 404


def test_posting_needs_its_permission(app: FastAPI, client: TestClient) -> None:
    reader = Principal("reader", "只读者", LOCAL.permissions - {Permission.POST_BULLETINS})
    app.dependency_overrides[current_principal] = lambda: reader
    assert client.post("/v1/bulletins", json=POSTED).status_code == 403
