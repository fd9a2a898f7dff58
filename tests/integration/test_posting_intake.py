"""Postings and texts on their way in: what the text adds, and what must not stay in it."""

import json
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest import ingest_file
from app.models import Posting, QuarantinedRow, TextProfile

ROWS = [
    {
        "企业": "示例企业 13812345678",
        "岗位": "测试工程师",
        "岗位描述": "本科，3年以上经验，招20-40人，月薪1-1.5万，地址：上海浦东张江。邮箱hr#163.com，座机021-62345678",
    },
    {
        "企业": "示例企业",
        "岗位": "操作工",
        "岗位描述": "高中以上学历，经验不限，招聘若干，日薪200元",
        "学历": "大专",
        "地区": "北京",
    },
    {"企业": "示例企业", "岗位": "司机", "岗位描述": "电话13812345678", "人数": "很多很多"},
]


def test_the_text_fills_what_a_row_leaves_out(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "postings.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), "utf-8")
    report = ingest_file(session, path, "postings")
    assert (report.accepted, report.quarantined) == (2, 1)
    assert report.masked == 4
    assert any("已遮去 4 处个人信息" in warning for warning in report.warnings)
    first, second = session.scalars(select(Posting).order_by(Posting.row))
    assert (first.level, first.heads, first.heads_stated, first.district_code) == (
        "bachelor",
        30,
        True,
        "310115",
    )
    assert (first.experience_years, first.salary_min, first.salary_max) == (3, 10_000, 15_000)
    assert first.enterprise == "示例企业 [手机号]"
    assert first.description.endswith("邮箱[邮箱],座机[座机号]")
    assert first.read_from_text == [
        "district_code",
        "experience_years",
        "heads",
        "level",
        "salary_max",
        "salary_min",
    ]
    # The row's own 学历 goes first, 若干 is no number.
    assert (second.level, second.heads, second.heads_stated) == ("higher_vocational", 1, False)
    assert (second.experience_years, second.salary_min) == (0, 4350)
    assert second.read_from_text == ["experience_years", "salary_max", "salary_min"]
    kept = session.scalars(select(QuarantinedRow)).one()
    assert "13812345678" not in json.dumps(kept.raw, ensure_ascii=False)


def test_a_place_elsewhere_is_not_moved_to_shanghai(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "postings.jsonl"
    row = {"企业": "示例企业", "岗位": "店员（宝山店）", "地区": "云南·保山"}
    path.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    ingest_file(session, path, "postings")
    posting = session.scalars(select(Posting)).one()
    assert (posting.district_code, posting.read_from_text) == (None, [])


def test_texts_are_masked_as_well(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    row = {
        "level": "higher_vocational",
        "code": "460308",
        "name": "工业自动化仪表技术",
        "goal": "培养仪表人才，咨询 13812345678",
        "courses": "自动检测，联系 a@b.cn",
    }
    path.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    report = ingest_file(session, path, "program-texts")
    assert report.masked == 2
    profile = session.scalars(select(TextProfile)).one()
    assert "13812345678" not in profile.text + str(profile.fields)
    assert "[手机号]" in profile.text
