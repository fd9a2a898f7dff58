"""What a file would be taken for, before anything is loaded."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.errors import InvalidInputError, UnreadableFileError
from app.ingest.mappings import ColumnMapping
from app.ingest.proposing import likely_kinds, propose_file

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.csv")), ids=lambda path: path.stem)
def test_the_kind_of_a_file_is_told_by_its_headers(example: Path) -> None:
    assert likely_kinds(example)[0] == example.stem


def test_of_what_is_no_table_of_ours_no_kind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "menu.csv"
    path.write_text("菜名,口味\n红烧肉,咸\n", "utf-8")
    assert likely_kinds(path) == []


def test_doubtful_and_missing_columns_are_shown_with_the_first_rows(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("学校,招的专业,年,备用电话\n复旦大学,法学,2025,13800138000\n", "utf-8")
    found = propose_file(path, "enrolment-plan")
    assert [h.header for h in found.headers if h.doubtful] == ["招的专业"]
    assert "计划数" in "".join(found.missing)
    assert found.rows[0]["学校"] == "复旦大学"
    assert "13800138000" not in str(found)
    given = ColumnMapping({"招的专业": "program_name"}, {"plan": "5"})
    settled = propose_file(path, "enrolment-plan", mapping=given)
    assert not any(h.doubtful for h in settled.headers)
    assert not settled.missing


def test_a_kind_or_a_file_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="没有种类"):
        propose_file(EXAMPLES / "schools.csv", "menus")
    with pytest.raises(UnreadableFileError, match="找不到文件"):
        propose_file(tmp_path / "nothing.csv", "schools")


def test_the_command_line_says_what_kind_a_file_looks_like() -> None:
    said = CliRunner().invoke(app, ["ingest", str(EXAMPLES / "enrolment-plan.csv")])
    assert isinstance(said.exception, InvalidInputError)
    assert "像是 enrolment-plan（招生计划）" in said.exception.remedy
    said = CliRunner().invoke(app, ["ingest", "nothing.csv"])
    assert isinstance(said.exception, InvalidInputError)
    assert "可用的种类：schools" in said.exception.remedy
