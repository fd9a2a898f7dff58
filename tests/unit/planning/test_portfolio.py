"""The portfolio keeps every limit, costs no more than the rules one by one, says what differs and what conflicts."""

import itertools
import math
import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from app.errors import InvalidInputError
from app.planning.portfolio import GAP, choose_portfolio
from app.planning.portfolio_conflicts import in_words
from app.planning.portfolio_items import (
    LIMITS,
    Choice,
    Item,
    PortfolioLimits,
    PortfolioProgram,
    PortfolioWeights,
)
from app.planning.portfolio_result import PortfolioResult

A, B, C = ("bachelor", "A"), ("bachelor", "B"), ("bachelor", "C")
WEIGHTS = PortfolioWeights()
NOTHING_ELSE = PortfolioLimits()
YIELD = 0.4
"""Graduates for a seat."""


def expand(seats: float) -> Choice:
    return Choice("expand", seats, seats * YIELD, 0.5 + 0.02 * seats, 2 * seats)


def shrink(seats: float) -> Choice:
    return Choice("shrink", -seats, -seats * YIELD, 1 + 0.02 * seats)


def program(key: tuple[str, str], demand: float, supply: float, **changes: object) -> PortfolioProgram:
    values: dict[str, object] = {"pool": "08", "offerings": 5}
    return PortfolioProgram(key, demand=demand, supply=supply, **{**values, **changes})  # type: ignore[arg-type]


def offering(school: str, key: tuple[str, str], *choices: Choice, **changes: object) -> Item:
    rule = len(choices) - 1 if choices else None
    return Item((school, *key), choices, **{"rule": rule, **changes})  # type: ignore[arg-type]


def opening(school: str, key: tuple[str, str], classes: int = 1, **changes: object) -> Item:
    choices = [
        Choice("open", 30 * n, 30 * n * YIELD, 4 + 0.6 * n, 300 + 60 * n, classes=n)
        for n in range(1, classes + 1)
    ]
    return Item((school, *key), tuple(choices), opening=True, **{"rule": 0, **changes})  # type: ignore[arg-type]


SHORT, LONG = program(A, 200, 100), program(B, 50, 120)
OFFERINGS = [
    offering("s1", A, expand(5), expand(10), expand(15)),
    offering("s2", A, expand(5), expand(10), expand(15)),
    offering("s1", B, shrink(5), shrink(10)),
]


def test_without_limits_everything_that_pays_is_done() -> None:
    found = choose_portfolio(OFFERINGS, [SHORT, LONG], WEIGHTS, NOTHING_ELSE)
    assert found.status == "optimal" and found.gap is not None and found.gap <= GAP
    assert [choice and choice.seats for choice in found.choices] == [15, 15, -10]
    assert found.differences == () and found.rules_break == ()
    assert found.totals == found.rules and found.totals.objective < found.nothing.objective


def test_a_limit_that_binds_is_named_and_has_a_price() -> None:
    limits = PortfolioLimits(changed_per_school=1)
    found = choose_portfolio(OFFERINGS, [SHORT, LONG], WEIGHTS, limits)
    (dropped,) = found.differences
    assert (dropped.key, dropped.kind, dropped.limits) == (("s1", *B), "dropped", ("changed_per_school",))
    report = next(limit for limit in found.limits if limit.code == "changed_per_school")
    assert (report.used, report.slack, report.prevented) == (1, 0, 1)
    assert report.price > 0 and set(report.at_limit) == {"s1", "s2"}
    assert found.rules_break == ("changed_per_school",)


def test_a_budget_resizes_what_it_cannot_pay() -> None:
    found = choose_portfolio(OFFERINGS[:1], [SHORT, LONG], WEIGHTS, PortfolioLimits(budget=20))
    (resized,) = found.differences
    assert (resized.kind, resized.rule_seats, resized.seats, resized.limits) == (
        "resized",
        15,
        10,
        ("budget",),
    )
    assert found.totals.money == 20


