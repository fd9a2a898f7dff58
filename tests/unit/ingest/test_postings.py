"""Postings as tables have them: salaries in words, and descriptions in several columns."""

from typing import Any

import pytest

from app.ingest.kinds.postings import POSTINGS
from app.ingest.schema import Cells

TITLES = {column.name: column.title for column in POSTINGS.columns}


def cells_of(**values: Any) -> Cells:
    return Cells({"enterprise": "示例企业", "title": "测试员", **values}, TITLES)


def posting(**values: Any) -> dict[str, Any]:
    return POSTINGS.record(cells_of(**values))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"salary": "8k"}, (8000, 8000)),
        ({"salary": "8-12K"}, (8000, 12_000)),
        ({"salary": "8000-12000"}, (8000, 12_000)),
        ({"salary": "1万-1.5万/月"}, (10_000, 15_000)),
        ({"salary": "15k*14薪"}, (15_000, 15_000)),
        ({"salary": "200元/天"}, (4350, 4350)),
        ({"salary": "年薪15-20万"}, (12_500, 16_666.67)),
        ({"salary": "8K以上"}, (8000, None)),
        ({"salary": "6K以下"}, (None, 6000)),
        ({"salary": "8k（2024-12起）"}, (8000, 8000)),
        ({"salary": "面议"}, (None, None)),
        ({"salary_min": "8k", "salary_max": "1.2万"}, (8000, 12_000)),
        ({"salary_min": "7000元", "salary_max": 9000}, (7000, 9000)),
        ({"salary_min": "8-12K", "salary_max": "面议"}, (8000, 12_000)),
        ({"salary_min": "不限", "salary_max": "8-12K"}, (8000, 12_000)),
        ({"salary_min": "7000", "salary": "8-12K"}, (7000, 12_000)),
    ],
)
def test_a_salary_is_read_as_it_is_written(
    cells: dict[str, Any], expected: tuple[float | None, float | None]
) -> None:
    record = posting(**cells)
    assert (record["salary_min"], record["salary_max"]) == expected
    assert "salary_min" not in record["read_from_text"]


def test_a_salary_that_the_column_leaves_open_is_read_from_the_text() -> None:
    record = posting(salary="面议", description="薪资：8-12K")
    assert (record["salary_min"], record["salary_max"]) == (8000, 12_000)
    assert record["read_from_text"] == ["salary_max", "salary_min"]


def test_a_figure_that_is_no_salary_stays_out_with_a_note() -> None:
    cells = cells_of(salary="8-12")
    record = POSTINGS.record(cells)
    assert (record["salary_min"], record["salary_max"]) == (None, None)
    assert [(note.column, note.value, note.score) for note in cells.notes] == [("薪资", "8-12", 0.0)]
    words = cells_of(salary="优厚")
    POSTINGS.record(words)
    assert words.notes == []


def test_duties_and_requirements_make_one_description_in_the_order_of_the_file() -> None:
    record = posting(requirements="会测试", duties="岗位职责：1、测试")
    assert record["description"] == "任职要求:\n会测试\n岗位职责:1、测试"
    assert posting(requirements="三年以上工作经验", duties="测试")["experience_years"] == 3
    assert posting(requirements="会测试", duties="")["description"] == "会测试"


def test_headers_of_duties_and_of_requirements_are_two_columns() -> None:
    named = [POSTINGS.column_for(header) for header in ("岗位描述", "岗位职责", "任职要求", "薪资")]
    assert [column and column.name for column in named] == ["description", "duties", "requirements", "salary"]


def test_a_posting_has_the_same_id_whichever_column_its_only_text_is_in() -> None:
    texts = [posting(**{name: "会测试"})["id"] for name in ("description", "duties", "requirements")]
    assert len(set(texts)) == 1
    assert posting(description="会测试", duties="测试")["id"] != texts[0]
