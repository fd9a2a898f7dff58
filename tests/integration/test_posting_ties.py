"""What the registers say reaches a run through its snapshot, which the run can be given again."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.models import Run
from app.planning.supply import OfferingSupply
from app.reference import load_reference
from app.runs.compute import _resources
from app.runs.fits import FitTables, Listed
from app.runs.placement import PlacementFacts, place_order_classes
from app.runs.placement_facts import placement_facts
from app.runs.profiles import load_profile
from app.runs.snapshot import Snapshot, take_snapshot
from app.runs.ties import PostingTie, workplaces_of
from tests.register_world import CHIPS, CLOUD, LANGUAGE, fill_registers, step, tell

ENGINEERING, FUDAN = "4131010856", "4131010246"


def post(session: Session, id: str, credit_code: str = "", heads: int = 20, **more: str) -> None:
    row = {"id": id, "enterprise": "示例", "title": "测试工程师", "level": "本科", "heads": str(heads)}
    tell(
        session,
        "postings",
        {**row, "credit_code": credit_code, "mode": "订单班", "class_size_min": "10", **more},
    )


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


def test_interns_are_no_more_than_the_workplaces_of_practice_bases(session: Session) -> None:
    post(session, "a-class", CHIPS)
    post(session, "b-interns", CHIPS, mode="实习", class_size_min="")
    base = {"school_code": "10856", "name": "实践基地", "kind": "企业内", "places": "8", "credit_code": CHIPS}

    def placed() -> dict[str, int]:
        snapshot = take_snapshot(session)
        facts = placement_facts(load_profile("shanghai"), terms=snapshot.posting_terms, ties=snapshot.ties)
        offering = OfferingSupply(
            ENGINEERING, "bachelor", "080710T", "", None, False, 2025, 90.0, 90.0, {}, (), False
        )
        ids = [row.id for row in snapshot.postings]
        nothing: Listed = Listed((), {})
        fits = FitTables(
            programs=Listed((), {"bachelor:080710T": 0}), industries=nothing, occupations=nothing,
            postings=Listed((), {id: i for i, id in enumerate(ids)}),
            industry=np.zeros((1, 0)), occupation=np.zeros((1, 0)), posting=np.full((1, len(ids)), 0.6),
            links=frozenset(), told=np.full(len(ids), -1),
        )  # fmt: skip
        result = place_order_classes(
            snapshot, [offering], fits, load_reference(), load_profile("shanghai"), facts
        )
        return {one.posting_id: one.seats for one in result.classes}

    assert placed() == {"a-class": 20, "b-interns": 20}
    tell(session, "training-bases", {**base, "kind": "校内"})
    assert placed() == {"a-class": 20, "b-interns": 20}
    tell(session, "training-bases", base, {**base, "name": "第二基地", "places": "4"})
    tell(
        session, "training-bases", {**base, "school_code": "10246", "places": "6"}
    )  # the same base, told twice
    assert placed() == {"a-class": 20, "b-interns": 12}
    assert (workplaces_of(session, CHIPS), workplaces_of(session, CLOUD)) == (12, None)


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
