"""What the registers say reaches a run through its snapshot, which the run can be given again."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.models import Run
from app.reference import load_reference
from app.runs.compute import _resources
from app.runs.placement import PlacementFacts
from app.runs.placement_facts import placement_facts
from app.runs.profiles import load_profile
from app.runs.snapshot import Snapshot, take_snapshot
from app.runs.ties import PostingTie
from tests.register_world import CHIPS, CLOUD, LANGUAGE, fill_registers, step, tell

ENGINEERING, FUDAN = "4131010856", "4131010246"


def post(session: Session, id: str, credit_code: str = "", heads: int = 20) -> None:
    row = {"id": id, "enterprise": "示例", "title": "测试工程师", "level": "本科", "heads": str(heads)}
    tell(session, "postings", {**row, "credit_code": credit_code, "mode": "订单班", "class_size_min": "10"})


def facts_of(ties: tuple[PostingTie, ...]) -> PlacementFacts:
    return placement_facts(load_profile("shanghai"), ties=ties)


def run_of(snapshot: Snapshot, **parameters: Any) -> Run:
    return Run(
        id="run",
        batch_ids=list(snapshot.batch_ids),
        snapshot_digest=snapshot.digest,
        parameters={"decisions": [], **parameters},
    )


def test_a_certification_raises_a_posting_until_it_ends(session: Session) -> None:
    post(session, "a-unnamed")
    post(session, "b-chips", CHIPS)
    tell(session, "enterprise-register", step(CHIPS, "认证", "2024-06-30", "2099-06-29"))
    ties = take_snapshot(session).ties
    assert [(t.posting_id, t.credit_code, t.integration, t.partners) for t in ties] == [
        ("b-chips", CHIPS, "certified", ())
    ]
    assert facts_of(ties).integration == {CHIPS: "certified"}
    tell(session, "enterprise-register", step(CHIPS, "认证", "2024-06-30", "2025-06-29"))
    ended = take_snapshot(session)
    assert (facts_of(ended.ties).integration, ended.simulated) == ({}, False)
    assert [tie.credit_code for tie in ended.ties] == [CHIPS]


def test_known_partners_and_cultivated_enterprises_are_told(session: Session) -> None:
    fill_registers(session)
    post(session, "a-language", LANGUAGE)
    post(session, "b-cloud", CLOUD)
    post(session, "c-cloud", CLOUD, heads=30)
    ties = take_snapshot(session).ties
    facts = facts_of(ties)
    assert facts.integration == {CLOUD: "cultivated"}  # the other's certification is over
    assert facts.partnerships == {(CLOUD, FUDAN): pytest.approx(0.76)}


def test_what_is_simulated_in_a_tie_makes_the_snapshot_simulated(session: Session) -> None:
    post(session, "p", CHIPS)
    assert not take_snapshot(session).simulated
    made_up = step(CHIPS, "建设培育", "2024-06-30")
    tell(session, "enterprise-register", {**made_up, "simulated": "1"})
    assert take_snapshot(session).simulated


def test_teachers_and_bases_reach_the_readiness_of_openings(session: Session) -> None:
    assert _resources(take_snapshot(session), load_reference()) is None
    fill_registers(session)
    found = _resources(take_snapshot(session), load_reference())
    assert found is not None
    circuits = found(ENGINEERING, ("bachelor", "080710T"))
    assert (circuits.places, circuits.dual_qualified, circuits.whole_school) == (120, 300, True)
    mechanical = found(ENGINEERING, ("bachelor", "080202"))
    assert (mechanical.places, mechanical.dual_qualified, mechanical.year) == (60, 24, 2026)


def test_an_earlier_run_is_given_the_day_and_the_entries_it_saw(session: Session) -> None:
    post(session, "p", CHIPS)
    tell(session, "enterprise-register", step(CHIPS, "认证", "2024-06-30", "2099-06-29"))
    before = take_snapshot(session)
    tell(session, "enterprise-register", step(CHIPS, "移出", "2025-01-01"))
    after = take_snapshot(session)
    assert [t.integration for t in (*before.ties, *after.ties)] == ["certified", ""]
    assert before.digest != after.digest
    again = take_snapshot(session, run_of(before, day=str(before.day)))
    assert (again.ties, again.digest, again.day) == (before.ties, before.digest, before.day)
    with pytest.raises(ConflictError):
        take_snapshot(session, run_of(before, day="2024-01-01"))  # nobody was certified then
