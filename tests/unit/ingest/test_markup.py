"""Files that are not what their name says, and tables in markup, as portals export them."""

import io
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from app.errors import UnreadableFileError
from app.ingest.reading import markup, open_table

HEADER = ["院校代码", "专业名称", "计划数"]
ROWS = [["10255", "软件工程", "30"], ["10246", "法学", "5"]]
MOST_SECONDS = 4.0


def known(header: str) -> bool:
    return header in HEADER


def read(folder: Path, name: str, content: bytes) -> tuple[str, list[list[str]]]:
    (folder / name).write_bytes(content)
    with open_table(folder / name, known, lambda headers: "计划数" in headers) as table:
        return table.reading["format"], [[row.cells[name] for name in HEADER] for row in table.rows]


def refused(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(UnreadableFileError) as fault:
        read(folder, name, content)
    assert fault.value.remedy and name in str(fault.value)
    return str(fault.value)


def lines(rows: Sequence[Sequence[str]], cell: str, row: str) -> str:
    return "".join(row.format("".join(map(cell.format, cells))) for cells in rows)


PAGE = "<table>" + lines([HEADER, *ROWS], "<td>{}</td>", "<tr>{}</tr>") + "</table>"
SHEET = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="计划"><Table>{}</Table>'
    "</Worksheet></Workbook>"
)
CELL = '<Cell><Data ss:Type="String">{}</Data></Cell>'
XML_ROWS = lines([HEADER, *ROWS], CELL, "<Row>{}</Row>")


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


CSV = lines([HEADER, *ROWS], "{},", "{}\n")
READ: dict[str, tuple[str, bytes, str]] = {
    "a page": ("a.xls", PAGE.encode(), "html"),
    "a page in GBK": ("a.xls", f'<html><meta charset="gb2312">{PAGE}'.encode("gbk"), "html"),
    "a page in UTF-16": ("a.xls", PAGE.encode("utf-16"), "html"),
    "a page by its own name": (
        "a.html",
        f"<!DOCTYPE html>\n<html><style>td{{}}</style>{PAGE}".encode(),
        "html",
    ),
    "a table within a table": ("a.xls", f"<table><tr><td>{PAGE}</td></tr></table>".encode(), "html"),
    "a page without end tags": ("a.xls", PAGE.replace("</td>", "").replace("</tr>", "").encode(), "html"),
    "an XML spreadsheet": ("a.xls", SHEET.format(XML_ROWS).encode(), "xml-spreadsheet"),
    "an XML spreadsheet with a comment": (
        "a.xml",
        SHEET.format(
            XML_ROWS.replace("</Data>", "</Data><Comment><ss:Data>批注</ss:Data></Comment>")
        ).encode(),
        "xml-spreadsheet",
    ),
    "tab-separated text": ("a.xls", CSV.replace(",", "\t").encode("gbk"), "csv"),
    "comma-separated text": ("a.xlsx", CSV.encode(), "csv"),
    "a workbook named as an old one": ("a.xls", workbook(), "xlsx"),
    "a workbook named as text": ("a.csv", workbook(), "xlsx"),
    "an archive named as a workbook": ("a.xlsx", zipped("plan.csv", CSV.encode()), "zip"),
    "a page in an archive": ("a.zip", zipped("plan.xls", PAGE.encode()), "zip"),
}


@pytest.mark.parametrize("name", READ)
def test_a_table_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    file, content, form = READ[name]
    assert read(tmp_path, file, content) == (form, ROWS)


def test_cells_over_several_rows_and_columns_keep_their_place(tmp_path: Path) -> None:
    page = (
        "<table><tr><th rowspan=2>院校代码</th><th colspan=2>专业</th><th rowspan=2>计划数</th></tr>"
        "<tr><th>代码</th><th>专业名称</th></tr>"
        "<tr><td rowspan=2>10255<td>1<td>软件<br>工程&amp;<td>30</tr><tr><td>2<td>法学<td>5</tr></table>"
    )
    assert read(tmp_path, "a.xls", page.encode())[1] == [
        ["10255", "软件\n工程&", "30"],
        ["10255", "法学", "5"],
    ]
    merged = XML_ROWS.replace("<Cell><Data", '<Cell ss:MergeDown="1"><Data', 4).replace(
        "<Cell ss:MergeDown", "<Cell ss:x", 3
    )
    merged = merged.replace(
        CELL.format("10246") + CELL.format("法学"), '<Cell ss:Index="2"><Data>法学</Data></Cell>'
    )
    assert read(tmp_path, "a.xml", SHEET.format(merged).encode())[1] == [ROWS[0], ["10255", "法学", "5"]]


REFUSED: dict[str, tuple[str, str, str]] = {
    "a page to log in": ("plan.csv", "<!DOCTYPE html><html><form>请登录</form></html>", "网页"),
    "a page to log in, as a workbook": ("plan.xls", "<html><form>请登录</form></html>", "网页"),
    "XML of something else": ("a.xml", '<?xml version="1.0"?><plans><plan/></plans>', "XML"),
    "billion laughs": (
        "a.xls",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aa">]><Workbook>&a;',
        "ENTITY",
    ),
    "a tag without end": ("a.xls", "<table><tr><td " + "a" * 400_000, "没有结束"),
    "a cell without end": ("a.xls", "<table><tr><td>" + "a b&amp;" * 80_000, "字符"),
    "cells that reach far": (
        "a.xls",
        "<table>" + "<tr><td rowspan=999999999 colspan=99999>x</td></tr>" * 1_000,
        "处",
    ),
    "a row that is far off": ("a.xls", SHEET.format('<Row ss:Index="900000"><Cell/></Row>' * 6), "处"),
    "two thousand tables": ("a.xls", "<table><tr><td>a</td></tr></table>" * 2_000, "1,000 张"),
    "a picture named as a workbook": ("a.xlsx", "\x89PNG", "图片"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_markup_that_is_none_or_does_harm_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under lower limits than those of the service, so that the harm is small in the test."""
    monkeypatch.setattr(markup, "MAX_FIELD", 200_000)
    monkeypatch.setattr(markup, "MOST_MARKUP", 100_000)
    file, content, said = REFUSED[name]
    began = time.process_time()
    assert said in refused(tmp_path, file, content.encode("latin-1" if content[0] == "\x89" else "utf-8"))
    assert time.process_time() - began < MOST_SECONDS


def test_traditional_characters_in_big5_are_told(tmp_path: Path) -> None:
    text = "院校代碼,專業名稱,計劃數\n" + "10255,計算機科學與技術,30\n" * 20
    assert "Big5" in refused(tmp_path, "a.csv", text.encode("big5"))


def test_a_note_in_superscript_is_not_joined_to_the_number(tmp_path: Path) -> None:
    page = "<table><tr><th>院校代码</th><th>计划数</th></tr><tr><td>10255</td><td>30<sup>1</sup></td></tr></table>"
    path = tmp_path / "plan.xls"
    path.write_text(f"<html>{page}</html>", "utf-8")
    with open_table(path, lambda header: header in ("院校代码", "计划数")) as table:
        assert [row.cells["计划数"] for row in table.rows] == ["30 1"]
