"""Files as other offices would send them: other formats, headers and habits; and the files that are refused."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.errors import ConflictError, InvalidInputError, UnreadableFileError
from app.ingest import accept_rows, batch, ingest_file, intake
from app.models import Batch, Campus, EnrolmentPlan, Forecast, Posting, QuarantinedRow, RowNote

HEADER = ["院校代码", "院校名称", "年份", "生源省份", "专业名称", "计划数"]
ROWS: list[list[Any]] = [
    [10255, "东华大学", 2025, "北京", "计算机类（含软件工程,信息安全；办学地点：松江校区）", 3],
    [10246, "复旦大学", 2025, "北京", "法学", 5],
    [10248, "上海交通大学", 2025, "江苏省", "人工智能", 12],
]
EXPECTED = [
    ("4131010246", "北京", 5, ["030101K"]),
    ("4131010248", "江苏", 12, ["080717T"]),
    ("4131010255", "北京", 3, ["080902", "080904K"]),
]


def stored(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def plans(session: Session) -> list[tuple[str, str, int, list[str]]]:
    rows = session.scalars(select(EnrolmentPlan).order_by(EnrolmentPlan.school_code))
    return [(row.school_code, row.province, row.plan, row.program_codes) for row in rows]


def text(rows: list[list[Any]], delimiter: str = ",") -> str:
    def cell(value: Any) -> str:
        return f'"{value}"' if delimiter in str(value) else str(value)

    return "\n".join(delimiter.join(map(cell, row)) for row in rows) + "\n"


def workbook(rows: list[list[Any]], path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def write_xlsx(folder: Path) -> Path:
    title = [["2025年招生计划汇总表"], ["制表单位：招生办公室", None, "2025-06"], []]
    return workbook([*title, HEADER, *ROWS], folder / "plan.xlsx")


def write_floats(folder: Path) -> Path:
    return workbook([HEADER, *([float(r[0]), r[1], float(r[2]), *r[3:]] for r in ROWS)], folder / "f.xlsx")


def write_tsv(folder: Path) -> Path:
    path = folder / "plan.tsv"
    path.write_text(text([HEADER, *ROWS], "\t"), "utf-8")
    return path


def write_utf16(folder: Path) -> Path:
    path = folder / "plan.txt"
    path.write_text(text([HEADER, *ROWS], "\t"), "utf-16")
    return path


def write_gb18030(folder: Path) -> Path:
    path = folder / "plan.csv"
    path.write_text("2025年招生计划,,,,,\n" + text([HEADER, *ROWS]), "gb18030")
    return path


def write_other_headers(folder: Path) -> Path:
    path = folder / "other.csv"
    header = ["院校代号", "招生院校", "年度", "生源地", "招生专业", "招生计划数（人）"]
    path.write_text(text([header, *([f"{r[0]}.0", *r[1:5], f"{r[5]}人"] for r in ROWS)]), "utf-8-sig")
    return path


def write_names_only(folder: Path) -> Path:
    path = folder / "names.csv"
    path.write_text(
        text([["学校名称", "招生年份", "省份", "专业", "计划人数"], *(r[1:] for r in ROWS)]), "utf-8"
    )
    return path


def write_json(folder: Path) -> Path:
    path = folder / "plan.json"
    path.write_text(
        json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS], ensure_ascii=False), "utf-8"
    )
    return path


@pytest.mark.parametrize(
    "write",
    [
        write_xlsx,
        write_floats,
        write_tsv,
        write_utf16,
        write_gb18030,
        write_other_headers,
        write_names_only,
        write_json,
    ],
)
def test_the_same_plan_in_every_dress(
    session: Session, tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    report = ingest_file(session, write(tmp_path), "enrolment-plan")
    assert (report.read, report.accepted, report.quarantined, report.warnings) == (3, 3, 0, [])
    assert plans(session) == EXPECTED


def test_the_same_rows_in_another_format_are_repeats(session: Session, tmp_path: Path) -> None:
    for write in (write_tsv, write_floats, write_gb18030, write_json):
        ingest_file(session, write(tmp_path), "enrolment-plan")
    assert plans(session) == EXPECTED
    assert stored(session, Batch) == 4


def test_a_column_that_numbers_the_rows_does_not_hide_repeats(session: Session, tmp_path: Path) -> None:
    """Else every exact repeat of a numbered table would count its seats again."""
    path = tmp_path / "numbered.csv"
    path.write_text(
        text([["序号", *HEADER], *([n, *row] for n, row in enumerate(ROWS * 2, start=1))]), "utf-8"
    )
    report = ingest_file(session, path, "enrolment-plan")
    assert (report.read, report.accepted, report.repeated) == (6, 3, 3)
    again = ingest_file(session, write_tsv(tmp_path), "enrolment-plan")
    assert (again.accepted, again.repeated) == (0, 3)
    assert plans(session) == EXPECTED


def test_rows_that_differ_in_an_unknown_column_are_two_rows(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(text([[*HEADER, "专业组"], [*ROWS[1], "01"], [*ROWS[1], "02"]]), "utf-8")
    assert ingest_file(session, path, "enrolment-plan").accepted == 2


def test_a_constant_is_the_same_as_a_column(session: Session, tmp_path: Path) -> None:
    ingest_file(session, write_tsv(tmp_path), "enrolment-plan")
    path, mapping = tmp_path / "noyear.csv", tmp_path / "m.toml"
    path.write_text(text([[*HEADER[:2], *HEADER[3:]], *([*r[:2], *r[3:]] for r in ROWS)]), "utf-8")
    mapping.write_text("[constants]\nyear = 2025\n", "utf-8")
    report = ingest_file(session, path, "enrolment-plan", mapping=mapping)
    assert (report.accepted, report.repeated) == (0, 3)


def test_a_plan_is_refused_as_a_register(session: Session, tmp_path: Path) -> None:
    """It has every column of a register, so nothing is missing; yet it is no register."""
    path = tmp_path / "plan.csv"
    header = [*HEADER, "学制", "科类", "批次"]
    path.write_text(text([header, *([*row, "四年", "物理类", "本科批"] for row in ROWS)]), "utf-8")
    with pytest.raises(UnreadableFileError, match="--kind enrolment-plan"):
        ingest_file(session, path, "program-register")
    assert stored(session, Batch) == 0


def test_the_source_given_stands_for_rows_that_name_none(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "forecasts.csv"
    path.write_text("行业代码,年份,需求人数\nC397,2028,600\n", "utf-8")
    with pytest.raises(UnreadableFileError, match="--source"):
        ingest_file(session, path, "forecasts")
    ingest_file(session, path, "forecasts", source="某协会报告")
    assert session.scalars(select(Forecast)).one().source == "某协会报告"


def test_rows_inside_an_object_of_json(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "wrapped.json"
    records = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    path.write_text(json.dumps({"total": 3, "data": records}, ensure_ascii=False, indent=1), "utf-8")
    assert ingest_file(session, path, "enrolment-plan").accepted == 3
    assert plans(session) == EXPECTED


def test_a_reason_stays_short_whatever_the_cell_holds(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(text([HEADER, *ROWS, [10246, "复旦大学", 2025, "北京", "长" * 300_000, 5]]), "utf-8")
    report = ingest_file(session, path, "enrolment-plan")
    assert report.reasons == {"unknown_program": 1}
    assert len(report.quarantine_sample[0]["reason"]) <= 300


@pytest.mark.parametrize(
    "total",
    [
        ["合计", "", "", "", "", 20],
        ["", "合计", "", "", "", 20],
        ["", "", "", "", "合计", 20],
        [10255, "东华大学", 2025, "北京", "小计", 20],
        [10255, "东华大学", 2025, "合计", "法学", 20],
        [10255, "东华大学", 2025, "北京", "", 20],
    ],
)
def test_a_line_of_totals_adds_no_seats(session: Session, tmp_path: Path, total: list[Any]) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text([HEADER, *ROWS, total]), "utf-8")
    report = ingest_file(session, path, "enrolment-plan")
    assert (report.read, report.accepted, report.quarantined) == (4, 3, 1)
    row = session.scalars(select(QuarantinedRow)).one()
    assert row.row == 5 and row.reason and row.remedy and row.raw["计划数"] == "20"


REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "wrong_kind": ("岗位名称,公司名称,人数\n测试工程师,示例企业,3\n", "enrolment-plan", ("--kind postings",)),
    "plan_as_register": (
        text([[*HEADER, "学制"], *([*r, "四年"] for r in ROWS)]).replace("学制", "备注"),
        "program-register",
        ("缺少列 修业年限", "--kind enrolment-plan"),
    ),
    "missing_column": ("院校代码,年份,专业名称\n10246,2025,法学\n", "enrolment-plan", ("缺少列 计划数",)),
    "header_only": (",".join(HEADER) + "\n", "enrolment-plan", ("没有数据行",)),
    "no_school": ("年份,专业名称,计划数\n2025,法学,3\n", "enrolment-plan", ("学校标识码或学校名称",)),
    "unknown_code": (
        text([HEADER, [99999, "无名大学", 2025, "北京", "法学", 3]]),
        "enrolment-plan",
        ("99999", "行：2", "列：学校标识码"),
    ),
    "same_bad_row": (
        text([HEADER, *[[10246, "复旦大学", 2025, "北京", "炼金学", 3]] * 3]),
        "enrolment-plan",
        ("3 行中没有一行可以接收", "炼金学"),
    ),
    "open_quote": (
        text([HEADER, ROWS[1]]) + '10246,"复旦大学,2025,北京,法学,5\n' + text(ROWS[1:] * 2),
        "enrolment-plan",
        ("引号", "行：3"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_refused_says_why_and_leaves_nothing(
    session: Session, tmp_path: Path, name: str
) -> None:
    content, kind, said = REFUSED[name]
    path = tmp_path / f"{name}.csv"
    path.write_text(content, "utf-8")
    with pytest.raises((UnreadableFileError, InvalidInputError)) as fault:
        ingest_file(session, path, kind)
    for words in (*said, path.name):
        assert words in str(fault.value)
    assert fault.value.remedy
    assert stored(session, Batch) == stored(session, EnrolmentPlan) == stored(session, QuarantinedRow) == 0


def test_commas_in_running_text_do_not_pass_for_the_delimiter(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "postings.csv"
    duties = ";".join(f"职责{n}" for n in range(30))
    path.write_text(f"岗位名称,公司名称,岗位描述\n测试工程师,示例企业,{duties}\n", "utf-8")
    report = ingest_file(session, path, "postings")
    assert report.accepted == 1
    assert session.scalars(select(Posting)).one().description == duties


def test_a_dry_run_counts_and_stores_nothing(session: Session, tmp_path: Path) -> None:
    report = ingest_file(session, write_tsv(tmp_path), "enrolment-plan", dry_run=True)
    assert (report.accepted, report.batch, report.dry_run) == (3, None, True)
    assert stored(session, Batch) == stored(session, EnrolmentPlan) == 0


def test_a_failure_in_the_middle_stores_nothing(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = [[*ROWS[1][:5], n] for n in range(2500)]
    path.write_text(text([HEADER, *rows]), "utf-8")
    seen: list[int] = []

    def pulled_plug(done: int) -> None:
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest_file(session, path, "enrolment-plan", progress=pulled_plug)
    assert seen == [batch.CHUNK, 2 * batch.CHUNK]
    assert stored(session, Batch) == stored(session, EnrolmentPlan) == 0
    report = ingest_file(session, path, "enrolment-plan")
    assert report.accepted == stored(session, EnrolmentPlan) == 2500


def test_two_loads_of_one_file_at_once_store_it_once(
    engine: Engine, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other load ends between this one's look and its writing."""
    path = write_tsv(tmp_path)
    look = batch._earlier

    def overtaken(asked: Session, kind: str, sha256: str) -> Batch | None:
        found = look(asked, kind, sha256)
        if found is None:
            monkeypatch.setattr(batch, "_earlier", look)
            asked.rollback()
            with session_factory(engine)() as other:
                ingest_file(other, path, kind)
        return found

    monkeypatch.setattr(batch, "_earlier", overtaken)
    report = ingest_file(session, path, "enrolment-plan")
    assert report.already and report.repeated == report.read == 3
    assert stored(session, Batch) == 1 and plans(session) == EXPECTED


