"""A key that comes twice with two values: the row waits with both of them, and nothing is lost silently."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UnreadableFileError
from app.ingest.reading import Row, open_table
from app.ingest.reading.json_keys import DECODER, Ambiguous, ambiguous_in, as_it_came
from app.ingest.reading.json_records import row_of_line
from app.ingest.values import clean

TWICE = '{"院校代码": "10255", "计划数": 30, "计划数": 40}'
ONCE = '{"院校代码": "10246", "计划数": 5}'


def rows(path: Path, text: str) -> list[Row]:
    path.write_text(text, "utf-8")
    with open_table(path, lambda header: header in ("院校代码", "计划数")) as table:
        return list(table.rows)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", f"{TWICE}\n{ONCE}\n"),
        ("a.json", f"[{TWICE}, {ONCE}]"),
        ("a.json", f'{{"data": {{"list": [{TWICE}, {ONCE}]}}}}'),
        ("a.json", f'{{"a": {TWICE}, "b": {ONCE}}}'),
        ("a.json", f'{{"a": {TWICE}, "a": {ONCE}}}'),
    ],
)
def test_a_key_of_two_values_is_a_fault_of_its_row(tmp_path: Path, name: str, text: str) -> None:
    twice, once = rows(tmp_path / name, text)
    assert twice.fault is not None and twice.fault.code == "key_twice" and twice.fault.remedy
    assert all(said in twice.fault.reason for said in ("计划数", "“30”", "“40”"))
    assert twice.broken == TWICE and once.fault is None
    assert once.cells == json.loads(ONCE)


@pytest.mark.parametrize(
    "text",
    [
        '{"计划数": 30, "计划数": 30}',
        '{"计划数": 30, "计划数": "30 "}',
        '{"a": {"b": 1, "b": 1}}',
        '{"备注": "地点: 松江, \\"楼\\": 3 : 4", "计划数" : 30}',
    ],
)
def test_equal_values_and_colons_in_texts_are_none(text: str) -> None:
    row = row_of_line(1, text)
    assert row.fault is None and not row.broken and row.cells == json.loads(text)


def test_two_values_within_a_cell_are_found_too() -> None:
    within = '{"院校": {"代码": "10255", "代码": "10246"}, "计划数": 1}'
    for text in (within, f'{{"名单": [[1], [{within}]]}}', '{"a" : 1, "b"\t: [0], "a" : 2}'):
        row = row_of_line(7, text)
        assert row.fault is not None and row.number == 7
        assert row.broken == text.replace('" :', '":').replace('"\t:', '":')
    headed = DECODER.decode(f'[["院校代码", "计划数"], ["10255", {within}]]')
    assert isinstance(headed[1][1], Ambiguous)


def test_a_row_of_a_headed_list_with_two_values_in_a_cell(tmp_path: Path) -> None:
    text = '[["院校代码", "计划数"], ["10255", {"上海": 1, "上海": 2}], ["10246", 3]]'
    first, second = rows(tmp_path / "a.json", text)
    assert first.fault is not None and '"上海": 1, "上海": 2' in first.broken
    assert second.cells == {"院校代码": "10246", "计划数": 3}


def test_personal_data_in_the_message_is_masked_before_it_is_cut() -> None:
    long = "负责人" * 9 + "的手机 13812345678"
    row = row_of_line(1, json.dumps({"联系": long})[:-1] + ', "联系": "zhang@example.com"}')
    assert row.fault is not None
    assert not any(text in row.fault.reason + row.fault.value for text in ("138", "zhang@"))


def test_two_lists_of_one_name_are_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="多个列表：data、data"):
        rows(tmp_path / "a.json", f'{{"data": [{ONCE}], "data": [{TWICE}]}}')


VALUES = st.recursive(
    st.none() | st.integers(-2, 2) | st.text('a":\\ ', max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(st.sampled_from('ab:"'), inner), max_size=4)
    ),
    max_leaves=8,
)


def written(value: Any) -> str:
    """JSON of the value, lists of pairs as objects that may have a key twice."""
    if not isinstance(value, list):
        return json.dumps(value)
    if value and all(isinstance(each, tuple) for each in value):
        return "{" + ", ".join(f"{json.dumps(k)}: {written(v)}" for k, v in value) + "}"
    return "[" + ", ".join(written(each) for each in value) + "]"


@settings(deadline=None)
@given(VALUES)
def test_two_values_of_a_key_are_found_at_any_depth(value: Any) -> None:
    text = written(value)
    plain, exact = json.loads(text), DECODER.decode(text)
    assert plain == exact and json.loads(as_it_came(exact)) == plain
    assert (ambiguous_in(exact) is not None) == _contradicts_itself(value)


def _contradicts_itself(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    if any(_contradicts_itself(each[1] if isinstance(each, tuple) else each) for each in value):
        return True
    members = [(each[0], clean_text(each[1])) for each in value if isinstance(each, tuple)]
    return len(set(members)) > len({key for key, _ in members})


def clean_text(value: Any) -> str:
    return written(value) if isinstance(value, list) else clean(value)


def test_the_headers_are_those_of_the_rows_and_not_of_what_is_in_their_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '[["院校代码", "计划数"], ["10255", {"上海": 1, "上海": 2}], [{"a": 1, "a": 2}]]', "utf-8"
    )
    with open_table(path, lambda header: header in ("院校代码", "计划数")) as table:
        assert table.headers == ("院校代码", "计划数")
        assert [row.fault.code for row in table.rows if row.fault] == ["key_twice", "key_twice"]
