"""What the outcomes of order classes come to, templates of agreements that are wrong, and the command line."""

import json
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.cli import app as cli
from app.errors import SettingsError
from app.ingest import accept_rows
from app.models import Offering, OrderClass, Placement, Posting, Run
from app.planning.plans import PlanRow
from app.runs.feedback import feedback_pairs
from app.runs.order_class_agreement import written
from app.runs.order_class_outcomes import class_outcome_rows
from app.runs.publish import publish
from app.settings import get_settings
from tests.unit.planning.builders import outcome, plan

KEY = ("4131010246", "bachelor", "080901")


@pytest.fixture
def closed(session: Session) -> OrderClass:
    """A closed class of 30 at an offering of 120 seats, with its posting."""
    rows = [{"enterprise": "企业", "title": "软件工程师", "description": "写程序，计算机专业", "heads": 30}]
    accept_rows(session, "postings", rows, source="测试")
    posting = session.scalars(select(Posting)).one()
    row = OrderClass(
        posting_id=posting.id,
        enterprise="企业",
        title="软件工程师",
        mode="order_class",
        school_code=KEY[0],
        level=KEY[1],
        program_code=KEY[2],
        start_year=2025,
        heads=30,
        fit=0.5,
        reasons=[],
        state="closed",
        version=6,
    )
    session.add(row)
    session.commit()
    return row


def counted(session: Session, row: OrderClass, day: str, graduated: int, hired: int) -> None:
    values = {"order_class_id": row.id, "day": day, "filled": 30, "graduated": graduated, "hired": hired}
    accept_rows(session, "class-outcomes", [values], source="测试")


def plans(seats: int) -> tuple[PlanRow, ...]:
    return (plan(KEY[2], seats=seats, school_code=KEY[0], level=KEY[1]),)


def test_rates_of_an_offering_move_by_the_share_of_its_classes(session: Session, closed: OrderClass) -> None:
    counted(session, closed, "2024-08-31", 30, 3)
    counted(session, closed, "2025-08-31", 27, 18)
    known = outcome(KEY[2], 2023, school_code=KEY[0], level=KEY[1], matched_rate=0.5)
    (row,) = class_outcome_rows(session, [known], plans(120))
    # A quarter of the intake: 0.5 + 1/4 · (18/27 − 0.5); of completion nothing else is known, and a quarter is too few.
    assert row.matched_rate == pytest.approx(0.5 + 0.25 * (18 / 27 - 0.5), abs=1e-6)
    assert (row.completion_rate, row.retention_rate, row.year) == (None, None, 2025)
    (most,) = class_outcome_rows(session, [], plans(40))
    assert (most.completion_rate, most.matched_rate) == (0.9, pytest.approx(18 / 27, abs=1e-6))
    assert class_outcome_rows(session, [], plans(120)) == []
    # Without a plan the share is not known, and nothing moves.
    assert class_outcome_rows(session, [known], ()) == []
    assert class_outcome_rows(session, [known], plans(120), frozenset({"another"})) == []


def test_a_class_labels_its_posting_with_the_share_that_was_hired(
    session: Session, closed: OrderClass
) -> None:
    counted(session, closed, "2025-08-31", 28, 21)
    said = [pair for pair in feedback_pairs(session) if pair.origin == "placement_outcome"]
    assert [(pair.task, pair.target, pair.title) for pair in said] == [
        ("posting-class", "0809", "软件工程师")
    ]
    # The posting itself names the major, with half the weight of a verdict.
    assert said[0].gain == pytest.approx((1.0 * 0.5 + 0.75) / 1.5)
    closed.simulated = True
    session.commit()
    assert not [pair for pair in feedback_pairs(session) if pair.origin == "placement_outcome"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ class.mode }", "标记写错"),
        ("{{ class.who_signs }}", "不存在的名称"),
        ("{{ nobody }}", "不存在的名称"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "不允许的写法"),
        ("{% for x in range(10**9) %}{% endfor %}", "无法填写"),
        ("{{ 1 / 0 }}", "无法填写"),
    ],
)
def test_a_bad_template_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.docx"
    document = Document()
    document.add_paragraph(text)
    document.save(str(path))
    with pytest.raises(SettingsError, match=said) as caught:
        written(path, {"class": {"mode": "订单班"}})
    assert "own.docx" in str(caught.value) and "CHANJIAO_AGREEMENT_TEMPLATE" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_template_that_is_no_docx_or_not_there_says_so(tmp_path: Path) -> None:
    path = tmp_path / "own.docx"
    with pytest.raises(SettingsError, match=r"own\.docx"):
        written(path, {})
    path.write_bytes(b"not a document")
    with pytest.raises(SettingsError, match="不是有效的 DOCX"):
        written(path, {})


def test_values_are_written_as_they_are(tmp_path: Path) -> None:
    path, out = tmp_path / "own.docx", tmp_path / "out.docx"
    document = Document()
    document.add_paragraph("{{ name }}")
    document.save(str(path))
    out.write_bytes(written(path, {"name": "甲 & 乙 <b>{{ 7 * 7 }}"}))
    assert Document(str(out)).paragraphs[0].text == "甲 & 乙 <b>{{ 7 * 7 }}"


def test_the_command_line_walks_a_class(
    engine: Engine, session: Session, closed: OrderClass, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHANJIAO_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    get_settings.cache_clear()
    try:
        run = Run(
            state="finished", profile="shanghai", profile_digest="p", parameters={"profile": "shanghai"},
            model_version="m", reference_digest="r", snapshot_digest="s", batch_ids=[], summary={}, warnings=[],
        )  # fmt: skip
        session.add(run)
        session.flush()
        offered = {"school_code": KEY[0], "level": KEY[1], "program_code": "080902"}
        session.add(Offering(run_id=run.id, **offered, seats=40, graduates=20, rates={}, batch_ids=[]))
        placed = {"posting_id": closed.posting_id, "seats": 30, "fit": 0.4, "reasons": []}
        session.add(Placement(run_id=run.id, **offered, **placed))
        session.commit()
        publish(session, run.id)

        def ask(*words: str) -> dict[str, object]:
            result = CliRunner().invoke(cli, ["order-classes", *words, "--json"], catch_exceptions=False)
            assert result.exit_code == 0, result.output
            return dict(json.loads(result.stdout))

        (made,) = ask("propose")["proposed"]  # type: ignore[misc]
        assert ask("propose")["kept"] == 1
        assert ask("move", made, "school_accepted", "--who", "教务处")["version"] == 2
        listed = ask("list", "--state", "school_accepted", "--school", "10246")
        assert listed["total"] == 1 and listed["order_classes"][0]["id"] == made  # type: ignore[index]
        shown = ask("show", made)
        assert [move["to_state"] for move in shown["history"]] == ["proposed", "school_accepted"]  # type: ignore[attr-defined]
        path = tmp_path / "agreement.docx"
        assert ask("agreement", made, "--out", str(path))["bytes"] == path.stat().st_size
        words = ["order-classes", "show", made]
        assert "enterprise_confirmed" in CliRunner().invoke(cli, words, catch_exceptions=False).output
    finally:
        get_settings.cache_clear()


def test_the_days_of_outcomes_are_days(session: Session, closed: OrderClass) -> None:
    counted(session, closed, "2025/8/31", 28, 21)
    (row,) = class_outcome_rows(session, [], plans(30))
    assert row.year == date(2025, 8, 31).year
