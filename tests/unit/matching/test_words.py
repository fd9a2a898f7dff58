import pytest

from app.matching.grams import Points, gram_text
from app.matching.words import Words


def test_a_name_of_the_lexicon_comes_beside_its_words() -> None:
    found = Words(["数字印刷工程"]).split("数字印刷工程专业", {})
    assert {"数字", "印刷", "工程", "数字印刷工程", "专业"} <= set(found)
    assert "数字印刷工程" not in Words().split("数字印刷工程专业", {})


def test_the_longest_name_wins() -> None:
    found = Words(["数字印刷", "数字印刷工程"]).split("数字印刷工程", {})
    assert "数字印刷工程" in found
    assert "数字印刷" not in found


def test_a_short_new_name_is_not_torn_apart() -> None:
    assert "增材" not in Words().split("增材制造", {})
    assert "增材" in Words(["增材"]).split("增材制造", {})


def test_function_words_numbers_and_dangling_marks_are_left_out() -> None:
    assert Words().split("c++ 与 java. 的 开发 2024", {}) == ["c++", "java", "开发"]


def test_repeated_runs_are_segmented_once() -> None:
    known: dict[str, tuple[str, ...]] = {}
    words = Words()
    assert words.split("机床保养,机床保养", known) == ["机床", "保养", "机床", "保养"]
    assert list(known) == ["机床保养"]


def test_a_lexicon_stays_with_its_own_words() -> None:
    assert "泓芯" in Words(["泓芯"]).split("泓芯设计", {})
    assert "泓芯" not in Words().split("泓芯设计", {})


def test_grams_do_not_cross_texts_spaces_or_punctuation() -> None:
    rows, codes = Points(["机床a", "", "数控,编程"]).grams(2)
    assert [(int(row), gram_text(int(code))) for row, code in zip(rows, codes, strict=True)] == [
        (0, "机床"),
        (0, "床a"),
        (2, "数控"),
        (2, "编程"),
    ]


def test_single_grams_are_chinese_characters_only() -> None:
    _, codes = Points(["c语言1"]).grams(1)
    assert [gram_text(int(code)) for code in codes] == ["语", "言"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_texts_have_no_grams(size: int) -> None:
    rows, codes = Points([]).grams(size)
    assert len(rows) == len(codes) == 0


def test_characters_beyond_the_basic_plane_keep_their_grams() -> None:
    _, codes = Points(["𠮷野家"]).grams(3)
    assert [gram_text(int(code)) for code in codes] == [] or gram_text(int(codes[0])) == "𠮷野家"
