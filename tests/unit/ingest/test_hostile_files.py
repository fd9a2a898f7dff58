"""Files made to harm: each is refused by one precise message, in little memory and time."""

import io
import json
import lzma
import resource
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from app.errors import UnreadableFileError
from app.ingest.reading import open_table

HEADER = "院校代码,专业名称,计划数"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
MOST_MEGABYTES = 150
MOST_SECONDS = 5.0


def known(header: str) -> bool:
    return header in HEADER.split(",")


@pytest.fixture(scope="module")
def book() -> bytes:
    made = openpyxl.Workbook()
    made.active.append(HEADER.split(","))
    made.active.append([10255, "法学", 3])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(book: bytes, part: str, content: bytes) -> bytes:
    """The workbook with one part of it exchanged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out.getvalue()


def sheet(book: bytes, rows: str) -> bytes:
    return with_part(book, "xl/worksheets/sheet1.xml", SHEET.format(rows).encode())


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def lying(content: bytes) -> bytes:
    """A ZIP whose directory says that its member is small."""
    made = bytearray(zipped(plan__csv=content))
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = made.index(mark) + place
        made[at : at + 4] = struct.pack("<I", 100)
    return bytes(made)


def encrypted() -> bytes:
    made = bytearray(zipped(plan__csv=b"a,b\n1,2\n"))
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


PLAIN = f"{HEADER}\n10255,法学,3\n"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10 if n > 1 else b"&lol;" * 10)
        for n in range(1, 10)
    )
    + b"]>"
)
"""Ten to the ninth laughs."""

TEXTS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "field of 50 MB": ("a.csv", lambda: f'{PLAIN}10255,"{"法" * 17_000_000}",3\n'.encode(), "一行超过"),
    "field of 8 MB": ("a.csv", lambda: f'{PLAIN}10255,"{"a" * 6_000_000}",3\n'.encode(), "CSV 格式有误"),
    "field over many lines": (
        "a.csv",
        lambda: (PLAIN + '10255,"' + ("abcdefg" * 100 + "\n") * 9_000 + '",3\n').encode(),
        "CSV 格式有误",
    ),
    "nothing but zero bytes": ("a.csv", lambda: bytes(3_000_000), "零字节"),
    "zero bytes after the rows": ("a.csv", lambda: PLAIN.encode() + bytes(100_000), "零字节"),
    "a UTF-8 line in GB18030": (
        "a.csv",
        lambda: (PLAIN + "10255,会计学,3\n").encode("gb18030") + "10255,计算机科学与技术,3\n".encode(),
        "行：4",
    ),
    "a GB18030 line in UTF-8": (
        "a.csv",
        lambda: (PLAIN + "10255,计算机科学与技术,3\n" * 3).encode() + "10255,会计学,3\n".encode("gb18030"),
        "行：6",
    ),
    "half a character of UTF-16": ("a.csv", lambda: PLAIN.encode("utf-16") + b"\x00", "UTF-16"),
    "a million columns": (
        "a.csv",
        lambda: (HEADER + "," + "列," * 1_000_000 + "\n1,2,3\n").encode(),
        "16,384 列",
    ),
    "JSON of 200 levels": ("a.json", lambda: b'[{"a": ' + b"[" * 200 + b"]" * 200 + b"}]", "嵌套超过 100 层"),
    "JSON of 100,000 levels": ("a.json", lambda: b"[" * 100_000, "嵌套超过 100 层"),
    "an object of 200 levels": ("a.json", lambda: b'{"a": ' * 200 + b"1" + b"}" * 200, "嵌套超过 100 层"),
    "a JSON text of 30 MB": ("a.json", lambda: b'[{"a": "' + b"x" * 30_000_000 + b'"}]', "JSON 格式有误"),
    "JSON cut off": ("a.json", lambda: b'[{"a": 1}, {"a": 2', "记录：2"),
    "JSON twice": ("a.json", lambda: b'[{"a": 1}] [{"a": 2}]', "之后还有内容"),
    "a JSON line of 30 MB": ("a.jsonl", lambda: b'{"a": "' + b"x" * 30_000_000 + b'"}\n', "一行超过"),
    "an XZ bomb": ("a.jsonl.xz", lambda: lzma.compress(b'{"a": 1}\n' * 2_000_000), "解开后超过"),
    "a picture": ("a.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "图片"),
    "a ZIP bomb": ("a.zip", lambda: zipped(plan__csv=bytes(40_000_000)), "压缩炸弹"),
    "a ZIP that lies": ("a.zip", lambda: lying(PLAIN.encode() * 9000), "大小是假的"),
    "a ZIP in a ZIP": (
        "a.zip",
        lambda: zipped(plan__csv=PLAIN.encode(), more__zip=zipped(a=b"")),
        "more.zip",
    ),
    "a ZIP with a password": ("a.zip", encrypted, "有密码"),
    "a ZIP of pictures": ("a.zip", lambda: zipped(a__png=b"\x89PNG", b__pdf=b"%PDF"), "没有数据表"),
    "a ZIP with a broken member": (
        "a.zip",
        lambda: zipped(a__csv=PLAIN.encode(), b__csv=("中文" * 30).encode() + b"\xff"),
        "成员：b.csv",
    ),
    "a ZIP of 2,000 files": (
        "a.zip",
        lambda: zipped(**{f"f{n}__csv": b"a" for n in range(2000)}),
        "2,000 个文件",
    ),
    "a ZIP cut off": ("a.zip", lambda: zipped(plan__csv=PLAIN.encode() * 500)[:-30], "损坏"),
}

WORKBOOKS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a million empty columns": (
        lambda b: sheet(b, '<row r="1"><c r="A1"/><c r="BDWGN1"/></row>'),
        "1,000,000 列",
    ),
    "a million empty columns that do not say where": (
        lambda b: sheet(b, f'<row r="1">{"<c/>" * 1_000_000}</row>'),
        "16,385 列",
    ),
    "two cells far apart": (
        lambda b: sheet(
            b, '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        ),
        "17,179,869,184 格",
    ),
    "a cell far below its row": (
        lambda b: sheet(b, '<row><c r="A1"><v>1</v></c><c r="ZZ9999999"><v>1</v></c></row>'),
        "格",
    ),
    "a cell whose place is hidden": (
        lambda b: sheet(b, '<row r="1"><c r="A1"/><c a=">" r="XFD1048576"><v>1</v></c></row>'),
        "写法异常",
    ),
    "a cell whose place is far off": (
        lambda b: sheet(b, f'<row r="1"><c r="A1"/><c {" " * 400}r="XFD1048576"><v>1</v></c></row>'),
        "写法异常",
    ),
    "billion laughs": (
        lambda b: with_part(
            b,
            "xl/worksheets/sheet1.xml",
            LAUGHS + SHEET.format('<row r="1"><c r="A1" t="str"><v>&lol9;</v></c></row>').encode(),
        ),
        "DOCTYPE",
    ),
    "billion laughs in UTF-16": (
        lambda b: with_part(b, "xl/workbook.xml", (LAUGHS + b"<a>&lol9;</a>").decode().encode("utf-16")),
        "不是 UTF-8",
    ),
    "a bomb": (
        lambda b: with_part(b, "xl/worksheets/sheet1.xml", SHEET.format(" " * 20_000_000).encode()),
        "压缩炸弹",
    ),
    "XLSB": (lambda b: zipped(**{"[Content_Types]__xml": b"<a/>", "xl/workbook__bin": b"1"}), "XLSB"),
    "a sheet that is missing": (
        lambda b: with_part(b, "xl/worksheets/sheet1.xml", b"<worksheet><she"),
        "Excel",
    ),
}


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="a">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)
CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
FAR = (
    '<table:table-row><table:table-cell {}table:number-columns-repeated="{}"/>'
    + CELL.format("x")
    + "</table:table-row>"
)


def ods(rows: str) -> bytes:
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    content = ODS.format(rows).encode()
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped(mimetype=kind, content__xml=content, **{"META-INF/manifest__xml": manifest})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (FAR.format("", 999_999), "1,000,000 列"),
        (FAR.format('a=">" ', 999_999), "1,000,000 列"),
        (
            FAR.format("", 999).replace(
                "<table:table-row", '<table:table-row table:number-rows-repeated="900000"'
            ),
            "格",
        ),
        (
            FAR.format(" " * 9000, 999_999).replace('repeated="', "repeated = '").replace('"/>', "'/>"),
            "1,000,000 列",
        ),
        (FAR.format(" " * 9_000_000, 999_999), "写法异常"),
    ],
)
def test_an_open_document_with_repeated_cells_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "plan.ods").write_bytes(ods(rows))
    assert said in refused(tmp_path / "plan.ods")


def test_an_open_document_that_ends_in_repeated_blanks_is_read(tmp_path: Path) -> None:
    """As the program that makes them writes every one."""
    blank = '<table:table-cell table:number-columns-repeated="16381"/>'
    rows = "".join(
        f"<table:table-row>{''.join(map(CELL.format, line.split(',')))}{blank}</table:table-row>"
        for line in PLAIN.splitlines()
    )
    end = f'<table:table-row table:number-rows-repeated="1048574">{blank}</table:table-row>'
    (tmp_path / "plan.ods").write_bytes(ods(rows + end))
    with open_table(tmp_path / "plan.ods", known) as table:
        assert [row.cells for row in table.rows] == [{"院校代码": "10255", "专业名称": "法学", "计划数": "3"}]


@pytest.fixture
def cheaply() -> Iterator[None]:
    """Little time on the processor, and no new peak of memory beyond what one file may take."""
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - began < MOST_SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MOST_MEGABYTES


def refused(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as fault, open_table(path, known) as table:
        for _ in table.rows:
            pass
    assert fault.value.remedy and path.name in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_file_is_refused(tmp_path: Path, name: str, request: pytest.FixtureRequest) -> None:
    file, content, said = TEXTS[name]
    (tmp_path / file).write_bytes(content())
    request.getfixturevalue("cheaply")
    assert said in refused(tmp_path / file)


@pytest.mark.parametrize("name", WORKBOOKS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_hostile_workbook_is_refused(
    tmp_path: Path, book: bytes, name: str, packed: bool, request: pytest.FixtureRequest
) -> None:
    make, said = WORKBOOKS[name]
    content = make(book)
    path = tmp_path / ("all.zip" if packed else "plan.xlsx")
    path.write_bytes(zipped(plan__xlsx=content) if packed else content)
    request.getfixturevalue("cheaply")
    message = refused(path)
    assert said in message
    assert not packed or "成员：plan.xlsx" in message


def test_what_only_looks_hostile_is_read(tmp_path: Path, book: bytes) -> None:
    """Deep but not too deep, far but not too far, a few zero bytes, brackets in strings."""
    deep = {"a": "[" * 500, "b": json.loads("[" * 90 + "]" * 90)}
    (tmp_path / "deep.json").write_text(json.dumps([deep, deep]), "utf-8")
    (tmp_path / "zeros.csv").write_bytes(PLAIN.replace("法学", "法\0学").encode())
    wide = sheet(
        book, '<row r="1"><c r="A1" t="str"><v>院校代码</v></c><c r="XFD1" t="str"><v>计划数</v></c></row>'
    )
    (tmp_path / "wide.xlsx").write_bytes(wide)
    for file, rows in (("deep.json", 2), ("zeros.csv", 1), ("wide.xlsx", 0)):
        with open_table(tmp_path / file, known) as table:
            assert len(list(table.rows)) == rows
    with open_table(tmp_path / "zeros.csv", known) as table:
        assert table.reading["zero_bytes"] == 1
        assert [row.cells["专业名称"] for row in table.rows] == ["法学"]


@pytest.mark.parametrize("step", [97, 389])
def test_a_workbook_with_a_byte_changed_is_read_or_refused(tmp_path: Path, book: bytes, step: int) -> None:
    path = tmp_path / "plan.xlsx"
    for place in range(0, len(book), step):
        path.write_bytes(book[:place] + bytes([book[place] ^ 0x5A]) + book[place + 1 :])
        try:
            with open_table(path, known) as table:
                list(table.rows)
        except UnreadableFileError as error:
            assert error.remedy


def test_a_list_of_json_is_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    record = json.dumps({"院校代码": 10255, "专业名称": "法" * 1_000}, ensure_ascii=False)
    with path.open("w", encoding="utf-8") as out:
        out.write("[\n")
        for _ in range(15_000):
            out.write(record + ",\n")
        out.write('{"院校代码": 1}, 12, "文" ]\n')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_table(path, known) as table:
        rows = sum(not row.broken for row in table.rows)
    assert rows == 15_001
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 40