def test_what_the_rules_leave_is_added_where_it_costs_less() -> None:
    items = [replace(OFFERINGS[0], rule=None), opening("s3", A, rule=None)]
    found = choose_portfolio(items, [SHORT, LONG], WEIGHTS, NOTHING_ELSE)
    assert [each.kind for each in found.differences] == ["added", "added"]
    assert all(each.limits == () and each.rule_action == "keep" for each in found.differences)


def test_a_change_that_costs_more_than_it_brings_is_left() -> None:
    dear = Choice("expand", 5, 2, 100.0)
    found = choose_portfolio([offering("s1", A, dear)], [SHORT], WEIGHTS, NOTHING_ELSE)
    (dropped,) = found.differences
    assert dropped.kind == "dropped" and dropped.limits == ()


def test_of_equals_the_earlier_is_chosen_whatever_the_order_they_come_in() -> None:
    items = [offering(f"s{n}", A, expand(15)) for n in range(6)]
    for chance in (random.Random(n) for n in range(5)):
        mixed = chance.sample(items, len(items))
        found = choose_portfolio(mixed, [SHORT], WEIGHTS, PortfolioLimits(changed_most=2))
        made = {item.key[0] for item, choice in zip(mixed, found.choices, strict=True) if choice}
        assert made == {"s0", "s1"}


def test_an_upgrade_moves_graduates_to_the_short_program() -> None:
    upgrade = Choice("upgrade", 0, 0, 1.5, towards=A, moved=20)
    apart = [replace(SHORT, pool="1"), replace(LONG, pool="2")]
    found = choose_portfolio([offering("s1", B, upgrade)], apart, WEIGHTS, NOTHING_ELSE)
    assert found.totals.unmet == pytest.approx(80) and found.totals.surplus == pytest.approx(50)
    assert found.totals.seats_added == found.totals.seats_removed == 0


def test_a_related_program_lends_what_it_has_too_much_up_to_its_share() -> None:
    found = choose_portfolio([], [SHORT, LONG], WEIGHTS, NOTHING_ELSE)
    short, long = found.programs
    assert (short.borrowed, long.lent) == (60, 60)  # three tenths of 200
    assert (short.unmet, long.surplus) == (40, 10)
    assert found.totals.objective == pytest.approx(40 + 0.4 * 10 + 0.3 * 60)
    apart = choose_portfolio([], [SHORT, replace(LONG, pool="09")], WEIGHTS, NOTHING_ELSE)
    assert apart.totals.pooled == 0 and apart.totals.unmet == 100


def test_openings_keep_to_school_program_and_duplication() -> None:
    many = [opening(f"s{n}", A, 2) for n in range(4)]
    for limits, count in (
        (PortfolioLimits(open_per_program=3), 3),
        (PortfolioLimits(duplication_limit=7), 2),
        (PortfolioLimits(duplication_limit=3), 0),
        (PortfolioLimits(open_per_school=0), 0),
    ):
        found = choose_portfolio(many, [program(A, 500, 100)], WEIGHTS, limits)
        assert sum(choice is not None for choice in found.choices) == count
        assert all(choice is None or choice.classes == 2 for choice in found.choices)


def test_additions_stop_at_the_gap_and_cuts_at_the_surplus() -> None:
    items = [offering(f"s{n}", A, expand(10)) for n in range(5)] + [
        offering(f"s{n}", B, shrink(10)) for n in range(5)
    ]
    found = choose_portfolio(items, [program(A, 10, 0), program(B, 0, 10)], WEIGHTS, NOTHING_ELSE)
    made = [choice for choice in found.choices if choice]
    assert sum(choice.heads for choice in made if choice.heads > 0) == 8
    assert sum(choice.heads for choice in made if choice.heads < 0) == -8


