"""Cells as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest import dates, values
from app.ingest.fault import RowFault


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("30", 30),
        ("30人", 30),
        ("1,200", 1200),
        ("30.0", 30),
        ("0", 0),
        ("５", 5),
        ("1.2万", 12_000),
        ("3千人", 3_000),
        ("二十人", 20),
        ("一百零五", 105),
    ],
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
        ("1.2万人", (12_000, 12_000)),
        ("3千", (3_000, 3_000)),
        ("40", (40, 40)),
        ("10+", (10, 10)),
        ("≥20", (20, 20)),
        ("至少5人", (5, 5)),
        ("二十人", (20, 20)),
        ("不限", None),
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


@pytest.mark.parametrize(
    ("text", "said"), [("30-50", "范围"), ("若干", "确定的数"), ("约200人", "确定的数"), ("x", "整数")]
)
def test_what_is_no_exact_number_is_told_apart(text: str, said: str) -> None:
    with pytest.raises(RowFault) as fault:
        values.whole(text)
    assert fault.value.code == "not_a_number" and said in fault.value.remedy


def test_units_in_numbers_and_headers() -> None:
    assert values.decimal("3.5万人") == 35_000 and values.decimal("0.003亿") == 300_000
    assert values.header_unit("需求人数（万人）") == "万人"
    assert values.header_unit("招生数(单位：千人)") == "千人"
    assert values.header_unit("需求人数（人）") == values.header_unit("万人计划") == ""
    assert values.with_unit("3.5", "万人") == "3.5万人" and values.with_unit(30, "千") == "30千"
    assert values.with_unit("3.5万", "万人") == "3.5万" and values.with_unit("约30", "千人") == "约30千人"
    assert values.published_number(values.with_unit("47.5", "万人"), "") == (475e3, 475e3, 475e3)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1.3e5", "130000"),
        ("1.3E+05", "130000"),
        ("1e+05", "100000"),
        (1.3e5, "130000"),
        ("4.13101E+11", "4.13101E+11"),
        ("1E5", "1E5"),
        ("1.35e1", "1.35e1"),
        ("E47", "E47"),
        ("10255.0", "10255.0"),
    ],
)
def test_codes_that_became_numbers(cell: object, text: str) -> None:
    assert values.clean(cell) == text


def test_rates_dates_years() -> None:
    assert values.rate("92.5%") == values.rate("0.925") == values.rate("92.5") == pytest.approx(0.925)
    with pytest.raises(RowFault):
        values.rate("120%")
    assert (
        dates.day("2024年10月9日") == dates.day("2024/10/9") == dates.day("2024-10-09") == date(2024, 10, 9)
    )
    assert dates.day("45574") == dates.day("45574.75") == date(2024, 10, 9)
    assert dates.year("2025年") == 2025


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("四年", 4),
        ("4.0", 4),
        ("4年制", 4),
        ("两年", 2),
        ("五年一贯制", 5),
        ("学制：三年", 3),
        ("4年（含实习一年）", 4),
        ("3+2", 5),
        ("3年+2年", 5),
        ("三加二", 5),
        ("中高贯通3+2", 5),
        ("3.5+0.5", 4),
        ("-", None),
        ("弹性学制", None),
        ("统一", None),
    ],
)
def test_years_of_schooling(text: str, years: int | None) -> None:
    assert dates.years_of_schooling(values.clean(text)) == years


@pytest.mark.parametrize("text", ["2.5年", "两年半", "2年半", "半年", "1.5", "3-5年", "三至五年", "2.5+2"])
def test_half_years_and_ranges_of_schooling_are_a_fault(text: str) -> None:
    with pytest.raises(RowFault) as caught:
        dates.years_of_schooling(text)
    assert (caught.value.code, text in caught.value.reason) == ("not_a_number", True)


def test_a_cell_loses_only_what_is_not_content() -> None:
    assert values.clean(10255.0) == "10255"
    assert values.clean("　Ａ1\x00 ") == "A1"
    assert values.clean(None) == ""


@given(st.text(max_size=20))
def test_a_cell_cleaned_is_clean(text: str) -> None:
    once = values.clean(text)
    assert values.clean(text) == once == values.clean(once) == values.clean_all([text, once])[0]
    assert values.TEXTS[text] == ("" if values.is_empty(once) else once)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    cleaned = values.clean(text)
    for read in (
        values.whole,
        values.decimal,
        values.rate,
        dates.year,
        dates.day,
        values.heads_range,
        dates.years_of_schooling,
        lambda t: values.published_number(t, "万人"),
    ):
        try:
            read(cleaned)
        except RowFault as fault:
            assert fault.reason


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十", 10),
        ("十五", 15),
        ("两百", 200),
        ("三千二百", 3_200),
        ("一万零五十", 10_050),
        *((text, None) for text in ("十几", "三百五", "二三十", "二〇二五", "万", "零", "30", "")),
    ],
)
def test_numbers_in_words_are_read_where_they_mean_one(text: str, number: int | None) -> None:
    assert values.chinese_whole(text) == number


@pytest.mark.parametrize("text", ["十几人", "5人以下", "不超过10人", "二三十人"])
def test_heads_that_are_no_number_are_a_fault(text: str) -> None:
    with pytest.raises(RowFault):
        values.heads_range(text)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("需求人数（万人/年）", "万人"),
        ("需求人数/万人", "万人"),
        ("需求人数（单位：百人，下同）", "百人"),
        ("培训（万人次）", "万人"),
        ("入选（千人计划）", ""),
        ("投入资金万元", ""),
        ("对口率（百分比）", ""),
    ],
)
def test_a_header_names_its_unit_in_any_of_these_ways(header: str, unit: str) -> None:
    assert values.header_unit(header) == unit


@pytest.mark.parametrize(
    ("value", "figure"),
    [
        ("≥20", (200_000, 200_000, 220_000)),
        ("10+", (100_000, 100_000, 110_000)),
        ("3余", (30_000, 30_000, 33_000)),
        ("2-3", (20_000, 25_000, 30_000)),
    ],
)
def test_rough_numbers_have_the_unit_of_their_column_too(value: str, figure: tuple[float, ...]) -> None:
    found = values.published_number(values.with_unit(value, "万人"), "")
    assert found == pytest.approx(figure)


@pytest.mark.parametrize(
    ("text", "unit", "central"),
    [
        ("3万", "万人", 30_000),
        ("3", "万人", 30_000),
        ("2-3万", "", 25_000),
        ("30", "百分点", 30),
        ("3万", "千人", None),
        ("3万-5", "", None),
        ("3万万", "", None),
    ],
)
def test_a_unit_said_twice_counts_once_and_two_units_are_no_number(
    text: str, unit: str, central: float | None
) -> None:
    found = values.published_number(text, unit)
    assert (found[1] if found else None) == central


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ('="080902"', "080902"),
        ("'10255", "10255"),
        ("’080902K", "080902K"),
        ("'tis", "'tis"),
        ("=SUM(A1)", "=SUM(A1)"),
    ],
)
def test_marks_that_keep_a_code_text_are_no_part_of_it(text: str, cleaned: str) -> None:
    assert values.clean(text) == cleaned


def test_days_without_strokes() -> None:
    assert dates.day("20240727") == date(2024, 7, 27)
    for text in ("20241399", "2024-07-275"):
        with pytest.raises(RowFault):
            dates.day(text)


def test_true_gets_no_unit() -> None:
    assert values.with_unit(True, "万人") is True
    assert values.with_unit(1, "万人") == "1万人"
