"""Those who go on studying are carried to the level above, none lost and none doubled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.further_study import Continuations, going_on, with_further_study
from app.planning.profile import Profile
from app.planning.seats import graduates_per_seat
from app.planning.supply import OfferingSupply, project_supply
from app.planning.uncertainty import _supply
from tests.unit.planning.builders import PROFILE, plan

LOWER, UPPER, TOP = "secondary_vocational", "higher_vocational", "bachelor"
PROGRAMS = {
    (LOWER, "L1"): Continuations(((UPPER, "U1"),), "电子信息类"),
    (LOWER, "L2"): Continuations((), "电子信息类"),
    (LOWER, "L3"): Continuations((), "护理类"),
    (UPPER, "U1"): Continuations(((TOP, "T1"),), "电子信息类"),
    (UPPER, "U2"): Continuations((), "电子信息类"),
    (UPPER, "U3"): Continuations((), "旅游类"),
}


def offerings(*rows: tuple[str, str, int]) -> tuple[OfferingSupply, ...]:
    plans = [plan(code, level=level, seats=seats) for level, code, seats in rows]
    return project_supply(plans, [], [], [], PROFILE).offerings


def planned(share: float) -> Profile:
    data = PROFILE.model_dump()
    for number in data["supply"]["already_planned"].values():
        number["value"] = share
    return Profile.model_validate(data)


def entrants(rows: tuple[OfferingSupply, ...]) -> dict[str, float]:
    return {row.program_code: row.entrants for row in rows if row.entrants}


def test_links_come_first_then_the_class_then_everything_by_seats() -> None:
    before = offerings((LOWER, "L1", 100), (UPPER, "U1", 30), (UPPER, "U2", 10), (UPPER, "U3", 20))
    heads = going_on(next(row for row in before if row.program_code == "L1"))
    after, _, _ = with_further_study(before, PROGRAMS, PROFILE)
    assert entrants(after) == {"U1": pytest.approx(heads)}
    before = offerings((LOWER, "L2", 100), (UPPER, "U1", 30), (UPPER, "U2", 10), (UPPER, "U3", 20))
    after, _, _ = with_further_study(before, PROGRAMS, PROFILE)
    assert entrants(after) == {"U1": pytest.approx(heads * 0.75), "U2": pytest.approx(heads * 0.25)}
    before = offerings((LOWER, "L3", 100), (UPPER, "U1", 30), (UPPER, "U3", 30))
    after, _, _ = with_further_study(before, PROGRAMS, PROFILE)
    assert entrants(after) == {"U1": pytest.approx(heads / 2), "U3": pytest.approx(heads / 2)}


def test_entrants_graduate_with_the_others_and_go_on_themselves() -> None:
    before = offerings((LOWER, "L1", 100), (UPPER, "U1", 30), (TOP, "T1", 40))
    after, flows, warnings = with_further_study(before, PROGRAMS, PROFILE)
    lower, upper, top = (
        next(row for row in after if row.program_code == code) for code in ("L1", "U1", "T1")
    )
    rates = {name: rate.value for name, rate in upper.rates.items()}
    expected = (
        (30 * rates["registration"] + going_on(lower))
        * rates["completion"]
        * rates["destination"]
        * (1 - rates["further_study"])
        * rates["retention"]
    )
    assert upper.graduates == pytest.approx(expected)
    assert top.entrants == pytest.approx(going_on(upper)) and going_on(upper) > going_on(before[1])
    assert [(flow.level, flow.graduate_after) for flow in flows] == [(LOWER, 7), (UPPER, 7), (TOP, 7)]
    assert {warning.code for warning in warnings} == {"further_study"}
    assert graduates_per_seat(upper) == pytest.approx(
        graduates_per_seat(before[2 if before[2].program_code == "U1" else 1])
    )


def test_what_the_plans_hold_already_is_not_added() -> None:
    before = offerings((LOWER, "L1", 100), (UPPER, "U1", 30))
    after, flows, _ = with_further_study(before, PROGRAMS, planned(1.0))
    assert after == before and flows[0].planned == pytest.approx(flows[0].going_on)


def test_without_a_level_above_they_leave_and_are_counted() -> None:
    before = offerings((LOWER, "L1", 100))
    after, (flow,), warnings = with_further_study(before, PROGRAMS, PROFILE)
    assert after == before and flow.left == pytest.approx(flow.going_on) and warnings == ()


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([LOWER, UPPER, TOP]),
            st.sampled_from(["L1", "L2", "L3", "U1", "U2", "T1"]),
            st.integers(0, 500),
        ),
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    st.floats(0, 1),
)
def test_no_head_is_lost_or_doubled(rows: list[tuple[str, str, int]], share: float) -> None:
    before = offerings(*rows)
    after, flows, _ = with_further_study(before, PROGRAMS, planned(share))
    assert [row.key for row in after] == [row.key for row in before]
    for flow in flows:
        assert flow.going_on == pytest.approx(flow.entered + flow.planned + flow.left)
        assert flow.going_on == pytest.approx(sum(going_on(row) for row in after if row.level == flow.level))
    assert sum(row.entrants for row in after) == pytest.approx(sum(flow.entered for flow in flows))
    for row, was in zip(after, before, strict=True):
        # Everyone who completes with a destination goes to work here, to work elsewhere, or on studying.
        done = (row.seats * row.rates["registration"].value + row.entrants) * row.rates["completion"].value
        done *= row.rates["destination"].value
        work = row.graduates / row.rates["retention"].value
        assert done == pytest.approx(work + going_on(row))
        assert row.graduates >= was.graduates - 1e-9


def test_the_draws_know_the_entrants() -> None:

    after, _, _ = with_further_study(offerings((LOWER, "L1", 1000), (UPPER, "U1", 30)), PROGRAMS, PROFILE)
    keys = [(row.level, row.program_code) for row in after]
    drawn = _supply(keys, after, PROFILE, 2000, np.random.Generator(np.random.PCG64(3)))
    for j, row in enumerate(after):
        assert np.median(drawn[:, j]) == pytest.approx(row.graduates, rel=0.03)
