"""What a person says of the headers of a file, as parameters: `column=plan:招生规模`, `constant=year:2025`, `ignore=备注`."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from app.api.parameters import PLAIN
from app.api.validation import refused
from app.ingest.schema import Kind
from app.ingest.values import clean

_PAIR = re.compile(r"\s*([A-Za-z_]+)\s*[:：](.*)", re.DOTALL)
_SHOWN = 60
_Said = Annotated[str, StringConstraints(max_length=1000), PLAIN]
Columns = Annotated[
    list[_Said],
    Field(
        max_length=300,
        description="字段:表头，可写多次：文件里的这个表头是哪一列。Which of our columns a header is; repeatable.",
        examples=[["plan:招生规模"]],
    ),
]
Constants = Annotated[
    list[_Said],
    Field(
        max_length=300,
        description="字段:值，可写多次：文件没有的列，整个文件取一个值。A value for a column that the file lacks.",
        examples=[["year:2025"]],
    ),
]
Ignored = Annotated[
    list[_Said],
    Field(
        max_length=300,
        description="表头，可写多次：不是任何一列，不用它。A header that is none of our columns; repeatable.",
        examples=[["备注说明栏"]],
    ),
]


def columns_said(answers: Iterable[str], kind: Kind) -> dict[str, str]:
    """Our column by header. Raises a finding of pydantic where an answer is no pair, or two contradict each other."""
    said: dict[str, str] = {}
    for ours, header in _pairs(answers, kind, "字段:表头", "column=plan:招生规模"):
        if said.get(header, ours) != ours:
            raise refused(
                "answered_twice", f"表头“{header}”写成了两列：{said[header]}、{ours}", "一个表头只是一列"
            )
        if other := next((each for each, name in said.items() if name == ours and each != header), None):
            raise refused("answered_twice", f"{ours} 写了两个表头：“{other}”“{header}”", "一列只取一个表头")
        said[header] = ours
    return said


def constants_said(answers: Iterable[str], kind: Kind) -> dict[str, str]:
    """Value by our column. Raises a finding of pydantic where an answer is no pair, or two contradict each other."""
    said: dict[str, str] = {}
    for ours, value in _pairs(answers, kind, "字段:值", "constant=year:2025"):
        if said.setdefault(ours, value) != value:
            raise refused("answered_twice", f"{ours} 写了两个值：“{said[ours]}”“{value}”", "一列只有一个值")
    return said


def headers_ignored(answers: Iterable[str], columns: Iterable[str]) -> frozenset[str]:
    """Headers that are none of our columns. Raises a finding of pydantic where one is said to be a column as well."""
    ignored = frozenset(map(clean, answers))
    if "" in ignored:
        raise refused("empty_answer", "有一个表头是空的", "请写表头，如 ignore=备注说明栏")
    if both := sorted(ignored & set(columns)):
        raise refused("answered_twice", f"“{both[0]}”既在 column 中，又在 ignore 中", "请只留一处")
    return ignored


def _pairs(answers: Iterable[str], kind: Kind, form: str, example: str) -> Sequence[tuple[str, str]]:
    known = {column.name for column in kind.columns}
    pairs = []
    for answer in answers:
        found = _PAIR.fullmatch(answer)
        value = clean(found[2]) if found else ""
        if found is None or not value:
            raise refused("no_pair", f"“{answer[:_SHOWN]}”不是“{form}”的写法", f"如 {example}")
        if found[1] not in known:
            raise refused(
                "unknown_column",
                f"“{kind.title}”没有字段 {found[1][:_SHOWN]}",
                f"可用的字段：{'、'.join(sorted(known))}",
            )
        pairs.append((found[1], value))
    return pairs