def test_an_id_used_for_other_content_is_quarantined(session: Session, tmp_path: Path) -> None:
    lines = [
        {"id": "a1", "enterprise": "示例企业", "title": "测试工程师"},
        {"id": "a1", "enterprise": "示例企业", "title": "装调工"},
        {"id": "a1", "enterprise": "示例企业", "title": "测试工程师"},
        {"enterprise": "示例企业", "title": "护士", "heads": 3},
        {"enterprise": "示例企业", "title": "护士", "heads": 4},
    ]
    path = tmp_path / "postings.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    report = ingest_file(session, path, "postings")
    assert (report.accepted, report.repeated, report.reasons) == (3, 1, {"id_taken": 1})
    later = accept_rows(
        session, "postings", [{"id": "a1", "enterprise": "别家", "title": "焊工"}, lines[3]], source="api"
    )
    assert (later.accepted, later.repeated, later.reasons) == (0, 1, {"id_taken": 1})


def test_personal_data_stays_nowhere(session: Session, tmp_path: Path) -> None:
    private = {"描述": "电话 13812345678，邮箱 hr@example.com", "联系人": "310101199003074514"}
    lines = [
        {"公司": "示例企业", "岗位": "护士 13912345678", **private},
        {"公司": "示例企业", "岗位": "护士", "人数": "见 13812345678", "电话": 13812345678, **private},
    ]
    path = tmp_path / "postings.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    report = ingest_file(session, path, "postings")
    assert (report.accepted, report.quarantined) == (1, 1)
    assert report.masked == 3 + 5  # of the accepted row, and of the one in the quarantine
    assert "没有用到的列：联系人、电话" in report.warnings and "8 处个人信息" in report.warnings[-1]
    kept = [
        (row.raw, row.value, row.reason, row.column) for row in session.scalars(select(QuarantinedRow))
    ] + [(p.title, p.description, p.enterprise) for p in session.scalars(select(Posting))]
    for secret in ("13812345678", "13912345678", "hr@example.com", "310101199003074514"):
        assert secret not in json.dumps([kept, report.as_dict()], ensure_ascii=False)


