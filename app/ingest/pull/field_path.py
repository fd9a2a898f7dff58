"""Where something is in an answer: `data.rows`, `school.code`, `codes.0`."""

from typing import Any

MISSING = object()
"""Told apart from a null that the answer has."""


def at(data: Any, path: str) -> Any:
    """What is at a dotted path, numbers counting into lists; MISSING where the path leads nowhere.

    A key that itself has dots is found before its parts are.
    """
    if not path:
        return data
    if isinstance(data, dict):
        if path in data:
            return data[path]
        head, dot, rest = path.partition(".")
        return at(data[head], rest) if dot and head in data else MISSING
    if isinstance(data, list):
        head, _, rest = path.partition(".")
        if head.isdecimal() and int(head) < len(data):
            return at(data[int(head)], rest)
    return MISSING


def keys(data: Any) -> str:
    """What an answer has at its top, for a message: names, never values."""
    if isinstance(data, dict):
        return "、".join(map(str, list(data)[:12])) or "没有字段"
    return f"一个有 {len(data)} 项的列表" if isinstance(data, list) else "不是对象也不是列表"
