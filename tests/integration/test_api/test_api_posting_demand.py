"""What a posting can say, what it is answered, and the same one sent again: alone, many at once, and as a file."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook
from published_world import COMMUNICATION, ENGINEERING, TONGJI, World
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api.posting_batches import XLSX
from app.models import Offering, OfferingSeats, Posting

ASKED: dict[str, Any] = {
    "enterprise": "示例通信",
    "title": "通信工程师",
    "description": "负责通信网络与基站的设计、建设与维护",
    "heads_low": 20,
    "heads_high": 40,
    "level": "本科",
    "mode": "订单班",
    "start_term": "2098年秋季",
    "skills": ["光传输", "基站维护"],
    "certificates": ["5G移动网络运维"],
    "teachers": 2,
    "equipment": "基站实训设备一套",
    "stipend": 1200,
    "jobs_guaranteed": 20,
    "partner_schools": ["同济大学"],
}


def test_all_that_an_enterprise_says_is_kept_and_heeded(
    client: TestClient, session: Session, world: World
) -> None:
    session.add(
        OfferingSeats(
            school_code=ENGINEERING, level="bachelor", program_code=COMMUNICATION, start_year=2098, taken=45
        )
    )
    session.commit()
    body = client.post("/v1/postings", json=ASKED).json()
    posting = body["posting"]
    assert (posting["heads"], posting["heads_low"], posting["heads_high"]) == (30, 20, 40)
    assert (posting["start_year"], posting["start_term"]) == (2098, "2098-autumn")
    assert posting["skills"] == ASKED["skills"] and "5G移动网络运维" in posting["certificates"]
    assert (posting["teachers"], posting["stipend"], posting["jobs_guaranteed"]) == (2, 1200, 20)
    assert posting["partner_schools"] == [{"code": TONGJI, "name": "同济大学"}]
    by_key = {(each["school_code"], each["program_code"]): each for each in body["offerings"]}
    full = by_key[ENGINEERING, COMMUNICATION]
    assert (full["seats"], full["seats_free"], full["partner"]) == (60, 15, False)
    assert any("还剩 15 个" in reason for reason in full["reasons"])
    assert by_key[TONGJI, COMMUNICATION]["seats_free"] is None
    # Both fit alike, and the partner goes first although its plan is not known.
    assert [each["school_code"] for each in body["offerings"][:2]] == [TONGJI, ENGINEERING]
    assert body["unserved"] is None
    stored = session.get_one(Posting, body["posting_id"])
    assert (stored.heads_low, stored.start_season, stored.equipment) == (20, "autumn", "基站实训设备一套")
    without = {**ASKED, "partner_schools": [], "excluded_schools": ["上海工程技术大学"]}
    left = client.post("/v1/postings", json=without).json()
    assert left["offerings"] and ENGINEERING not in {each["school_code"] for each in left["offerings"]}


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"heads_low": 50}, "heads_high", "下限 50 大于上限 40"),
        ({"heads_low": 0}, "heads_low", "大于或等于 1"),
        ({"heads_low": -3}, "heads_low", "大于或等于 1"),
        ({"heads_low": None}, "heads_high", "缺少一端"),
        ({"heads": 30}, "heads_high", "只能填一种"),
        ({"start_term": "2019年春季"}, "start_term", "已经过去"),
        ({"start_term": "下学期"}, "start_term", "看不懂学期"),
        ({"start_year": 2097}, "start_term", "不在开始年份 2097"),
        ({"start_term": None, "start_year": 2019}, "start_term", "已经过去"),
        ({"jobs_guaranteed": 41}, "jobs_guaranteed", "多于需求 40 人"),
        ({"class_size_min": 41}, "class_size_min", "永远开不成"),
        ({"excluded_schools": ["10247"]}, "excluded_schools", "同济大学既是合作院校"),
        ({"partner_schools": ["霍格沃茨"]}, "partner_schools.0", "霍格沃茨"),
        ({"credit_code": "91310000MA1FL5E6I0"}, "credit_code", "第 17 位“I”"),
        ({"credit_code": "91310000MA1FL5E651"}, "credit_code", "应为 0"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    client: TestClient, session: Session, world: World, change: dict[str, Any], field: str, said: str
) -> None:
    answer = client.post("/v1/postings", json={**ASKED, **change})
    assert answer.status_code == 422, answer.text
    errors = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert said in errors[field]
    assert session.scalar(select(func.count()).select_from(Posting)) == 1


def test_a_key_gives_the_same_answer_and_is_good_for_one_posting(
    client: TestClient, session: Session, world: World
) -> None:
    key = {"Idempotency-Key": "a-1"}
    first = client.post("/v1/postings", json=ASKED, headers=key)
    # What changes in between does not change the answer to what was sent before.
    session.query(Offering).update({Offering.seats: 7})
    session.commit()
    again = client.post("/v1/postings", json=ASKED, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = client.post("/v1/postings", json={**ASKED, "teachers": 9}, headers=key)
    assert other.status_code == 409 and first.json()["posting_id"] in other.json()["detail"]
    second = client.post("/v1/postings", json=ASKED, headers={"Idempotency-Key": "a-2"})
    assert second.status_code == 201 and second.json()["posting_id"] != first.json()["posting_id"]
    assert second.json()["likely_duplicates"] == []
    assert client.post("/v1/postings", json=ASKED, headers={"Idempotency-Key": "a b"}).status_code == 422
    assert session.scalar(select(func.count()).select_from(Posting)) == 3


def test_a_key_sent_many_times_at_once_stores_one_posting(
    client: TestClient, session: Session, world: World
) -> None:
    def send(_: int) -> Any:
        return client.post("/v1/postings", json=ASKED, headers={"Idempotency-Key": "b"})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["posting_id"] for answer in answers}) == 1
    assert session.scalar(select(func.count()).select_from(Posting)) == 2


def test_without_a_key_a_likely_duplicate_is_named(client: TestClient, world: World) -> None:
    first = client.post("/v1/postings", json=ASKED).json()["posting_id"]
    alike = {**ASKED, "title": "通信 工程师", "description": "负责基站"}
    body = client.post("/v1/postings", json=alike).json()
    assert body["likely_duplicates"] == [first]
    assert any(first in warning and "重复" in warning for warning in body["warnings"])
    for change in ({"title": "网络工程师"}, {"mode": "校招"}, {"enterprise": "另一家"}):
        assert client.post("/v1/postings", json={**alike, **change}).json()["likely_duplicates"] == [], change


@pytest.mark.parametrize(
    ("change", "code", "nearest"),
    [
        ({"level": "研究生"}, "no_level", True),
        ({"class_size_min": 20, "heads_low": None, "heads_high": None, "heads": 20}, "", False),
        ({"heads_low": 5, "heads_high": 9, "jobs_guaranteed": 0}, "heads_below_class", True),
        ({"class_size_min": 40, "partner_schools": []}, "", False),
        ({"title": "!!!", "description": "???", "skills": [], "certificates": []}, "fit_below_floor", False),
    ],
)
def test_a_posting_nobody_can_serve_says_why_and_what_is_nearest(
    client: TestClient, world: World, change: dict[str, Any], code: str, nearest: bool
) -> None:
    body = client.post("/v1/postings", json={**ASKED, **change}).json()
    if not code:
        assert body["unserved"] is None
        return
    assert body["unserved"]["reason_code"] == code, body["unserved"]
    assert "；" in body["unserved"]["reason"] or "：" in body["unserved"]["reason"]
    assert (body["unserved"]["nearest"] is not None) == nearest


def test_full_offerings_serve_nobody(client: TestClient, session: Session, world: World) -> None:
    for row in session.scalars(select(Offering).where(Offering.seats > 0)):
        session.add(
            OfferingSeats(
                school_code=row.school_code,
                level=row.level,
                program_code=row.program_code,
                start_year=2098,
                taken=int(row.seats) - 3,
            )
        )
    session.commit()
    found = client.post("/v1/postings", json=ASKED).json()["unserved"]
    assert found["reason_code"] == "seats_below_class" and "还剩 3 个名额" in found["reason"]
    assert found["nearest"] is not None
    later = client.post("/v1/postings", json={**ASKED, "start_term": "2097-09"}).json()
    assert later["unserved"] is None


def test_of_many_each_gets_its_own_answer(client: TestClient, session: Session, world: World) -> None:
    asked = {"postings": [ASKED, {**ASKED, "heads_low": 99}, ASKED, {"title": "无名"}]}
    answer = client.post("/v1/postings/batch", json=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [each["status"] for each in body["results"]] == [201, 422, 200, 422]
    assert (body["received"], body["stored"], body["repeated"], body["refused"]) == (4, 1, 1, 2)
    assert 0 < len(body["results"][0]["answer"]["offerings"]) <= 5
    wrong = body["results"][1]["refusal"]["errors"][0]
    assert wrong["pointer"] == "/postings/1/heads_high" and "大于上限" in wrong["message"]
    assert "缺少必填项" in body["results"][3]["refusal"]["detail"]
    assert session.scalar(select(func.count()).select_from(Posting)) == 2
    assert client.post("/v1/postings/batch", json={"postings": []}).status_code == 422


def test_a_workbook_is_answered_row_by_row(client: TestClient, session: Session, world: World) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["企业名称", "岗位名称", "人数", "学历", "培养方式", "开班学期", "合作院校"])
    sheet.append(["示例通信", "通信工程师", "20-40人", "本科", "订单班", "2098年秋季", "同济大学"])
    sheet.append(["示例通信", "网络工程师", "50-30", "本科", "订单班", "2098年秋季", ""])
    sheet.append(["示例通信", "测试工程师", 30, "本科", "订单班", "2019年秋季", ""])
    content = io.BytesIO()
    book.save(content)
    url = "/v1/postings/file?name=需求.xlsx&simulated=true"
    answer = client.post(url, content=content.getvalue(), headers={"Content-Type": XLSX})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [(each["number"], each["status"]) for each in body["results"]] == [(2, 201), (3, 422), (4, 422)]
    assert "下限 50 大于上限 30" in body["results"][1]["refusal"]["detail"]
    assert "已经过去" in body["results"][2]["refusal"]["detail"]
    posting = body["results"][0]["answer"]["posting"]
    assert (posting["heads_low"], posting["heads_high"], posting["simulated"]) == (20, 40, True)
    assert body["results"][0]["answer"]["offerings"]
    again = client.post(url, content=content.getvalue(), headers={"Content-Type": XLSX}).json()
    assert (again["stored"], again["repeated"], again["batch_id"]) == (0, 3, body["batch_id"])
    for kind, sent, said in (
        ("application/pdf", b"x", "Content-Type"),
        (XLSX, b"", "空的"),
        (XLSX, b"not a workbook", ""),
    ):
        refused = client.post(url, content=sent, headers={"Content-Type": kind})
        assert refused.status_code == 422 and said in refused.json()["detail"], refused.text
