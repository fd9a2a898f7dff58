"""Files loaded through the API: kinds and templates, what a file would be taken for, batches made of bodies."""

import asyncio
import csv
import io
import json
import resource
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from app.access import LOCAL, Permission, Principal, current_principal
from app.api.attachment import CSV, XLSX
from app.api.body_limit import BodyLimit
from app.api.received_file import ANY, body_as_file
from app.ingest import KINDS
from app.ingest.describe import example_cells
from app.ingest.mappings import ColumnMapping, kept_path
from app.ingest.uploads import LARGEST_UPLOAD, plain_name
from app.main import LARGER_BODIES, LARGEST_BODY
from app.models import Batch, EnrolmentPlan

HEADER = ["院校代码", "年份", "生源省份", "专业名称", "计划数"]
ROWS = [["10246", "2025", "北京", name, number] for name, number in (("法学", "10"), ("炼金学", "5"))]
ODD = "校,招的专业,年,计划\n复旦大学,法学,2025,5\n同济大学,软件工程,2025,7\n"
ANSWERS = "&column=school_name:校&column=program_name:招的专业"
PLAN = "/v1/batches?kind=enrolment-plan"


def as_csv(rows: list[list[str]] = ROWS, encoding: str = "gb18030") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode(encoding)


def as_workbook() -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for line in (["2025年招生计划"], HEADER, *ROWS):
        book.active.append(line)  # type: ignore[union-attr]
    book.save(content)
    return content.getvalue()


def as_json_lines() -> bytes:
    return "\n".join(json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS).encode()


