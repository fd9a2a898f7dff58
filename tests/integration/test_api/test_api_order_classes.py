"""Order classes over the API: proposals, moves, seats for one of two, events, re-placement, outcomes, agreement."""

import io
import threading
import time
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from docx import Document
from fastapi import FastAPI
from fastapi.testclient import TestClient
from published_world import CIRCUITS, COMMUNICATION, ENGINEERING, World, fill, make_run
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import ClassOutcome, Event, OfferingSeats, OrderClass, OrderClassMove, Placement, Posting, now
from app.runs.order_class_fixed import binding_classes, binding_classes_of
from app.runs.publish import publish
from app.runs.snapshot import take_snapshot

WHO = {"who": "教务处"}


@pytest.fixture
def proposed(client: TestClient, world: World) -> str:
    """The id of the one class the published run places: 30 heads at an offering of 60 seats."""
    answer = client.post("/v1/order-classes/proposals")
    assert answer.status_code == 200, answer.text
    assert answer.json()["proposed"] == 1
    return str(answer.json()["classes"][0]["id"])


def move(client: TestClient, class_id: str, to: str, version: int, **more: Any) -> Any:
    return client.patch(f"/v1/order-classes/{class_id}", json={"to": to, "version": version, **WHO, **more})


def walk(client: TestClient, class_id: str, *states: str) -> None:
    version = client.get(f"/v1/order-classes/{class_id}").json()["version"]
    for number, state in enumerate(states):
        answer = move(client, class_id, state, version + number, reason="按计划")
        assert answer.status_code == 200, answer.text


def another(session: Session, world: World, number: int, heads: int = 30) -> OrderClass:
    """One more proposed class at the same offering, of a posting of its own."""
    session.add(
        Posting(
            id=f"posting-x{number}",
            batch_id=world.batch,
            row=10 + number,
            fingerprint=f"{number:064d}",
            enterprise=f"企业{number}",
            title="通信工程师订单班",
            heads=heads,
            mode="order_class",
            level="bachelor",
        )
    )
    first = session.scalars(select(OrderClass)).first()
    assert first is not None
    row = OrderClass(
        posting_id=f"posting-x{number}",
        run_id=world.run,
        enterprise=f"企业{number}",
        title="通信工程师订单班",
        mode="order_class",
        school_code=ENGINEERING,
        level="bachelor",
        program_code=COMMUNICATION,
        start_year=first.start_year,
        heads=heads,
        fit=0.3,
        reasons=[],
        state="proposed",
        version=1,
    )
    session.add(row)
    session.commit()
    return row


def test_from_proposal_to_close_with_history_and_events(
    client: TestClient, session: Session, world: World, proposed: str
) -> None:
    again = client.post("/v1/order-classes/proposals").json()
    assert (again["proposed"], again["kept"]) == (0, 1)
    accepted = move(client, proposed, "school_accepted", 1)
    assert accepted.status_code == 200 and accepted.headers["cache-control"] == "no-store"
    assert accepted.json()["history"][-1]["figures"] == {"planned": 60, "held": 30}
    assert accepted.json()["next_states"] == [
        "enterprise_confirmed",
        "enterprise_withdrawn",
        "school_declined",
    ]
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    move(client, proposed, "enterprise_confirmed", 2)
    signed = move(client, proposed, "signed", 3, effective=yesterday).json()
    assert signed["history"][-1]["effective"] == yesterday
    walk(client, proposed, "running", "closed")
    detail = client.get(f"/v1/order-classes/{proposed}").json()
    states = ["proposed", "school_accepted", "enterprise_confirmed", "signed", "running", "closed"]
    assert [each["to_state"] for each in detail["history"]] == states
    assert [each["version"] for each in detail["history"]] == [1, 2, 3, 4, 5, 6]
    assert detail["enterprise"] == "示例企业" and detail["school_name"] and detail["state_name"] == "已结束"
    # The students of a class that has run had their seats.
    assert session.scalars(select(OfferingSeats.taken)).one() == 30
    feed = client.get("/v1/events?kind=order_class").json()
    assert [event["kind"] for event in feed["events"]] == [f"order_class.{state}" for state in states]
    assert [event["sequence"] for event in feed["events"]] == [1, 2, 3, 4, 5, 6]
    assert feed["events"][3]["payload"]["effective"] == yesterday
    assert "教务处" not in str(feed)
    page = client.get("/v1/events?after=2&limit=3").json()
    assert ([e["sequence"] for e in page["events"]], page["next_after"], page["more"]) == ([3, 4, 5], 5, True)
    rest = client.get(f"/v1/events?after={page['next_after']}&limit=3").json()
    assert ([e["sequence"] for e in rest["events"]], rest["next_after"], rest["more"]) == ([6], 6, False)
    none = client.get("/v1/events?after=0&kind=order_class.superseded").json()
    assert (none["events"], none["next_after"]) == ([], 6)
    listed = client.get(f"/v1/order-classes?state=closed&school={ENGINEERING}&enterprise=示例企业").json()
    assert [item["id"] for item in listed["items"]] == [proposed]
    assert client.get("/v1/order-classes?state=signed").json()["total"] == 0


