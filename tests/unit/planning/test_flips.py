"""What would change an action: at the border the rules say so, and nothing nearer does."""

from dataclasses import replace
from typing import Any

import pytest

from app.planning.flips import Flip, flips, moved_demand, moved_supply, opening_flips
from app.planning.rates import OutcomeRow
from app.planning.rules import decide
from app.planning.situation import ProgramFacts, Region, Situation, survey
from app.planning.supply import project_supply
from tests.unit.planning.builders import PROFILE, outcome, plan
from tests.unit.planning.test_actions import OTHERS, balanced, low

RULES = PROFILE.actions


def situated(
    demand: float, supply: float, outcomes: tuple[OutcomeRow, ...] = (), **changes: Any
) -> tuple[Situation, Region]:
    offerings = project_supply([plan("A", seats=100), *OTHERS], [], outcomes, [], PROFILE).offerings
    facts = {("bachelor", "A"): ProgramFacts("甲专业", "09", ())}
    region = survey(offerings, [balanced(demand, supply, **changes)], outcomes, facts, {}, PROFILE)
    return next(s for s in region.situations if s.offering.program_code == "A"), region


def of(
    demand: float, supply: float, outcomes: tuple[OutcomeRow, ...] = (), **changes: Any
) -> tuple[Flip, ...]:
    situation, region = situated(demand, supply, outcomes, **changes)
    return flips(situation, region, decide(situation, region).action)


def test_an_expansion_ends_where_the_ratio_reaches_its_line() -> None:
    found = of(200, 100)
    nearest = found[0]
    # low demand is 0.8 of the central one: the supply of 100 meets it at 125, the line of 0.8 is reached there too
    assert (nearest.figure, nearest.action) in (("demand", "keep"), ("supply", "keep"))
    by_demand = next(flip for flip in found if flip.figure == "demand")
    assert by_demand.then == pytest.approx(125, rel=1e-5)
    assert by_demand.text == "若需求减少 38%（至 125 人/年）则改为保持"
    by_supply = next(flip for flip in found if flip.figure == "supply")
    assert by_supply.then == pytest.approx(160, rel=1e-5) and by_supply.action == "keep"


@pytest.mark.parametrize(("demand", "supply"), [(200, 100), (100, 100), (100, 180), (100, 400), (100, 135)])
def test_the_border_is_exact(demand: float, supply: float) -> None:
    situation, region = situated(demand, supply)
    assert situation.balance is not None
    action = decide(situation, region).action
    found = flips(situation, region, action)
    assert found == tuple(sorted(found, key=lambda flip: abs(flip.change)))
    for flip in found:
        moved = moved_demand if flip.figure == "demand" else moved_supply
        factor = flip.then / flip.now
        inside = 1 + (factor - 1) * (1 - 1e-4)
        for at, expected in ((factor, flip.action), (inside, action)):
            there = replace(situation, balance=moved(situation.balance)(at))
            assert decide(there, region).action == expected != (action if at == factor else None)


def test_rates_flip_where_they_meet_their_line() -> None:
    found = of(100, 100, (outcome("A", matched_rate=0.4),))
    flip = next(flip for flip in found if flip.figure == "matched_rate")
    assert flip.then == pytest.approx(RULES.matched_low.value, abs=1e-5) and flip.action == "keep"
    found = of(200, 100, (outcome("A", registration_rate=0.95),))
    flip = next(flip for flip in found if flip.figure == "registration_rate")
    assert flip.then == pytest.approx(RULES.registration_low.value, abs=1e-5) and flip.action == "keep"


def test_a_destination_rate_is_low_up_to_the_lowest_of_those_that_are_not() -> None:
    found = of(100, 100, low(2024, 2025))
    flip = next(flip for flip in found if flip.figure == "destination_rate")
    # of 21 rates the two lowest are low: A and Y0; A is not when it reaches Y1
    assert (flip.now, flip.then, flip.action) == (0.5, pytest.approx(0.901), "keep")
    rows = [row for row in low(2024, 2025) if (row.program_code, row.year) != ("A", 2025)]
    risen = (*rows, outcome("A", 2025, destination_rate=0.95))
    flip = next(flip for flip in of(100, 100, risen) if flip.figure == "destination_rate")
    assert flip.action == "shrink" and flip.then == pytest.approx(0.901)


def test_what_figures_cannot_change_has_no_flip() -> None:
    assert [flip.figure for flip in of(100, 100, demand_fit=0.01)] == []
    situation, region = situated(200, 100)
    assert flips(situation, region, "close") == ()


def test_an_opening_ends_where_the_gap_is_filled() -> None:
    balance = balanced(200, 100)
    found = opening_flips(balance, lambda moved: moved.gap >= 30)
    assert [(flip.figure, pytest.approx(flip.then)) for flip in found] == [("demand", 130), ("supply", 170)]
    assert "不再增设" in found[0].text
