"""Rules of a placement beside cost: fixed classes, shares, teachers, wishes, places without seats, one posting anew."""

import time
from collections import defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidInputError
from app.planning.placement import place_pairs
from app.planning.placement_one import replace_one
from app.planning.placement_terms import (
    FixedClass,
    Pairs,
    PlacementOffering,
    PlacementPosting,
    PlacementResult,
    PlacementRules,
)

RULES = PlacementRules(gap=0.0)


def offerings(*seats: int) -> list[PlacementOffering]:
    return [PlacementOffering((f"S{j}", "bachelor", "A"), number) for j, number in enumerate(seats)]


def every_pair(n: int, m: int, fit: float | np.ndarray = 0.6, **wishes: np.ndarray) -> Pairs:
    rows, columns = (side.ravel() for side in np.indices((n, m)))
    ones = np.ones(n * m)
    fits = np.broadcast_to(fit, (n, m)).ravel().astype(float)
    return Pairs(rows, columns, fits, ones, ones * np.nan, ones * 0, **wishes)


def placed(result: PlacementResult) -> dict[tuple[str, str], int]:
    return {(item.posting_id, item.key[0]): item.seats for item in result.classes}


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_seats_teachers_and_fixed_classes_are_kept_and_nobody_takes_all_while_another_lacks(
    data: st.DataObject,
) -> None:
    draw = data.draw
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    postings = [
        PlacementPosting(
            str(i),
            draw(st.integers(0, 40)),
            draw(st.integers(1, 12)),
            draw(st.integers(12, 30)),
            enterprise=draw(st.sampled_from("EFG")),
            takes_seats=draw(st.booleans()),
            teachers_per_class=draw(st.sampled_from([0.0, 1.0, 1.5])),
        )
        for i in range(n)
    ]
    sides = [
        replace(one, teachers=draw(st.none() | st.integers(0, 4)))
        for one in offerings(*(draw(st.integers(0, 50)) for _ in range(m)))
    ]
    school_teachers = {"S0": float(draw(st.integers(0, 3)))}
    fixed = [
        FixedClass(
            str(draw(st.integers(0, 5))), ("S0", "bachelor", "A"), draw(st.integers(0, 20)), teachers=1.0
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    fit = np.array([draw(st.floats(0.2, 1)) for _ in range(n * m)]).reshape(n, m)
    rules = replace(RULES, enterprise_share=draw(st.sampled_from([0.6, 1.0])))
    result = place_pairs(
        postings, sides, every_pair(n, m, fit), rules, fixed=fixed, school_teachers=school_teachers
    )
    by_id = {posting.id: posting for posting in postings}
    taken: defaultdict[tuple[str, bool], int] = defaultdict(int)
    teachers: defaultdict[str, float] = defaultdict(float)
    got: defaultdict[str, int] = defaultdict(int)
    held: defaultdict[tuple[str, bool, str], int] = defaultdict(int)
    for one in fixed:
        taken[one.key[0], True] += one.heads
        teachers[one.key[0]] += one.teachers
        got[one.posting_id] += one.heads
        owner = by_id[one.posting_id].enterprise if one.posting_id in by_id else one.posting_id
        held[one.key[0], True, owner] += one.heads
    fixed_taken, fixed_teachers = dict(taken), dict(teachers)
    for item in result.classes:
        posting = by_id[item.posting_id]
        assert posting.class_size_min * item.classes <= item.seats <= posting.class_size_max * item.classes
        taken[item.key[0], posting.takes_seats] += item.seats
        teachers[item.key[0]] += posting.teachers_per_class * item.classes
        got[item.posting_id] += item.seats
        held[item.key[0], posting.takes_seats, posting.enterprise] += item.seats
    for side in sides:
        code = side.key[0]
        for seated in (True, False):
            assert taken[code, seated] <= max(side.seats, fixed_taken.get((code, seated), 0))
        for most in (side.teachers, school_teachers.get(code)):
            if most is not None:
                assert teachers[code] <= max(most, fixed_teachers.get(code, 0)) + 1e-9
    left = {one.posting_id: one for one in result.unplaced}
    for posting in postings:
        unmet = max(0, posting.heads - got[posting.id])
        assert (left[posting.id].unmet if posting.id in left else 0) == unmet
    for i, j in product(range(n), range(m)):  # a posting that lacks a class it could have had here
        posting, side, code = postings[i], sides[j], sides[j].key[0]
        unmet, small = posting.heads - got[posting.id], posting.class_size_min
        room = side.seats - fixed_taken.get((code, posting.takes_seats), 0)
        spare = [
            most - fixed_teachers.get(code, 0)
            for most in (side.teachers, school_teachers.get(code))
            if most is not None
        ]
        if unmet < small or room < small or any(s < posting.teachers_per_class - 1e-9 for s in spare):
            continue
        for rival in {p.enterprise for p in postings} - {posting.enterprise}:
            mine = [
                p.class_size_min
                for p in postings
                if p.enterprise == rival and p.takes_seats == posting.takes_seats
            ]
            share = min(int((rules.enterprise_share or 1) * side.seats), side.seats - small)
            if mine and share >= max(mine) and room == side.seats:
                assert held[code, posting.takes_seats, rival] <= share


def test_an_enterprise_takes_a_whole_offering_only_where_nobody_else_lacks_a_class() -> None:
    two = [
        PlacementPosting("a", 40, 15, 50, enterprise="A"),
        PlacementPosting("b", 40, 15, 50, enterprise="B"),
    ]
    fit = np.array([[0.9], [0.6]])
    shared = place_pairs(two, offerings(40), every_pair(2, 1, fit), RULES)
    assert placed(shared) == {("a", "S0"): 25, ("b", "S0"): 15}
    assert shared.shared == (("S0", "bachelor", "A"),)
    alone = place_pairs(two[:1], offerings(40), every_pair(1, 1, 0.9), RULES)
    assert placed(alone) == {("a", "S0"): 40} and alone.shared == ()
    # The other finds a place elsewhere: it lacks nothing, so the first may have all.
    elsewhere = place_pairs(
        two, offerings(40, 40), every_pair(2, 2, np.array([[0.9, 0.2], [0.8, 0.7]])), RULES
    )
    assert placed(elsewhere) == {("a", "S0"): 40, ("b", "S1"): 40}
    same = [replace(posting, enterprise="A") for posting in two]
    assert placed(place_pairs(same, offerings(40), every_pair(2, 1, fit), RULES)) == {("a", "S0"): 40}
    half = place_pairs(two, offerings(40), every_pair(2, 1, fit), replace(RULES, enterprise_share=0.5))
    assert placed(half) == {("a", "S0"): 20, ("b", "S0"): 20}


def test_seats_that_hold_one_class_only_are_not_shared() -> None:
    two = [
        PlacementPosting("a", 20, 15, 50, enterprise="A"),
        PlacementPosting("b", 20, 15, 50, enterprise="B"),
    ]
    assert placed(place_pairs(two, offerings(20), every_pair(2, 1, np.array([[0.9], [0.6]])), RULES)) == {
        ("a", "S0"): 20
    }


def test_fixed_classes_keep_their_seats_heads_and_teachers() -> None:
    fixed = [
        FixedClass("a", ("S0", "bachelor", "A"), 25, teachers=2.0),
        FixedClass("gone", ("S0", "bachelor", "A"), 5),
    ]
    sides = [replace(offerings(60)[0], teachers=3.0)]
    result = place_pairs(
        [
            PlacementPosting("a", 40, 10, 50, teachers_per_class=1.0),
            PlacementPosting("b", 30, 10, 50, enterprise="B"),
        ],
        sides,
        every_pair(2, 1),
        RULES,
        fixed=fixed,
    )
    assert placed(result) == {("a", "S0"): 15, ("b", "S0"): 15}
    assert (result.heads_asked, result.heads_placed, result.heads_fixed) == (70, 55, 25)
    over = place_pairs(
        [PlacementPosting("a", 40, 10, 50)], offerings(20), every_pair(1, 1), RULES, fixed=fixed
    )
    assert over.classes == () and over.unplaced[0].unmet == 15  # the seats were cut below what is signed


def test_teachers_limit_classes_and_those_of_the_enterprise_help() -> None:
    needing = [PlacementPosting(str(i), 20, 15, 20, teachers_per_class=2.0) for i in range(3)]
    one = [replace(offering, teachers=5.0) for offering in offerings(100)]
    result = place_pairs(needing, one, every_pair(3, 1), RULES)
    assert len(result.classes) == 2
    assert [left.reason_code for left in result.unplaced] == ["teachers_taken"]
    school = place_pairs(needing, offerings(100), every_pair(3, 1), RULES, school_teachers={"S0": 3.0})
    assert len(school.classes) == 1
    none = place_pairs(needing[:1], offerings(100), every_pair(1, 1), RULES, school_teachers={"S0": 1.0})
    assert none.unplaced[0].reason_code == "teachers_below_class"
    brought = [replace(posting, teachers_per_class=0.0) for posting in needing]
    assert len(place_pairs(brought, one, every_pair(3, 1), RULES).classes) == 3


def test_wishes_draw_and_exclusions_forbid() -> None:
    posting = [PlacementPosting("a", 20, 15, 30)]
    wish = every_pair(1, 2, np.array([[0.65, 0.6]]), enterprise_wish=np.array([0.0, 1.0]))
    result = place_pairs(posting, offerings(30, 30), wish, RULES)
    assert placed(result) == {("a", "S1"): 20} and "企业希望与该校合作" in result.classes[0].reasons
    barred = every_pair(1, 2, np.array([[0.9, 0.3]]), school_wish=np.array([np.nan, 0.0]))
    assert placed(place_pairs(posting, offerings(30, 30), barred, RULES)) == {("a", "S1"): 20}
    both = every_pair(1, 2, enterprise_wish=np.array([0.0, np.nan]), school_wish=np.array([np.nan, 0.0]))
    left = place_pairs(posting, offerings(30, 30), both, RULES).unplaced[0]
    assert left.reason_code == "excluded" and left.nearest is not None
    assert [short.condition for short in left.nearest.shortfalls] == ["excluded"]
    with pytest.raises(InvalidInputError, match="school_wish"):
        place_pairs(posting, offerings(30), every_pair(1, 1, school_wish=np.array([1.5])), RULES)


def test_those_who_hold_no_seats_draw_on_places() -> None:
    interns = PlacementPosting("i", 20, 1, 50, takes_seats=False)
    pupils = PlacementPosting("a", 30, 15, 50)
    side = [replace(offerings(30)[0], places=12)]
    assert placed(place_pairs([interns, pupils], side, every_pair(2, 1), RULES)) == {
        ("i", "S0"): 12,
        ("a", "S0"): 30,
    }


def test_a_posting_nobody_can_serve_says_what_comes_nearest() -> None:
    sides = offerings(14, 3, 40)
    fit = np.array([[0.6, 0.9, 0.05]])
    left = place_pairs([PlacementPosting("a", 20, 15, 30)], sides, every_pair(1, 3, fit), RULES).unplaced[0]
    assert left.nearest is not None and left.nearest.key == sides[0].key
    (short,) = left.nearest.shortfalls
    assert (short.condition, short.has, short.needs) == ("seats", 14, 15) and "差 1 个" in short.text
    few = place_pairs([PlacementPosting("a", 8, 15, 30)], sides, every_pair(1, 3, fit), RULES).unplaced[0]
    assert few.nearest is not None and few.nearest.shortfalls[0].condition == "heads"
    served = place_pairs([PlacementPosting("a", 50, 15, 30)], sides, every_pair(1, 3, 0.6), RULES).unplaced[0]
    assert served.nearest is None


def city(n: int, m: int, seed: int = 1) -> tuple[list[PlacementPosting], list[PlacementOffering], np.ndarray]:
    random = np.random.default_rng(seed)
    postings = [
        PlacementPosting(str(i), int(h), 15, 50, enterprise=f"E{i // 2}")
        for i, h in enumerate(random.integers(10, 80, n))
    ]
    return postings, offerings(*random.integers(0, 60, m).tolist()), random.random((n, m))


def test_one_posting_is_placed_anew_without_the_school_that_declined_and_nothing_else_moves() -> None:
    postings, sides, fit = city(12, 40)
    first = place_pairs(postings, sides, every_pair(12, 40, fit), replace(RULES, gap=0.01))
    declined = first.classes[0]
    posting = next(p for p in postings if p.id == declined.posting_id)
    standing = [
        FixedClass(
            item.posting_id,
            item.key,
            item.seats,
            item.classes,
            next(p.enterprise for p in postings if p.id == item.posting_id),
        )
        for item in first.classes
        if item is not declined
    ]
    row = int(posting.id)
    mine = every_pair(1, 40, fit[row : row + 1])
    again = replace_one(posting, sides, mine, RULES, standing=standing, declined={declined.key[0]})
    assert again.classes and {item.posting_id for item in again.classes} == {posting.id}
    assert declined.key[0] not in {item.key[0] for item in again.classes}
    taken = defaultdict(int, {side.key: 0 for side in sides})
    for one in standing:
        taken[one.key] += one.heads
    for item in again.classes:
        taken[item.key] += item.seats
    assert all(taken[side.key] <= side.seats for side in sides)
    own = sum(one.heads for one in standing if one.posting_id == posting.id)
    unmet = again.unplaced[0].unmet if again.unplaced else 0
    assert own + sum(item.seats for item in again.classes) + unmet == posting.heads


def test_one_posting_is_placed_anew_among_twenty_thousand_offerings_in_under_a_second() -> None:
    _, sides, _ = city(1, 20_000)
    random = np.random.default_rng(2)
    columns = np.arange(20_000)
    many = Pairs(
        columns * 0,
        columns,
        random.random(20_000),
        columns * 0 + 1.0,
        random.random(20_000) * 50,
        columns * 0.0,
    )
    standing = [FixedClass(f"x{j}", sides[j].key, min(20, sides[j].seats)) for j in range(0, 20_000, 3)]
    posting = PlacementPosting("a", 120, 15, 50)
    started = time.process_time()
    result = replace_one(posting, sides, many, PlacementRules(), standing=standing, declined={"S5"})
    assert time.process_time() - started < 1
    assert sum(item.seats for item in result.classes) == 120
