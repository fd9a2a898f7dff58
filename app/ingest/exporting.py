"""Cells that go out to a spreadsheet: what would be read there as a formula is made text."""

from typing import Any

STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell may not begin with (OWASP, CSV injection): a spreadsheet takes it for a formula or looks past it."""


def escaped(value: Any) -> Any:
    """`value` as it may stand in a CSV or XLSX cell: a text that begins like a formula gets an apostrophe before it.

    Numbers stay numbers; a text that is a plain signed number (`-3`, `+0.5`) is no formula and stays as it is. Blanks
    before the sign do not hide it; a width of its own (`＝`) is read as the plain one by some programs.
    """
    if not isinstance(value, str) or not value:
        return value
    start = value.lstrip(" \u00a0\u3000\ufeff\n").translate(_PLAIN)
    if not start.startswith(STARTS) or _is_number(value):
        return value
    return f"'{value}"


_PLAIN = str.maketrans("＝＋－＠", "=+-@")


def _is_number(text: str) -> bool:
    """Digits with a sign and one point at most: nothing that a spreadsheet could compute."""
    body = text[1:]
    return text[0] in "+-" and body.isascii() and body.replace(".", "", 1).isdigit()
