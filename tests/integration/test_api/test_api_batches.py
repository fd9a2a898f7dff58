"""Batches decided and undone, rows corrected, figures traced: through the API."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import World
from sqlalchemy.orm import Session

from app.access import LOCAL, Permission, Principal, current_principal
from app.ingest import ingest_file

HEADER = "院校代码,年份,生源省份,专业名称,计划数"


@pytest.fixture
def held(session: Session, tmp_path: Path) -> str:
    path = tmp_path / "plans.csv"
    path.write_text(f"{HEADER}\n10246,2025,北京,法学,10\n10246,2025,北京,炼金学,5\n", "utf-8")
    report = ingest_file(session, path, "enrolment-plan", source="甲", licence="公开", who="张三", hold=True)
    return str(report.batch)


def test_a_held_batch_is_accepted_and_undone(client: TestClient, held: str) -> None:
    listed = client.get("/v1/batches?state=validated&source=甲").json()
    assert [item["id"] for item in listed["items"]] == [held]
    item = listed["items"][0]
    assert (item["who"], item["licence"], item["state_name"]) == ("张三", "公开", "已检查，等待决定")
    assert item["read"] == item["accepted"] + item["repeated"] + item["quarantined"] == 2
    answer = client.post(f"/v1/batches/{held}/moves", json={"move": "accept", "reason": "核对过"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["batch"]["state"] == "accepted"
    refused = client.post(f"/v1/batches/{held}/moves", json={"move": "reject"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (
        client.post(f"/v1/batches/{held}/moves", json={"move": "undo"}).json()["batch"]["state"] == "rejected"
    )
    detail = client.get(f"/v1/batches/{held}").json()
    assert [(move["to_state"], move["who"]) for move in detail["moves"]] == [
        ("received", "张三"),
        ("validated", "张三"),
        ("accepted", "local"),
        ("rejected", "local"),
    ]
    assert client.get("/v1/batches?state=validated").json()["total"] == 0
    assert client.post("/v1/batches/none/moves", json={"move": "undo"}).status_code == 404
    assert client.post(f"/v1/batches/{held}/moves", json={"move": "burn"}).status_code == 422


def test_rows_of_the_quarantine_are_listed_and_corrected(client: TestClient, held: str) -> None:
    client.post(f"/v1/batches/{held}/moves", json={"move": "accept"})
    listed = client.get(f"/v1/quarantine?batch={held}").json()
    (row,) = listed["items"]
    assert (row["row"], row["column"], row["value"]) == (3, "专业名称", "炼金学")
    assert row["cells"]["计划数"] == "5"
    assert client.get("/v1/quarantine?reason=unknown_program&kind=enrolment-plan").json()["total"] == 1
    assert client.get("/v1/quarantine?reason=missing_value").json()["total"] == 0
    path = f"/v1/batches/{held}/corrections"
    still = client.post(path, json={"rows": [{"id": row["id"], "cells": {"专业名称": "占星学"}}]})
    assert still.status_code == 422
    assert "没有一行可以接收" in still.json()["detail"]
    body = {"rows": [{"id": row["id"], "cells": {"专业名称": "软件工程"}}]}
    tried = client.post(path, json={**body, "dry_run": True}).json()
    assert (tried["accepted"], tried["batch"], tried["waiting"]) == (1, None, 1)
    done = client.post(path, json=body).json()
    assert (done["read"], done["accepted"], done["waiting"]) == (1, 1, 0)
    again = client.post(path, json=body).json()
    assert (again["resolved_before"], again["read"]) == (1, 0)
    assert client.get(f"/v1/quarantine?batch={held}").json()["total"] == 0
    resolved = client.get(f"/v1/quarantine?batch={held}&state=resolved").json()["items"][0]
    assert (resolved["resolved_by"], resolved["resolution"]) == (done["batch"], "accepted")
    assert client.get(f"/v1/batches/{held}").json()["children"] == [done["batch"]]


def test_a_figure_leads_to_its_rows(client: TestClient, world: World) -> None:
    body = client.get(f"/v1/lineage/placement/{world.posting}").json()
    assert body["run"] == world.run
    assert [(row["file"], row["row"], row["value"]) for row in body["items"]] == [("postings.csv", 1, 50.0)]
    assert [batch["id"] for batch in body["batches"]] == [world.batch]
    assert client.get("/v1/lineage/balance/bachelor:080901").json()["figures"]["demand"] == 500.0
    assert client.get("/v1/lineage/balance/bachelor:999999").status_code == 404
    assert client.get("/v1/lineage/balance/nothing").status_code == 422
    assert client.get("/v1/lineage/everything/1").status_code == 422


def test_who_may_not_manage_batches_is_refused(app: FastAPI, client: TestClient, held: str) -> None:
    reader = Principal("reader", "只读者", LOCAL.permissions - {Permission.MANAGE_BATCHES})
    app.dependency_overrides[current_principal] = lambda: reader
    assert client.get(f"/v1/batches/{held}").status_code == 200
    assert client.get("/v1/quarantine").status_code == 403
    assert client.post(f"/v1/batches/{held}/moves", json={"move": "accept"}).status_code == 403
    assert (
        client.post(f"/v1/batches/{held}/corrections", json={"rows": [{"id": 1, "cells": {}}]}).status_code
        == 403
    )


def test_the_quality_of_a_batch_and_of_the_whole(client: TestClient, held: str) -> None:
    report = client.get(f"/v1/batches/{held}/quality").json()
    assert (report["read"], report["accepted"], report["quarantined"]) == (2, 1, 1)
    assert [(each["column"], each["rows"]) for each in report["refused"]] == [("专业名称", 1)]
    assert client.get("/v1/data-quality").json() == {"kinds": []}  # what is held does not count
    client.post(f"/v1/batches/{held}/moves", json={"move": "accept"})
    kinds = client.get("/v1/data-quality").json()["kinds"]
    assert [(each["kind"], each["records"]) for each in kinds] == [("enrolment-plan", 1)]
    assert client.get("/v1/batches/none/quality").status_code == 404
