"""Pathways: from continuation links, scored by shared courses, known schools first."""

from app.planning.pathways import PathwayProgram, pathways
from app.planning.supply import project_supply
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


def offered(*plans: object) -> tuple[object, ...]:
    return project_supply(plans, [], [], [], PROFILE).offerings  # type: ignore[arg-type]


def test_a_link_with_shared_courses() -> None:
    offerings = offered(
        plan("460305", level="higher_vocational", school_code="4131010275"),
        plan("080803T", school_code="4131010255"),
    )
    pairs = pathways([LOWER, UPPER, ALONE], offerings, per_program=3)  # type: ignore[arg-type]
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
    pairs = pathways([LOWER, UPPER], offerings, per_program=2)  # type: ignore[arg-type]
    assert [pair.to_school for pair in pairs] == ["4131010256", "4131010257"]


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
    pairs = pathways([start, LOWER, UPPER], offerings, per_program=3)  # type: ignore[arg-type]
    scores = {pair.kind: pair.score for pair in pairs}
    # one of two courses, one of two, two of two
    assert scores == {"secondary_higher": 0.75, "secondary_bachelor": 0.75, "higher_bachelor": 1.0}
    same = next(pair for pair in pairs if pair.kind == "higher_bachelor")
    assert "同一院校" in same.reasons
    assert [pair.score for pair in pairs] == sorted((pair.score for pair in pairs), reverse=True)


def test_a_name_continues_only_at_a_higher_level() -> None:
    looped = PathwayProgram("higher_vocational", "460306", "电气自动化技术", frozenset(), ("工业机器人技术",))
    assert pathways([looped, LOWER], offered(plan("460306", level="higher_vocational")), per_program=3) == ()  # type: ignore[arg-type]
