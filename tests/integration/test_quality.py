"""The data-quality report of a batch and of the whole, and its workbook."""

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy.orm import Session

from app.errors import InvalidInputError, NotFoundError
from app.ingest import ingest_file
from app.ingest.quality import batch_quality, whole_quality
from app.ingest.quality_export import export_quality

HEADER = "院校代码,年份,生源省份,专业名称,计划数,校区"
PROGRAMS = [
    *(
        "法学",
        "会计学",
        "护理学",
        "软件工程",
        "人工智能",
        "哲学",
        "历史学",
        "物理学",
        "化学",
        "生物科学",
        "统计学",
        "新闻学",
    ),
    *(
        "社会学",
        "金融学",
        "英语",
        "日语",
        "德语",
        "法语",
        "俄语",
        "地理科学",
        "心理学",
        "行政管理",
        "土木工程",
    ),
]


def plans(folder: Path, name: str, year: int, amounts: dict[str, int], *more: str) -> Path:
    lines = [f"10246,{year},北京,{program},{plan}," for program, plan in amounts.items()]
    path = folder / f"{name}.csv"
    path.write_text("\n".join([HEADER, *lines, *more]) + "\n", "utf-8")
    return path


def test_a_batch_is_measured_against_the_one_before(session: Session, tmp_path: Path) -> None:
    last = dict.fromkeys(PROGRAMS, 30)
    first = ingest_file(session, plans(tmp_path, "a", 2024, last), "enrolment-plan", source="甲")
    this = {**last, "法学": 150} | {"音乐学": 20}
    del this["日语"]
    second = ingest_file(
        session,
        plans(tmp_path, "b", 2025, this, "10246,2025,北京,会计学,-4,", "10246,2025,上海,炼金学,5,邯郸校区"),
        "enrolment-plan",
        source="甲",
    )
    report = batch_quality(session, str(second.batch))
    assert report.compared_with == first.batch
    assert report.read == report.accepted + report.repeated + report.quarantined == 25
    filled = {each.column: each for each in report.completeness}
    assert (filled["plan"].share, filled["campus"].share) == (1.0, 0.0)
    assert filled["plan"].title == "计划数"
    refused = {each.reason_code: each for each in report.refused}
    assert (refused["too_small"].out_of_range, refused["too_small"].column) == (True, "计划数")
    assert not refused["unknown_program"].out_of_range
    assert [(o.key.split()[-1], o.before, o.value, o.year) for o in report.outliers] == [
        ("法学", 30, 150, 2025)
    ]
    programs = next(each for each in report.codes if each.column == "program_codes")
    assert (programs.new_count, programs.vanished) == (1, ("050207",))
    name = next(each for each in report.drift if each.column == "name")
    assert not name.drifted
    assert any("变化异常" in each for each in report.findings)

    # A later delivery of which all but one row are repeats is measured by all of its rows.
    third = ingest_file(
        session, plans(tmp_path, "c", 2025, {**this, "翻译": 9}), "enrolment-plan", source="甲"
    )
    assert (third.accepted, third.repeated) == (1, 23)
    report = batch_quality(session, str(third.batch))
    assert report.records == 24
    programs = next(each for each in report.codes if each.column == "program_codes")
    assert (programs.new_count, programs.vanished_count) == (1, 0)

    (whole,) = whole_quality(session)
    assert (whole.kind, whole.read, whole.records) == ("enrolment-plan", 23 + 25 + 24, 23 + 23 + 1)
    assert whole.compared_with == second.batch
    assert [each.key.split()[-1] for each in whole.outliers] == ["法学"]
    out = tmp_path / "quality.xlsx"
    export_quality([whole], out)
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["总览", "完整度", "隔离原因", "与上年相比异常", "代码变化", "用字变化"]
    assert book["与上年相比异常"]["B2"].value == "复旦大学 普通本科 法学"
    assert book["总览"]["D2"].value == 72
    with pytest.raises(InvalidInputError, match="无法写入"):
        export_quality([whole], tmp_path / "none" / "quality.xlsx")
    with pytest.raises(NotFoundError):
        batch_quality(session, "none")


def test_rates_and_texts_of_postings(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    lines = ["院校代码,层次,专业代码,年份,毕业去向落实率,对口率"]
    for code, last, this in (("030101K", "90%", "50%"), ("120203K", "92%", "91%")):
        lines += [f"10246,本科,{code},2023,{last},", f"10246,本科,{code},2024,{this},80%"]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report = batch_quality(session, str(ingest_file(session, path, "outcomes").batch))
    assert [(each.column, each.before, each.value) for each in report.outliers] == [
        ("destination_rate", 0.9, 0.5)
    ]
    assert next(each.share for each in report.completeness if each.column == "matched_rate") == 0.5
    for name, title in (("p", "焊工"), ("q", "律师助理")):
        path = tmp_path / f"{name}.csv"
        rows = [f"甲公司,{title}{number},{number + 1}" for number in range(30)]
        path.write_text("\n".join(["企业,岗位名称,人数", *rows]) + "\n", "utf-8")
        last_one = str(ingest_file(session, path, "postings").batch)
    report = batch_quality(session, last_one)
    titles = next(each for each in report.drift if each.column == "title")
    assert titles.drifted and {"+律", "-焊"} <= set(titles.characters)
    assert any("用字" in each for each in report.findings)
    assert [each.kind for each in whole_quality(session)] == ["outcomes", "postings"]
