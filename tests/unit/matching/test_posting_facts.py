import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.posting import Education, Period, PostingFacts, majors_in, understand
from app.reference.levels import Level


@pytest.mark.parametrize(
    ("text", "education", "level"),
    [
        ("本科及以上学历，计算机相关专业", "本科", Level.BACHELOR),
        ("大专及以上，本科优先", "大专", Level.HIGHER_VOCATIONAL),
        ("本科及以上(硕士优先)", "本科", Level.BACHELOR),
        ("硕士或博士研究生", "硕士", Level.POSTGRADUATE),
        ("博士学历", "博士", Level.POSTGRADUATE),
        ("中专、大专学历均可", "中专", Level.SECONDARY_VOCATIONAL),
        ("技校毕业", "中专", Level.SECONDARY_VOCATIONAL),
        ("高中及以上学历", "高中", None),
        ("教育程度：职高/高中或以上学历", "高中", None),
        ("初中以上文化程度", "初中", None),
        ("學歷：本科", "本科", Level.BACHELOR),
        ("学　历：ＢＡＣＨＥＬＯＲ degree", "本科", Level.BACHELOR),
        ("Bachelor's or Master's degree in Statistics", "本科", Level.BACHELOR),
        ("学历不限", "不限", None),
        ("不限学历，大专优先", "不限", None),
        ("学历、年龄、性别不限", "不限", None),
        ("硕士及以上，特别优秀的可放宽至本科", "硕士", Level.POSTGRADUATE),
        ("本科学历优先，如大专学历，经验丰富也可", "大专", Level.HIGHER_VOCATIONAL),
        ("硕士优先", None, None),
        ("公司员工均为本科以上", None, None),
        ("指导初中级工程师，对接专科医院与基本科室", None, None),
        ("高中数学老师", None, None),
        ("完成其中技术工作，明确其中职责", None, None),
        ("熟悉Java", None, None),
        ("", None, None),
    ],
)
def test_education_is_the_lowest_that_will_do(text: str, education: str | None, level: Level | None) -> None:
    read = understand("", text).education
    assert read == (Education(education) if education else None)
    assert (read.level if read else None) is level


@pytest.mark.parametrize(
    ("text", "low", "high", "stated"),
    [
        ("招聘人数：3人", 3, 3, True),
        ("招30-50人", 30, 50, True),
        ("计划招聘约200人", 200, 200, True),
        ("需求人数：20名以上", 20, None, True),
        ("招聘十余人", 10, None, True),
        ("招聘两名", 2, 2, True),
        ("招收一百二十人", 120, 120, True),
        ("订单班约４０人", 40, 40, True),
        ("招50至30名", 30, 50, True),
        ("招聘若干", None, None, True),
        ("招聘数名司机", None, None, True),
        ("大量招聘普工", None, None, True),
        ("公司现有员工2000人", None, None, False),
        ("带领10人团队", None, None, False),
        ("支持多人协作开发", None, None, False),
        ("正在寻找一位有经验的工程师", None, None, False),
    ],
)
def test_heads_are_read_where_they_are_asked_for(
    text: str, low: int | None, high: int | None, stated: bool
) -> None:
    facts = understand("操作工", text)
    assert (facts.heads_low, facts.heads_high, facts.heads_stated) == (low, high, stated)


def test_heads_may_stand_in_the_title() -> None:
    assert understand("电工2名", "").heads_low == 2


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("3年以上工作经验", 3.0, None),
        ("3-5年Java开发经验", 3.0, 5.0),
        ("1-3年及以上开发经验", 1.0, None),
        ("从事开发工作满五年", 5.0, None),
        ("两到三年相关工作经验", 2.0, 3.0),
        ("1.5年以上工作经验", 1.5, None),
        ("1.本科\n2.3年以上工作经验", 3.0, None),
        ("①熟悉Java②5年以上开发经验", 5.0, None),
        ("5年以上经验，2年以上管理经验", 5.0, None),
        ("本科5年以上，硕士2年以上工作经验", 2.0, None),
        ("minimum 7-10 years of experience", 7.0, 10.0),
        ("工作经验：\n3年及以上", 3.0, None),
        ("5 年以上前端开发经验", 5.0, None),
        ("3年以上工作经验，优秀应届生可放宽", 3.0, None),
        ("经验不限", 0.0, None),
        ("有无经验均可", 0.0, None),
        ("应届生亦可", 0.0, None),
        ("面向2025届毕业生", 0.0, None),
        ("非应届生", None, None),
        ("3年以上经验者优先", None, None),
        ("2024年校招", None, None),
        ("成立于1803年，工作稳定", None, None),
        ("24年毕业，合同3年", None, None),
        ("近3年无违法记录", None, None),
        ("公司拥有20年行业经验", None, None),
    ],
)
def test_experience_is_the_least_that_is_asked(text: str, least: float | None, most: float | None) -> None:
    facts = understand("", text)
    assert (facts.experience_years, facts.experience_most) == (least, most)


