"""Workbooks as offices make them: several sheets, headers of two rows, merged cells, hidden parts."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from app.ingest.reading import Row, Table, open_table
from app.ingest.reading.formulas import noting

HEADER = ["院校代码", "专业名称", "计划数"]
KNOWN = {*HEADER, "年份", "专业代码", "招生人数"}


def known(header: str) -> bool:
    return header.replace("/", "") in KNOWN  # as headers are compared


def fits(headers: Sequence[str]) -> bool:
    return "计划数" in headers


def fill(sheet: Worksheet, rows: list[list[Any]], *merged: str) -> None:
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)


def read(path: Path) -> tuple[Table, list[Row]]:
    with open_table(path, known, fits) as table:
        return table, list(table.rows)


def saved(folder: Path, rows: list[list[Any]], *merged: str) -> Path:
    book = openpyxl.Workbook()
    fill(book.active, rows, *merged)
    book.save(folder / "plan.xlsx")
    return folder / "plan.xlsx"


def as_csv(folder: Path, rows: list[list[Any]], *_: str) -> Path:
    path = folder / "plan.csv"
    path.write_text("\n".join(",".join("" if c is None else str(c) for c in row) for row in rows), "utf-8")
    return path


TWO_ROWS: dict[str, tuple[list[list[Any]], tuple[str, ...], list[str]]] = {
    "parts below": (
        [
            ["2025年招生计划表", None, None, None],
            ["院校代码", "专业名称", "招生计划", None],
            [None, None, "计划数", "其中外省"],
            [10255, "法学", 30, 12],
        ],
        ("A1:D1", "A2:A3", "B2:B3", "C2:D2"),
        ["院校代码", "专业名称", "计划数", "招生计划/其中外省"],
    ),
    "groups above": (
        [
            ["学校", None, "招生", None],
            ["院校代码", "专业名称", "计划数", "备注"],
            [10255, "法学", 30, "师范"],
        ],
        ("A1:B1", "C1:D1"),
        ["院校代码", "专业名称", "计划数", "招生/备注"],
    ),
    "names only together": (
        [["院校", "专业", None, "招生"], ["代码", "代码", "名称", "人数"], [10255, "0301", "法学", 30]],
        ("B1:C1",),
        ["院校/代码", "专业/代码", "专业/名称", "招生/人数"],
    ),
    "one part twice": (
        [
            ["院校代码", "专业名称", "2024年", None, "2025年", None],
            [None, None, "计划数", "录取数", "计划数", "录取数"],
            [10255, "法学", 30, 29, 40, 41],
        ],
        ("A1:A2", "B1:B2", "C1:D1", "E1:F1"),
        ["院校代码", "专业名称", "2024年/计划数", "2024年/录取数", "2025年/计划数", "2025年/录取数"],
    ),
}


@pytest.mark.parametrize(
    ("name", "save"),
    [(name, saved) for name in TWO_ROWS] + [(n, as_csv) for n in TWO_ROWS if n != "groups above"],
)
def test_headers_of_two_rows_are_joined(tmp_path: Path, name: str, save: Any) -> None:
    rows, merged, expected = TWO_ROWS[name]
    table, read_rows = read(save(tmp_path, rows, *merged))
    assert list(table.headers) == expected
    assert table.reading["header_rows"] == 2
    assert [list(row.cells.values()) for row in read_rows] == [[str(cell) for cell in rows[-1]]]
    assert read_rows[0].number == len(rows)


def test_one_row_below_the_header_that_is_short_is_data(tmp_path: Path) -> None:
    rows = [HEADER, [10255, None, None], [10255, "法学", 30]]
    for path in (saved(tmp_path, rows), as_csv(tmp_path, rows)):
        table, read_rows = read(path)
        assert list(table.headers) == HEADER and [row.number for row in read_rows] == [2, 3]


def test_cells_merged_downwards_count_for_each_row(tmp_path: Path) -> None:
    rows = [["院校代码", "年份", "专业名称", "计划数"], [10255, 2025, "法学", 5], [None, None, "会计学", 6]]
    table, read_rows = read(saved(tmp_path, [*rows, [10246, 2025, "法学", 7]], "A2:A3", "B2:B3"))
    assert [tuple(row.cells.values()) for row in read_rows] == [
        ("10255", "2025", "法学", "5"),
        ("10255", "2025", "会计学", "6"),
        ("10246", "2025", "法学", "7"),
    ]
    assert table.parts == (table.headers,)


def test_heads_merged_over_several_rows_are_given_to_none(tmp_path: Path) -> None:
    rows = [HEADER, [10255, "法学", 30], [10255, "会计学", None], [10255, "英语", 7]]
    _, read_rows = read(saved(tmp_path, rows, "C2:C3"))
    faults = [row.fault.code if row.fault else "" for row in read_rows]
    assert faults == ["merged_heads", "merged_heads", ""]
    assert read_rows[0].fault and "第 2–3 行" in read_rows[0].fault.reason and read_rows[0].fault.remedy


def test_all_sheets_that_fit_are_read_and_the_others_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "本科"
    fill(book.active, [HEADER, [10255, "法学", 1]])
    fill(book.create_sheet("专科"), [["注：2025"], ["专业名称", "计划数", "院校代码"], ["护理", 2, 10246]])
    fill(book.create_sheet("学校"), [["院校代码", "专业名称", "校长"], [10255, "法学", "某"]])
    fill(book.create_sheet("说明"), [["本表由招办提供"]])
    hidden = book.create_sheet("旧")
    fill(hidden, [HEADER, [10255, "法学", 9]])
    hidden.sheet_state = "hidden"
    book["本科"].row_dimensions[2].hidden = True
    book.create_chartsheet("图")
    book.save(tmp_path / "all.xlsx")
    table, rows = read(tmp_path / "all.xlsx")
    assert [(row.sheet, row.number, row.cells["计划数"]) for row in rows] == [
        ("本科", 2, "1"),
        ("专科", 3, "2"),
    ]
    assert table.reading["unread_sheets"] == ["学校", "旧（隐藏）"]
    assert table.reading["sheets"] == [
        {"sheet": "本科", "header_row": 1},
        {"sheet": "专科", "header_row": 2},
    ]
    assert set(table.headers) == set(HEADER)


def test_a_hidden_sheet_is_read_where_no_other_fits(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill(book.active, [["说明"]])
    sheet = book.create_sheet("数据")
    fill(sheet, [HEADER, [10255, "法学", 9]])
    sheet.sheet_state = "veryHidden"
    book.save(tmp_path / "hidden.xlsx")
    table, rows = read(tmp_path / "hidden.xlsx")
    assert len(rows) == 1 and table.reading["sheet"] == "数据"


def test_a_table_that_begins_far_from_the_corner_keeps_its_rows_and_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for column, (name, value) in enumerate(zip(HEADER, [10255.0, "法学", 1.3e5], strict=True), start=3):
        sheet.cell(4, column, name)
        sheet.cell(6, column, value)
    sheet.cell(6, 6, date(2025, 9, 1))
    sheet.cell(4, 6, "日期")
    book.save(tmp_path / "far.xlsx")
    table, rows = read(tmp_path / "far.xlsx")
    assert table.reading["header_row"] == 4 and rows[0].number == 6
    assert [rows[0].cells[name] for name in (*HEADER, "日期")] == ["10255", "法学", "130000", "2025-09-01"]


def test_formulas_without_a_result_are_said_to_be_that(tmp_path: Path) -> None:
    rows = [
        ["备注", *HEADER],
        ["=1+1", 10255, "法学", 30],
        ["", 10255, "会计学", "=SUM(D2)"],
        [None, None, None, "=D3"],
    ]
    book = openpyxl.Workbook()
    book.active.title = "说明"
    fill(book.create_sheet("计划 & 名额"), rows)
    book.save(tmp_path / "plan.xlsx")
    _, found = read(tmp_path / "plan.xlsx")
    assert [row.cells["计划数"] for row in found] == ["30", "", ""]
    assert [(row.number, row.fault and row.fault.code) for row in found] == [
        (2, None),  # in a column that nobody asks for
        (3, "formula_without_result"),
        (4, "formula_without_result"),
    ]
    assert found[1].fault and "计划数" in found[1].fault.reason and "保存" in found[1].fault.remedy


@pytest.mark.parametrize(
    ("cell", "places"),
    [
        (b'<c r="C2"><f>1+2</f><v></v></c>', {2: {2}}),
        (b'<c r="AB12" s="3"><f t="shared" si="0"/></c>', {12: {27}}),
        (b'<c r="C2"><f>1+2</f><v>3</v></c>', {}),
        (b'<c r="C2" t="str"><f>IF(A1,"",1)</f><v></v></c>', {}),
        (b'<c r="C2"><v>3</v></c>', {}),
    ],
)
def test_a_formula_is_found_wherever_the_xml_is_cut(cell: bytes, places: dict[int, set[int]]) -> None:
    text = b'<row r="2"><c r="A2"><v>1</v></c>' + cell + b'<c r="D2"><v>1</v></c></row>'
    for cut in range(len(text)):
        found: dict[int, set[int]] = {}
        assert b"".join(noting([text[:cut], text[cut:]], found)) == text
        assert found == places
