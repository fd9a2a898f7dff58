"""Cells as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest import values
from app.ingest.fault import RowFault


@pytest.mark.parametrize(
    ("text", "number"), [("30", 30), ("30人", 30), ("1,200", 1200), ("30.0", 30), ("0", 0), ("５", 5)]
)
def test_whole_numbers(text: str, number: int) -> None:
    assert values.whole(values.clean(text)) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [("-3", "too_small"), ("99999999", "too_large"), ("3.5", "not_a_number"), ("若干", "not_a_number")],
)
def test_numbers_that_cannot_be(text: str, code: str) -> None:
    with pytest.raises(RowFault) as fault:
        values.whole(text)
    assert fault.value.code == code and fault.value.remedy


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("约200人", (200, 200)),
        ("30-50人", (30, 50)),
        ("50—30", (30, 50)),
        ("10人以上", (10, 10)),
        ("若干", None),
        ("若干名", None),
        ("40", (40, 40)),
    ],
)
def test_heads_as_enterprises_write_them(text: str, heads: tuple[int, int] | None) -> None:
    assert values.heads_range(text) == heads


@pytest.mark.parametrize(
    ("text", "unit", "figure"),
    [
        ("1900多", "万人", (19e6, 19e6, 20.9e6)),
        ("近3000", "万人", (27e6, 30e6, 30e6)),
        ("47.5", "万人", (475e3, 475e3, 475e3)),
        ("超过500", "万人", (5e6, 5e6, 5.5e6)),
        ("500左右", "万人", (4.75e6, 5e6, 5.25e6)),
        ("约30万", "人", (285e3, 3e5, 315e3)),
        ("30-50", "人", (30, 40, 50)),
        ("营销员、保洁员", "", None),
    ],
)
def test_published_figures(text: str, unit: str, figure: tuple[float, ...] | None) -> None:
    found = values.published_number(text, unit)
    assert found == (pytest.approx(figure) if figure else None)


def test_rates_dates_years() -> None:
    assert values.rate("92.5%") == values.rate("0.925") == values.rate("92.5") == pytest.approx(0.925)
    with pytest.raises(RowFault):
        values.rate("120%")
    assert (
        values.day("2024年10月9日")
        == values.day("2024/10/9")
        == values.day("2024-10-09")
        == date(2024, 10, 9)
    )
    assert values.day("45574") == date(2024, 10, 9)
    assert values.year("2025年") == 2025
    assert values.years_of_schooling("四年") == values.years_of_schooling("4.0") == 4
    assert values.years_of_schooling("-") is None


def test_a_cell_loses_only_what_is_not_content() -> None:
    assert values.clean(10255.0) == "10255"
    assert values.clean("　Ａ1\x00 ") == "A1"
    assert values.clean(None) == ""


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    cleaned = values.clean(text)
    for read in (
        values.whole,
        values.decimal,
        values.rate,
        values.year,
        values.day,
        values.heads_range,
        values.years_of_schooling,
        lambda t: values.published_number(t, "万人"),
    ):
        try:
            read(cleaned)
        except RowFault as fault:
            assert fault.reason
