"""The write side: an enterprise posts demand, and any text is matched."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from published_world import CIRCUITS, ENGINEERING, World
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Batch, Posting, Run

WANTED = {
    "enterprise": "示例半导体",
    "credit_code": "91310000MA1FL5E650",
    "title": "集成电路设计工程师",
    "description": "负责集成电路设计与验证，联系电话 13812345678",
    "heads": 40,
    "level": "本科",
    "mode": "订单班",
    "district": "松江",
    "industry_code": "6520",
    "start_year": 2027,
    "class_size_min": 30,
}


def test_a_posting_is_stored_and_answered_with_ranked_offerings(
    client: TestClient, session: Session, world: World
) -> None:
    answer = client.post("/v1/postings", json=WANTED)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    body = answer.json()
    stored = session.get_one(Posting, body["posting_id"])
    assert (stored.heads, stored.level, stored.mode) == (40, "bachelor", "order_class")
    assert (stored.district_code, stored.industry_code, stored.class_size_min) == ("310117", "I6520", 30)
    assert (stored.start_year, stored.credit_code) == (2027, "91310000MA1FL5E650")
    assert stored.simulated is False
    batch = session.get_one(Batch, stored.batch_id)
    assert (batch.kind, batch.source, batch.accepted) == ("postings", "api", 1)
    best = body["offerings"][0]
    assert (best["school_code"], best["program_code"], best["rank"]) == (ENGINEERING, CIRCUITS, 1)
    assert best["distance_km"] == 0
    assert best["reasons"]
    fits = [each["fit"] for each in body["offerings"]]
    assert fits == sorted(fits, reverse=True)
    assert body["run"] == world.run
    assert client.get(answer.headers["location"]).json()["heads"] == 40


def test_the_same_posting_again_is_the_same_posting(
    client: TestClient, session: Session, world: World
) -> None:
    first = client.post("/v1/postings", json=WANTED)
    differently_written = {
        **WANTED,
        "level": "bachelor",
        "district": "310117",
        "title": " 集成电路设计工程师 ",
    }
    again = client.post("/v1/postings", json=differently_written)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["repeated"] is True
    assert again.json()["posting_id"] == first.json()["posting_id"]
    assert again.json()["offerings"] == first.json()["offerings"]
    more = client.post("/v1/postings", json={**WANTED, "heads": 41})
    assert more.status_code == 201
    assert session.scalar(select(func.count()).select_from(Posting)) == 3


def test_the_same_posting_many_times_at_once_is_stored_once(
    client: TestClient, session: Session, world: World
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/postings", json=WANTED), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["posting_id"] for answer in answers}) == 1
    assert session.scalar(select(func.count()).select_from(Posting)) == 2


def test_personal_data_is_masked_before_it_is_stored(
    client: TestClient, session: Session, world: World
) -> None:
    body = client.post("/v1/postings", json=WANTED).json()
    assert any("个人信息" in warning for warning in body["warnings"])
    assert "13812345678" not in session.get_one(Posting, body["posting_id"]).description
    assert "13812345678" not in str(body)


def test_what_an_enterprise_left_open_is_said(client: TestClient, world: World) -> None:
    body = client.post("/v1/postings", json={"enterprise": "示例", "title": "护理员"}).json()
    assert body["posting"]["heads"] == 1
    assert any("人数" in warning for warning in body["warnings"])
    assert any("学历" in warning for warning in body["warnings"])


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"credit_code": "91310000MA1FL5E65X"}, "credit_code", "第 18 位"),
        ({"credit_code": "123"}, "credit_code", "3 位"),
        ({"title": "  "}, "title", "至少要有 1 个字符"),
        ({"title": "长" * 301}, "title", "最多 300 个字符"),
        ({"title": "含\u0000字符"}, "title", "控制字符"),
        ({"title": None}, "title", "必须是文字"),
        ({"heads": 0}, "heads", "大于或等于 1"),
        ({"heads": 2.5}, "heads", "不能有小数"),
        ({"heads": 20}, "class_size_min", "永远开不成"),
        ({"level": "小学"}, "level", "不认识的层次"),
        ({"mode": "学徒"}, "mode", "order_class"),
        ({"district": "北京"}, "district", "北京"),
        ({"industry_code": "I9999"}, "industry_code", "I9999"),
        ({"occupation_code": "9"}, "occupation_code", "职业代码"),
        ({"start_year": 1900}, "start_year", "大于或等于 2000"),
        ({"salary": 1}, "salary", "不认识的参数"),
    ],
)
def test_a_wrong_member_is_named_and_nothing_is_stored(
    client: TestClient, session: Session, world: World, change: dict[str, Any], field: str, said: str
) -> None:
    answer = client.post("/v1/postings", json={**WANTED, **change})
    assert answer.status_code == 422, answer.text
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert said in errors[field]["message"]
    assert errors[field]["pointer"] == f"/{field}"
    assert session.scalar(select(func.count()).select_from(Posting)) == 1
    assert session.scalar(select(func.count()).select_from(Batch)) == 1


def test_a_posting_is_kept_before_anything_is_published(client: TestClient, session: Session) -> None:
    answer = client.post("/v1/postings", json=WANTED)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["run"], body["offerings"]) == (None, [])
    assert any("还没有发布" in warning for warning in body["warnings"])
    assert session.get(Posting, body["posting_id"]) is not None
    assert client.get(answer.headers["location"]).json()["run"] is None


def test_posting_leaves_the_publication_as_it_is(client: TestClient, session: Session, world: World) -> None:
    before = client.get("/v1/recommendations")
    client.post("/v1/postings", json=WANTED)
    after = client.get("/v1/recommendations")
    assert (after.headers["etag"], after.json()) == (before.headers["etag"], before.json())
    assert session.scalar(select(func.count()).select_from(Run)) == 1


def test_a_posting_tells_what_the_run_made_of_it(client: TestClient, world: World) -> None:
    body = client.get(f"/v1/postings/{world.posting}").json()
    assert [each["seats"] for each in body["placements"]] == [30]
    assert [each["unmet"] for each in body["unplaced"]] == [20]


def test_any_text_is_matched_with_the_words_that_did_it(client: TestClient, world: World) -> None:
    answer = client.post("/v1/match", json={"title": "护理学", "text": "临床护理与社区护理", "top": 3})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    body = answer.json()
    assert body["run"] == world.run
    for kind in ("programs", "occupations", "industries"):
        hits = body[kind]
        assert 0 < len(hits) <= 3
        assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
        assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
        assert hits[0]["explanation"]["terms"]
    assert "护理" in body["programs"][0]["name"]
    assert body["programs"][0]["level_name"]


def test_a_match_can_be_limited_to_kinds_and_a_level(client: TestClient, world: World) -> None:
    body = client.post("/v1/match", json={"text": "护理", "kinds": ["program"], "level": "中职"}).json()
    assert body["occupations"] == body["industries"] == []
    assert {hit["level"] for hit in body["programs"]} == {"secondary_vocational"}


def test_a_match_finds_classes_of_programs_and_offerings(client: TestClient, world: World) -> None:
    asked = {"title": "通信工程师", "text": "现代通信技术", "kinds": ["program_class", "offering"], "top": 3}
    body = client.post("/v1/match", json=asked).json()
    assert body["programs"] == body["industries"] == []
    assert body["program_classes"][0]["name"] == "电子信息类"
    assert body["program_classes"][0]["explanation"]["log_odds"]
    assert "通信" in body["offerings"][0]["program_name"]
    assert body["offerings"][0]["simulated"] in {True, False}


def test_text_that_means_nothing_matches_nothing(client: TestClient, world: World) -> None:
    body = client.post("/v1/match", json={"text": "!!! ???"}).json()
    assert (body["programs"], body["occupations"], body["industries"]) == ([], [], [])
    empty = client.post("/v1/match", json={"title": " ", "text": ""})
    assert empty.status_code == 422
    assert "不能都为空" in empty.json()["detail"]


def test_what_is_left_out_is_read_from_the_text_and_named(
    client: TestClient, session: Session, world: World
) -> None:
    text = "大专及以上学历，微电子专业，英语四级，3-5年经验，招聘30人。薪资：8-12K。工作地点：上海市松江区。微信号 hr_2024"
    body = client.post(
        "/v1/postings", json={"enterprise": "示例", "title": "测试工程师", "description": text}
    ).json()
    posting = body["posting"]
    assert posting["read_from_text"] == [
        "district_code",
        "experience_years",
        "heads",
        "level",
        "salary_max",
        "salary_min",
    ]
    assert (posting["level"], posting["heads"], posting["heads_stated"]) == ("higher_vocational", 30, True)
    assert (posting["district_code"], posting["experience_years"]) == ("310117", 3)
    assert (posting["salary_min"], posting["salary_max"]) == (8000, 12000)
    assert (posting["majors"], posting["certificates"]) == (["微电子"], ["大学英语四级"])
    assert any("从文字中读出" in warning and "学历" in warning for warning in body["warnings"])
    assert "hr_2024" not in str(body)
    assert client.get(f"/v1/postings/{posting['id']}").json()["read_from_text"] == posting["read_from_text"]


def test_what_is_given_goes_before_the_text(client: TestClient, world: World) -> None:
    asked = {**WANTED, "description": "大专，招聘5人，工作地点：上海浦东新区"}
    posting = client.post("/v1/postings", json=asked).json()["posting"]
    assert (posting["level"], posting["heads"], posting["district_code"]) == ("bachelor", 40, "310117")
    assert posting["read_from_text"] == []


def test_any_education_stated_is_no_doubt(client: TestClient, world: World) -> None:
    asked = {"enterprise": "示例", "title": "普工", "description": "学历不限"}
    body = client.post("/v1/postings", json=asked).json()
    assert (body["posting"]["level"], body["posting"]["read_from_text"]) == (None, ["level"])
    assert not any("没有写明学历" in warning for warning in body["warnings"])


def test_personal_data_does_not_reach_the_matching(client: TestClient, world: World) -> None:
    asked = {"title": "集成电路设计", "text": "联系 13812345678，QQ 123456789", "kinds": ["program"]}
    answer = client.post("/v1/match", json=asked)
    assert answer.status_code == 200
    assert "13812345678" not in answer.text
    assert "123456789" not in answer.text
