"""Every reason of the quarantine has a title."""

import ast
from pathlib import Path

import app.ingest
from app.errors import InvalidCodeError
from app.ingest.reasons import REASONS, reason_title


def codes_of(path: Path) -> set[str]:
    """Codes written out where a fault is made."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    first = [call.args[0] for call in calls if getattr(call.func, "id", "") == "RowFault" and call.args]
    return {str(arg.value) for arg in first if isinstance(arg, ast.Constant)}


def test_every_reason_has_a_title() -> None:
    used = set().union(*map(codes_of, Path(app.ingest.__file__).parent.rglob("*.py")))
    assert len(used) > 40
    assert used | {InvalidCodeError.code} <= REASONS.keys()


def test_a_reason_of_an_older_release_is_shown_by_its_code() -> None:
    assert reason_title("gone_since") == "gone_since"