def as_archive(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("计划.csv", content)
    return packed.getvalue()


def send(client: TestClient, url: str, content: bytes, media_type: str = CSV) -> Any:
    return client.post(url, content=content, headers={"Content-Type": media_type})


def stored(session: Session, model: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of this test's own for what arrives, so that others' files are not taken for something left behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def left_behind() -> list[str]:
    return [path.name for path in Path(tempfile.gettempdir()).glob("chanjiao-*")]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_kinds_are_listed_with_their_columns(client: TestClient) -> None:
    page = client.get("/v1/kinds?limit=2&offset=1")
    assert 'rel="next"' in page.headers["link"]
    body = page.json()
    assert (body["total"], [kind["name"] for kind in body["items"]]) == (len(KINDS), list(KINDS)[1:3])
    plan = body["items"][0]
    assert (plan["name"], plan["title"]) == ("enrolment-plan", "招生计划")
    columns = {column["name"]: column for column in plan["columns"]}
    assert (columns["plan"]["required"], columns["plan"]["type_name"]) == (True, "整数")
    assert "院校代码" in columns["school_code"]["names"]
    assert ["school_code", "school_name"] in plan["one_of"]
    assert client.get("/v1/kinds?kind=postings").status_code == 422


@pytest.mark.parametrize(
    ("content", "media_type", "name", "encoding"),
    [
        (as_csv(), CSV, "plan.csv", "gb18030"),
        (as_workbook(), XLSX, "plan.xlsx", None),
        (as_json_lines(), "application/jsonl", "plan.jsonl", "utf-8"),
        (as_archive(as_csv()), "application/zip", "plan.zip", None),
    ],
)
def test_a_file_is_tried_and_loaded_once(
    client: TestClient,
    session: Session,
    content: bytes,
    media_type: str,
    name: str,
    encoding: str | None,
) -> None:
    tried = send(client, f"{PLAN}&dry_run=true&filename={name}", content, media_type)
    assert (tried.status_code, tried.json()["batch"], tried.json()["accepted"]) == (200, None, 1)
    assert stored(session, Batch) == stored(session, EnrolmentPlan) == 0
    url = f"{PLAN}&filename={name}&source=某校&licence=公开"
    answer = send(client, url, content, media_type)
    body = answer.json()
    assert (answer.status_code, body["state"], body["state_name"]) == (201, "accepted", "已接收")
    assert body["read"] == body["accepted"] + body["repeated"] + body["quarantined"] == 2
    assert body["reasons"] == {"unknown_program": 1}
    assert body["quarantine_sample"][0]["value"] == "炼金学"
    assert answer.headers["location"] == f"/v1/batches/{body['batch']}"
    assert answer.headers["cache-control"] == "no-store"
    batch = client.get(answer.headers["location"]).json()
    assert (batch["source"], batch["filename"], batch["licence"], batch["who"]) == (
        "某校",
        name,
        "公开",
        "local",
    )
    assert batch["reading"].get("encoding") == encoding
    again = send(client, url, content, media_type)
    assert (again.status_code, again.json()["already"], again.json()["repeated"]) == (200, True, 2)
    assert again.json()["batch"] == body["batch"]
    assert stored(session, Batch) == stored(session, EnrolmentPlan) == 1
    assert not left_behind()


def test_a_template_filled_in_is_loaded(client: TestClient) -> None:
    answer = client.get("/v1/kinds/enrolment-plan/template")
    assert answer.headers["content-type"] == XLSX
    assert 'filename="template-enrolment-plan.xlsx"' in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet: Any = book.worksheets[0]
    kind = KINDS["enrolment-plan"]
    places = {kind.column_for(cell.value).name: cell.column for cell in sheet[1]}  # type: ignore[union-attr]
    for header, value in example_cells(kind).items():
        sheet.cell(3, places[kind.column_for(header).name], value)  # type: ignore[union-attr]
    content = io.BytesIO()
    book.save(content)
    body = send(client, PLAN, content.getvalue(), XLSX).json()
    assert (body["file"], body["accepted"], body["reasons"]) == ("未命名.xlsx", 1, {"example_row": 1})
    assert client.get("/v1/kinds/none/template").status_code == 404


def test_a_file_is_held_accepted_and_superseded(client: TestClient, session: Session) -> None:
    held = send(client, f"{PLAN}&source=甲&hold=true&simulated=true", as_csv()).json()
    assert (held["state"], stored(session, EnrolmentPlan)) == ("validated", 1)
    moved = client.post(f"/v1/batches/{held['batch']}/moves", json={"move": "accept"})
    assert (moved.json()["batch"]["state"], moved.json()["batch"]["simulated"]) == ("accepted", True)
    newer = as_csv([["10246", "2025", "北京", "法学", "12"]])
    assert send(client, f"{PLAN}&source=甲&supersede=true", newer).json()["superseded"] == [held["batch"]]
    assert client.get(f"/v1/batches/{held['batch']}").json()["state"] == "superseded"


def test_headers_in_doubt_are_proposed_answered_and_kept(client: TestClient, session: Session) -> None:
    kept = kept_path("招生办乙")
    try:
        proposed = send(client, "/v1/column-proposals?kind=enrolment-plan&source=招生办乙", ODD.encode())
        assert (proposed.status_code, proposed.headers["cache-control"]) == (200, "no-store")
        proposal = proposed.json()["proposal"]
        headers = {header["header"]: header for header in proposal["headers"]}
        assert [name for name, header in headers.items() if header["doubtful"]] == ["校", "招的专业"]
        assert headers["校"]["candidates"][0]["column"] == "school_name"
        assert headers["校"]["samples"] == ["复旦大学", "同济大学"]
        assert (headers["年"]["column"], headers["年"]["title"]) == ("year", "年份")
        assert proposal["rows"][1]["招的专业"] == "软件工程"
        assert len(proposal["missing"]) == 2 and proposal["kept_mapping"] == ""

        url = f"{PLAN}&source=招生办乙"
        refused = send(client, url, ODD.encode())
        assert (refused.status_code, refused.json()["code"]) == (422, "unreadable_file")
        for said in ("“校”像是“学校名称”", "column=", "/v1/column-proposals"):
            assert said in refused.json()["detail"]
        assert stored(session, Batch) == 0
        tried = send(client, f"{url}{ANSWERS}&save_mapping=true&dry_run=true", ODD.encode())
        assert tried.json()["accepted"] == 2 and not kept.exists()
        done = send(client, f"{url}{ANSWERS}&save_mapping=true", ODD.encode())
        assert (done.status_code, done.json()["accepted"]) == (201, 2)

        later = ODD.replace(",5", ",6").encode()
        after = send(client, "/v1/column-proposals?kind=enrolment-plan&source=招生办乙", later).json()
        assert after["proposal"]["kept_mapping"] == kept.name and after["proposal"]["missing"] == []
        reused = send(client, url, later).json()
        assert (reused["accepted"], reused["repeated"]) == (1, 1)
        assert "保存的列对应" in reused["warnings"][0]

        # one header has another name now: the answer goes over what is kept, the rest of which stays
        renamed = ODD.replace("招的专业", "专业方向名").replace("年,计划", "计划").replace("2025,", "")
        more = f"{url}&column=program_name:专业方向名&constant=year:2024&ignore=备注"
        changed = send(client, more, renamed.encode())
        assert changed.json()["accepted"] == 2, changed.text
        assert "以这次的回答为准" in changed.json()["warnings"][-1]
        years = select(EnrolmentPlan.year).where(EnrolmentPlan.batch_id == changed.json()["batch"])
        assert set(session.scalars(years)) == {2024}
        assert "招的专业" in kept.read_text("utf-8"), "not kept without save_mapping"
    finally:
        kept.unlink(missing_ok=True)


def test_answers_go_over_what_is_kept() -> None:
    kept = ColumnMapping(
        {"校": "school_name", "招": "plan", "备": "note"}, {"year": "2024"}, frozenset({"专"}), "甲.toml"
    )
    said = ColumnMapping({"人数": "plan", "专": "program_name"}, {"year": "2025"}, frozenset({"备"}))
    assert kept.with_answers(said) == ColumnMapping(
        {"校": "school_name", "人数": "plan", "专": "program_name"},
        {"year": "2025"},
        frozenset({"备"}),
        "甲.toml",
    )


def test_what_a_file_is_can_be_asked(client: TestClient, session: Session) -> None:
    body = send(client, "/v1/column-proposals?filename=x.csv", as_csv()).json()
    assert body["likely_kinds"][0] == body["proposal"]["kind"] == "enrolment-plan"
    assert body["proposal"]["file"] == "x.csv"
    assert body["proposal"]["rows"][0]["专业名称"] == "法学"
    other = send(client, "/v1/column-proposals?kind=postings", as_csv()).json()
    assert (other["likely_kinds"], other["proposal"]["looks_like"]) == ([], "enrolment-plan")
    personal = "名称,电话\n甲,13812345678\n".encode()
    masked = send(client, "/v1/column-proposals?kind=postings", personal)
    assert "13812345678" not in masked.text and masked.json()["proposal"]["rows"]
    nothing = send(client, "/v1/column-proposals", b"a,b\n1,2\n").json()
    assert nothing == {"likely_kinds": [], "proposal": None}
    assert stored(session, Batch) == 0


def test_wrong_parameters_are_named(client: TestClient, session: Session) -> None:
    for query, field, said in (
        ("", "kind", "缺少必填项"),
        ("kind=none", "kind", "没有种类 none"),
        ("kind=postings&kind=schools", "kind", "不止一次"),
        ("kind=schools&dry_run=perhaps", "dry_run", "true 或 false"),
        ("kind=schools&source=a%00", "source", "控制字符"),
        (f"kind=schools&licence={'长' * 301}", "licence", "最多 300"),
        ("kind=schools&mapping=m.toml", "mapping", "不认识的参数"),
        ("kind=schools&supersede=true", "supersede", "没有来源"),
        ("kind=enrolment-plan&column=plan", "column", "“plan”不是“字段:表头”"),
        ("kind=enrolment-plan&column=plan:%20", "column", "“plan: ”不是“字段:表头”"),
        ("kind=enrolment-plan&column=seats:计划", "column", "“招生计划”没有字段 seats"),
        ("kind=enrolment-plan&column=plan:a&column=plan:b", "column", "plan 写了两个表头：“a”“b”"),
        ("kind=enrolment-plan&column=plan:a&column=year:a", "column", "“a”写成了两列：plan、year"),
        ("kind=enrolment-plan&column=plan:a&ignore=a", "ignore", "既在 column 中"),
        ("kind=enrolment-plan&ignore=", "ignore", "空的"),
        ("kind=enrolment-plan&constant=2025", "constant", "“2025”不是“字段:值”"),
        ("kind=enrolment-plan&constant=year:1&constant=year:2", "constant", "year 写了两个值"),
    ):
        answer = send(client, f"/v1/batches?{query}", as_csv())
        assert answer.status_code == 422, query
        assert answer.headers["content-type"] == "application/problem+json"
        (error,) = answer.json()["errors"]
        assert (error["location"], error["field"]) == ("query", field), query
        assert said in error["message"], error
    assert send(client, "/v1/column-proposals?kind=none", as_csv()).json()["errors"][0]["field"] == "kind"
    assert stored(session, Batch) == 0


def test_bodies_that_are_no_file_are_refused(client: TestClient, session: Session) -> None:
    form = "multipart/form-data; boundary=x"
    for path in (PLAN, "/v1/column-proposals?kind=enrolment-plan"):
        for media_type, content, said in (
            (form, b"--x--", "不接受 Content-Type multipart/form-data。表格请用 text/csv"),
            ("text/plain", as_csv(), "不接受 Content-Type text/plain"),
            ("", as_csv(), "不接受 Content-Type （空）"),
            (ANY, b"", "请求体是空的"),
            (ANY, b"%PDF-1.7", "这是 PDF"),
            (XLSX, b"no workbook", "不是有效的 Excel"),
            ("application/zip", as_archive(as_csv())[:90], "压缩包已损坏"),
        ):
            answer = send(client, path, content, media_type)
            assert answer.status_code == 422 and said in answer.json()["detail"], answer.text
    nothing = send(client, PLAN, as_csv(ROWS[1:]))
    assert nothing.status_code == 422 and "没有一行可以接收" in nothing.json()["detail"]
    assert stored(session, Batch) == 0 and not left_behind()


def test_a_name_leads_nowhere(client: TestClient) -> None:
    answer = send(client, f"{PLAN}&dry_run=true&filename=../../%00x%0d.csv", as_csv())
    assert (answer.status_code, answer.json()["file"]) == (200, "x.csv")
    assert plain_name("../../x.csv", ".csv") == "x.csv"
    assert plain_name("C:\\\\某校\\x.csv", "") == "x.csv"
    assert plain_name("计划\0\u202e.xlsx", ".csv") == "计划.xlsx"
    assert plain_name("CON:*?.csv", ".csv") == "CON___.csv"
    assert plain_name("2025.9 计划", ".csv") == "2025.9 计划.csv"
    for nothing in ("", "..", "/", " . ", "\n"):
        assert plain_name(nothing, ".csv") == "未命名.csv"
    assert plain_name("", "") == "未命名"
    for long in ("长" * 300 + ".csv", "x" * 300 + ".csv", "x." * 300 + "csv"):
        name = plain_name(long, "")
        assert name.endswith(".csv") and 190 < len(name.encode()) <= 200


def test_a_body_beyond_the_limit_is_refused_while_it_arrives(app: FastAPI, client: TestClient) -> None:
    content = as_csv([["10246", "2025", "北京", "法学", str(seats)] for seats in range(1, 12_000)])
    assert len(content) > LARGEST_BODY
    assert send(client, f"{PLAN}&dry_run=true", content).json()["accepted"] == 11_999
    smaller = TestClient(BodyLimit(app, LARGEST_BODY, {}))
    for path in (PLAN, "/v1/column-proposals"):
        assert LARGER_BODIES[path.partition("?")[0]] == LARGEST_UPLOAD
        pieces = (content[start : start + 65536] for start in range(0, len(content), 65536))
        answer = smaller.post(path, content=pieces, headers={"Content-Type": CSV})
        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")
    assert not left_behind()


def test_a_full_disk_says_so_and_leaves_nothing(client: TestClient, session: Session) -> None:
    content = as_csv([["10246", "2025", "北京", "法学", str(seats)] for seats in range(1, 12_000)])
    packed = as_archive(content)
    assert len(packed) < 100_000 < len(content)
    for path in (PLAN, "/v1/column-proposals?kind=enrolment-plan"):
        for body, media_type in ((content, CSV), (packed, "application/zip")):
            with files_of_at_most(100_000):
                answer = send(client, path, body, media_type)
            assert (answer.status_code, answer.json()["code"]) == (507, "insufficient_storage"), answer.text
            assert "没有保存任何内容" in answer.json()["detail"]
    assert stored(session, Batch) == 0 and not left_behind()
    assert send(client, f"{PLAN}&dry_run=true", packed, "application/zip").json()["accepted"] == 11_999


def test_half_a_body_is_no_file() -> None:
    messages = [
        {"type": "http.request", "body": as_csv()[:50], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return messages.pop(0)

    async def receiving() -> None:
        async with body_as_file(Request({"type": "http"}, receive), "x.csv"):
            raise AssertionError("half a file was taken for one")

    with pytest.raises(HTTPException) as refused:
        asyncio.run(receiving())
    assert refused.value.status_code == 400 and not messages and not left_behind()


def test_who_may_not_manage_batches_loads_nothing(app: FastAPI, client: TestClient, session: Session) -> None:
    reader = Principal("reader", "只读者", LOCAL.permissions - {Permission.MANAGE_BATCHES})
    app.dependency_overrides[current_principal] = lambda: reader
    for path in (PLAN, "/v1/column-proposals"):
        assert send(client, path, as_csv()).status_code == 403
    assert client.get("/v1/kinds").status_code == client.get("/v1/kinds/schools/template").status_code == 200
    nobody = Principal("nobody", "无权者", LOCAL.permissions - {Permission.READ_RECORDS})
    app.dependency_overrides[current_principal] = lambda: nobody
    assert client.get("/v1/kinds").status_code == 403
    assert stored(session, Batch) == 0
