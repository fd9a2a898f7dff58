"""Units that a table states once for all its numbers."""

from pathlib import Path

import openpyxl
import pytest

from app.ingest.kinds import KINDS
from app.ingest.reading import open_table
from app.ingest.units import has_factor, stated_unit, units_by
from app.ingest.value_types import ValueType


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("单位：万人", "万人"),
        ("２０２５年人才需求表（单位：千人）", "千人"),
        ("计量单位为万人 填表人：张", "万人"),
        ("单位（万元）", "万元"),
        ("单位：万", "万"),
        ("单位：十万元", "十万元"),
        ("单位：百人", "百人"),
        ("单位：万人/年", "万人"),
        ("单位：元/人·月、万人", "元、万人"),
        ("人数单位：万人；资金单位：亿元", "万人、亿元"),
        ("填报单位：万人广场管理处", ""),
        ("单位：千人计划办公室", ""),
        ("单位：万人次", ""),
        ("单位：个人", ""),
        ("单位：上海市教委", ""),
        ("2025年招生计划表", ""),
    ],
)
def test_a_unit_is_told_from_an_office(text: str, unit: str) -> None:
    assert stated_unit(["", text]) == unit


def test_heads_get_a_unit_of_heads_and_money_one_of_money() -> None:
    columns = {
        "需求": "central",
        "低（人）": "low",
        "高(千人)": "high",
        "计划数（含预科）": "plan",
        "学费": "tuition",
        "补贴（元/人·月）": "stipend",
        "投入资金元": "funds",
        "年份": "year",
        "院校代码": "school_code",
        "对口率": "matched_rate",
        "每周开放小时": "hours_per_week",
        "工位数": "places",
    }
    heads = {"需求": "万人", "计划数（含预科）": "万人"}
    assert units_by("万人", columns) == heads
    assert units_by("人、万元", columns) == {"学费": "万元"}
    assert units_by("万人、万元", columns) == {**heads, "学费": "万元"}
    assert units_by("万", columns) == {"需求": "万", "计划数（含预科）": "万"}
    assert units_by("万人、千人", columns) == units_by("人", columns) == units_by("", columns) == {}
    assert has_factor("百万人") and not has_factor("人、元")


def test_no_column_of_codes_years_or_rates_gets_a_unit() -> None:
    apart = {ValueType.RATE, ValueType.YEAR, ValueType.YEARS, ValueType.DATE, ValueType.BOOLEAN}
    for kind in KINDS.values():
        for column in kind.columns:
            if column.type in apart or "code" in column.name or "率" in column.title or "万" in column.title:
                assert not units_by("万人、万元", {"x": column.name}), (kind.name, column.name)


def units(path: Path) -> object:
    known = {"行业代码", "年份", "需求人数", "来源"}
    with open_table(path, known.__contains__, lambda headers: known <= set(headers)) as table:
        assert set(table.headers) == known
        return table.reading.get("units")


def test_notes_titles_and_names_of_sheets_state_units(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table = "行业代码,年份,需求人数,来源\nC397,2028,3,测试\n"
    for above, stated in (
        ("人才需求表,,,\n填报单位：某委,,,单位：万人\n", {"": "万人"}),
        ("人才需求表（单位：人）\n", {"": "人"}),
        ("", None),
    ):
        path.write_text(above + table, "utf-8")
        assert units(path) == stated
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("下一年（单位：千人）")
    first.title = "今年"
    for sheet, note in ((first, ["填报单位：某委", None, "单位：万人"]), (second, ["需求"])):
        sheet.append(["人才需求表"])
        sheet.append(note)
        sheet.append(["行业代码", "年份", "需求人数", "来源"])
        sheet.append(["C397", 2028, 3, "测试"])
    first.merge_cells("A2:B2")
    book.save(tmp_path / "b.xlsx")
    assert units(tmp_path / "b.xlsx") == {"今年": "万人", "下一年（单位：千人）": "千人"}
    del book["下一年（单位：千人）"]
    book.save(tmp_path / "c.xlsx")
    assert units(tmp_path / "c.xlsx") == {"": "万人"}