def test_a_conflict_names_the_smallest_set_of_limits_and_what_would_help() -> None:
    items = [opening(f"s{n}", A, 2) for n in range(3)]
    limits = PortfolioLimits(open_per_school=1, seats_up_least=500, budget=1e9, changed_per_school=10)
    found = choose_portfolio(items, [program(A, 1000, 100)], WEIGHTS, limits)
    assert found.status == "infeasible" and not found.stands and found.conflict is not None
    assert found.conflict.codes == ("seats_up_least",), "three schools cannot open 500 seats by any limit"
    assert found.conflict.reliefs[0].needed == pytest.approx(180)
    assert found.totals == found.rules and found.differences == ()
    assert "做不到" in in_words(found.conflict, LIMITS)


def test_one_opening_a_school_conflicts_with_the_seats_that_must_be_added() -> None:
    keys = [("bachelor", f"P{n}") for n in range(10)]
    items = [opening("s1", key, 2) for key in keys]
    programs = [program(key, 1000, 100) for key in keys]
    limits = PortfolioLimits(open_per_school=1, seats_up_least=500, changed_per_school=50, budget=1e9)
    found = choose_portfolio(items, programs, WEIGHTS, limits)
    assert found.conflict is not None
    assert found.conflict.codes == ("seats_up_least", "open_per_school")
    least, school = found.conflict.reliefs
    assert (least.limit, least.needed) == (500, pytest.approx(60))
    assert (school.limit, school.needed) == (1, pytest.approx(9))
    words = in_words(found.conflict, LIMITS)
    assert "相互冲突" in words and "每校每年增设的专业点 1 个" in words and "500" in words


def test_what_is_protected_is_never_cut() -> None:
    cut = offering("s1", B, shrink(5), shrink(10), protected=True)
    found = choose_portfolio([cut], [LONG], WEIGHTS, NOTHING_ELSE)
    assert found.choices == (None,) and found.rules.seats_removed == 0


def test_impossible_numbers_are_refused_and_named() -> None:
    with pytest.raises(InvalidInputError, match="权重"):
        choose_portfolio([], [SHORT], replace(WEIGHTS, unmet=math.nan), NOTHING_ELSE)
    with pytest.raises(InvalidInputError, match="budget"):
        choose_portfolio([], [SHORT], WEIGHTS, PortfolioLimits(budget=-1))
    with pytest.raises(InvalidInputError, match="不是非负数"):
        choose_portfolio([], [replace(SHORT, demand=math.inf)], WEIGHTS, NOTHING_ELSE)
    with pytest.raises(InvalidInputError, match="重复"):
        choose_portfolio([], [SHORT, SHORT], WEIGHTS, NOTHING_ELSE)
    with pytest.raises(InvalidInputError, match="未知的专业"):
        choose_portfolio([offering("s1", C, expand(5))], [SHORT], WEIGHTS, NOTHING_ELSE)
    with pytest.raises(InvalidInputError, match="pooled_weight"):
        choose_portfolio([], [replace(SHORT, unmet_weight=2.0), LONG], WEIGHTS, NOTHING_ELSE)


def test_nothing_at_all_is_a_portfolio_and_asking_for_more_than_nothing_is_a_conflict() -> None:
    assert choose_portfolio([], [], WEIGHTS, NOTHING_ELSE).totals.objective == 0
    found = choose_portfolio([], [], WEIGHTS, PortfolioLimits(seats_up_least=10, changed_least=1))
    assert found.status == "infeasible" and found.conflict is not None
    assert len(found.conflict.reliefs) == 1


Instance = tuple[list[Item], list[PortfolioProgram], PortfolioLimits]


