"""Files through the API: the quarantine exported, corrected in a spreadsheet and taken back; reports of quality."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import LOCAL, Permission, Principal, current_principal
from app.api.attachment import CSV, XLSX, disposition
from app.ingest import ingest_file
from app.models import Batch, EnrolmentPlan

HEADER = "院校代码,年份,生源省份,专业名称,计划数,说明"


@pytest.fixture
def batch(session: Session, tmp_path: Path) -> str:
    path = tmp_path / "某校招生计划.csv"
    rows = ("法学,10,好", "炼金学,5,=1+2", "护理学,许多,@甲")
    path.write_text("\n".join([HEADER, *(f"10246,2025,北京,{row}" for row in rows)]), "utf-8")
    return str(ingest_file(session, path, "enrolment-plan", source="甲").batch)


def lines_of(content: bytes, kind: str) -> list[list[str]]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    sheet: Any = openpyxl.load_workbook(io.BytesIO(content)).active
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def saved(lines: list[list[str]], kind: str) -> bytes:
    if kind == "csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        return text.getvalue().encode("gb18030")
    book, content = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)  # type: ignore[union-attr]
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(("kind", "media_type"), [("csv", CSV), ("xlsx", XLSX)])
def test_what_waits_is_exported_corrected_and_taken_back(
    client: TestClient, session: Session, batch: str, kind: str, media_type: str
) -> None:
    answer = client.get(f"/v1/quarantine/export?batch={batch}&format={kind}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(media_type)
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    told = answer.headers["content-disposition"]
    assert told.startswith(f'attachment; filename="quarantine-{batch}.{kind}"; ')
    assert unquote(told.rsplit("''", 1)[1]) == f"隔离的行-某校招生计划-{batch[:8]}.{kind}"
    lines = lines_of(answer.content, kind)
    assert len(lines) == 3 and lines[0][4:10] == HEADER.split(",")
    assert [line[9] for line in lines[1:]] == ["'=1+2", "'@甲"], "no cell is a formula"
    place = lines[0].index("专业名称")
    lines[1][place] = "软件工程"
    content = saved(lines, kind)
    sent = {"content": content, "headers": {"Content-Type": media_type}}
    tried = client.post("/v1/quarantine/import?dry_run=true", **sent).json()
    assert (tried["accepted"], tried["batch"], tried["waiting"]) == (1, None, 2)
    done = client.post("/v1/quarantine/import", **sent).json()
    assert (done["of"], done["submitted"], done["unchanged"], done["accepted"]) == (batch, 2, 1, 1)
    again = client.post("/v1/quarantine/import", **sent).json()
    assert (again["resolved_before"], again["read"], again["waiting"]) == (1, 0, 1)
    assert session.get_one(Batch, done["batch"]).who == "local"
    assert session.scalar(select(func.count()).select_from(EnrolmentPlan)) == 2
    left = client.get(f"/v1/quarantine/export?batch={batch}&format={kind}")
    assert len(lines_of(left.content, kind)) == 2


def test_what_cannot_be_exported_says_why(client: TestClient, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_text(f"{HEADER}\n10246,2025,北京,法学,10,好\n", "utf-8")
    good = ingest_file(session, path, "enrolment-plan").batch
    none = client.get(f"/v1/quarantine/export?batch={good}")
    assert (none.status_code, none.json()["code"]) == (422, "invalid_input")
    assert "没有等待改正的行" in none.json()["detail"]
    assert client.get("/v1/quarantine/export?batch=none").status_code == 404
    for query in ("", "?batch=x&format=pdf", "?batch=x&kind=postings", "?batch=../x"):
        assert client.get(f"/v1/quarantine/export{query}").status_code == 422, query


def test_a_file_that_is_no_export_changes_nothing(client: TestClient, session: Session, batch: str) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    for media_type, content, said in (
        ("application/json", b"{}", "Content-Type"),
        (CSV, b"", "空的"),
        (CSV, HEADER.encode(), "不是隔离区导出的文件"),
        (CSV, b"\xff\xfe\x00\xd8", ""),
        (XLSX, b"no workbook", "不是有效的 Excel"),
        (XLSX, bomb.getvalue(), "压缩炸弹"),
    ):
        answer = client.post("/v1/quarantine/import", content=content, headers={"Content-Type": media_type})
        assert answer.status_code == 422 and said in answer.json()["detail"], answer.text
    assert client.get(f"/v1/quarantine?batch={batch}").json()["total"] == 2
    assert session.scalar(select(func.count()).select_from(Batch)) == 1


def test_a_body_beyond_the_limit_is_refused_while_it_arrives(client: TestClient) -> None:
    pieces = (bytes(1024 * 1024) for _ in range(65))
    answer = client.post("/v1/quarantine/import", content=pieces, headers={"Content-Type": CSV})
    assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")


def test_who_may_not_see_the_rows_gets_no_file_of_them(app: FastAPI, client: TestClient, batch: str) -> None:
    reader = Principal("reader", "只读者", LOCAL.permissions - {Permission.MANAGE_BATCHES})
    app.dependency_overrides[current_principal] = lambda: reader
    assert client.get(f"/v1/quarantine/export?batch={batch}").status_code == 403
    sent = {"content": b"x", "headers": {"Content-Type": CSV}}
    assert client.post("/v1/quarantine/import", **sent).status_code == 403  # type: ignore[arg-type]
    assert client.get(f"/v1/batches/{batch}/quality/export").status_code == 200
    nobody = Principal("nobody", "无权者", LOCAL.permissions - {Permission.READ_RECORDS})
    app.dependency_overrides[current_principal] = lambda: nobody
    assert client.get("/v1/data-quality/export").status_code == 403
    assert client.get(f"/v1/batches/{batch}/quality/export").status_code == 403


def test_reports_of_quality_as_workbooks(client: TestClient, batch: str) -> None:
    for path, name in (
        (f"/v1/batches/{batch}/quality/export", f"数据质量-招生计划-{batch[:8]}.xlsx"),
        ("/v1/data-quality/export", "数据质量-"),
    ):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.headers["content-type"] == XLSX
        assert unquote(answer.headers["content-disposition"].rsplit("''", 1)[1]).startswith(name)
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames[:3] == ["总览", "完整度", "隔离原因"]
        overview: Any = book["总览"]
        row = dict(zip(*overview.iter_rows(values_only=True), strict=True))
        assert (row["种类"], row["读"], row["接收"], row["隔离"]) == ("招生计划", 3, 1, 2)
        assert client.head(path).content == b""
    assert client.get("/v1/batches/none/quality/export").status_code == 404


def test_a_name_is_told_in_ascii_and_in_full() -> None:
    told = disposition('甲"/乙\r\n.csv', "rows.csv")
    assert told.isascii() and "\r" not in told and "\n" not in told
    assert unquote(told.rsplit("''", 1)[1]) == "甲__乙__.csv"
