"""Cells as offices write them: what could be read in two ways is a fault that names it, never a wrong number."""

from datetime import date
from typing import Any

import pytest

from app.ingest.dates import day, year
from app.ingest.fault import RowFault
from app.ingest.kinds import KINDS
from app.ingest.program_names import parse_plan_name
from app.ingest.schema import Cells
from app.ingest.values import clean, decimal, heads_range, rate, truth, whole
from app.reference import load_reference

PLAN = {"school_code": "10255", "year": "2025", "level": "本科", "program_name": "软件工程", "plan": "30"}
OUTCOME = {"school_code": "10255", "level": "本科", "program_name": "软件工程", "year": "2025届"}
FIGURE = {"item": "集成电路", "indicator": "人才缺口", "year": "2025", "unit": "万人", "source": "白皮书"}
POSTING = {"enterprise": "示例企业", "title": "焊工"}
MEMBER = {"alliance": "示例联盟", "member": "东华大学"}


def cells(kind: str, values: dict[str, Any]) -> Cells:
    return Cells(values, {column.name: column.title for column in KINDS[kind].columns})


def record(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    return KINDS[kind].record(cells(kind, values))


@pytest.mark.parametrize("text", ["30 40", "30\n40", "30,5", "1,20", "12 00", "300 50", "30，5"])
def test_two_numbers_are_not_joined(text: str) -> None:
    for read in (whole, decimal, rate):
        with pytest.raises(RowFault):
            read(text)
    with pytest.raises(RowFault):
        heads_range(text)


def test_what_is_one_number_is_read_as_before() -> None:
    assert [whole(text) for text in ("1,200", "1，200 人", " 30 ", "234,567", "30 名")] == [
        1200, 1200, 30, 234_567, 30,
    ]  # fmt: skip
    assert [decimal(text) for text in ("¥5,000.00", "7000 元", "3.5万 人", "人民币5000元")] == [
        5000, 7000, 35_000, 5000,
    ]  # fmt: skip
    assert heads_range("1,200 人") == (1200, 1200) and heads_range("30 - 50 人") == (30, 50)
    with pytest.raises(RowFault, match="5人6人"):
        heads_range("5人6人")


@pytest.mark.parametrize("text", ["93人", "93.5元", "95%以上", "90%-95%", "93名"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(RowFault, match="不是比率"):
        rate(text)


def test_a_day_is_one_day() -> None:
    for text in (
        "2024-10-09 12:30",
        "2024年10月9日",
        "2024-10-09T00:00:00Z",
        "2024/10/9 上午8:05",
        "2024年10月9日起",
    ):
        assert day(text) == date(2024, 10, 9), text
    assert day("2024.10.09（周三）") == date(2024, 10, 9) and year("2025年度") == 2025
    for text in ("2024-10-09至2025-10-08", "2024-10-09—2025-10-08", "2024-10-09,2025-10-08", "2024-10-0911"):
        with pytest.raises(RowFault, match="不是有效日期"):
            day(text)


def test_yes_and_no_as_they_are_ticked() -> None:
    assert all(map(truth, ("√", "✓", "是", "是（预约）", "Y", "TRUE", "1", "有", "主", "对外开放")))
    assert not any(map(truth, ("否", "×", "无", "N", "false", "0", "不开放")))
    for kind, cell in (("campuses", {"main": "待定"}), ("enrolment-plan", {"simulated": "大概"})):
        with pytest.raises(RowFault) as fault:
            record(kind, {**PLAN, "name": "松江校区", "district_code": "松江", **cell})
        assert fault.value.code == "unknown_choice" and fault.value.column


@pytest.mark.parametrize(
    ("lead", "leads"), [("东华大学", True), ("复旦大学", False), ("是（理事长单位）", True), ("否", False)]
)
def test_who_leads_may_be_named(lead: str, leads: bool) -> None:
    assert record("alliances", {**MEMBER, "lead": lead})["lead"] is leads


@pytest.mark.parametrize("name", ["普通类", "艺术类", "文史类", "提前批A类", "中外合作办学类"])
def test_subjects_are_no_programs(name: str) -> None:
    with pytest.raises(RowFault) as fault:
        record("enrolment-plan", {**PLAN, "program_name": name})
    assert fault.value.code == "not_a_program"
    assert record("enrolment-plan", {**PLAN, "program_name": f"{name}（含软件工程、法学）"})["broad"]


def test_of_two_programs_in_a_name_none_is_chosen() -> None:
    for name in ("软件工程；法学", "软件工程，法学", "软件工程：法学"):
        with pytest.raises(RowFault) as fault:
            record("enrolment-plan", {**PLAN, "program_name": name})
        assert fault.value.code == "needs_review"
    assert record("enrolment-plan", {**PLAN, "program_name": "软件工程；校企合作"})["program_codes"] == [
        "080902"
    ]


def test_what_an_inner_bracket_leaves_out_leaves_the_list_standing() -> None:
    found = parse_plan_name("材料类（含高分子材料与工程、复合材料与工程（不含功能材料））", "bachelor")
    names = [load_reference().programs.get("bachelor", code).name for code in found.programs]
    assert names == ["高分子材料与工程", "复合材料与工程"]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("5000元/生·年", 5000), ("¥5000", 5000), ("0.5万", 5000), ("5,000元每生每学年", 5000), ("待定", None),
        ("120元/学分", None), ("8000元/学期", None), ("5000/3000", None), ("一二年级5000;三四年级16000", None),
    ],
)  # fmt: skip
def test_fees_are_for_a_year_or_noted(text: str, yuan: int | None) -> None:
    given = cells("enrolment-plan", {**PLAN, "tuition": text})
    assert KINDS["enrolment-plan"].record(given)["tuition"] == yuan
    assert [note.value for note in given.notes] == ([text] if yuan is None and text != "待定" else [])


def test_the_year_of_entry_is_not_that_of_leaving() -> None:
    with pytest.raises(RowFault, match="入学年份"):
        record("outcomes", {**OUTCOME, "year": "2021级", "destination_rate": "93%"})
    assert record("outcomes", {**OUTCOME, "year": "2021级", "registration_rate": "93%"})["year"] == 2021
    assert record("outcomes", {**OUTCOME, "destination_rate": "93%"})["year"] == 2025


@pytest.mark.parametrize(
    "changed",
    [
        {"value": "1.5", "unit": "百分点"}, {"value": "12.5", "unit": "%"}, {"value": "18", "unit": "亿元"},
        {"value": "1200", "unit": "家"}, {"value": "0.35", "unit": "", "indicator": "缺口占比"},
        {"value": "1.5", "unit": "", "indicator": "求人倍率"},
    ],
)  # fmt: skip
def test_figures_that_count_no_heads_stay_out(changed: dict[str, str]) -> None:
    with pytest.raises(RowFault) as fault:
        record("demand-figures", {**FIGURE, **changed})
    assert fault.value.code == "not_heads"
    for unit in ("万人", "个", "人次", "人/年", ""):
        assert record("demand-figures", {**FIGURE, "value": "30", "unit": unit})["central"]


def test_other_wishes_do_not_unsay_the_education() -> None:
    for text, level in (
        ("本科及以上，专业不限", "bachelor"),
        ("大专（经验不限）", "higher_vocational"),
        ("学历不限", None),
    ):
        assert record("postings", {**POSTING, "level": text})["level"] == level


def test_yuan_under_a_header_of_ten_thousands() -> None:
    given = {"credit_code": "91350100M000100Y43", "year": "2025"}
    with pytest.raises(RowFault) as fault:
        record("enterprise-contributions", {**given, "funds": "5000000万元"})
    assert fault.value.code == "out_of_range"
    assert record("enterprise-contributions", {**given, "funds_wan": "320"})["funds"] == 3_200_000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("内蒙", "内蒙古"), ("内蒙古自治区", "内蒙古"), ("上海市", "上海"), ("31", "上海"), ("310000", "上海"),
        ("新疆维吾尔自治区", "新疆"), ("廣東省", "广东"), ("不分省", "不分省"), ("本省", "本省"),
        ("黑龙江省哈尔滨市", "黑龙江省哈尔滨市"), ("99", "99"),
    ],
)  # fmt: skip
def test_provinces_go_by_one_name(text: str, name: str) -> None:
    assert record("enrolment-plan", {**PLAN, "province": text})["province"] == name


