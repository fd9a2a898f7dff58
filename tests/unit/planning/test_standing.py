"""Decisions of reviewers: what they hold back, until when, and what the supply makes of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.errors import ConflictError, InvalidInputError
from app.planning.allocation import allocate
from app.planning.balance import balance as balances_of
from app.planning.decision import Decision
from app.planning.review import DECIDED, MOVES, STATES, check_move, check_words
from app.planning.standing import DecisionRow, Standing, carried_out
from app.planning.supply import project_supply
from tests.unit.planning.builders import LEVEL, PROFILE, SCHOOL, plan, register

CODE = "080901"
KEY = (SCHOOL, LEVEL, CODE)
OTHER = "4131010246"


def decision(state: str, action: str = "close", **changes: Any) -> DecisionRow:
    values: dict[str, Any] = {
        "school_code": SCHOOL,
        "level": LEVEL,
        "program_code": CODE,
        "action": action,
        "state": state,
        "seats": 0.0,
        "demand": 100.0,
        "supply": 400.0,
        "year": 2027 if state == "accepted" else None,
        "until": "2027-09-01" if state == "deferred" else None,
        "on": "2026-11-25",
        "who": "规划处",
        "reason": "核对过",
    }
    return DecisionRow(**{**values, **changes})


def figures(demand: float, supply: float) -> Any:
    offerings = project_supply([plan(CODE, seats=30)], (), (), (), PROFILE).offerings

    allocation = allocate(
        np.zeros(0), np.array([1.0]), np.zeros((0, 1)), fit_floor=0.1, temperature=1, supply_pull=0
    )
    (empty,) = balances_of([(LEVEL, CODE)], offerings, (), allocation, np.zeros((0, 1)))
    return replace(empty, demand=demand, supply=supply, gap=demand - supply)


def standing(*decisions: DecisionRow) -> Standing:
    return Standing(decisions, (), PROFILE.review.figure_change)


def test_every_move_is_possible_or_refused_with_what_is() -> None:
    for state in STATES:
        for to in STATES:
            if to in MOVES[state]:
                check_move(state, to)
            else:
                with pytest.raises(ConflictError, match=MOVES[state][0]):
                    check_move(state, to)


@pytest.mark.parametrize("to", DECIDED)
def test_decisions_need_who_and_why(to: str) -> None:
    until = "2027-01-01" if to == "deferred" else None
    check_words(to, who="规划处", reason="核对过", until=until, year=None)
    with pytest.raises(InvalidInputError, match="由谁"):
        check_words(to, who=" ", reason="核对过", until=until, year=None)
    with pytest.raises(InvalidInputError, match="理由"):
        check_words(to, who="规划处", reason="", until=until, year=None)


def test_a_deferral_needs_its_day_and_only_a_deferral_has_one() -> None:
    with pytest.raises(InvalidInputError, match="哪一天"):
        check_words("deferred", who="a", reason="b", until=None, year=None)
    with pytest.raises(InvalidInputError, match="until"):
        check_words("rejected", who="a", reason="b", until="2027-01-01", year=None)
    with pytest.raises(InvalidInputError, match="year"):
        check_words("rejected", who="a", reason="b", until=None, year=2027)


def test_a_rejected_action_comes_again_when_figures_have_changed() -> None:
    rejected = standing(decision("rejected"))
    close = Decision("close", "供给远超需求", ("ratio.close_above",))
    same = rejected.heeded(KEY, close, figures(100, 470))
    assert same.action == "keep" and same.rules == ("review.rejected", "ratio.close_above")
    assert "规划处" in same.reason and "核对过" in same.reason
    assert "0.2" in str(same.thresholds[-1].value)
    assert rejected.heeded(KEY, close, figures(100, 481)) is close
    assert rejected.heeded(KEY, close, figures(79, 400)) is close
    shrink = Decision("shrink", "供给超过需求", ("ratio.shrink_above",))
    assert rejected.heeded(KEY, shrink, figures(100, 400)) is shrink
    assert rejected.heeded((OTHER, LEVEL, CODE), close, figures(100, 400)) is close


def test_a_deferred_action_is_held_back_and_an_accepted_one_holds_back_all() -> None:
    deferred = standing(decision("deferred", "expand"))
    assert deferred.withheld(KEY, "expand", None) is not None
    assert deferred.withheld(KEY, "shrink", None) is None
    accepted = standing(decision("accepted"))
    for action in ("open", "expand", "upgrade", "shrink", "suspend", "close"):
        assert accepted.withheld(KEY, action, figures(1000, 1)) is not None
    assert accepted.withheld(KEY, "keep", None) is None


def test_accepted_changes_move_the_supply_until_the_plans_speak() -> None:
    now = project_supply(
        [plan(CODE, seats=40), plan(CODE, seats=60, school_code=OTHER)], [register("080703")], (), (), PROFILE
    ).offerings

    def seats(*decisions: DecisionRow) -> dict[str, float]:
        after, _, _ = carried_out(now, decisions, PROFILE)
        return {f"{o.school_code[-5:]}:{o.program_code}": o.seats for o in after}

    before = {"10246:080901": 60, "10255:080703": 0, "10255:080901": 40}
    assert seats() == before
    assert seats(decision("accepted")) == {k: v for k, v in before.items() if k != "10255:080901"}
    assert seats(decision("accepted", "shrink", seats=25.0)) == {**before, "10255:080901": 25}
    assert seats(decision("accepted", "upgrade", seats=40.0)) == before
    opened = decision("accepted", "open", seats=30.0, program_code="080710T")
    assert seats(opened) == {**before, "10255:080710T": 30}
    registered = decision("accepted", "open", seats=30.0, program_code="080703")
    assert seats(registered) == {**before, "10255:080703": 30}
    for unchanged in (decision("rejected"), decision("deferred"), decision("accepted", year=2029)):
        assert seats(unchanged) == before
        assert carried_out(now, [unchanged], PROFILE)[1] == (unchanged,)
    # The plan of the year is there: it says what has become of the decision.
    after, heeded, planned = carried_out(now, [decision("accepted", year=2025)], PROFILE)
    assert (after, heeded, planned) == (now, (), ())


def test_the_evidence_names_what_the_supply_counts_already() -> None:
    now = project_supply([plan(CODE, seats=40)], (), (), (), PROFILE).offerings
    _, heeded, planned = carried_out(now, [decision("accepted", "shrink", seats=25.0)], PROFILE)
    (line,) = Standing(heeded, planned, PROFILE.review.figure_change, {SCHOOL: "东华大学"}).evidence(
        (LEVEL, CODE)
    )
    assert line.value == -15 and line.figure == "planned"
    assert all(word in line.text for word in ("东华大学", "2027", "缩减", "40", "25", "规划处"))