def instance(seed: int, items: int = 10, programs: int = 5) -> Instance:
    """A small region in which every kind of choice and limit occurs."""
    chance = random.Random(seed)
    keys = [("bachelor", f"P{n}") for n in range(programs)]
    needs = [
        program(
            key,
            chance.choice([0.0, chance.uniform(0, 200)]),
            chance.choice([0.0, chance.uniform(0, 200)]),
            pool=chance.choice(["x", "y"]),
            offerings=chance.randrange(8),
            unmet_weight=chance.choice([1.0, 1.25]),
        )
        for key in keys
    ]
    found = []
    for n in range(items):
        key, school = chance.choice(keys), f"s{chance.randrange(3)}-{n}"[: chance.choice([2, 9])]
        protected = chance.random() < 0.2
        kind = chance.choice(["expand", "shrink", "close", "upgrade", "open", "keep"])
        per_seat = chance.uniform(0, 1)
        sizes = sorted(chance.sample(range(5, 60, 5), chance.randrange(1, 4)))
        cost = chance.uniform(-2, 8)
        if kind == "upgrade":
            choices = [Choice(kind, 0, 0, cost, towards=chance.choice(keys), moved=chance.uniform(0, 30))]
        elif kind == "keep":
            choices = []
        else:
            sign = 1 if kind in ("expand", "open") else -1
            choices = [
                Choice(
                    kind,
                    sign * size,
                    sign * size * per_seat,
                    cost + 0.02 * size,
                    size * chance.uniform(0, 3) * (sign > 0),
                    for_outcomes=sign < 0 and chance.random() < 0.3,
                )
                for size in sizes
            ]
        rule = chance.randrange(len(choices)) if choices and chance.random() < 0.7 else None
        item = Item(
            (school, *key),
            tuple(choices),
            rule,
            kind == "open",
            protected,
            chance.random(),
            chance.uniform(0, 5),
        )
        if item.key not in {other.key for other in found}:
            found.append(item)
    limits = PortfolioLimits(
        changed_per_school=chance.choice([0, 1, 2, math.inf]),
        open_per_school=chance.choice([0, 1, math.inf]),
        open_per_program=chance.choice([1, math.inf]),
        duplication_limit=chance.choice([3, 6, math.inf]),
        changed_most=chance.choice([2, 5, math.inf]),
        changed_least=chance.choice([0, 0, 1, 4]),
        seats_up_most=chance.choice([30, 100, math.inf]),
        seats_up_least=chance.choice([0, 0, 20, 80]),
        seats_down_most=chance.choice([20, math.inf]),
        budget=chance.choice([50, math.inf]),
    )
    return found, needs, limits


def broken(choices: tuple[Choice | None, ...], parts: Instance) -> set[str]:
    """Which limits a set of choices breaks, counted in another way than the model does."""
    items, programs, limits = parts
    made = [(item, choice) for item, choice in zip(items, choices, strict=True) if choice is not None]
    by_school: dict[str, int] = {}
    opened_at: dict[str, int] = {}
    opened: dict[object, int] = {}
    added: dict[object, float] = {}
    removed: dict[object, float] = {}
    for item, choice in made:
        school, key = item.key[0], item.key[1:]
        by_school[school] = by_school.get(school, 0) + 1
        if item.opening:
            opened_at[school] = opened_at.get(school, 0) + 1
            opened[key] = opened.get(key, 0) + 1
        added[key] = added.get(key, 0) + max(choice.heads, 0)
        if not choice.for_outcomes:
            removed[key] = removed.get(key, 0) + max(-choice.heads, 0)
    up = sum(max(choice.seats, 0) for _, choice in made)
    down = sum(max(-choice.seats, 0) for _, choice in made)
    tests = {
        "gap": all(added.get(p.key, 0) <= max(p.demand - p.supply, 0) + 1e-5 for p in programs),
        "surplus": all(removed.get(p.key, 0) <= max(p.supply - p.demand, 0) + 1e-5 for p in programs),
        "changed_per_school": max(by_school.values(), default=0) <= limits.changed_per_school,
        "open_per_school": max(opened_at.values(), default=0) <= limits.open_per_school,
        "open_per_program": max(opened.values(), default=0) <= limits.open_per_program,
        "duplication_limit": all(
            opened.get(p.key, 0) <= max(limits.duplication_limit - p.offerings, 0) for p in programs
        ),
        "changed_most": len(made) <= limits.changed_most,
        "changed_least": len(made) >= limits.changed_least,
        "seats_up_most": up <= limits.seats_up_most + 1e-5,
        "seats_up_least": up >= limits.seats_up_least - 1e-5,
        "seats_down_most": down <= limits.seats_down_most + 1e-5,
        "budget": sum(choice.money for _, choice in made) <= limits.budget + 1e-5,
    }
    return {code for code, kept in tests.items() if not kept}


