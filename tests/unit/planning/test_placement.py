"""Order classes: seats never oversold, no class below its minimum, every unmet head with a reason."""

from collections import defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidInputError
from app.planning.placement import place, place_pairs
from app.planning.placement_reasons import REASONS
from app.planning.placement_terms import (
    Pairs,
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
)

RULES = PlacementRules(gap=0.0, enterprise_share=None)
"""Fairness has tests of its own: here the cheapest placement is the best."""


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
def test_seats_class_sizes_and_heads_are_kept(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    sizes = [
        (data.draw(st.integers(0, 40)), data.draw(st.integers(1, 15)), data.draw(st.integers(15, 30)))
        for _ in range(n)
    ]
    seats = [data.draw(st.integers(0, 40)) for _ in range(m)]
    fit = np.array([data.draw(st.floats(0, 1)) for _ in range(n * m)]).reshape(n, m)
    result = solve(asks(*sizes), seats, fit)
    taken: dict[str, int] = defaultdict(int)
    placed: dict[str, int] = defaultdict(int)
    for item in result.classes:
        _, small, large = sizes[int(item.posting_id)]
        assert item.classes >= 1 and small * item.classes <= item.seats <= large * item.classes
        assert item.fit >= RULES.fit_floor
        taken[item.key[2]] += item.seats
        placed[item.posting_id] += item.seats
    assert all(taken[str(j)] <= s for j, s in enumerate(seats))
    unmet = {left.posting_id: left for left in result.unplaced}
    for i, (heads, small, _) in enumerate(sizes):
        left = unmet.get(str(i))
        assert placed[str(i)] + (left.unmet if left else 0) == heads
        assert left is None or (left.unmet > 0 and left.reason.startswith(REASONS[left.reason_code]))
        if left and left.unmet >= small:  # a class that would fit in what is free has been opened
            assert not any(
                fit[i, j] >= RULES.fit_floor and s - taken[str(j)] >= small for j, s in enumerate(seats)
            )
    assert result.heads_asked == sum(heads for heads, _, _ in sizes)
    assert result.heads_placed == sum(placed.values())
    assert result.lp_bound <= result.objective + 1e-6
    assert 0 <= result.gap <= 1e-3 and result.status == "optimal"


def cheapest(
    sizes: list[tuple[int, int, int]], seats: list[int], cost: np.ndarray, rules: PlacementRules
) -> float:
    """The least cost by trying every number of heads for every pair; two postings, two offerings."""

    def classes(heads: int, small: int, large: int) -> int | None:
        """The fewest classes that hold these heads, None where none do."""
        return next((k for k in range(heads + 1) if k * small <= heads <= k * large), None)

    best = float("inf")
    for x in product(*(range(min(sizes[i][0], seats[j]) + 1) for i in range(2) for j in range(2))):
        heads = np.array(x).reshape(2, 2)
        opened = [classes(int(heads[i, j]), *sizes[i][1:]) for i in range(2) for j in range(2)]
        if None in opened or (heads.sum(0) > seats).any() or any(heads.sum(1) > [s[0] for s in sizes]):
            continue
        unmet = sum(s[0] for s in sizes) - heads.sum()
        value = (
            rules.unmet_weight * unmet
            + (cost * heads).sum()
            + rules.class_weight * sum(k or 0 for k in opened)
        )
        best = min(best, float(value))
    return best


@pytest.mark.parametrize("class_weight", [0.0, 6.0])
@pytest.mark.parametrize("seed", range(8))
def test_small_instances_are_solved_to_the_best(seed: int, class_weight: float) -> None:
    random = np.random.default_rng(seed)
    sizes = [(int(random.integers(3, 9)), 2 + seed % 2, 4) for _ in range(2)]
    seats = [int(random.integers(2, 8)) for _ in range(2)]
    fit = random.random((2, 2)) * 0.8 + 0.2
    km = random.random((2, 2)) * 50
    partners = random.integers(0, 2, (2, 2)).astype(float)
    rules = replace(RULES, class_weight=class_weight)
    offerings = [PlacementOffering(("school", "bachelor", str(j)), s) for j, s in enumerate(seats)]
    result = place(asks(*sizes), offerings, fit, np.ones((2, 2)), km, rules, partners)
    cost = (
        rules.fit_weight * (1 - fit) + rules.distance_weight * km / 10 - rules.partnership_weight * partners
    )
    assert result.objective == pytest.approx(cheapest(sizes, seats, cost, rules), abs=1e-3)


def test_equals_are_decided_by_their_order() -> None:
    result = solve(asks((20, 15, 30), (20, 15, 30)), [20], np.full((2, 1), 0.6))
    assert [c.posting_id for c in result.classes] == ["0"]
    result = solve(asks((20, 15, 30)), [20, 20, 20], np.full((1, 3), 0.6))
    assert [c.key[2] for c in result.classes] == ["0"]
    result = solve(asks((20, 15, 30), (20, 15, 30)), [20, 20], np.full((2, 2), 0.6))
    assert [(c.posting_id, c.key[2]) for c in result.classes] == [("0", "0"), ("1", "1")]


@pytest.mark.parametrize(
    ("size", "seats", "fit", "levels", "code"),
    [
        ((20, 10, 30), [30], 0.9, 0.0, "no_level"),
        ((20, 10, 30), [30], 0.05, 1.0, "fit_below_floor"),
        ((5, 10, 30), [30], 0.9, 1.0, "heads_below_class"),
        ((20, 10, 30), [0], 0.9, 1.0, "seats_unknown"),
        ((20, 10, 30), [9], 0.9, 1.0, "seats_below_class"),
        ((40, 10, 30), [30], 0.9, 1.0, "seats_insufficient"),
        ((35, 20, 30), [80], 0.9, 1.0, "remainder"),
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
    left = result.unplaced[0]
    assert left.reason_code == "outcompeted"
    assert "20 个已安排给另外 1 个岗位需求" in left.reason


def test_a_place_that_costs_more_than_staying_unmet_is_not_taken() -> None:
    offerings = [PlacementOffering(("far", "bachelor", "A"), 30)]
    one = np.ones((1, 1))
    result = place(asks((20, 10, 30)), offerings, one * 0.5, one, one * 900.0, RULES)
    assert result.classes == () and result.unplaced[0].reason_code == "too_costly"
    assert result.objective == 20 * RULES.unmet_weight and result.gap == 0


def test_reasons_give_the_figures_that_bind() -> None:
    floor = solve(asks((20, 10, 30)), [30, 30], np.array([[0.05, 0.07]])).unplaced[0].reason
    assert "0.07" in floor and "0.10" in floor
    seats = solve(asks((20, 10, 30)), [9, 4], np.array([[0.9, 0.9]])).unplaced[0].reason
    assert "最多 9 个名额" in seats and "最小开班 10 人" in seats


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


def drawn(
    n: int, m: int, seed: int = 0
) -> tuple[list[PlacementPosting], list[PlacementOffering], np.ndarray]:
    random = np.random.default_rng(seed)
    postings = asks(*((int(h), 10, 40) for h in random.integers(10, 60, n)))
    offerings = [
        PlacementOffering(("s", "b", str(j)), int(s)) for j, s in enumerate(random.integers(0, 40, m))
    ]
    return postings, offerings, random.random((n, m))


def tables(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    return np.ones((n, m)), np.full((n, m), np.nan)


def test_a_search_that_is_stopped_says_how_far_it_is_from_the_bound() -> None:
    postings, offerings, fit = drawn(30, 60)
    result = place(postings, offerings, fit, *tables(30, 60), replace(RULES, node_limit=0))
    distance = (result.objective - result.lp_bound) / result.objective
    assert result.objective > result.lp_bound
    assert 0 < result.gap <= distance + 1e-6
    assert result.status == "node_limit"


def test_a_time_limit_leaves_a_valid_placement_with_an_honest_gap() -> None:
    postings, offerings, fit = drawn(15, 40)
    exact = place(postings, offerings, fit, *tables(15, 40), replace(RULES, gap=0.02))
    hasty = place(postings, offerings, fit, *tables(15, 40), replace(RULES, time_limit=0.01))
    assert hasty.status == "time_limit"
    assert hasty.heads_placed > 0 and hasty.gap > 0
    # what it says is possible is not more than what is known to be reached
    assert hasty.objective * (1 - hasty.gap) <= exact.objective + 1e-6
    assert hasty.heads_placed + sum(left.unmet for left in hasty.unplaced) == hasty.heads_asked


def test_a_search_of_the_most_promising_pairs_is_bounded_by_the_whole_relaxation() -> None:
    postings, offerings, fit = drawn(15, 40)
    whole = place(postings, offerings, fit, *tables(15, 40), replace(RULES, gap=0.01))
    part = place(postings, offerings, fit, *tables(15, 40), replace(RULES, gap=0.01, search_pairs=120))
    assert part.lp_bound == pytest.approx(whole.lp_bound)
    assert part.objective * (1 - part.gap) <= whole.objective + 1e-6
    assert part.objective <= whole.objective * 1.02
    assert part.status in {"restricted", "optimal"}


def test_pairs_in_any_order_give_what_the_tables_give() -> None:
    postings, offerings, fit = drawn(12, 30)
    levels, km = tables(12, 30)
    dense = place(postings, offerings, fit, levels, km, RULES)
    order = np.random.default_rng(5).permutation(fit.size)
    rows, columns = (side.ravel()[order] for side in np.indices(fit.shape))
    pairs = Pairs(rows, columns, *(t[rows, columns] for t in (fit, levels, km, np.zeros_like(fit))))
    sparse = place_pairs(postings, offerings, pairs, RULES)
    assert (sparse.classes, sparse.unplaced, sparse.objective) == (
        dense.classes,
        dense.unplaced,
        dense.objective,
    )


def test_a_partner_is_preferred_and_said() -> None:
    one = np.ones((1, 2))
    offerings = [PlacementOffering((name, "bachelor", "A"), 30) for name in ("stranger", "partner")]
    result = place(
        asks((20, 10, 30)), offerings, np.array([[0.8, 0.75]]), one, one * 5, RULES, np.array([[0.0, 1.0]])
    )
    assert [c.key[0] for c in result.classes] == ["partner"]
    assert result.classes[0].reasons == ("适配度 0.75", "安排 20 人", "两区中心相距 5 公里", "已有合作关系")


@pytest.mark.parametrize(
    ("heads", "small", "large", "seats", "fit", "word"),
    [
        (-1, 10, 30, 30, 0.5, "人数 -1"),
        (20, 0, 30, 30, 0.5, "班额 0–30"),
        (20, 31, 30, 30, 0.5, "班额 31–30"),
        (20, 10, 30, -1, 0.5, "名额 -1"),
        (20, 10, 30, 30, 1.5, "fit"),
        (20, 10, 30, 30, float("nan"), "fit"),
    ],
)
def test_impossible_figures_are_refused_by_name(
    heads: int, small: int, large: int, seats: int, fit: float, word: str
) -> None:
    with pytest.raises(InvalidInputError, match=word):
        solve(asks((heads, small, large)), [seats], np.array([[fit]]))


def test_a_table_of_another_shape_is_refused() -> None:
    one = np.ones((1, 1))
    with pytest.raises(InvalidInputError, match="1×1"):
        place(asks((20, 10, 30)), [], one, one, one, RULES)
