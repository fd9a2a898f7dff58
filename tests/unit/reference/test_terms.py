"""School terms as people write them."""

from datetime import date

import pytest

from app.errors import InvalidCodeError
from app.reference.terms import Term, parse_term


@pytest.mark.parametrize(
    ("text", "year", "season"),
    [
        ("2028", 2028, None),
        ("2028年", 2028, None),
        ("２０２８ 年秋季学期", 2028, "autumn"),
        ("2028春", 2028, "spring"),
        ("2028-autumn", 2028, "autumn"),
        ("2028-09", 2028, "autumn"),
        ("2028年3月", 2028, "spring"),
        ("2028-09-01", 2028, "autumn"),
        ("2028/7", 2028, "autumn"),
        ("2028-2029学年第1学期", 2028, "autumn"),
        ("2028-2029-2", 2029, "spring"),
        ("2028—2029学年第二学期", 2029, "spring"),
    ],
)
def test_a_term_is_read(text: str, year: int, season: str | None) -> None:
    term = parse_term(text)
    assert (term.year, term.season) == (year, season)
    assert parse_term(str(term)) == term
    assert parse_term(term.label) == term


@pytest.mark.parametrize("text", ["", "明年", "2028-13", "2028-2030学年第1学期", "28年", "2028冬季", "12028"])
def test_what_is_no_term_is_refused_with_a_form_that_is(text: str) -> None:
    with pytest.raises(InvalidCodeError, match="2028-09"):
        parse_term(text)


def test_a_term_is_past_once_it_has_begun_and_a_year_once_it_is_over() -> None:
    today = date(2028, 9, 2)
    assert Term(2028, "autumn").is_past(today) and Term(2028, "spring").is_past(today)
    assert not Term(2028, "autumn").is_past(date(2028, 9, 1))
    assert not Term(2028).is_past(today) and Term(2027).is_past(today)
    assert not Term(2029, "spring").is_past(today)
