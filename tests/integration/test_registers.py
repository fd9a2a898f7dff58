"""Registers on a day: what is corrected, what expires, who are partners, how far the pilot is."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.models import Batch, EnterpriseStatus, JointWork
from app.runs.enterprises import certified_enterprises, doubts_about, enterprise_at, enterprises_at
from app.runs.partnerships import partnerships, strength_of
from app.runs.pilot import pilot_progress
from app.runs.profiles import load_profile
from app.runs.registers import standing_entries
from tests.register_world import CHIPS, CLOUD, LANGUAGE, WINGS, fill_registers, step, tell

TODAY = date(2026, 11, 25)
ENGINEERING, FUDAN = "4131010856", "4131010246"


def history(*steps: tuple[str, date, date | None], **more: Any) -> list[EnterpriseStatus]:
    values: dict[str, Any] = {"credit_code": CHIPS, "name": "示例", "industry_name": "", "simulated": False}
    return [
        EnterpriseStatus(**{**values, **more}, id=n, status=status, since=since, until=until, round="")
        for n, (status, since, until) in enumerate(steps)
    ]


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (date(2021, 12, 31), None),
        (date(2022, 1, 1), "reserve"),
        (date(2023, 6, 30), "certified"),
        (date(2026, 6, 29), "certified"),
        (date(2026, 6, 30), "expired"),
        (date(2026, 9, 1), "certified"),
        (date(2029, 9, 1), "removed"),
    ],
)
def test_the_status_of_a_day_follows_from_the_history(on: date, status: str | None) -> None:
    steps = history(
        ("removed", date(2028, 1, 1), None),
        ("certified", date(2026, 9, 1), date(2029, 8, 31)),
        ("certified", date(2023, 6, 30), date(2026, 6, 29)),
        ("cultivating", date(2023, 6, 30), None),
        ("reserve", date(2022, 1, 1), None),
    )
    found = enterprise_at(steps, on)
    assert (found.status if found else None) == status
    if found:
        assert [s.since for s in found.steps] == sorted(s.since for s in steps)


def test_a_certification_without_a_reserve_before_it_is_doubted() -> None:
    steps = history(("certified", date(2023, 6, 30), date(2026, 6, 29)))
    steps += history(("reserve", date(2025, 1, 1), None), name="别名")
    found = enterprise_at(steps, TODAY)
    assert found
    assert ["没有纳入储备库" in doubt for doubt in doubts_about(found)] == [True, False]
    assert "示例、别名" in doubts_about(found)[1]


def test_the_register_of_a_day(session: Session) -> None:
    fill_registers(session)
    standing = {e.credit_code: e.status for e in enterprises_at(session, TODAY)}
    assert standing == {
        CHIPS: "certified",
        LANGUAGE: "expired",
        CLOUD: "cultivating",
        WINGS: "removed",
    }
    assert certified_enterprises(session, TODAY) == {CHIPS}
    assert certified_enterprises(session, date(2025, 6, 1)) == {CHIPS, LANGUAGE, WINGS}
    assert certified_enterprises(session, date(2030, 1, 1)) == frozenset()
    chips = enterprises_at(session, TODAY, CHIPS)[0]
    assert (chips.industry_code, chips.district_code) == ("C3973", "310115")  # from the first step
    assert chips.round == "第二批"


def test_a_later_row_corrects_an_earlier_one_until_its_batch_is_taken_back(session: Session) -> None:
    fill_registers(session)
    later = tell(session, "enterprise-register", step(LANGUAGE, "认证", "2023-01-01", "2027-12-31"))
    assert certified_enterprises(session, TODAY) == {CHIPS, LANGUAGE}
    assert len(enterprises_at(session, TODAY, LANGUAGE)[0].steps) == 2
    session.get_one(Batch, later).state = "withdrawn"
    session.commit()
    assert certified_enterprises(session, TODAY) == {CHIPS}


def test_within_a_file_the_last_row_of_a_key_stands(session: Session) -> None:
    row = {"name": "示例中心", "year": "2024", "schools": "复旦大学"}
    tell(session, "innovation-platforms", {**row, "state": "在建"}, {**row, "state": "运行"})
    tell(session, "joint-projects", {**row, "state": "终止"})
    found = session.scalars(standing_entries(JointWork).order_by(JointWork.form)).all()
    assert [(each.form, each.state) for each in found] == [("platform", "running"), ("project", "closed")]


def test_partners_are_those_of_one_alliance_one_work_or_one_base(session: Session) -> None:
    fill_registers(session)
    found = {(p.credit_code, p.school_code): p for p in partnerships(session, TODAY)}
    assert set(found) == {(CHIPS, ENGINEERING), (CLOUD, FUDAN)}
    chips = found[CHIPS, ENGINEERING]
    strengths = load_profile("shanghai").partnerships
    apart = (1 - strengths.lead.value) * (1 - strengths.joint_work.value) * (1 - strengths.base.value)
    assert strength_of(chips.signs, strengths) == pytest.approx(1 - apart)
    assert chips.grounds == (
        "共建芯片测试实训基地",
        "合作示例协同创新中心",
        "同属示例集成电路职教集团（一方牵头）",
    )
    cloud = found[CLOUD, FUDAN]
    assert cloud.signs == ("joint_work", "alliance")
    assert strength_of(cloud.signs, strengths) == pytest.approx(0.76)
    earlier = {(p.credit_code, p.school_code) for p in partnerships(session, date(2024, 12, 31))}
    assert (LANGUAGE, ENGINEERING) in earlier  # a member until that day


def test_progress_counts_what_the_plan_means(session: Session) -> None:
    fill_registers(session)
    found = {each.target.id: each for each in pilot_progress(session, TODAY)}
    assert {name: each.target.value for name, each in found.items()} == {
        "enterprises": 200,
        "projects": 30,
        "platforms": 40,
        "groups": 10,
    }
    assert {name: (each.count.reached, each.count.underway) for name, each in found.items()} == {
        "enterprises": (2, 0),
        "projects": (0, 1),
        "platforms": (2, 1),
        "groups": (1, 0),
    }
    assert found["enterprises"].count.parts == {
        "certified": 1,
        "expired": 1,
        "cultivating": 1,
        "removed": 1,
    }
    assert all(each.count.simulated == 0 for each in found.values())
    early = {each.target.id: each.count for each in pilot_progress(session, date(2022, 6, 1))}
    assert (early["enterprises"].reached, early["enterprises"].underway) == (0, 2)


def test_nothing_told_is_nothing_reached(session: Session) -> None:
    assert [each.count.reached for each in pilot_progress(session, TODAY)] == [0, 0, 0, 0]
    assert partnerships(session, TODAY) == ()
    assert certified_enterprises(session, TODAY) == frozenset()
