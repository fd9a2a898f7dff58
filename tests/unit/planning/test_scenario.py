"""Scenarios: a definition is checked to the last code, and does to the inputs exactly what it says."""

from dataclasses import replace
from typing import Any

import pytest

from app.errors import InvalidInputError, ProfileError
from app.planning.scenario import Scenario, parse_scenario
from app.planning.scenario_effects import altered_demand, altered_profile, altered_supply
from app.planning.supply import OfferingSupply, project_supply
from app.reference import load_reference
from app.runs.scenarios import packaged_scenarios
from tests.unit.planning.builders import PROFILE, SCHOOL, cell, outcome, plan, posting

REFERENCE = load_reference()
COMPUTING, COMMUNICATION = "080901", "080703"


def scenario(**parts: Any) -> Scenario:
    return parse_scenario({"name": "s", "title": "如果", **parts}, REFERENCE)


def offerings(*rows: Any, outcomes: Any = ()) -> tuple[OfferingSupply, ...]:
    return project_supply(rows, (), outcomes, (), PROFILE).offerings


def test_the_packaged_examples_are_valid_and_keep_their_meaning_when_stored() -> None:
    examples = [parse_scenario(each, REFERENCE) for each in packaged_scenarios()]
    assert [each.name for each in examples] == ["ic-demand-30", "lingang-campus", "registration-minus-5"]
    for each in examples:
        again = parse_scenario(each.definition, REFERENCE)
        assert again == each and again.digest == each.digest
    assert examples[0].demand[0].industry_group == "integrated_circuits"
    assert examples[1].campuses[0].district == "310115"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "没有任何调整"),
        ({"demand": [{"industries": ["C99"], "factor": 1.1}]}, "C99"),
        ({"demand": [{"industry_group": "chips", "factor": 1.1}]}, "集成电路 integrated_circuits"),
        ({"demand": [{"industries": ["C39"], "factor": -1}]}, "demand.1.factor：不能小于 0"),
        ({"demand": [{"industries": ["C39"], "factor": float("nan")}]}, "demand.1.factor"),
        ({"demand": [{"industries": ["C39"], "factor": 1.1, "heads": 5}]}, "只能给出一个"),
        ({"demand": [{"industries": ["C39"]}]}, "要给出一个"),
        ({"demand": [{"heads": 50}]}, "要写明行业或职业"),
        (
            {"demand": [{"industries": ["C39"], "factor": 1.1}, {"industries": ["39"], "factor": 0.9}]},
            "demand 的第 2 条与前面的一条对象相同",
        ),
        ({"rates": [{"rate": "luck", "points": 5}]}, "rates.1.rate：只能是"),
        ({"rates": [{"rate": "registration", "points": 500}]}, "不能大于 100"),
        ({"rates": [{"rate": "registration", "points": 5, "program": COMPUTING}]}, "层次（level）一起给出"),
        ({"seats": [{"level": "本科", "program": "999999", "factor": 2}]}, "没有代码 999999"),
        ({"seats": [{"level": "本科", "class": "9999", "factor": 2}]}, "没有专业类 9999"),
        ({"seats": [{"school": "没有这所大学", "factor": 2}]}, "seats.1.school"),
        (
            {
                "campuses": [
                    {
                        "school": SCHOOL,
                        "campus": "临港",
                        "district": "火星区",
                        "from_year": 2027,
                        "programs": [{"level": "本科", "program": COMPUTING, "seats": 30}],
                    }
                ]
            },
            "campuses.1.district",
        ),
        (
            {
                "rates": [{"rate": "registration", "points": -5}],
                "profile": {"supply.rates.bachelor.registration": 0.9},
            },
            "只用其中一种",
        ),
        ({"profil": {"actions.expand_below": 0.9}}, "profil：没有这一项"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=".*" + said.replace("（", "[（]").replace("）", "[）]")):
        scenario(**parts)


def test_demand_of_a_group_grows_in_every_cell_of_it_and_nowhere_else() -> None:
    cells = [
        cell("a", 100, industry_codes=("C397",)),
        cell("b", 50, industry_codes=("I652",), level="higher_vocational"),
        cell("c", 70, industry_codes=("C39",)),
        cell("d", 30, industry_codes=("Q84",)),
    ]
    asked = scenario(demand=[{"industry_group": "integrated_circuits", "year": 2028, "factor": 1.3}])
    after, notes = altered_demand(asked, cells, (), PROFILE, REFERENCE)
    assert [round(each.central, 6) for each in after] == [130, 65, 70, 30]
    assert [round(each.low, 6) for each in after[:2]] == [65, 32.5]
    assert after[2:] == tuple(cells[2:])
    assert "如果" in after[0].source and after[0].batch_id == "f1"
    assert (notes[0].records, notes[0].before, round(notes[0].after, 6)) == (2, 150, 195)