@pytest.mark.parametrize(
    ("text", "low", "high", "period", "months"),
    [
        ("薪资12000-15000", 12000, 15000, "month", None),
        ("薪资：￥10-15K*13薪", 10000, 15000, "month", 13),
        ("月薪8,000 - 14,000元，每年14个月薪水", 8000, 14000, "month", 14),
        ("月薪８千-１.２万", 8000, 12000, "month", None),
        ("年薪20-30万", 16666.67, 25000, "year", None),
        ("年薪24万以上", 20000, None, "year", None),
        ("日薪300元", 6525, 6525, "day", None),
        ("29元/小时", 5046, 5046, "hour", None),
        ("日结工资，每月8000元", 8000, 8000, "month", None),
        ("底薪4000，综合薪资6000-8000元", 6000, 8000, "month", None),
        ("试用期4000元/月，综合薪资8-10k", 8000, 10000, "month", None),
        ("P3月薪9-11k，P4月薪11-15k", 9000, 15000, "month", None),
        ("到手薪资≥2.5W/月", 25000, None, "month", None),
    ],
)
def test_salary_is_given_for_a_month(
    text: str, low: float, high: float | None, period: str, months: int | None
) -> None:
    salary = understand("", text).salary
    assert salary is not None
    assert (salary.low, salary.high, salary.period, salary.months) == (low, high, Period(period), months)


@pytest.mark.parametrize(
    "text",
    [
        "薪资面议",
        "13薪，五险一金",
        "餐补500元/月，住房补贴1000元",
        "科研基金40万元，注册资本5000万元",
        "负责年销售额3000万元的业务",
        "2023年12月-2024年10月",
        "日活7000万+用户，薪酬有竞争力",
        "带薪年假10天，工资准时",
        "押金1000元",
    ],
)
def test_other_amounts_are_no_salary(text: str) -> None:
    assert understand("", text).salary is None


@pytest.mark.parametrize(
    ("text", "certificates"),
    [
        ("须持有电工操作证；有特种设备证书者优先", ("电工证", "特种设备证")),
        ("CET-6，通过英语四级", ("大学英语六级", "大学英语四级")),
        ("英语四六级", ("大学英语四级", "大学英语六级")),
        ("持C1驾照", ("机动车驾驶证C1",)),
        ("有驾驶证", ("机动车驾驶证",)),
        ("CPA或中级会计证", ("注册会计师", "中级会计职称")),
        ("软考高级、PMP证书优先", ("软考", "PMP")),
        ("持消控证、健康证", ("消防设施操作员证", "健康证")),
        ("1+X老年照护职业技能等级证书", ("1+X 老年照护",)),
        ("具有教师资格证，普通话二级甲等", ("教师资格证", "普通话水平等级证")),
        ("负责物理验证、信用证与单证，保证质量", ()),
        ("毕业证、学位证双证齐全，凭身份证入职", ()),
        ("有相关证书者优先", ()),
        ("协助系统架构设计师完成设计", ()),
    ],
)
def test_certificates_go_by_one_name(text: str, certificates: tuple[str, ...]) -> None:
    assert understand("", text).certificates == certificates


