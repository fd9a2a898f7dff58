"""Certification and partnership reach the placement through the snapshot, which an earlier run can be given again."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.matching.documents import Document
from app.models import Run
from app.planning.supply import OfferingSupply
from app.reference import load_reference
from app.runs.compute import _place, _resources
from app.runs.fits import FitTables, Listed
from app.runs.profiles import load_profile
from app.runs.snapshot import Snapshot, take_snapshot
from tests.register_world import CHIPS, CLOUD, LANGUAGE, fill_registers, step, tell

ENGINEERING, FUDAN = "4131010856", "4131010246"


def post(session: Session, id: str, credit_code: str = "", heads: int = 20) -> None:
    row = {"id": id, "enterprise": "示例", "title": "测试工程师", "level": "本科", "heads": str(heads)}
    tell(session, "postings", {**row, "credit_code": credit_code, "mode": "订单班", "class_size_min": "10"})


def run_of(snapshot: Snapshot, **parameters: Any) -> Run:
    return Run(
        id="run",
        batch_ids=list(snapshot.batch_ids),
        snapshot_digest=snapshot.digest,
        parameters={"decisions": [], **parameters},
    )


def place(snapshot: Snapshot, seats: dict[str, int]) -> dict[tuple[str, str], int]:
    """Heads by posting and school, where every school's offering fits every posting alike."""
    offerings = [
        OfferingSupply(
            school, "bachelor", "080710T", "", None, False, 2025, float(n), float(n), {}, (), False
        )
        for school, n in seats.items()
    ]
    documents = [Document(row.id, row.title, "") for row in snapshot.postings]
    nothing = Listed((), {})
    fits = FitTables(
        programs=Listed((), {"bachelor:080710T": 0}),
        industries=nothing,
        occupations=nothing,
        postings=Listed(tuple(documents), {d.id: i for i, d in enumerate(documents)}),
        industry=np.zeros((1, 0)),
        occupation=np.zeros((1, 0)),
        posting=np.full((1, len(documents)), 0.8),
        links=frozenset(),
        told=np.full(len(documents), -1, dtype=np.int64),
    )
    placed = _place(snapshot, offerings, fits, load_reference(), load_profile("shanghai"))
    return {(each.posting_id, each.key[0]): each.seats for each in placed.classes}


def test_a_certified_enterprise_goes_before_others_until_its_certification_ends(session: Session) -> None:
    post(session, "a-other")
    post(session, "b-chips", CHIPS)
    assert set(place(take_snapshot(session), {FUDAN: 25})) == {("a-other", FUDAN)}
    tell(session, "enterprise-register", step(CHIPS, "认证", "2024-06-30", "2099-06-29"))
    snapshot = take_snapshot(session)
    assert [(tie.posting_id, tie.certified, tie.partners) for tie in snapshot.ties] == [("b-chips", True, ())]
    assert set(place(snapshot, {FUDAN: 25})) == {("b-chips", FUDAN)}
    tell(session, "enterprise-register", step(CHIPS, "认证", "2024-06-30", "2025-06-29"))
    assert take_snapshot(session).ties == ()


def test_known_partners_are_placed_together(session: Session) -> None:
    fill_registers(session)
    post(session, "a-none", LANGUAGE)
    post(session, "b-cloud", CLOUD)
    snapshot = take_snapshot(session)
    ties = {tie.posting_id: tie for tie in snapshot.ties}
    assert set(ties) == {"b-cloud"}
    assert [school for school, _ in ties["b-cloud"].partners] == [FUDAN]
    placed = place(snapshot, {ENGINEERING: 25, FUDAN: 25})
    assert placed == {("a-none", ENGINEERING): 20, ("b-cloud", FUDAN): 20}


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
    assert (len(before.ties), len(after.ties)) == (1, 0) and before.digest != after.digest
    again = take_snapshot(session, run_of(before, day=str(before.day)))
    assert (again.ties, again.digest, again.day) == (before.ties, before.digest, before.day)
    with pytest.raises(ConflictError):
        take_snapshot(session, run_of(before, day="2024-01-01"))  # nobody was certified then
