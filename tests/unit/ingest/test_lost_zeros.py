"""Codes of programs that a spreadsheet took for numbers: the zero they lost is put back, with a note where no name says so."""

from typing import Any

import pytest

from app.ingest.fault import RowFault
from app.ingest.kinds import KINDS
from app.ingest.schema import Cells

PLAN = {"school_code": "10255", "year": "2025", "province": "北京", "level": "本科", "plan": "30"}
SERVICE = {"name": "测试实训基地", "school_code": "10255", "places": "40", "year": "2025"}


def read(kind: str, cells: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str, str, str]]]:
    given = Cells(cells, {column.name: column.title for column in KINDS[kind].columns})
    record = KINDS[kind].record(given)
    return record, [(note.column, note.value, note.code, note.how) for note in given.notes]


@pytest.mark.parametrize(
    ("code", "name", "program", "notes"),
    [
        ("80902", "", "080902", [("专业代码", "80902", "080902", "leading_zero")]),
        (80902, "", "080902", [("专业代码", "80902", "080902", "leading_zero")]),
        ("70201.0", "", "070201", [("专业代码", "70201", "070201", "leading_zero")]),
        ("80717", "", "080717T", [("专业代码", "80717", "080717T", "leading_zero")]),
        ("080717", "", "080717T", []),
        ("80902", "软件工程", "080902", []),
        ("80902", "软件工程(中外合作办学)", "080902", []),
        ("80902", "软件开发工程", "080902", [("专业名称", "软件开发工程", "080902", "code_only")]),
        ("80902", "法学", "030101K", []),
    ],
)
def test_a_plan_by_a_code_that_lost_its_zero(
    code: Any, name: str, program: str, notes: list[tuple[str, str, str, str]]
) -> None:
    record, noted = read("enrolment-plan", {**PLAN, "program_code": code, "program_name": name})
    assert (record["program_codes"], noted) == ([program], notes)
    assert record["name"] == name or not name


@pytest.mark.parametrize("changed", [{"program_code": "10999"}, {"program_code": "809"}, {"level": "高职"}])
def test_what_is_no_such_code_is_not_guessed(changed: dict[str, str]) -> None:
    with pytest.raises(RowFault) as fault:
        read("enrolment-plan", {**PLAN, "program_code": "80902", **changed})
    assert fault.value.code == "missing_value"


def test_other_kinds_put_the_zero_back_too() -> None:
    outcome = {"school_code": "10255", "year": "2025", "destination_rate": "93%", "program_code": "80902"}
    record, noted = read("outcomes", {**outcome, "level": "本科"})
    assert record["program_code"] == "080902" and [how for *_, how in noted] == ["leading_zero"]
    assert not read("outcomes", {**outcome, "level": "本科", "program_name": "软件工程"})[1]
    register = {"school_code": "10255", "program_code": "80902", "program_name": "软件工程"}
    record, noted = read("program-register", register)
    assert (record["level"], record["program_code"], noted) == ("bachelor", "080902", [])
    record, noted = read("training-bases", {**SERVICE, "programs": "80902、030101K"})
    assert record["programs"] == ["bachelor:080902", "bachelor:030101K"]
    assert noted == [("服务专业", "80902", "080902", "leading_zero")]