def test_heads_are_added_as_demand_of_their_own_or_taken_away_in_proportion() -> None:
    cells = [cell("a", 100, industry_codes=("C397",)), cell("b", 50, industry_codes=("C397",), level=None)]
    more, _ = altered_demand(
        scenario(demand=[{"industries": ["C3973"], "level": "本科", "heads": 40}]),
        cells,
        (),
        PROFILE,
        REFERENCE,
    )
    assert more[:2] == tuple(cells)
    assert (more[2].central, more[2].industry_codes, more[2].level) == (40, ("C397",), "bachelor")
    assert more[2].batch_id == "scenario:s" and more[2].kind == "scenario"
    less = scenario(demand=[{"industries": ["C397"], "heads": -30}])
    fewer, _ = altered_demand(less, cells, (), PROFILE, REFERENCE)
    assert [round(each.central, 6) for each in fewer] == [80, 40]
    with pytest.raises(InvalidInputError, match="只有 150 人/年"):
        altered_demand(
            scenario(demand=[{"industries": ["C397"], "heads": -151}]), cells, (), PROFILE, REFERENCE
        )


def test_demand_of_a_district_is_that_of_its_postings() -> None:
    postings = [posting("p1", 10, district_code="310115"), posting("p2", 10, district_code="310110")]
    cells = [cell("forecast", 100), cell("x", 10, posting_id="p1"), cell("y", 10, posting_id="p2")]
    asked = scenario(demand=[{"district": "浦东", "factor": 2}])
    after, _ = altered_demand(asked, cells, postings, PROFILE, REFERENCE)
    assert [each.central for each in after] == [100, 20, 10]


def test_demand_that_is_not_there_or_of_another_year_is_refused_with_what_to_do() -> None:
    cells = [cell("a", 100, industry_codes=("C39",))]
    with pytest.raises(InvalidInputError, match="更宽的 C39"):
        altered_demand(
            scenario(demand=[{"industries": ["C397"], "factor": 2}]), cells, (), PROFILE, REFERENCE
        )
    with pytest.raises(InvalidInputError, match="规划年是 2028"):
        altered_demand(
            scenario(demand=[{"industries": ["C39"], "year": 2030, "factor": 2}]),
            cells,
            (),
            PROFILE,
            REFERENCE,
        )


def test_a_rate_moves_in_the_supply_and_in_what_the_rules_read() -> None:
    rows = (outcome(COMPUTING, registration_rate=0.97), outcome(COMMUNICATION, registration_rate=0.02))
    before = offerings(
        plan(COMPUTING), plan(COMMUNICATION), plan(COMPUTING, school_code="4131010246"), outcomes=rows
    )
    asked = scenario(rates=[{"rate": "registration", "points": -5, "school": SCHOOL}])
    after, outcomes, notes = altered_supply(asked, before, rows, PROFILE, REFERENCE)
    by_key = {each.key: each for each in after}
    mine, low = by_key[SCHOOL, "bachelor", COMPUTING], by_key[SCHOOL, "bachelor", COMMUNICATION]
    assert mine.rates["registration"].value == pytest.approx(0.92)
    old = next(each for each in before if each.key == mine.key)
    assert mine.graduates == pytest.approx(old.graduates * 0.92 / 0.97)
    assert low.rates["registration"].value == 0 and low.graduates == 0
    other = next(each for each in before if each.school_code != SCHOOL)
    assert by_key[other.key] == other
    assert [row.registration_rate for row in outcomes] == pytest.approx([0.92, 0.0])
    assert mine.batch_ids[-1] == "scenario:s" and notes[0].records == 2


def test_seats_of_a_class_and_a_new_campus() -> None:
    before = offerings(plan(COMPUTING, seats=40), plan(COMMUNICATION, seats=20))
    asked = scenario(
        seats=[{"level": "本科", "class": "0809", "factor": 0.5}],
        campuses=[
            {
                "school": SCHOOL,
                "campus": "临港",
                "district": "浦东新区",
                "from_year": 2027,
                "programs": [
                    {"level": "本科", "program": COMPUTING, "seats": 30},
                    {"level": "本科", "program": "080710T", "seats": 60},
                ],
            },
            {
                "school": SCHOOL,
                "campus": "远期",
                "district": "金山",
                "from_year": 2035,
                "programs": [{"level": "本科", "program": "101101K", "seats": 60}],
            },
        ],
    )
    after, _, notes = altered_supply(asked, before, (), PROFILE, REFERENCE)
    seats = {each.program_code: each.seats for each in after}
    assert seats == {COMPUTING: 50, COMMUNICATION: 20, "080710T": 60}
    new = next(each for each in after if each.program_code == "080710T")
    assert (new.campus, new.district_code, new.batch_ids) == ("临港", "310115", ("scenario:s",))
    assert 0 < new.graduates < 60
    assert [each.key for each in after] == sorted(each.key for each in after)
    assert "晚于规划年" in notes[-1].text
    with pytest.raises(InvalidInputError, match="没有符合"):
        altered_supply(scenario(seats=[{"school": "4131010246", "seats": 5}]), before, (), PROFILE, REFERENCE)


def test_numbers_of_the_profile_name_the_scenario_as_their_source() -> None:
    changed, notes = altered_profile(scenario(profile={"actions.expand_below": 0.9}), PROFILE)
    assert changed.actions.expand_below.value == 0.9
    assert "如果" in changed.actions.expand_below.source
    assert replace(notes[0], text="").before == 0.8
    assert altered_profile(scenario(seats=[{"factor": 1.0}]), PROFILE)[0] is PROFILE
    with pytest.raises(InvalidInputError, match=r"没有数值 actions\.luck"):
        altered_profile(scenario(profile={"actions.luck": 1}), PROFILE)
    with pytest.raises(ProfileError, match="expand_below"):
        altered_profile(scenario(profile={"actions.expand_below": 9.0}), PROFILE)
