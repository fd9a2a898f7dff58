"""Codes are brought to one form; what is wrong is said with a remedy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from app.errors import InvalidCodeError
from app.reference import Level, load_reference
from app.reference.codes import (
    parse_credit_code,
    parse_district_code,
    parse_industry_code,
    parse_occupation_code,
    parse_program_code,
    parse_school_code,
    vocational_family,
)
from app.reference.levels import parse_level


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C39", "C39"),
        ("39", "C39"),
        ("3963", "C3963"),
        ("ｃ３９６３", "C3963"),
        ("i", "I"),
        ("A011", "A011"),
        (" 65 ", "I65"),
    ],
)
def test_industry_codes(text: str, code: str) -> None:
    assert parse_industry_code(text) == code


@pytest.mark.parametrize(
    ("text", "said"), [("B39", "门类 C"), ("U1", "不合格式"), ("99", "不合格式"), ("C3", "不合格式")]
)
def test_wrong_industry_codes(text: str, said: str) -> None:
    with pytest.raises(InvalidCodeError, match=said):
        parse_industry_code(text)


@pytest.mark.parametrize(
    ("level", "text", "code"),
    [
        ("bachelor", "080717t", "080717T"),
        ("bachelor", "80901.0", "080901"),
        ("bachelor", "0502100T", "0502100T"),
        ("higher_vocational", "520101K", "520101K"),
        ("secondary_vocational", "610101", "610101"),
        ("postgraduate", "0812", "0812"),
        ("postgraduate", "812", "0812"),
    ],
)
def test_program_codes(level: str, text: str, code: str) -> None:
    assert parse_program_code(level, text) == code


def test_a_program_code_of_another_shape_says_what_the_level_uses() -> None:
    with pytest.raises(InvalidCodeError, match="四位数字"):
        parse_program_code("postgraduate", "080901")


@pytest.mark.parametrize(
    ("text", "code"), [("2-02-10-01", "2-02-10-01"), ("２－０２－１０－０１", "2-02-10-01")]
)
def test_occupation_codes(text: str, code: str) -> None:
    assert parse_occupation_code(text) == code


def test_school_and_district_codes() -> None:
    assert parse_school_code("10255.0") == "10255"
    assert parse_school_code("４１３１０１０２５５") == "4131010255"
    assert parse_district_code("310104") == "310104"
    for wrong in ("123", "abcde", ""):
        with pytest.raises(InvalidCodeError):
            parse_school_code(wrong)
        with pytest.raises(InvalidCodeError):
            parse_district_code(wrong)


BODY = "91310000MA1FL0000"


def test_a_credit_code_is_checked_to_its_last_character() -> None:
    good = BODY + uscc.calc_check_digit(BODY)
    assert parse_credit_code(f" {good.lower()} ") == good
    with pytest.raises(InvalidCodeError, match="第 18 位校验码不对"):
        parse_credit_code(BODY + ("A" if good[-1] != "A" else "B"))
    with pytest.raises(InvalidCodeError, match="有 4 位"):
        parse_credit_code("9131")


@pytest.mark.parametrize(("place", "letter"), [(16, "O"), (4, "X"), (10, "I")])
def test_a_credit_code_names_the_character_that_fails(place: int, letter: str) -> None:
    wrong = BODY[: place - 1] + letter + BODY[place:] + "0"
    with pytest.raises(InvalidCodeError, match=f"第 {place} 位"):
        parse_credit_code(wrong)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("本科", Level.BACHELOR),
        ("大专", Level.HIGHER_VOCATIONAL),
        ("中技/中专", Level.SECONDARY_VOCATIONAL),
        ("大专及以上", Level.HIGHER_VOCATIONAL),
        ("本科/硕士", Level.BACHELOR),
        ("职业本科", Level.VOCATIONAL_BACHELOR),
        ("博士", Level.POSTGRADUATE),
        ("bachelor", Level.BACHELOR),
    ],
)
def test_levels_by_their_many_names(text: str, level: Level) -> None:
    assert parse_level(text) is level


@given(st.text(max_size=30))
def test_whatever_is_typed_a_code_parses_or_is_refused(text: str) -> None:
    for parse in (
        parse_industry_code,
        parse_occupation_code,
        parse_school_code,
        parse_district_code,
        parse_credit_code,
        parse_level,
    ):
        try:
            assert parse(text)
        except InvalidCodeError as error:
            assert error.message


@given(st.text(max_size=12), st.sampled_from([*Level]))
def test_whatever_is_typed_a_program_code_parses_or_is_refused(text: str, level: Level) -> None:
    try:
        assert parse_program_code(level, text)
    except InvalidCodeError as error:
        assert error.remedy


@pytest.mark.parametrize("text", ["٣٩", "३९", "C٣٩", "٤١٣١٠١٠٢٤٦", "٣١٠١٠٤", "2-٠٢-10-01"])
def test_digits_of_other_scripts_are_no_code(text: str) -> None:
    for parse in (parse_industry_code, parse_school_code, parse_district_code, parse_occupation_code):
        with pytest.raises(InvalidCodeError):
            parse(text)


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("590101", "5901"),
        ("490101", "4901"),
        ("390101", "5901"),
        ("210101", "4101"),
        ("610101", "4101"),
        ("790101", "5901"),
        ("080902", ""),
        ("59", ""),
        ("", ""),
    ],
)
def test_fields_of_the_three_vocational_catalogues_answer_to_each_other(code: str, family: str) -> None:
    assert vocational_family(code) == family


def test_every_vocational_program_has_a_family_of_higher_vocational_classes() -> None:
    programs = load_reference().programs
    classes = set(programs.classes("higher_vocational"))
    vocational = [
        p for p in programs if p.level.value.endswith("vocational") or p.level.value == "vocational_bachelor"
    ]
    assert len(vocational) > 1000
    assert {vocational_family(p.code) for p in vocational} <= classes
