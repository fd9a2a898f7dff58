"""Templates to fill in: what a person sees, and that what they fill in is read."""

from pathlib import Path

import openpyxl
import pytest

from app.errors import InvalidInputError
from app.ingest.describe import allowed_values, example_cells, example_csv
from app.ingest.kinds import KINDS
from app.ingest.templates import EXAMPLE_MARK, LISTS, NOTES, template, write_template

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_shows_columns_example_lists_and_notes(kind: str) -> None:
    chosen = KINDS[kind]
    book = template(chosen)
    sheet, notes, lists = book.worksheets
    assert (sheet.title, notes.title, lists.title) == (chosen.title, NOTES, LISTS)
    assert lists.sheet_state == "hidden"
    headers = [cell.value for cell in sheet[1]]
    assert headers == [c.title + ("*" if c.required else "") for c in chosen.columns] + ["示例标记"]
    example = {h.rstrip("*"): cell.value for h, cell in zip(headers, sheet[2], strict=True) if cell.value}
    titles = {chosen.column_for(h).title: v for h, v in example_cells(chosen).items()}  # type: ignore[union-attr]
    assert example == {**titles, "示例标记": EXAMPLE_MARK}
    values = [cell.value for cell in lists["A"]]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    for place, column in enumerate(chosen.columns, start=1):
        rule = rules.pop(sheet.cell(2, place).coordinate, None)
        listed = allowed_values(chosen, column)
        assert (rule is not None) == bool(listed), column.name
        if rule is not None:
            first, last = (int(part) for part in rule.formula1.replace("$A$", "").split("!")[1].split(":"))
            assert tuple(values[first - 1 : last]) == listed
    assert not rules
    noted = {row[0].value: row[1].value for row in notes.iter_rows()}
    assert all(column.name in noted[column.title] for column in chosen.columns)


def test_a_template_never_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_text("x")
    with pytest.raises(InvalidInputError, match="已经存在"):
        write_template(KINDS["campuses"], path)
    assert path.read_text() == "x"
    with pytest.raises(InvalidInputError, match="无法写入"):
        write_template(KINDS["campuses"], tmp_path / "none" / "t.xlsx")
    write_template(KINDS["campuses"], tmp_path / "t.xlsx")
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames == ["校区", NOTES, LISTS]


def test_the_example_files_are_up_to_date() -> None:
    folder = ROOT / "docs" / "examples"
    assert {path.stem for path in folder.glob("*.csv")} == set(KINDS)
    for name, kind in KINDS.items():
        assert (folder / f"{name}.csv").read_text("utf-8") == example_csv(kind), (
            "run: .venv/bin/python -m app.ingest.describe docs/examples"
        )
