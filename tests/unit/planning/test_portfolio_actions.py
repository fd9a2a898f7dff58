"""What is recommended when all is chosen together: within the limits, with the rules' evidence, and saying what differs."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.actions import recommend
from app.planning.allocation import allocate
from app.planning.enrolment import enrolment_history
from app.planning.portfolio_actions import Together, recommend_together
from app.planning.portfolio_check import reallocated
from app.planning.profile import Profile
from app.planning.profile_values import Number
from app.planning.situation import ProgramFacts
from app.planning.standing import DecisionRow, Standing
from app.planning.supply import project_supply
from app.runs.profiles import load_profile
from tests.unit.planning.builders import PROFILE, SCHOOL, cell, plan, profile
from tests.unit.planning.test_actions import balanced
from tests.unit.planning.test_seats import world

WIDE = profile(
    portfolio__changed_per_school=1000,
    portfolio__changed_share_most=1.0,
    portfolio__seats_up_share=1.0,
    portfolio__seats_down_share=1.0,
    portfolio__budget=1e9,
)
"""The profile without any limit that could bind."""


def together(seed: int, rules: Profile = PROFILE) -> tuple[Together, tuple[object, ...]]:
    parts = world(seed, schools=5, programs=20, offerings=60, cells=20)
    return recommend_together(*parts, {}, rules), parts


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_recommended_keeps_to_the_limits_and_costs_no_more_than_the_rules(seed: int) -> None:
    found, parts = together(seed)
    offerings, _, _, facts = parts
    portfolio, limits = found.portfolio, PROFILE.portfolio
    assert portfolio.stands and portfolio.rules_within is not None
    assert portfolio.totals.objective <= portfolio.rules_within.objective + 1e-9
    assert portfolio.totals.objective <= portfolio.nothing.objective + 1e-9
    changed = [a for a in found.actions if a.action != "keep"]
    assert len(changed) == portfolio.totals.changed
    at_school = Counter(a.school_code for a in changed)
    opened = Counter(a.school_code for a in changed if a.action == "open")
    assert max(at_school.values(), default=0) <= limits.changed_per_school.value
    assert max(opened.values(), default=0) <= PROFILE.actions.open_per_school.value
    known = [o for o in offerings if o.seats > 0]  # type: ignore[attr-defined]
    assert len(changed) <= np.ceil(limits.changed_share_most.value * len(known))
    up = sum(max(a.seats_proposed - a.seats_now, 0) for a in changed)
    assert up <= limits.seats_up_share.value * sum(o.seats for o in known) + 1e-6
    one_by_one = {
        (a.school_code, a.level, a.program_code): a
        for a in recommend(*parts, {}, PROFILE)  # type: ignore[arg-type]
    }
    differing = {each.key for each in portfolio.differences}
    for a in found.actions:
        key = (a.school_code, a.level, a.program_code)
        if set(facts[a.level, a.program_code].groups) & set(PROFILE.protected_groups):  # type: ignore[index]
            assert a.action not in ("shrink", "suspend", "close")
        lines = [line for line in a.evidence if line.figure == "portfolio"]
        assert any(rule.startswith("portfolio.") for rule in a.rules) is (key in differing)
        assert len(lines) == (a.action != "keep" or key in differing)
        if key not in differing:
            rule = one_by_one[key]
            assert (a.action, a.seats_proposed, a.rules) == (rule.action, rule.seats_proposed, rule.rules)
        if a.action != "keep":
            assert a.rules[0] in ("gap.open",) or a.rules[0].split(".")[0] in (
                "ratio", "duplication", "destination", "matched",
            )  # fmt: skip


def test_without_limits_no_set_of_the_rules_costs_less() -> None:
    compared = 0
    for seed in range(12):
        portfolio = together(seed, WIDE)[0].portfolio
        # small schools may open more seats than they have
        assert set(portfolio.rules_break) <= {"seats_up_most"}
        if not portfolio.rules_break:
            compared += 1
            assert portfolio.totals.objective <= portfolio.rules.objective + 1e-9
    assert compared > 4


def test_every_action_of_the_rules_is_a_choice_of_the_portfolio() -> None:
    """Else the comparison would be with a set that the portfolio could not have chosen."""
    for seed in range(8):
        parts = world(seed, schools=5, programs=20, offerings=60, cells=20)
        rules = recommend(*parts, {}, WIDE)
        found = recommend_together(*parts, {}, WIDE).portfolio
        assert found.rules.changed == sum(a.action != "keep" for a in rules)
        assert found.rules.seats_added == pytest.approx(
            sum(max(a.seats_proposed - a.seats_now, 0) for a in rules)
        )
        assert found.rules.seats_removed == pytest.approx(
            sum(max(a.seats_now - a.seats_proposed, 0) for a in rules)
        )


def one_short_program(rules: Profile) -> Together:
    plans = [plan("A", school_code=f"413101025{n}", seats=100) for n in range(3)]
    offerings = project_supply(plans, [], [], [], rules).offerings
    facts = {("bachelor", "A"): ProgramFacts("甲专业", "09", ())}
    return recommend_together(offerings, [balanced(900, 100)], [], facts, {}, rules)


def test_a_dropped_action_says_which_limit_left_it_out_and_keeps_its_evidence() -> None:
    found = one_short_program(
        profile(
            portfolio__changed_share_most=0.34, portfolio__changed_per_school=1, portfolio__seats_up_share=1.0
        )
    )
    assert [a.action for a in found.actions].count("expand") == 2
    (dropped,) = [a for a in found.actions if "portfolio.dropped" in a.rules]
    assert dropped.action == "keep" and dropped.seats_proposed == dropped.seats_now
    assert "ratio.expand_below" in dropped.rules and dropped.priority == 0
    assert "全市每年调整的专业点不多于 2 个" in dropped.summary
    line = next(line for line in dropped.evidence if line.figure == "portfolio")
    assert "逐项规则为扩招 30 人/年" in line.text and "整体方案为保持" in line.text
    assert dropped.probability is None


def test_a_resized_action_says_from_what_to_what() -> None:
    found = one_short_program(profile(portfolio__seats_up_share=0.25, portfolio__changed_share_most=1.0))
    resized = [a for a in found.actions if "portfolio.resized" in a.rules]
    assert resized and all(a.action == "expand" and a.seats_proposed < 130 for a in resized)
    assert sum(a.seats_proposed - a.seats_now for a in found.actions) == 75
    assert all("由扩招 30 人/年改为扩招" in a.summary for a in resized)


def test_an_infeasible_portfolio_warns_and_falls_back_on_the_rules() -> None:
    rules = profile(
        portfolio__seats_up_least=80, portfolio__changed_share_most=0.34, portfolio__seats_up_share=1.0
    )
    found = one_short_program(rules)
    assert not found.portfolio.stands
    (warning,) = found.warnings
    assert warning.code == "portfolio_infeasible" and warning.records == ("seats_up_least", "changed_most")
    assert "全市每年新增学位不少于 80 人/年" in warning.text and "相互冲突" in warning.text
    assert "采用逐项规则" in warning.text
    assert [a.action for a in found.actions] == ["expand"] * 3
    assert not any(rule.startswith("portfolio.") for a in found.actions for rule in a.rules)


def test_no_data_at_all_is_no_error() -> None:
    found = recommend_together([], [], [], {}, {}, PROFILE)
    assert found.actions == () and found.portfolio.totals.objective == 0 and found.warnings == ()
    asked = recommend_together([], [], [], {}, {}, profile(portfolio__seats_up_least=5))
    assert [warning.code for warning in asked.warnings] == ["portfolio_infeasible"]


def test_demand_divided_anew_counts_every_head_once() -> None:
    plans = [plan("A", seats=100), plan("B", seats=200)]
    offerings = project_supply(plans, [], [], [], PROFILE).offerings
    keys = [("bachelor", "A"), ("bachelor", "B")]
    supply = np.array([o.graduates for o in offerings])
    demand, fit = np.array([cell("c", 120.0).central, 60.0]), np.array([[0.6, 0.2], [0.1, 0.5]])
    rules = PROFILE.allocation
    before = allocate(
        demand,
        supply,
        fit,
        fit_floor=rules.fit_floor.value,
        temperature=rules.temperature.value,
        supply_pull=rules.supply_pull.value,
    )
    facts = {key: ProgramFacts(key[1], "08", ()) for key in keys}
    balances = [balanced(d, s, key[1]) for key, d, s in zip(keys, (100.0, 40.0), supply, strict=True)]
    found = recommend_together(offerings, balances, [], facts, {SCHOOL: "某校"}, PROFILE).portfolio
    for standings in (found.programs, found.nothing_programs):
        check = reallocated(standings, keys, demand, fit, before, PROFILE)
        total = sum(standing.supply for standing in standings)
        assert check.unmet - check.surplus == pytest.approx(demand.sum() - total)
    gaps = before.shares.sum(axis=0) - supply
    same = reallocated(found.nothing_programs, keys, demand, fit, before, PROFILE)
    assert same.surplus == pytest.approx(np.maximum(-gaps, 0).sum(), abs=1e-4)


@pytest.mark.parametrize(("budget", "expected"), [(1e9, "close"), (0.0, "keep")])
def test_what_had_no_entrants_for_years_is_closed_unless_a_limit_keeps_it(
    budget: float, expected: str
) -> None:
    """The balance gains nothing by it, and still it is no matter of what pays."""
    strict = load_profile("strict")
    strict = strict.model_copy(
        update={
            "portfolio": strict.portfolio.model_copy(
                update={"budget": strict.portfolio.budget.model_copy(update={"value": budget})}
            )
        }
    )
    plans = [
        plan("A", seats=seats, year=year) for year, seats in ((2022, 40), (2023, 0), (2024, 0), (2025, 0))
    ]
    plans += [plan("Z", seats=1000, year=row.year, row=99) for row in plans]
    offerings = project_supply(plans, [], [], [], strict).offerings
    found = recommend_together(
        offerings,
        [balanced(100, 100)],
        (),
        {("bachelor", "A"): ProgramFacts("甲专业", "09", ())},
        {},
        strict,
        enrolment=enrolment_history(plans, (), 0.0),
    )
    action = next(action for action in found.actions if action.program_code == "A")
    assert action.action == expected and action.rules[0] == "enrolment.none"
    assert (found.portfolio.totals.objective < found.portfolio.nothing.objective) is (expected == "close")


@pytest.mark.parametrize("state", ["rejected", "deferred", "accepted"])
def test_what_a_reviewer_decided_on_is_no_choice_in_any_size(state: str) -> None:
    parts = world(3, schools=5, programs=20, offerings=60, cells=20)
    before = recommend_together(*parts, {}, PROFILE)
    first = next(a for a in before.actions if a.action not in ("keep", "open"))
    key = (first.school_code, first.level, first.program_code)
    program = next(b for b in parts[1] if (b.level, b.program_code) == key[1:])
    decision = DecisionRow(
        *key,
        action=first.action,
        state=state,
        seats=first.seats_proposed,
        demand=program.demand,
        supply=program.supply,
        year=2030 if state == "accepted" else None,
        until="2030-09-01" if state == "deferred" else None,
        on="2026-05-01",
        who="教务处",
        reason="条件不足",
    )
    standing = Standing((decision,), (), Number(value=0.2, source="assumption"))
    after = recommend_together(*parts, {}, PROFILE, standing=standing)
    kept = next(a for a in after.actions if (a.school_code, a.level, a.program_code) == key)
    assert kept.action == "keep" and kept.rules[0] == f"review.{state}"
    assert kept.seats_proposed == kept.seats_now and "条件不足" in kept.summary
