import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInputError
from app.matching.documents import Document
from app.matching.engine import Match
from app.matching.rank_file import (
    format_header,
    format_rows,
    parse_candidates,
    parse_gold,
    parse_queries,
    parse_run,
)


def test_queries_carry_what_the_contract_names() -> None:
    lines = [
        '\ufeff{"id": "q1", "title": "Java", "text": "开", "level": "bachelor", "program_code": "080902"}\n',
        "\n",
        '{"id": 7, "title": null}',
    ]
    assert list(parse_queries(lines)) == [
        Document("q1", "Java", "开", level="bachelor", program_code="080902"),
        Document("7", "", ""),
    ]


def test_queries_are_read_one_by_one() -> None:
    documents = parse_queries(['{"id": "a"}', "broken"])
    assert next(documents).id == "a"
    with pytest.raises(InvalidInputError):
        next(documents)


def test_candidates_are_code_name_and_text() -> None:
    assert parse_candidates(['{"code": "C39", "name": "制造业", "text": "芯片"}']) == [
        Document("C39", "制造业", "芯片")
    ]


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        ('{"title": "x"}', "id", "缺少"),
        ('{"id": "  "}', "id", "不能为空"),
        ('{"id": ["a"]}', "id", "应为文字"),
        ('{"id": true}', "id", "应为文字"),
        ('{"id": "b", "text": {"a": 1}}', "text", "应为文字"),
        ('{"id": "a"}', "id", "与第 1 行重复"),
    ],
)
def test_a_bad_field_is_named_with_its_line(line: str, field: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem) as raised:
        list(parse_queries(['{"id": "a"}', "", line]))
    assert raised.value.where == {"行": 3, "字段": field}
    assert raised.value.remedy


@pytest.mark.parametrize("line", ["{", "[1]", "文字", '"a"', "[" * 100_000, "\x00"])
def test_what_is_no_json_object_is_named_with_its_line(line: str) -> None:
    with pytest.raises(InvalidInputError, match="JSON") as raised:
        list(parse_queries([line]))
    assert raised.value.where == {"行": 1}


def test_a_candidate_without_a_code_is_known_by_its_name() -> None:
    lines = ['{"code": "", "name": "交叉学科"}', '{"name": "医学类", "text": "x"}']
    assert [document.id for document in parse_candidates(lines)] == ["交叉学科", "医学类"]
    with pytest.raises(InvalidInputError, match="缺少") as raised:
        parse_candidates(['{"code": null, "name": " ", "text": "x"}'])
    assert raised.value.where == {"行": 1, "字段": "code"}


def test_no_candidates_is_an_error() -> None:
    with pytest.raises(InvalidInputError, match="没有任何候选"):
        parse_candidates(["\n"])


def test_a_run_written_is_the_run_read() -> None:
    matches = [Match(3, "C39", 0.51234567), Match(0, "I65", 0.25)]
    lines = [format_header(), *format_rows(Document("q1", ""), matches)]
    assert lines[1] == "q1\tC39\t1\t0.512346"
    assert parse_run(lines) == {"q1": ["C39", "I65"]}
    assert parse_run(lines[1:]) == {"q1": ["C39", "I65"]}


def test_a_run_is_ordered_by_rank_not_by_line() -> None:
    assert parse_run(["q\tb\t2\t0.1", "q\ta\t1\t0.9"]) == {"q": ["a", "b"]}


def test_tabs_in_identifiers_cannot_break_a_row() -> None:
    [row] = format_rows(Document("a\tb\nc", ""), [Match(0, "x\ty", 0.5)])
    assert row.split("\t") == ["a b c", "x y", "1", "0.500000"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("q\tc\t1", "4 列"),
        ("q\tc\t0\t0.5", "rank"),
        ("q\tc\t1.5\t0.5", "rank"),
        ("q\tc\t1\tnan", "score"),
        ("q\t\t1\t0.5", "code"),
    ],
)
def test_a_bad_row_of_a_run_is_named(line: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem) as raised:
        parse_run(["query_id\tcode\trank\tscore", line])
    assert raised.value.where["行"] == 2


@pytest.mark.parametrize(
    "lines",
    [
        ["q1,a", "q1,b,2.5", "q2,a"],
        ["query_id,code,gain", "q1,a,", "q1,b,2.5", "q2,a,1"],
        ["q1\ta", "q1\tb\t2.5", "", "q2\ta"],
        ["\ufeffquery_id\tcode\tgain", "q1\ta\t1", "q1\tb\t2.5", "q2\ta\t1"],
        ['{"id": "q1", "codes": {"a": 1, "b": 2.5}}', '{"query_id": "q2", "codes": ["a"]}'],
        [
            '{"query_id": "q1", "code": "a"}',
            '{"id": "q1", "code": "b", "gain": 2.5}',
            '{"id": "q2", "code": "a"}',
        ],
        ['"q1","a"', '"q1","b","2.5"', '"q2","a"'],
    ],
)
def test_gold_is_read_in_every_form(lines: list[str]) -> None:
    assert parse_gold(lines) == {"q1": {"a": 1.0, "b": 2.5}, "q2": {"a": 1.0}}


def test_the_largest_gain_of_an_answer_counts() -> None:
    assert parse_gold(["q,a,1", "q,a,3", "q,a,2"]) == {"q": {"a": 3.0}}


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "空"),
        (["q"], "2 或 3 列"),
        (["q,a,b,c"], "2 或 3 列"),
        (["q,a,-1"], "gain"),
        (["q,a,inf"], "gain"),
        (["q,a,x"], "gain"),
        (["q,"], "code"),
        (['{"id": "q"}'], "code"),
        (['{"id": "q", "codes": "a"}'], "codes"),
        (['{"id": "q", "codes": [null]}'], "codes"),
        (['{"id": "q", "codes": {"a": "x"}}'], "codes"),
        (['{"id": "q", "codes": ["a"]}', "q,a"], "JSON"),
    ],
)
def test_bad_gold_is_refused(lines: list[str], problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        parse_gold(lines)


@given(
    st.lists(
        st.one_of(st.text(max_size=30), st.builds(json.dumps, st.dictionaries(st.text(), st.integers())))
    )
)
def test_no_lines_do_more_than_be_refused(lines: list[str]) -> None:
    for parse in (parse_candidates, parse_run, parse_gold, lambda lines: list(parse_queries(lines))):
        try:
            parse(lines)
        except InvalidInputError:
            continue