def test_years_of_schooling_tell_the_level_where_nothing_else_does() -> None:
    plan = {
        **PLAN,
        "school_code": "",
        "school_name": "上海中侨职业技术大学",
        "level": "",
        "program_name": "护理",
    }
    for years, level in (("三年", "higher_vocational"), ("四年", "vocational_bachelor")):
        assert record("enrolment-plan", {**plan, "schooling_years": years})["level"] == level
    for kind, more in (("enrolment-plan", {}), ("outcomes", {"destination_rate": "95%"})):
        with pytest.raises(RowFault, match="没有写层次"):
            record(kind, {**plan, **more})
    assert record("enrolment-plan", {**plan, "program_name": "护理（护理方向）", "admission_batch": "专科批"})
    assert record("enrolment-plan", {**plan, "admission_batch": "本科批"})["level"] == "vocational_bachelor"
    assert record("enrolment-plan", {**plan, "program_name": "丝绸技术"})["level"] == "higher_vocational"
    stated = {**plan, "schooling_years": "三年", "level": "本科"}
    assert record("enrolment-plan", stated)["level"] == "vocational_bachelor"


@pytest.mark.parametrize("value", [{"名称": "示例企业"}, [{"名称": "示例企业"}], [["示例企业"]]])
def test_an_object_in_a_cell_is_no_name(value: Any) -> None:
    with pytest.raises(RowFault) as fault:
        record("postings", {**POSTING, "enterprise": value})
    assert fault.value.code == "nested_cell" and fault.value.column == "企业"
    assert record("postings", {**POSTING, "skills": ["焊接", "钳工"]})["skills"] == ["焊接", "钳工"]