def test_what_is_not_possible_says_what_is_and_changes_nothing(
    client: TestClient, session: Session, proposed: str
) -> None:
    tomorrow = (now() + timedelta(days=1)).date().isoformat()
    for to, more, status, said in (
        ("signed", {}, 409, "学校已接受（school_accepted）"),
        ("running", {}, 409, "现在可以变为"),
        ("school_declined", {}, 422, "理由"),
        ("school_accepted", {"who": " "}, 422, "由谁决定"),
        ("school_accepted", {"effective": tomorrow}, 422, "还没有到"),
        ("superseded", {}, 422, "只能是"),
        ("school_accepted", {"version": 7}, 409, "版本 1"),
    ):
        answer = (
            move(client, proposed, to, 1, **more)
            if "version" not in more
            else move(client, proposed, to, **more)
        )
        assert answer.status_code == status, (to, answer.text)
        assert said in answer.json()["detail"], (to, answer.text)
    assert move(client, "no-such", "school_accepted", 1).status_code == 404
    walk(client, proposed, "enterprise_withdrawn")
    assert "最后的状态" in move(client, proposed, "school_accepted", 2).json()["detail"]
    assert session.scalar(select(func.count()).select_from(OrderClassMove)) == 2
    assert session.scalar(select(func.max(Event.sequence))) == 2


