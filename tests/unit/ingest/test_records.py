"""Rows that have an outcome in common are worked out once: what becomes of each is what it is of that row alone."""

import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from app.ingest.fault import RowFault
from app.ingest.kinds import KINDS
from app.ingest.reading import Row
from app.ingest.records import Records
from app.ingest.schema import NONE_KNOWN, Kind, KnownNames
from app.ingest.writing import Lines

KEPT_APART = [kind for kind in KINDS.values() if kind.apart]
HEADERS = {
    "院校代码": "school_code",
    "学校": "school_name",
    "年份": "year",
    "省份": "province",
    "科类": "subject",
    "批次": "admission_batch",
    "层次": "level",
    "代码": "program_code",
    "专业": "program_name",
    "全称": "full_name",
    "备注": "remark",
    "计划": "plan",
    "学制": "schooling_years",
    "学费": "tuition",
    "模拟": "simulated",
    "示例": "example_row",
}
CELLS: dict[str, list[Any]] = {
    "院校代码": ["10255", "4131010246", "10246", "99999", ""],
    "学校": ["东华大学", "复旦大学", "复旦大学枫林校区", "复旦大学枫林", "合计", "学校", ""],
    "年份": ["2025", "2025年", "25", "", "合计", "年份", 2025, 2025.0],
    "省份": ["北京", "上海市", "共计人数若干", "小计", "字" * 30, "", None],
    "科类": ["物理类", "合计（理科）", "字" * 50, ""],
    "批次": ["本科批", "专科批", "字" * 120, ""],
    "层次": ["本科", "专科", "幼儿园", ""],
    "代码": ["080901", "0809", "080901.0", "999999", ""],
    "专业": ["软件工程", "计算机类", "炼金学", "软件工成", "预科班", "总计", "专业", ""],
    "全称": ["计算机类（含软件工程、信息安全；办学地点：松江校区）", "软件工程(中外合作办学)", "", ""],
    "备注": ["办学地点：松江校区", "联系电话13812345678", "注：含预科", ""],
    "计划": ["5", "0", "-1", "约5", "30000", "", "计划", 5, 5.0, True, ["5"]],
    "学制": ["四年", "4", "字", ""],
    "学费": ["7000", "7000元", "免费", "99999999999", ""],
    "模拟": ["1", "否", ""],
    "示例": ["", "", "", "1"],
    "门类": ["工学", "说明：以上为合计", ""],
}


DIALECT = sqlite.dialect()


def records_of(
    kind: Kind,
    constants: dict[str, Any] | None = None,
    simulated: bool = False,
    known: KnownNames = NONE_KNOWN,
) -> Records:
    return Records(
        kind, Lines(kind.model, DIALECT), "batch", HEADERS, constants or {}, simulated, "表", known
    )


def rows_at_random(seed: int, number: int = 600) -> list[Row]:
    """Mostly good rows, few of them unlike each other; each differs from a good one in a cell or two."""
    chosen = random.Random(seed)
    good = {header: cells[0] for header, cells in CELLS.items()} | {"模拟": "", "示例": "", "学校": ""}
    rows = []
    for place in range(number):
        cells = {**good, "专业": chosen.choice(["软件工程", "计算机类", "炼金学"]), "全称": ""}
        for header in chosen.sample(sorted(CELLS), chosen.choice([0, 1, 1, 2, 3])):
            cells[header] = chosen.choice(CELLS[header])
        if chosen.random() < 0.05:
            cells = dict.fromkeys(cells, "") | {chosen.choice(["专业", "门类"]): "说明：以上为合计"}
        shape = chosen.random()
        if shape < 0.1:
            cells = dict(list(cells.items())[: chosen.randrange(1, len(cells))])
        surplus = ("多",) if 0.1 < shape < 0.13 else ()
        fault = RowFault("hidden_row", "隐藏的行") if 0.13 < shape < 0.15 else None
        rows.append(Row(place, cells, surplus, "{" if 0.15 < shape < 0.17 else "", "页" * (place % 3), fault))
    return rows


def told(made: Records, rows: list[Row], chunk: int) -> list[Any]:
    """All that becomes of the rows, taken `chunk` at a time, without what is an object of its own each time."""
    found: list[Any] = []
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        found += [
            (one.code, one.reason, one.remedy, one.column, one.value)
            if isinstance(one, RowFault)
            else tuple(one)
            for one in made.of(part, [f"{row.number:064d}" for row in part])
        ]
        found.append((dict(made.masked), dict(made.notes)))
    return found


@pytest.mark.parametrize("kind", KEPT_APART, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("constants", "simulated", "known"),
    [
        ({}, False, NONE_KNOWN),
        ({"year": "2024", "province": "天津市", "level": "本科", "subject": ""}, True, NONE_KNOWN),
        ({"year": "今年"}, False, KnownNames({"复旦大学枫林": "4131010255"})),
    ],
)
def test_rows_taken_together_become_what_each_becomes_alone(
    kind: Kind, constants: dict[str, Any], simulated: bool, known: KnownNames
) -> None:
    def made(of: Kind) -> Records:
        return records_of(of, constants, simulated, known)

    for seed in range(3):
        rows = rows_at_random(seed)
        together = told(made(kind), rows, 250)
        assert together == told(made(replace(kind, apart=())), rows, 250)
    faults = {one[0] for one in together if isinstance(one[0] if isinstance(one, tuple) else None, str)}
    assert len(faults) >= 10, faults
    assert any(len(one) > 5 for one in together)


def test_an_outcome_is_worked_out_once_for_rows_that_differ_in_columns_kept_apart() -> None:
    kind = KINDS["enrolment-plan"]
    built: list[str] = []

    def build(cells: Any) -> Any:
        built.append(cells.text("province"))
        return kind.build(cells)

    cells = {"院校代码": "10255", "专业": "软件工程", "年份": "2025", "计划": "5"}
    rows = [Row(n, {**cells, "省份": f"省{n}", "计划": str(n)}) for n in range(1, 40)]
    lines = records_of(replace(kind, build=build)).of(rows, ["-"] * len(rows))
    names = [column.key for column in Lines(kind.model, DIALECT).columns]
    records = [dict(zip(names, line, strict=True)) for line in lines if isinstance(line, list)]
    assert built == ["省1"]
    assert [(r["province"], r["plan"], r["row"]) for r in records] == [
        ("省" + str(n), n, n) for n in range(1, 40)
    ]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ingest.records._KEPT", 10)
    rows = [
        Row(n, {"院校代码": "10255", "专业": f"软件工程{n}", "年份": "2025", "计划": str(n)})
        for n in range(1, 60)
    ]
    made = records_of(KINDS["enrolment-plan"])
    made.of(rows, ["-"] * len(rows))
    sizes = [len(made._outcomes), *map(len, made._apart.values())]
    assert max(sizes) <= 10
