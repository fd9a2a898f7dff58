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
            "計算機類（含軟件工程、信息安全專業；辦學地點：松江校區）",
            ["软件工程", "信息安全"],
            "0809",
            "松江校区",
        ),
        ("電子信息類［包含專業：電氣工程及其自動化＋自動化］", ["电气工程及其自动化", "自动化"], "0807", ""),
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


@pytest.mark.parametrize(
    ("printed", "programs"),
    [
        ("法学试验班（含双学士学位项目）（含法学。含法学-经济学双学士学位项目）", ["法学"]),
        ("法学试验班（法学）（含法学+经济学）（双学士学位培养项目）", ["法学"]),
        (
            "理科试验班类（物理）（含物理学、天文学专业含“物理学+电子科学与技术”双学位；办学地点：校本部）",
            ["物理学", "天文学"],
        ),
        (
            "经济管理试验班（包含专业:020101.经济学+020301.金融学）（含经济学-数学与应用数学双学士学位项目）",
            ["经济学", "金融学"],
        ),
        (
            "机械类（机械工程、能源与动力工程）（含机械动力类-数学与应用数学、能源与动力工程-化学双学士学位项目）",
            ["机械工程", "能源与动力工程"],
        ),
    ],
)
def test_the_second_degree_takes_no_seats(printed: str, programs: list[str]) -> None:
    """A pair A-B of a double degree enrols for A, which the list names; B gets none of the seats."""
    assert names(parse_plan_name(printed, "bachelor").programs) == programs


@pytest.mark.parametrize(
    ("printed", "programs"),
    [
        ("理科试验班（材料科学与工程学院培养，具体分流方式详见网站）", []),
        ("工科试验班（生物医学工程与技术创新学院）", []),
        ("理科试验班类（化学与生命科学类）", []),
        ("经济管理试验班（管理科学与商业智能试验班）", []),
        ("工科试验班类（生物医学工程；8月可自愿申请参加健康科学与技术等专业提前分流选拔）", ["生物医学工程"]),
        ("计算机类（含软件工程；不含信息安全专业）", ["软件工程"]),
    ],
)
def test_a_word_that_holds_the_name_of_a_program_does_not_name_it(printed: str, programs: list[str]) -> None:
    assert names(parse_plan_name(printed, "bachelor").programs) == programs


def test_a_remark_before_the_list_hides_none_of_it() -> None:
    printed = "材料类（“双一流”学科包含专业:高分子材料与工程、无机非金属材料工程：“双一流”学科）"
    assert names(parse_plan_name(printed, "bachelor").programs) == ["高分子材料与工程", "无机非金属材料工程"]


def test_a_place_that_says_nothing_is_no_campus() -> None:
    assert parse_plan_name("药学（办学地点：上海市市辖区）", "bachelor").campus == ""


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
