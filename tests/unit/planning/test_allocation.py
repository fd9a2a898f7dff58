"""Heads are conserved; fit and supply decide; what nobody trains for stays visible."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.optimize import minimize

from app.planning.allocation import allocate
from app.planning.balance import balance, offering_demand, program_supply
from app.planning.supply import project_supply
from tests.unit.planning.builders import PROFILE, cell, plan

Array = NDArray[np.float64]
RULES = {"fit_floor": 0.05, "temperature": 0.5, "supply_pull": 0.5}


@st.composite
def problems(draw: st.DrawFn) -> tuple[Array, Array, Array]:
    n, m = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    heads = st.one_of(st.just(0.0), st.floats(1e-3, 1e5))
    return (
        draw(arrays(float, n, elements=heads)),
        draw(arrays(float, m, elements=heads)),
        draw(arrays(float, (n, m), elements=st.one_of(st.just(0.0), st.floats(0, 1)))),
    )


@settings(max_examples=200)
@given(problems(), st.floats(0, 0.95))
def test_every_head_is_allocated_or_unmet(problem: tuple[Array, Array, Array], pull: float) -> None:
    demand, supply, fit = problem
    result = allocate(demand, supply, fit, fit_floor=0.05, temperature=0.5, supply_pull=pull)
    assert np.isfinite(result.shares).all() and (result.shares >= 0).all() and (result.unmet >= 0).all()
    assert result.shares.sum(axis=1) + result.unmet == pytest.approx(demand, rel=1e-9, abs=1e-9)
    assert (result.shares[:, supply <= 0] == 0).all()
    assert (result.shares[fit < 0.05] == 0).all()


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_programs_does_not_matter(problem: tuple[Array, Array, Array], random: object) -> None:
    demand, supply, fit = problem
    order = np.arange(len(supply))[::-1]
    plain, turned = (
        allocate(demand, supply, fit, **RULES),
        allocate(demand, supply[order], fit[:, order], **RULES),
    )
    assert turned.shares == pytest.approx(plain.shares[:, order], rel=1e-6, abs=1e-6)


def test_without_a_pull_demand_is_divided_by_fit_alone() -> None:
    fit = np.array([[0.8, 0.4]])
    result = allocate(
        np.array([90.0]), np.array([1.0, 1000.0]), fit, fit_floor=0.1, temperature=1.0, supply_pull=0.0
    )
    weights = np.array([0.8, 0.4, 0.1])
    assert np.append(result.shares[0], result.unmet) == pytest.approx(90 * weights / weights.sum())


def test_it_minimises_the_stated_objective() -> None:
    """Against a general minimiser on a small instance: ⟨P,C⟩ + ε ΣP(log P − 1) + τ KL(Pᵀ1 | t), rows exact."""
    demand, supply = np.array([10.0, 6.0]), np.array([4.0, 8.0])
    fit = np.array([[0.9, 0.3], [0.2, 0.7]])
    epsilon, pull, floor = 0.5, 0.5, 0.05
    tau = epsilon * pull / (1 - pull)
    cost = -np.log(np.hstack([fit, np.full((2, 1), floor)]))
    target = supply * demand.sum() / supply.sum()

    def objective(values: Array) -> float:
        p = values.reshape(2, 3)
        columns = p[:, :2].sum(axis=0)
        kl = (columns * np.log(columns / target) - columns + target).sum()
        return float((p * cost).sum() + epsilon * (p * (np.log(p) - 1)).sum() + tau * kl)

    rows = [{"type": "eq", "fun": lambda v, i=i: v.reshape(2, 3)[i].sum() - demand[i]} for i in range(2)]
    found = minimize(
        objective,
        np.full(6, 2.0),
        bounds=[(1e-9, None)] * 6,
        constraints=rows,
        options={"ftol": 1e-12, "maxiter": 500},
    )
    result = allocate(demand, supply, fit, fit_floor=floor, temperature=epsilon, supply_pull=pull)
    assert np.hstack([result.shares, result.unmet[:, None]]).ravel() == pytest.approx(found.x, abs=1e-3)


def test_what_no_program_fits_stays_unmet() -> None:
    result = allocate(np.array([50.0, 50.0]), np.array([10.0]), np.array([[0.9], [0.01]]), **RULES)
    assert result.unmet[1] == 50
    assert result.unmet[0] < 10


def test_the_balance_adds_up_per_program_and_names_its_sources() -> None:
    offerings = project_supply([plan("A", seats=100), plan("B", seats=50)], [], [], [], PROFILE).offerings
    cells = [cell("one", 60), cell("two", 40, simulated=True)]
    fit = np.array([[0.9, 0.0], [0.2, 0.8]])
    programs = [("bachelor", "A"), ("bachelor", "B")]
    supply = np.array([o.graduates for o in offerings])
    allocation = allocate(np.array([60.0, 40.0]), supply, fit, **RULES)
    a, b = balance(programs, offerings, cells, allocation, fit)
    assert a.demand + b.demand + allocation.unmet.sum() == pytest.approx(100)
    assert a.gap == pytest.approx(a.demand - offerings[0].graduates)
    assert a.demand_low == pytest.approx(a.demand / 2) and a.demand_high == pytest.approx(a.demand * 2)
    assert a.contributions[0].cell.key == "one" and a.contributions[0].fit == 0.9
    assert b.simulated_share == 1 and 0 < a.simulated_share < 1
    assert (a.offerings, a.hhi) == (1, 1)


def test_programs_without_any_demand_have_a_balance_too() -> None:
    offerings = project_supply([plan("A")], [], [], [], PROFILE).offerings
    nothing = allocate(np.zeros(0), np.array([offerings[0].graduates]), np.zeros((0, 1)), **RULES)
    (only,) = balance([("bachelor", "A")], offerings, [], nothing, np.zeros((0, 1)))
    assert (only.demand, only.ratio, only.contributions) == (0, None, ())


@given(problems(), st.integers(0, 2**32 - 1))
def test_rows_columns_and_units_do_not_matter(problem: tuple[Array, Array, Array], seed: int) -> None:
    demand, supply, fit = problem
    random = np.random.default_rng(seed)
    rows, columns = random.permutation(len(demand)), random.permutation(len(supply))
    plain = allocate(demand, supply, fit, **RULES)
    turned = allocate(demand[rows] * 12, supply[columns] * 7, fit[np.ix_(rows, columns)], **RULES)
    assert turned.shares / 12 == pytest.approx(plain.shares[np.ix_(rows, columns)], rel=1e-6, abs=1e-6)
    assert turned.unmet / 12 == pytest.approx(plain.unmet[rows], rel=1e-6, abs=1e-6)


@given(problems(), st.floats(0, 0.95))
def test_the_same_problem_gives_the_same_bits(problem: tuple[Array, Array, Array], pull: float) -> None:
    one, two = (allocate(*problem, fit_floor=0.05, temperature=0.7, supply_pull=pull) for _ in range(2))
    assert one.shares.tobytes() == two.shares.tobytes() and one.unmet.tobytes() == two.unmet.tobytes()


@given(problems())
def test_a_record_cut_in_two_gives_each_program_the_same_heads(problem: tuple[Array, Array, Array]) -> None:
    demand, supply, fit = problem
    whole = allocate(demand, supply, fit, **RULES)
    halves = allocate(np.tile(demand / 2, 2), supply, np.vstack([fit, fit]), **RULES)
    assert halves.shares.sum(axis=0) == pytest.approx(whole.shares.sum(axis=0), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("pull", [0.3, 0.6, 0.9])
def test_the_column_scalings_meet_their_condition_of_optimality(pull: float) -> None:
    """At the optimum share_ij ∝ fit^(1/ε)·(t_j / column_j)^(τ/ε), the sink ∝ floor^(1/ε), with τ/ε = pull/(1−pull)."""
    random = np.random.default_rng(7)
    demand, supply = random.random(30) * 100, random.random(20) * 100
    fit = random.random((30, 20)) * 0.9 + 0.1
    result = allocate(demand, supply, fit, fit_floor=0.05, temperature=0.7, supply_pull=pull)
    target = supply * demand.sum() / supply.sum()
    factor = (target / result.shares.sum(axis=0)) ** (pull / (1 - pull))
    weights = np.hstack([fit ** (1 / 0.7) * factor, np.full((30, 1), 0.05 ** (1 / 0.7))])
    expected = demand[:, None] * weights / weights.sum(axis=1, keepdims=True)
    assert np.hstack([result.shares, result.unmet[:, None]]) == pytest.approx(expected, rel=1e-5)
    assert result.residual < 1e-9


def test_more_pull_brings_demand_closer_to_supply() -> None:
    demand, supply, fit = np.array([100.0]), np.array([90.0, 10.0]), np.array([[0.5, 0.5]])
    first = [
        allocate(demand, supply, fit, fit_floor=0.05, temperature=0.7, supply_pull=pull).shares[0, 0]
        for pull in (0.0, 0.3, 0.6, 0.9)
    ]
    assert first == sorted(first) and first[0] < 50 < 80 < first[-1] < 90.001


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0), (3, 2)])
def test_nothing_to_divide_or_no_one_to_take_it(n: int, m: int) -> None:
    demand = np.full(n, 5.0)
    result = allocate(demand, np.zeros(m), np.ones((n, m)), **RULES)
    assert result.shares.shape == (n, m) and result.shares.sum() == 0
    assert result.unmet.tolist() == demand.tolist()


@given(problems(), st.integers(1, 4), st.floats(0, 0.9))
def test_offerings_of_a_program_take_together_what_the_program_takes(
    problem: tuple[Array, Array, Array], offerings: int, pull: float
) -> None:
    demand, supply, fit = problem
    rules = {**RULES, "supply_pull": pull}
    shares = np.arange(1, offerings + 1) / np.arange(1, offerings + 1).sum()
    whole = allocate(demand, supply, fit, **rules)
    cut = allocate(
        demand,
        np.kron(supply, shares),
        np.repeat(fit, offerings, axis=1),
        part=np.tile(shares, len(supply)),
        **rules,
    )
    assert cut.shares == pytest.approx(np.kron(whole.shares, shares), rel=1e-6, abs=1e-6)


def test_dividing_a_programs_demand_by_supply_is_allocating_to_its_offerings() -> None:
    """The heads that a run gives to each offering, and those of a transport whose columns are the offerings."""
    plans = [
        plan(code, seats=seats, school_code=f"413101025{i}", row=i)
        for i, (code, seats) in enumerate((("A", 30), ("A", 90), ("B", 50), ("A", 10), ("B", 5)))
    ]
    offerings = project_supply(plans, [], [], [], PROFILE).offerings
    supply = program_supply(offerings)
    programs = list(supply)
    cells = [cell(name, heads) for name, heads in (("x", 120), ("y", 30), ("z", 55))]
    demand, fit = np.array([c.central for c in cells]), np.array([[0.7, 0.2], [0.1, 0.6], [0.3, 0.3]])
    whole = allocate(demand, np.array([supply[key] for key in programs]), fit, **RULES)
    heads = offering_demand(offerings, balance(programs, offerings, cells, whole, fit))
    column = [programs.index((o.level, o.program_code)) for o in offerings]
    graduates = np.array([o.graduates for o in offerings])
    direct = allocate(
        demand,
        graduates,
        fit[:, column],
        part=graduates / np.array([supply[programs[j]] for j in column]),
        **RULES,
    )
    assert direct.shares.sum(axis=0) == pytest.approx(np.array(heads, float), rel=1e-6)
    assert sum(filter(None, heads)) == pytest.approx(whole.shares.sum())


@given(problems(), st.floats(0, 0.95), st.floats(-300, 300))
def test_where_the_iteration_starts_does_not_matter(
    problem: tuple[Array, Array, Array], pull: float, start: float
) -> None:
    demand, supply, fit = problem
    plain = allocate(demand, supply, fit, fit_floor=0.05, temperature=0.5, supply_pull=pull)
    moved = allocate(
        demand, supply, fit, fit_floor=0.05, temperature=0.5, supply_pull=pull,
        start=np.linspace(-start, start, len(supply)),
    )  # fmt: skip
    assert moved.shares == pytest.approx(plain.shares, rel=1e-5, abs=1e-5)


def test_thousands_of_cells_take_a_moment() -> None:
    random = np.random.default_rng(1)
    fit, demand, supply = (
        random.beta(1, 6, (4000, 300)),
        random.lognormal(2, 1, 4000),
        random.lognormal(4, 1, 300),
    )
    started = time.perf_counter()
    result = allocate(demand, supply, fit, **RULES)
    assert time.perf_counter() - started < 5
    assert result.residual < result.tolerance == 1e-9 and result.iterations < 100
