"""Indicators by group: every grouping divides the same heads, rates are ranked, nothing is NaN."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.planning.apprenticeships import against_target, apprenticeships
from app.planning.balance import ProgramBalance
from app.planning.cells import PostingRow
from app.planning.groupings import GROUPINGS, GroupFacts, GroupIndicators, indicators_by_group
from app.planning.rates import OutcomeRow
from app.planning.supply import OfferingSupply, project_supply
from tests.unit.planning.builders import PROFILE, SCHOOL, campus, cell, outcome, plan, posting
from tests.unit.planning.test_actions import balanced

OTHER = "4131010246"
FACTS = {("bachelor", code): GroupFacts(f"08{code}"[:3], "08") for code in "ABC"}


def supply(*plans: object) -> tuple[OfferingSupply, ...]:
    return project_supply(plans, [], [], [campus("主", "310117", main=True)], PROFILE).offerings  # type: ignore[arg-type]


def groups(
    offerings: tuple[OfferingSupply, ...],
    demand: dict[str, float],
    outcomes: tuple[OutcomeRow, ...] = (),
    industries: tuple[str, ...] = ("C397",),
) -> dict[tuple[str, str], GroupIndicators]:
    codes = sorted({o.program_code for o in offerings})
    balances: list[ProgramBalance] = []
    for code in codes:
        here = [o for o in offerings if o.program_code == code]
        balances.append(
            balanced(demand.get(code, 0.0), sum(o.graduates for o in here), code, offerings=len(here))
        )
    cells = [cell("a", sum(demand.values()), industry_codes=industries), cell("b", 0.0)]
    shares = np.array([[demand.get(code, 0.0) for code in codes], [0.0] * len(codes)])
    found = indicators_by_group(offerings, balances, cells, shares, outcomes, FACTS, 0.1)
    return {(g.grouping, g.code): g for g in found}


def test_a_program_at_two_schools_is_divided_by_graduates() -> None:
    found = groups(
        supply(plan("A", seats=30), plan("A", seats=10, school_code=OTHER), plan("B", seats=40)),
        {"A": 80, "B": 20},
    )
    assert found["school", SCHOOL].demand == pytest.approx(80 * 0.75 + 20)
    assert found["school", OTHER].demand == pytest.approx(20)
    assert found["program", "A"].hhi == pytest.approx(0.75**2 + 0.25**2)
    assert found["program", "A"].duplication == 1.0 and found["program", "B"].duplication == 0.5
    assert found["program", "A"].ratio == pytest.approx(found["program", "A"].supply / 80)
    # equal supplies, demand 4 to 1
    assert found["program", "A"].structural_deviation == pytest.approx(0.8 / 0.5 - 1)
    assert found["program", "A"].location_quotient == pytest.approx(0.5 / 0.8)
    assert found["program", "A"].grade == "优质协调" and found["program", "B"].coordination == pytest.approx(
        math.sqrt(2 * math.sqrt(0.25) / 1.25 * 0.625)
    )
    assert found["district", "310117"].schools == 1 and found["district", ""].schools == 1


def test_supply_follows_demand_to_its_industries() -> None:
    found = groups(supply(plan("A", seats=30)), {"A": 80}, industries=("C397", "C356", "I65"))
    assert {code for by, code in found if by == "industry"} == {"C35", "C39", "I65", ""}
    assert found["industry", "C39"].demand == pytest.approx(80 / 3)
    total = sum(g.supply for (by, _), g in found.items() if by == "industry")
    assert total == pytest.approx(found["level", "bachelor"].supply)


def test_rates_of_two_years_with_their_rank() -> None:
    plans = [plan(f"P{n:02}", seats=10 + n) for n in range(20)]
    rows = tuple(
        outcome(f"P{n:02}", year, destination_rate=0.5 + n / 100, simulated=False)
        for n in range(20)
        for year in (2023, 2024, 2025)
    )
    found = groups(supply(*plans), {}, rows)
    rates = found["program", "P01"].rates
    assert [(rate.year, rate.percentile) for rate in rates] == [(2025, 0.1), (2024, 0.1)]
    assert rates[0].lowest_years == 3 and found["program", "P02"].rates[0].lowest_years == 0
    expected = sum((10 + n) * (0.5 + n / 100) for n in range(20)) / sum(10 + n for n in range(20))
    assert found["school", SCHOOL].rates[0].rate == pytest.approx(expected)
    assert found["school", SCHOOL].rates[0].offerings == 20


@example([("A", SCHOOL, 1)], {"A": 2.2250738585e-313})
@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from([SCHOOL, OTHER]), st.integers(0, 90)), max_size=8
    ),
    st.dictionaries(st.sampled_from("ABC"), st.floats(0, 500), max_size=3),
)
def test_every_grouping_adds_up_to_the_same(
    rows: list[tuple[str, str, int]], demand: dict[str, float]
) -> None:
    offerings = supply(
        *(plan(code, school_code=school, seats=seats, row=i) for i, (code, school, seats) in enumerate(rows))
    )
    offered = {code: heads for code, heads in demand.items() if code in {o.program_code for o in offerings}}
    found = groups(offerings, offered)
    for grouping in GROUPINGS:
        of = [g for (by, _), g in found.items() if by == grouping]
        assert sum(g.demand for g in of) == pytest.approx(sum(offered.values()))
        assert sum(g.supply for g in of) == pytest.approx(sum(o.graduates for o in offerings))
        if grouping != "industry":
            assert sum(g.seats for g in of) == pytest.approx(sum(o.seats for o in offerings))
        for g in of:
            numbers = [
                g.ratio,
                g.structural_deviation,
                g.location_quotient,
                g.hhi,
                g.duplication,
                g.coordination,
            ]
            assert all(number is None or math.isfinite(number) for number in numbers)


def apprentices(*postings: PostingRow, fit: list[list[float]], **changes: int) -> tuple[object, ...]:
    level = "higher_vocational"
    offerings = supply(
        plan("A", seats=40, level=level),
        plan("B", seats=40, level=level, school_code=OTHER),
        plan("C", seats=90),
    )
    order = [next(i for i, o in enumerate(offerings) if o.program_code == code) for code in "ABC"]
    scores = np.zeros((len(postings), 3))
    scores[:, order] = fit
    return apprenticeships(
        postings,
        offerings,
        scores,
        np.ones_like(scores),
        np.full_like(scores, np.nan),
        smallest=15,
        seat_share=0.5,
        **{"per_posting": 3, **changes},
    )


def test_apprenticeships_are_vocational_and_those_asked_for_come_first() -> None:
    many = posting("1", 30)
    asked = posting("2", 8, mode="modern_apprenticeship")
    few = posting("3", 8)
    found = apprentices(many, asked, few, fit=[[0.9, 0.2, 0.99]] * 3)
    assert [(c.posting_id, c.key[2], c.capacity) for c in found] == [  # type: ignore[attr-defined]
        ("2", "A", 8),
        ("2", "B", 8),
        ("1", "A", 20),
        ("1", "B", 20),
    ]
    tally = against_target(found, 100)  # type: ignore[arg-type]
    assert (tally.target, tally.candidates, tally.offerings, tally.asked) == (100, 4, 2, 2)
    assert len(apprentices(many, fit=[[0.9, 0.2, 0.9]], per_posting=1)) == 1


def test_no_fit_or_no_room_is_no_candidate() -> None:
    assert apprentices(posting("1", 30), fit=[[0.0, 0.0, 1.0]]) == ()
    level = "higher_vocational"
    offerings = supply(plan("A", seats=10, level=level))
    ones = np.ones((1, 1))
    assert (
        apprenticeships(
            [posting("1", 30)], offerings, ones, ones, ones, smallest=15, seat_share=0.5, per_posting=1
        )
        == ()
    )
