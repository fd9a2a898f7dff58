"""Pathways: from continuation links, scored by shared courses, known schools first."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.pathways import (
    KINDS,
    LABELS,
    TARGETS,
    PathwayPair,
    PathwayProgram,
    PathwayRules,
    against_targets,
    course_key,
    pathways,
)
from app.planning.plans import PlanRow
from app.planning.supply import OfferingSupply, project_supply
from tests.unit.planning.builders import PROFILE, plan

LOWER = PathwayProgram(
    "higher_vocational",
    "460305",
    "工业机器人技术",
    frozenset({"甲", "乙", "丙", "丁"}),
    ("机器人工程", "不存在"),
)
UPPER = PathwayProgram("bachelor", "080803T", "机器人工程", frozenset({"甲", "乙"}), ())
ALONE = PathwayProgram("secondary_vocational", "660303", "工业机器人应用", frozenset(), ("工业机器人技术",))


def offered(*plans: PlanRow) -> tuple[OfferingSupply, ...]:
    return project_supply(plans, [], [], [], PROFILE).offerings


def test_a_link_with_shared_courses() -> None:
    offerings = offered(
        plan("460305", level="higher_vocational", school_code="4131010275"),
        plan("080803T", school_code="4131010255"),
    )
    pairs = pathways([LOWER, UPPER, ALONE], offerings, per_program=3)
    best = pairs[0]
    assert (best.kind, best.from_school, best.to_school) == ("higher_bachelor", "4131010275", "4131010255")
    assert best.score == 1.0 and best.shared_courses == ("乙", "甲")
    assert pairs[1].kind == "secondary_higher" and pairs[1].from_school is None and pairs[1].score == 0.5
    assert any("需由院校补充" in reason for reason in pairs[1].reasons)


def test_without_an_offering_on_either_side_there_is_no_pathway() -> None:
    assert pathways([LOWER, UPPER, ALONE], [], per_program=3) == ()


def test_a_program_keeps_its_best_pairs_only() -> None:
    offerings = offered(
        plan("460305", level="higher_vocational"),
        *(plan("080803T", school_code=f"413101025{n}", seats=n) for n in range(1, 8)),
    )
    pairs = pathways([LOWER, UPPER], offerings, per_program=2)
    assert [pair.to_school for pair in pairs] == ["4131010257", "4131010256"]  # nearer to a whole class


def test_all_three_kinds_and_the_share_of_courses() -> None:
    start = PathwayProgram(
        "secondary_vocational",
        "660303",
        "工业机器人应用",
        frozenset({"甲", "戊"}),
        ("工业机器人技术", "机器人工程"),
    )
    offerings = offered(
        plan("460305", level="higher_vocational", school_code="4131010275"),
        plan("080803T", school_code="4131010275"),
    )
    pairs = pathways([start, LOWER, UPPER], offerings, per_program=3)
    scores = {pair.kind: pair.score for pair in pairs}
    # one of two courses, one of two, two of two
    assert scores == {"secondary_higher": 0.75, "secondary_bachelor": 0.75, "higher_bachelor": 1.0}
    same = next(pair for pair in pairs if pair.kind == "higher_bachelor")
    assert "同一院校" in same.reasons
    assert [pair.score for pair in pairs] == sorted((pair.score for pair in pairs), reverse=True)


def test_a_name_continues_only_at_a_higher_level() -> None:
    looped = PathwayProgram("higher_vocational", "460306", "电气自动化技术", frozenset(), ("工业机器人技术",))
    assert pathways([looped, LOWER], offered(plan("460306", level="higher_vocational")), per_program=3) == ()


def at(offering: OfferingSupply, district: str | None, *, simulated: bool = False) -> OfferingSupply:
    return replace(offering, district_code=district, district_simulated=simulated)


def km(a: str, b: str) -> float:
    return abs(int(a) - int(b))


ROBOTS = (
    plan("460305", level="higher_vocational", school_code="4131010275"),
    plan("080803T", school_code="4131010255"),
)


def test_far_apart_scores_less_and_unknown_districts_cost_nothing() -> None:
    lower, upper = sorted(offered(*ROBOTS), key=lambda o: o.level, reverse=True)

    def score(a: str | None, b: str | None) -> PathwayPair:
        pairs = pathways(
            [LOWER, UPPER], [at(lower, a), at(upper, b, simulated=True)], per_program=3, distance_km=km
        )
        return pairs[0]

    assert score(None, "100").score == 1.0 and score(None, "100").distance_km is None
    assert score("100", "125").score == pytest.approx(1 - 0.1 * 0.5)
    assert score("100", "999").score == pytest.approx(0.9)
    assert score("100", "125").distance_km == 25
    assert "两区中心相距 25 公里（所在区为模拟）" in score("100", "125").reasons
    assert "在同一个区（所在区为模拟）" in score("100", "100").reasons


def test_without_a_link_the_same_class_is_worth_less_and_needs_both_sides() -> None:
    lower = replace(LOWER, continues_to=("不存在",), class_name="自动化类")
    upper = replace(UPPER, class_name="自动化 类")
    pairs = pathways([lower, upper], offered(*ROBOTS))
    assert [(p.kind, p.score) for p in pairs] == [("higher_bachelor", 0.2 + 0.5)]
    assert "须另行论证" in pairs[0].reasons[0]
    for one in ROBOTS:
        assert pathways([lower, upper], offered(one)) == ()
    # a link of the kind, even to a program that nobody here teaches, leaves the class out of it
    linked = replace(lower, continues_to=("别处的专业",))
    elsewhere = PathwayProgram("bachelor", "080899", "别处的专业", frozenset(), ())
    assert [p.to_program[1] for p in pathways([linked, upper, elsewhere], offered(*ROBOTS))] == ["080899"]


def test_a_name_may_stand_at_several_levels_or_twice() -> None:
    vocational = PathwayProgram("vocational_bachelor", "260304", "机器人工程", frozenset(), ())
    lower = replace(LOWER, continues_to=("机器人工程", "机器人 工程", "机器人工程"))
    pairs = pathways([lower, UPPER, vocational], offered(*ROBOTS))
    assert sorted(p.to_program for p in pairs) == [
        ("bachelor", "080803T"),
        ("vocational_bachelor", "260304"),
    ]


def test_known_schools_come_first_and_no_school_takes_all() -> None:
    vocational = PathwayProgram(
        "vocational_bachelor", "260304", "机器人技术", frozenset({"甲", "乙", "丙", "丁"}), ()
    )
    lower = replace(LOWER, continues_to=("机器人工程", "机器人技术"))
    offerings = offered(
        *(
            plan("460305", level="higher_vocational", school_code=f"413101200{n}", seats=30 + n)
            for n in (5, 6)
        ),
        *(plan("080803T", school_code=f"413101025{n}", seats=30 + n) for n in (7, 8)),
    )
    pairs = pathways([lower, replace(UPPER, courses=frozenset()), vocational], offerings, per_program=2)
    assert all(p.complete for p in pairs)  # the vocational bachelor shares all courses, but nobody teaches it
    assert {p.from_school[-1] for p in pairs if p.from_school} == {"5", "6"}
    assert {p.to_school[-1] for p in pairs if p.to_school} == {"7", "8"}


def test_likeness_adds_to_shared_courses() -> None:
    plain = replace(UPPER, courses=frozenset({"甲", "己"}))
    pairs = pathways([LOWER, plain], offered(*ROBOTS), likeness=lambda a, b: 0.5)
    assert pairs[0].score == pytest.approx(0.5 + 0.5 * (1 - 0.5 * 0.5))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("机械制图与 CAD", "机械制图CAD"),
        ("建筑信息模型（BIM）应用", "建筑信息模型应用"),
        ("《电工和电子技术》", "电工电子技术"),
        ("Ｐｙｔｈｏｎ程序设计", "Python程序设计"),
    ],
)
def test_courses_are_compared_without_their_dress(one: str, other: str) -> None:
    assert course_key(one) == course_key(other) != course_key("机械基础")


def test_a_course_that_is_only_a_remark_keeps_its_name() -> None:
    assert course_key("（双语）") == "(双语)"


def test_pairs_are_counted_against_the_policy() -> None:
    tallies = against_targets(pathways([LOWER, UPPER, ALONE], offered(*ROBOTS)))
    assert [(t.label, t.target) for t in tallies] == [("中高贯通", 250), ("中本贯通", 80), ("高本贯通", 20)]
    assert [(t.pairs, t.complete, t.programs) for t in tallies] == [(1, 0, 1), (0, 0, 0), (1, 1, 1)]
    assert LABELS.keys() == TARGETS.keys() == set(KINDS.values())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_pairs_are_unique_capped_and_in_range(data: st.DataObject) -> None:
    levels = ["secondary_vocational", "higher_vocational", "vocational_bachelor", "bachelor"]
    names = ["甲专业", "乙专业", "丙专业"]
    programs = [
        PathwayProgram(
            level,
            f"{i}",
            name,
            frozenset(data.draw(st.sets(st.sampled_from("子丑寅卯"), max_size=4))),
            tuple(data.draw(st.lists(st.sampled_from(names), max_size=3))),
            data.draw(st.sampled_from(["", "某类"])),
        )
        for i, (level, name) in enumerate((level, name) for level in levels for name in names)
    ]
    plans = [
        plan(str(data.draw(st.integers(0, 11))), level="", school_code=str(school)) for school in range(4)
    ]
    plans = [replace(p, level=programs[int(p.program_codes[0])].level) for p in plans]
    cap = data.draw(st.integers(1, 3))
    rules = PathwayRules(per_program=cap)
    pairs = pathways(programs, offered(*plans), rules=rules)
    keys = [(p.kind, p.from_program, p.from_school, p.to_program, p.to_school) for p in pairs]
    assert len(set(keys)) == len(keys)
    assert all(0 < p.score <= 1 and (p.from_school or p.to_school) for p in pairs)
    assert all(KINDS[p.from_program[0], p.to_program[0]] == p.kind for p in pairs)
    assert max(Counter((p.kind, p.from_program) for p in pairs).values(), default=0) <= cap
    assert [p.score for p in pairs] == sorted((p.score for p in pairs), reverse=True)
    assert pairs == pathways(programs, offered(*plans), rules=rules)
