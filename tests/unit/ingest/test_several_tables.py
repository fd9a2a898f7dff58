"""Tables as people lay them out: below and beside each other, with headers of groups and units, under particulars."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.ingest.reading import Row, Table, open_table

KNOWN = {
    "学校",
    "院校代码",
    "专业名称",
    "年份",
    "学制",
    "计划数",
    "招生计划",
    "中",
    "低",
    "行业代码",
    "需求人数",
}
HEADER = ["学校", "专业名称", "学制", "计划数"]
FIRST = ["东华大学", "软件工程", 4, 30]


def known(header: str) -> bool:
    return header.split("(")[0] in KNOWN


def as_csv(folder: Path, rows: list[list[Any]]) -> Path:
    path = folder / "t.csv"
    path.write_text("\n".join(",".join("" if c is None else str(c) for c in row) for row in rows), "utf-8")
    return path


def as_xlsx(folder: Path, rows: list[list[Any]], merged: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def read(path: Path) -> tuple[Table, list[Row]]:
    with open_table(path, known) as table:
        return table, list(table.rows)


def told(rows: list[Row]) -> list[tuple[str, str]]:
    """The number of seats of each row, and why it can be no record."""
    return [(row.cells.get("计划数", ""), row.fault.code if row.fault else "") for row in rows]


SWAPPED = ["学校", "专业名称", "计划数", "学制"]
BELOW: dict[str, tuple[list[list[Any]], list[tuple[str, str]]]] = {
    "the same header again": ([HEADER, ["复旦大学", "法学", 4, 5]], [("计划数", "header_again"), ("5", "")]),
    "its columns in another order": (
        [SWAPPED, ["复旦大学", "法学", 5, 4], HEADER, ["复旦大学", "哲学", 4, 7]],
        [("计划数", "header_again"), ("5", ""), ("计划数", "header_again"), ("7", "")],
    ),
    "other columns": (
        [["学校", "专业名称", "年份", "计划数"], ["复旦大学", "法学", 2025, 4]],
        [("计划数", "header_again"), ("4", "other_table")],
    ),
    "words that only sound like headers": ([["复旦大学", "学制", 4, 5]], [("5", "")]),
}


@pytest.mark.parametrize("save", [as_csv, as_xlsx])
@pytest.mark.parametrize("name", BELOW)
def test_a_second_table_below_is_never_read_by_the_first_header(tmp_path: Path, name: str, save: Any) -> None:
    below, expected = BELOW[name]
    _, rows = read(save(tmp_path, [HEADER, FIRST, *below]))
    got = [
        (c if c != "学制" else "计划数", f) for c, f in told(rows)
    ]  # a header by the names of the one before
    assert got == [("30", ""), *expected]


def test_the_second_row_of_a_header_printed_again_is_no_record(tmp_path: Path) -> None:
    head: list[list[Any]] = [["学校", "专业", None, "计划数"], [None, "代码", "名称", None]]
    rows = [*head, ["东华大学", 1, "软件工程", 30], *head, ["复旦大学", 2, "法学", 5]]
    path = as_xlsx(tmp_path, rows, ["A1:A2", "B1:C1", "D1:D2"])
    assert [fault for _, fault in told(read(path)[1])] == ["", "header_again", "header_again", ""]


@pytest.mark.parametrize("save", [as_csv, as_xlsx])
def test_tables_side_by_side_are_read_one_after_the_other(tmp_path: Path, save: Any) -> None:
    rows = [
        ["单位：千人"],
        ["序号", *HEADER, None, "序号", *HEADER],
        [1, *FIRST, None, 2, "复旦大学", "法学", 4, 5],
        [3, "同济大学", "哲学", 4, 6],
    ]
    table, found = read(save(tmp_path, rows))
    assert [(row.number, row.cells["计划数"]) for row in found] == [(3, "30"), (3, "5"), (4, "6")]
    assert len({(row.sheet, row.number) for row in found}) == 3
    assert table.parts == (("序号", *HEADER),) * 2
    assert set(table.reading["units"]) == {"", "并排第2张表"}


GROUPS: dict[str, tuple[list[list[Any]], tuple[str, ...], str, str]] = {
    "the name of a group is none of its parts'": (
        [["学校", "招生计划", None], [None, "其中外省", "计划数"], ["东华大学", 12, 30]],
        ("A1:A2", "B1:C1"),
        "计划数",
        "30",
    ),
    "the unit of a group": (
        [["行业代码", "需求（万人）", None], [None, "低", "中"], ["C397", 1, 2]],
        ("A1:A2", "B1:C1"),
        "中(万人)",
        "2",
    ),
    "parts with units of their own": (
        [["行业代码", "需求（万人）", None, None], [None, "低（人）", "中", "增长率"], ["C397", 1, 2, 3]],
        ("A1:A2", "B1:D1"),
        "低(人)",
        "1",
    ),
    "a row of units": (
        [["行业代码", "学制", "需求人数"], [None, "年", "万人"], ["C397", 4, 2]],
        (),
        "需求人数(万人)",
        "2",
    ),
    "the table under a row with few known names": (
        [["学校", "甲", "专业名称", "乙"], ["东华大学", 1, "软件工程", 2], HEADER, FIRST],
        (),
        "甲",
        "1",
    ),
    "particulars above": (
        [["学校", "东华大学", "年份", 2025], HEADER, FIRST],
        (),
        "计划数",
        "30",
    ),
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_header_says_what_its_numbers_are(tmp_path: Path, name: str) -> None:
    rows, merged, column, value = GROUPS[name]
    _, found = read(as_xlsx(tmp_path, rows, merged))
    assert found[0].cells[column] == value
    assert sum(cell == value for cell in found[0].cells.values()) == 1


@pytest.mark.parametrize("value", [30, "30", "30人", "约30"])
@pytest.mark.parametrize("name", ["计划数", "录取数", "报到人数", "在校生规模", "plan"])
def test_heads_merged_over_rows_count_for_none_whatever_they_are_written_as(
    tmp_path: Path, name: str, value: Any
) -> None:
    rows = [["学校", "专业名称", name], ["东华大学", "软件工程", value], ["东华大学", "法学", None]]
    _, found = read(as_xlsx(tmp_path, rows, ["C2:C3"]))
    assert [fault for _, fault in told(found)] == ["merged_heads"] * 2


def test_what_is_merged_and_no_number_of_heads_counts_for_each(tmp_path: Path) -> None:
    rows = [["序号", "学校", "学制", "计划类型", "专业名称"], [1, "东华大学", 4, "普通", "软件工程"]]
    rows += [[None, None, None, None, "法学"]]
    _, found = read(as_xlsx(tmp_path, rows, ["A2:A3", "B2:B3", "C2:C3", "D2:D3"]))
    assert list(found[1].cells.values()) == ["1", "东华大学", "4", "普通", "法学"] and not found[1].fault