@pytest.mark.parametrize(
    ("text", "majors"),
    [
        ("电气自动化、机电一体化等相关专业", ("电气自动化", "机电一体化")),
        ("本科，电子，微电子，计算机，通信等相关专业", ("电子", "微电子", "计算机", "通信")),
        (
            "计算机科学与技术、材料科学与工程或电子信息技术专业",
            ("计算机科学与技术", "材料科学与工程", "电子信息技术"),
        ),
        (
            "电气工程及其自动化、精密仪器及机械等专业",
            ("电气工程及其自动化", "精密仪器及机械"),
        ),
        ("数学、统计学等本科以上学历", ("数学", "统计学")),
        ("计算机科学或相关领域的学士学位", ("计算机科学",)),
        ("专业要求：机械、机电一体化", ("机械", "机电一体化")),
        ("软件工程(Software Engineering)专业本科", ("软件工程",)),
        ("理工科背景优先", ("理工科",)),
        (
            "Bachelor degree in Computer Science, Statistics or related fields",
            ("computer science", "statistics"),
        ),
        ("專業：會計", ("会计",)),
        ("专业知识扎实，提供专业服务，专业不限", ()),
        ("教育背景：本科及以上学历", ()),
        ("我们的员工均为工科背景", ()),
        ("严格审查合同及涉及专业内容", ()),
    ],
)
def test_majors_are_listed_as_named(text: str, majors: tuple[str, ...]) -> None:
    assert understand("", text).majors == majors_in(text) == majors


@pytest.mark.parametrize(
    ("title", "text", "district"),
    [
        ("", "工作地点：上海市浦东新区", "310115"),
        ("验光师（宝山店）", "", "310113"),
        ("开发工程师(临港)", "", "310115"),
        ("", "公司目前在张江，地址：张江高科", "310115"),
        ("", "上班地址：徐汇漕河泾", "310104"),
        ("", "工作地点：\n闵行区颛兴东路", "310112"),
        ("", "上海市松江工业区（市内班车接送）", "310117"),
        ("", "工作地点：徐汇、静安均可", None),
        ("", "面试地址：黄浦区淮海中路", None),
        ("", "居住地在普陀优先", None),
        ("", "地址：黄浦区普陀路1号", "310101"),
        ("", "工作地点：苏州工业园区", None),
        ("", "服务浦东发展银行", None),
    ],
)
def test_district_is_where_the_work_is(title: str, text: str, district: str | None) -> None:
    assert understand(title, text).district_code == district


def test_an_empty_posting_states_nothing() -> None:
    assert understand("", "") == PostingFacts(None, None, None, False, None, None, None, (), (), None)


@given(st.text(st.characters(exclude_categories=[]), max_size=80))
def test_any_text_is_understood_to_something(text: str) -> None:
    facts = understand(text, text)
    assert isinstance(facts, PostingFacts)
    assert (facts.heads_low is None) or facts.heads_high is None or facts.heads_low <= facts.heads_high


PIECES = (
    *"招本证薪专业年人名岁元k万千百十一二12345,，、。:：;；()（）-~～+/ \n①🙂\u200b\u0000\ud800學",
    "本科", "硕士", "以上", "经验", "应届", "工资", "月薪", "人数", "若干", "证书", "驾照", "英语", "级", "1+x", "上海", "浦东", "地址",
    "等相关", "计算机", "优先", "degree in ", "major ", "years ", "13薪", "不限", "学历",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_torn_postings_are_understood_to_something(text: str) -> None:
    facts = understand(text[:40], text)
    for low, high in (
        (facts.heads_low, facts.heads_high),
        (facts.experience_years, facts.experience_most),
        (facts.salary and facts.salary.low, facts.salary and facts.salary.high),
    ):
        assert low is None or high is None or 0 <= low <= high


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join))
@settings(max_examples=12, deadline=None)
def test_long_postings_are_understood_as_well(piece: str) -> None:
    """100,000 characters of anything: what takes the square of the length would not come back from here."""
    understand(piece, (piece * 100_000)[:100_000])


@pytest.mark.parametrize(
    "text",
    ["招" * 50_000, "本科、" * 40_000, "专业" * 50_000, "证书" * 50_000, "1年" * 50_000, "上海浦东" * 25_000],
)
def test_long_monotonous_postings_are_understood(text: str) -> None:
    understand("", text)
