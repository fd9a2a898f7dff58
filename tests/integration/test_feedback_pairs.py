"""Feedback becomes labels: the latest verdict of each person, people averaged, postings without their majors."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest import accept_rows, ingest_file
from app.matching.documents import Task
from app.matching.labelled import LabelledPair
from app.models import Batch, Feedback
from app.runs.feedback import Verdict, feedback_pairs, receive_feedback
from app.runs.posting_majors import asked_classes, labels_of_posting, without_majors

DESCRIPTION = "负责基站开通与维护。通信工程、电子信息工程等相关专业，本科以上学历。能出差。"


def verdict(**changed: Any) -> Verdict:
    values: dict[str, Any] = {
        "task": Task.POSTING_CLASS,
        "title": "测试工程师",
        "text": "负责芯片测试",
        "level": None,
        "program_code": None,
        "target_code": "0807",
        "verdict": "accepted",
        "correct_code": None,
        "gain": 1.0,
        "reason": "",
        "origin": "recommendation_review",
        "run_id": None,
        "note": "",
    }
    return Verdict(**{**values, **changed})


def said(session: Session) -> dict[str, tuple[float, float, str]]:
    return {pair.target: (pair.gain, pair.weight, pair.origin) for pair in feedback_pairs(session)}


REJECTED = {"verdict": "rejected", "gain": 0.0}


def test_the_latest_verdict_of_a_person_counts(session: Session) -> None:
    receive_feedback(session, [verdict(), verdict(**REJECTED)], "a")
    assert said(session) == {"0807": (0.0, 1.0, "recommendation_review")}
    receive_feedback(session, [verdict(gain=0.6, origin="placement_outcome")], "a")
    assert said(session) == {"0807": (0.6, 1.0, "placement_outcome")}


def test_verdicts_of_different_people_are_averaged(session: Session) -> None:
    receive_feedback(session, [verdict()], "a")
    receive_feedback(session, [verdict(**REJECTED)], "b")
    receive_feedback(session, [verdict(gain=0.5, origin="school_correction")], "c")
    assert said(session) == {"0807": (0.5, 3.0, "school_correction")}


def test_a_lighter_origin_pulls_less(session: Session) -> None:
    receive_feedback(session, [verdict(origin="posting_majors")], "a")
    receive_feedback(session, [verdict(**REJECTED)], "b")
    assert said(session) == {"0807": (pytest.approx(1 / 3, abs=1e-6), 1.5, "recommendation_review")}


def test_a_correction_is_two_labels_and_is_taken_back_as_a_whole(session: Session) -> None:
    corrected = verdict(target_code="0809", verdict="corrected", correct_code="0807", gain=0.9)
    receive_feedback(session, [corrected], "a")
    assert {code: gain for code, (gain, _, _) in said(session).items()} == {"0809": 0.0, "0807": 0.9}
    receive_feedback(session, [verdict(target_code="0809")], "a")
    assert {code: gain for code, (gain, _, _) in said(session).items()} == {"0809": 1.0}


def test_a_program_without_a_text_comes_with_what_the_matching_reads_of_it(session: Session) -> None:
    source = {"title": "", "text": "", "level": "bachelor", "program_code": "080901"}
    given = verdict(task=Task.PROGRAM_INDUSTRY, target_code="I65", **source)
    receive_feedback(session, [given], "a")
    accept_rows(
        session,
        "program-texts",
        [{"level": "bachelor", "code": "080901", "name": "计算机科学与技术", "goal": "面向软件业培养人才"}],
        source="测试",
    )
    pair = feedback_pairs(session)[0]
    assert (pair.title, pair.level, pair.program_code) == ("计算机科学与技术", "bachelor", "080901")
    assert "计算机类" in pair.text and "面向软件业培养人才" in pair.text


def test_what_is_simulated_is_not_learned_from(session: Session) -> None:
    receive_feedback(session, [verdict(simulated=True)], "a")
    posting = {"enterprise": "示例", "title": "通信工程师", "description": DESCRIPTION}
    accept_rows(session, "postings", [posting], source="测试", simulated=True)
    assert feedback_pairs(session) == []


def test_texts_are_masked_before_they_are_stored(session: Session) -> None:
    received = receive_feedback(
        session,
        [
            verdict(
                title="找 13812345678", text="写信 a@b.cn", reason="310104199001011234", note="13812345679"
            )
        ],
        "a",
    )
    assert received.masked == 4
    stored = session.scalars(select(Feedback)).one()
    assert [stored.title, stored.text, stored.reason, stored.note] == [
        "找 [手机号]",
        "写信 [邮箱]",
        "[身份证号]",
        "[手机号]",
    ]
    again = receive_feedback(
        session,
        [
            verdict(
                title="找 13812345678", text="写信 a@b.cn", reason="310104199001011234", note="13812345679"
            )
        ],
        "a",
    )
    assert again.stored == 0


def test_a_file_lands_beside_other_feedback(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(
        "任务,标题,正文,专业层次,专业代码,目标代码,相配程度,审核人\n"
        "posting-class,测试工程师,负责芯片测试,,,0807,1,\n"
        "posting-class,测试工程师,负责芯片测试,,,0809,0,\n"
        "program-occupation,,,高职,510301,通信工程技术人员,0.5,王老师\n"
        "posting-class,测试工程师,负责芯片测试,,,0899,1,\n",
        "utf-8",
    )
    report = ingest_file(session, path, "labelled-pairs")
    assert (report.accepted, report.quarantined, report.reasons) == (3, 1, {"invalid_code": 1})
    assert ingest_file(session, path, "labelled-pairs").already
    receive_feedback(session, [verdict(**REJECTED)], "a")
    pairs = {(pair.task, pair.target): pair for pair in feedback_pairs(session)}
    assert pairs[Task.POSTING_CLASS, "0807"].gain == 0.5
    assert pairs[Task.POSTING_CLASS, "0809"].origin == "file"
    program = pairs[Task.PROGRAM_OCCUPATION, "2-02-10-01"]
    assert (program.gain, program.level, program.program_code) == (0.5, "higher_vocational", "510301")
    rows = session.scalars(select(Feedback).where(Feedback.batch_id == report.batch).order_by(Feedback.row))
    assert [(row.row, row.who) for row in rows] == [(2, "file"), (3, "file"), (4, "王老师")]


def test_rows_of_a_batch_that_is_not_accepted_do_not_count(session: Session) -> None:
    row = {"task": "posting-class", "title": "护士", "target_code": "1011", "gain": 1}
    report = accept_rows(session, "labelled-pairs", [row], source="测试")
    assert [pair.target for pair in feedback_pairs(session)] == ["1011"]
    session.get_one(Batch, report.batch).state = "withdrawn"
    session.commit()
    assert feedback_pairs(session) == []


def test_an_accepted_posting_that_names_majors_gives_labels_without_saying_so(session: Session) -> None:
    posting = {"enterprise": "示例", "title": "通信工程师", "description": DESCRIPTION}
    again = {**posting, "enterprise": "另一企业"}
    accept_rows(session, "postings", [posting, again], source="测试")
    text = "负责基站开通与维护。能出差。"
    assert feedback_pairs(session) == [
        LabelledPair(Task.POSTING_CLASS, "通信工程师", text, None, None, "0807", 1.0, 0.5, "posting_majors")
    ]
    receive_feedback(session, [verdict(title="通信工程师", text=text, **REJECTED)], "a")
    assert said(session) == {"0807": (pytest.approx(1 / 3, abs=1e-6), 1.5, "recommendation_review")}


def test_majors_are_found_by_program_class_or_unambiguous_beginning() -> None:
    assert asked_classes("", "计算机类、护理学等相关专业") == ("0809", "1011")
    assert asked_classes("", "通信专业毕业") == ("0807",)
    assert asked_classes("", "理工科专业") == ()
    assert asked_classes("", "护理专业", "higher_vocational") == ("5202", "1011")
    assert labels_of_posting("护士", "负责临床护理。") == []
    assert without_majors("会计专业优先！负责记账；财务、审计相关专业") == "负责记账；"


def test_labels_of_real_postings_agree_with_those_made_by_others(shared: Path) -> None:
    """125 of the real postings are among the labelled ones: hardly a class is wrong, and most are found."""

    def read(path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (shared / path).read_text("utf-8").splitlines()]

    gold = {row["id"]: set(row["program_classes"]) for row in read("eval/posting_classes.jsonl")}
    right = found = asked = 0
    for row in read("inputs/postings_shanghai_2024.jsonl"):
        labels = labels_of_posting(row["title"], row["description"] or "")
        assert not any("专业" in label.title + label.text for label in labels)
        if row["id"] in gold:
            targets = {label.target for label in labels}
            right += len(targets & gold[row["id"]])
            found += len(targets)
            asked += len(gold[row["id"]])
    assert right / found > 0.9
    assert right / asked > 0.6
