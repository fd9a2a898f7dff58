"""What rows mean by codes and names: how sure it is, and what goes to a person instead of into the data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from app.ingest.fault import RowFault
from app.ingest.kinds import KINDS
from app.ingest.resolve import ACCEPT, How, Resolution, similarity
from app.ingest.resolve_classifications import resolve_district, resolve_industry, resolve_occupation
from app.ingest.resolve_enterprises import EnterpriseNames, Enterprises, enterprise_key
from app.ingest.resolve_programs import resolve_program, resolve_program_name
from app.ingest.resolve_schools import resolve_school
from app.ingest.schema import Cells, KnownNames
from app.reference import Level, load_reference
from app.reference.former_names import former_program_names, former_school_names
from app.reference.programs import name_key

R = load_reference()
HIGHER, BACHELOR = Level.HIGHER_VOCATIONAL, Level.BACHELOR
REGISTER = Enterprises(
    [
        EnterpriseNames("1", "示例（上海）集成电路有限公司", "91350100M000100Y43", ("示例芯片",)),
        EnterpriseNames("2", "上海甲乙机床股份有限公司"),
        EnterpriseNames("3", "上海丙丁软件有限公司"),
        EnterpriseNames("4", "丙丁软件厂"),
    ]
)


@pytest.mark.parametrize(
    ("code", "name", "school", "how", "least"),
    [
        ("4131010246", "", "复旦大学", How.CODE, 1.0),
        ("10246.0", "复旦", "复旦大学", How.CODE, 1.0),
        ("", "复旦大学", "复旦大学", How.NAME, 1.0),
        ("", "上海交大", "上海交通大学", How.KNOWN_NAME, 1.0),
        ("", "中国纺织大学", "东华大学", How.FORMER_NAME, ACCEPT),
        ("", "复旦大学（邯郸校区）", "复旦大学", How.BRACKETED, ACCEPT),
        ("", "上海工程技术大学松江校区", "上海工程技术大学", How.PART, ACCEPT),
        ("", "电机学院", "上海电机学院", How.VARIANT, ACCEPT),
        ("10255", "无名大学", "东华大学", How.CODE_ONLY, ACCEPT),
    ],
)
def test_a_school_by_code_and_by_the_names_it_goes_by(
    code: str, name: str, school: str, how: How, least: float
) -> None:
    found = resolve_school(code, name)
    assert (found.name, found.how) == (school, how)
    assert found.usable and found.score >= least


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("", "上海大学悉尼工商学院"),
        ("", "上海电子信息职业技术学校"),
        ("", "上海应用技木大学"),
        ("99999", "上海第二工业大"),
    ],
)
def test_a_school_that_is_only_like_a_name_is_for_a_person_to_judge(code: str, name: str) -> None:
    found = resolve_school(code, name)
    assert not found.usable and found.alternatives


def test_a_school_of_elsewhere_is_none_of_ours_and_two_schools_are_a_conflict() -> None:
    assert resolve_school("99999", "海军军医大学") == resolve_school("", "南京工业大学")
    assert resolve_school("", "南京工业大学").how is How.NOTHING
    assert resolve_school("10246", "同济大学").how is How.CONFLICT


def test_names_learnt_from_batches_stand_for_the_school() -> None:
    known = KnownNames({name_key("东华科大"): "4131010255"})
    assert not resolve_school("", "东华科大").usable
    assert resolve_school("", "东华科大", known).name == "东华大学"


@pytest.mark.parametrize(
    ("level", "code", "name", "program", "how"),
    [
        (BACHELOR, "80901", "", "计算机科学与技术", How.ZERO),
        (BACHELOR, "80901", "计算机科学与技术", "计算机科学与技术", How.CODE),
        (BACHELOR, "80901", "计算机科学及技术专业", "计算机科学与技术", How.CODE),
        (BACHELOR, "80901", "飞毯驾驶", "计算机科学与技术", How.CODE_ONLY),
        (BACHELOR, "80717", "", "人工智能", How.ZERO),
        (BACHELOR, "080717", "", "人工智能", How.CODE),
        (BACHELOR, "080717", "软件工程", "软件工程", How.NAME),
        (Level.POSTGRADUATE, "812", "", "计算机科学与技术", How.ZERO),
        (BACHELOR, "080901", "计算机科学与技术（师范）", "计算机科学与技术", How.CODE),
        (BACHELOR, "", "法学（国际法方向）", "法学", How.BRACKETED),
        (BACHELOR, "", "计算机科学及技术专业", "计算机科学与技术", How.VARIANT),
        (BACHELOR, "12", "软件工程", "软件工程", How.NAME),
        (BACHELOR, "", "热能与动力工程", "能源与动力工程", How.FORMER_NAME),
        (HIGHER, "", "会计", "大数据与会计", How.FORMER_NAME),
        (BACHELOR, "080901", "飞毯驾驶", "计算机科学与技术", How.CODE_ONLY),
    ],
)
def test_a_program_by_code_and_by_the_names_it_goes_by(
    level: Level, code: str, name: str, program: str, how: How
) -> None:
    found = resolve_program(level, code, name)
    assert (found.name, found.how) == (program, how)
    assert found.usable


@pytest.mark.parametrize("code", ["10103", "60801", "510203", "10203", "80999", "8090", "101", "１０１０３"])
def test_a_code_of_vocational_programs_loses_no_zero(code: str) -> None:
    for level in (HIGHER, Level.VOCATIONAL_BACHELOR, Level.SECONDARY_VOCATIONAL):
        found = resolve_program(level, code, "")
        assert found.how is (How.CODE if len(code) == 6 and level is HIGHER else How.NOTHING)


def test_a_broad_category_is_none_of_its_programs() -> None:
    found = resolve_program_name(BACHELOR, "计算机类")
    assert found.how is How.CATEGORY and found.code is None
    assert {"软件工程", "网络工程"} <= {a.name for a in found.alternatives}


def test_a_program_that_is_only_like_a_name_is_shown_with_its_likeness() -> None:
    found = resolve_program(BACHELOR, "", "电汽工程及其自动化")
    assert not found.usable and found.alternatives[0].name == "电气工程及其自动化"
    assert resolve_program(BACHELOR, "030101K", "软件工程").how is How.CONFLICT
    assert resolve_program(HIGHER, "", "飞毯驾驶").how is How.NOTHING


@pytest.mark.parametrize(
    ("text", "code", "how"),
    [
        ("C397", "C397", How.CODE),
        ("397", "C397", How.CODE),
        ("C397 电子器件制造", "C397", How.CODE),
        ("电子器件制造", "C397", How.NAME),
        ("电子器件制造业", "C397", How.VARIANT),
        ("航空航天装备", "C374", How.KNOWN_NAME),
        ("集成电路", None, How.SEVERAL),
        ("C397 汽车制造业", None, How.CONFLICT),
        ("飞毯制造", None, How.NOTHING),
        ("C99", None, How.NOTHING),
    ],
)
def test_an_industry_by_code_or_name(text: str, code: str | None, how: How) -> None:
    found = resolve_industry(text)
    assert (found.code, found.how) == (code, how)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2-02-10-01", "2-02-10-01"),
        ("2—02—10—01", "2-02-10-01"),
        ("通信工程技术人员", "2-02-10-01"),
        ("通信工程技术人员（5G）", "2-02-10-01"),
        ("2-02-10-01 通信工程技术人员", "2-02-10-01"),
    ],
)
def test_an_occupation_by_code_or_name(text: str, code: str) -> None:
    assert resolve_occupation(text).code == code and resolve_occupation(text).usable


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("310115", "310115"),
        ("310115 浦东新区", "310115"),
        ("浦东", "310115"),
        ("上海市浦东新区", "310115"),
        ("张江", "310115"),
        ("上海·松江区·九亭", "310117"),
        ("海淀区", None),
        ("徐汇区、静安区", None),
    ],
)
def test_a_district_by_code_name_or_place(text: str, code: str | None) -> None:
    assert resolve_district(text).code == code


@pytest.mark.parametrize(
    ("credit_code", "name", "key", "how"),
    [
        ("91350100M000100Y43", "", "1", How.CODE),
        ("91350100M000100Y43", "另一个名字", "1", How.CODE_ONLY),
        ("", "示例（上海）集成电路有限公司", "1", How.NAME),
        ("", "示例(上海)集成电路有限公司", "1", How.NAME),
        ("", "示例(上海)集成电路有限责任公司", "1", How.VARIANT),
        ("", "示例上海集成电路有限公司", "1", How.VARIANT),
        ("", "示例芯片", "1", How.KNOWN_NAME),
        ("", "上海丙丁软件有限公司", "3", How.NAME),
    ],
)
def test_an_enterprise_by_credit_code_and_name(credit_code: str, name: str, key: str, how: How) -> None:
    found = REGISTER.resolve(credit_code, name)
    assert (found.code, found.how) == (key, how)
    assert found.usable


def test_an_enterprise_that_may_be_another_is_for_a_person_to_judge() -> None:
    for name in ("上海甲乙机床有限公司", "甲乙机床厂", "上海甲乙机庄股份有限公司"):
        assert not REGISTER.resolve("", name).usable and REGISTER.resolve("", name).alternatives, name
    two = REGISTER.resolve("", "丙丁软件集团")
    assert not two.usable and {a.code for a in two.alternatives} == {"3", "4"}
    assert REGISTER.resolve("91350100M000100Y43", "上海丙丁软件有限公司").how is How.CONFLICT
    body = "91310000MA1FL0000"
    unknown = body + uscc.calc_check_digit(body)
    assert REGISTER.resolve(unknown, "示例芯片").how is How.CONFLICT
    assert REGISTER.resolve(unknown, "示例集成电路厂") == REGISTER.resolve("", "上海戊己机床有限公司")
    assert REGISTER.resolve("", "上海戊己机床有限公司").how is How.NOTHING, (
        "another trade name of the same trade"
    )


def test_full_width_and_legal_form_do_not_make_another_enterprise() -> None:
    assert enterprise_key("ＡＢＣ（中国） 有限责任公司") == enterprise_key("abc(中国)有限公司")
    assert enterprise_key("甲股份有限公司") != enterprise_key("甲有限公司")


NAMES = sorted({p.name for p in R.programs} | {s.name for s in R.schools} | {o.name for o in R.occupations})
TEXT = st.one_of(
    st.text(max_size=80),
    st.builds(
        lambda name, cut, tail: name[cut:] + tail,
        st.sampled_from(NAMES),
        st.integers(0, 3),
        st.text(max_size=4),
    ),
)


@settings(max_examples=80)
@given(code=st.one_of(st.text(max_size=12), st.sampled_from(["10246", "C397", "080901"])), name=TEXT)
def test_any_text_is_resolved_with_a_score_between_nothing_and_certain(code: str, name: str) -> None:
    answers: list[tuple[Resolution, set[str]]] = [
        (resolve_school(code, name), {s.code for s in R.schools}),
        (resolve_industry(name), {i.code for i in R.industries}),
        (resolve_occupation(name), {o.code for o in R.occupations}),
        (resolve_district(name), {d.code for d in R.districts}),
        (REGISTER.resolve(code, name), {"1", "2", "3", "4"}),
    ]
    answers += [
        (resolve_program(level, code, name), {p.code for p in R.programs.of_level(level)}) for level in Level
    ]
    for found, codes in answers:
        assert 0.0 <= found.score <= 1.0
        assert all(0.0 <= a.score <= 1.0 and a.code in codes for a in found.alternatives)
        assert found.code is None or found.code in codes
        assert found.how.label


@given(st.text(max_size=70), st.text(max_size=70))
def test_likeness_is_between_nothing_and_one_for_the_same(one: str, other: str) -> None:
    assert 0.0 <= similarity(one, other) <= 1.0
    assert similarity(one, one) == 1.0


def test_a_text_beyond_all_names_is_not_kept() -> None:
    assert resolve_program_name(BACHELOR, "长" * 100_000).how is How.NOTHING
    assert resolve_school("", "长" * 100_000) == resolve_district("长" * 100_000)


def test_former_names_lead_to_what_is_there_today_and_never_hide_it() -> None:
    for (level, former), code in former_program_names().items():
        assert R.programs.find(level, code) and not R.programs.named(former, level), former
    for former, code in former_school_names().items():
        assert R.schools.find(code) and not R.schools.named(former), former


def record(kind: str, cells: dict[str, str]) -> tuple[dict[str, object], Cells]:
    read = Cells(cells, {column.name: column.title for column in KINDS[kind].columns})
    return KINDS[kind].record(read), read


def test_a_guess_good_enough_is_used_and_noted() -> None:
    made, cells = record(
        "enrolment-plan",
        {"school_code": "12499", "year": "2025", "program_name": "会计", "plan": "40"},
    )
    assert (made["level"], made["program_codes"]) == ("higher_vocational", ["530302"])
    (note,) = cells.notes
    assert (note.column, note.value, note.code, note.how) == ("专业名称", "会计", "530302", "former_name")
    assert ACCEPT <= note.score < 1


@pytest.mark.parametrize(
    ("kind", "cells", "meant"),
    [
        (
            "outcomes",
            {
                "school_name": "复旦大学",
                "level": "本科",
                "program_name": "电汽工程及其自动化",
                "year": "2025",
                "matched_rate": "0.7",
            },
            "080601",
        ),
        (
            "outcomes",
            {
                "school_name": "复旦大学",
                "level": "本科",
                "program_name": "计算机类",
                "year": "2025",
                "matched_rate": "0.7",
            },
            "080902",
        ),
        (
            "enrolment-plan",
            {"school_name": "复旦大学", "year": "2025", "program_name": "会计", "plan": "4"},
            "会计学",
        ),
        (
            "campuses",
            {"school_name": "上海应用技木大学", "name": "奉贤校区", "district_code": "奉贤"},
            "4131010259",
        ),
        ("campuses", {"school_name": "复旦大学", "name": "甲", "district_code": "徐汇区、静安区"}, "310106"),
        (
            "forecasts",
            {"occupation_code": "通信工程技木人员", "year": "2028", "central": "6", "source": "协会"},
            "2-02-10-01",
        ),
    ],
)
def test_a_guess_not_good_enough_goes_to_review_with_what_may_be_meant(
    kind: str, cells: dict[str, str], meant: str
) -> None:
    with pytest.raises(RowFault) as fault:
        record(kind, cells)
    assert fault.value.code == "needs_review"
    assert meant in fault.value.remedy and "（0." in fault.value.remedy
    assert fault.value.column and fault.value.value


def test_heads_give_the_rates_that_are_not_stated() -> None:
    base = {"school_name": "复旦大学", "level": "本科", "program_code": "030101K", "year": "2025"}
    made, _ = record(
        "outcomes",
        {
            **base,
            "admitted": "100",
            "registered": "95",
            "graduates": "80",
            "employed": "60",
            "matched": "45",
            "staying": "30人",
        },
    )
    assert [
        made[name] for name in ("registration_rate", "destination_rate", "matched_rate", "retention_rate")
    ] == [
        0.95,
        0.75,
        0.75,
        0.5,
    ]
    assert (made["planned"], made["completion_rate"], made["staying"]) == (None, None, 30)
    for wrong in (
        {"admitted": "100", "registered": "101"},
        {"graduates": "80", "employed": "60", "destination_rate": "90%"},
    ):
        with pytest.raises(RowFault) as fault:
            record("outcomes", {**base, **wrong})
        assert fault.value.code == "counts_disagree"


def test_a_program_profile_names_its_occupations() -> None:
    made, _ = record(
        "program-texts",
        {
            "level": "本科",
            "code": "080703",
            "name": "通信工程",
            "goal": "面向通信",
            "occupations": "2-02-10-01、通信工程技术人员；工业工程技术人员（效率）",
        },
    )
    codes = made["fields"]["occupation_codes"]  # type: ignore[index]
    assert codes[0] == "2-02-10-01" and len(codes) == len(set(codes))
    assert "2-02-10-01" not in str(made["text"])
    with pytest.raises(RowFault) as fault:
        record(
            "program-texts",
            {"level": "本科", "code": "080703", "name": "通信工程", "goal": "x", "occupations": "飞毯师"},
        )
    assert fault.value.code == "unknown_occupation"


def test_names_in_traditional_characters_are_names() -> None:
    school = resolve_school("", "東華大學")
    assert (school.name, school.how) == ("东华大学", How.NAME)
    assert resolve_school("10246", "東華大學").how is How.CONFLICT
    assert resolve_school("", "東華學院", KnownNames({name_key("东华学院"): "4131010255"})).name == "东华大学"
    assert resolve_program_name(BACHELOR, "軟件工程").how is How.NAME
    assert resolve_program(BACHELOR, "080902", "軟件工程").how is How.CODE
    assert resolve_industry("電子器件製造").code == "C397"
    assert resolve_occupation("軟件測試").name == resolve_occupation("软件测试").name
    assert resolve_district("浦東新區").name == "浦东新区"
    assert REGISTER.resolve("", "上海丙丁軟件有限公司").code == "3"