@pytest.mark.parametrize(
    ("text", "heads"),
    [("10名（男女不限）", (10, 10)), ("2（急聘）", (2, 2)), ("5人，男女不限", (5, 5)), ("不限", None)],
)
def test_a_remark_does_not_unsay_the_heads(text: str, heads: tuple[int, int] | None) -> None:
    assert heads_range(text) == heads
    for other in ("2（急聘3人）", "3个岗位", "2人/班"):
        with pytest.raises(RowFault):
            heads_range(other)


def test_levels_and_districts_with_what_people_add() -> None:
    for text in ("本科（全日制）", "本科或以上", "统招本科及以上"):
        assert record("postings", {**POSTING, "level": text})["level"] == "bachelor"
    assert record("postings", {**POSTING, "district_code": "上海浦东"})["district_code"] == "310115"


def test_a_code_of_the_catalogue_is_not_passed_over() -> None:
    nursing = {**PLAN, "school_code": "12915", "level": "", "program_name": "护理", "year": "2025"}
    for kind, more in (("enrolment-plan", {}), ("outcomes", {"destination_rate": "93%"})):
        for code, level in (("520201", "higher_vocational"), ("320201", "vocational_bachelor")):
            assert record(kind, {**nursing, **more, "program_code": code})["level"] == level
    for changed in (
        {"program_code": "030101K", "program_name": "软件工程"},
        {"school_code": "12915", "program_code": "520201", "program_name": "护理"},
    ):
        with pytest.raises(RowFault) as fault:
            record("enrolment-plan", {**PLAN, **changed})
        assert fault.value.code == "code_name_mismatch"
    for code in ("12", "0809", "080903", "600001"):  # of a class, of the province
        name = "计算机类" if code != "600001" else "软件工程"
        assert record("enrolment-plan", {**PLAN, "program_code": code, "program_name": name})["plan"] == 30


def test_a_class_without_its_last_word_is_a_guess() -> None:
    given = cells("enrolment-plan", {**PLAN, "program_name": "计算机"})
    made = KINDS["enrolment-plan"].record(given)
    assert (made["class_code"], [note.code for note in given.notes]) == ("0809", ["0809"])
    with pytest.raises(RowFault):  # 物流类 is one of another level than a university's first
        record("enrolment-plan", {**PLAN, "level": "", "program_name": "物流"})
    given = cells("enrolment-plan", {**PLAN, "program_name": "计算机类"})
    assert KINDS["enrolment-plan"].record(given)["class_code"] == "0809" and not given.notes


