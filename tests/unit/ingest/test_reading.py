"""Files as they come: encodings, delimiters, notes above the header; and the one message for each that is broken."""

import json
import lzma
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.errors import UnreadableFileError
from app.ingest.reading import open_table

HEADER = "院校代码,专业名称,计划数"
LINES = "10255,计算机类,30\n10246,法学,5\n"


def known(header: str) -> bool:
    return header in HEADER.split(",")


def read(path: Path) -> tuple[list[dict[str, str]], dict[str, object], list[int]]:
    with open_table(path, known) as table:
        rows = list(table.rows)
        return [row.cells for row in rows], table.reading, [row.number for row in rows]


EXPECTED = [
    {"院校代码": "10255", "专业名称": "计算机类", "计划数": "30"},
    {"院校代码": "10246", "专业名称": "法学", "计划数": "5"},
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_bytes(f"{HEADER}\n{LINES}".replace(",", delimiter).encode(encoding))
    rows, reading, numbers = read(path)
    assert rows == EXPECTED
    assert numbers == [2, 3]
    assert reading["delimiter"] == delimiter


def test_notes_above_the_header_and_quoted_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(
        f'2025年招生计划表,,\n制表：招办,,\n{HEADER}\n10255,"计算机类\n（含软件工程）",30\n\n10246,法学,5\n',
        "utf-8",
    )
    rows, reading, numbers = read(path)
    assert [row["计划数"] for row in rows] == ["30", "5"]
    assert rows[0]["专业名称"] == "计算机类\n(含软件工程)"
    assert (reading["header_row"], reading["notes_above"]) == (3, 2)
    assert numbers == [4, 7]


def test_a_workbook_with_a_title_and_a_second_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    sheet = book.create_sheet("计划")
    sheet.append(["2025年招生计划", None, None])
    sheet.append(HEADER.split(","))
    sheet.append([10255.0, "计算机类", 30])
    sheet.append([10246, "法学", 5])
    path = tmp_path / "plan.xlsx"
    book.save(path)
    rows, reading, numbers = read(path)
    assert rows == EXPECTED
    assert reading["sheet"] == "计划" and numbers == [3, 4]


def test_json_lines_lose_nothing_and_keep_what_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    lines = [json.dumps({"编号": n, "文": "含\u2028行分隔符"}, ensure_ascii=False) for n in range(120)]
    path.write_text("\n".join([*lines[:60], "{broken", *lines[60:]]), "utf-8")
    with open_table(path, known) as table:
        rows = list(table.rows)
    assert len(rows) == 121
    assert [row.broken for row in rows if row.broken] == ["{broken"]
    assert [row.cells["编号"] for row in rows if not row.broken] == list(range(120))


def test_a_json_list_and_compressed_lines(tmp_path: Path) -> None:
    listed, packed = tmp_path / "rows.json", tmp_path / "rows.jsonl.xz"
    listed.write_text(json.dumps([{"a": 1}, 2]), "utf-8")
    packed.write_bytes(lzma.compress(b'{"a": 1}\n{"a": 2}\n'))
    with open_table(listed, known) as table:
        assert [bool(row.broken) for row in table.rows] == [False, True]
    with open_table(packed, known) as table:
        assert [row.cells for row in table.rows] == [{"a": 1}, {"a": 2}]


BROKEN = {
    "empty.csv": (b"", "空的"),
    "blank.csv": (b"\n \n\n", "没有内容"),
    "fake.xlsx": (b"this is no workbook", "不是有效的 Excel"),
    "cut.xlsx": (b"PK\x03\x04broken", "不是有效的 Excel"),
    "report.csv": (b"%PDF-1.7 ...", "PDF"),
    "broken.csv": (("院校代码,专业名称\n" + "中文" * 30).encode() + b"\xff\xfe,1\n", "无法解码"),
    "cut.jsonl.xz": (lzma.compress(b'{"a": 1}\n' * 500)[:-20], "损坏"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_says_why_and_names_the_file(tmp_path: Path, name: str) -> None:
    content, said = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as fault:
        read(path)
    assert said in str(fault.value) and name in str(fault.value) and fault.value.remedy


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="找不到文件"):
        read(tmp_path / "none.csv")


RECORDS = [dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in LINES.split()]
NESTED: dict[str, tuple[Any, str | None]] = {
    "a list in an answer": ({"code": 0, "data": {"total": 2, "list": RECORDS}}, "data.list"),
    "beside other lists": ({"columns": [{"name": "a"}], "result": {"records": RECORDS}}, "result.records"),
    "rows below headers": ([HEADER.split(","), *(row.split(",") for row in LINES.split())], None),
    "rows in an object": (
        {"values": [HEADER.split(","), *(row.split(",") for row in LINES.split())]},
        "values",
    ),
    "records by their keys": ({str(n): record for n, record in enumerate(RECORDS)}, "*"),
}


@pytest.mark.parametrize("name", NESTED)
def test_records_of_json_are_found_where_they_are(tmp_path: Path, name: str) -> None:
    whole, place = NESTED[name]
    (tmp_path / "a.json").write_text(json.dumps(whole), "utf-8")
    rows, reading, _ = read(tmp_path / "a.json")
    assert (rows, reading.get("records")) == (EXPECTED, place)


@pytest.mark.parametrize(
    ("whole", "said"),
    [({"本科": RECORDS, "专科": RECORDS}, "本科、专科"), ([], "没有记录"), ({"data": {"list": []}}, "")],
)
def test_json_without_one_list_of_records_says_so(tmp_path: Path, whole: Any, said: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(whole), "utf-8")
    if said:
        with pytest.raises(UnreadableFileError, match=said):
            read(tmp_path / "a.json")
    else:
        assert read(tmp_path / "a.json")[0] == [whole]


def test_an_object_with_known_keys_is_the_record_whatever_lists_it_has(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**RECORDS[0], "其他": [{"a": 1}]}), "utf-8")
    assert read(tmp_path / "a.json")[0] == [{**EXPECTED[0], "其他": [{"a": 1}]}]