def test_of_schools_accepting_the_last_seats_at_once_as_many_win_as_there_are_seats(
    app: FastAPI, session: Session, world: World, proposed: str
) -> None:
    classes = [proposed, *(another(session, world, number).id for number in range(5))]
    barrier, answers = threading.Barrier(len(classes)), list[Any]()

    def accept(class_id: str) -> None:
        with TestClient(app, raise_server_exceptions=False) as client:
            barrier.wait()
            answers.append(move(client, class_id, "school_accepted", 1))

    threads = [threading.Thread(target=accept, args=(each,)) for each in classes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 60 seats, classes of 30.
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409, 409, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert "还剩 0 人" in lost.json()["detail"] and "招生计划 60 人" in lost.json()["detail"]
    session.expire_all()
    assert session.scalars(select(OfferingSeats.taken)).one() == 60
    assert (
        session.scalar(
            select(func.count()).select_from(OrderClass).where(OrderClass.state == "school_accepted")
        )
        == 2
    )
    # Six at once, and the feed is 1, 2, 3: in the order of the moves, without gaps.
    assert list(session.scalars(select(Event.sequence).order_by(Event.sequence))) == [1, 2, 3]
    # Seats given back are there for the next.
    winner = session.scalars(select(OrderClass).where(OrderClass.state == "school_accepted")).first()
    loser = session.scalars(select(OrderClass).where(OrderClass.state == "proposed")).first()
    assert winner is not None and loser is not None
    with TestClient(app) as client:
        assert move(client, winner.id, "enterprise_withdrawn", 2, reason="计划有变").status_code == 200
        assert move(client, loser.id, "school_accepted", 1).status_code == 200
    session.expire_all()
    assert session.scalars(select(OfferingSeats.taken)).one() == 60


def test_the_same_class_moved_twice_at_once_is_moved_once(
    app: FastAPI, session: Session, proposed: str
) -> None:
    barrier, statuses = threading.Barrier(2), list[int]()

    def decide(to: str) -> None:
        with TestClient(app, raise_server_exceptions=False) as client:
            barrier.wait()
            statuses.append(move(client, proposed, to, 1, reason="工位不足").status_code)

    threads = [
        threading.Thread(target=decide, args=(to,)) for to in ("school_accepted", "enterprise_withdrawn")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(OrderClassMove)) == 2


def test_a_decline_places_that_posting_anew_and_moves_nothing_else(
    client: TestClient, session: Session, world: World, proposed: str
) -> None:
    other = another(session, world, 1)
    client.get("/v1/order-classes")
    client.post("/v1/postings", json={"enterprise": "预热", "title": "预热"})
    started = time.process_time()
    answer = move(client, proposed, "school_declined", 1, reason="实训工位不足")
    assert time.process_time() - started < 1
    assert answer.status_code == 200, answer.text
    anew = answer.json()["replacement"]
    assert anew["classes"], anew
    for item in anew["classes"]:
        assert item["replaces"] == proposed and item["state"] == "proposed"
        assert item["school_code"] != ENGINEERING
    assert anew["unmet"] + sum(item["heads"] for item in anew["classes"]) == 50
    session.expire_all()
    assert session.get_one(OrderClass, other.id).version == 1
    # Neither a further proposal nor the next reading of the run brings the declined pair back.
    again = client.post("/v1/order-classes/proposals").json()
    assert (again["refused"], again["proposed"], again["superseded"]) == (1, 0, 0)
    # Until a later run is published: then its placements stand for all that nobody has answered.
    later = make_run(session)
    fill(session, later, world.posting)
    publish(session, later)
    found = client.post("/v1/order-classes/proposals").json()
    assert found["superseded"] == len(anew["classes"]) + 1


def test_an_interns_class_holds_no_seats(
    client: TestClient, session: Session, world: World, proposed: str
) -> None:
    row = another(session, world, 1, heads=90)
    row.mode = "internship"
    session.commit()
    assert move(client, row.id, "school_accepted", 1).status_code == 200
    assert session.scalar(select(func.count()).select_from(OfferingSeats)) == 0


def test_a_later_run_replaces_what_nobody_answered_and_leaves_what_was_accepted(
    client: TestClient, session: Session, world: World, proposed: str
) -> None:
    later = make_run(session)
    fill(session, later, world.posting)
    row = session.scalars(select(Placement).where(Placement.run_id == later)).one()
    row.program_code = CIRCUITS
    session.commit()
    publish(session, later)
    found = client.post("/v1/order-classes/proposals").json()
    assert (found["proposed"], found["superseded"]) == (1, 1)
    assert client.get(f"/v1/order-classes/{proposed}").json()["state"] == "superseded"
    new = found["classes"][0]["id"]
    walk(client, new, "school_accepted")
    row.program_code, row.seats = COMMUNICATION, 40
    session.commit()
    after = client.post("/v1/order-classes/proposals").json()
    assert (after["proposed"], after["superseded"], after["waiting"]) == (0, 0, 1)
    assert client.get(f"/v1/order-classes/{new}").json()["state"] == "school_accepted"


def test_a_run_reads_classes_that_stay_and_can_read_them_again_as_they_were(
    client: TestClient, session: Session, world: World, proposed: str
) -> None:
    before = take_snapshot(session)
    assert before.order_classes == ()
    walk(client, proposed, "school_accepted", "enterprise_confirmed", "signed")
    session.expire_all()
    snapshot = take_snapshot(session)
    (fixed,) = snapshot.order_classes
    assert (fixed.state, fixed.heads, fixed.held) == ("signed", 30, True)
    assert fixed.key == (ENGINEERING, "bachelor", COMMUNICATION)
    assert snapshot.digest != before.digest
    walk(client, proposed, "running", "closed")
    session.expire_all()
    assert binding_classes(session) == ()
    (again,) = binding_classes_of(session, snapshot.order_class_moves)
    assert again[1] == fixed


def test_outcomes_are_recorded_once_and_checked(client: TestClient, session: Session, proposed: str) -> None:
    path = f"/v1/order-classes/{proposed}/outcomes"
    counted = {"day": "2024-08-31", "filled": 30, "graduated": 28, "hired": 21, "staying": 20}
    early = client.post(path, json=counted)
    assert early.status_code == 409 and "还没有开班" in early.json()["detail"]
    walk(client, proposed, "school_accepted", "enterprise_confirmed", "signed", "running")
    tomorrow = (now() + timedelta(days=1)).date().isoformat()
    for change, said in (
        ({"filled": 31}, "多于这个班的 30 个名额"),
        ({"graduated": 31}, "多于到班人数"),
        ({"staying": 22}, "多于企业录用人数"),
        ({"day": tomorrow}, "还没有到"),
        ({"filled": -1}, "大于或等于 0"),
    ):
        refused = client.post(path, json={**counted, **change})
        assert refused.status_code == 422, change
        assert said in refused.json()["detail"], refused.text
    assert client.post(path, json=counted).status_code == 201
    answer = client.post(path, json=counted)
    assert [each["hired"] for each in answer.json()["outcomes"]] == [21]
    assert session.scalar(select(func.count()).select_from(ClassOutcome)) == 1


def test_the_agreement_is_a_docx_of_the_class(client: TestClient, proposed: str) -> None:
    answer = client.get(f"/v1/order-classes/{proposed}/agreement")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.docx"')
    assert zipfile.is_zipfile(io.BytesIO(answer.content))
    document = Document(io.BytesIO(answer.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])
    for said in ("示例企业", "上海工程技术大学", "通信工程", "30 人", "订单班", "模拟数据", proposed):
        assert said in text, said
    assert "{" not in text
    assert client.get("/v1/order-classes/no-such/agreement").status_code == 404
