"""Draws: the same seed gives the same bits, the warm start the exact allocation, the ranges the quantiles they state."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.allocation import Array, allocate
from app.planning.balance import balance
from app.planning.cells import DemandCell, Staffing
from app.planning.certainty import Certainty, count_in_order, stays
from app.planning.profile import Profile
from app.planning.rules import decide
from app.planning.situation import ProgramFacts, survey
from app.planning.supply import OfferingSupply, project_supply
from app.planning.uncertainty import Draws, _heads, draw_balances, with_intervals
from tests.unit.planning.builders import PROFILE, cell, plan, profile

CODES = ("A", "B", "C")
PROGRAMS = [("bachelor", code) for code in CODES]
RULES = {
    "fit_floor": PROFILE.allocation.fit_floor.value,
    "temperature": PROFILE.allocation.temperature.value,
    "supply_pull": PROFILE.allocation.supply_pull.value,
}
NOTHING = {
    f"uncertainty__{name}": 0.0
    for name in (
        "source_correlation",
        "forecast_spread",
        "posting_spread",
        "figure_spread",
        "fit_spread",
        "program_spread",
        "rate_spread_data",
        "rate_spread_stated",
    )
}


def offered(*seats: int) -> tuple[OfferingSupply, ...]:
    rows = [plan(code, seats=n, row=i) for i, (code, n) in enumerate(zip(CODES, seats, strict=False))]
    return project_supply(rows, [], [], [], PROFILE).offerings


def drawn(
    cells: list[DemandCell],
    fit: list[list[float]],
    rules: Profile,
    seats: tuple[int, ...] = (100, 60, 30),
    seed: int = 1,
) -> Draws:
    offerings = offered(*seats)
    table = np.array(fit, float).reshape(len(cells), len(seats))
    central = allocate(
        np.array([c.central for c in cells], float),
        np.array([o.graduates for o in offerings]),
        table,
        **RULES,
    )
    return draw_balances(PROGRAMS[: len(seats)], offerings, cells, table, central, rules, seed)


def industries(*heads: float) -> list[DemandCell]:
    return [cell(str(i), n, industry_codes=(f"C3{i}",)) for i, n in enumerate(heads)]


FIT = [[0.6, 0.3, 0.0], [0.1, 0.5, 0.3], [0.0, 0.2, 0.7]]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    one, two, other = (drawn(industries(50, 40, 30), FIT, PROFILE, seed=seed) for seed in (5, 5, 6))
    assert one.demand.tobytes() == two.demand.tobytes() and one.supply.tobytes() == two.supply.tobytes()
    assert (one.demand != other.demand).any() and (one.supply != other.supply).any()


def test_a_change_of_demand_leaves_the_draws_of_supply_as_they_were() -> None:
    one, two = drawn(industries(50, 40, 30), FIT, PROFILE), drawn(industries(50, 40, 60), FIT, PROFILE)
    assert one.supply.tobytes() == two.supply.tobytes()


def test_without_any_spread_every_draw_is_the_central_balance() -> None:
    cells = [replace(c, low=c.central, high=c.central) for c in industries(50, 40, 30)]
    draws = drawn(cells, FIT, profile(**NOTHING))
    offerings = offered(100, 60, 30)
    supply = np.array([o.graduates for o in offerings])
    central = allocate(np.array([50.0, 40.0, 30.0]), supply, np.array(FIT), **RULES)
    assert draws.supply == pytest.approx(np.tile(supply, (200, 1)))
    assert draws.demand == pytest.approx(np.tile(central.shares.sum(axis=0), (200, 1)), rel=1e-6)
    assert draws.unmet == pytest.approx(central.unmet.sum(), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(1, 1e4), min_size=3, max_size=3),
    st.lists(st.integers(1, 500), min_size=3, max_size=3),
    st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.9]), min_size=9, max_size=9),
    st.integers(0, 2**48),
)
def test_a_warm_start_reaches_what_solving_from_the_beginning_reaches(
    heads: list[float], seats: list[int], fits: list[float], seed: int
) -> None:
    """Fits as they are, demand and rates drawn: each draw against `allocate` from nothing, to 1e-9."""
    rules = profile(uncertainty__fit_spread=0.0, uncertainty__program_spread=0.0)
    cells, fit = industries(*heads), np.array(fits).reshape(3, 3)
    draws = drawn(cells, fit.tolist(), rules, (seats[0], seats[1], seats[2]), seed)
    low, centre, high = ([getattr(c, name) for c in cells] for name in ("low", "central", "high"))
    total = draws.demand.sum(axis=1) + draws.unmet
    assert (draws.demand >= 0).all() and (draws.unmet >= -1e-9).all()
    assert np.isfinite(draws.demand).all() and low <= centre <= high
    # Heads of the draw are not handed out: with one cell only, they are the total, and the allocation can be redone.
    one = drawn([cells[0]], [fit[0].tolist()], rules, (seats[0], seats[1], seats[2]), seed)
    asked = one.demand.sum(axis=1) + one.unmet
    for d in range(0, 200, 23):
        exact = allocate(asked[d : d + 1], one.supply[d], fit[:1], **RULES)
        assert one.demand[d] == pytest.approx(exact.shares.sum(axis=0), rel=2e-3, abs=1e-6)
    assert (total > 0).any()


def test_draws_of_fit_are_allocations_of_the_fits_that_were_drawn() -> None:
    """One program error for all fits of a program, no other: the draw is the allocation with fits × exp(error)."""
    rules = profile(**{**NOTHING, "uncertainty__program_spread": 0.15})
    cells = [replace(c, low=c.central, high=c.central) for c in industries(50, 40, 30)]
    draws = drawn(cells, FIT, rules)
    supply = np.array([o.graduates for o in offered(100, 60, 30)])
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence(1).spawn(3)[2]))
    for d in range(20):
        stream.standard_normal(np.count_nonzero(np.array(FIT) >= RULES["fit_floor"]))
        error = 0.15 * stream.standard_normal(3)
        exact = allocate(np.array([50.0, 40.0, 30.0]), supply, np.array(FIT) * np.exp(error), **RULES)
        assert draws.demand[d] == pytest.approx(exact.shares.sum(axis=0), rel=1e-3)


def test_low_and_high_are_the_quantiles_that_the_profile_says() -> None:
    rules = profile(**NOTHING, uncertainty__range_share=0.8, uncertainty__draws=4000)
    cells = [cell("one", 100, low=80, high=160)]
    draws = drawn(cells, [[0.9, 0.0, 0.0]], rules)
    asked = draws.demand.sum(axis=1) + draws.unmet
    assert np.quantile(asked, [0.1, 0.5, 0.9]) == pytest.approx([80, 100, 160], rel=0.05)


def test_a_wider_range_gives_a_wider_interval_and_the_quantiles_are_in_order() -> None:
    wide = [replace(c, low=0.0, high=c.central * 4) for c in industries(50, 40, 30)]
    near, far = (drawn(cells, FIT, PROFILE).quantiles() for cells in (industries(50, 40, 30), wide))
    assert (near[0] <= near[1]).all() and (near[1] <= near[2]).all()
    assert ((far[2] - far[0]) > (near[2] - near[0])).all()


def test_cutting_a_record_in_two_changes_no_draw_without_own_errors() -> None:
    rules = profile(**{**NOTHING, "uncertainty__source_correlation": 1.0, "uncertainty__fit_spread": 0.3})
    whole = industries(50, 40)
    halves = [
        replace(c, key=f"{c.key}{n}", low=c.low / 2, central=c.central / 2, high=c.high / 2)
        for c in whole
        for n in "ab"
    ]
    one = drawn(whole, FIT[:2], rules)
    two = drawn(halves, [FIT[0], FIT[0], FIT[1], FIT[1]], rules)
    assert two.demand == pytest.approx(one.demand, rel=1e-6)


@pytest.mark.parametrize("seats", [(), (0, 0, 0), (10, 0, 5)])
def test_no_demand_no_supply_and_nothing_at_all_are_valid(seats: tuple[int, ...]) -> None:
    for cells in ([], industries(50, 40, 30)[: len(seats)]):
        fit = [row[: len(seats)] for row in FIT[: len(cells)]]
        draws = drawn(cells, fit, PROFILE, seats)
        assert draws.demand.shape == (200, len(seats)) and np.isfinite(draws.gap).all()
        assert np.isfinite(draws.quantiles()).all()


def test_balances_carry_their_interval() -> None:
    cells, fit = industries(50, 40, 30), np.array(FIT)
    offerings = offered(100, 60, 30)
    central = allocate(
        np.array([c.central for c in cells]), np.array([o.graduates for o in offerings]), fit, **RULES
    )
    found = with_intervals(balance(PROGRAMS, offerings, cells, central, fit), drawn(cells, FIT, PROFILE))
    for item in found:
        assert item.gap_p10 is not None and item.gap_p50 is not None and item.gap_p90 is not None
        assert item.gap_p10 < item.gap_p50 < item.gap_p90
        assert item.gap_p10 < item.gap < item.gap_p90


def test_certainty_asks_the_rules_themselves() -> None:
    """The few questions of the ordered search give what asking the rules about every draw gives."""
    cells, fit = industries(50, 140, 30), np.array(FIT)
    offerings = offered(200, 60, 30)
    central = allocate(
        np.array([c.central for c in cells]), np.array([o.graduates for o in offerings]), fit, **RULES
    )
    draws = draw_balances(PROGRAMS, offerings, cells, fit, central, PROFILE, 3)
    facts = {key: ProgramFacts(key[1], "08", ()) for key in PROGRAMS}
    region = survey(offerings, balance(PROGRAMS, offerings, cells, central, fit), [], facts, {}, PROFILE)
    certainty = Certainty(region, draws)
    seen = set()
    for j, situation in enumerate(region.situations):
        of_class = (draws.demand.sum(axis=1), draws.supply.sum(axis=1))
        drawn = certainty._drawn(situation, draws.demand[:, j], draws.supply[:, j], of_class)
        each = [decide(drawn(d), region).action for d in range(200)]
        for action in ("keep", "expand", "upgrade", "shrink"):
            assert certainty.of(situation, action) == pytest.approx(
                sum(a == action for a in each) / 200
                if action != "shrink"
                else sum(a in ("shrink", "suspend", "close") for a in each) / 200
            )
        seen |= set(each)
    assert len(seen) > 1
    assert certainty.of(region.situations[0], "keep", ("evidence.insufficient",)) is None


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60), st.floats(0, 10), st.booleans())
def test_counting_in_order_is_counting(figures: list[float], limit: float, above: bool) -> None:
    values = np.array(figures)
    places = np.arange(len(values))
    found = count_in_order(places, values, lambda d: (values[d] > limit) == above)
    assert found == int(((values > limit) == above).sum())


def test_stays_is_the_share_of_draws_within_the_limits() -> None:
    demand, supply = np.array([10.0, 10.0, 10.0, 0.0]), np.array([5.0, 9.0, 20.0, 3.0])
    assert stays(demand, supply, below=0.8) == 0.25
    assert stays(demand, supply, above=1.5) == 0.5
    assert stays(demand, supply, below=1.0, gap=4) == 0.25
    assert stays(np.zeros(0), np.zeros(0)) == 0.0


def test_parts_of_one_record_err_together() -> None:
    """A record divided over occupations varies as much as the whole."""
    whole = cell("a", 100, low=60, high=150)
    parts = [cell(f"a>{i}", 10, low=6, high=15, record="a") for i in range(10)]
    random = [np.random.Generator(np.random.PCG64(seed)) for seed in (1, 1, 2, 3)]
    one = _heads([whole], PROFILE, 300, random[0], random[2]).sum(axis=1)
    ten = _heads(parts, PROFILE, 300, random[1], random[3]).sum(axis=1)
    np.testing.assert_allclose(ten, one, rtol=1e-12)


def test_shares_of_a_staffing_pattern_vary_as_their_postings_say_and_keep_the_heads() -> None:
    """A share p of n postings and strength κ: standard deviation √(p(1 − p)/(n + κ + 1)), as of a Dirichlet."""
    strength = PROFILE.demand.staffing_strength.value

    def drawn(postings: int) -> Array:
        parts = [
            cell(f"a>{share}", 100 * share, record="a", staffing=Staffing(share, 1.0, postings, False))
            for share in (0.5, 0.3)
        ]
        cells = [*parts, cell("a", 20, record="a"), cell("b", 7)]
        random = [np.random.Generator(np.random.PCG64(seed)) for seed in (1, 2)]
        heads = _heads(cells, PROFILE, 4000, *random)
        plain = [replace(each, staffing=None) for each in cells]
        random = [np.random.Generator(np.random.PCG64(seed)) for seed in (1, 2)]
        whole = _heads(plain, PROFILE, 4000, *random)
        np.testing.assert_allclose(heads[:, :3].sum(axis=1), whole[:, :3].sum(axis=1), rtol=1e-12)
        np.testing.assert_array_equal(heads[:, 3], whole[:, 3])
        there = heads[:, :3].sum(axis=1) > 0
        return heads[there, :3] / heads[there, :3].sum(axis=1, keepdims=True)

    few, many = drawn(5), drawn(500)
    for shares, postings in ((few, 5), (many, 500)):
        expected = np.sqrt(0.3 * 0.7 / (postings + strength + 1))
        assert shares[:, 1].std() == pytest.approx(expected, rel=0.3)
        assert shares[:, 1].mean() == pytest.approx(0.3, abs=0.02)
    assert few.std(axis=0)[0] > 3 * many.std(axis=0)[0]
