"""Large placements by patterns, prices of seats and blocking pairs, each against a slower way to the same figure."""

from dataclasses import replace

import numpy as np
import pytest

from app.planning import placement_model
from app.planning.placement import place_pairs
from app.planning.placement_blocking import blocking
from app.planning.placement_columns import generate
from app.planning.placement_patterns import LONGEST, Prices, SeatRows, best_patterns, loads, plain_rows
from app.planning.placement_prepare import prepare
from app.planning.placement_prices import lot_prices, raised
from app.planning.placement_problem import ClassProblem, ClassSolution
from app.planning.placement_relaxation import relaxed
from app.planning.placement_terms import Pairs, PlacementOffering, PlacementPosting, PlacementRules

RULES = PlacementRules(gap=0.0, enterprise_share=None)
Instance = tuple[list[PlacementPosting], list[PlacementOffering], Pairs]


def instance(n: int, m: int, seed: int, *, teachers: float | None = None) -> Instance:
    random = np.random.default_rng(seed)
    postings = [
        PlacementPosting(str(i), int(h), int(s), 40, teachers_per_class=0.0 if teachers is None else 1.0)
        for i, (h, s) in enumerate(
            zip(random.integers(10, 70, n), random.choice([10, 15, 20], n), strict=True)
        )
    ]
    sides = [
        PlacementOffering(("S", "bachelor", str(j)), int(s), teachers)
        for j, s in enumerate(random.integers(0, 45, m))
    ]
    rows, columns = (side.ravel() for side in np.indices((n, m)))
    ones = np.ones(n * m)
    return postings, sides, Pairs(rows, columns, random.random(n * m), ones, ones * np.nan, ones * 0)


def problem(n: int, m: int, seed: int, **more: float) -> ClassProblem:
    return prepare(*instance(n, m, seed, **more), RULES, (), {}).problem


@pytest.mark.parametrize(("seed", "teachers"), [(1, None), (2, None), (3, 1.0)])
def test_patterns_come_as_near_the_best_as_they_say(
    monkeypatch: pytest.MonkeyPatch, seed: int, teachers: float | None
) -> None:
    drawn = instance(14, 12, seed, teachers=teachers)
    exact = place_pairs(*drawn, replace(RULES, gap=1e-4))
    monkeypatch.setattr(placement_model, "_WHOLE", 0)
    found = place_pairs(*drawn, replace(RULES, gap=1e-4, search_pairs=0))
    assert found.status in {"optimal", "restricted"}
    assert found.lp_bound <= found.bound <= exact.objective + 1e-6 <= found.objective + 2e-4 * exact.objective
    assert found.gap == pytest.approx((found.objective - found.bound) / found.objective)
    assert found.objective <= exact.objective * 1.02
    assert found == replace(
        place_pairs(*drawn, replace(RULES, gap=1e-4, search_pairs=0)), seconds=found.seconds
    )


def test_the_bound_of_patterns_is_at_least_that_of_the_relaxation() -> None:
    whole = problem(20, 15, 4)
    relaxation, none = relaxed(whole), np.zeros(0)
    first = best_patterns(whole, plain_rows(whole), Prices(relaxation.seat_price, none, none))
    assert first.bound >= relaxation.value - 1e-6
    found = generate(
        whole, Prices(relaxation.seat_price, none, none), tolerance=1e-4, rounds=60, stop=lambda: False
    )
    assert first.bound - 1e-6 <= found.bound <= found.mixture.value + 1e-6


def test_where_all_want_the_same_scarce_seats_patterns_are_found_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placement_model, "_WHOLE", 0)
    postings = [PlacementPosting(str(i), 20, 20, 20) for i in range(6)]
    rows, columns = (side.ravel() for side in np.indices((6, 2)))
    ones = np.ones(12)
    pairs = Pairs(rows, columns, ones * 0.5, ones, ones * 0, ones * 0)
    sides = [PlacementOffering(("S", "b", str(j)), 20) for j in range(2)]
    result = place_pairs(postings, sides, pairs, replace(RULES, search_pairs=0))
    assert result.heads_placed == 40 and result.gap < 1e-3


