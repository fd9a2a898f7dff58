"""Names of plans as they are printed, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest.program_names import outer_brackets, parse_plan_name
from app.reference import load_reference


def names(codes: tuple[str, ...], level: str = "bachelor") -> list[str]:
    return [load_reference().programs.get(level, code).name for code in codes]


@pytest.mark.parametrize(
    ("printed", "programs", "class_code", "campus"),
    [
        (
            "电子信息类（含电气工程及其自动化、自动化、通信工程；办学地点：松江校区）",
            ["电气工程及其自动化", "自动化", "通信工程"],
            "0807",
            "松江校区",
        ),
        (
            "计算机类（松江校区。含软件工程、计算机科学与技术、信息安全专业）",
            ["软件工程", "计算机科学与技术", "信息安全"],
            "0809",
            "松江校区",
        ),
        ("计算机类(包含专业:软件工程,信息安全)", ["软件工程", "信息安全"], "0809", ""),
        (
            "物理学类（集成电路与新能源）（含应用物理学（集成电路与新能源）、光电信息科学与工程；办学地点：松江校区）",
            ["应用物理学", "光电信息科学与工程"],
            "0702",
            "松江校区",
        ),
        (
            "机械类（含机械设计制造及其自动化和工业工程专业）",
            ["机械设计制造及其自动化", "工业工程"],
            "0802",
            "",
        ),
        (
            "材料类(包含专业:080407.高分子材料与工程+080406.无机非金属材料工程)(办学地点:松江校区)",
            ["高分子材料与工程", "无机非金属材料工程"],
            "0804",
            "松江校区",
        ),
        ("经济学类(包含专业:经济学(海运与物流经济)金融学(海运金融))", ["经济学", "金融学"], "0201", ""),
        ("法学试验班(含法学专业含“法学+经济学”双学位;办学地点:校本部)", ["法学"], None, "校本部"),
        (
            "理科试验班（含数据科学与大数据技术、统计学，高起点，强基础）",
            ["数据科学与大数据技术", "统计学"],
            None,
            "",
        ),
    ],
)
def test_a_broad_category_gives_the_programs_it_names(
    printed: str, programs: list[str], class_code: str | None, campus: str
) -> None:
    parsed = parse_plan_name(printed, "bachelor")
    assert names(parsed.programs) == programs
    assert (parsed.class_code, parsed.campus, parsed.broad) == (class_code, campus, True)


@pytest.mark.parametrize(
    ("printed", "program"),
    [
        ("人工智能（办学地点：松江校区）", "人工智能"),
        ("数学与应用数学(师范)", "数学与应用数学"),
        ("法学（国际法方向）", "法学"),
        ("财务管理(中外合作办学)(中加合作)(合作方:加拿大道格拉斯学院)", "财务管理"),
        ("080901 计算机科学与技术", "计算机科学与技术"),
        ("分004法学", "法学"),
        ("商务英语（只招英语语种考生）", "商务英语"),
    ],
)
def test_one_program_with_remarks_stays_one_program(printed: str, program: str) -> None:
    parsed = parse_plan_name(printed, "bachelor")
    assert names(parsed.programs) == [program]
    assert not parsed.broad


def test_a_category_that_names_nothing_keeps_its_class() -> None:
    parsed = parse_plan_name("电子信息类", "bachelor")
    assert (parsed.programs, parsed.class_code, parsed.broad) == ((), "0807", True)


def test_a_code_stands_in_for_a_variant_of_the_name_but_not_for_another_name() -> None:
    assert names(parse_plan_name("机械设计制造及自动化", "bachelor", "080202").programs) == [
        "机械设计制造及其自动化"
    ]
    assert parse_plan_name("烹饪营养", "bachelor", "080202").programs == ()


def test_what_is_no_program_gives_none() -> None:
    parsed = parse_plan_name("院校录取日报-原始志愿", "bachelor")
    assert (parsed.programs, parsed.class_code, parsed.broad) == ((), None, False)


@given(st.text(alphabet="（）()含、法学社会工作；专业类试验班校区地点:：0123", max_size=40))
def test_any_mess_of_brackets_is_taken_apart_without_a_fault(text: str) -> None:
    parsed = parse_plan_name(text, "bachelor")
    assert len(set(parsed.programs)) == len(parsed.programs)
    for code in parsed.programs:
        assert load_reference().programs.find("bachelor", code)
    head, groups = outer_brackets(text.replace("(", "（").replace(")", "）"))
    assert len(head) + sum(map(len, groups)) <= len(text)