def objective(choices: tuple[Choice | None, ...], parts: Instance) -> float:
    """The objective as a linear program of its own: pooling solved by HiGHS, not by rule."""
    items, programs, _ = parts
    supply = {p.key: p.supply for p in programs}
    cost = sum(item.standing_cost for item in items)
    for item, choice in zip(items, choices, strict=True):
        if choice is not None:
            cost += choice.cost
            supply[item.key[1:]] += choice.heads - choice.moved
            if choice.towards is not None:
                supply[choice.towards] += choice.moved
    n = len(programs)
    eye = np.eye(n)
    pools = sorted({p.pool for p in programs})
    own = np.array([[float(p.pool == pool) for p in programs] for pool in pools])
    equal = np.vstack(
        [np.hstack([eye, -eye, eye, -eye]), np.hstack([np.zeros((len(pools), 2 * n)), own, -own])]
    )
    right = np.concatenate([[p.demand - supply[p.key] for p in programs], np.zeros(len(pools))])
    unmet = [WEIGHTS.unmet * p.unmet_weight for p in programs]
    price = np.concatenate([unmet, [WEIGHTS.surplus] * n, [WEIGHTS.pooled] * n, [0.0] * n])
    most = [None] * (2 * n) + [WEIGHTS.pooled_share * p.demand for p in programs] + [None] * n
    solved = linprog(price, A_eq=equal, b_eq=right, bounds=[(0, m) for m in most])
    return float(cost + solved.fun)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1_000_000))
def test_no_limit_is_ever_broken_and_the_objective_is_what_it_says(seed: int) -> None:
    parts = instance(seed)
    found = choose_portfolio(*parts[:2], WEIGHTS, parts[2])
    assert found.status in ("optimal", "infeasible")
    by_rule = tuple(item.by_rule if not _cut(item) else None for item in parts[0])
    assert set(found.rules_break) == broken(by_rule, parts)
    assert found.totals.objective == pytest.approx(objective(found.choices, parts), abs=1e-5)
    assert found.rules.objective == pytest.approx(objective(by_rule, parts), abs=1e-5)
    assert found.nothing.objective == pytest.approx(objective((None,) * len(parts[0]), parts), abs=1e-5)
    for item, choice in zip(parts[0], found.choices, strict=True):
        assert choice is None or choice in item.choices
        assert not (item.protected and choice is not None and choice.seats < 0)
    if found.stands:
        assert broken(found.choices, parts) == set()
        assert found.bound is not None and found.lp_bound is not None
        assert found.lp_bound <= found.bound + 1e-6 and found.bound <= found.totals.objective + 1e-9
        if not found.rules_break:
            assert found.totals.objective <= found.rules.objective + 1e-9
        if found.rules_within is not None:
            assert found.totals.objective <= found.rules_within.objective + 1e-9
        if parts[2].changed_least == parts[2].seats_up_least == 0:
            assert found.totals.objective <= found.nothing.objective + 1e-9
    for limit in found.limits:
        assert limit.price >= 0 and (limit.slack >= 0 or not found.stands)


def _cut(item: Item) -> bool:
    return item.protected and item.by_rule is not None and item.by_rule.seats < 0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1_000_000))
