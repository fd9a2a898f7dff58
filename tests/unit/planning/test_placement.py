"""Order classes: seats never oversold, no class below its minimum, every unmet head with a reason."""

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.placement import (
    REASONS,
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
    place,
)

RULES = PlacementRules(gap=0.0)


def solve(
    postings: list[PlacementPosting], seats: list[int], fit: np.ndarray, levels: np.ndarray | None = None
) -> PlacementResult:
    offerings = [PlacementOffering(("school", "bachelor", str(j)), s) for j, s in enumerate(seats)]
    shape = (len(postings), len(seats))
    return place(
        postings,
        offerings,
        np.asarray(fit, float).reshape(shape),
        np.ones(shape) if levels is None else levels,
        np.full(shape, np.nan),
        RULES,
    )


def asks(*sizes: tuple[int, int, int]) -> list[PlacementPosting]:
    return [PlacementPosting(str(i), heads, low, high) for i, (heads, low, high) in enumerate(sizes)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_seats_minimum_sizes_and_heads_are_kept(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    sizes = [
        (data.draw(st.integers(1, 40)), data.draw(st.integers(1, 15)), data.draw(st.integers(15, 30)))
        for _ in range(n)
    ]
    seats = [data.draw(st.integers(0, 40)) for _ in range(m)]
    fit = np.array([data.draw(st.floats(0, 1)) for _ in range(n * m)]).reshape(n, m)
    result = solve(asks(*sizes), seats, fit)
    taken: dict[str, int] = defaultdict(int)
    placed: dict[str, int] = defaultdict(int)
    for item in result.classes:
        assert item.seats >= sizes[int(item.posting_id)][1]
        assert item.fit >= RULES.fit_floor
        taken[item.key[2]] += item.seats
        placed[item.posting_id] += item.seats
    assert all(taken[str(j)] <= s for j, s in enumerate(seats))
    unmet = {left.posting_id: left for left in result.unplaced}
    for i, (heads, _, _) in enumerate(sizes):
        left = unmet.get(str(i))
        assert placed[str(i)] + (left.unmet if left else 0) == heads
        assert left is None or left.reason == REASONS[left.reason_code]
    assert result.lp_bound <= result.objective + 1e-4


@pytest.mark.parametrize("seed", range(8))
def test_small_instances_are_solved_to_the_best(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = [(int(random.integers(3, 7)), 2, 4) for _ in range(2)]
    seats = [int(random.integers(2, 7)) for _ in range(2)]
    fit = random.random((2, 2)) * 0.8 + 0.2
    result = solve(asks(*sizes), seats, fit)

    def allowed(x: int) -> bool:  # some number of classes of two to four
        return x == 0 or x >= 2

    best = min(
        sum(RULES.unmet_weight * (sizes[i][0] - x[i][0] - x[i][1]) for i in range(2))
        + sum(RULES.fit_weight * (1 - fit[i, j]) * x[i][j] for i in range(2) for j in range(2))
        for a, b, c, d in product(range(7), repeat=4)
        if all(map(allowed, (a, b, c, d)))
        for x in (((a, b), (c, d)),)
        if a + b <= sizes[0][0] and c + d <= sizes[1][0] and a + c <= seats[0] and b + d <= seats[1]
    )
    assert result.objective == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize(
    ("size", "seats", "fit", "levels", "code"),
    [
        ((20, 10, 30), [30], 0.9, 0.0, "no_level"),
        ((20, 10, 30), [30], 0.05, 1.0, "fit_below_floor"),
        ((5, 10, 30), [30], 0.9, 1.0, "heads_below_class"),
        ((20, 10, 30), [0], 0.9, 1.0, "seats_unknown"),
        ((20, 10, 30), [9], 0.9, 1.0, "seats_below_class"),
        ((40, 10, 30), [30], 0.9, 1.0, "remainder"),
    ],
)
def test_each_reason_names_what_binds(
    size: tuple[int, int, int], seats: list[int], fit: float, levels: float, code: str
) -> None:
    result = solve(asks(size), seats, np.array([[fit]]), np.array([[levels]]))
    assert [left.reason_code for left in result.unplaced] == [code]


def test_a_posting_without_a_place_because_others_fit_better() -> None:
    result = solve(asks((20, 15, 30), (20, 15, 30)), [20], np.array([[0.9], [0.5]]))
    assert [(c.posting_id, c.seats) for c in result.classes] == [("0", 20)]
    assert result.unplaced[0].reason_code == "outcompeted"


def test_the_same_instance_gives_the_same_classes() -> None:
    random = np.random.default_rng(3)
    sizes = [(int(h), 10, 40) for h in random.integers(10, 60, 12)]
    fit = random.random((12, 30))
    seats = [int(s) for s in random.integers(0, 40, 30)]
    first, second = (solve(asks(*sizes), seats, fit) for _ in range(2))
    assert (first.classes, first.unplaced, first.objective) == (
        second.classes,
        second.unplaced,
        second.objective,
    )


def test_of_equal_fits_the_nearer_offering_runs_the_class() -> None:
    offerings = [
        PlacementOffering(("far", "bachelor", "A"), 30),
        PlacementOffering(("near", "bachelor", "A"), 30),
    ]
    one = np.ones((1, 2))
    result = place(asks((20, 10, 30)), offerings, one * 0.8, one, np.array([[40.0, 5.0]]), RULES)
    assert [(c.key[0], c.seats, c.distance_km) for c in result.classes] == [("near", 20, 5.0)]
    assert result.objective == pytest.approx(
        20 * (RULES.fit_weight * 0.2 + RULES.distance_weight * 0.5), abs=1e-4
    )


def test_a_level_that_only_half_answers_costs_more() -> None:
    result = solve(asks((20, 10, 30)), [30, 30], np.array([[0.8, 0.6]]), np.array([[0.5, 1.0]]))
    assert [c.key[2] for c in result.classes] == ["1"]


def test_the_posting_of_higher_priority_gets_the_seats() -> None:
    postings = [PlacementPosting("low", 20, 15, 30), PlacementPosting("high", 20, 15, 30, priority=2.0)]
    result = solve(postings, [20], np.array([[0.7], [0.6]]))
    assert [c.posting_id for c in result.classes] == ["high"]


def test_many_heads_make_several_classes_in_one_offering() -> None:
    result = solve(asks((70, 15, 30)), [80], np.array([[0.9]]))
    assert [c.seats for c in result.classes] == [70] and result.unplaced == ()
    # 31 to 39 heads fit neither one class of 30 nor two of 20.
    assert [c.seats for c in solve(asks((35, 20, 30)), [80], np.array([[0.9]])).classes] == [30]


def test_a_search_that_is_stopped_says_how_far_it_is_from_the_bound() -> None:
    random = np.random.default_rng(0)
    sizes = [(int(h), 10, 40) for h in random.integers(10, 60, 30)]
    offerings = [
        PlacementOffering(("s", "b", str(j)), int(s)) for j, s in enumerate(random.integers(0, 40, 60))
    ]
    shape = (30, 60)
    result = place(
        asks(*sizes),
        offerings,
        random.random(shape),
        np.ones(shape),
        np.full(shape, np.nan),
        PlacementRules(gap=0.0, node_limit=0),
    )
    distance = (result.objective - result.lp_bound) / result.objective
    assert result.objective > result.lp_bound
    assert 0 < result.gap <= distance + 1e-6
