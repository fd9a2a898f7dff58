"""Limits of a school's size hold for its openings together, with what it ends in the same year."""

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.planning.portfolio import choose_portfolio
from app.planning.portfolio_choices import limits_of, sources_of
from app.planning.portfolio_conflicts import in_words
from app.planning.portfolio_items import (
    LIMITS,
    Choice,
    Item,
    PortfolioLimits,
    PortfolioProgram,
    PortfolioWeights,
)
from app.planning.situation import survey
from app.runs.profiles import load_profile
from tests.unit.planning.builders import PROFILE

LEVEL = "secondary_vocational"
CLOSE = Choice("close", -40, -16, 2.0)
OPEN = Choice("open", 30, 12, 1.0, classes=1)


def program(code: str, pool: str, gap: float = 100) -> PortfolioProgram:
    return PortfolioProgram((LEVEL, code), pool, 100 + max(gap, 0), 100 - min(gap, 0), 5)


def taught(code: str, *choices: Choice, school: str = "s") -> Item:
    return Item((school, LEVEL, code), choices, seats=40, students_per_seat=3)


def opening(code: str, school: str = "s", *choices: Choice) -> Item:
    return Item((school, LEVEL, code), choices or (OPEN,), opening=True)


def chosen(items: Sequence[Item], programs: Sequence[PortfolioProgram], limits: PortfolioLimits) -> set[str]:
    found = choose_portfolio(items, programs, PortfolioWeights(), limits)
    assert found.stands
    return {
        f"{choice.action} {item.key[2]}"
        for item, choice in zip(items, found.choices, strict=True)
        if choice is not None
    }


SHORT = [program(code, pool) for code, pool in (("P", "1"), ("Q", "2"), ("R", "1"))]
LONG = [program("A", "1", -100), program("B", "2", -100), program("C", "3", -100)]


@pytest.mark.parametrize(
    ("most", "ending", "expected"),
    [
        (5, (), {"open P", "open Q", "open R"}),
        (3, (), {"open P"}),
        (2, (), set()),
        (2, (CLOSE,), {"close A", "open P"}),
        (1, (CLOSE,), {"close A"}),
    ],
)
def test_programs_of_a_school(most: float, ending: tuple[Choice, ...], expected: set[str]) -> None:
    """A school that is over its number already may stay so as long as it opens nothing."""
    items = [taught("A", *ending), taught("B"), *(opening(code) for code in "PQR")]
    programs = [*SHORT, program("A", "9", -100), *LONG[1:]]
    found = chosen(items, programs, PortfolioLimits(max_programs={LEVEL: most}))
    assert sorted(word.split()[0] for word in found) == sorted(word.split()[0] for word in expected)
    every = chosen(items, programs, PortfolioLimits(max_programs={"bachelor": 0}))
    assert every >= {"open P", "open Q", "open R"}


def test_two_openings_of_one_new_class_count_as_one_class() -> None:
    items = [taught("C"), *(opening(code) for code in "PQR")]
    limits = PortfolioLimits(max_classes={LEVEL: 2})
    assert chosen(items, [*SHORT, *LONG], limits) == {"open P", "open R"}
    assert chosen(items, [*SHORT, *LONG], replace(limits, max_classes={LEVEL: 3})) == {
        "open P",
        "open Q",
        "open R",
    }
    # the only offering of class 3 is ended, and makes room for the other class
    ending = [taught("C", CLOSE), *items[1:]]
    assert chosen(ending, [*SHORT, *LONG], limits) == {"close C", "open P", "open Q", "open R"}
    # of two offerings of a class both must go
    both = [taught("C", CLOSE), taught("D"), *items[1:]]
    assert chosen(both, [*SHORT, *LONG, program("D", "3", 0)], limits) == {"close C", "open P", "open R"}


def test_students_for_each_program_are_counted_with_this_years_changes() -> None:
    """Two offerings of 40 seats for three years: 240 students, enough for four programs of 60."""
    items = [taught("A"), taught("B"), *(opening(code) for code in "PQR")]
    limits = PortfolioLimits(mean_enrolment={LEVEL: 60})
    assert len(chosen(items, [*SHORT, *LONG], limits)) == 2
    fewer = [taught("A", Choice("shrink", -20, -8, -20.0)), *items[1:]]
    assert chosen(fewer, [*SHORT, *LONG], limits) == {"shrink A", "open P"}, "180 students: three programs"
    more = [taught("A", Choice("expand", 20, 8, -20.0)), *items[1:]]
    found = chosen(more, [*SHORT, program("A", "1"), *LONG[1:]], limits)
    assert found == {"expand A", "open P", "open Q", "open R"}, "300 students: five programs"


def test_a_new_school_has_a_number_of_its_own() -> None:
    items = [opening(code, school) for school in ("s", "t") for code in "PQR"]
    limits = PortfolioLimits(open_per_school=1, open_per_new_school=2, new_schools=frozenset({"t"}))
    found = choose_portfolio(items, [program(code, code, 500) for code in "PQR"], PortfolioWeights(), limits)
    opened = [item.key[0] for item, choice in zip(items, found.choices, strict=True) if choice]
    assert sorted(opened) == ["s", "t", "t"]