def test_what_json_allows_and_databases_do_not_is_quarantined(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "postings.jsonl"
    path.write_text(
        '{"公司": "示例企业", "岗位": "护士"}\n'
        '{"公司": "示例\\u0000企业", "岗位": "", "人数": NaN, "其他\\u0000": ["\\ud800", {"\\u0000": Infinity}]}\n'
        '{"公司": "示例\\u0000企业", "岗位": "技\\ud800师", "其他": NaN}\n'
        "{broken \x00\n"
        "[1]\n",
        "utf-8",
    )
    report = ingest_file(session, path, "postings")
    assert (report.read, report.accepted) == (5, 2)
    assert report.reasons == {"missing_value": 1, "broken_row": 2}
    assert set(session.scalars(select(Posting.title))) == {"护士", "技师"}


def test_a_text_too_long_for_its_column_is_quarantined(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text([HEADER, *ROWS, [10246, "", 2025, "某" * 99, "法学", 1]]), "utf-8")
    report = ingest_file(session, path, "enrolment-plan")
    assert (report.accepted, report.reasons) == (3, {"too_long": 1})


def test_rows_of_more_cells_than_headers_are_kept_with_the_surplus(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text([HEADER, *ROWS]) + "10246,复旦大学,2025,北京,法学,5,多,了\n", "utf-8")
    report = ingest_file(session, path, "enrolment-plan")
    assert report.reasons == {"surplus_cells": 1}
    assert session.scalars(select(QuarantinedRow.raw)).one()["多余"] == ["多", "了"]


def test_sheets_of_one_kind_are_one_batch_and_the_others_are_named(session: Session, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_xlsx(tmp_path))
    sheet = book.create_sheet("专科")
    sheet.append(["院校名称", "年度", "生源地", "招生专业", "招生计划数"])
    for row in [*ROWS, [10246, "复旦大学", 2025, "北京", "法学", "若干"]]:
        sheet.append(row[1:])
    other = book.create_sheet("岗位")
    for row in [["岗位名称", "公司名称", "人数"], ["测试工程师", "示例企业", 3], ["护士", "示例企业", 2]]:
        other.append(row)
    book.create_sheet("说明").append(["本表由招办提供"])
    path = tmp_path / "two.xlsx"
    book.save(path)
    report = ingest_file(session, path, "enrolment-plan")
    assert (report.read, report.accepted, report.quarantined) == (7, 6, 1)
    assert report.warnings == ["只读了工作表“Sheet、专科”；未读：岗位"]
    bad = session.scalars(select(QuarantinedRow)).one()
    assert (bad.sheet, bad.row, bad.reason_code, bad.raw["招生计划数"]) == ("专科", 5, "not_a_number", "若干")
    assert report.quarantine_sample[0]["sheet"] == "专科"
    places = session.execute(select(EnrolmentPlan.sheet, EnrolmentPlan.row).order_by(EnrolmentPlan.id)).all()
    assert places == [("Sheet", 5), ("Sheet", 6), ("Sheet", 7), ("专科", 2), ("专科", 3), ("专科", 4)]
    doubled = session.scalars(select(EnrolmentPlan.plan).order_by(EnrolmentPlan.plan)).all()
    assert doubled == sorted([r[5] for r in ROWS] * 2)


def test_an_archive_is_one_batch_of_its_members(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(write_gb18030(tmp_path), "2025/本科.csv")
        archive.write(write_json(tmp_path), "2025/本科.json")
        archive.writestr("2025/补充.tsv", text([HEADER, [10246, "复旦大学", 2025, "北京", "法学", ""]], "\t"))
        archive.writestr("岗位.csv", "岗位名称,公司名称,人数\n测试工程师,示例企业,3\n")
        archive.writestr("说明.pdf", b"%PDF")
        archive.writestr("__MACOSX/._x.csv", b"\0\1")
    report = ingest_file(session, path, "enrolment-plan")
    assert (report.read, report.accepted, report.repeated, report.quarantined) == (7, 3, 3, 1)
    assert plans(session) == EXPECTED
    assert session.scalars(select(QuarantinedRow.sheet)).one() == "2025/补充.tsv"
    assert "未读：岗位.csv、说明.pdf" in report.warnings[0]
    again = ingest_file(session, path, "enrolment-plan")
    assert again.already and again.repeated == 7


def test_totals_notes_and_repeated_headers_of_any_kind_are_set_apart(
    session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "forecasts.csv"
    path.write_text(
        "行业代码,层次,年份,需求人数（万人）,来源\n"
        "C397,本科,2028,0.06,测试\n"
        "行业代码,层次,年份,需求人数（万人）,来源\n"
        "C396,合 计,2028,600,测试\n"
        "C396,本科,2028,1.2万,测试\n"
        "注：数据来自测试。,,,,\n",
        "utf-8",
    )
    report = ingest_file(session, path, "forecasts")
    assert (report.read, report.accepted) == (5, 2)
    assert report.reasons == {"header_again": 1, "total_row": 1, "note_row": 1}
    assert session.scalars(select(Forecast.central).order_by(Forecast.row)).all() == [600, 12_000]
    kept = session.scalars(select(QuarantinedRow).order_by(QuarantinedRow.row)).all()
    assert kept[1].raw["需求人数(万人)"] == "600" and kept[1].column == "层次"


def test_the_unit_of_a_header_makes_other_rows(session: Session, tmp_path: Path) -> None:
    """3 under 人数 and 3 under 人数（万人） are not the same row."""
    for name, header in (("a.csv", "需求人数"), ("b.csv", "需求人数（万人）")):
        (tmp_path / name).write_text(f"行业代码,年份,{header},来源\nC397,2028,3,测试\n", "utf-8")
        assert ingest_file(session, tmp_path / name, "forecasts").accepted == 1
    assert session.scalars(select(Forecast.central).order_by(Forecast.central)).all() == [3, 30_000]


def test_a_mapping_names_columns_and_fills_what_the_file_lacks(session: Session, tmp_path: Path) -> None:
    path, mapping = tmp_path / "odd.csv", tmp_path / "odd.toml"
    path.write_text("校,招的专业,规模（人）\n复旦大学,法学,5\n", "utf-8")
    mapping.write_text(
        '[columns]\nschool_name = "校"\nprogram_name = "招的专业"\nplan = "规模（人）"\ncampus = "校园"\n'
        '[constants]\nyear = 2025\nprovince = "北京"\n',
        "utf-8",
    )
    report = ingest_file(session, path, "enrolment-plan", mapping=mapping)
    assert plans(session) == [EXPECTED[0]]
    assert "校园" in report.warnings[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[columns]\nfoo = "校"\n', "foo"),
        ("columns = 3\n", "写法不对"),
        ("[columns\n", "无法读取"),
        (None, "无法读取"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(
    session: Session, tmp_path: Path, content: str | None, said: str
) -> None:
    mapping = tmp_path / "m.toml"
    if content is not None:
        mapping.write_text(content, "utf-8")
    with pytest.raises(InvalidInputError, match=said):
        ingest_file(session, write_tsv(tmp_path), "enrolment-plan", mapping=mapping)


def test_rows_from_elsewhere_become_a_batch(session: Session) -> None:
    rows = [
        {"school_code": 10255, "name": "松江校区", "district_code": "310117", "main": True},
        {"school_code": 10255, "name": "延安路校区", "district_code": "长宁", "simulated": True},
        {"school_code": 10255, "name": "火星校区", "district_code": "火星"},
    ]
    report = accept_rows(session, "campuses", rows, source="test", filename="campuses")
    assert (report.read, report.accepted, report.quarantined) == (3, 2, 1)
    campuses = session.scalars(select(Campus).order_by(Campus.row)).all()
    assert [(c.name, c.main, c.simulated) for c in campuses] == [
        ("松江校区", True, False),
        ("延安路校区", False, True),
    ]
    assert session.scalars(select(Batch)).one().simulated
    assert accept_rows(session, "campuses", rows, source="test").already


def test_a_whole_file_may_be_marked_simulated(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "forecasts.csv"
    path.write_text("行业代码,年份,需求人数,来源,模拟\nC397,2028,600,测试,\nC396,2028,700,测试,0\n", "utf-8")
    ingest_file(session, path, "forecasts", simulated=True)
    rows = session.scalars(select(Forecast).order_by(Forecast.row)).all()
    assert [row.simulated for row in rows] == [True, False]


def test_an_unknown_kind_lists_the_kinds(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="enrolment-plan"):
        ingest_file(session, write_tsv(tmp_path), "plans")
    with pytest.raises(UnreadableFileError, match="找不到文件"):
        ingest_file(session, tmp_path / "none.csv", "enrolment-plan")


def test_a_clash_with_a_load_under_way_is_a_conflict(
    engine: Engine, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other file, same rows: the rows are there when this one writes, though they were not when it looked."""
    ingest_file(session, write_tsv(tmp_path), "enrolment-plan")
    monkeypatch.setattr(intake.Intake, "_stored", lambda *_: set())
    with session_factory(engine)() as other, pytest.raises(ConflictError, match="没有保存"):
        ingest_file(other, write_utf16(tmp_path), "enrolment-plan")
    assert stored(session, Batch) == 1


LAYOUTS: dict[str, tuple[str, list[list[Any]], dict[str, int]]] = {
    "another order below": (
        "plan.csv",
        [HEADER, ROWS[0], ROWS[1], list(reversed(HEADER)), list(reversed(ROWS[2]))],
        {"header_again": 1},
    ),
    "another table below": (
        "plan.xlsx",
        [HEADER, *ROWS, [*HEADER[:5], "学制"], [*ROWS[1][:5], 4]],
        {"header_again": 1, "other_table": 1},
    ),
    "another table beside": (
        "plan.xlsx",
        [
            ["2025年招生计划"],
            [*HEADER, None, *HEADER],
            [*ROWS[0], None, *ROWS[1]],
            [*ROWS[2], None, "合计", *[None] * 4, 5],
        ],
        {"not_a_program": 1},
    ),
    "pages of a portal": ("plan.xls", [HEADER, *ROWS, ["注：以上为第一批", *[""] * 5]], {"note_row": 1}),
}


def web_page(rows: list[list[Any]], path: Path) -> Path:
    cells = ("".join(f"<td>{'' if cell is None else cell}</td>" for cell in row) for row in rows)
    path.write_text(f"<html><table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table></html>", "gb18030")
    return path


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_plan_in_every_layout_is_read_once_and_wholly(session: Session, tmp_path: Path, name: str) -> None:
    file, rows, reasons = LAYOUTS[name]
    path = tmp_path / file
    if file.endswith(".csv"):
        path.write_text(text(rows), "utf-8")
    else:
        (workbook if file.endswith("x") else web_page)(rows, path)
    report = ingest_file(session, path, "enrolment-plan")
    assert plans(session) == EXPECTED and report.reasons == reasons
    assert report.read == report.accepted + report.quarantined == 3 + sum(reasons.values())
    places = [(row.sheet, row.row) for row in session.scalars(select(EnrolmentPlan))]
    places += [(row.sheet, row.row) for row in session.scalars(select(QuarantinedRow))]
    assert len(set(places)) == report.read
    assert all(row.remedy for row in session.scalars(select(QuarantinedRow)))


def test_guesses_in_tables_side_by_side_are_noted_each_once(session: Session, tmp_path: Path) -> None:
    header = ["学校", "层次", "专业", "届别", "对口率"]
    guess = ["上海电子信息职业技术学院", "高职", "会计", 2025, 0.7]
    path = workbook([[*header, None, *header], [*guess, None, *guess[:4], 0.8]], tmp_path / "outcomes.xlsx")
    report = ingest_file(session, path, "outcomes")
    notes = session.scalars(select(RowNote)).all()
    assert (report.accepted, report.guessed, len(notes)) == (2, 2, 2)


def test_two_columns_of_one_number_that_differ_are_never_chosen_between(
    session: Session, tmp_path: Path
) -> None:
    path, mapping = tmp_path / "plan.csv", tmp_path / "m.toml"
    rows = [[*HEADER[:5], "计划数（本市）", "计划数（外地）"], [*ROWS[1], 7]]
    path.write_text(text(rows), "utf-8")
    with pytest.raises(UnreadableFileError, match="外地"):
        ingest_file(session, path, "enrolment-plan")
    assert stored(session, Batch) == 0
    mapping.write_text('[columns]\nplan = "计划数（外地）"\n', "utf-8")
    assert ingest_file(session, path, "enrolment-plan", mapping=mapping).accepted == 1
    assert plans(session)[0][2] == 7
