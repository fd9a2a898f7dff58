from hypothesis import given
from hypothesis import strategies as st

from app.matching.normalise import normalise, simplified
from app.matching.wording import lead, substance


def test_width_case_and_traditional_characters_are_folded() -> None:
    assert normalise("ＪＡＶＡ開發　工程師（資深）") == "java开发 工程师(资深)"


def test_characters_are_simplified_and_nothing_else_is_changed() -> None:
    assert simplified("東華大學（ＡB）") == "东华大学（ＡB）"
    assert simplified("東\ud800") == "東\ud800"


def test_control_and_format_characters_never_split_or_join_words() -> None:
    assert normalise("软\u200b件\ufeff工程\x00\x07数据\r\n分析") == "软件工程 数据 分析"


def test_lone_surrogates_and_private_characters_are_dropped() -> None:
    assert normalise("机\ud800床\ue000\U000f0000") == "机床"


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_any_text_is_normalised_to_clean_text(text: str) -> None:
    folded = normalise(text)
    assert folded == folded.strip()
    assert "  " not in folded
    folded.encode("utf-8")


def test_exclusions_of_an_industry_note_do_not_count_as_its_substance() -> None:
    note = "◇ 包括：— 服务器 ◆ 不包括：— 电子计算器的制造,列入3475(计算器制造) ◇ 包括：— 工作站"
    assert "计算器" not in substance(note)
    assert "服务器" in substance(note)
    assert "工作站" in substance(note)


def test_brackets_of_a_licence_go_and_other_brackets_stay() -> None:
    scope = "一般项目:销售芯片(不含危险化学品);设计(模拟电路)(依法须经批准的项目,经相关部门批准后方可经营)"
    assert substance(scope).replace(" ", "") == "销售芯片;设计(模拟电路)"


def test_substance_of_unclosed_brackets_is_found_quickly() -> None:
    text = "(" + "批准" * 50_000
    assert substance(text) == text


def test_lead_is_the_work_a_text_names_else_its_first_clauses() -> None:
    assert (
        lead("掌握知识,能够从事种子检测、种子营销等工作的人才。从事农机维修工作")
        == "种子检测、种子营销 农机维修"
    )
    assert lead("集成电路设计;芯片销售") == "集成电路设计 芯片销售"
    assert lead("、".join(["十个字的一条经营范围"] * 9)) == " ".join(["十个字的一条经营范围"] * 3)
    assert lead("") == ""


def test_lead_of_one_endless_clause_is_cut() -> None:
    assert len(lead("字" * 100_000)) == 60
