"""The page on data formats says what the code does."""

import ast
from pathlib import Path

import pytest

from app.ingest.describe import example_cells, formats_markdown
from app.ingest.kinds import KINDS
from app.ingest.reasons import REASONS, reason_title
from app.ingest.schema import Cells

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs" / "data-formats.md").read_text("utf-8")
    assert written == formats_markdown(), (
        "run: .venv/bin/python -m app.ingest.describe > docs/data-formats.md"
    )


def test_every_reason_that_is_given_is_described_and_no_other() -> None:
    raised = {"invalid_code"}
    for path in (ROOT / "app" / "ingest").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "RowFault":
                code = call.args[0]
                if isinstance(code, ast.Constant):
                    raised.add(str(code.value))
    assert raised == set(REASONS)
    assert reason_title("gone_since") == "gone_since"  # of an older release


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_is_acceptable(kind: str) -> None:
    chosen = KINDS[kind]
    cells = {}
    for header, value in example_cells(chosen).items():
        column = chosen.column_for(header)
        assert column, header
        cells[column.name] = value
    assert chosen.missing(cells) == []
    assert chosen.record(Cells(cells, {}))
