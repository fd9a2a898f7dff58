"""Whether a text is one statement that only reads."""

import re

_APART = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`", re.DOTALL)
"""Comments, strings and quoted names: words in them are no commands."""
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|replace\s+into|upsert|drop|alter|create|truncate|grant|revoke|into|call|exec|execute"
    r"|copy|attach|detach|pragma|vacuum|lock|set|commit|rollback|begin|do|load|handler|for\s+(?:update|share))\b",
    re.IGNORECASE,
)


def why_not_read_only(query: str) -> str:
    """Why a query is refused, in Chinese; empty for one SELECT or WITH that names no command that writes.

    A first line of defence, and deliberately strict: a semicolon is refused wherever it stands, for what is a string
    to us could be something else to the database. The second is a transaction that the database itself keeps from
    writing, the third an account that may only read.
    """
    text = query.strip()
    bare = text.removesuffix(";")
    if ";" in bare:
        return "只能是一条语句，除末尾外不能有分号"
    words = _APART.sub(" ", bare).strip()
    if not re.match(r"(select|with)\b", words, re.IGNORECASE):
        return "只能以 SELECT 或 WITH 开头"
    if found := _WRITES.search(words):
        return f"含有 {found[1].upper()}；只能查询，不能修改（列名与它相同时请加引号）"
    return ""
