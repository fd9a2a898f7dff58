"""Synthetic regions: what is planted is there, records tell of it what they say they do, and the engine finds it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.actions import Action
from app.planning.balance import program_supply
from app.planning.portfolio_result import Difference
from app.planning.proof import Answer, Score, answer_of, crosswalk_counting, fit_weighted_counting, score
from app.planning.supply import project_supply
from app.planning.synthetic_history import make_history
from app.planning.synthetic_records import Sight, observe
from app.planning.synthetic_world import Shape, hired, make_world
from app.runs.trial import try_out
from tests.unit.planning.builders import PROFILE
from tests.unit.planning.test_actions import balanced

SMALL = Shape(schools=6, programs=20, occupations=30, industries=5, districts=2)
EXACT = Sight(rate_seen_spread=0, rate_own_spread=0, rate_level_spread=0, rate_known=1.0)


def test_the_same_seed_gives_the_same_region_and_records() -> None:
    one, two, other = make_world(SMALL, 3), make_world(SMALL, 3), make_world(SMALL, 4)
    assert one.demand.tobytes() == two.demand.tobytes() and (one.demand != other.demand).any()
    seen, again = (observe(world, Sight(), PROFILE, 3) for world in (one, two))
    assert seen.forecasts == again.forecasts and seen.plans == again.plans and seen.links == again.links
    assert seen.occupation_fit.tobytes() == again.occupation_fit.tobytes()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.integers(1, 25), st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32))
def test_what_is_planted_is_conserved(
    schools: int, programs: int, occupations: int, industries: int, seed: int
) -> None:
    world = make_world(Shape(schools, programs, 4, occupations, industries), seed)
    assert np.isfinite(world.choice).all() and (world.choice >= 0).all()
    assert (world.choice.sum(axis=1) <= 1 + 1e-9).all()
    assert world.demand == pytest.approx(world.heads @ world.choice)
    assert (world.flows.sum(axis=0) <= world.supply + 1e-6).all()
    assert (world.flows.sum(axis=1) <= world.heads + 1e-6).all()
    ratio = world.supply / np.maximum(world.demand, 1e-12)
    for kind, low, high in (("short", 0.35, 0.65), ("balanced", 0.88, 1.3), ("surplus", 1.9, 3.5)):
        here = np.array([k == kind for k in world.planted]) & (world.demand > 1e-6)
        assert ((ratio[here] >= low - 1e-6) & (ratio[here] <= high + 1e-6)).all()


def test_plans_at_the_rates_that_are_seen_give_the_true_supply() -> None:
    world = make_world(SMALL, 5)
    records = observe(world, EXACT, PROFILE, 5)
    supply = program_supply(project_supply(records.plans, (), records.outcomes, (), PROFILE).offerings)
    # Seats are whole people: half a seat an offering at most.
    assert [supply[key] for key in records.programs] == pytest.approx(world.supply.tolist(), abs=3.0)


def test_ranges_hold_the_truth_in_the_share_that_they_state() -> None:
    inside = total = 0
    for seed in range(40):
        world = make_world(SMALL, seed)
        sight = Sight(by_occupation=1.0)
        true = {
            (i, o): heads
            for i, o, heads in zip(world.job_industry, world.job_occupation, world.heads, strict=True)
        }
        records = observe(world, sight, PROFILE, seed)
        industries = {code: i for i, code in enumerate(records.industries)}
        occupations = {code: o for o, code in enumerate(records.occupations)}
        for row in records.forecasts:
            heads = true[industries[str(row.industry_code)], occupations[str(row.occupation_code)]]
            inside += row.low <= heads <= row.high
            total += 1
    assert inside / total == pytest.approx(0.8, abs=0.04)


def test_displaced_graduates_fill_vacancies_of_others_but_never_more_than_there_are() -> None:
    heads, choice = np.array([100.0]), np.array([[0.8, 0.2]])
    flows = hired(heads, choice, np.array([40.0, 60.0]), displaced=0.5)
    # 40 of 80 first choices stay empty; half of those take the other program.
    assert flows[0].tolist() == pytest.approx([40.0, 40.0])
    assert hired(heads, choice, np.array([40.0, 30.0]), displaced=0.5)[0].tolist() == pytest.approx([40, 30])


def test_counting_by_hand() -> None:
    demand, fit = np.array([100.0, 10.0]), np.array([[0.6, 0.2], [0.0, 0.0]])
    crosswalk = crosswalk_counting(demand, fit > 0.1)
    assert crosswalk.shares.tolist() == [[100, 100], [0, 0]] and crosswalk.unmet.tolist() == [0, 10]
    weighted = fit_weighted_counting(demand, fit)
    assert weighted.shares[0].tolist() == pytest.approx([75, 25]) and weighted.unmet[1] == 10


def test_scores_by_hand_and_in_sum() -> None:
    demand, supply = np.array([100.0, 100.0, 100.0, 100.0]), np.array([50.0, 100.0, 200.0, 300.0])
    gap = np.array([40.0, 10.0, -90.0, -210.0])
    answer = Answer(gap, gap - 20, gap + 5, np.array([1, 1, -1, 0]), np.array([1, 0, 0, -1]))
    one = score(answer, demand, supply, PROFILE)
    assert one == Score(4, 2, 3, 2, 2, 3, 1, 1, 1, 2, 40.0, 2)
    measures = (one + one).measures()
    assert measures["action_precision"] == measures["action_recall"] == pytest.approx(2 / 3)
    assert (measures["portfolio_precision"], measures["portfolio_recall"]) == (1.0, pytest.approx(2 / 3))
    assert measures["gap_mae"] == 10.0 and measures["coverage"] == 0.5
    assert Score().measures()["action_precision"] == 0.0


def action(code: str, what: str, *rules: str) -> Action:
    return Action(what, "s", "bachelor", code, 40, 30, 1.0, rules, (), "", False)


def test_what_a_portfolio_leaves_out_was_asked_for_all_the_same() -> None:
    key = ("s", "bachelor", "A")
    balances = [balanced(100, 50, code) for code in "ABC"]
    made = [
        action("A", "keep", "ratio.expand_below", "portfolio.dropped"),
        action("B", "shrink", "ratio.shrink_above"),
        action("C", "close", "destination.lowest"),
    ]
    left = [
        Difference(key, "dropped", "expand", 10, "keep", 0, ("budget",)),
        Difference(("s", "bachelor", "C"), "dropped", "open", 30, "keep", 0, ("budget",)),
    ]
    answer = answer_of([("bachelor", code) for code in "ABC"], balances, made, left)
    assert (answer.together.tolist(), answer.move.tolist()) == ([0, -1, 0], [1, -1, 1])


def test_the_engine_recovers_more_than_either_way_of_counting() -> None:
    totals: dict[str, Score] = {}
    for seed in range(1, 11):
        world = make_world(SMALL, seed)
        records = observe(world, Sight(), PROFILE, seed)
        classes = tuple(str(of_class) for of_class in world.class_of)
        for name, answer in try_out(records, classes, PROFILE, seed).items():
            totals[name] = totals.get(name, Score()) + score(answer, world.demand, world.supply, PROFILE)
    found = {name: total.measures() for name, total in totals.items()}
    engine, crosswalk, weighted = found["engine"], found["crosswalk"], found["fit_weighted"]
    assert (
        engine["action_precision"] > max(crosswalk["action_precision"], weighted["action_precision"]) + 0.02
    )
    assert engine["action_recall"] > crosswalk["action_recall"] + 0.1
    assert engine["action_recall"] >= weighted["action_recall"]
    assert engine["gap_mae"] < 0.98 * weighted["gap_mae"] < 0.5 * crosswalk["gap_mae"]
    assert 0.7 <= engine["coverage"] <= 0.9
    assert max(crosswalk["coverage"], weighted["coverage"]) < 0.6


def test_a_history_withdraws_mostly_what_is_in_surplus() -> None:
    shape = replace(SMALL, programs=60, occupations=60)
    planted = other = 0
    for seed in range(5):
        history = make_history(shape, seed)
        assert len(history.worlds) == len(history.years) == 8
        for program, year in history.decisions:
            assert history.years[0] < year <= history.years[-1] + 1
            surplus = history.worlds[0].planted[program] == "surplus"
            planted, other = planted + surplus, other + (not surplus)
    assert planted > 3 * other