def best_by_trying(whole: ClassProblem, i: int, prices: Prices) -> float:
    """The largest saving of posting i, over every split of its heads among its pairs."""
    pairs = np.flatnonzero(whole.posting == i).tolist()

    def best(rest: list[int], heads: int) -> float:
        if not rest:
            return 0.0
        k, value = rest[0], best(rest[1:], heads)
        for amount in range(int(whole.small[k]), min(heads, int(whole.most[k])) + 1):
            if -(-amount // whole.large[k]) * whole.small[k] > amount:
                continue
            lot = whole.offering[k]
            load = amount if amount <= whole.seats[lot] - plain_rows(whole).floor[lot] else whole.seats[lot]
            saved = amount * (whole.unmet_cost[i] - whole.cost[k]) - prices.seat[lot] * load
            value = max(value, saved + best(rest[1:], heads - amount))
        return value

    return best(pairs, int(whole.heads[i]))


@pytest.mark.parametrize("seed", range(3))
def test_the_best_pattern_is_that_of_trying_all(seed: int) -> None:
    whole = problem(4, 3, seed)
    seat = np.random.default_rng(seed).choice([0.0, 2.0, 6.0], len(whole.seats))
    prices = Prices(seat, np.zeros(0), np.zeros(0))
    found = best_patterns(whole, plain_rows(whole), prices)
    saved = sum(best_by_trying(whole, i, prices) for i in range(len(whole.heads)))
    assert found.bound == pytest.approx(whole.all_unmet - saved - float(seat @ whole.seats))


def test_of_a_posting_too_long_to_be_searched_the_bound_still_holds() -> None:
    postings, sides, pairs = instance(3, 30, 5)
    long = [replace(postings[0], heads=LONGEST + 100), *postings[1:]]
    whole = prepare(long, sides, pairs, RULES, (), {}).problem
    none = np.zeros(0)
    found = best_patterns(whole, plain_rows(whole), Prices(np.zeros(len(whole.seats)), none, none))
    assert found.bound <= place_pairs(long, sides, pairs, replace(RULES, gap=1e-3)).objective
    mine = whole.posting[found.pairs] == 0
    amount, k = found.amount[mine], found.pairs[mine]
    assert 0.9 * min(LONGEST + 100, whole.most[whole.posting == 0].sum()) <= amount.sum() <= LONGEST + 100
    assert (-(-amount // whole.large[k]) * whole.small[k] <= amount).all()


def test_loads_of_classes_that_fit_together_never_exceed_the_seats() -> None:
    random = np.random.default_rng(0)
    for _ in range(300):
        seats, classes = int(random.integers(1, 60)), random.integers(1, 40, 4)
        classes = classes[np.cumsum(classes) <= seats]
        floors = np.arange(1, seats + 1)
        total = loads(np.full((seats, 1), seats), floors[:, None], classes[None, :]).sum(axis=1)
        assert (total <= seats).all()


def test_the_price_of_a_seat_is_what_one_more_brings() -> None:
    for seed in range(3):
        whole = raised(problem(8, 6, seed))
        prices, now = lot_prices(whole), relaxed(whole).value
        heads_only = replace(whole, unmet_cost=np.ones(8), cost=np.zeros_like(whole.cost))
        unmet = relaxed(heads_only).value
        assert (prices.cost[:6] > 0).any()
        for j in range(6):
            # 1 % of a seat: as far as the classes that fit at all stay the same, prices are those of any part of one
            part = np.zeros(len(whole.seats))
            part[j] = 0.01
            after = relaxed(whole, seats_more=part).value
            assert prices.cost[j] == pytest.approx((now - after) / 0.01, abs=0.02)
            placed = (unmet - relaxed(heads_only, seats_more=part).value) / 0.01
            assert prices.heads[j] == pytest.approx(placed, abs=0.03)


def test_one_more_seat_places_the_heads_its_price_promises() -> None:
    postings = [PlacementPosting("a", 40, 15, 40)]
    ones = np.ones(1)
    pairs = Pairs(np.zeros(1, int), np.zeros(1, int), ones * 0.8, ones, ones * 0, ones * 0)

    def at(seats: int) -> tuple[int, float]:
        result = place_pairs(postings, [PlacementOffering(("S", "b", "A"), seats)], pairs, RULES)
        return result.heads_placed, result.prices[0].heads if result.prices else 0.0

    assert at(30) == (30, pytest.approx(1.0, abs=0.01))
    assert at(31)[0] == 31
    assert at(45) == (40, 0.0)


def blocking_by_trying(
    whole: ClassProblem, solution: ClassSolution, ours: np.ndarray, theirs: np.ndarray
) -> set[int]:
    found = set()
    for k in range(len(whole.posting)):
        i, j = whole.posting[k], whole.offering[k]
        if solution.seats[k]:
            continue
        mine, here = whole.posting == i, whole.offering == j
        unmet = whole.heads[i] - solution.seats[mine].sum()
        free = whole.seats[j] - solution.seats[here].sum()
        gives = unmet + solution.seats[mine & (ours < ours[k] - 1e-9)].sum()
        takes = free + solution.seats[here & (theirs < theirs[k] - 1e-9)].sum()
        if min(gives, takes, whole.most[k]) >= whole.small[k]:
            found.add(k)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_blocking_pairs_are_those_of_asking_both_sides(seed: int) -> None:
    prepared = prepare(*instance(10, 8, seed), RULES, (), {})
    whole = prepared.problem
    solution = placement_model.Solver(gap=0.02, node_limit=100).solve(whole)
    ours, theirs = prepared.enterprise_worth[prepared.able], prepared.school_worth[prepared.able]
    found = blocking(whole, solution, ours, theirs)
    assert set(found.pairs.tolist()) == blocking_by_trying(whole, solution, ours, theirs)
    assert (np.diff(found.gain) <= 1e-9).all()
    assert (found.heads >= whole.small[found.pairs]).all()


def test_of_many_blocking_pairs_the_first_are_listed_and_all_counted() -> None:
    postings = [PlacementPosting(str(i), 20, 15, 20, priority=2.0 - i / 10) for i in range(5)]
    rows, ones = np.arange(5), np.ones(5)
    # the school would rather have the last, the cost places the first
    fit = np.array([0.5, 0.6, 0.7, 0.8, 0.9])
    pairs = Pairs(rows, rows * 0, fit, ones, ones * 0, ones * 0)
    result = place_pairs(
        postings, [PlacementOffering(("S", "b", "A"), 20)], pairs, replace(RULES, blocking_shown=2)
    )
    assert [item.posting_id for item in result.classes] == ["0"]
    assert result.blocking_count == 4
    assert [pair.posting_id for pair in result.blocking] == ["1", "2"] or len(result.blocking) == 2


def test_rows_of_seats_are_kept_by_lot() -> None:
    whole = problem(6, 4, 1)
    rows = plain_rows(whole)
    more = SeatRows(np.append(rows.lot, 2), np.append(rows.floor, whole.seats[2] // 2 + 1))
    none = np.zeros(0)
    prices = Prices(np.append(np.zeros(len(rows.lot)), 3.0), none, none)
    assert best_patterns(whole, more, prices).bound <= place_pairs(*instance(6, 4, 1), RULES).objective + 1e-6