def test_a_sum_of_one_program_is_no_plan() -> None:
    with pytest.raises(RowFault) as fault:
        record("enrolment-plan", {**PLAN, "program_name": "软件工程（小计）"})
    assert fault.value.code == "not_a_program"


def test_a_register_without_levels_goes_by_the_years() -> None:
    register = {"school_code": "11458", "program_name": "电子商务"}
    for years, level in (("4", "bachelor"), ("3", "higher_vocational"), ("四年", "bachelor")):
        assert record("program-register", {**register, "schooling_years": years})["level"] == level
    coded = {**register, "program_code": "530701", "schooling_years": "4"}
    assert record("program-register", coded)["level"] == "higher_vocational"
    for years in ("40", "0", "2024"):
        with pytest.raises(RowFault, match="不是整年数"):
            record("program-register", {**register, "schooling_years": years})


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("3-5年", 3),
        ("6个月以上", 0.5),
        ("两年以上", 2),
        ("半年", 0.5),
        ("1年6个月", 1),
        ("应届", None),
        ("2024届", None),
    ],
)
def test_experience_in_months_is_not_in_years(text: str, years: float | None) -> None:
    assert record("postings", {**POSTING, "experience_years": text})["experience_years"] == years


def test_units_that_a_column_has_anyway_may_be_written() -> None:
    assert record("postings", {**POSTING, "stipend": "800元/月"})["stipend"] == 800
    base = {"school_code": "11458", "name": "焊接中心", "places": "120个工位", "hours_per_week": "50小时/周"}
    made = record("training-bases", {**base, "programs": "080202"})
    assert (made["places"], made["hours_per_week"]) == (120, 50)
    assert record("training-services", {**base, "title": "焊接", "capacity": "40人/期"})["capacity"] == 40
    for kind, cell in (("postings", {"stipend": "800元/天"}), ("training-bases", {"hours_per_week": "5天"})):
        with pytest.raises(RowFault):
            record(kind, {**POSTING, **base, **cell})


def test_three_digits_are_a_class_only_in_a_column_of_classes() -> None:
    counted = {
        "school_code": "11458",
        "level": "本科",
        "class": "802",
        "year": "2025",
        "dual_qualified": "24",
    }
    given = cells("dual-qualified-teachers", counted)
    assert KINDS["dual-qualified-teachers"].record(given)["class_code"] == "0802"
    assert [note.how for note in given.notes] == ["leading_zero"]
    with pytest.raises(RowFault):
        record("training-bases", {"school_code": "11458", "name": "中心", "places": "9", "programs": "802"})


def test_marks_of_notes_are_no_digits() -> None:
    for text in ("30①", "30²", "３０⑴", "30 ①", "30⒈"):
        with pytest.raises(RowFault):
            record("enrolment-plan", {**PLAN, "plan": text})
    assert clean("面积100m²") == "面积100m2" and clean("①软件工程") == "1软件工程"


def test_money_is_no_number_of_heads() -> None:
    forecast = {"industry_code": "C397", "year": "2028", "source": "协会"}
    assert record("forecasts", {**forecast, "central": "1.2万人"})["central"] == 12_000
    for text in ("500元", "¥500", "500万元"):
        with pytest.raises(RowFault):
            record("forecasts", {**forecast, "central": text})
    with pytest.raises(RowFault, match="不是年份"):
        record("forecasts", {**forecast, "year": "2099", "central": "5"})


@pytest.mark.parametrize(
    "pay",
    [
        {"salary_min": "8", "salary_max": "12"},
        {"salary": "USD 1000"},
        {"salary_min": "$1000"},
        {"salary_max": "0"},
    ],
)
def test_what_is_no_pay_of_a_month_in_yuan_is_noted(pay: dict[str, str]) -> None:
    given = cells("postings", {**POSTING, **pay})
    made = KINDS["postings"].record(given)
    assert made["salary_min"] is None and made["salary_max"] is None
    assert {note.value for note in given.notes} == set(pay.values())
