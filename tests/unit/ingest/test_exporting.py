"""Formulas do not leave the house."""

import pytest

from app.ingest.exporting import escaped


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "　＝1+1",
        "\n=1",
        "-1.2.3",
        "--1",
        "-",
    ],
)
def test_what_begins_like_a_formula_becomes_text(text: str) -> None:
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "法学", "-3", "+0.5", "3=3", "a@b", -3, 2.5, None, True])
def test_other_cells_stay(value: object) -> None:
    assert escaped(value) is value