@pytest.mark.parametrize(
    ("limits", "code", "words"),
    [
        (PortfolioLimits(max_programs={LEVEL: 3}), "max_programs", "增设后每校的专业不多于 3 个"),
        (PortfolioLimits(max_classes={LEVEL: 3}), "max_classes", "专业类不多于 3 个"),
        (PortfolioLimits(mean_enrolment={LEVEL: 75}), "mean_enrolment", "平均每专业在校生"),
        (PortfolioLimits(open_per_school=1), "open_per_school", "每校每年增设的专业点 1 个"),
    ],
)
def test_a_conflict_names_the_limit_of_the_school(limits: PortfolioLimits, code: str, words: str) -> None:
    items = [taught("A"), taught("C"), opening("P"), opening("Q")]
    programs = [program("P", "2"), program("Q", "4"), *LONG]
    one = choose_portfolio(items, programs, PortfolioWeights(), replace(limits, seats_up_least=30))
    assert one.stands
    found = choose_portfolio(items, programs, PortfolioWeights(), replace(limits, seats_up_least=60))
    assert found.status == "infeasible" and found.conflict is not None
    assert set(found.conflict.codes) == {"seats_up_least", code}
    assert words in in_words(found.conflict, LIMITS)


def made_up(seed: int) -> tuple[list[Item], list[PortfolioProgram], PortfolioLimits]:
    """A school or two with a few offerings and openings, and limits that are often in the way."""
    draw = random.Random(seed)
    codes = "ABCDEFG"
    programs = [program(code, draw.choice("123"), draw.choice([-60, 0, 15, 40, 90])) for code in codes]
    items = []
    for school in "st"[: draw.randint(1, 2)]:
        for code in draw.sample(codes, draw.randint(3, 5)):
            if draw.random() < 0.5:
                items.append(opening(code, school))
            else:
                items.append(
                    taught(
                        code, *draw.choice([(), (CLOSE,), (replace(CLOSE, action="suspend"),)]), school=school
                    )
                )
    limits = PortfolioLimits(
        max_programs={LEVEL: draw.randint(1, 4)} if draw.random() < 0.6 else {},
        max_classes={LEVEL: draw.randint(1, 3)} if draw.random() < 0.6 else {},
        mean_enrolment={LEVEL: draw.choice([50, 70, 100])} if draw.random() < 0.6 else {},
    )
    return items, programs, limits


def keeps(
    items: Sequence[Item],
    made: Sequence[Choice | None],
    programs: Sequence[PortfolioProgram],
    limits: PortfolioLimits,
) -> bool:
    """Recounted: what each school that opens anything teaches afterwards, and for how many."""
    pools = {p.key: p.pool for p in programs}
    for school in {item.key[0] for item in items}:
        here = [(i, c) for i, c in zip(items, made, strict=True) if i.key[0] == school]
        if not any(item.opening and choice for item, choice in here):
            continue
        going_on = [
            item
            for item, choice in here
            if (
                choice is not None
                if item.opening
                else choice is None or choice.action not in ("suspend", "close")
            )
        ]
        students = sum(
            (item.seats + (choice.seats if choice else 0.0)) * item.students_per_seat
            for item, choice in here
            if not item.opening
        )
        if len(going_on) > limits.max_programs.get(LEVEL, math.inf):
            return False
        if len({pools[item.key[1:]] for item in going_on}) > limits.max_classes.get(LEVEL, math.inf):
            return False
        if students < limits.mean_enrolment.get(LEVEL, 0.0) * len(going_on) - 1e-6:
            return False
    return True


def test_small_cities_are_solved_to_the_best_that_keeps_every_limit() -> None:
    """Against all sets of choices, tried one by one; the limits recounted another way."""
    bound, weights = 0, PortfolioWeights(pooled_share=0.0)
    for seed in range(40):
        items, programs, limits = made_up(seed)
        found = choose_portfolio(items, programs, weights, limits, gap=1e-6)
        assert found.stands and keeps(items, found.choices, programs, limits), seed
        best = min(
            _objective(items, made, programs)
            for made in itertools.product(*((None, *item.choices) for item in items))
            if keeps(items, made, programs, limits) and _within_gaps(items, made, programs)
        )
        assert found.totals.objective == pytest.approx(best, abs=1e-3), seed
        free = choose_portfolio(items, programs, weights, PortfolioLimits(), gap=1e-6)
        bound += free.totals.objective < found.totals.objective - 1e-3
    assert bound > 10, "the limits are in the way often enough to be tested"


def _objective(
    items: Sequence[Item], made: Sequence[Choice | None], programs: Sequence[PortfolioProgram]
) -> float:
    """Where no class lends: heads unmet, 0.4 of those in surplus, and what the changes cost."""
    gaps = {p.key: p.demand - p.supply for p in programs}
    for item, choice in zip(items, made, strict=True):
        gaps[item.key[1:]] -= choice.heads if choice else 0.0
    changes = sum(choice.cost for choice in made if choice)
    return changes + sum(max(gap, 0.0) + 0.4 * max(-gap, 0.0) for gap in gaps.values())


def _within_gaps(
    items: Sequence[Item], made: Sequence[Choice | None], programs: Sequence[PortfolioProgram]
) -> bool:
    for p in programs:
        heads = [c.heads for i, c in zip(items, made, strict=True) if c and i.key[1:] == p.key]
        gap = p.demand - p.supply
        if sum(h for h in heads if h > 0) > max(gap, 0) + 1e-6:
            return False
        if sum(-h for h in heads if h < 0) > max(-gap, 0) + 1e-6:
            return False
    return True


def test_the_strict_profile_gives_its_numbers_and_their_sources() -> None:
    strict = load_profile("strict")
    limits = limits_of(survey((), (), (), {}, {}, strict, {}))
    assert (limits.max_programs, limits.max_classes) == ({LEVEL: 5}, {LEVEL: 3})
    assert limits.mean_enrolment == {LEVEL: 200, "higher_vocational": 300}
    assert (limits.open_per_school, limits.open_per_new_school) == (3, 5)
    sources = sources_of(strict)
    assert "贵州省 2014 年" in sources["max_programs"] and "福建省 2023 年" in sources["mean_enrolment"]
    none = limits_of(survey((), (), (), {}, {}, PROFILE, {}))
    assert none.max_programs == none.max_classes == none.mean_enrolment == {}
