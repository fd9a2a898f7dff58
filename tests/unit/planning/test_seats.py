"""Seats: a program's gap is shared once, within a year's change, in whole people."""

import random
import time
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from app.planning.actions import Action, recommend
from app.planning.allocation import allocate
from app.planning.balance import ProgramBalance, ProgramKey, balance, program_supply
from app.planning.decision import LABELS
from app.planning.rates import Key, OutcomeRow
from app.planning.seats import after, share_out, whole
from app.planning.situation import ProgramFacts
from app.planning.supply import OfferingSupply, project_supply
from tests.unit.planning.builders import PROFILE, cell, outcome, plan

RULES = PROFILE.actions
AMOUNTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e4))


@st.composite
def shares(draw: st.DrawFn) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    n = draw(st.integers(0, 8))
    return (
        draw(AMOUNTS),
        draw(arrays(float, n, elements=AMOUNTS)),
        draw(arrays(float, n, elements=AMOUNTS)),
    )


@settings(max_examples=200)
@given(shares())
def test_a_share_never_exceeds_its_cap_and_together_they_give_out_what_can_be_taken(
    problem: tuple[float, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    total, weights, caps = problem
    given_out = share_out(total, weights, caps)
    assert (given_out >= 0).all() and (given_out <= caps).all()
    assert given_out.sum() == pytest.approx(min(total, caps[weights > 0].sum()), rel=1e-6, abs=1e-6)


def test_what_a_full_one_cannot_take_goes_to_the_others() -> None:
    assert share_out(10, [1, 1], [2, 100]) == pytest.approx([2, 8])
    assert share_out(9, [2, 1], [100, 100]) == pytest.approx([6, 3])


@pytest.mark.parametrize(
    ("seats", "expected"), [(0.9, 0), (4.99, 4), (5, 5), (9.9, 5), (10, 10), (29.999, 25)]
)
def test_seats_come_in_steps_and_below_one_step_in_single_people(seats: float, expected: int) -> None:
    assert whole(seats, RULES) == expected


def test_parts_of_a_person_are_rounded_towards_no_change() -> None:
    assert (after(8.3, 2), after(8.3, -2), after(8.3, 0)) == (10, 7, 8.3)


World = tuple[list[OfferingSupply], list[ProgramBalance], list[OutcomeRow], dict[ProgramKey, ProgramFacts]]


def world(seed: int, schools: int, programs: int, offerings: int, cells: int) -> World:
    """A made-up region: everything random, so that every rule fires somewhere."""
    chance = random.Random(seed)
    codes = [f"P{n:03}" for n in range(programs)]
    pairs = sorted({(f"41310{chance.randrange(schools):05}", chance.choice(codes)) for _ in range(offerings)})
    most = chance.choice([10, 100, 2000])
    plans = [plan(code, school_code=school, seats=chance.randrange(1, most)) for school, code in pairs]
    standing = {pair: chance.uniform(0.4, 1) for pair in pairs}
    outcomes = [
        outcome(
            code,
            year,
            school_code=school,
            destination_rate=standing[school, code],
            matched_rate=chance.uniform(0.3, 1),
            registration_rate=chance.choice([None, 0.0, chance.uniform(0.6, 1)]),
        )
        for school, code in pairs
        if chance.random() < 0.8
        for year in (2024, 2025)
    ]
    found = list(project_supply(plans, [], outcomes, [], PROFILE).offerings)
    supply = program_supply(found)
    keys = list(supply)
    wanted = [cell(f"c{n}", chance.choice([0, chance.uniform(1, 400)])) for n in range(cells)]
    numbers = np.random.default_rng(seed)
    fit = numbers.random((cells, len(keys))) ** 6
    rules = PROFILE.allocation
    allocation = allocate(
        np.array([c.central for c in wanted]),
        np.array([supply[key] for key in keys]),
        fit,
        fit_floor=rules.fit_floor.value,
        temperature=rules.temperature.value,
        supply_pull=rules.supply_pull.value,
    )
    balances = list(balance(keys, found, wanted, allocation, fit, numbers.random(len(keys)) + 0.4))
    groups = [(), (), ("health",), ("integrated_circuits",)]
    facts = {key: ProgramFacts(key[1], key[1][:3], chance.choice(groups)) for key in keys}
    return found, balances, outcomes, facts


def seats_per_head(offerings: list[OfferingSupply]) -> dict[Key, float]:
    return {o.key: o.graduates / o.seats if o.seats else 0.0 for o in offerings}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_every_offering_has_one_action_within_its_limits(seed: int) -> None:
    offerings, balances, outcomes, facts = world(seed, schools=4, programs=25, offerings=90, cells=20)
    actions = recommend(offerings, balances, outcomes, facts, {}, PROFILE)
    on_offerings = [a for a in actions if a.action != "open"]
    assert sorted((a.school_code, a.level, a.program_code) for a in on_offerings) == sorted(
        o.key for o in offerings
    )
    cap = RULES.yearly_change.value
    for a in on_offerings:
        change = a.seats_proposed - a.seats_now
        assert np.isfinite(a.priority) and a.priority >= 0 and a.seats_proposed >= 0
        assert a.rules and a.summary.startswith("建议")
        if a.action in ("keep", "upgrade"):
            assert change == 0
        elif a.action in ("suspend", "close"):
            assert a.seats_proposed == 0
        else:
            assert 0 < abs(change) <= cap * a.seats_now + 1e-9
            assert (change > 0) is (a.action == "expand")
        if set(facts[a.level, a.program_code].groups) & set(PROFILE.protected_groups):
            assert a.action not in ("shrink", "suspend", "close")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_actions_of_a_program_together_stay_within_its_gap(seed: int) -> None:
    offerings, balances, outcomes, facts = world(seed, schools=8, programs=6, offerings=60, cells=12)
    heads = seats_per_head(offerings)
    added: dict[ProgramKey, float] = defaultdict(float)
    removed: dict[ProgramKey, float] = defaultdict(float)
    for a in recommend(offerings, balances, outcomes, facts, {}, PROFILE):
        key = (a.school_code, a.level, a.program_code)
        if a.action == "expand":
            added[key[1:]] += (a.seats_proposed - a.seats_now) * heads[key]
        elif a.rules[0] != "destination.lowest" and a.action in ("shrink", "suspend", "close"):
            removed[key[1:]] += (a.seats_now - a.seats_proposed) * heads[key]
    for b in balances:
        key = (b.level, b.program_code)
        assert added[key] <= max(b.gap, 0) + 1e-6
        assert removed[key] <= max(-b.gap, 0) + 1e-6


def test_all_kinds_of_action_occur() -> None:
    kinds: set[str] = set()
    for seed in range(40):
        offerings, balances, outcomes, facts = world(seed, schools=4, programs=25, offerings=90, cells=20)
        kinds |= {a.action for a in recommend(offerings, balances, outcomes, facts, {}, PROFILE)}
    assert kinds == set(LABELS)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_is_of_no_account(seed: int, chance: random.Random) -> None:
    offerings, balances, outcomes, facts = world(seed, schools=5, programs=6, offerings=20, cells=8)
    plain = recommend(offerings, balances, outcomes, facts, {}, PROFILE)

    def shuffled(rows: list) -> list:  # type: ignore[type-arg]
        return chance.sample(rows, len(rows))

    turned = recommend(
        shuffled(offerings),
        shuffled(balances),
        shuffled(outcomes),
        dict(shuffled(list(facts.items()))),
        {},
        PROFILE,
    )
    assert [essence(a) for a in turned] == [essence(a) for a in plain]


def essence(action: Action) -> tuple[object, ...]:
    return (action.action, action.school_code, action.program_code, action.seats_proposed, action.rules)


def test_a_city_takes_seconds() -> None:
    """Of processor time, with what would change each of 900 actions and what each school could open."""
    parts = world(1, schools=70, programs=400, offerings=900, cells=300)
    assert len(parts[0]) > 800
    started = time.process_time()
    recommend(*parts, {}, PROFILE)
    assert time.process_time() - started < 4
