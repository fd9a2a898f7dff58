import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.posting import PostingFacts, mask_personal, understand
from app.reference.levels import Level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("本科及以上学历，计算机相关专业", Level.BACHELOR),
        ("大专及以上，本科优先", Level.HIGHER_VOCATIONAL),
        ("硕士或博士研究生", Level.POSTGRADUATE),
        ("中专、大专学历均可", Level.SECONDARY_VOCATIONAL),
        ("學歷：本科", Level.BACHELOR),
        ("学历不限", None),
        ("硕士优先", Level.POSTGRADUATE),
        ("熟悉Java", None),
        ("", None),
    ],
)
def test_education_is_the_lowest_level_that_will_do(text: str, level: Level | None) -> None:
    assert understand("", text).education is level


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("招聘人数：3人", 3, 3),
        ("招30-50人", 30, 50),
        ("计划招聘约200人", 200, 200),
        ("需求人数：20名以上", 20, None),
        ("招聘两名", 2, 2),
        ("订单班约４０人", 40, 40),
        ("招50至30名", 30, 50),
        ("招聘若干", None, None),
        ("公司现有员工2000人", None, None),
        ("带领10人团队", None, None),
    ],
)
def test_heads_are_read_where_they_are_asked_for(text: str, low: int | None, high: int | None) -> None:
    facts = understand("操作工", text)
    assert (facts.heads_low, facts.heads_high) == (low, high)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("3年以上工作经验", 3.0),
        ("3-5年Java开发经验", 3.0),
        ("从事开发工作满五年", 5.0),
        ("2024年校招", None),
        ("成立于1803年，工作稳定", None),
        ("两到三年相关工作经验", 2.0),
        ("应届生亦可", None),
    ],
)
def test_experience_is_the_least_that_is_asked(text: str, years: float | None) -> None:
    assert understand("", text).experience_years == years


def test_certificates_and_majors_are_listed_as_named() -> None:
    facts = understand(
        "电工", "1、电气自动化、机电一体化等相关专业\n2、须持有电工操作证；有特种设备证书者优先"
    )
    assert facts.majors == ("电气自动化", "机电一体化")
    assert facts.certificates == ("电工操作证", "特种设备证书")


def test_names_of_majors_with_and_in_them_stay_whole() -> None:
    facts = understand("", "计算机科学与技术、材料科学与工程或电子信息技术专业")
    assert facts.majors == ("计算机科学与技术", "材料科学与工程", "电子信息技术")


def test_the_word_for_professional_is_no_major() -> None:
    assert understand("", "专业知识扎实，提供专业服务，专业不限").majors == ()


@given(st.text(st.characters(exclude_categories=[]), max_size=80))
def test_any_text_is_understood_to_something(text: str) -> None:
    facts = understand(text, text)
    assert isinstance(facts, PostingFacts)
    assert (facts.heads_low is None) or facts.heads_high is None or facts.heads_low <= facts.heads_high


@pytest.mark.parametrize(
    "text", ["招" * 50_000, "本科、" * 40_000, "专业" * 50_000, "证书" * 50_000, "1年" * 50_000]
)
@pytest.mark.timeout(20)
def test_long_postings_are_understood_in_time(text: str) -> None:
    understand("", text)


@pytest.mark.parametrize(
    ("text", "masked", "count"),
    [
        ("电话13812345678", "电话[手机号]", 1),
        ("电话 +86 138-1234-5678 王", "电话 [手机号] 王", 1),
        ("１３８１２３４５６７８", "[手机号]", 1),
        ("身份证310101199001011234。", "身份证[身份证号]。", 1),
        ("31010119900101123x", "[身份证号]", 1),
        ("投递hr.job@example.com.cn或a@b.cn", "投递[邮箱]或[邮箱]", 2),
        ("订单2023138123456789", "订单2023138123456789", 0),
        ("薪资12000-15000", "薪资12000-15000", 0),
        ("", "", 0),
    ],
)
def test_personal_data_is_masked_and_counted(text: str, masked: str, count: int) -> None:
    assert mask_personal(text) == (masked, count)


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    masked, _ = mask_personal(f"{text} 13812345678 {text}")
    assert "13812345678" not in masked
    assert mask_personal(masked) == (masked, 0)