def test_heads_are_conserved(seed: int) -> None:
    parts = instance(seed)
    found = choose_portfolio(*parts[:2], WEIGHTS, parts[2])
    lent: dict[str, float] = {}
    pools = {p.key: p.pool for p in parts[1]}
    for standing in (*found.programs, *found.rules_programs, *found.nothing_programs):
        assert standing.supply + standing.unmet + standing.borrowed == pytest.approx(
            standing.demand + standing.surplus + standing.lent, abs=1e-6
        )
        assert min(standing.unmet, standing.surplus, standing.borrowed, standing.lent) >= 0
        lent[pools[standing.key]] = lent.get(pools[standing.key], 0) + standing.lent - standing.borrowed
    assert all(abs(rest) < 1e-6 for rest in lent.values())
    moved = sum(choice.heads for choice in found.choices if choice is not None)
    change = sum(s.supply - s.supply_before for s in found.programs)
    assert change == pytest.approx(moved, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1_000_000), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_is_of_no_account_and_a_second_call_is_the_same(
    seed: int, chance: random.Random
) -> None:
    items, programs, limits = instance(seed)
    plain = choose_portfolio(items, programs, WEIGHTS, limits)
    assert choose_portfolio(items, programs, WEIGHTS, limits) == plain
    order = chance.sample(range(len(items)), len(items))
    turned = choose_portfolio(
        [items[i] for i in order], chance.sample(programs, len(programs)), WEIGHTS, limits
    )
    assert turned.choices == tuple(plain.choices[i] for i in order)
    assert replace(turned, choices=()) == replace(plain, choices=())


def best_of_all(parts: Instance) -> float:
    """The least objective of every set of choices that keeps to the limits, by trying all; inf where there is none."""
    options = [
        (None, *(choice for choice in item.choices if not (item.protected and choice.seats < 0)))
        for item in parts[0]
    ]
    least = math.inf
    for choices in itertools.product(*options):
        if not broken(choices, parts):
            least = min(least, objective(choices, parts))
    return least


@pytest.mark.parametrize("seed", range(12))
def test_small_portfolios_are_the_best_of_all(seed: int) -> None:
    parts = instance(seed, items=4, programs=3)
    found = choose_portfolio(*parts[:2], WEIGHTS, parts[2])
    best = best_of_all(parts)
    assert found.stands == math.isfinite(best)
    if found.stands:
        assert found.totals.objective <= best + GAP * abs(best) + 1e-6
        assert found.totals.objective >= best - 1e-6


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1_000_000))
def test_a_conflict_is_one_and_no_smaller_set_is(seed: int) -> None:
    items, programs, limits = instance(seed, items=6)
    limits = replace(limits, seats_up_least=90, changed_least=4)
    found = choose_portfolio(items, programs, WEIGHTS, limits)
    if found.conflict is None:
        assert found.stands
        return

    def only(codes: tuple[str, ...]) -> PortfolioResult:
        """The portfolio under these limits alone; those of gap and surplus always hold."""
        kept = {name: getattr(limits, name) for name in codes if name in PortfolioLimits.__slots__}
        return choose_portfolio(items, programs, WEIGHTS, replace(NOTHING_ELSE, **kept))

    codes = found.conflict.codes
    assert not only(codes).stands
    if not {"gap", "surplus"} & set(codes):
        for left_out in codes:
            rest = tuple(code for code in codes if code != left_out)
            fewer = only(rest)
            assert fewer.stands or {"gap", "surplus"} & set(fewer.conflict.codes if fewer.conflict else ())
    for relief in found.conflict.reliefs:
        if relief.needed is not None and relief.code in PortfolioLimits.__slots__:
            eased = max(relief.needed - 1e-6, 0) if relief.code.endswith("least") else relief.needed + 1e-6
            if math.isfinite(eased):
                again = choose_portfolio(items, programs, WEIGHTS, replace(limits, **{relief.code: eased}))
                assert again.stands or relief.code == "duplication_limit"
    assert in_words(found.conflict, LIMITS)


def test_a_large_instance_is_quick() -> None:
    items, programs, limits = instance(7, items=400, programs=60)
    limits = replace(limits, changed_least=0, seats_up_least=0, changed_most=60, changed_per_school=math.inf)
    started = time.perf_counter()
    found = choose_portfolio(items, programs, WEIGHTS, limits)
    assert found.stands and found.gap is not None and found.gap <= 0.01
    assert time.perf_counter() - started < 30
